"""Ranking: totals, declared tie-breaks in their order, the draw, and proposal numbers read as people read them."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.call import RandomSource, RankingRule
from pipgrants.domain.draw import canonical_key
from pipgrants.domain.ranking import (
    Candidate,
    RankedProposal,
    natural_key,
    rank,
    undecided_ties,
    undrawn_ties,
    unknown_tie_breaks,
)
from pipgrants.domain.rubric import Criterion, Rubric, Scale
from pipgrants.errors import RefusedError

LOTTERY = RandomSource("national lottery", "first prize", date(2026, 3, 1), 1)
KEY = canonical_key([[9319], [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45]])


def by(*tie_breaks, draw=()):
    return RankingRule("rules 7", tie_breaks, draw)


def candidate(number, total="80", **details):
    return Candidate(number, Decimal(total), **details)


def numbers(ranked):
    return [proposal.number for proposal in ranked]


def test_higher_total_comes_first():
    assert rank([candidate("P-1", "70"), candidate("P-2", "80.5")], by()) == (
        RankedProposal(1, "P-2", Decimal("80.5")),
        RankedProposal(2, "P-1", Decimal("70")),
    )


def test_nobody_is_ranked_when_nobody_applied():
    assert rank([], by("number")) == ()


def test_priority_points_are_added_to_the_total():
    ranked = rank([candidate("P-1", "80"), candidate("P-2", "78", priority_points=Decimal(5))], by())
    assert ranked[0] == RankedProposal(1, "P-2", Decimal(83))


@pytest.mark.parametrize(
    ("tie_break", "better", "worse"),
    [
        ("priority", {"has_priority": True}, {"has_priority": False}),
        ("criterion:trust", {"marks": {"trust": Decimal(4)}}, {"marks": {"trust": Decimal(3)}}),
        ("lower_grant", {"grant_amount": Decimal(90)}, {"grant_amount": Decimal(100)}),
        ("lower_total_cost", {"total_amount": Decimal(190)}, {"total_amount": Decimal(200)}),
        (
            "higher_counterpart_share",
            {"counterpart_share": Decimal("0.51")},
            {"counterpart_share": Decimal("0.50")},
        ),
        (
            "earlier_receipt",
            {"received_at": datetime(2026, 2, 1, 9, tzinfo=UTC)},
            {"received_at": datetime(2026, 2, 1, 10, tzinfo=UTC)},
        ),
    ],
)
def test_declared_tie_break_orders_equal_totals_and_is_recorded(tie_break, better, worse):
    ranked = rank([candidate("P-1", **worse), candidate("P-2", **better)], by(tie_break))
    assert [(place.number, place.tie_broken_by) for place in ranked] == [("P-2", None), ("P-1", tie_break)]


@pytest.mark.parametrize(
    ("tie_break", "known"),
    [
        ("criterion:trust", {"marks": {"trust": Decimal(1)}}),
        ("lower_grant", {"grant_amount": Decimal(10**13)}),
        ("lower_total_cost", {"total_amount": Decimal(10**13)}),
        ("higher_counterpart_share", {"counterpart_share": Decimal(0)}),
        ("earlier_receipt", {"received_at": datetime(2026, 2, 28, tzinfo=UTC)}),
    ],
)
def test_fact_that_is_not_on_record_comes_last(tie_break, known):
    unknown = {"marks": {"trust": None}} if tie_break == "criterion:trust" else {}
    assert numbers(rank([candidate("P-1", **unknown), candidate("P-2", **known)], by(tie_break))) == ["P-2", "P-1"]


def test_receipts_are_compared_as_instants_whatever_their_zone():
    bogota = timezone(timedelta(hours=-5))
    later = candidate("P-1", received_at=datetime(2026, 2, 1, 9, tzinfo=bogota))
    earlier = candidate("P-2", received_at=datetime(2026, 2, 1, 13, tzinfo=UTC))
    assert numbers(rank([later, earlier], by("earlier_receipt"))) == ["P-2", "P-1"]


def test_tie_breaks_apply_in_their_declared_order():
    cheap = candidate("P-1", grant_amount=Decimal(10))
    favoured = candidate("P-2", grant_amount=Decimal(20), has_priority=True)
    assert numbers(rank([cheap, favoured], by("priority", "lower_grant"))) == ["P-2", "P-1"]
    assert numbers(rank([cheap, favoured], by("lower_grant", "priority"))) == ["P-1", "P-2"]


def test_what_remains_tied_without_a_draw_falls_to_the_proposal_number():
    ranked = rank([candidate("P-10"), candidate("P-2"), candidate("P-1")], by("lower_grant"))
    assert [(place.number, place.tie_broken_by) for place in ranked] == [
        ("P-1", None),
        ("P-2", "number"),
        ("P-10", "number"),
    ]


def test_what_remains_tied_is_drawn_over_the_tied_in_number_order():
    tied = [candidate(f"P-{index}") for index in range(25, 0, -1)]
    ranked = rank([candidate("P-30", "90"), *tied, candidate("P-31", "10")], by(draw=(LOTTERY,)), KEY)
    assert numbers(ranked)[:11] == ["P-30", *(f"P-{place}" for place in (17, 7, 2, 16, 25, 23, 8, 24, 19, 13))]
    assert [place.tie_broken_by for place in ranked] == [None, None, *["draw"] * 24, None]
    assert ranked[1].drawn_among == tuple(f"P-{index}" for index in range(1, 26))
    assert (ranked[0].drawn_among, ranked[26].drawn_among) == ((), ())


def test_ties_that_need_a_draw_are_listed_best_group_first():
    candidates = [
        candidate("P-4", "60"),
        candidate("P-10", "60"),
        candidate("P-2", "75"),
        candidate("P-1", "75"),
        candidate("P-5", "90"),
    ]
    assert undrawn_ties(candidates, by(draw=(LOTTERY,))) == (("P-1", "P-2"), ("P-4", "P-10"))
    assert undrawn_ties(candidates, by()) == ()
    assert undrawn_ties(candidates, by("number", draw=(LOTTERY,))) == ()


def test_ranking_ties_that_were_not_drawn_is_refused():
    with pytest.raises(RefusedError, match="2 proposals are tied and must be drawn: P-1, P-2"):
        rank([candidate("P-2"), candidate("P-1")], by(draw=(LOTTERY,)))


def test_ranking_without_ties_needs_no_draw():
    assert numbers(rank([candidate("P-2", "1"), candidate("P-1", "2")], by(draw=(LOTTERY,)))) == ["P-1", "P-2"]


def test_tie_break_that_is_no_known_word_is_refused():
    with pytest.raises(RefusedError) as refusal:
        rank([candidate("P-1")], by("cheapest"))
    assert refusal.value.next_step == (
        "use one of: priority, lower_grant, lower_total_cost, higher_counterpart_share, earlier_receipt, "
        "territory_not_yet_funded, number, criterion:CODE"
    )


def test_unknown_tie_breaks_of_a_definition_are_listed():
    scale = Scale(Decimal(1), Decimal(5), Decimal(1), {})
    rubric = Rubric("rules 6", scale, (Criterion("trust", "context", {}, Decimal(1)),))
    rule = by("priority", "criterion:trust", "criterion:exports", "cheapest", "number")
    assert unknown_tie_breaks(rule, rubric) == ("criterion:exports", "cheapest")


def test_numbers_are_compared_as_people_read_them():
    shuffled = ["BAD/0100", "P-10", "BAD/19", "P-2a", "12", "P-2", "BAD/0019", "9"]
    assert sorted(shuffled, key=natural_key) == ["9", "12", "BAD/0019", "BAD/19", "BAD/0100", "P-2", "P-2a", "P-10"]


few_decimals = st.integers(0, 3).map(Decimal)
any_candidates = st.lists(
    st.builds(
        Candidate,
        number=st.integers(1, 200).map("P-{}".format),
        total=few_decimals,
        marks=st.fixed_dictionaries({"trust": st.none() | few_decimals}),
        priority_points=few_decimals,
        has_priority=st.booleans(),
        grant_amount=st.none() | few_decimals,
        total_amount=st.none() | few_decimals,
        counterpart_share=st.none() | few_decimals,
        received_at=st.none() | st.integers(1, 3).map(lambda day: datetime(2026, 1, day, tzinfo=UTC)),
    ),
    unique_by=lambda one: one.number,
    max_size=25,
)
any_rule = st.builds(
    RankingRule,
    clause=st.just("rules 7"),
    tie_breaks=st.lists(
        st.sampled_from(
            [
                "priority",
                "criterion:trust",
                "lower_grant",
                "lower_total_cost",
                "higher_counterpart_share",
                "earlier_receipt",
                "number",
            ]
        ),
        unique=True,
        max_size=3,
    ).map(tuple),
    draw=st.sampled_from([(), (LOTTERY,)]),
)


@given(any_candidates, any_rule, st.randoms())
def test_order_of_the_candidates_changes_nothing(candidates, rule, random):
    shuffled = random.sample(candidates, len(candidates))
    assert rank(shuffled, rule, KEY) == rank(candidates, rule, KEY)
    assert undrawn_ties(shuffled, rule) == undrawn_ties(candidates, rule)


@given(any_candidates, any_rule)
def test_every_candidate_has_one_rank_and_none_stands_below_a_lower_total(candidates, rule):
    ranked = rank(candidates, rule, KEY)
    assert [place.rank for place in ranked] == list(range(1, len(candidates) + 1))
    assert sorted(numbers(ranked)) == sorted(one.number for one in candidates)
    totals = [place.total for place in ranked]
    assert totals == sorted(totals, reverse=True)


@given(any_candidates, any_rule)
def test_tie_word_is_given_exactly_where_the_total_equals_that_above(candidates, rule):
    ranked = rank(candidates, rule, KEY)
    same_as_above = [below.total == above.total for above, below in pairwise(ranked)]
    assert [place.tie_broken_by is not None for place in ranked[1:]] == same_as_above


@given(any_candidates, any_rule)
def test_groups_that_need_a_draw_are_those_that_were_drawn(candidates, rule):
    drawn = {place.drawn_among for place in rank(candidates, rule, KEY)} - {()}
    assert drawn == set(undrawn_ties(candidates, rule))


def test_territory_not_yet_funded_separates_nobody_before_the_money_is_spent():
    rule = by("priority", "territory_not_yet_funded", "lower_grant")
    candidates = [candidate("P-1", grant_amount=Decimal(2)), candidate("P-2", grant_amount=Decimal(1))]
    assert [(place.number, place.tie_broken_by) for place in rank(candidates, rule)] == [
        ("P-2", None),
        ("P-1", "lower_grant"),
    ]
    assert undecided_ties(rule) == {"lower_grant", "draw", "number"}
    assert undecided_ties(by("lower_grant")) == {"draw", "number"}
