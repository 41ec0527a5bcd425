"""Fast paths on the driver: many rows in one statement, and updates that notice somebody else's change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Table

from pipgrants.errors import ConcurrentChangeError

BATCH = 5_000


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[object, ...]]) -> None:
    """Inserts rows given in the order of the table's columns."""
    if rows:
        marks = ", ".join("?" * len(table.columns))
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', list(rows))


def update_guarded(connection: Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Runs an UPDATE whose WHERE names what was seen; every row must still be so.

    Raises ConcurrentChangeError where a row was changed by somebody else in between.
    """
    if rows:
        changed = connection.exec_driver_sql(statement, list(rows)).rowcount
        if changed != len(rows):
            raise ConcurrentChangeError(
                f"{len(rows) - changed} of {len(rows)} records were changed by another command in the meantime",
                next_step="look at them with `pipgrants status` and run the command again",
            )


def batches(rows: Iterable[tuple[object, ...]], size: int = BATCH) -> Iterable[list[tuple[object, ...]]]:
    """Rows in lists of at most ``size``."""
    batch: list[tuple[object, ...]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
