"""Conflicts within the groups of projects, and every step of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from pipgrants.errors import NotFoundError
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows, read_rows, update_guarded


class GroupConflictRow(NamedTuple):
    """A conflict; ``parties`` are the numbers of those involved, with spaces between.

    ``leaving`` is the firm that is to leave the group, or left it; ``about`` is None where it was redacted.
    """

    project: str
    number: int
    machine_hash: str
    state: str
    cause: str
    opened_on: str
    parties: str
    about: str | None
    salt: bytes | None
    leaving: str | None = None
    consequence: str | None = None
    ended_on: str | None = None


class GroupConflictStepRow(NamedTuple):
    """One step: what was done, when, by which mediator, and its minutes or reason; those are None where redacted."""

    project: str
    conflict: int
    number: int
    trigger: str
    done_on: str
    mediator: str | None
    statement: str | None
    salt: bytes | None


class GroupConflicts:
    """The conflicts within the groups of the workspace."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: GroupConflictRow) -> None:
        """Writes a conflict."""
        insert_rows(self._connection, tables.group_conflict, [row])

    def of_project(self, project: str) -> list[GroupConflictRow]:
        """The conflicts of a project, in their order."""
        query = "SELECT * FROM group_conflict WHERE project = ? ORDER BY number"
        return list(map(GroupConflictRow._make, read_rows(self._connection, query, (project,))))

    def get(self, project: str, number: int) -> GroupConflictRow:
        """One conflict. Raises NotFoundError."""
        found = next((row for row in self.of_project(project) if row.number == number), None)
        if found is None:
            raise NotFoundError(f"{project} has no conflict {number}", next_step=f"pipgrants project show {project}")
        return found

    def change(self, row: GroupConflictRow, columns: Mapping[str, object]) -> None:
        """Changes some columns of a conflict seen in a state. Raises ConcurrentChangeError."""
        names = ", ".join(f"{name} = ?" for name in columns)
        query = f"UPDATE group_conflict SET {names} WHERE project = ? AND number = ? AND state = ?"
        update_guarded(self._connection, query, [(*columns.values(), row.project, row.number, row.state)])

    def steps(self, project: str, number: int) -> list[GroupConflictStepRow]:
        """The steps of a conflict, oldest first."""
        query = "SELECT * FROM group_conflict_step WHERE project = ? AND conflict = ? ORDER BY number"
        return list(map(GroupConflictStepRow._make, read_rows(self._connection, query, (project, number))))

    def add_step(self, row: GroupConflictStepRow) -> None:
        """Writes a step."""
        insert_rows(self._connection, tables.group_conflict_step, [row])

    def redact(self, party: str) -> list[tuple[str, int]]:
        """Removes what was said in the conflicts that involve a party; returns them, by project and number."""
        involving = "SELECT project, number FROM group_conflict WHERE instr(' ' || parties || ' ', ?)"
        found = list(read_rows(self._connection, f"{involving} ORDER BY project, number", (f" {party} ",)))
        for key in found:
            self._connection.exec_driver_sql(
                "UPDATE group_conflict SET about = NULL, salt = NULL WHERE project = ? AND number = ?", key
            )
            self._connection.exec_driver_sql(
                "UPDATE group_conflict_step SET mediator = NULL, statement = NULL, salt = NULL "
                "WHERE project = ? AND conflict = ?",
                key,
            )
        return [(project, number) for project, number in found]
