"""Allocation: the rules, ties at the line, partial funding, the reserve list, and the laws that none may break."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.allocation import Standing, allocate
from pipgrants.domain.allocation_terms import (
    AllocationRule,
    AllocationTerms,
    PartialFunding,
    PartialRule,
    TiesAtLine,
)
from pipgrants.domain.circumstances import NOTHING_KNOWN, Circumstances
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


def allocated(
    asked, envelope, rules, totals=None, below_threshold=frozenset(), tied=(), known=NOTHING_KNOWN, standing=None
):
    """Lines for proposals P-1, P-2, ... in rank order that ask for these amounts.

    ``tied`` are the ranks of those that only the draw put below the one above.
    """
    ranked = ranking(*(totals or [90 - place for place in range(len(asked))]))
    ranked = [place._replace(tie_broken_by="draw" if place.rank in tied else None) for place in ranked]
    requests = {place.number: Decimal(amount) for place, amount in zip(ranked, asked, strict=True)}
    return allocate(ranked, requests, Money(Decimal(envelope), "USD"), rules, below_threshold, known, standing)


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


REST = terms(AllocationRule.FUND_NEXT_IF_REST_COVERS, minimum_rest_share=Decimal("0.8"))


def test_next_proposal_receives_the_rest_where_that_covers_enough_of_what_it_asked_for():
    lines = allocated([60, 50, 10], 100, REST)
    assert amounts(lines) == [60, 40, 0]
    assert codes(lines) == [FUNDED, "allocation.funded_in_part", AFTER_FIRST]
    assert lines[1].outcome is Outcome.AWARD
    assert lines[1].reason.values == {
        "asked": {"amount": "50.00", "currency": "USD"},
        "left": {"amount": "40.00", "currency": "USD"},
        "granted": {"amount": "40.00", "currency": "USD"},
        "clause": RULES,
    }


def test_rest_that_covers_too_little_ends_the_funding():
    assert codes(allocated([60, 51, 10], 100, REST)) == [FUNDED, EXHAUSTED, AFTER_FIRST]


def partial(rule, minimum_share="0.5", by=AllocationRule.STOP_AT_FIRST, **details):
    return terms(by, partial=PartialFunding(rule, minimum_share=Decimal(minimum_share)), **details)


def test_last_only_gives_the_rest_once():
    rules = partial(PartialRule.LAST_ONLY, by=AllocationRule.SKIP_AND_FILL)
    assert amounts(allocated([60, 90, 70, 10], 100, rules)) == [60, 0, 40, 0]


def test_pro_rata_funds_as_many_as_can_receive_a_viable_grant():
    lines = allocated([40, 40, 40, 40], 60, partial(PartialRule.PRO_RATA, reserve_count=1))
    assert amounts(lines) == [20, 20, 20, 0]
    assert codes(lines)[3] == "allocation.share_not_viable"
    assert lines[3].outcome is Outcome.RESERVE
    assert lines[3].reason.values["least"] == {"amount": "20.00", "currency": "USD"}


def test_constrained_equal_halves_what_the_small_requests_leave():
    lines = allocated([100, 20, 60], 100, partial(PartialRule.CONSTRAINED_EQUAL, "0.4"))
    assert amounts(lines) == [40, 20, 40]
    assert codes(lines) == ["allocation.funded_in_part", FUNDED, "allocation.funded_in_part"]


def test_money_is_shared_among_those_that_pass_and_up_to_the_highest_number_of_awards():
    rules = partial(PartialRule.PRO_RATA, by=AllocationRule.RANK_AND_CUT, maximum_awards=2)
    lines = allocated([40, 40, 40, 40], 60, rules, below_threshold={"P-1"})
    assert amounts(lines) == [0, 30, 30, 0]
    assert codes(lines)[3] == "allocation.beyond_maximum_awards"


def test_whoever_stands_at_the_line_of_shared_money_falls_with_those_it_is_tied_with():
    rules = partial(PartialRule.PRO_RATA, ties_at_line=TiesAtLine.FUND_NONE)
    assert amounts(allocated([40, 40, 40, 40], 60, rules, tied=(4,))) == [30, 30, 0, 0]


def ties(how, rule=AllocationRule.STOP_AT_FIRST, **details):
    return terms(rule, ties_at_line=how, **details)


def test_strict_order_funds_the_tied_as_they_were_drawn():
    assert amounts(allocated([40, 40, 40], 100, ties(TiesAtLine.STRICT_ORDER), tied=(2, 3))) == [40, 40, 0]


def test_none_of_the_tied_is_funded_where_the_money_does_not_cover_all():
    lines = allocated([40, 40, 40, 10], 100, ties(TiesAtLine.FUND_NONE), tied=(3,))
    assert amounts(lines) == [40, 0, 0, 0]
    assert codes(lines) == [FUNDED, "allocation.tied_at_line", "allocation.tied_at_line", AFTER_FIRST]
    assert lines[1].reason.values["tied"] == {"number": "2"}
    assert lines[3].reason.values["first"] == {"number": "2"}


def test_skipping_the_tied_goes_on_below_them():
    rules = ties(TiesAtLine.FUND_NONE, AllocationRule.SKIP_AND_FILL)
    assert amounts(allocated([40, 40, 40, 10], 100, rules, tied=(3,))) == [40, 0, 0, 10]


def test_tied_are_funded_where_the_money_covers_them_all():
    assert amounts(allocated([40, 30, 30], 100, ties(TiesAtLine.FUND_NONE), tied=(3,))) == [40, 30, 30]


def test_all_of_the_tied_are_funded_beyond_the_highest_number_of_awards_if_the_money_allows():
    rules = ties(TiesAtLine.FUND_ALL_IF_MONEY_ALLOWS, AllocationRule.RANK_AND_CUT, maximum_awards=2)
    assert amounts(allocated([40, 30, 30, 10], 120, rules, tied=(3,))) == [40, 30, 30, 0]
    assert amounts(allocated([40, 30, 30, 10], 99, rules, tied=(3,))) == [40, 30, 0, 0]


def test_tied_below_the_last_place_receive_nothing_whatever_the_money_allows():
    rules = ties(TiesAtLine.FUND_ALL_IF_MONEY_ALLOWS, AllocationRule.RANK_AND_CUT, maximum_awards=2)
    lines = allocated([10, 10, 10, 10, 10], 100, rules, tied=(4, 5))
    assert amounts(lines) == [10, 10, 0, 0, 0]
    assert {line.reason.code for line in lines[2:]} == {"allocation.beyond_maximum_awards"}
    standing = Standing({"P-1": Decimal(10), "P-2": Decimal(10)}, frozenset({"P-4", "P-5"}))
    assert amounts(allocated([10, 10, 10, 10, 10], 100, rules, tied=(4, 5), standing=standing)) == [0, 0]


def test_none_of_the_tied_takes_the_last_place():
    rules = ties(TiesAtLine.FUND_NONE, AllocationRule.RANK_AND_CUT, maximum_awards=2)
    lines = allocated([40, 30, 30, 10], 120, rules, tied=(3,))
    assert codes(lines) == [FUNDED, "allocation.tied_at_line", "allocation.tied_at_line", AFTER_FIRST]


def test_tied_below_a_threshold_hold_nobody_back():
    rules = ties(TiesAtLine.FUND_NONE)
    assert amounts(allocated([60, 60, 40], 100, rules, tied=(2, 3), below_threshold={"P-2"})) == [60, 0, 40]


def test_territory_without_an_award_comes_first_among_equals():
    territories = {"P-1": "HN-FM", "P-2": "HN-FM", "P-3": "HN-CP", "P-4": None}
    known = Circumstances(territories=territories)
    lines = allocated([50, 50, 50, 50], 100, SKIP, tied=(2, 3, 4), known=known)
    assert amounts(lines) == [50, 0, 50, 0]


def test_territory_gives_no_turn_before_a_better_proposal():
    known = Circumstances(territories={"P-1": "HN-FM", "P-2": "HN-FM", "P-3": "HN-CP"})
    assert amounts(allocated([50, 50, 50], 100, SKIP, known=known)) == [50, 50, 0]


def test_applicant_with_an_award_receives_no_other():
    rules = terms(AllocationRule.SKIP_AND_FILL, one_award_per_applicant=True, reserve_count=2)
    known = Circumstances(applicants={"P-1": "A", "P-2": "A", "P-3": "B"})
    lines = allocated([10, 10, 10], 100, rules, known=known)
    assert codes(lines) == [FUNDED, "allocation.applicant_has_award", FUNDED]
    assert lines[1].outcome is Outcome.DECLINE
    assert lines[1].reason.values["other"] == {"text": "P-1"}


def test_applicant_whose_best_does_not_fit_receives_the_next():
    rules = terms(AllocationRule.SKIP_AND_FILL, one_award_per_applicant=True)
    known = Circumstances(applicants={"P-1": "A", "P-2": "A"})
    assert amounts(allocated([110, 10], 100, rules, known=known)) == [0, 10]


def test_applicant_that_receives_an_award_later_does_not_wait_for_another():
    rules = terms(AllocationRule.SKIP_AND_FILL, one_award_per_applicant=True, reserve_count=2)
    known = Circumstances(applicants={"P-1": "A", "P-2": "A", "P-3": "B"})
    lines = allocated([110, 60, 50], 100, rules, known=known)
    assert codes(lines) == ["allocation.applicant_has_award", FUNDED, EXHAUSTED]
    assert [line.reserve_position for line in lines] == [None, None, 1]


def test_award_excludes_the_proposals_recorded_as_its_rivals():
    known = Circumstances(rivals={"P-1": frozenset({"P-3"}), "P-3": frozenset({"P-1"})})
    lines = allocated([10, 10, 10], 100, SKIP, known=known)
    assert codes(lines) == [FUNDED, FUNDED, "allocation.excluded_by_award"]


def test_margin_kept_for_appeals_is_not_spent():
    rules = terms(AllocationRule.SKIP_AND_FILL, appeal_margin_amount=Decimal(30))
    assert amounts(allocated([50, 30, 20], 100, rules)) == [50, 0, 20]


def test_refused_proposal_changes_other_awards_where_the_rule_says_so():
    """Each of these rules tells the applicants that a proposal which is not funded may keep others from funding."""
    share = partial(PartialRule.PRO_RATA)
    for rules, asked, tied in (
        (STOP, [70, 60, 30], ()),
        (ties(TiesAtLine.FUND_NONE, AllocationRule.SKIP_AND_FILL), [70, 30, 30], (3,)),
        (share, [70, 200, 30], ()),
    ):
        ranked = [place._replace(tie_broken_by="draw" if place.rank in tied else None) for place in ranking(90, 80, 70)]
        requests = {place.number: Decimal(amount) for place, amount in zip(ranked, asked, strict=True)}
        envelope = Money(Decimal(100), "USD")
        whole = {line.number: line.amount for line in allocate(ranked, requests, envelope, rules)}
        assert whole["P-2"] == 0
        without = [ranked[0], ranked[2]._replace(tie_broken_by=None)]
        rest = {line.number: line.amount for line in allocate(without, requests, envelope, rules)}
        assert rest != {number: amount for number, amount in whole.items() if number != "P-2"}


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


def localities(maximum, **more):
    return terms(AllocationRule.SKIP_AND_FILL, maximum_awards_per_locality=maximum, reserve_count=5, **more)


def test_locality_receives_no_more_awards_than_the_call_says():
    known = Circumstances(localities=dict.fromkeys(["P-1", "P-2", "P-3"], "HN-FM-0801") | {"P-4": "HN-CR-0501"})
    lines = allocated([10, 10, 10, 10], 100, localities(2), known=known)
    assert codes(lines) == [FUNDED, FUNDED, "allocation.locality_limit", FUNDED]
    assert (lines[2].outcome, lines[2].reserve_position) == (Outcome.DECLINE, None)
    assert lines[2].reason.values == {
        "clause": RULES,
        "maximum": {"number": "2"},
        "locality": {"code": "HN-FM-0801"},
    }


def test_awards_of_earlier_calls_count():
    places = {"P-1": "HN-FM-0801", "P-2": "HN-CR-0501", "P-3": "HN-CR-0501"}
    known = Circumstances(localities=places, helped={"HN-FM-0801": 2, "HN-CR-0501": 1})
    assert amounts(allocated([10, 10, 10], 100, localities(2), known=known)) == [0, 10, 0]


def test_proposals_that_state_no_locality_are_one_locality():
    known = Circumstances(localities={"P-1": None, "P-2": "HN-FM", "P-3": None})
    lines = allocated([10, 10, 10], 100, localities(1), known=known)
    assert amounts(lines) == [10, 10, 0]
    assert lines[2].reason.values["locality"] == {"code": "locality_not_stated"}


def test_award_that_stands_fills_its_locality_in_a_promotion():
    known = Circumstances(localities={"P-1": "HN-FM", "P-2": "HN-FM", "P-3": "HN-CR"})
    standing = Standing({"P-1": Decimal(60)}, frozenset({"P-2", "P-3"}))
    lines = allocated([60, 40, 40], 100, localities(1), known=known, standing=standing)
    assert [(line.number, int(line.amount)) for line in lines] == [("P-2", 0), ("P-3", 40)]


def test_locality_that_is_filled_later_waits_for_nothing():
    known = Circumstances(localities={"P-1": "HN-FM", "P-2": "HN-FM", "P-3": "HN-CR"})
    lines = allocated([110, 60, 50], 100, localities(1), known=known)
    assert codes(lines) == ["allocation.locality_limit", FUNDED, EXHAUSTED]


def test_tied_of_a_full_locality_hold_nobody_back():
    known = Circumstances(localities={"P-1": "HN-FM", "P-2": "HN-FM", "P-3": "HN-CR"})
    rules = localities(1, ties_at_line=TiesAtLine.FUND_NONE)
    assert amounts(allocated([50, 50, 50], 100, rules, tied=(2, 3), known=known)) == [50, 0, 50]


def test_tied_that_fill_a_locality_between_them_need_money_for_as_many_as_it_can_receive():
    known = Circumstances(localities=dict.fromkeys(["P-1", "P-2", "P-3"], "HN-FM"))
    rules = localities(2, ties_at_line=TiesAtLine.FUND_NONE)
    assert amounts(allocated([50, 50, 50], 100, rules, tied=(3,), known=known)) == [50, 50, 0]


WITH_LOCALITIES = [
    STOP,
    SKIP,
    ties(TiesAtLine.FUND_NONE, AllocationRule.SKIP_AND_FILL),
    ties(TiesAtLine.FUND_ALL_IF_MONEY_ALLOWS, AllocationRule.RANK_AND_CUT, maximum_awards=3),
    partial(PartialRule.LAST_ONLY),
    partial(PartialRule.PRO_RATA),
]


@st.composite
def programmes_of_support(draw):
    """Support calls one after the other: for each a ranking with localities, requests, an envelope and its terms."""
    most = draw(st.integers(1, 3))
    calls = []
    for _ in range(draw(st.integers(1, 4))):
        ranked = ranking(*sorted(draw(st.lists(st.integers(0, 9), max_size=10)), reverse=True))
        tied = draw(st.sets(st.integers(2, 10)))
        ranked = [place._replace(tie_broken_by="draw" if place.rank in tied else None) for place in ranked]
        where = {place.number: draw(st.sampled_from([None, "HN-FM", "HN-CR"])) for place in ranked}
        requests = {place.number: Decimal(draw(st.integers(0, 30))) for place in ranked}
        rules = draw(st.sampled_from(WITH_LOCALITIES))
        rules = replace(rules, maximum_awards_per_locality=most, reserve_count=10)
        calls.append((ranked, where, requests, Money(Decimal(draw(st.integers(0, 150))), "USD"), rules))
    return most, calls, draw(st.randoms())


@given(programmes_of_support())
def test_locality_never_has_more_awards_than_the_maximum_over_all_calls(programme):
    """Nor after some are given up in each call and others promoted in their place."""
    most, calls, random = programme
    helped: Counter[str | None] = Counter()
    for ranked, where, requests, envelope, rules in calls:
        known = Circumstances(localities=where, helped=dict(helped))
        lines = allocate(ranked, requests, envelope, rules, known=known)
        held = {line.number: line.amount for line in lines if line.outcome is Outcome.AWARD}
        stand = {number: amount for number, amount in held.items() if random.random() < 0.7}
        waiting = frozenset(line.number for line in lines if line.outcome is Outcome.RESERVE)
        promoted = allocate(ranked, requests, envelope, rules, known=known, standing=Standing(stand, waiting))
        awarded = [*stand, *(line.number for line in promoted if line.outcome is Outcome.AWARD)]
        assert max((helped + Counter(where[number] for number in held)).values(), default=0) <= most
        helped.update(where[number] for number in awarded)
        assert max(helped.values(), default=0) <= most
