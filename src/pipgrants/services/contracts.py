"""Service contracts: recorded with the selection of the supplier, signed, carried out, accepted or terminated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import orjson

from pipgrants.domain.plain import plain_amount
from pipgrants.domain.service_contract import (
    Contracted,
    ServiceContract,
    committed_for,
    component_limit,
    contract_mistakes,
)
from pipgrants.domain.vocabulary import Component
from pipgrants.errors import RefusedError, in_words
from pipgrants.money import EXACT, Money, from_minor, to_minor
from pipgrants.reading import read_source
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import CONTRACT_MACHINE, contract_engine, machine_definition, read_machine
from pipgrants.services.group import refuse_unfit_day, standing_firms
from pipgrants.services.group_guards import ContractCase
from pipgrants.services.moves import fire
from pipgrants.services.project_facts import CONTRACT, ProjectFacts, facts_of
from pipgrants.services.projects import read_checked, refuse_future
from pipgrants.services.segregation import preparer_of, refuse_who_prepared
from pipgrants.services.states import destinations, has_ended, takes_requests
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.contracts import ContractRow
from pipgrants.trail.entry import Deed
from pipgrants.trail.sealing import new_salt, seal

CONTRACT_SELECTED = "ServiceContractSelected"
CONFIDENTIAL = ("offers", "reason", "minutes")
"""What says why the supplier was selected: entries hold it as salted hashes."""

DAY_OF = {"sign": "signed_on", "deliver": "delivered_on", "accept": "ended_on", "terminate": "ended_on"}
"""The column that holds the day of a trigger."""


class ContractMoved(NamedTuple):
    """A service contract after an act."""

    project: str
    call: str
    number: int
    state: str
    supplier: str
    currency: str
    amount: Decimal
    offers_count: int


def record_contract(
    workspace: Workspace, who: Identity, now: datetime, *, project: str, path: Path, dry_run: bool = False
) -> ContractMoved:
    """Writes down the supplier that was selected for a service, with the offers compared and the firms that agree.

    Raises DefinitionError listing everything in the file that does not fit the project; RefusedError before the
    agreement and after the end of the project, and for a supplier that is debarred.
    """
    text, machine = read_source(path), machine_definition(workspace, CONTRACT_MACHINE)
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = facts_of(act.unit, project)
        act.permit("contract.record", facts.terms.programme.stands_in)
        act.represent(facts.head.lead)
        _refuse_standing(facts)
        contract = _read_contract(facts, text, path.name)
        refuse_future(contract.agreed_on, act, facts, path.name)
        _refuse_debarred(act, contract.supplier, local_day(act.now, facts.terms.call))
        act.unit.calls.store_definitions([machine])
        number = len(act.unit.contracts.of_project(project)) + 1
        row = _row(facts, contract, number, machine.hash, read_machine(machine).initial)
        act.unit.contracts.add(row)
        inputs = {"contract": _as_plain(row, facts.currency)}
        hashes = _hashes(facts, row)
        act.record(Deed(CONTRACT_SELECTED, _subject(row), inputs=inputs, definitions=hashes, call=facts.terms.row.call))
    return _told(facts, row)


def _refuse_standing(facts: ProjectFacts) -> None:
    """Contracts are made from the agreement to the end of a project."""
    state = facts.row.state
    if facts.row.signed_on is None or has_ended(facts.engine, state):
        raise RefusedError(
            f"{facts.number} is {in_words(state)}: suppliers are selected from its agreement to its end",
            next_step=f"pipgrants project show {facts.number}",
        )


def _read_contract(facts: ProjectFacts, text: str, file: str) -> ServiceContract:
    firms, components = standing_firms(facts), {line.component for line in facts.money.budget if line.component}
    return read_checked(
        text, ServiceContract, file, lambda contract: contract_mistakes(contract, firms, components, facts.currency)
    )


def _refuse_debarred(act: Act, supplier: str, today: date) -> None:
    """Raises NotFoundError where the supplier is no party on record, RefusedError where it is debarred."""
    act.unit.parties.get(supplier)
    if supplier in act.unit.parties.excluded(today):
        raise RefusedError(
            f"{supplier} stands on the exclusion list and supplies nothing", next_step="select another supplier"
        )


def _row(facts: ProjectFacts, contract: ServiceContract, number: int, machine: str, initial: str) -> ContractRow:
    offers = [[offer.supplier, plain_amount(offer.amount, facts.currency)] for offer in contract.offers]
    return ContractRow(
        project=facts.number,
        number=number,
        machine_hash=machine,
        state=initial,
        supplier=contract.supplier,
        object=contract.object,
        component=contract.component.value,
        amount_minor=to_minor(contract.amount, facts.currency),
        due_on=contract.due_on.isoformat(),
        agreed_on=contract.agreed_on.isoformat(),
        agreed_by=" ".join(contract.agreed_by),
        offers_count=len(offers),
        offers=orjson.dumps(offers).decode(),
        reason=contract.reason,
        minutes=contract.minutes,
        salt=new_salt(),
    )


def _as_plain(row: ContractRow, currency: str) -> dict[str, object]:
    """A contract as the entry of its selection holds it."""
    names = ("supplier", "object", "component", "due_on", "agreed_on", "offers_count")
    return {
        **{name: getattr(row, name) for name in names},
        "amount": plain_amount(from_minor(row.amount_minor, currency), currency),
        "agreed_by": row.agreed_by.split(),
        **{name: seal(row.salt or b"", name, getattr(row, name)) for name in CONFIDENTIAL},
    }


def move_contract(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    project: str,
    number: int,
    trigger: str,
    reason: str | None = None,
    on: date | None = None,
    dry_run: bool = False,
) -> ContractMoved:
    """Approves, rejects, signs, starts, delivers, accepts, refuses or terminates a contract, as its machine allows.

    ``on`` is when it was done; without it, today. Raises RefusedError for a day in the future, or before what came
    before, and for who recorded the selection that is to be approved.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = facts_of(act.unit, project)
        row = act.unit.contracts.get(project, number)
        engine = contract_engine(act.unit.calls, row.machine_hash)
        subject, see = f"service contract {number} of {project}", f"pipgrants contract show {project} {number}"
        case, stands_in = _case(act, facts, row), facts.terms.programme.stands_in
        fired = fire(act, subject, engine, row.state, trigger, case, stands_in, reason=reason, see=see)
        act.represent(facts.head.lead)
        if trigger == "approve":
            refuse_who_prepared(act, _subject(row))
        today = local_day(now, facts.terms.call)
        if trigger == "sign":
            _refuse_debarred(act, row.supplier, today)
        columns = _columns(row, trigger, on, today)
        act.unit.contracts.change(row, {"state": fired.destination, **columns})
        hashes, inputs = _hashes(facts, row), {"contract": columns}
        states = fired.source, fired.destination
        deed = Deed(fired.transition.entry, _subject(row), *states, reason, inputs, definitions=hashes)
        act.record(deed._replace(call=facts.terms.row.call))
        return _told(facts, act.unit.contracts.get(project, number))


