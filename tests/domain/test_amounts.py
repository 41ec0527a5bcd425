"""The amounts stated and the lines: where they contradict each other, no share is decided."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain import counterpart, grant
from pipgrants.domain.amounts import contradictions_of_grant, contradictions_of_total
from pipgrants.domain.call import Base, CounterpartRule, GrantLimits
from pipgrants.domain.finding import Note
from pipgrants.domain.proposal import BudgetLine, CounterpartLine, Proposal
from pipgrants.domain.vocabulary import ContributionForm, FundingSource, Stage, Verdict

HALF = Decimal("0.5")


def cost(amount: str, source: FundingSource = FundingSource.OWN_FUNDS) -> BudgetLine:
    return BudgetLine("B-1", None, "", None, source, Decimal(amount))


def granted(amount: str) -> BudgetLine:
    return cost(amount, FundingSource.GRANT)


def pledge(amount: str, source: FundingSource = FundingSource.OWN_FUNDS) -> CounterpartLine:
    return CounterpartLine("B-1", ContributionForm.CASH, source, Decimal(amount), "E-1")


def proposal(
    budget_lines: tuple[BudgetLine, ...] = (),
    counterpart_lines: tuple[CounterpartLine, ...] = (pledge("50.00"),),
    total: str | None = "100.00",
    asked: str | None = "50.00",
) -> Proposal:
    return Proposal(
        "P-1",
        "call",
        Stage.PROPOSAL,
        "received",
        "Honey",
        datetime(2026, 3, 1, tzinfo=UTC),
        total_amount=None if total is None else Decimal(total),
        grant_amount=None if asked is None else Decimal(asked),
        budget_lines=budget_lines,
        counterpart_lines=counterpart_lines,
    )


def verdicts(subject: Proposal, of: Base = Base.PROPOSAL) -> tuple[Verdict, Verdict]:
    """Of the grant's share of the proposal, and of the counterpart."""
    [share] = grant.assess(GrantLimits("4.1", maximum_share=HALF), subject, "USD")
    return share.verdict, counterpart.assess(CounterpartRule("4.2", HALF, of), subject, {}, "USD").verdict


@pytest.mark.parametrize("lines", [(), (granted("50.00"),), (granted("50.00"), cost("50.00"))])
def test_lines_that_add_up_contradict_nothing(lines: tuple[BudgetLine, ...]) -> None:
    assert contradictions_of_total(proposal(lines), "USD") == contradictions_of_grant(proposal(lines), "USD") == []
    assert verdicts(proposal(lines)) == (Verdict.MET, Verdict.MET)


def test_a_budget_with_another_sum_decides_no_share() -> None:
    subject = proposal((granted("50.00"), cost("49.99")))
    expected = {"amount": "99.99", "stated_amount": "100.00", "currency": "USD"}
    assert contradictions_of_total(subject, "USD") == [Note("budget.total_differs", expected)]
    assert verdicts(subject) == (Verdict.UNDETERMINED, Verdict.UNDETERMINED)


def test_lines_paid_by_the_grant_beyond_what_is_asked_decide_no_share() -> None:
    subject = proposal((granted("75.00"), cost("25.00")))
    expected = {"amount": "75.00", "stated_amount": "50.00", "currency": "USD"}
    assert contradictions_of_grant(subject, "USD") == [Note("budget.grant_differs", expected)]
    assert verdicts(subject) == (Verdict.UNDETERMINED, Verdict.MET)
    assert verdicts(subject, Base.GRANT) == (Verdict.UNDETERMINED, Verdict.UNDETERMINED)


def test_what_is_not_on_record_contradicts_nothing() -> None:
    lines = (granted("75.00"), cost("25.00"))
    assert contradictions_of_total(proposal(lines, total=None), "USD") == []
    assert contradictions_of_grant(proposal(lines, asked=None), "USD") == []


@pytest.mark.parametrize("ineligible", [(), (FundingSource.BANK_LOAN,)])
def test_the_grant_is_no_counterpart(ineligible: tuple[FundingSource, ...]) -> None:
    rule = CounterpartRule("4.2", HALF, ineligible_sources=ineligible)
    finding = counterpart.assess(rule, proposal(counterpart_lines=(pledge("50.00", FundingSource.GRANT),)), {}, "USD")
    assert (finding.verdict, [note.code for note in finding.notes]) == (
        Verdict.NOT_MET,
        ["counterpart.ineligible_source"],
    )


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=5), st.integers(-2, 2))
def test_one_cent_is_a_contradiction_and_none_is_not(cents: list[int], off: int) -> None:
    lines = tuple(cost(str(Decimal(amount).scaleb(-2))) for amount in cents)
    total = Decimal(max(0, sum(cents) + off)).scaleb(-2)
    found = contradictions_of_total(proposal(lines, (), total=str(total)), "USD")
    assert bool(found) == (total != Decimal(sum(cents)).scaleb(-2))
