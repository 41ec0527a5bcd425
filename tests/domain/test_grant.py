"""The limits of the grant: amounts, share of the proposal, share by size of member."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.call import GrantLimits, MemberScope
from pipgrants.domain.finding import Finding, Note
from pipgrants.domain.grant import assess, codes
from pipgrants.domain.proposal import BudgetLine, Member, Proposal
from pipgrants.domain.vocabulary import FundingSource, SizeClass, Stage, Verdict

MET, NOT_MET, UNDETERMINED = Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED
HALF = Decimal("0.5")
BY_SIZE = {SizeClass.MICRO: Decimal("0.8"), SizeClass.SMALL: Decimal("0.6"), SizeClass.LARGE: Decimal("0.3")}


def proposal(grant="50.00", total="100.00", members=(), budget_lines=()):
    return Proposal(
        "P-1",
        "call",
        Stage.PROPOSAL,
        "received",
        "Honey",
        datetime(2026, 3, 1, tzinfo=UTC),
        total_amount=None if total is None else Decimal(total),
        grant_amount=None if grant is None else Decimal(grant),
        members=members,
        budget_lines=budget_lines,
    )


def costs(party, grant, own):
    return tuple(
        BudgetLine(party, None, "", None, source, Decimal(amount))
        for source, amount in ((FundingSource.GRANT, grant), (FundingSource.OWN_FUNDS, own))
    )


def test_only_the_limits_that_are_set_are_checked():
    assert assess(GrantLimits("5"), proposal(), "USD") == ()
    limits = GrantLimits("5", Decimal(1), Decimal(2), HALF, BY_SIZE)
    assert [finding.criterion for finding in assess(limits, proposal(), "USD")] == list(codes(limits))
    assert codes(limits) == (
        "grant.minimum_amount",
        "grant.maximum_amount",
        "grant.maximum_share",
        "grant.maximum_share_by_size",
    )


@pytest.mark.parametrize(
    ("grant", "verdicts"),
    [
        ("9.99", [NOT_MET, MET]),
        ("10.00", [MET, MET]),
        ("20.00", [MET, MET]),
        ("20.01", [MET, NOT_MET]),
        (None, [UNDETERMINED, UNDETERMINED]),
    ],
)
def test_amount_lies_within_its_limits_inclusive(grant, verdicts):
    limits = GrantLimits("5", minimum_amount=Decimal(10), maximum_amount=Decimal(20))
    assert [finding.verdict for finding in assess(limits, proposal(grant), "USD")] == verdicts


def test_amount_finding_says_limit_and_request():
    assert assess(GrantLimits("5", maximum_amount=Decimal(20)), proposal("20.01"), "USD") == (
        Finding(
            "grant.maximum_amount",
            NOT_MET,
            {"comparison": "at_most", "amount": "20.00", "currency": "USD"},
            {"amount": "20.01", "currency": "USD"},
            "5",
        ),
    )


@pytest.mark.parametrize(
    ("tolerance", "grant", "expected"),
    [("0", "50.00", MET), ("0", "50.01", NOT_MET), ("0.01", "50.01", MET), ("0.01", "50.02", NOT_MET)],
)
def test_share_is_exact_and_its_tolerance_inclusive(tolerance, grant, expected):
    limits = GrantLimits("5", maximum_share=HALF, tolerance_amount=Decimal(tolerance))
    (finding,) = assess(limits, proposal(grant), "USD")
    assert finding.verdict is expected


@pytest.mark.parametrize(("grant", "total"), [(None, "100.00"), ("50.00", None)])
def test_share_is_undetermined_where_an_amount_is_missing(grant, total):
    (finding,) = assess(GrantLimits("5", maximum_share=HALF), proposal(grant, total), "USD")
    assert (finding.verdict, finding.seen) == (UNDETERMINED, None)


@given(st.integers(1, 10**15))
def test_half_is_accepted_and_a_cent_more_refused_whatever_the_amount(cents):
    half = Decimal(cents).scaleb(-2)
    limits = GrantLimits("5", maximum_share=HALF)
    verdicts = [assess(limits, proposal(grant, half * 2), "USD")[0].verdict for grant in (half, half + Decimal("0.01"))]
    assert verdicts == [MET, NOT_MET]


@pytest.mark.parametrize(
    ("sizes", "shares", "expected"),
    [
        ((SizeClass.MICRO, SizeClass.LARGE), ("80", "30"), MET),
        ((SizeClass.MICRO, SizeClass.LARGE), ("80", "31"), NOT_MET),
        ((SizeClass.MEDIUM, SizeClass.LARGE), ("100", "30"), MET),
        ((None, SizeClass.LARGE), ("30", "30"), MET),
        ((None, SizeClass.LARGE), ("31", "30"), UNDETERMINED),
        ((None, SizeClass.LARGE), ("31", "31"), NOT_MET),
    ],
)
def test_each_member_is_limited_by_its_own_size(sizes, shares, expected):
    members = tuple(Member(f"B-{number}", number == 1, size_class=size) for number, size in enumerate(sizes, 1))
    lines = [
        line
        for member, share in zip(members, shares, strict=True)
        for line in costs(member.party, share, Decimal(100) - Decimal(share))
    ]
    limits = GrantLimits("5", maximum_share_by_size=BY_SIZE)
    (finding,) = assess(limits, proposal(members=members, budget_lines=tuple(lines)), "USD")
    assert finding.verdict is expected


def test_unknown_size_is_beyond_its_limit_where_it_would_be_whatever_its_size():
    limits = GrantLimits("5", maximum_share_by_size=dict.fromkeys(SizeClass, HALF))
    subject = proposal(members=(Member("B-1", True),), budget_lines=costs("B-1", "51", "49"))
    assert assess(limits, subject, "USD")[0].verdict is NOT_MET


def test_size_finding_says_each_member():
    members = (Member("B-1", True, size_class=SizeClass.MICRO), Member("B-2", False))
    lines = (*costs("B-2", "40", "60"), *costs("B-1", "80", "20"))
    (finding,) = assess(
        GrantLimits("5", maximum_share_by_size=BY_SIZE), proposal(members=members, budget_lines=lines), "USD"
    )
    assert finding == Finding(
        "grant.maximum_share_by_size",
        UNDETERMINED,
        {"comparison": "all_of"},
        {
            "parts": [
                {
                    "rule": "grant.maximum_share_by_size",
                    "party": "B-1",
                    "size_class": "micro",
                    "required": {"comparison": "at_most", "share": "0.8"},
                    "seen": {"share": "0.8000", "amount": "80.00", "currency": "USD"},
                    "verdict": "met",
                },
                {
                    "rule": "grant.maximum_share_by_size",
                    "party": "B-2",
                    "size_class": None,
                    "required": {"comparison": "at_most", "share": "0.3"},
                    "seen": {"share": "0.4000", "amount": "40.00", "currency": "USD"},
                    "verdict": "undetermined",
                },
            ]
        },
        "5",
        (Note("grant.size_missing", {"party": "B-2"}),),
    )


@pytest.mark.parametrize("lines", [(), costs(None, "10", "90")], ids=["no budget", "nobody bears it"])
def test_costs_that_cannot_be_attributed_leave_it_undetermined(lines):
    limits = GrantLimits("5", maximum_share_by_size=BY_SIZE)
    subject = proposal(members=(Member("B-1", True, size_class=SizeClass.MICRO),), budget_lines=lines)
    assert assess(limits, subject, "USD")[0].verdict is UNDETERMINED


@pytest.mark.parametrize(("grant", "expected"), [("60.00", MET), ("60.01", NOT_MET), (None, UNDETERMINED)])
def test_size_of_the_lead_limits_the_whole_proposal(grant, expected):
    limits = GrantLimits("5", maximum_share_by_size=BY_SIZE, by_size_of=MemberScope.LEAD)
    members = (Member("B-2", False, size_class=SizeClass.LARGE), Member("B-1", True, size_class=SizeClass.SMALL))
    assert assess(limits, proposal(grant, members=members), "USD")[0].verdict is expected


def test_size_of_the_lead_is_undetermined_where_the_budget_contradicts_the_amounts():
    limits = GrantLimits("5", maximum_share_by_size=BY_SIZE, by_size_of=MemberScope.LEAD)
    members = (Member("B-1", True, size_class=SizeClass.SMALL),)
    subject = proposal("40.00", members=members, budget_lines=costs("B-1", "70.00", "30.00"))
    (finding,) = assess(limits, subject, "USD")
    assert (finding.verdict, [note.code for note in finding.notes]) == (UNDETERMINED, ["budget.grant_differs"])
