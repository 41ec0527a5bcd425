"""``audit replay`` as an auditor types it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from desk import Desk
from eventful import play
from pipgrants.services.workspace import DATABASE
from pipgrants.store.guards import GUARDS
from rounds import AFTER_DRAW, CALL, Round


@pytest.fixture(scope="module")
def played(published: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    return play(published.copy(tmp_path_factory.mktemp("played") / "agency"))


@pytest.fixture
def desk(played: Round, tmp_path: Path) -> Desk:
    return Desk(played.copy(tmp_path / "agency").workspace.folder, AFTER_DRAW)


def give_less(desk: Desk, number: str) -> None:
    """Writes another amount into the determination of a proposal, past the program."""
    with closing(sqlite3.connect(desk.folder / DATABASE)) as connection, connection:
        for name in GUARDS:
            connection.execute(f"DROP TRIGGER {name}")
        changed = connection.execute(
            'UPDATE entry SET content = CAST(replace(content, \'"amount":"100000.00","letter"\', '
            '\'"amount":"1.00","letter"\') AS BLOB) WHERE act = \'ProposalDetermined\' AND subject = ?',
            (f"proposal/{number}",),
        ).rowcount
    assert changed == 1


def test_a_replay_says_how_much_is_identical(desk: Desk) -> None:
    answer = desk.do("audit", "replay", CALL, by="aldo")
    told = answer.out.splitlines()
    assert told[told.index("Derived again") :] == [
        "Derived again",
        "  receipts         14",
        "  findings        285",
        "  lapses            1",
        "  draws             1",
        "  assignments       2",
        "  scores           64",
        "  ranks             8",
        "  packages          2",
        "  determinations   12",
        "",
        "Identical: everything derived is what the trail says.",
    ]


def test_a_difference_is_named_and_ends_with_code_5(desk: Desk, played: Round) -> None:
    number = played.numbers["tied"]
    give_less(desk, number)
    answer = desk.type("audit", "replay", CALL, by="aldo")
    assert answer.code == 5
    _, _, named = answer.out.partition("NOT AS RECORDED\n")
    sequence = played.entries(act="ProposalDetermined", subject=f"proposal/{number}")[0]["sequence"]
    assert " ".join(named.split()) == (
        f"entry {sequence} (ProposalDetermined), {number}, inputs.amount: recorded is 1.00; derived is 100000.00"
    )


def test_a_replay_as_json(desk: Desk, played: Round) -> None:
    found = desk.do("audit", "replay", CALL, "--json", by="aldo").json
    assert (found["identical"], found["differences"], found["derived"]["ranks"]) == (True, [], 8)
    give_less(desk, played.numbers["tied"])
    (difference,) = desk.type("audit", "replay", CALL, "--json", by="aldo").json["differences"]
    assert (difference["field"], difference["recorded"], difference["derived"]) == (
        "inputs.amount",
        "1.00",
        "100000.00",
    )
