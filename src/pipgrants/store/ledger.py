"""The decision trail in the database: entries are appended in order, and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from pipgrants.domain.finding import Plain
from pipgrants.errors import NotFoundError
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows, read_rows
from pipgrants.store.tree import Tree
from pipgrants.trail.entry import Deed, Entry, Scribe
from pipgrants.trail.verify import Checkpoint

ORIGIN_DIGITS = 16

_SELECT = "SELECT sequence, act, subject, call, content, leaf_hash FROM entry"


class Recorded(NamedTuple):
    """What one entry did to what: the act, its subject, and the states before and after where it changed one."""

    act: str
    subject: str
    before: str | None
    after: str | None


class Ledger:
    """Appends within the transaction of an act, so that sequences have no gaps."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.tree = Tree(connection)
        self._scribe: Scribe | None = None
        self._next: int | None = None

    def sign(self, scribe: Scribe) -> None:
        """Names who writes the entries that follow."""
        self._scribe = scribe

    def append(self, deeds: Iterable[Deed]) -> list[int]:
        """Writes one entry for each deed and returns their sequence numbers."""
        if self._scribe is None:
            raise AssertionError("an entry needs an author: permit the act first")
        write, first = self._scribe.write, self.next_sequence()
        entries = [write(deed, sequence) for sequence, deed in enumerate(deeds, first)]
        insert_rows(self._connection, tables.entry, entries)
        self.tree.grow(first - 1, (entry.leaf_hash for entry in entries))
        self._next = first + len(entries)
        return list(range(first, self._next))

    def next_sequence(self) -> int:
        """The sequence number of the next entry: nobody else writes while an act is open."""
        if self._next is None:
            self._next = self.size() + 1
        return self._next

    def size(self) -> int:
        """How many entries there are."""
        row = self._connection.exec_driver_sql("SELECT coalesce(max(sequence), 0) FROM entry").one()
        return int(row[0])

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        """The size and root of the trail, or of its first entries."""
        size = self.size() if size is None else size
        return Checkpoint(self.origin(), size, self.tree.root(size))

    def origin(self) -> str:
        """The name of the trail: by the hash of its first entry, no two workspaces have the same."""
        return f"pipgrants/{self.tree.hash(0, 0).hex()[:ORIGIN_DIGITS]}"

    def entry(self, sequence: int) -> Entry:
        """One entry. Raises NotFoundError."""
        row = self._connection.exec_driver_sql(f"{_SELECT} WHERE sequence = ?", (sequence,)).first()
        if row is None:
            raise NotFoundError(f"the trail has no entry {sequence}; it has {self.size()}")
        return Entry(*row)

    def contents(self, sequences: Sequence[int]) -> dict[int, dict[str, Any]]:
        """What some entries say, by sequence."""
        marks = ", ".join("?" * len(sequences))
        rows = read_rows(
            self._connection, f"SELECT sequence, content FROM entry WHERE sequence IN ({marks})", sequences
        )
        return {sequence: orjson.loads(content) for sequence, content in rows}

    def recorded_after(self, sequence: int) -> list[Recorded]:
        """What the entries after one did, in order."""
        entries = (orjson.loads(entry.content) for entry in self.entries(after=sequence))
        return [Recorded(entry["act"], entry["subject"], entry["from"], entry["to"]) for entry in entries]

    def findings(self, sequences: Sequence[int]) -> Iterator[tuple[int, str, list[dict[str, Plain]]]]:
        """The findings that some entries hold: sequence, hash of the call's definition, findings as recorded."""
        marks = ", ".join("?" * len(sequences))
        query = f"SELECT sequence, content FROM entry WHERE sequence IN ({marks})"
        rows = read_rows(self._connection, query, sequences)
        for sequence, content in rows:
            entry = orjson.loads(content)
            yield sequence, entry["definitions"]["call"], entry["findings"]

    def of_act(self, call: str, act: str, word: str) -> Iterator[Entry]:
        """The entries of one act in a call whose bytes hold a word, in order."""
        query = f'{_SELECT} WHERE "call" = ? AND act = ? AND instr(content, CAST(? AS BLOB)) ORDER BY sequence'
        return (Entry(*row) for row in read_rows(self._connection, query, (call, act, word)))

    def of_packages(self, call: str) -> Iterator[Entry]:
        """The entries about the packages of a call, in order."""
        query = f"{_SELECT} WHERE subject >= 'package/' AND subject < 'package0' AND \"call\" = ? ORDER BY sequence"
        return (Entry(*row) for row in read_rows(self._connection, query, (call,)))

    def of_parties(self, after: int) -> Iterator[Entry]:
        """The entries about parties after one, in order."""
        query = f"{_SELECT} WHERE subject >= 'party/' AND subject < 'party0' AND sequence > ? ORDER BY sequence"
        return (Entry(*row) for row in read_rows(self._connection, query, (after,)))

    def entries(self, *, subject: str | None = None, call: str | None = None, after: int = 0) -> Iterator[Entry]:
        """Entries in order, of one subject or one call where given."""
        where, values = ["sequence > ?"], [str(after)]
        for column, value in (("subject", subject), ("call", call)):
            if value is not None:
                where.append(f'"{column}" = ?')
                values.append(value)
        query = f"{_SELECT} WHERE {' AND '.join(where)} ORDER BY sequence"
        return (Entry(*row) for row in read_rows(self._connection, query, (after, *values[1:])))
