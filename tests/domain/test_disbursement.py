"""What of a tranche can be paid: award and pace of the counterpart."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.call import InKindCap
from pipgrants.domain.counterpart import IN_KIND_ABOVE_CAP, Contribution, counted_contribution
from pipgrants.domain.disbursement import AWARD, PACE, Progress, payable
from pipgrants.domain.implementation_terms import BehindPace, ImplementationTerms
from pipgrants.domain.vocabulary import Verdict

HOLD = ImplementationTerms(clause="8.3")
REDUCE = ImplementationTerms(clause="8.3", counterpart_behind_pace=BehindPace.REDUCE)


def progress(held: str, realised: str, undisbursed: str | None = None) -> Progress:
    """A grant of 100 in tranches beginning with 40, against a counterpart of 200."""
    left = Decimal(100) - Decimal(held) if undisbursed is None else Decimal(undisbursed)
    return Progress(Decimal(100), Decimal(200), Contribution(Decimal(realised)), Decimal(held), left, Decimal(40))


@pytest.mark.parametrize(
    ("held", "realised", "asked", "held_back", "reduced"),
    [
        ("0", "0", "40", "40", "40"),
        ("40", "0", "30", "0", "0"),
        ("40", "59.99", "30", "0", "29.99"),
        ("40", "60", "30", "30", "30"),
        ("70", "60", "30", "0", "0"),
        ("70", "119.99", "30", "0", "29.99"),
        ("70", "120", "30", "30", "30"),
        ("70", "300", "30", "30", "30"),
    ],
)
def test_a_tranche_follows_the_counterpart(held: str, realised: str, asked: str, held_back: str, reduced: str) -> None:
    now = progress(held, realised)
    assert payable(HOLD, now, Decimal(asked), "USD").amount == Decimal(held_back)
    assert payable(REDUCE, now, Decimal(asked), "USD").amount == Decimal(reduced)


def test_a_finding_says_what_must_be_realised() -> None:
    found = {item.criterion: item for item in payable(HOLD, progress("40", "50"), Decimal(30), "USD").findings}
    assert (found[PACE].verdict, found[AWARD].verdict) == (Verdict.NOT_MET, Verdict.MET)
    assert found[PACE].required == {"comparison": "at_least", "amount": "60.00", "currency": "USD"}
    assert found[PACE].seen == {"amount": "50.00", "currency": "USD"}
    assert found[PACE].clause == "8.3"


def test_a_finding_says_what_is_in_kind_beyond_its_cap() -> None:
    cap = InKindCap(Decimal("0.5"))
    made = counted_contribution(cap, Decimal(20), Decimal(50), Decimal(300), "USD")
    assert (made.amount, made.beyond_cap_amount) == (40, 30)
    now = progress("40", "0")._replace(realised=made)
    found = {item.criterion: item for item in payable(HOLD, now, Decimal(30), "USD").findings}
    assert [note.code for note in found[PACE].notes] == [IN_KIND_ABOVE_CAP]
    assert found[PACE].seen == {"amount": "40.00", "currency": "USD"}
    assert payable(REDUCE, now, Decimal(30), "USD").amount == 20


def test_no_more_is_paid_than_the_award_leaves() -> None:
    found = payable(REDUCE, progress("70", "200", undisbursed="25"), Decimal(30), "USD")
    assert found.amount == Decimal(25)
    assert [item.verdict for item in found.findings] == [Verdict.MET, Verdict.NOT_MET]


shares = st.integers(0, 10_000).map(lambda units: Decimal(units).scaleb(-2))


@given(shares, shares, shares)
def test_reducing_pays_at_most_what_is_asked_and_at_least_what_holding_pays(
    held: Decimal, realised: Decimal, asked: Decimal
) -> None:
    now = progress(str(held), str(2 * realised))
    held_back, reduced = (payable(terms, now, asked, "USD").amount for terms in (HOLD, REDUCE))
    assert 0 <= held_back <= reduced <= min(asked, now.undisbursed_amount)
