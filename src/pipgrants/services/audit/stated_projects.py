"""What the trail states of projects: the rows that their tables must hold, told from the entries alone."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pipgrants.money import to_minor
from pipgrants.services.audit.named_definitions import NamedDefinitions
from pipgrants.services.audit.stated import Content, StatedRows
from pipgrants.services.audit.stated_groups import put_contract_payments
from pipgrants.services.audit.stated_monitoring import take_monitoring
from pipgrants.services.project_facts import DISBURSEMENT, PROJECT
from pipgrants.services.projects import PROJECT_OPENED

TABLES_OF_PROJECTS = (
    "project_line",
    "project_condition",
    "tranche",
    "disbursement",
    "expenditure",
    "movement",
    "measurement",
)
"""The tables whose keys begin with the number of a project."""


def is_of_project(entry: Content) -> bool:
    """Whether an entry speaks of a project or of a disbursement."""
    return str(entry["subject"]).startswith((PROJECT, DISBURSEMENT))


def project_of(entry: Content) -> str:
    """The number of the project that an entry speaks of."""
    return str(entry["subject"]).split("/")[1]


def take_project(rows: StatedRows, entry: Content, named: NamedDefinitions) -> None:
    """Folds an entry about a project or a disbursement."""
    subject = entry["subject"]
    if subject.startswith(DISBURSEMENT):
        project, _, number = subject.removeprefix(DISBURSEMENT).partition("/")
        currency = named.call(entry).currency
        _move_disbursement(rows, (project, int(number)), entry, currency)
        _put_movements(rows, project, entry, currency)
    elif subject.startswith(PROJECT):
        _take(rows, subject.removeprefix(PROJECT), entry, named)


def _take(rows: StatedRows, project: str, entry: Content, named: NamedDefinitions) -> None:
    sequence, inputs, hashes = entry["sequence"], entry["inputs"], entry["definitions"]
    currency = named.call(entry).currency
    take_monitoring(rows, project, entry)
    if entry["act"] == PROJECT_OPENED:
        machines = hashes["project_machine"], hashes["disbursement_machine"]
        values = [project, named.machine(machines[0]).initial, *machines, None, None, None, None]
        rows.put("project", project, sequence, values)
    elif entry["to"] is not None:
        rows.change("project", project, sequence, state=entry["to"], **inputs.get("project", {}))
    if "budget" in inputs:
        _put_plan(rows, project, entry, currency)
    for criterion, met_by in inputs.get("conditions", {}).items():
        rows.put("project_condition", (project, criterion), sequence, [project, criterion, met_by])
    for number, *payment, amount, document, description in inputs.get("payments", ()):
        form = "in_kind" if number in inputs.get("in_kind", ()) else "cash"
        values = [project, number, *payment, _minor(amount, currency), document, description, None, 0, form]
        rows.put("expenditure", (project, number), sequence, values)
    put_contract_payments(rows, project, entry)
    if "disallowed" in inputs:
        disallowed = _minor(inputs["disallowed"], currency)
        rows.change("expenditure", (project, inputs["expenditure"]), sequence, disallowed_minor=disallowed)
    if "disbursement" in inputs:
        number, tranche, state, asked = inputs["disbursement"]
        values = [project, number, tranche, state, _minor(asked, currency), None, None]
        rows.put("disbursement", (project, number), sequence, values)
    _put_movements(rows, project, entry, currency)


def _put_plan(rows: StatedRows, project: str, entry: Content, currency: str) -> None:
    """The budget and the tranches, in the place of the last."""
    plan = {"project_line": entry["inputs"]["budget"], "tranche": entry["inputs"]["tranches"]}
    for table, lines in plan.items():
        rows.drop_group(table, project)
        for number, *line, amount in lines:
            values = [project, number, *line, _minor(amount, currency)]
            rows.put(table, (project, number), entry["sequence"], values)


def _move_disbursement(rows: StatedRows, key: tuple[str, int], entry: Content, currency: str) -> None:
    inputs, columns = entry["inputs"], {"state": entry["to"]}
    if "certified" in inputs:
        columns["certified_minor"] = _minor(inputs["certified"], currency)
    if "paid_on" in inputs:
        columns["paid_on"] = inputs["paid_on"]
    rows.change("disbursement", key, entry["sequence"], **columns)


def _put_movements(rows: StatedRows, project: str, entry: Content, currency: str) -> None:
    movements: Sequence[Sequence[Any]] = entry["inputs"].get("movements", ())
    for number, kind, amount, day in movements:
        values = [project, number, kind, _minor(amount, currency), day]
        rows.put("movement", (project, number), entry["sequence"], values)


def _minor(amount: str, currency: str) -> int:
    return to_minor(Decimal(amount), currency)
