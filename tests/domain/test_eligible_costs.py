"""Eligible costs: what the budget may hold, what lies outside, and what cannot be told."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.call import EligibleCosts
from pipgrants.domain.eligible_costs import assess
from pipgrants.domain.finding import Finding, Note
from pipgrants.domain.proposal import BudgetLine, Proposal
from pipgrants.domain.vocabulary import CostCategory, FundingSource, Stage, Verdict

MET, NOT_MET, UNDETERMINED = Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED
STAFF, TRAINING, WORKS, OTHER = CostCategory.STAFF, CostCategory.TRAINING, CostCategory.WORKS, CostCategory.OTHER
RULE = EligibleCosts("3.9", (TRAINING, STAFF))
REQUIRED = {"comparison": "one_of", "codes": ["training", "staff"]}


def line(category, amount, source=FundingSource.GRANT):
    return BudgetLine("B-1", None, "", category, source, Decimal(amount))


def on(*lines):
    received_at = datetime(2026, 3, 1, tzinfo=UTC)
    return Proposal("P-1", "call", Stage.PROPOSAL, "received", "Honey", received_at, budget_lines=lines)


def money(amount, **values):
    return {**values, "amount": amount, "currency": "USD"}


def test_budget_within_the_categories_meets_the_criterion():
    finding = assess(RULE, on(line(STAFF, "10"), line(TRAINING, "5"), line(STAFF, "2")), "USD")
    assert finding == Finding("budget.eligible_costs", MET, REQUIRED, {"codes": ["staff", "training"]}, "3.9")


def test_costs_outside_are_listed_with_their_amounts_whoever_pays_for_them():
    lines = line(WORKS, "10.50"), line(STAFF, "5"), line(OTHER, "1"), line(WORKS, "1", FundingSource.OWN_FUNDS)
    assert assess(RULE, on(*lines), "USD") == Finding(
        "budget.eligible_costs",
        NOT_MET,
        REQUIRED,
        {"codes": ["staff", "works", "other"]},
        "3.9",
        (
            Note("budget.ineligible_cost", money("11.50", category="works")),
            Note("budget.ineligible_cost", money("1.00", category="other")),
        ),
    )


def test_line_without_category_leaves_the_criterion_open():
    assert assess(RULE, on(line(STAFF, "5"), line(None, "2"), line(None, "1")), "USD") == Finding(
        "budget.eligible_costs",
        UNDETERMINED,
        REQUIRED,
        {"codes": ["staff"]},
        "3.9",
        (Note("budget.no_category", money("3.00")),),
    )


def test_cost_outside_is_not_met_whatever_a_line_without_category_pays_for():
    finding = assess(RULE, on(line(None, "5"), line(WORKS, "2")), "USD")
    assert finding.verdict is NOT_MET
    assert [note.code for note in finding.notes] == ["budget.ineligible_cost", "budget.no_category"]


@pytest.mark.parametrize("proposal", [on(), on()._replace(budget_lines=None), on(line(STAFF, "0"))])
def test_no_budget_leaves_the_criterion_open(proposal):
    assert assess(RULE, proposal, "USD") == Finding("budget.eligible_costs", UNDETERMINED, REQUIRED, None, "3.9")


def test_line_of_nothing_spends_nothing():
    finding = assess(RULE, on(line(STAFF, "5"), line(WORKS, "0.00"), line(None, "0")), "USD")
    assert (finding.verdict, finding.seen, finding.notes) == (MET, {"codes": ["staff"]}, ())


categories = st.sampled_from(CostCategory)
budgets = st.lists(st.builds(line, st.none() | categories, st.integers(0, 3)), max_size=12)


@given(st.lists(categories, min_size=1, unique=True), budgets, st.randoms())
def test_order_of_lines_and_categories_changes_no_verdict(allowed, budget, chance):
    shuffled = chance.sample(budget, len(budget))
    one = assess(EligibleCosts("3.9", tuple(allowed)), on(*budget), "USD")
    other = assess(EligibleCosts("3.9", tuple(reversed(allowed))), on(*shuffled), "USD")
    assert (one.verdict, one.seen, one.notes) == (other.verdict, other.seen, other.notes)


@given(st.lists(categories, min_size=1, unique=True), budgets)
def test_proposal_meets_it_exactly_where_all_that_is_spent_is_known_to_be_eligible(allowed, budget):
    spent = {item.cost_category for item in budget if item.amount}
    verdict = assess(EligibleCosts("3.9", tuple(allowed)), on(*budget), "USD").verdict
    assert (verdict is MET) == (bool(spent) and spent <= set(allowed))
    assert (verdict is NOT_MET) == bool(spent - {None} - set(allowed))
