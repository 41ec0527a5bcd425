"""Allocation: the four rules, the reserve list, and the laws that none may break."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.allocation import allocate
from pipgrants.domain.call import AllocationRule, AllocationTerms
from pipgrants.domain.finding import Note
from pipgrants.domain.ranking import RankedProposal
from pipgrants.domain.vocabulary import Outcome
from pipgrants.errors import RefusedError
from pipgrants.money import Money

RULES = "rules 8"
FUNDED = "allocation.funded"
EXHAUSTED = "allocation.envelope_exhausted"
AFTER_FIRST = "allocation.after_first_that_did_not_fit"


def terms(rule, **details):
    return AllocationTerms(RULES, rule, **details)


STOP = terms(AllocationRule.STOP_AT_FIRST)
SKIP = terms(AllocationRule.SKIP_AND_FILL)


def ranking(*totals):
    return [RankedProposal(rank, f"P-{rank}", Decimal(total)) for rank, total in enumerate(totals, 1)]


def allocated(asked, envelope, rules, totals=None, below_threshold=frozenset()):
    """Lines for proposals P-1, P-2, ... in rank order that ask for these amounts."""
    ranked = ranking(*(totals or [90 - place for place in range(len(asked))]))
    requests = {place.number: Decimal(amount) for place, amount in zip(ranked, asked, strict=True)}
    return allocate(ranked, requests, Money(Decimal(envelope), "USD"), rules, below_threshold)


def codes(lines):
    return [line.reason.code for line in lines]


def amounts(lines):
    return [int(line.amount) for line in lines]


def test_stop_at_first_ends_the_funding_at_the_first_that_does_not_fit():
    lines = allocated([40, 70, 10], 100, STOP)
    assert amounts(lines) == [40, 0, 0]
    assert codes(lines) == [FUNDED, EXHAUSTED, AFTER_FIRST]
    assert lines[2].reason.values == {"first": {"number": "2"}, "clause": RULES}


def test_skip_and_fill_skips_what_does_not_fit_and_goes_on():
    lines = allocated([40, 70, 10], 100, SKIP)
    assert amounts(lines) == [40, 0, 10]
    assert codes(lines) == [FUNDED, EXHAUSTED, FUNDED]


def test_refusal_for_money_says_what_was_asked_and_what_was_left():
    refused = allocated(["40.00", "70.00"], "100.00", SKIP)[1]
    assert (refused.outcome, refused.left_amount) == (Outcome.DECLINE, Decimal(60))
    assert refused.reason == Note(
        EXHAUSTED,
        {
            "asked": {"amount": "70.00", "currency": "USD"},
            "left": {"amount": "60.00", "currency": "USD"},
            "clause": RULES,
        },
    )


def test_amount_that_takes_exactly_what_is_left_is_funded():
    assert amounts(allocated([40, 60], 100, SKIP)) == [40, 60]


def test_one_cent_more_than_is_left_is_not_funded():
    assert codes(allocated(["9999999999999.99"], "9999999999999.98", SKIP)) == [EXHAUSTED]


def test_minimum_score_is_inclusive_and_those_below_it_are_never_funded():
    rules = terms(AllocationRule.MINIMUM_SCORE_THEN_FILL, minimum_score=Decimal(70), reserve_count=5)
    lines = allocated([80, 30, 20, 10], 100, rules, totals=["90", "75", "70", "69.9999"])
    assert codes(lines) == [FUNDED, EXHAUSTED, FUNDED, "allocation.below_minimum_score"]
    assert lines[3].reason.values == {"required": {"number": "70"}, "seen": {"number": "69.9999"}, "clause": RULES}
    assert [line.outcome for line in lines] == [Outcome.AWARD, Outcome.RESERVE, Outcome.AWARD, Outcome.DECLINE]


def test_rank_and_cut_awards_the_first_in_rank_order():
    lines = allocated([10, 10, 10], 100, terms(AllocationRule.RANK_AND_CUT, maximum_awards=2))
    assert codes(lines) == [FUNDED, FUNDED, "allocation.beyond_maximum_awards"]
    assert lines[2].reason.values == {"maximum": {"number": "2"}, "clause": RULES}


def test_rank_and_cut_ends_where_the_money_does():
    lines = allocated([60, 60, 10], 100, terms(AllocationRule.RANK_AND_CUT, maximum_awards=3))
    assert codes(lines) == [FUNDED, EXHAUSTED, AFTER_FIRST]


def test_proposal_below_a_threshold_is_passed_over_whatever_its_rank():
    lines = allocated([60, 60, 10], 100, STOP, below_threshold={"P-1"})
    assert codes(lines) == ["allocation.below_threshold", FUNDED, FUNDED]


def test_proposal_below_a_threshold_takes_no_place_of_rank_and_cut():
    rules = terms(AllocationRule.RANK_AND_CUT, maximum_awards=1)
    assert amounts(allocated([10, 10], 100, rules, below_threshold={"P-1"})) == [0, 10]


def test_reserve_list_is_the_next_in_rank_order_that_passed_the_thresholds():
    rules = terms(AllocationRule.STOP_AT_FIRST, reserve_count=2)
    lines = allocated([60, 60, 10, 10, 10], 100, rules, below_threshold={"P-3"})
    assert [(line.outcome, line.reserve_position) for line in lines] == [
        (Outcome.AWARD, None),
        (Outcome.RESERVE, 1),
        (Outcome.DECLINE, None),
        (Outcome.RESERVE, 2),
        (Outcome.DECLINE, None),
    ]


def test_ranking_without_a_request_is_refused_naming_the_proposals():
    with pytest.raises(RefusedError, match="P-2"):
        allocate(ranking(90, 80), {"P-1": Decimal(1)}, Money(Decimal(10), "USD"), SKIP)


def test_negative_request_is_refused():
    with pytest.raises(RefusedError, match="P-1"):
        allocated([-1], 10, SKIP)


cents = st.integers(0, 10**15).map(lambda units: Decimal(units).scaleb(-2))
any_terms = st.one_of(
    st.builds(terms, st.just(AllocationRule.STOP_AT_FIRST), reserve_count=st.integers(0, 3)),
    st.builds(terms, st.just(AllocationRule.SKIP_AND_FILL), reserve_count=st.integers(0, 3)),
    st.builds(
        terms,
        st.just(AllocationRule.MINIMUM_SCORE_THEN_FILL),
        minimum_score=st.integers(0, 100).map(Decimal),
        reserve_count=st.integers(0, 3),
    ),
    st.builds(
        terms,
        st.just(AllocationRule.RANK_AND_CUT),
        maximum_awards=st.integers(0, 12),
        reserve_count=st.integers(0, 3),
    ),
)


@st.composite
def rounds(draw):
    """A ranking, what each asks for, an envelope that may run out in the middle, and who failed a threshold."""
    totals = sorted(draw(st.lists(st.integers(0, 100), max_size=15)), reverse=True)
    ranked = ranking(*totals)
    requests = {place.number: draw(cents) for place in ranked}
    envelope = draw(st.one_of(cents, st.sampled_from([sum(list(requests.values())[:3], Decimal(0))])))
    return (
        ranked,
        requests,
        Money(envelope, "USD"),
        draw(st.sets(st.sampled_from(sorted(requests)))) if ranked else set(),
    )


@given(rounds(), any_terms)
def test_envelope_is_never_exceeded(a_round, rules):
    ranked, requests, envelope, below = a_round
    lines = allocate(ranked, requests, envelope, rules, below)
    assert sum(line.amount for line in lines) <= envelope.amount
    assert all(0 <= line.left_amount <= envelope.amount for line in lines)


@given(rounds(), any_terms)
def test_every_proposal_receives_all_it_asked_for_or_nothing(a_round, rules):
    ranked, requests, envelope, below = a_round
    for line in allocate(ranked, requests, envelope, rules, below):
        assert line.amount == (requests[line.number] if line.outcome is Outcome.AWARD else 0)


@given(rounds(), any_terms, st.randoms())
def test_order_of_the_input_changes_nothing(a_round, rules, random):
    ranked, requests, envelope, below = a_round
    shuffled = random.sample(ranked, len(ranked))
    assert allocate(shuffled, requests, envelope, rules, below) == allocate(ranked, requests, envelope, rules, below)


@given(rounds())
def test_awards_of_stop_at_first_are_a_prefix_of_those_that_passed(a_round):
    ranked, requests, envelope, below = a_round
    lines = [line for line in allocate(ranked, requests, envelope, STOP, below) if line.number not in below]
    awarded = [line.outcome is Outcome.AWARD for line in lines]
    assert awarded == sorted(awarded, reverse=True)


@given(rounds())
def test_everyone_refused_for_money_asked_for_more_than_was_left(a_round):
    ranked, requests, envelope, below = a_round
    left = envelope.amount
    for line in allocate(ranked, requests, envelope, SKIP, below):
        assert line.left_amount == left
        assert (line.reason.code == EXHAUSTED) == (line.number not in below and requests[line.number] > left)
        left -= line.amount


@given(rounds())
def test_proposal_that_receives_nothing_changes_no_other_award(a_round):
    ranked, requests, envelope, below = a_round
    lines = allocate(ranked, requests, envelope, SKIP, below)
    for refused in [line.number for line in lines if line.outcome is not Outcome.AWARD]:
        others = [place for place in ranked if place.number != refused]
        without = allocate(others, requests, envelope, SKIP, below)
        assert without == tuple(line for line in lines if line.number != refused)


@given(rounds(), any_terms)
def test_reserve_list_is_numbered_in_rank_order_and_holds_nobody_below_a_threshold(a_round, rules):
    ranked, requests, envelope, below = a_round
    lines = allocate(ranked, requests, envelope, rules, below)
    reserve = [line for line in lines if line.outcome is Outcome.RESERVE]
    assert [line.reserve_position for line in reserve] == list(range(1, len(reserve) + 1))
    assert len(reserve) <= rules.reserve_count
    assert not below.intersection(line.number for line in reserve)
    if rules.minimum_score is not None:
        assert all(ranked[line.rank - 1].total >= rules.minimum_score for line in reserve)
