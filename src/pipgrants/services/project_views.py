"""What people see of projects: each of them as it stands, and the ledger of a call or of a whole programme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pipgrants.domain.accounts import add_up
from pipgrants.domain.expenditure import Expenditure
from pipgrants.domain.plain import ZERO, exact_sum, plain_amount
from pipgrants.errors import NotFoundError
from pipgrants.money import EXACT, from_minor
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import terms_of
from pipgrants.services.group_views import ContractEntry, GroupConflictEntry, conflict_entries, contract_entries
from pipgrants.services.holdings import holdings
from pipgrants.services.project_facts import ProjectFacts, facts_of, reduced_by
from pipgrants.services.project_money import ProjectMoney, money_of
from pipgrants.services.projects import open_conditions
from pipgrants.services.returned_money import returned_amounts
from pipgrants.services.workspace import Workspace
from pipgrants.store.projects import DisbursementRow, ProjectRow
from pipgrants.store.unit import Unit


class ProjectEntry(NamedTuple):
    """One project in the ledger: the award that stands and where it is, and the counterpart."""

    project: str
    call: str
    state: str
    award: str
    disbursed: str
    balance: str
    due_back: str
    counterpart: str
    realised: str


class CallEntry(NamedTuple):
    """One call in the ledger: ``envelope`` is what its projects were paid and were promised, what other awards hold,
    and what is free."""

    call: str
    envelope: str
    disbursed: str
    balance: str
    other_awards: str
    free: str
    realised: str


class Ledger(NamedTuple):
    """The money of a call, or of all calls of a programme."""

    subject: str
    currency: str
    total: CallEntry
    calls: tuple[CallEntry, ...]
    projects: tuple[ProjectEntry, ...]


class LineView(NamedTuple):
    """A line of a budget, and what was spent of it."""

    number: int
    component: str | None
    activity: str
    cost_category: str | None
    source: str
    amount: str
    spent: str


class TrancheView(NamedTuple):
    """A tranche, and what was paid of it."""

    number: int
    milestone: str
    due_on: str
    amount: str
    paid: str


class DisbursementView(NamedTuple):
    """A disbursement."""

    number: int
    tranche: int
    state: str
    asked: str
    certified: str | None
    paid_on: str | None


class PaymentView(NamedTuple):
    """A payment, what was disallowed of it, and the service contract that it was made under, if any."""

    number: int
    line: int
    paid_on: str
    amount: str
    document: str | None
    disallowed: str
    form: str
    contract: int | None


class ProjectView(NamedTuple):
    """A project as it stands; ``must_validate`` says that a launch validation is mandatory and is not on record.

    ``beyond_cap`` was brought in kind, and is more than counts of it.
    """

    project: str
    call: str
    title: str
    state: str
    meaning: str
    currency: str
    award: str
    disbursed: str
    balance: str
    due_back: str
    counterpart: str
    realised: str
    beyond_cap: str
    signed_on: str | None
    starts_on: str | None
    ends_on: str | None
    validated_on: str | None
    must_validate: bool
    open_conditions: tuple[str, ...]
    lines: tuple[LineView, ...]
    tranches: tuple[TrancheView, ...]
    disbursements: tuple[DisbursementView, ...]
    payments: tuple[PaymentView, ...]
    contracts: tuple[ContractEntry, ...]
    conflicts: tuple[GroupConflictEntry, ...]
    possible: tuple[str, ...]


def show_project(workspace: Workspace, project: str, now: datetime) -> ProjectView:
    """A project as it stands. Raises NotFoundError."""
    with workspace.read() as unit:
        facts = facts_of(unit, project)
        entry, row = _entry(facts.row, facts.money), facts.row
        return ProjectView(
            project=project,
            call=entry.call,
            title=facts.head.title,
            state=entry.state,
            meaning=facts.engine.definition.states[entry.state].meaning,
            currency=facts.currency,
            award=entry.award,
            disbursed=entry.disbursed,
            balance=entry.balance,
            due_back=entry.due_back,
            counterpart=entry.counterpart,
            realised=entry.realised,
            beyond_cap=facts.money.plain(facts.money.realised.beyond_cap_amount),
            signed_on=row.signed_on,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            validated_on=row.validated_on,
            must_validate=facts.must_validate(local_day(now, facts.terms.call)),
            open_conditions=() if row.signed_on else tuple(open_conditions(facts)),
            lines=tuple(_lines(facts)),
            tranches=tuple(_tranches(facts)),
            disbursements=tuple(_disbursement(facts, row) for row in facts.disbursements),
            payments=tuple(_payments(facts)),
            contracts=tuple(contract_entries(facts)),
            conflicts=tuple(conflict_entries(facts)),
            possible=facts.engine.possible(entry.state),
        )


def _entry(row: ProjectRow, money: ProjectMoney) -> ProjectEntry:
    accounts = money.accounts
    amounts = (
        accounts.award_amount,
        accounts.held_amount,
        accounts.undisbursed_amount,
        accounts.due_amount,
        money.counterpart_amount,
        money.realised.amount,
    )
    return ProjectEntry(row.proposal, money.call.call, row.state, *map(money.plain, amounts))


def _lines(facts: ProjectFacts) -> Iterable[LineView]:
    for number, line in facts.money.lines:
        spent = plain_amount(_spent(facts.money.spent, number), facts.currency)
        amount = plain_amount(line.amount, facts.currency)
        yield LineView(number, line.component, line.activity, line.cost_category, line.source, amount, spent)


def _spent(spent: Sequence[Expenditure], line: int) -> Decimal:
    return exact_sum(item.recognised_amount for item in spent if item.line == line)


def _tranches(facts: ProjectFacts) -> Iterable[TrancheView]:
    for item in facts.money.tranches:
        paid = exact_sum(
            from_minor(row.certified_minor or 0, facts.currency)
            for row in facts.disbursements
            if row.tranche == item.number and row.paid_on
        )
        amounts = (plain_amount(amount, facts.currency) for amount in (item.amount, paid))
        yield TrancheView(item.number, item.milestone, item.due_on.isoformat(), *amounts)


def _disbursement(facts: ProjectFacts, row: DisbursementRow) -> DisbursementView:
    asked, certified = (
        None if units is None else plain_amount(from_minor(units, facts.currency), facts.currency)
        for units in (row.asked_minor, row.certified_minor)
    )
    return DisbursementView(row.number, row.tranche, row.state, asked or "", certified, row.paid_on)


def _payments(facts: ProjectFacts) -> Iterable[PaymentView]:
    contracts = {row.expenditure: row.contract for row in facts.unit.contracts.payments(facts.number)}
    for row in facts.unit.projects.expenditures(facts.number):
        amount, disallowed = (
            plain_amount(from_minor(units, facts.currency), facts.currency)
            for units in (row.amount_minor, row.disallowed_minor)
        )
        contract = contracts.get(row.number)
        yield PaymentView(row.number, row.line, row.paid_on, amount, row.document, disallowed, row.form, contract)


class DisbursementDetail(NamedTuple):
    """A disbursement with what the project spent by line, and the findings of its last certificate that are not met."""

    project: str
    currency: str
    milestone: str
    disbursement: DisbursementView
    findings: tuple[Mapping[str, Any], ...]
    lines: tuple[LineView, ...]


def show_disbursement(workspace: Workspace, project: str, number: int) -> DisbursementDetail:
    """A disbursement as it stands. Raises NotFoundError."""
    with workspace.read() as unit:
        facts = facts_of(unit, project)
        row = unit.projects.disbursement(project, number)
        milestone = next((item.milestone for item in facts.money.tranches if item.number == row.tranche), "")
        view, findings = _disbursement(facts, row), tuple(reduced_by(unit, row))
        return DisbursementDetail(project, facts.currency, milestone, view, findings, tuple(_lines(facts)))


def list_projects(workspace: Workspace, call: str) -> list[ProjectEntry]:
    """The projects of a call. Raises NotFoundError without the call."""
    with workspace.read() as unit:
        unit.calls.get(call)
        return [_entry(row, money) for row, money in _of_call(unit, call)]


def _of_call(unit: Unit, call: str) -> list[tuple[ProjectRow, ProjectMoney]]:
    """The projects of a call with their money, in a handful of queries however many there are."""
    terms, money = terms_of(unit.calls, call), unit.projects.money_of_call(call)
    return [(row, money_of(terms.call, money[row.proposal])) for row in unit.projects.of_call(call)]


def show_ledger(workspace: Workspace, subject: str) -> Ledger:
    """The ledger of a call, or of all calls of a programme. Raises NotFoundError where nothing has that name."""
    with workspace.read() as unit:
        calls = [row.call for row in unit.calls.all() if subject in (row.call, row.programme)]
        if not calls:
            raise NotFoundError(f"there is no call or programme {subject!r}", next_step="pipgrants status")
        projects = {call: _of_call(unit, call) for call in calls}
        entries = tuple(_call_entry(unit, call, [money for _, money in found]) for call, found in projects.items())
        currency = terms_of(unit.calls, calls[0]).call.currency
        listed = tuple(_entry(row, money) for found in projects.values() for row, money in found)
    sums = (exact_sum(map(Decimal, column)) for column in list(zip(*entries, strict=True))[1:])
    total = CallEntry("total", *(plain_amount(amount, currency) for amount in sums))
    return Ledger(subject, currency, total, entries, listed)


def _call_entry(unit: Unit, call: str, projects: Sequence[ProjectMoney]) -> CallEntry:
    terms = terms_of(unit.calls, call)
    awarded = exact_sum(holdings(unit, terms, returned_amounts(unit, call)).frozen.values())
    accounts = add_up(money.accounts for money in projects)
    envelope = terms.row.envelope_amount
    amounts = (
        envelope,
        accounts.held_amount,
        accounts.undisbursed_amount,
        EXACT.subtract(awarded, accounts.award_amount),
        EXACT.subtract(envelope, awarded),
        exact_sum(money.realised.amount for money in projects) or ZERO,
    )
    return CallEntry(call, *(plain_amount(amount, terms.call.currency) for amount in amounts))
