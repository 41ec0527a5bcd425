"""Service contracts of projects, and the payments made under them. Amounts are whole minor units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from pipgrants.errors import NotFoundError
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows, read_rows, update_guarded


class ContractRow(NamedTuple):
    """A service contract; ``agreed_by`` are the numbers of the firms that agreed on the supplier, with spaces between.

    ``offers`` are those compared, as JSON; they, ``reason`` and ``minutes`` are None where they were redacted.
    """

    project: str
    number: int
    machine_hash: str
    state: str
    supplier: str
    object: str
    component: str
    amount_minor: int
    due_on: str
    agreed_on: str
    agreed_by: str
    offers_count: int
    offers: str | None
    reason: str | None
    minutes: str | None
    salt: bytes | None
    signed_on: str | None = None
    delivered_on: str | None = None
    ended_on: str | None = None


class ContractPaymentRow(NamedTuple):
    """A payment of a project, by its number among the expenditures, and the contract that it was paid under."""

    project: str
    expenditure: int
    contract: int


class Contracts:
    """The service contracts of the workspace."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: ContractRow) -> None:
        """Writes a contract."""
        insert_rows(self._connection, tables.service_contract, [row])

    def of_project(self, project: str) -> list[ContractRow]:
        """The contracts of a project, in their order."""
        query = "SELECT * FROM service_contract WHERE project = ? ORDER BY number"
        return list(map(ContractRow._make, read_rows(self._connection, query, (project,))))

    def get(self, project: str, number: int) -> ContractRow:
        """One contract. Raises NotFoundError."""
        found = next((row for row in self.of_project(project) if row.number == number), None)
        if found is None:
            raise NotFoundError(
                f"{project} has no service contract {number}", next_step=f"pipgrants project show {project}"
            )
        return found

    def change(self, row: ContractRow, columns: Mapping[str, object]) -> None:
        """Changes some columns of a contract seen in a state. Raises ConcurrentChangeError."""
        names = ", ".join(f"{name} = ?" for name in columns)
        query = f"UPDATE service_contract SET {names} WHERE project = ? AND number = ? AND state = ?"
        update_guarded(self._connection, query, [(*columns.values(), row.project, row.number, row.state)])

    def payments(self, project: str) -> list[ContractPaymentRow]:
        """The payments of a project that were made under contracts, in their order."""
        query = "SELECT * FROM contract_payment WHERE project = ? ORDER BY expenditure"
        return list(map(ContractPaymentRow._make, read_rows(self._connection, query, (project,))))

    def add_payments(self, rows: Iterable[ContractPaymentRow]) -> None:
        """Writes down under which contracts payments were made."""
        insert_rows(self._connection, tables.contract_payment, rows)

    def redact(self, party: str, name: str) -> list[tuple[str, int]]:
        """Removes what says why suppliers were selected where a party made an offer, by its number or its name.

        Returns the contracts, by project and number.
        """
        rows = self._connection.exec_driver_sql(
            "UPDATE service_contract SET offers = NULL, reason = NULL, minutes = NULL, salt = NULL "
            "WHERE salt IS NOT NULL AND (supplier = ? OR EXISTS (SELECT 1 FROM json_each(offers) "
            "WHERE json_extract(value, '$[0]') IN (?, ?))) RETURNING project, number",
            (party, party, name),
        )
        return sorted((row[0], row[1]) for row in rows)
