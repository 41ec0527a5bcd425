"""What the trail states of service contracts and of conflicts within groups: the rows that their tables must hold."""

from __future__ import annotations

from decimal import Decimal

from pipgrants.money import to_minor
from pipgrants.services.audit.named_definitions import NamedDefinitions
from pipgrants.services.audit.stated import Content, StatedRows
from pipgrants.services.contracts import CONFIDENTIAL
from pipgrants.services.project_facts import CONTRACT, GROUP_CONFLICT

TABLES_OF_GROUPS = ("service_contract", "contract_payment", "group_conflict", "group_conflict_step")

Key = tuple[str, int]
"""A project, and the number of a contract or conflict of it."""


def take_of_group(rows: StatedRows, entry: Content, named: NamedDefinitions) -> None:
    """Folds an entry about a service contract or a conflict within a group."""
    kind, _, rest = entry["subject"].partition("/")
    if f"{kind}/" not in (CONTRACT, GROUP_CONFLICT):
        return
    project, _, number = rest.partition("/")
    key = project, int(number)
    if f"{kind}/" == CONTRACT:
        _take_contract(rows, key, entry, named)
    else:
        _take_conflict(rows, key, entry, named)


def _take_contract(rows: StatedRows, key: Key, entry: Content, named: NamedDefinitions) -> None:
    contract, sequence = entry["inputs"]["contract"], entry["sequence"]
    if entry["to"] is not None:
        rows.change("service_contract", key, sequence, state=entry["to"], **contract)
        return
    machine = entry["definitions"]["contract_machine"]
    values = [
        *key,
        machine,
        named.machine(machine).initial,
        *(contract[name] for name in ("supplier", "object", "component")),
        to_minor(Decimal(contract["amount"]), named.call(entry).currency),
        *(contract[name] for name in ("due_on", "agreed_on")),
        " ".join(contract["agreed_by"]),
        contract["offers_count"],
        *(contract[name] for name in CONFIDENTIAL),
        *[None] * 4,
    ]
    rows.put("service_contract", key, sequence, values)


def _take_conflict(rows: StatedRows, key: Key, entry: Content, named: NamedDefinitions) -> None:
    conflict, sequence = entry["inputs"]["conflict"], entry["sequence"]
    if entry["to"] is None:
        machine = entry["definitions"]["conflict_machine"]
        said = [conflict["cause"], conflict["opened_on"], " ".join(conflict["parties"]), conflict["about"]]
        values = [*key, machine, named.machine(machine).initial, *said, *[None] * 4]
        rows.put("group_conflict", key, sequence, values)
        return
    step = entry["inputs"]["step"]
    values = [*key, *(step[name] for name in ("number", "trigger", "done_on", "mediator", "statement")), None]
    rows.put("group_conflict_step", (*key, step["number"]), sequence, values)
    rows.change("group_conflict", key, sequence, state=entry["to"], **conflict)


def put_contract_payments(rows: StatedRows, project: str, entry: Content) -> None:
    """The service contracts under which payments of an entry were made."""
    for expenditure, contract in entry["inputs"].get("contracts", ()):
        values = [project, expenditure, contract]
        rows.put("contract_payment", (project, expenditure), entry["sequence"], values)


def redact_groups(rows: StatedRows, entry: Content) -> None:
    """Removes what was said in conflicts that a redacted party was involved in, and of it as a supplier."""
    sequence, inputs = entry["sequence"], entry["inputs"]
    nothing: dict[str, object] = dict.fromkeys(CONFIDENTIAL)
    for key in map(tuple, inputs.get("contracts", ())):
        rows.change("service_contract", key, sequence, **nothing)
    conflicts = {tuple(key) for key in inputs.get("conflicts", ())}
    for key in conflicts:
        rows.change("group_conflict", key, sequence, about=None)
    for step in list(rows.of["group_conflict_step"]):
        if step[:2] in conflicts:
            rows.change("group_conflict_step", step, sequence, mediator=None, statement=None)
