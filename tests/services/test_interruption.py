"""SIGKILL at a random moment of a bulk act leaves the round as it was before, or as it is after."""

import itertools
import os
import random
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.services import ratify, receive, screen
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DEADLINE, AFTER_DRAW, SOURCE, WHILE_OPEN, Round, application, as_, hash_of_tables

APPLICATIONS = [application(f"A{place}") for place in range(300)]
TRIES = 17
"""For each of three acts: 51 interruptions in all."""
AT_ONCE, LONG_AFTER = 0.0, 6.0
"""Moments, as shares of the act's duration, at which the outcome is known on a machine of any load."""
BulkAct = Callable[[Workspace], object]


def receive_all(workspace: Workspace) -> object:
    return receive.receive_applications(
        workspace, as_("olga"), WHILE_OPEN, call="pip-one-stage", applications=APPLICATIONS, source=SOURCE
    )


def screen_all(workspace: Workspace) -> object:
    return screen.screen(workspace, as_("olga"), AFTER_DEADLINE, call="pip-one-stage")


def ratify_all(workspace: Workspace) -> object:
    with workspace.read() as unit:
        package = next(row.hash for row in unit.packages.waiting())
    return ratify.ratify(workspace, as_("marcos"), AFTER_DRAW, package=package)


@pytest.fixture(scope="module")
def stages(published: Round, tmp_path_factory: pytest.TempPathFactory) -> dict[BulkAct, Path]:
    """The round right before each bulk act."""
    folder = tmp_path_factory.mktemp("stages")
    received = published.copy(folder / "received")
    receive_all(received.workspace)
    prepared = received.copy(folder / "prepared")
    screen_all(prepared.workspace)
    with prepared.workspace.read() as unit:
        numbers = [row.number for row in unit.proposals.rows("pip-one-stage")]
    prepared.score(dict.fromkeys(numbers, Decimal(5)))
    prepared.draw()
    prepared.rank()
    prepared.prepare()
    return {
        receive_all: published.workspace.folder,
        screen_all: received.workspace.folder,
        ratify_all: prepared.workspace.folder,
    }


def in_another_process(act: BulkAct, folder: Path) -> int:
    """Starts an act in a process of its own, with salts that are the same each time, and returns its number."""
    child = os.fork()
    if child:
        return child
    salts: Iterator[int] = itertools.count(1)
    secrets.token_bytes = lambda size=None: next(salts).to_bytes(size or 32, "big")
    try:
        act(Workspace(folder))
    finally:
        os._exit(0)


def to_the_end(act: BulkAct, folder: Path) -> float:
    """Lets an act run to its end, and returns how many seconds it took."""
    start = time.monotonic()
    os.waitpid(in_another_process(act, folder), 0)
    return time.monotonic() - start


def interrupted(act: BulkAct, folder: Path, seconds: float) -> None:
    child = in_another_process(act, folder)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@pytest.mark.parametrize("act", [receive_all, screen_all, ratify_all])
def test_a_killed_act_leaves_the_round_as_before_or_as_after(
    stages: dict[BulkAct, Path], tmp_path: Path, act: BulkAct
) -> None:
    shutil.copytree(stages[act], tmp_path / "whole")
    before = hash_of_tables(tmp_path / "whole")
    duration = to_the_end(act, tmp_path / "whole")
    after = hash_of_tables(tmp_path / "whole")
    assert after != before
    moments = random.Random(f"{act.__name__} 2026")
    shares = [AT_ONCE, LONG_AFTER, *(moments.uniform(0, 1.2) for _ in range(TRIES - 2))]
    outcomes = set()
    for place, share in enumerate(shares):
        folder = shutil.copytree(stages[act], tmp_path / str(place))
        interrupted(act, folder, duration * share)
        outcome = hash_of_tables(folder)
        outcomes.add(outcome)
        if outcome == before:
            to_the_end(act, folder)
            assert hash_of_tables(folder) == after, "what was killed can be done again"
        shutil.rmtree(folder)
    assert outcomes == {before, after}
