"""The tree in the database: grown act by act, it has the root that the definition gives, at every size it ever had."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipgrants.errors import TrailIntegrityError
from pipgrants.store.database import Database, create
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Author, Deed, Scribe
from pipgrants.trail.verify import EMPTY_ROOT, node_hash, verify_consistency, verify_inclusion

SCRIBE = Scribe(Author("olga", "coordination_officer", "coordination", {}), datetime(2026, 3, 2, tzinfo=UTC), "0.1.0")
ACTS = (1, 2, 1, 5, 3, 8, 1)
"""How many entries each act writes."""
SIZE = sum(ACTS)


def defined_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, word by word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(defined_root(leaves[:half]), defined_root(leaves[half:]))


def act(database: Database, count: int) -> None:
    with database.transaction(write=True) as connection:
        unit = Unit(connection)
        unit.ledger.sign(SCRIBE)
        for _ in range(count):
            unit.ledger.append([Deed("A", "x")])


@pytest.fixture
def database(tmp_path: Path) -> Database:
    create(tmp_path / "pipgrants.db")
    database = Database(tmp_path / "pipgrants.db")
    for count in ACTS:
        act(database, count)
    return database


@pytest.fixture
def unit(database: Database) -> Iterator[Unit]:
    with database.transaction(write=False) as connection:
        yield Unit(connection)


def test_the_root_of_every_size_is_the_one_defined(unit: Unit) -> None:
    leaves = [entry.leaf_hash for entry in unit.ledger.entries()]
    roots = [unit.ledger.tree.root(size) for size in range(SIZE + 1)]
    assert roots == [defined_root(leaves[:size]) for size in range(SIZE + 1)]


def test_an_act_that_fails_leaves_no_trace_in_the_tree(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction(write=True) as connection:
        unit = Unit(connection)
        unit.ledger.sign(SCRIBE)
        unit.ledger.append([Deed("B", "x")] * 11)
        raise RuntimeError
    act(database, 11)
    with database.transaction(write=False) as connection:
        unit = Unit(connection)
        leaves = [entry.leaf_hash for entry in unit.ledger.entries()]
        assert unit.ledger.tree.root(SIZE + 11) == defined_root(leaves)


def test_every_entry_is_proved_to_stand_in_the_trail(unit: Unit) -> None:
    root = unit.ledger.tree.root(SIZE)
    for entry in unit.ledger.entries():
        proof = unit.ledger.tree.inclusion_proof(entry.sequence, SIZE)
        verify_inclusion(entry.leaf_hash, entry.sequence - 1, SIZE, proof, root)


def test_the_trail_is_proved_to_extend_every_earlier_one(unit: Unit) -> None:
    tree = unit.ledger.tree
    for old in range(1, SIZE + 1):
        verify_consistency(old, SIZE, tree.root(old), tree.root(SIZE), tree.consistency_proof(old, SIZE))


def test_a_missing_hash_is_named_by_its_place(unit: Unit) -> None:
    with pytest.raises(TrailIntegrityError, match="lacks the hash at level 4, position 1") as refused:
        unit.ledger.tree.hash(4, 1)
    assert "audit verify" in refused.value.next_step
