"""Roles that one person holds for another, with the days on which they do."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from pipgrants.domain.vocabulary import Role
from pipgrants.errors import NotFoundError
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows


class DelegationRow(NamedTuple):
    """One delegation: the first and the last day are days of UTC and both count."""

    number: int
    delegator: str
    delegate: str
    role: Role
    from_on: str
    until_on: str
    ended_at: str | None

    def holds_on(self, day: str) -> bool:
        """Whether it was not ended and the day is one of its days."""
        return self.ended_at is None and self.from_on <= day <= self.until_on


class Delegations:
    """The delegations of the workspace."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: DelegationRow) -> None:
        """Keeps a delegation."""
        insert_rows(self._connection, tables.delegation, [row])

    def end(self, number: int, ended_at: str) -> None:
        """Ends a delegation before its last day."""
        self._connection.exec_driver_sql("UPDATE delegation SET ended_at = ? WHERE number = ?", (ended_at, number))

    def get(self, number: int) -> DelegationRow:
        """One delegation. Raises NotFoundError."""
        found = self._select("WHERE number = ?", (number,))
        if not found:
            raise NotFoundError(f"there is no delegation {number}", next_step="pipgrants actor delegations")
        return found[0]

    def to(self, actor: str) -> list[DelegationRow]:
        """What was delegated to a person, in order."""
        return self._select("WHERE delegate = ?", (actor,))

    def all(self) -> list[DelegationRow]:
        """Every delegation, in order."""
        return self._select("", ())

    def _select(self, where: str, values: tuple[str | int, ...]) -> list[DelegationRow]:
        rows = self._connection.exec_driver_sql(
            "SELECT number, delegator, delegate, role, from_on, until_on, ended_at "
            f"FROM delegation {where} ORDER BY number",
            values,
        )
        return [DelegationRow(*row)._replace(role=Role(row.role)) for row in rows]
