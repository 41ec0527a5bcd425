"""The database itself refuses to change the trail, whoever asks."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipgrants.store.database import Database, create
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Author, Deed, Scribe

SCRIBE = Scribe(Author("olga", "coordination_officer", "coordination", {}), datetime(2026, 3, 2, tzinfo=UTC), "0.1.0")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A connection past the program to a database whose trail has three entries."""
    path = tmp_path / "pipgrants.db"
    create(path)
    with Database(path).transaction(write=True) as writing:
        unit = Unit(writing)
        unit.ledger.sign(SCRIBE)
        unit.ledger.append(Deed("A", "x") for _ in range(3))
    with closing(sqlite3.connect(path)) as connection:
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET act = 'Nothing'",
        "UPDATE entry SET content = x'00' WHERE sequence = 2",
        "UPDATE entry SET sequence = 9 WHERE sequence = 2",
        "DELETE FROM entry",
        "DELETE FROM entry WHERE sequence = (SELECT max(sequence) FROM entry)",
        "INSERT OR REPLACE INTO entry SELECT sequence, 'Other', subject, call, content, leaf_hash FROM entry",
        "INSERT INTO entry VALUES (5, 'A', 'x', NULL, x'00', x'00')",
        "INSERT INTO entry VALUES (0, 'A', 'x', NULL, x'00', x'00')",
        "UPDATE node SET hash = x'00'",
        "UPDATE node SET position = 7",
        "DELETE FROM node",
        "INSERT OR REPLACE INTO node SELECT level, position, x'00' FROM node",
        "REPLACE INTO node VALUES (1, 0, x'00')",
    ],
)
def test_the_trail_is_never_changed(connection: sqlite3.Connection, statement: str) -> None:
    def trail() -> list[tuple[object, ...]]:
        return [row for table in ("entry", "node") for row in connection.execute(f"SELECT * FROM {table}")]

    before = trail()
    with pytest.raises(sqlite3.DatabaseError, match="the trail is never changed"):
        connection.execute(statement)
    connection.rollback()
    assert trail() == before
