"""What a project spends: eligible payments, and what disallowed ones make of the grant."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from conftest import PROJECT
from pipgrants.domain.accounts import Movement, accounts_of
from pipgrants.domain.call import Call, CounterpartRule, InKindBase, InKindCap
from pipgrants.domain.expenditure import (
    REPEATED,
    Budget,
    Expenditure,
    Payment,
    moved_at_end,
    moved_by_disallowing,
    payment_faults,
    realised,
    spent_grant,
)
from pipgrants.domain.project import ProjectLine
from pipgrants.domain.proposal import BudgetLine
from pipgrants.domain.vocabulary import ContributionForm, CostCategory, FundingSource
from pipgrants.reading import read_file

GRANT, OWN = FundingSource.GRANT, FundingSource.OWN_FUNDS
IN_KIND = ContributionForm.IN_KIND
HALF = CounterpartRule(clause="4.2", minimum_share=Decimal("0.5"))
LINES = (
    ProjectLine(1, BudgetLine(None, None, "", CostCategory.TRAINING, GRANT, Decimal(60))),
    ProjectLine(2, BudgetLine(None, None, "", CostCategory.CONSULTANCY, GRANT, Decimal(40))),
    ProjectLine(3, BudgetLine(None, None, "", CostCategory.TRAINING, OWN, Decimal(100))),
    ProjectLine(4, BudgetLine(None, None, "", CostCategory.WORKS, OWN, Decimal(10))),
)
TODAY = date(2027, 1, 31)


@pytest.fixture(scope="module")
def call() -> Call:
    found = read_file(PROJECT / "workflows" / "calls" / "pip-one-stage.yaml", Call)
    terms = replace(found.implementation, line_flexibility_share=Decimal("0.10"))
    return replace(found, implementation=terms)


def payment(line: int, amount: str, paid_on: date = date(2026, 12, 1)) -> Payment:
    return Payment(line, paid_on, Decimal(amount), "F-1")


def faults(call: Call, *payments: Payment, spent: Sequence[Expenditure] = ()) -> list[tuple[int, str, str]]:
    budget = Budget(date(2026, 9, 1), date(2028, 8, 31), LINES, spent, Decimal(100))
    found = payment_faults(payments, budget, call, TODAY)
    return [(item.place, item.field, item.code.removeprefix("import.")) for item in found]


@pytest.mark.parametrize(
    ("payments", "found"),
    [
        ([payment(1, "66"), payment(2, "34")], []),
        ([payment(1, "66.01")], [(0, "amount", "above_line")]),
        ([payment(1, "60"), payment(1, "6.01")], [(1, "amount", "above_line")]),
        ([payment(1, "66"), payment(2, "34.01")], [(1, "amount", "above_award")]),
        ([payment(3, "500")], []),
        ([payment(9, "1")], [(0, "line", "unknown_budget_line")]),
        ([payment(4, "1")], [(0, "line", "ineligible_cost")]),
        ([payment(3, "1", date(2026, 8, 31))], [(0, "paid_on", "outside_project")]),
        ([payment(3, "1", date(2027, 2, 1))], [(0, "paid_on", "outside_project")]),
        ([payment(3, "1", date(2026, 9, 1)), payment(3, "1", TODAY)], []),
    ],
)
def test_only_eligible_payments_are_taken(
    call: Call, payments: list[Payment], found: list[tuple[int, str, str]]
) -> None:
    assert faults(call, *payments) == found


def test_what_was_spent_before_counts_and_what_was_disallowed_does_not(call: Call) -> None:
    before = [Expenditure(1, 1, GRANT, Decimal(66)), Expenditure(2, 1, GRANT, Decimal(5), Decimal(5))]
    assert faults(call, payment(1, "0.01"), spent=before) == [(0, "amount", "above_line")]
    assert faults(call, payment(2, "34"), spent=before) == []


def test_the_grant_and_the_counterpart_are_counted_apart() -> None:
    spent = [Expenditure(1, 1, GRANT, Decimal(50), Decimal(10)), Expenditure(2, 3, OWN, Decimal(30))]
    assert (spent_grant(spent), realised(HALF, spent, Decimal(210), "USD").amount) == (40, 30)


def test_what_comes_from_a_source_that_does_not_count_is_no_counterpart() -> None:
    rule = replace(HALF, ineligible_sources=(FundingSource.OTHER_PUBLIC_GRANT,))
    spent = [Expenditure(1, 3, OWN, Decimal(30)), Expenditure(2, 5, FundingSource.OTHER_PUBLIC_GRANT, Decimal(70))]
    assert realised(rule, spent, Decimal(210), "USD").amount == 30
    assert realised(HALF, spent, Decimal(210), "USD").amount == 100


@pytest.mark.parametrize(
    ("cap", "cash", "in_kind", "counted"),
    [
        (None, "20", "80", "100"),
        (InKindCap(Decimal("0.5")), "20", "80", "40"),
        (InKindCap(Decimal("0.5")), "50", "50", "100"),
        (InKindCap(Decimal("0.5")), "0", "80", "0"),
        (InKindCap(Decimal("0.3")), "20", "80", "28.57"),
        (InKindCap(Decimal(1)), "0", "80", "80"),
        (InKindCap(Decimal("0.2"), InKindBase.TOTAL), "20", "80", "62"),
    ],
)
def test_what_is_in_kind_counts_up_to_its_cap(cap: InKindCap | None, cash: str, in_kind: str, counted: str) -> None:
    spent = [Expenditure(1, 3, OWN, Decimal(cash)), Expenditure(2, 3, OWN, Decimal(in_kind), form=IN_KIND)]
    found = realised(replace(HALF, in_kind_cap=cap), spent, Decimal(210), "USD")
    beyond = Decimal(cash) + Decimal(in_kind) - Decimal(counted)
    assert (found.amount, found.beyond_cap_amount) == (Decimal(counted), beyond)


def test_a_payment_counts_once(call: Call) -> None:
    assert faults(call, payment(3, "5"), payment(3, "5")) == [(1, "document", "payment_repeated")]
    assert faults(call, payment(3, "5"), payment(3, "6"), payment(1, "5")) == []
    budget = Budget(date(2026, 9, 1), date(2028, 8, 31), LINES, (), Decimal(100), [payment(3, "5.00").identity])
    assert [item.code for item in payment_faults([payment(3, "5")], budget, call, TODAY)] == [REPEATED]


def test_the_grant_pays_nothing_in_kind(call: Call) -> None:
    assert faults(call, payment(3, "5")._replace(form=IN_KIND)) == []
    assert faults(call, payment(1, "5")._replace(form=IN_KIND)) == [(0, "form", "grant_in_kind")]


def disallowed(grant: str, own: str, paid: str = "100") -> dict[Movement, Decimal]:
    """What follows where so much of a grant of 100 and of a counterpart of 110 is disallowed."""
    spent = [
        Expenditure(1, 1, GRANT, Decimal(100), Decimal(grant)),
        Expenditure(2, 3, OWN, Decimal(110), Decimal(own)),
    ]
    accounts = accounts_of([(Movement.COMMITTED, Decimal(100)), (Movement.DISBURSED, Decimal(paid))])
    return moved_by_disallowing(HALF, [item.line for item in LINES], spent, accounts, "USD")


@pytest.mark.parametrize(
    ("grant", "own", "paid", "moved"),
    [
        ("0", "0", "100", {}),
        ("10", "0", "100", {Movement.CLAIMED: Decimal(10)}),
        ("0", "10", "100", {}),
        ("0", "15", "100", {Movement.CLAIMED: Decimal(5)}),
        ("10", "15", "100", {Movement.CLAIMED: Decimal(10)}),
        ("10", "0", "40", {Movement.RELEASED: Decimal(10)}),
        ("10", "0", "95", {Movement.RELEASED: Decimal(5), Movement.CLAIMED: Decimal(5)}),
    ],
)
def test_the_share_is_asked_again_of_what_is_left(
    grant: str, own: str, paid: str, moved: dict[Movement, Decimal]
) -> None:
    assert disallowed(grant, own, paid) == moved


def test_a_counterpart_brought_in_the_place_of_another_counts() -> None:
    spent = [Expenditure(1, 3, OWN, Decimal(110), Decimal(15)), Expenditure(2, 3, OWN, Decimal(5))]
    accounts = accounts_of([(Movement.COMMITTED, Decimal(100))])
    assert moved_by_disallowing(HALF, [item.line for item in LINES], spent, accounts, "USD") == {}


def test_the_share_is_asked_again_with_what_is_in_kind_up_to_its_cap() -> None:
    """Of a counterpart of 110, 88 were given in kind: 22 can come in cash, beside which 22 in kind count."""
    rule = replace(HALF, in_kind_cap=InKindCap(Decimal("0.5")))
    spent = [Expenditure(1, 3, OWN, Decimal(88), form=IN_KIND), Expenditure(2, 1, GRANT, Decimal(10), Decimal(10))]
    accounts = accounts_of([(Movement.COMMITTED, Decimal(100)), (Movement.DISBURSED, Decimal(60))])
    lines = [item.line for item in LINES]
    found = moved_by_disallowing(rule, lines, spent, accounts, "USD")
    assert found == {Movement.RELEASED: Decimal(40), Movement.CLAIMED: Decimal(16)}
    assert moved_by_disallowing(HALF, lines, spent, accounts, "USD") == {Movement.RELEASED: Decimal(10)}


def test_at_the_end_the_grant_is_kept_that_cash_and_the_cap_in_kind_cover() -> None:
    rule = replace(HALF, in_kind_cap=InKindCap(Decimal("0.5")))
    spent = [
        Expenditure(1, 1, GRANT, Decimal(100)),
        Expenditure(2, 3, OWN, Decimal(30)),
        Expenditure(3, 3, OWN, Decimal(80), form=IN_KIND),
    ]
    accounts = accounts_of([(Movement.COMMITTED, Decimal(100)), (Movement.DISBURSED, Decimal(100))])
    assert moved_at_end(rule, spent, accounts, "USD") == {Movement.CLAIMED: Decimal(40)}
    assert moved_at_end(HALF, spent, accounts, "USD") == {}


def test_what_is_due_already_is_not_claimed_twice() -> None:
    spent = [Expenditure(1, 1, GRANT, Decimal(100), Decimal(10))]
    moves = [(Movement.COMMITTED, "100"), (Movement.DISBURSED, "100"), (Movement.CLAIMED, "10")]
    accounts = accounts_of((movement, Decimal(amount)) for movement, amount in moves)
    lines = [item.line for item in LINES]
    assert moved_by_disallowing(HALF, lines, spent, accounts, "USD") == {}
    assert moved_by_disallowing(HALF, lines, spent, accounts.after(Movement.REPAID, Decimal(10)), "USD") == {}


@pytest.mark.parametrize(
    ("spent", "realised", "moved"),
    [
        ("70", "70", {Movement.RELEASED: Decimal(30)}),
        ("70", "60", {Movement.RELEASED: Decimal(30), Movement.CLAIMED: Decimal(10)}),
        ("50", "90", {Movement.RELEASED: Decimal(30), Movement.CLAIMED: Decimal(20)}),
        ("90", "90", {Movement.RELEASED: Decimal(30)}),
        ("0", "0", {Movement.RELEASED: Decimal(30), Movement.CLAIMED: Decimal(70)}),
    ],
)
def test_at_the_end_a_project_keeps_what_it_spent_and_its_counterpart_covers(
    spent: str, realised: str, moved: dict[Movement, Decimal]
) -> None:
    accounts = accounts_of([(Movement.COMMITTED, Decimal(100)), (Movement.DISBURSED, Decimal(70))])
    payments = [Expenditure(1, 1, GRANT, Decimal(spent)), Expenditure(2, 3, OWN, Decimal(realised))]
    assert moved_at_end(HALF, payments, accounts, "USD") == moved
