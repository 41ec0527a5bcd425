"""Projects: their states, budgets, tranches, disbursements, payments, and the movements of their money.

Amounts are whole minor units of the currency of the call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table

from pipgrants.errors import NotFoundError
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows, read_rows, update_guarded
from pipgrants.store.merged import kept


class ProjectRow(NamedTuple):
    """A project, by the number of its proposal."""

    proposal: str
    state: str
    machine_hash: str
    disbursement_machine_hash: str
    signed_on: str | None = None
    starts_on: str | None = None
    ends_on: str | None = None
    validated_on: str | None = None


class ProjectLineRow(NamedTuple):
    """A line of a project's budget."""

    project: str
    number: int
    party: str | None
    component: str | None
    activity: str
    cost_category: str | None
    source: str
    amount_minor: int


class ConditionRow(NamedTuple):
    """A condition of the award, and how it was met."""

    project: str
    criterion: str
    met_by: str


class TrancheRow(NamedTuple):
    """A part of the grant, and the milestone that it is paid at."""

    project: str
    number: int
    milestone: str
    due_on: str
    amount_minor: int


class DisbursementRow(NamedTuple):
    """A request for a tranche, or for what is left of one; ``certified_minor`` is what the rules let be paid."""

    project: str
    number: int
    tranche: int
    state: str
    asked_minor: int
    certified_minor: int | None = None
    paid_on: str | None = None


class ExpenditureRow(NamedTuple):
    """A payment of a project; ``document`` and ``description`` are None where they were redacted."""

    project: str
    number: int
    line: int
    component: str | None
    activity: str
    cost_category: str | None
    source: str
    paid_on: str
    amount_minor: int
    document: str | None
    description: str | None
    salt: bytes | None
    disallowed_minor: int = 0
    form: str = "cash"


class MovementRow(NamedTuple):
    """A movement of money of an award."""

    project: str
    number: int
    kind: str
    amount_minor: int
    moved_on: str


class MoneyRows(NamedTuple):
    """What the money of a project is told from: its budget, tranches, payments and movements, each in its order."""

    lines: list[ProjectLineRow]
    tranches: list[TrancheRow]
    expenditures: list[ExpenditureRow]
    movements: list[MovementRow]


