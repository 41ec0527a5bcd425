"""The access log: one line for every access to the record, each with the hash of the line before. It is only added to.

A line is canonical JSON and ends with a line feed. A process killed while it writes leaves a line without one: nothing
was read then, since reading begins when the line is kept. The next line closes it and is chained to it like any other.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import orjson

from pipgrants.trail.canonical import canonical

FIRST = hashlib.sha256(b"").hexdigest()
"""What the first line holds in the place of the hash of the line before."""

BLOCK = 4096


class Access(NamedTuple):
    """One access: the instant in UTC, who it was and how known, what was done and to what subject.

    ``actor`` is who the person claims to be, None where nobody was named; ``role`` is the one that permits the access,
    None where everybody who has the folder may.
    """

    at: str
    actor: str | None
    role: str | None
    os_user: str
    host: str
    did: str
    subject: str


class Line(NamedTuple):
    """A line of the log: its number from 1, what it says, and its hash, which the next line holds."""

    number: int
    access: Access
    hash: str


class Broken(NamedTuple):
    """A line of the log that is not as it was written; ``why`` is one of the codes below."""

    line: int
    why: str

    @property
    def words(self) -> str:
        """What is wrong with the line, as a sentence says it of the line."""
        return _WORDS[self.why]


ALTERED = "altered"
"""The next line was written after another one: this line was changed, or lines after it were taken out or put in."""
TORN = "torn"
"""Its process was killed while it wrote the line: nothing was read."""

_WORDS = {
    ALTERED: "was altered, or lines after it were taken out or put in",
    TORN: "is torn: its command was killed while it wrote it, and read nothing",
}


def append(path: Path, access: Access) -> None:
    """Adds a line and returns once it is kept on the disk. Raises OSError where it cannot be written."""
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        last = _last_line(file)
        before = _hash(last) if last else FIRST
        closing = b"\n" if last and not last.endswith(b"\n") else b""
        file.write(closing + canonical({**access._asdict(), "before": before}) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def lines(path: Path) -> Iterator[Line]:
    """The lines that can be read, in order; none where there is no log."""
    for number, content in _contents(path):
        said = _said(content)
        if said is not None:
            yield Line(number, Access(*(said[name] for name in Access._fields)), _hash(content))


def check(path: Path) -> list[Broken]:
    """Every broken line, in order. The log alone cannot show that its end was cut or its last line changed."""
    broken: dict[int, str] = {}
    before, number, content = FIRST, 0, b"\n"
    for number, content in _contents(path):
        said = _said(content)
        if said is None:
            broken[number] = TORN
        elif said["before"] != before:
            broken[max(number - 1, 1)] = ALTERED
        before = _hash(content)
    if number in broken and content.endswith(b"\n"):
        broken[number] = ALTERED
    return [Broken(*item) for item in sorted(broken.items())]


def _contents(path: Path) -> Iterator[tuple[int, bytes]]:
    """The bytes of each line by its number, read while nobody writes."""
    if path.exists():
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            yield from enumerate(file, 1)


def _last_line(file: BinaryIO) -> bytes:
    """The last line, as far as it was written."""
    place, found = file.seek(0, os.SEEK_END), b""
    while place and b"\n" not in found[:-1]:
        step = min(BLOCK, place)
        place = file.seek(place - step)
        found = file.read(step) + found
    return found[found[:-1].rfind(b"\n") + 1 :]


def _hash(content: bytes) -> str:
    return hashlib.sha256(content.removesuffix(b"\n")).hexdigest()


def _said(content: bytes) -> dict[str, str] | None:
    """What a line says, None where it is not a line that ``append`` writes."""
    try:
        said = orjson.loads(content)
        if said.keys() == _NAMES and canonical(said) + b"\n" in (content, content + b"\n"):
            return dict(said)
    except (ValueError, TypeError, AttributeError):
        pass
    return None


_NAMES = {*Access._fields, "before"}
