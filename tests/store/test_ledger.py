"""The trail in the database: appended in order without gaps, and never changed."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from pipgrants.errors import NotFoundError
from pipgrants.store.database import Database, create
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Author, Deed, Scribe
from pipgrants.trail.verify import leaf_hash

SCRIBE = Scribe(
    Author("olga", "coordination_officer", "coordination", {"method": "claimed", "user": "u", "host": "h"}),
    datetime(2026, 3, 2, tzinfo=UTC),
    "0.1.0",
)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    create(tmp_path / "pipgrants.db")
    return Database(tmp_path / "pipgrants.db")


def append(database: Database, *deeds: Deed, fail: bool = False) -> list[int]:
    with database.transaction(write=True) as connection:
        unit = Unit(connection)
        unit.ledger.sign(SCRIBE)
        numbers = unit.ledger.append(deeds)
        if fail:
            raise RuntimeError("the act failed")
    return numbers


def sequences(database: Database) -> list[int]:
    with database.transaction(write=False) as connection:
        return [entry.sequence for entry in Unit(connection).ledger.entries()]


def test_sequences_have_no_gaps(database: Database) -> None:
    assert append(database, Deed("A", "x"), Deed("B", "x")) == [1, 2]
    with pytest.raises(RuntimeError):
        append(database, Deed("C", "x"), fail=True)
    assert append(database, *(Deed("D", f"proposal/{place}") for place in range(12_000))) == list(range(3, 12_003))
    assert sequences(database) == list(range(1, 12_003))


def test_the_sequence_stands_in_the_bytes_that_are_hashed(database: Database) -> None:
    append(database, *(Deed("A", "x") for _ in range(5)))
    with database.transaction(write=False) as connection:
        for entry in Unit(connection).ledger.entries():
            assert orjson.loads(entry.content)["sequence"] == entry.sequence
            assert entry.leaf_hash == leaf_hash(entry.content)


def test_an_entry_needs_an_author(database: Database) -> None:
    with database.transaction(write=True) as connection, pytest.raises(AssertionError, match="needs an author"):
        Unit(connection).ledger.append([Deed("A", "x")])


@pytest.mark.parametrize("statement", ["UPDATE entry SET act = 'B'", "DELETE FROM entry"])
def test_the_program_itself_cannot_change_the_trail(database: Database, statement: str) -> None:
    append(database, Deed("A", "x"))
    with pytest.raises(Exception, match="the trail is never changed"), database.transaction(write=True) as connection:
        connection.exec_driver_sql(statement)
    assert sequences(database) == [1]


def test_entries_are_found_by_subject_and_call(database: Database) -> None:
    append(
        database, Deed("A", "call/x", call="x"), Deed("B", "proposal/1", call="x"), Deed("C", "proposal/1", call="y")
    )
    with database.transaction(write=False) as connection:
        ledger = Unit(connection).ledger
        assert [entry.act for entry in ledger.entries(subject="proposal/1")] == ["B", "C"]
        assert [entry.act for entry in ledger.entries(call="x")] == ["A", "B"]
        assert [entry.act for entry in ledger.entries(call="x", after=1)] == ["B"]
        assert ledger.entry(2).act == "B"
        with pytest.raises(NotFoundError, match="the trail has no entry 4; it has 3"):
            ledger.entry(4)
