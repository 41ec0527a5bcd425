"""What people see of service contracts and of conflicts within groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

import orjson

from pipgrants.domain.plain import plain_amount
from pipgrants.domain.vocabulary import Role
from pipgrants.errors import NotAuthorisedError
from pipgrants.money import from_minor
from pipgrants.services.access import permitted_read
from pipgrants.services.contracts import contracted
from pipgrants.services.definitions import read_machine
from pipgrants.services.person import Person, recognise
from pipgrants.services.project_facts import GROUP_CONFLICT, ProjectFacts, facts_of
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.group_conflicts import GroupConflictRow
from pipgrants.store.unit import Unit


class ContractEntry(NamedTuple):
    """A service contract, and what was paid under it."""

    project: str
    number: int
    supplier: str
    object: str
    component: str
    state: str
    amount: str
    paid: str
    due_on: str


class ContractView(NamedTuple):
    """A service contract as it stands; ``offers`` are supplier and amount, none of them where they were redacted."""

    project: str
    call: str
    number: int
    supplier: str
    supplier_name: str | None
    object: str
    component: str
    state: str
    meaning: str
    currency: str
    amount: str
    paid: str
    agreed_on: str
    agreed_by: tuple[str, ...]
    offers_count: int
    offers: tuple[tuple[str, str], ...]
    reason: str | None
    minutes: str | None
    due_on: str
    signed_on: str | None
    delivered_on: str | None
    ended_on: str | None
    payments: tuple[int, ...]


class GroupConflictEntry(NamedTuple):
    """A conflict within a group, without what was said in it."""

    project: str
    number: int
    cause: str
    opened_on: str
    parties: tuple[str, ...]
    state: str
    leaving: str | None
    consequence: str | None
    ended_on: str | None


class StepView(NamedTuple):
    """A step of a conflict; who mediated and what was said are None where they were redacted."""

    number: int
    trigger: str
    done_on: str
    mediator: str | None
    statement: str | None


class GroupConflictView(NamedTuple):
    """A conflict within a group as it stands, and every step of it; ``parties`` gives the names by number."""

    project: str
    call: str
    number: int
    cause: str
    opened_on: str
    parties: Mapping[str, str]
    state: str
    meaning: str
    about: str | None
    steps: tuple[StepView, ...]
    leaving: str | None
    consequence: str | None
    ended_on: str | None


def _refuse_others(person: Person, lead: str) -> None:
    """Raises NotAuthorisedError where an implementing agency asks for what is of another party's project."""
    role = person.permitted("conflict.show", Role.COORDINATION_OFFICER)
    if role is Role.IMPLEMENTING_AGENCY and person.actor.party != lead:
        raise NotAuthorisedError(
            f"the project is led by {lead}; {person.name} does not act for it",
            next_step="ask a coordination officer",
        )


def list_contracts(workspace: Workspace, call: str) -> list[ContractEntry]:
    """The service contracts of the projects of a call. Raises NotFoundError without the call."""
    with workspace.read() as unit:
        return [entry for facts in _projects(unit, call) for entry in contract_entries(facts)]


def list_conflicts(workspace: Workspace, call: str) -> list[GroupConflictEntry]:
    """The conflicts within the groups of the projects of a call. Raises NotFoundError without the call."""
    with workspace.read() as unit:
        return [entry for facts in _projects(unit, call) for entry in conflict_entries(facts)]


def _projects(unit: Unit, call: str) -> Iterable[ProjectFacts]:
    unit.calls.get(call)
    return (facts_of(unit, row.proposal) for row in unit.projects.of_call(call))


def contract_entries(facts: ProjectFacts) -> list[ContractEntry]:
    """The service contracts of a project."""
    rows = facts.unit.contracts.of_project(facts.number)
    return [
        ContractEntry(
            *(row.project, row.number, row.supplier, row.object, row.component, row.state),
            plain_amount(item.amount, facts.currency),
            plain_amount(item.paid_amount, facts.currency),
            row.due_on,
        )
        for row, item in zip(rows, contracted(facts), strict=True)
    ]


def conflict_entries(facts: ProjectFacts) -> list[GroupConflictEntry]:
    """The conflicts within the group of a project."""
    return [_conflict_entry(row) for row in facts.unit.group_conflicts.of_project(facts.number)]


def _conflict_entry(row: GroupConflictRow) -> GroupConflictEntry:
    named = row.project, row.number, row.cause, row.opened_on, tuple(row.parties.split())
    return GroupConflictEntry(*named, row.state, row.leaving, row.consequence, row.ended_on)


def show_contract(workspace: Workspace, project: str, number: int) -> ContractView:
    """A service contract as it stands. Raises NotFoundError."""
    with workspace.read() as unit:
        facts, row = facts_of(unit, project), unit.contracts.get(project, number)
        [paid] = [item.paid_amount for item in contracted(facts) if item.number == number]
        return ContractView(
            project=project,
            call=facts.terms.row.call,
            number=number,
            supplier=row.supplier,
            supplier_name=unit.parties.names([row.supplier]).get(row.supplier),
            object=row.object,
            component=row.component,
            state=row.state,
            meaning=_meaning(unit, row.machine_hash, row.state),
            currency=facts.currency,
            amount=plain_amount(from_minor(row.amount_minor, facts.currency), facts.currency),
            paid=plain_amount(paid, facts.currency),
            agreed_on=row.agreed_on,
            agreed_by=tuple(row.agreed_by.split()),
            offers_count=row.offers_count,
            offers=tuple((supplier, amount) for supplier, amount in orjson.loads(row.offers or "[]")),
            reason=row.reason,
            minutes=row.minutes,
            due_on=row.due_on,
            signed_on=row.signed_on,
            delivered_on=row.delivered_on,
            ended_on=row.ended_on,
            payments=tuple(item.expenditure for item in unit.contracts.payments(project) if item.contract == number),
        )


def _meaning(unit: Unit, machine_hash: str, state: str) -> str:
    return read_machine(unit.calls.definition(machine_hash)).states[state].meaning


def show_conflict(
    workspace: Workspace, who: Identity, now: datetime, *, project: str, number: int
) -> GroupConflictView:
    """A conflict with what was said in it, which is confidential: the access log says who asked for it.

    Raises NotFoundError, and NotAuthorisedError for who may not read it, such as an agency that does not lead the
    project.
    """
    subject = f"{GROUP_CONFLICT}{project}/{number}"
    with permitted_read(workspace, who, now, "conflict.show", subject) as unit:
        facts, row = facts_of(unit, project), unit.group_conflicts.get(project, number)
        _refuse_others(recognise(unit, who, now), facts.head.lead)
        steps = unit.group_conflicts.steps(project, number)
        parties = row.parties.split()
        names = unit.parties.names(sorted(parties))
        return GroupConflictView(
            project=project,
            call=facts.terms.row.call,
            number=number,
            cause=row.cause,
            opened_on=row.opened_on,
            parties={party: names.get(party, "") for party in parties},
            state=row.state,
            meaning=_meaning(unit, row.machine_hash, row.state),
            about=row.about,
            steps=tuple(StepView(*item[2:7]) for item in steps),
            leaving=row.leaving,
            consequence=row.consequence,
            ended_on=row.ended_on,
        )
