"""``letters verify``: every released letter made again, and its bytes compared with what the trail vouches for.

The bytes can only be the same where the same versions make them. Where the release names others than those installed,
the stored files are held against the trail, and the data of the letter against the entry of its decision. Of a signed
PDF that is what it was before the signature, and nothing else may follow. Whether the signature holds is what readers
of PDFs show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from pipgrants.errors import RefusedError, TrailIntegrityError
from pipgrants.letters.pdf import has_extra, is_one_signature
from pipgrants.services.access import permitted_read
from pipgrants.services.audit.record import UNREADABLE
from pipgrants.services.correspondence import vouched
from pipgrants.services.letter_files import files_of, release_of, stored_part, unlike_released
from pipgrants.services.letters import Renderer, font_folders, letter_number, renderers
from pipgrants.services.workspace import Identity, Workspace, silent
from pipgrants.store.letters import LetterRow
from pipgrants.store.unit import Unit


class Standing(StrEnum):
    """How a letter stands the check."""

    REPEATED = "repeated"
    STORED = "stored"
    REDACTED = "redacted"
    DIFFERENT = "different"


class Checked(NamedTuple):
    """A letter with how it stands; ``message`` says what is wrong, or why its rendering was not repeated."""

    letter: str
    standing: Standing
    message: str = ""


class VerifiedLetters(NamedTuple):
    """Every released letter of a call, and what the letters are made with here."""

    letters: tuple[Checked, ...]
    renderers: Mapping[str, str]

    @property
    def different(self) -> list[Checked]:
        """The letters that are not what the trail vouches for."""
        return [letter for letter in self.letters if letter.standing is Standing.DIFFERENT]


def verify_letters(
    workspace: Workspace, who: Identity, now: datetime, *, call: str, progress: Callable[[int], None] = silent
) -> VerifiedLetters:
    """Checks the released letters of a call. Raises NotAuthorisedError for who may not, NotFoundError without one."""
    with permitted_read(workspace, who, now, "letters.verify", f"call/{call}") as unit:
        unit.calls.get(call)
        checking = _Checking(workspace, unit)
        found = []
        for row in unit.letters.released(call):
            found.append(checking.check(row))
            progress(len(found))
    return VerifiedLetters(tuple(found), checking.installed)


class _Checking:
    """Makes letters again with what is installed."""

    def __init__(self, workspace: Workspace, unit: Unit) -> None:
        fonts = font_folders(workspace)
        self._workspace = workspace
        self._unit = unit
        self._renderer = Renderer(unit, fonts)
        self.installed = renderers(fonts, pdf=has_extra())

    def check(self, row: LetterRow) -> Checked:
        """How one letter stands; a record that cannot be read is not the one that was written."""
        try:
            return self._check(row)
        except UNREADABLE as error:
            message = f"its record cannot be read: {error!r}"
            return Checked(letter_number(row.number), Standing.DIFFERENT, message)

    def _check(self, row: LetterRow) -> Checked:
        number = letter_number(row.number)
        if row.salt is None:
            return Checked(number, Standing.REDACTED, "personal values were redacted, so that nothing can be compared")
        try:
            _, released = release_of(self._unit, row)
        except TrailIntegrityError as error:
            return Checked(number, Standing.DIFFERENT, error.message)
        renderers = released["release"].get("renderers", {"letter": "an older version"})
        others = [made for name, made in renderers.items() if self.installed.get(name) != made]
        wrong = list(self._not_vouched_for(row)) or list(
            self._stored_otherwise(row, released) if others else self._made_otherwise(row, released)
        )
        if wrong:
            return Checked(number, Standing.DIFFERENT, "; ".join(wrong))
        if others:
            message = f"made with {', '.join(others)}; here the rendering could not be repeated"
            return Checked(number, Standing.STORED, message)
        return Checked(number, Standing.REPEATED)

    def _not_vouched_for(self, row: LetterRow) -> Iterator[str]:
        """The fields of the letter's record that are not those of the entry of its decision."""
        told = self._unit.ledger.contents([row.entry])[row.entry]["inputs"].get("letter")
        stands = vouched(row)
        if not isinstance(told, dict):
            yield f"entry {row.entry} tells of no letter"
            return
        yield from (f"{name} is not that of entry {row.entry}" for name in stands if told.get(name) != stands[name])

    def _made_otherwise(self, row: LetterRow, released: Mapping[str, Any]) -> Iterator[str]:
        """The parts that come out otherwise than released."""
        try:
            made = self._renderer.whole(row, released["release"]).parts
        except RefusedError as refused:
            yield f"cannot be made again: {refused.message}"
            return
        yield from (f"the {name} is not what was released" for name in unlike_released(row, made, released))

    def _stored_otherwise(self, row: LetterRow, released: Mapping[str, Any]) -> Iterator[str]:
        """The stored files that are missing, or not what was released."""
        for name, path in files_of(self._workspace, row).items():
            if name in released:
                yield from self._file_otherwise(row, released, name, path)

    def _file_otherwise(self, row: LetterRow, released: Mapping[str, Any], name: str, path: Path) -> Iterator[str]:
        if not path.is_file():
            yield f"{path.name} is not there"
            return
        content = path.read_bytes()
        part = stored_part(row, name, content, released)
        if part is None:
            yield f"{path.name} is not what was released"
        elif part != content and not is_one_signature(content, len(part)):
            yield f"{path.name} has more after what was released than one signature"
