"""Appeals: against which letter, when they were received, how they stand, and what was ruled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from pipgrants.domain.appeal import AppealStanding, Remedy
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows, read_rows, update_guarded


class AppealRow(NamedTuple):
    """One appeal of a proposal; ``letter`` is the number of the letter that it contests.

    ``grounds`` and ``salt`` are None where they were redacted. ``met`` are the criteria that the ruling itself states
    as met, with spaces between.
    """

    proposal: str
    number: int
    letter: int
    received_at: str
    standing: AppealStanding
    grounds: str | None
    salt: bytes | None
    heard_by: str | None = None
    remedy: Remedy | None = None
    met: str | None = None


class Appeals:
    """The appeals of the workspace."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: AppealRow) -> None:
        """Writes an appeal."""
        insert_rows(self._connection, tables.appeal, [row])

    def of_proposal(self, proposal: str) -> list[AppealRow]:
        """The appeals of a proposal, oldest first."""
        query = "SELECT * FROM appeal WHERE proposal = ? ORDER BY number"
        return list(map(_row, read_rows(self._connection, query, (proposal,))))

    def of_call(self, call: str) -> list[AppealRow]:
        """The appeals of a call, by proposal, oldest first."""
        query = (
            "SELECT appeal.* FROM appeal JOIN proposal ON proposal.number = appeal.proposal "
            "WHERE proposal.call = ? ORDER BY appeal.proposal, appeal.number"
        )
        return list(map(_row, read_rows(self._connection, query, (call,))))

    def change(self, row: AppealRow, columns: Mapping[str, object]) -> None:
        """Changes some columns of an appeal that was seen standing so. Raises ConcurrentChangeError."""
        names = ", ".join(f"{name} = ?" for name in columns)
        values = (*columns.values(), row.proposal, row.number, row.standing)
        query = f"UPDATE appeal SET {names} WHERE proposal = ? AND number = ? AND standing = ?"
        update_guarded(self._connection, query, [values])

    def redact(self, proposals: Sequence[str]) -> list[tuple[str, int]]:
        """Removes the grounds and the salts; returns the appeals, by proposal and number."""
        marks = ", ".join("?" * len(proposals))
        rows = self._connection.exec_driver_sql(
            "UPDATE appeal SET grounds = NULL, salt = NULL "
            f"WHERE grounds IS NOT NULL AND proposal IN ({marks}) RETURNING proposal, number",
            tuple(proposals),
        )
        return sorted((row[0], row[1]) for row in rows)


def _row(row: Sequence[object]) -> AppealRow:
    found = AppealRow._make(row)
    return found._replace(
        standing=AppealStanding(found.standing), remedy=None if found.remedy is None else Remedy(found.remedy)
    )
