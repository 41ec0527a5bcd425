"""What a project spent, line by line: what is eligible of it, what was disallowed, and what that makes of the grant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from pipgrants.domain.accounts import Accounts, Movement
from pipgrants.domain.call import Call, CounterpartRule, InKindCap
from pipgrants.domain.cofinancing import contributed, covered_grant, is_counterpart
from pipgrants.domain.counterpart import Contribution, counted_contribution
from pipgrants.domain.plain import ZERO, exact_sum
from pipgrants.domain.project import ProjectLine, granted
from pipgrants.domain.proposal import BudgetLine
from pipgrants.domain.vocabulary import ContributionForm, FundingSource
from pipgrants.money import EXACT, Money

UNKNOWN_LINE = "import.unknown_budget_line"
OUTSIDE_PROJECT = "import.outside_project"
INELIGIBLE_COST = "import.ineligible_cost"
ABOVE_LINE = "import.above_line"
ABOVE_AWARD = "import.above_award"
GRANT_IN_KIND = "import.grant_in_kind"
REPEATED = "import.payment_repeated"


PaymentIdentity: TypeAlias = tuple[int, date, Decimal, str]
"""The line, day, amount and document of a payment."""


class Payment(NamedTuple):
    """One payment that a project made for a line of its budget; ``document`` is the invoice or receipt.

    A contribution in kind is one too, at its value.
    ``contract`` is the number of the service contract that it is paid under, where there is one.
    """

    line: int
    paid_on: date
    amount: Decimal
    document: str
    description: str = ""
    form: ContributionForm = ContributionForm.CASH

    @property
    def identity(self) -> PaymentIdentity:
        """What no two payments have in common."""
        return self.line, self.paid_on, self.amount, self.document

    contract: int | None = None


class Expenditure(NamedTuple):
    """A payment on record, with what was disallowed of it."""

    number: int
    line: int
    source: FundingSource
    amount: Decimal
    disallowed_amount: Decimal = ZERO
    form: ContributionForm = ContributionForm.CASH

    @property
    def recognised_amount(self) -> Decimal:
        """What counts of it."""
        return EXACT.subtract(self.amount, self.disallowed_amount)


class Fault(NamedTuple):
    """What is wrong with one payment of a list: its place in it, the field, a code, and the values told."""

    place: int
    field: str
    code: str
    values: Mapping[str, str]


class Budget(NamedTuple):
    """What payments are held against: the days of the project, the lines, what was spent before, and for what."""

    starts_on: date
    ends_on: date
    lines: Sequence[ProjectLine]
    spent: Sequence[Expenditure]
    award_amount: Decimal
    recorded: Collection[PaymentIdentity] = ()


def spent_grant(spent: Iterable[Expenditure]) -> Decimal:
    """What counts of the spending that the grant paid."""
    return exact_sum(item.recognised_amount for item in spent if item.source is FundingSource.GRANT)


def realised(rule: CounterpartRule | None, spent: Iterable[Expenditure], total: Decimal, currency: str) -> Contribution:
    """The counterpart realised in a project that costs ``total``: from eligible sources, in kind up to its cap."""
    return counted_contribution(_cap(rule), *_made(rule, spent), total, currency)


def _cap(rule: CounterpartRule | None) -> InKindCap | None:
    return rule.in_kind_cap if rule else None


def _made(rule: CounterpartRule | None, spent: Iterable[Expenditure]) -> tuple[Decimal, Decimal]:
    """What the firms brought in cash, and in kind."""
    brought = [item for item in spent if is_counterpart(item.source, rule)]
    cash = exact_sum(item.recognised_amount for item in brought if item.form is ContributionForm.CASH)
    return cash, EXACT.subtract(exact_sum(item.recognised_amount for item in brought), cash)


def payment_faults(payments: Sequence[Payment], budget: Budget, call: Call, today: date) -> Iterator[Fault]:
    """Everything for which payments are no eligible expenditure of a project.

    What the firms pay beyond a line is theirs; of the grant, no line is exceeded by more than its flexibility, nor the
    award at all.
    """
    lines = {item.number: item.line for item in budget.lines}
    on_line = {number: _recognised(budget.spent, number) for number in lines}
    from_grant, last_day = spent_grant(budget.spent), min(budget.ends_on, today)
    recorded = set(budget.recorded)
    for place, payment in enumerate(payments):
        if payment.identity in recorded:
            yield Fault(place, "document", REPEATED, {})
        recorded.add(payment.identity)
        line = lines.get(payment.line)
        if line is None:
            yield Fault(place, "line", UNKNOWN_LINE, {"allowed": ", ".join(map(str, lines))})
            continue
        if not budget.starts_on <= payment.paid_on <= last_day:
            values = {"first": budget.starts_on.isoformat(), "last": last_day.isoformat()}
            yield Fault(place, "paid_on", OUTSIDE_PROJECT, values)
        if call.eligible_costs is not None and line.cost_category not in call.eligible_costs.categories:
            allowed = ", ".join(call.eligible_costs.categories)
            yield Fault(place, "line", INELIGIBLE_COST, {"category": str(line.cost_category), "allowed": allowed})
        if line.source is not FundingSource.GRANT:
            continue
        if payment.form is ContributionForm.IN_KIND:
            yield Fault(place, "form", GRANT_IN_KIND, {"line": str(payment.line)})
        on_line[payment.line] = EXACT.add(on_line[payment.line], payment.amount)
        from_grant = EXACT.add(from_grant, payment.amount)
        yield from _above(place, payment, line, (on_line[payment.line], from_grant), budget, call)


def _above(
    place: int, payment: Payment, line: BudgetLine, spent: tuple[Decimal, Decimal], budget: Budget, call: Call
) -> Iterator[Fault]:
    on_line, from_grant = spent
    flexible = EXACT.multiply(line.amount, EXACT.add(Decimal(1), call.implementation.line_flexibility_share))
    if on_line > flexible:
        values = {"line": str(payment.line), "seen": str(Money(on_line, call.currency))}
        yield Fault(place, "amount", ABOVE_LINE, {**values, "limit": str(Money(flexible, call.currency))})
    if from_grant > budget.award_amount:
        values = {
            "seen": str(Money(from_grant, call.currency)),
            "limit": str(Money(budget.award_amount, call.currency)),
        }
        yield Fault(place, "amount", ABOVE_AWARD, values)


def _recognised(spent: Iterable[Expenditure], line: int) -> Decimal:
    return exact_sum(item.recognised_amount for item in spent if item.line == line)


def moved_by_disallowing(
    rule: CounterpartRule | None,
    lines: Iterable[BudgetLine],
    spent: Sequence[Expenditure],
    accounts: Accounts,
    currency: str,
) -> dict[Movement, Decimal]:
    """What is set free and what is claimed back once costs are disallowed.

    The share that the call requires is asked again of the budget less what was disallowed of it: the counterpart
    realised, with what is still to come of it in cash, and in kind up to its cap. The award beyond what is left is set
    free where it was not paid yet, and claimed back where it was.
    """
    lines = list(lines)
    grant = EXACT.subtract(granted(lines), _disallowed(item for item in spent if item.source is FundingSource.GRANT))
    not_counted = _disallowed(item for item in spent if is_counterpart(item.source, rule))
    planned = EXACT.subtract(contributed(lines, rule), not_counted)
    cash, in_kind = _made(rule, spent)
    cash = max(EXACT.subtract(planned, in_kind), cash)
    total = EXACT.add(grant, EXACT.add(cash, in_kind))
    counterpart = counted_contribution(_cap(rule), cash, in_kind, total, currency)
    left = covered_grant(rule, counterpart.amount, max(grant, ZERO), currency)
    beyond = EXACT.subtract(EXACT.subtract(accounts.award_amount, accounts.due_amount), left)
    return _moved(accounts, max(beyond, ZERO))


def _disallowed(spent: Iterable[Expenditure]) -> Decimal:
    return exact_sum(item.disallowed_amount for item in spent)


def _moved(accounts: Accounts, beyond: Decimal) -> dict[Movement, Decimal]:
    released = min(accounts.undisbursed_amount, beyond)
    claimed = EXACT.subtract(beyond, released)
    moved = {Movement.RELEASED: released, Movement.CLAIMED: claimed}
    return {movement: amount for movement, amount in moved.items() if amount}


def moved_at_end(
    rule: CounterpartRule | None, spent: Sequence[Expenditure], accounts: Accounts, currency: str
) -> dict[Movement, Decimal]:
    """What is set free and what is claimed back when a project ends.

    What was not paid is set free. Of what was paid the project keeps what it spent, as far as the counterpart realised
    covers it.
    """
    grant = spent_grant(spent)
    total = EXACT.add(grant, exact_sum(_made(rule, spent)))
    keeps = covered_grant(rule, realised(rule, spent, total, currency).amount, grant, currency)
    beyond = EXACT.subtract(EXACT.subtract(accounts.held_amount, accounts.due_amount), keeps)
    return _moved(accounts, EXACT.add(accounts.undisbursed_amount, max(beyond, ZERO)))
