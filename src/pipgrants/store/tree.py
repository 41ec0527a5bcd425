"""The tree over the trail in the database: leaves stand with their entries, complete subtrees in their own table."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from pipgrants.errors import TrailIntegrityError
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows
from pipgrants.trail import merkle

_LEAF = "SELECT leaf_hash FROM entry WHERE sequence = ?"
_NODE = "SELECT hash FROM node WHERE level = ? AND position = ?"


class Tree:
    """Grows with the entries of an act, and gives roots and proofs of any size it ever had."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._frontier: merkle.Frontier | None = None

    def grow(self, size: int, leaves: Iterable[bytes]) -> None:
        """Extends the tree of the first ``size`` entries by leaf hashes; stores the subtrees that became complete."""
        if self._frontier is None or self._frontier.size != size:
            self._frontier = merkle.Frontier(size, self.hash)
        insert_rows(self._connection, tables.node, self._frontier.append(leaves))

    def hash(self, level: int, position: int) -> bytes:
        """The stored hash of a complete subtree of ``2 ** level`` leaves, the ``position``-th (from 0) of its level.

        Raises TrailIntegrityError where it is missing.
        """
        query, values = (_NODE, (level, position)) if level else (_LEAF, (position + 1,))
        row = self._connection.exec_driver_sql(query, values).first()
        if row is None:
            raise TrailIntegrityError(
                f"the tree over the trail lacks the hash at level {level}, position {position}",
                next_step="pipgrants audit verify says what else was changed past the program",
            )
        return bytes(row[0])

    def root(self, size: int) -> bytes:
        """The root of the first ``size`` entries."""
        return merkle.root(size, self.hash)

    def inclusion_proof(self, sequence: int, size: int) -> list[bytes]:
        """The hashes that lead from an entry to the root of the first ``size`` entries."""
        return merkle.inclusion_proof(sequence - 1, size, self.hash)

    def consistency_proof(self, old_size: int, size: int) -> list[bytes]:
        """The hashes that show that the first ``size`` entries begin with the first ``old_size``."""
        return merkle.consistency_proof(old_size, size, self.hash)
