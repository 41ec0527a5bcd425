"""What projects spend: payments recorded, costs disallowed, and money of the grant that is paid back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.accounts import Movement
from pipgrants.domain.expenditure import Budget, Payment, PaymentIdentity, payment_faults
from pipgrants.domain.mistakes import fits_currency
from pipgrants.domain.plain import exact_sum, plain_amount
from pipgrants.domain.proposal import BudgetLine
from pipgrants.domain.service_contract import contract_faults
from pipgrants.domain.vocabulary import ContributionForm
from pipgrants.errors import NotFoundError, RefusedError
from pipgrants.exchange.payments import PaymentsResult, read_payments
from pipgrants.exchange.problems import CORRECT_ROWS, refusal_of_rows
from pipgrants.money import EXACT, Money, from_minor, to_minor
from pipgrants.services.contracts import contracted
from pipgrants.services.deadlines import local_day
from pipgrants.services.imports import source_of
from pipgrants.services.project_facts import Moved, ProjectFacts, facts_of, fire_project, record_move
from pipgrants.services.states import has_ended
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.contracts import ContractPaymentRow
from pipgrants.store.projects import ExpenditureRow
from pipgrants.trail.sealing import new_salt, seal


class Spent(NamedTuple):
    """The payments that were recorded: how many, and their sum."""

    project: str
    payments_count: int
    amount: Money


def record_expenditure(
    workspace: Workspace, who: Identity, now: datetime, *, project: str, path: Path, dry_run: bool = False
) -> Spent:
    """Writes down the payments of a file, all or none.

    Raises ImportRefusedError naming each that is no eligible expenditure of the project, with its row and why.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = facts_of(act.unit, project)
        fired = fire_project(act, facts, "record_expenditure")
        found = read_payments(path, facts.currency)
        _refuse_faults(act, facts, found, path.name)
        rows = _rows(facts, found.payments)
        act.unit.projects.add_expenditures(rows)
        payments = [_as_plain(row, payment, facts.currency) for row, payment in zip(rows, found.payments, strict=True)]
        more = _in_kind(rows) | _put_contracts(act, rows, found.payments)
        inputs = {"source": source_of(path), "payments": payments, **more}
        record_move(act, facts, fired, inputs=inputs)
        total = exact_sum(payment.amount for payment in found.payments)
    return Spent(project, len(rows), Money(total, facts.currency))


def _refuse_faults(act: Act, facts: ProjectFacts, found: PaymentsResult, file: str) -> None:
    row, call = facts.row, facts.terms.call
    budget = Budget(
        date.fromisoformat(row.starts_on or ""),
        date.fromisoformat(row.ends_on or ""),
        facts.money.lines,
        facts.money.spent,
        facts.accounts.award_amount,
        _recorded(facts),
    )
    faults = [
        *payment_faults(found.payments, budget, call, local_day(act.now, call)),
        *contract_faults(found.payments, contracted(facts), facts.money.lines, facts.currency),
    ]
    problems = [found.places[item.place].problem(item.code, item.field, **item.values) for item in faults]
    if found.problems or problems:
        raise refusal_of_rows(file, (*found.problems, *problems), CORRECT_ROWS)


def _recorded(facts: ProjectFacts) -> list[PaymentIdentity]:
    """What the payments that count were for; of one that was redacted nobody knows."""
    return [
        (row.line, date.fromisoformat(row.paid_on), from_minor(row.amount_minor, facts.currency), row.document)
        for row in facts.unit.projects.expenditures(facts.number)
        if row.document is not None and row.disallowed_minor < row.amount_minor
    ]


def _rows(facts: ProjectFacts, payments: Sequence[Payment]) -> list[ExpenditureRow]:
    lines: Mapping[int, BudgetLine] = {item.number: item.line for item in facts.money.lines}
    first = len(facts.money.spent) + 1
    return [
        ExpenditureRow(
            facts.number,
            number,
            payment.line,
            *lines[payment.line][1:5],
            payment.paid_on.isoformat(),
            to_minor(payment.amount, facts.currency),
            payment.document,
            payment.description,
            new_salt(),
            form=payment.form,
        )
        for number, payment in enumerate(payments, first)
    ]


