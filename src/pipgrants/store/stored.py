"""Every stored row as it stands, for comparing with what the trail states; nothing here is interpreted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection

from pipgrants.store import tables
from pipgrants.store.bulk import read_rows

Row: TypeAlias = tuple[Any, ...]

COLUMNS = {table.name: tuple(column.name for column in table.columns) for table in tables.metadata.tables.values()}
"""The names of the columns of each table, in the order of its rows."""

KEYS = {
    table.name: tuple(column.name for column in table.primary_key.columns) for table in tables.metadata.tables.values()
}
"""The columns that identify a row of each table."""

PROPOSAL = "proposal/"
"""How the subjects of entries about one proposal begin."""

_OF_PROPOSALS = (PROPOSAL, f"{PROPOSAL[:-1]}0")

_KINDS = {"INTEGER": "integer", "TEXT": "text", "BLOB": "blob"}
"""What SQLite calls a value of a column of each type."""


class StoredEntry(NamedTuple):
    """An entry as its row says, right or wrong."""

    sequence: int
    act: str
    subject: str
    call: str | None
    content: bytes


_ENTRY = ", ".join(f'"{name}"' for name in StoredEntry._fields)


class Stored:
    """The rows of the tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def leaves(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Number, bytes and leaf hash of all entries in the order of their numbers."""
        return read_rows(self._connection, "SELECT sequence, content, leaf_hash FROM entry ORDER BY sequence")

    def entries_of_registers(self) -> Iterator[StoredEntry]:
        """The entries that are about no proposal, in the order of their numbers: the index of subjects finds them."""
        others = "SELECT sequence FROM entry WHERE (subject >= ? AND subject < ?) IS NOT TRUE"
        query = f"SELECT {_ENTRY} FROM entry WHERE sequence IN ({others}) ORDER BY sequence"
        return map(StoredEntry._make, read_rows(self._connection, query, _OF_PROPOSALS))

    def nodes(self, level: int, first: int, count: int) -> list[tuple[int, bytes]]:
        """Position and hash of the nodes of one level of the tree: ``count`` from ``first`` on, as far as stored."""
        query = "SELECT position, hash FROM node WHERE level = ? AND position >= ? AND position < ? ORDER BY position"
        return list(read_rows(self._connection, query, (level, first, first + count)))

    def numbers(self) -> Iterator[str]:
        """The numbers of the proposals that entries are about, in their order."""
        query = "SELECT DISTINCT subject FROM entry WHERE subject >= ? AND subject < ? ORDER BY subject"
        return (row[0].removeprefix(PROPOSAL) for row in read_rows(self._connection, query, _OF_PROPOSALS))

    def entries_of_proposals(self, first: str, last: str) -> Iterator[Row]:
        """The entries about the proposals from one number to another, by sequence: values of a ``StoredEntry`` each."""
        about = "SELECT sequence FROM entry WHERE subject BETWEEN ? AND ?"
        query = f"SELECT {_ENTRY} FROM entry WHERE sequence IN ({about}) ORDER BY sequence"
        return read_rows(self._connection, query, (PROPOSAL + first, PROPOSAL + last))

    def all(self, table: str) -> Iterator[Row]:
        """All rows of a table, in the order of its key."""
        return read_rows(self._connection, f"SELECT * FROM {_name(table)} ORDER BY {_key(table)}")

    def of_proposals(self, table: str, after: str | None, until: str | None) -> Iterator[Row]:
        """The rows of a table about the proposals after one number, if any, until another or to the end."""
        where, values = _range("number" if table == "proposal" else "proposal", after, until)
        return read_rows(self._connection, f"SELECT * FROM {_name(table)} WHERE {where} ORDER BY {_key(table)}", values)

    def letters_of_calls(self) -> Iterator[Row]:
        """The letters that are about a call and no proposal."""
        return read_rows(self._connection, "SELECT * FROM letter WHERE proposal IS NULL ORDER BY number")

    def lines(self, package: str, after: str | None, until: str | None) -> Iterator[Row]:
        """The lines of a package about the proposals after one number, if any, until another or to the end."""
        where, values = _range("proposal", after, until)
        query = f"SELECT * FROM package_line WHERE package = ? AND {where} ORDER BY proposal"
        return read_rows(self._connection, query, (package, *values))

    def rankings(self) -> list[tuple[str, str]]:
        """The calls and stages of which a ranking is stored."""
        return list(read_rows(self._connection, "SELECT DISTINCT call, stage FROM ranking_line ORDER BY call, stage"))

    def packages_with_lines(self) -> list[str]:
        """The packages of which lines are stored."""
        return [
            row[0] for row in read_rows(self._connection, "SELECT DISTINCT package FROM package_line ORDER BY package")
        ]

    def of_keys(self, table: str, keys: list[str]) -> Iterator[Row]:
        """The rows of a table that has one text as its key, for some keys."""
        marks = ", ".join("?" * len(keys))
        return read_rows(self._connection, f"SELECT * FROM {_name(table)} WHERE {_key(table)} IN ({marks})", keys)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(next(read_rows(self._connection, f"SELECT count(*) FROM {_name(table)}"))[0])

    def shape(self) -> dict[str, tuple[str, ...]]:
        """The columns of all tables that are there, by name; ``view NAME`` for a view."""
        query = """
            SELECT iif(thing.type = 'view', 'view ', '') || thing.name, part.name
            FROM sqlite_master AS thing, pragma_table_info(thing.name) AS part
            WHERE thing.type IN ('table', 'view') AND thing.name NOT IN ('alembic_version', 'sqlite_stat1')
            ORDER BY thing.name, part.cid"""
        rows = groupby(read_rows(self._connection, query), itemgetter(0))
        return {name: tuple(row[1] for row in found) for name, found in rows}

    def of_other_kinds(self, table: str) -> Iterator[tuple[Row, str, str, str]]:
        """The values that are not of the kind of their column: key of the row, column, kind found, kind wanted.

        SQLite takes bytes where text belongs, and the other way round.
        """
        columns = tables.metadata.tables[table].columns
        wanted = {column.name: (_KINDS[str(column.type)], "null" if column.nullable else "") for column in columns}
        kinds = [f'typeof("{name}")' for name in wanted]
        other = " OR ".join(f"{kind} NOT IN {allowed}" for kind, allowed in zip(kinds, wanted.values(), strict=True))
        query = f"SELECT {_key(table)}, {', '.join(kinds)} FROM {_name(table)} WHERE {other} ORDER BY {_key(table)}"
        width = len(KEYS[table])
        for row in read_rows(self._connection, query):
            for (name, allowed), kind in zip(wanted.items(), row[width:], strict=True):
                if kind not in allowed:
                    yield row[:width], name, kind, allowed[0]

    def triggers(self) -> dict[str, str]:
        """The statements of the triggers that guard the trail, by name."""
        return dict(read_rows(self._connection, "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))


def _range(column: str, after: str | None, until: str | None) -> tuple[str, list[str]]:
    """The condition for the values of a column after one, if any, until another or to the end; and what it names."""
    bounds = {f"{column} > ?": after, f"{column} <= ?": until}
    given = {condition: bound for condition, bound in bounds.items() if bound is not None}
    return " AND ".join([f"{column} IS NOT NULL", *given]), list(given.values())


def _name(table: str) -> str:
    return f'"{table}"'


def _key(table: str) -> str:
    return ", ".join(f'"{name}"' for name in KEYS[table])