class Projects:
    """The projects of the workspace."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: ProjectRow) -> None:
        """Registers a project."""
        insert_rows(self._connection, tables.project, [row])

    def find(self, proposal: str) -> ProjectRow | None:
        """The project of a proposal, None where there is none."""
        return next(map(ProjectRow._make, self._rows("SELECT * FROM project WHERE proposal = ?", proposal)), None)

    def get(self, proposal: str) -> ProjectRow:
        """The project of a proposal. Raises NotFoundError."""
        found = self.find(proposal)
        if found is None:
            raise NotFoundError(
                f"there is no project {proposal!r}", next_step="pipgrants project open CALL makes one of each award"
            )
        return found

    def of_call(self, call: str) -> list[ProjectRow]:
        """The projects of a call, in their order."""
        query = (
            "SELECT project.* FROM project JOIN proposal ON proposal.number = project.proposal "
            "WHERE proposal.call = ? ORDER BY project.proposal"
        )
        return list(map(ProjectRow._make, self._rows(query, call)))

    def change(self, row: ProjectRow, columns: Mapping[str, object]) -> None:
        """Changes some columns of a project seen in a state. Raises ConcurrentChangeError."""
        names = ", ".join(f"{name} = ?" for name in columns)
        query = f"UPDATE project SET {names} WHERE proposal = ? AND state = ?"
        update_guarded(self._connection, query, [(*columns.values(), row.proposal, row.state)])

    def money(self, project: str) -> MoneyRows:
        """What the money of a project is told from."""
        return MoneyRows(
            list(map(ProjectLineRow._make, self._of(tables.project_line, project))),
            self.tranches(project),
            self.expenditures(project),
            self.movements(project),
        )

    def money_of_call(self, call: str) -> dict[str, MoneyRows]:
        """What the money of each project of a call is told from, by number, with one query for each table."""
        found = {row.proposal: MoneyRows([], [], [], []) for row in self.of_call(call)}
        for row in self._of_call(tables.project_line, call):
            found[row[0]].lines.append(ProjectLineRow._make(row))
        for row in self._of_call(tables.tranche, call):
            found[row[0]].tranches.append(TrancheRow._make(row))
        for row in self._of_call(tables.expenditure, call):
            found[row[0]].expenditures.append(ExpenditureRow._make(row))
        for row in self._of_call(tables.movement, call):
            found[row[0]].movements.append(MovementRow._make(row))
        return found

    def put_lines(self, project: str, rows: Iterable[ProjectLineRow]) -> None:
        """Writes the budget in the place of the last."""
        self._replace(tables.project_line, project, rows)

    def conditions(self, project: str) -> list[ConditionRow]:
        """The conditions of the award that were met."""
        return list(map(ConditionRow._make, self._of(tables.project_condition, project)))

    def add_conditions(self, rows: Iterable[ConditionRow]) -> None:
        """Writes how conditions were met."""
        insert_rows(self._connection, tables.project_condition, rows)

    def tranches(self, project: str) -> list[TrancheRow]:
        """The tranches."""
        return list(map(TrancheRow._make, self._of(tables.tranche, project)))

    def put_tranches(self, project: str, rows: Iterable[TrancheRow]) -> None:
        """Writes the tranches in the place of the last."""
        self._replace(tables.tranche, project, rows)

    def disbursements(self, project: str) -> list[DisbursementRow]:
        """The disbursements asked for, oldest first."""
        return list(map(DisbursementRow._make, self._of(tables.disbursement, project)))

    def disbursement(self, project: str, number: int) -> DisbursementRow:
        """One disbursement. Raises NotFoundError."""
        found = next((row for row in self.disbursements(project) if row.number == number), None)
        if found is None:
            raise NotFoundError(
                f"{project} has no disbursement {number}", next_step=f"pipgrants project show {project}"
            )
        return found

    def add_disbursement(self, row: DisbursementRow) -> None:
        """Writes down what was asked for."""
        insert_rows(self._connection, tables.disbursement, [row])

    def change_disbursement(self, row: DisbursementRow, columns: Mapping[str, object]) -> None:
        """Changes some columns of a disbursement seen in a state. Raises ConcurrentChangeError."""
        names = ", ".join(f"{name} = ?" for name in columns)
        query = f"UPDATE disbursement SET {names} WHERE project = ? AND number = ? AND state = ?"
        update_guarded(self._connection, query, [(*columns.values(), row.project, row.number, row.state)])

    def expenditures(self, project: str) -> list[ExpenditureRow]:
        """The payments, in their order."""
        return list(map(ExpenditureRow._make, self._of(tables.expenditure, project)))

    def add_expenditures(self, rows: Iterable[ExpenditureRow]) -> None:
        """Writes down payments."""
        insert_rows(self._connection, tables.expenditure, rows)

    def disallow(self, row: ExpenditureRow, disallowed_minor: int) -> None:
        """Writes down how much of a payment is disallowed in all. Raises ConcurrentChangeError."""
        query = "UPDATE expenditure SET disallowed_minor = ? WHERE project = ? AND number = ? AND disallowed_minor = ?"
        update_guarded(self._connection, query, [(disallowed_minor, row.project, row.number, row.disallowed_minor)])

    def redact_payments(self, projects: Sequence[str], number: int | None = None) -> list[tuple[str, int]]:
        """Removes what the papers of payments are called, with the salts; returns the payments, by project and number.

        Those of some projects, or the one of a number.
        """
        rows = self._connection.exec_driver_sql(
            "UPDATE expenditure SET document = NULL, description = NULL, salt = NULL WHERE document IS NOT NULL "
            f"AND project IN ({', '.join('?' * len(projects))}) AND number = coalesce(?, number) "
            "RETURNING project, number",
            (*projects, number),
        )
        return sorted((row[0], row[1]) for row in rows)

    def movements(self, project: str) -> list[MovementRow]:
        """The movements of money, oldest first."""
        return list(map(MovementRow._make, self._of(tables.movement, project)))

    def add_movements(self, rows: Iterable[MovementRow]) -> None:
        """Writes down movements of money."""
        insert_rows(self._connection, tables.movement, rows)

    def _of(self, table: Table, project: str) -> Iterable[tuple[object, ...]]:
        key = list(table.primary_key.columns)[-1].name
        return self._rows(f'SELECT {_columns(table)} FROM "{table.name}" WHERE project = ? ORDER BY "{key}"', project)

    def _of_call(self, table: Table, call: str) -> Iterable[tuple[Any, ...]]:
        key, own = list(table.primary_key.columns)[-1].name, "SELECT number FROM proposal WHERE call = ?"
        query = f'SELECT {_columns(table)} FROM "{table.name}" WHERE project IN ({own}) ORDER BY project, "{key}"'
        return self._rows(query, call)

    def _replace(self, table: Table, project: str, rows: Iterable[tuple[object, ...]]) -> None:
        self._connection.exec_driver_sql(f'DELETE FROM "{table.name}" WHERE project = ?', (project,))
        insert_rows(self._connection, table, rows)

    def _rows(self, query: str, *values: object) -> Iterable[tuple[Any, ...]]:
        return read_rows(self._connection, query, values)


def _columns(table: Table) -> str:
    """What is read of a table: its columns, and of a party the number that stands for it."""
    names = (f'"{table.name}"."{column.name}"' for column in table.columns)
    return ", ".join(kept(name) if name.endswith('."party"') else name for name in names)