def _put_contracts(act: Act, rows: Sequence[ExpenditureRow], payments: Sequence[Payment]) -> dict[str, object]:
    """Stores under which service contracts payments are made; returns what the entry says of them, if any are."""
    found = [
        ContractPaymentRow(row.project, row.number, payment.contract)
        for row, payment in zip(rows, payments, strict=True)
        if payment.contract is not None
    ]
    act.unit.contracts.add_payments(found)
    return {"contracts": [[row.expenditure, row.contract] for row in found]} if found else {}


def _as_plain(row: ExpenditureRow, payment: Payment, currency: str) -> list[object]:
    """A payment as its entry holds it: what its papers are called may name people, and is a salted hash."""
    salt = row.salt or b""
    sealed = [seal(salt, name, getattr(row, name)) for name in ("document", "description")]
    return [*row[1:8], plain_amount(payment.amount, currency), *sealed]


def _in_kind(rows: Sequence[ExpenditureRow]) -> dict[str, object]:
    """The numbers of payments in kind as their entry holds them, where there are any."""
    numbers = [row.number for row in rows if row.form == ContributionForm.IN_KIND]
    return {"in_kind": numbers} if numbers else {}


def disallow(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    project: str,
    expenditure: int,
    amount: Decimal | None,
    reason: str,
    dry_run: bool = False,
) -> Moved:
    """Disallows a payment, or an amount of it; what the award is then too large by is free again or claimed back.

    Raises RefusedError where the payment does not have as much left that counts.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = facts_of(act.unit, project)
        fired = fire_project(act, facts, "disallow", reason)
        row = next((item for item in act.unit.projects.expenditures(project) if item.number == expenditure), None)
        if row is None:
            raise NotFoundError(
                f"{project} has no payment {expenditure}", next_step=f"pipgrants project show {project}"
            )
        disallowed = _disallowed(facts, row, amount)
        act.unit.projects.disallow(row, to_minor(disallowed, facts.currency))
        inputs = {"expenditure": expenditure, "disallowed": plain_amount(disallowed, facts.currency)}
        moved = facts_of(act.unit, project).money.moved_by_disallowing(has_ended=has_ended(facts.engine, fired.source))
        return record_move(act, facts, fired, inputs=inputs, moved=moved, reason=reason)


def _disallowed(facts: ProjectFacts, row: ExpenditureRow, amount: Decimal | None) -> Decimal:
    """How much of a payment is disallowed in all from now on."""
    before, paid = (from_minor(units, facts.currency) for units in (row.disallowed_minor, row.amount_minor))
    left = EXACT.subtract(paid, before)
    wanted = left if amount is None else amount
    if not (0 < wanted <= left and fits_currency(wanted, facts.currency)):
        raise RefusedError(
            f"{facts.currency} {wanted} of payment {row.number} of {facts.number} cannot be disallowed: "
            f"{Money(left, facts.currency)} of it counts",
            next_step=f"pipgrants project show {facts.number}",
        )
    return EXACT.add(before, wanted)


def record_repayment(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    project: str,
    amount: Decimal,
    reason: str,
    dry_run: bool = False,
) -> Moved:
    """Writes down that money of the grant was paid back; it is free for the reserve list.

    Raises RefusedError for more than the project holds.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = facts_of(act.unit, project)
        fired = fire_project(act, facts, "record_return", reason)
        held = facts.accounts.held_amount
        if not (0 < amount <= held and fits_currency(amount, facts.currency)):
            raise RefusedError(
                f"{facts.currency} {amount} cannot come back from {project}: it holds {Money(held, facts.currency)}",
                next_step=f"give an amount above zero and up to {plain_amount(held, facts.currency)}",
            )
        return record_move(act, facts, fired, moved={Movement.REPAID: amount}, reason=reason)