def _case(act: Act, facts: ProjectFacts, row: ContractRow) -> ContractCase:
    state = facts.row.state
    return ContractCase(
        project=row.project,
        number=row.number,
        actor=act.actor.actor,
        prepared_by=preparer_of(act.unit, _subject(row)),
        project_state=None if takes_requests(facts.engine, state) else state,
        offers_count=row.offers_count,
        component=row.component,
        excess=_excess(facts, row),
    )


def _excess(facts: ProjectFacts, row: ContractRow) -> Money | None:
    """By how much a contract, with those signed before, exceeds the budget of its component; None where it does not."""
    component, currency = Component(row.component), facts.currency
    others = [item for item in contracted(facts) if item.number != row.number]
    limit = component_limit(facts.money.lines, component, facts.terms.call.implementation.line_flexibility_share)
    wanted = EXACT.add(committed_for(others, component), from_minor(row.amount_minor, currency))
    return Money(EXACT.subtract(wanted, limit), currency) if wanted > limit else None


def contracted(facts: ProjectFacts) -> list[Contracted]:
    """The contracts of a project with what was paid under each."""
    contracts = facts.unit.contracts
    amounts = {row.number: row.amount_minor for row in facts.unit.projects.expenditures(facts.number)}
    paid: Counter[int] = Counter()
    for row in contracts.payments(facts.number):
        paid[row.contract] += amounts[row.expenditure]
    return [_contracted(facts, row, paid[row.number]) for row in contracts.of_project(facts.number)]


def _contracted(facts: ProjectFacts, row: ContractRow, paid_minor: int) -> Contracted:
    terminated = destinations(read_machine(facts.unit.calls.definition(row.machine_hash)), "terminate")
    amount, paid = (from_minor(units, facts.currency) for units in (row.amount_minor, paid_minor))
    signed_on = date.fromisoformat(row.signed_on) if row.signed_on else None
    return Contracted(row.number, Component(row.component), amount, signed_on, row.state in terminated, paid)


def _columns(row: ContractRow, trigger: str, on: date | None, today: date) -> dict[str, object]:
    """The days that an act changes: what was delivered and is refused, is not delivered."""
    day = on or today
    last = max(filter(None, (row.agreed_on, row.signed_on, row.delivered_on)))
    refuse_unfit_day(day, date.fromisoformat(last), today)
    if trigger == "refuse":
        return {"delivered_on": None}
    return {DAY_OF[trigger]: day.isoformat()} if trigger in DAY_OF else {}


def _subject(row: ContractRow) -> str:
    return f"{CONTRACT}{row.project}/{row.number}"


def _hashes(facts: ProjectFacts, row: ContractRow) -> Mapping[str, str]:
    return {"call": facts.terms.row.definition_hash, "contract_machine": row.machine_hash}


def _told(facts: ProjectFacts, row: ContractRow) -> ContractMoved:
    call, amount = facts.terms.row.call, from_minor(row.amount_minor, facts.currency)
    named = row.project, call, row.number, row.state, row.supplier
    return ContractMoved(*named, facts.currency, amount, row.offers_count)
