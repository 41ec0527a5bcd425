"""SIGKILL at a random moment of rendering, release and send: every letter arrives once or is in doubt, nothing else."""

import random
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pikepdf
import pytest

from interrupted import (
    COMMANDS,
    NOW,
    PRINTED,
    RENDERING,
    WRITING,
    Steps,
    killed,
    random_moment,
    release_letters,
    send_letters,
    undisturbed,
)
from pipgrants.services.audit.verify import verify
from pipgrants.services.deliveries import resolve
from pipgrants.services.letter_register import letters_status
from pipgrants.services.letters import number_of
from pipgrants.services.workspace import Workspace
from post_office import HOST, PostOffice, post_office
from rounds import AFTER_DRAW, CALL, Round, as_

TRIES, SHARES = 25, 4
"""A hundred interruptions, in parts that run side by side."""
MOMENTS = (
    *((command, RENDERING) for command in ("release", "write", "print")),
    *[("release", "release"), ("send", "send")] * 3,
    ("write", WRITING),
)
"""In turn: a command, and what it is killed at."""
RUNS = 2
"""How often each command runs undisturbed, to see how long its steps take."""
DELIBERATION = 0.008
"""Seconds that the server takes over each letter, so that some interruptions fall between its answer and the record."""


class Start(NamedTuple):
    """A workspace before each command, the steps of each when nothing disturbs it, and the files that letters have."""

    folders: dict[str, Path]
    steps: dict[str, Steps]
    files: dict[str, bytes]
    pages_count: int


@pytest.fixture(scope="module")
def office() -> Iterator[PostOffice]:
    with post_office() as found:
        found.delay = DELIBERATION
        yield found


@pytest.fixture(scope="module")
def start(packaged: tuple[Round, str], office: PostOffice, tmp_path_factory: pytest.TempPathFactory) -> Start:
    """Receipts that are released as text and page, decisions that wait for release as PDF, too; and all released."""
    place = tmp_path_factory.mktemp("start")
    decided = packaged[0].copy(place / "decided")
    decided.release(AFTER_DRAW)
    decided.ratify(packaged[1])
    settings = decided.workspace.folder / "workflows" / "outbox.yaml"
    settings.write_text(f"server:\n  host: {HOST}\n  port: {office.port}\n  security: none\n")
    released = decided.copy(place / "released").workspace
    release_letters(released)
    files = files_in(released)
    shutil.rmtree(released.folder / "letters")
    folders = dict.fromkeys(COMMANDS, released.folder) | {"release": decided.workspace.folder}
    steps = {name: quickest_steps(name, folders[name], place / name) for name in COMMANDS}
    office.wait()
    assert office.letters == [*range(1, 9)] * RUNS and len(files) == 4 * 2 + 4 * 3
    return Start(folders, steps, files, pages_of(place / "print" / "0" / PRINTED))


def quickest_steps(command: str, folder: Path, copies: Path) -> Steps:
    """What a command does, with the least seconds that each step took in some runs."""
    runs = [undisturbed(command, shutil.copytree(folder, copies / str(run))) for run in range(RUNS)]
    return [(same[0][0], min(seconds for _, seconds in same)) for same in zip(*runs, strict=True)]


def files_in(workspace: Workspace) -> dict[str, bytes]:
    """Everything in the folder of the letters."""
    return {path.name: path.read_bytes() for path in (workspace.folder / "letters" / CALL).glob("*")}


def pages_of(file: Path) -> int:
    with pikepdf.open(file) as pdf:
        return len(pdf.pages)


def stages(workspace: Workspace) -> dict[int, str]:
    with workspace.read() as unit:
        return {row.number: row.stage for row in unit.letters.of_call(CALL)}


def decisions_and_letters(workspace: Workspace) -> tuple[list[str], list[str]]:
    """The proposals that were determined, and those that have a letter of the entry that did."""
    with workspace.read() as unit:
        determined = {
            entry.sequence: entry.subject.removeprefix("proposal/")
            for entry in unit.ledger.entries()
            if entry.act == "ProposalDetermined"
        }
        letters = [row.proposal for row in unit.letters.of_call(CALL) if row.entry in determined]
    return sorted(determined.values()), sorted(letters)


def number_in_doubt(workspace: Workspace) -> set[int]:
    return {number_of(item.letter) for item in letters_status(workspace, CALL).in_doubt}


def so_far(workspace: Workspace, office: PostOffice) -> str:
    """What releasing or sending had done when it was killed."""
    if office.accepted:
        return "all sent" if len(office.accepted) == 8 else "some sent"
    return "nothing released" if "approved" in stages(workspace).values() else "released"


def assert_nothing_is_half_done(workspace: Workspace, start: Start) -> None:
    """All decisions are released or none is; no file is half written, nor there before its letter is released."""
    files = {name: content for name, content in files_in(workspace).items() if not name.endswith(".part")}
    assert files.items() <= start.files.items()
    waiting = {number for number, stage in stages(workspace).items() if stage == "approved"}
    assert len(waiting) in (0, 4)
    assert not waiting & {number_of(name[:8]) for name in files}
    printed = workspace.folder / PRINTED
    assert not printed.exists() or pages_of(printed) == start.pages_count


@pytest.mark.parametrize("share", range(SHARES))
def test_killed_commands_leave_letters_that_arrived_once_or_are_in_doubt(
    start: Start, office: PostOffice, tmp_path: Path, share: int
) -> None:
    moments = random.Random(f"outbox {share}")
    fell: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for place in range(TRIES):
        command, wanted = MOMENTS[(share * TRIES + place) % len(MOMENTS)]
        office.accepted.clear()
        folder = shutil.copytree(start.folders[command], tmp_path / str(place))
        workspace = Workspace(folder)
        step, left = killed(command, folder, random_moment(start.steps[command], wanted, moments))
        fell[step] += 1
        assert left == [], "no process outlives the command that began it"
        office.wait()
        if command in ("release", "send"):
            found[so_far(workspace, office)] += 1
        assert_nothing_is_half_done(workspace, start)

        COMMANDS[command](workspace)
        assert list(folder.rglob("*.part")) == []
        if command in ("release", "write"):
            assert files_in(workspace) == start.files
        if command == "print":
            assert pages_of(folder / PRINTED) == start.pages_count
        send_letters(workspace)
        arrived, doubtful = Counter(office.letters), number_in_doubt(workspace)
        assert set(arrived.values()) <= {1}
        for number, stage in stages(workspace).items():
            assert (stage, arrived[number]) in {("sent", 1), ("in_doubt", 0), ("in_doubt", 1)}
            assert (number in doubtful) is (stage == "in_doubt")
        assert len(doubtful) <= 1

        for number in doubtful:
            arrived_once = number in office.letters
            resolve(
                workspace, as_("olga"), NOW, letter=str(number), resend=not arrived_once, reason="Visto en el servidor"
            )
            found["in doubt, arrived" if arrived_once else "in doubt, not arrived"] += 1
            send_letters(workspace)
        assert Counter(office.letters) == Counter(dict.fromkeys(stages(workspace), 1))
        assert set(stages(workspace).values()) == {"sent"}
        assert len(set(office.ids)) == 8
        decisions, letters = decisions_and_letters(workspace)
        assert decisions == letters and len(decisions) == 4
        if place % 10 == 0:
            assert verify(workspace, as_("aldo"), NOW).faults == ()
        shutil.rmtree(folder)
    sys.stdout.write(f"killed while {dict(fell)}; until then {dict(found)}\n")
    assert {RENDERING, "release", "send"} <= fell.keys(), "none of the three is left out"
    assert {"nothing released", "released", "some sent"} <= found.keys()
