"""Fast paths on the driver: many rows in one statement, and updates that notice somebody else's change."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Table

from pipgrants.errors import ConcurrentChangeError


def read_rows(connection: Connection, query: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
    """The rows of a query one at a time, as the driver gives them."""
    return _driver(connection).execute(query, values)


def insert_rows(connection: Connection, table: Table, rows: Iterable[tuple[object, ...]]) -> None:
    """Inserts rows given in the order of the table's columns."""
    marks = ", ".join("?" * len(table.columns))
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    _driver(connection).executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', rows)


def update_guarded(connection: Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Runs an UPDATE whose WHERE names what was seen; every row must still be so.

    Raises ConcurrentChangeError where a row was changed by somebody else in between.
    """
    changed = _driver(connection).executemany(statement, rows).rowcount if rows else 0
    if changed != len(rows):
        raise ConcurrentChangeError(
            f"{len(rows) - changed} of {len(rows)} records were changed by another command in the meantime",
            next_step="look at them with `pipgrants status` and run the command again",
        )


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.dbapi_connection)
