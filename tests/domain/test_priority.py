"""Priority: points and first-among-equals groups, and what a missing fact gives."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pipgrants.domain.call import Priority
from pipgrants.domain.priority import Standing, assess
from pipgrants.domain.proposal import Member, Proposal
from pipgrants.domain.rules import CountOf, OnOrBefore
from pipgrants.domain.vocabulary import SizeClass, Stage, Verdict


def small_firms(code, points=0):
    rule = CountOf(at_least=1, size_class=(SizeClass.MICRO, SizeClass.SMALL))
    return Priority(code, "rules 5", {"en": "small firms"}, rule, Decimal(points))


def large_firms(code, points=0):
    rule = CountOf(at_least=1, size_class=(SizeClass.LARGE,))
    return Priority(code, "rules 5", {"en": "large firms"}, rule, Decimal(points))


def proposal_of(size_class):
    return Proposal(
        number="P-1",
        call="PIP-2026",
        stage=Stage.PROPOSAL,
        state="eligible",
        title="Grapes",
        received_at=datetime(2026, 2, 1, tzinfo=UTC),
        members=(Member("party-1", True, size_class=size_class),),
    )


def verdicts(standing):
    return [(finding.criterion, finding.verdict, finding.clause) for finding in standing.findings]


def test_call_without_priorities_gives_none():
    assert assess((), proposal_of(SizeClass.SMALL), "USD", "UTC") == Standing(Decimal(0), False, ())


def test_points_of_all_groups_met_are_added():
    priorities = (small_firms("small", 3), small_firms("smaller", 2), large_firms("large", 9))
    standing = assess(priorities, proposal_of(SizeClass.SMALL), "USD", "UTC")
    assert (standing.points, standing.has_priority) == (Decimal(5), False)
    assert verdicts(standing) == [
        ("priority.small", Verdict.MET, "rules 5"),
        ("priority.smaller", Verdict.MET, "rules 5"),
        ("priority.large", Verdict.NOT_MET, "rules 5"),
    ]


@pytest.mark.parametrize(("size_class", "has_priority"), [(SizeClass.MICRO, True), (SizeClass.LARGE, False)])
def test_group_without_points_comes_first_among_equals(size_class, has_priority):
    standing = assess((small_firms("small"),), proposal_of(size_class), "USD", "UTC")
    assert (standing.points, standing.has_priority) == (Decimal(0), has_priority)


def test_missing_fact_gives_nothing_but_is_noted():
    standing = assess((small_firms("small"), small_firms("smaller", 2)), proposal_of(None), "USD", "UTC")
    assert (standing.points, standing.has_priority) == (Decimal(0), False)
    assert verdicts(standing) == [
        ("priority.small", Verdict.UNDETERMINED, "rules 5"),
        ("priority.smaller", Verdict.UNDETERMINED, "rules 5"),
    ]


@pytest.mark.parametrize(("time_zone", "points"), [("America/Tegucigalpa", 5), ("UTC", 0)])
def test_the_day_of_receipt_is_that_of_the_calls_time_zone(time_zone, points):
    early = Priority(
        "early", "rules 5", {"en": "early"}, OnOrBefore("proposal.received_on", date(2026, 3, 1)), Decimal(5)
    )
    evening = proposal_of(None)._replace(received_at=datetime(2026, 3, 2, 1, tzinfo=UTC))
    assert assess((early,), evening, "USD", time_zone).points == points
