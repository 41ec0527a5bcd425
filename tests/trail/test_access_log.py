"""The access log: chained lines, added to by one process at a time, in which every later change shows."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from pipgrants.trail.access_log import ALTERED, FIRST, TORN, Access, Broken, append, check, lines


def access(place: int) -> Access:
    return Access(
        f"2026-06-{place:02d}T15:00:00.000000Z", "aldo", "auditor", "ada", "host", "audit.verify", "workspace"
    )


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    for place in range(1, 7):
        append(path, access(place))
    return path


def change(path: Path, edit: Callable[[list[bytes]], object]) -> None:
    found = path.read_bytes().splitlines(keepends=True)
    edit(found)
    path.write_bytes(b"".join(found))


def test_each_line_holds_the_hash_of_the_line_before(log: Path) -> None:
    written = log.read_bytes().splitlines()
    assert len(written) == 6
    assert [orjson.loads(line)["before"] for line in written] == [
        FIRST,
        *(hashlib.sha256(line).hexdigest() for line in written[:-1]),
    ]
    assert check(log) == []


def test_the_lines_say_what_was_done(log: Path) -> None:
    assert [(line.number, line.access) for line in lines(log)] == [(place, access(place)) for place in range(1, 7)]


def test_a_log_that_nobody_wrote_has_no_line(tmp_path: Path) -> None:
    assert (list(lines(tmp_path / "access.log")), check(tmp_path / "access.log")) == ([], [])


@pytest.mark.parametrize("place", range(5))
def test_a_changed_line_is_named(log: Path, place: int) -> None:
    change(log, lambda found: found.__setitem__(place, found[place].replace(b"aldo", b"olga")))
    assert check(log) == [Broken(place + 1, ALTERED)]


def test_a_line_taken_out_shows_at_the_line_before_it(log: Path) -> None:
    change(log, lambda found: found.pop(2))
    assert check(log) == [Broken(2, ALTERED)]


def test_a_first_line_taken_out_shows(log: Path) -> None:
    change(log, lambda found: found.pop(0))
    assert check(log) == [Broken(1, ALTERED)]


def test_lines_that_changed_places_show(log: Path) -> None:
    change(log, lambda found: found.insert(2, found.pop(3)))
    assert check(log) == [Broken(2, ALTERED), Broken(3, ALTERED), Broken(4, ALTERED)]


@pytest.mark.parametrize("line", [b"\n", b"{}\n", b"[]\n", b"7\n", b"\xff\n", b'{"at": "x"}\n', b" " * 10_000 + b"\n"])
@pytest.mark.parametrize("place", [0, 3, 5])
def test_a_line_that_the_program_does_not_write_is_named(log: Path, line: bytes, place: int) -> None:
    change(log, lambda found: found.__setitem__(place, line))
    assert check(log) == [Broken(place + 1, ALTERED)]


@pytest.mark.parametrize("kept", [1, 40, 150])
def test_a_line_that_a_killed_process_left_is_told_and_the_chain_goes_on(log: Path, kept: int) -> None:
    with log.open("ab") as file:
        file.write(log.read_bytes().splitlines()[-1][:kept])
    assert check(log) == [Broken(7, TORN)]
    append(log, access(8))
    append(log, access(9))
    assert check(log) == [Broken(7, TORN)]
    assert [line.number for line in lines(log)] == [1, 2, 3, 4, 5, 6, 8, 9]
    change(log, lambda found: found.__setitem__(6, b"?\n"))
    assert check(log) == [Broken(7, ALTERED)]


def test_a_line_that_lacks_only_its_end_is_whole(log: Path) -> None:
    log.write_bytes(log.read_bytes().removesuffix(b"\n"))
    assert check(log) == []
    append(log, access(7))
    assert check(log) == []
    assert [line.number for line in lines(log)] == [1, 2, 3, 4, 5, 6, 7]


WRITER = """
import sys
from pathlib import Path
from pipgrants.trail.access_log import Access, append
for place in range({count}):
    append(Path(sys.argv[1]), Access("2026", sys.argv[2], None, "ada", "host", "audit.verify", str(place)))
"""


def writer(log: Path, name: str, count: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", WRITER.format(count=count), str(log), name])


def test_processes_that_write_at_once_make_one_chain(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    assert {process.wait() for process in [writer(log, name, 40) for name in ("olga", "marcos", "aldo")]} == {0}
    assert check(log) == []
    found = [(line.access.actor, line.access.subject) for line in lines(log)]
    assert sorted(found) == sorted((name, str(place)) for name in ("olga", "marcos", "aldo") for place in range(40))


def test_a_killed_process_breaks_no_line_that_others_write(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    killed = writer(log, "olga", 1_000_000)
    while not log.exists() or log.stat().st_size < 10_000:
        assert killed.poll() is None
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    append(log, access(1))
    assert [broken.why for broken in check(log)] in ([], [TORN])
    assert list(lines(log))[-1].access == access(1)
