"""SIGKILL at a random moment of release and send: every letter arrives once or is listed in doubt, nothing else."""

import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipgrants.errors import RefusedError
from pipgrants.services.audit.verify import verify
from pipgrants.services.deliveries import resolve
from pipgrants.services.letter_register import letters_status
from pipgrants.services.letters import number_of
from pipgrants.services.outbox import send
from pipgrants.services.release import release
from pipgrants.services.workspace import Workspace
from post_office import HOST, PostOffice, post_office
from rounds import AFTER_DRAW, CALL, Round, as_

NOW = datetime(2026, 6, 23, 15, 0, tzinfo=UTC)
TRIES, SHARES = 25, 4
"""A hundred interruptions, in parts that run side by side."""
DELIBERATION = 0.008
"""Seconds that the server takes over each letter, so that some interruptions fall between its answer and the record."""


@pytest.fixture(scope="module")
def office() -> Iterator[PostOffice]:
    with post_office() as found:
        found.delay = DELIBERATION
        yield found


@pytest.fixture(scope="module")
def decided(packaged: tuple[Round, str], office: PostOffice, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round whose decisions are ratified: receipts and decisions wait for release."""
    round_ = packaged[0].copy(tmp_path_factory.mktemp("decided") / "agency")
    round_.ratify(packaged[1])
    settings = round_.workspace.folder / "workflows" / "outbox.yaml"
    settings.write_text(f"server:\n  host: {HOST}\n  port: {office.port}\n  security: none\n")
    return round_.workspace.folder


def release_and_send(workspace: Workspace) -> None:
    try:
        release(workspace, as_("olga"), AFTER_DRAW, call=CALL)
    except RefusedError as error:
        assert "waits for release" in error.message
    send(workspace, as_("olga"), lambda: NOW, call=CALL, ask_password=str)


def in_another_process(folder: Path) -> int:
    child = os.fork()
    if child:
        return child
    try:
        release_and_send(Workspace(folder))
    finally:
        os._exit(0)


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


def duration(decided: Path, folder: Path, office: PostOffice) -> float:
    """How many seconds an undisturbed run takes."""
    shutil.copytree(decided, folder)
    office.accepted.clear()
    start = time.monotonic()
    os.waitpid(in_another_process(folder), 0)
    office.wait()
    return time.monotonic() - start


@pytest.mark.parametrize("share", range(SHARES))
def test_a_killed_sender_leaves_letters_that_arrived_once_or_are_in_doubt(
    decided: Path, office: PostOffice, tmp_path: Path, share: int
) -> None:
    moments = random.Random(f"outbox {share}")
    whole = duration(decided, tmp_path / "whole", office)
    assert len(office.accepted) == 8
    found: Counter[str] = Counter()
    for place in range(TRIES):
        office.accepted.clear()
        folder = shutil.copytree(decided, tmp_path / str(place))
        child = in_another_process(folder)
        time.sleep(whole * moments.uniform(0.5 if place % 2 else 0, 1.05))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        office.wait()
        before = len(office.accepted)

        workspace = Workspace(folder)
        release_and_send(workspace)
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
        release_and_send(workspace)
        assert Counter(office.letters) == Counter(dict.fromkeys(stages(workspace), 1))
        assert set(stages(workspace).values()) == {"sent"}
        assert len(set(office.ids)) == 8
        decisions, letters = decisions_and_letters(workspace)
        assert decisions == letters and len(decisions) == 4
        if place % 10 == 0:
            assert verify(workspace, as_("aldo"), NOW).faults == ()
        found["none" if not before else "all" if before == 8 else "some"] += 1
        shutil.rmtree(folder)
    assert {"none", "some"} <= found.keys(), "some were killed before a letter left, and some between two letters"


def number_in_doubt(workspace: Workspace) -> set[int]:
    return {number_of(item.letter) for item in letters_status(workspace, CALL).in_doubt}
