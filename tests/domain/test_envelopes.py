"""Envelopes within the call's: caps, floors, earmarks, and where what they leave falls."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enveloped import envelope, enveloped_rounds, groups, places
from pipgrants.domain.allocation import (
    AFTER_FIRST,
    CAP_REACHED,
    ENVELOPE_EXHAUSTED,
    FUNDED,
    FUNDED_IN_PART,
    TIED_AT_LINE,
    Standing,
    allocate,
)
from pipgrants.domain.allocation_terms import (
    ZERO,
    AllocationRule,
    AllocationTerms,
    EnvelopeKind,
    PartialFunding,
    PartialRule,
    TiesAtLine,
)
from pipgrants.domain.circumstances import Circumstances
from pipgrants.domain.envelopes import groups_of
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.vocabulary import Outcome, Stage
from pipgrants.money import Money

EVERY_RULE = [AllocationRule.SKIP_AND_FILL, AllocationRule.STOP_AT_FIRST, AllocationRule.FUND_NEXT_IF_REST_COVERS]


def awards(asked, total, envelopes, members, rule=AllocationRule.SKIP_AND_FILL):
    """What P-1, P-2, ... receive."""
    return [int(line.amount) for line in lines(asked, total, envelopes, members, rule)]


def lines(asked, total, envelopes, members, rule=AllocationRule.SKIP_AND_FILL):
    ranked = places(*range(90, 90 - len(asked), -1))
    requests = {place.number: Decimal(amount) for place, amount in zip(ranked, asked, strict=True)}
    terms = AllocationTerms("6.1", rule, envelopes=tuple(envelopes))
    known = Circumstances(groups=groups(**members))
    return allocate(ranked, requests, Money(Decimal(total), "USD"), terms, known=known)


def test_cap_is_never_exceeded_though_money_is_left():
    found = lines([40, 40, 40], 200, [envelope("north", "cap", 70)], {"north": {"P-1", "P-2"}})
    assert [line.reason.code for line in found] == [FUNDED, CAP_REACHED, FUNDED]
    assert found[1].reason.values == {
        "asked": {"amount": "40.00", "currency": "USD"},
        "left": {"amount": "30.00", "currency": "USD"},
        "cap": {"texts": {"en": "north", "es": "north", "pt": "north"}},
        "clause": "6.2",
    }


def test_nested_caps_all_hold():
    nested = [envelope("country", "cap", 100), envelope("north", "cap", 60, within="country")]
    members = {"country": {"P-1", "P-2", "P-3", "P-4"}, "north": {"P-1", "P-2"}}
    assert awards([40, 30, 50, 20], 500, nested, members) == [40, 0, 50, 0]


def test_earmark_is_kept_for_its_group():
    # Without the earmark P-1 and P-2 would take all; 40 are kept for the women-led P-3.
    assert awards([50, 50, 40], 100, [envelope("women", "earmark", 40)], {"women": {"P-3"}}) == [50, 0, 40]


def test_member_draws_on_the_earmark_first_and_then_on_the_call():
    # P-1 takes the 30 earmarked and 20 more, so that 50 are left to P-2 and nothing to P-3, the other member.
    assert awards([50, 50, 20], 100, [envelope("women", "earmark", 30)], {"women": {"P-1", "P-3"}}) == [50, 50, 0]


def test_what_an_earmark_leaves_falls_to_the_call():
    assert awards([50, 50], 100, [envelope("women", "earmark", 40)], {"women": set()}) == [50, 50]


def test_what_an_earmark_leaves_goes_first_where_the_call_says():
    # North leaves 40: the south member P-3, which asks for 50, is before P-2, which ranks higher and is of no group.
    members = {"south": {"P-3"}, "north": set()}
    to_south = [envelope("south", "earmark", 20), envelope("north", "earmark", 40, leftovers_to="south")]
    assert awards([40, 50, 50], 100, to_south, members) == [40, 0, 50]
    to_call = [envelope("south", "earmark", 20), envelope("north", "earmark", 40)]
    assert awards([40, 40, 50], 100, to_call, members) == [40, 40, 0]


def test_floor_keeps_money_until_the_group_has_received_as_much():
    floor = [envelope("micro", "floor", 40)]
    assert awards([50, 50, 40], 100, floor, {"micro": {"P-3"}}) == [50, 0, 40]
    assert awards([50, 50, 40], 100, floor, {"micro": {"P-1", "P-3"}}) == [50, 50, 0]


def test_award_from_an_earmark_counts_towards_a_floor():
    both = [envelope("women", "earmark", 50), envelope("north", "floor", 40)]
    assert awards([50, 50], 100, both, {"women": {"P-1"}, "north": {"P-1"}}) == [50, 50]


def test_floor_without_enough_proposals_is_released():
    assert awards([60, 40], 100, [envelope("micro", "floor", 50)], {"micro": set()}) == [60, 40]


def test_floor_in_a_floor_keeps_its_part_of_it():
    # Of the 60 kept for the country 30 are kept for its north: P-2 of the south can have 30 of them.
    nested = [envelope("country", "floor", 60), envelope("north", "floor", 30, within="country")]
    members = {"country": {"P-2", "P-3"}, "north": {"P-3"}}
    assert awards([40, 40, 30], 100, nested, members) == [40, 0, 30]
    assert awards([40, 30, 30], 100, nested, members) == [40, 30, 30]


def test_floor_reached_by_an_earmark_keeps_no_more_from_who_ended_the_funding():
    # Of the 27 of the call 22 are kept for the young, who then receive 23 from the earmark; P-1 is tried again.
    envelopes = [envelope("women", "earmark", 23), envelope("young", "floor", 22)]
    members = {"women": {"P-2"}, "young": {"P-2"}}
    assert awards([18, 23], 50, envelopes, members, AllocationRule.STOP_AT_FIRST) == [18, 23]


def test_earmark_in_an_earmark_falls_to_it_before_it_falls_to_the_call():
    nested = [envelope("women", "earmark", 60), envelope("young", "earmark", 30, within="women")]
    members = {"women": {"P-2"}, "young": set()}
    assert awards([60, 55], 100, nested, members) == [0, 55]


def test_rule_that_ends_at_the_first_ends_for_those_that_draw_on_what_ended():
    # The cap of the north ends at P-2; P-4 of the north is after it, P-3 of the south is not.
    found = lines(
        [40, 40, 40, 10],
        200,
        [envelope("north", "cap", 70)],
        {"north": {"P-1", "P-2", "P-4"}},
        AllocationRule.STOP_AT_FIRST,
    )
    assert [line.reason.code for line in found] == [FUNDED, CAP_REACHED, FUNDED, AFTER_FIRST]
    assert found[3].reason.values["first"] == {"number": "2"}


def test_a_cap_that_ends_with_an_award_in_part_leaves_the_money_of_the_call_to_the_others():
    """The call had all that P-1 asks for, the cap a third; the 70 left are less than that, and cover P-2."""
    rules = AllocationTerms(
        "6.1",
        AllocationRule.FUND_NEXT_IF_REST_COVERS,
        minimum_rest_share=Decimal("0.3"),
        envelopes=(envelope("north", "cap", 30),),
    )
    asked = {number: Decimal(amount) for number, amount in {"P-1": 80, "P-2": 40, "P-3": 10}.items()}
    known = Circumstances(groups=groups(north={"P-1", "P-3"}))
    found = allocate(places(90, 80, 70), asked, Money(Decimal(100), "USD"), rules, known=known)
    assert [(int(line.amount), line.reason.code) for line in found] == [
        (30, FUNDED_IN_PART),
        (40, FUNDED),
        (0, AFTER_FIRST),
    ]


def test_tied_that_are_refused_end_the_funding_for_all_that_each_of_them_draws_on():
    """P-1 asks for more than its cap leaves, P-2 for more than the call has; P-3 ranks below both."""
    rules = AllocationTerms(
        "6.1",
        AllocationRule.STOP_AT_FIRST,
        ties_at_line=TiesAtLine.FUND_NONE,
        envelopes=(envelope("north", "cap", 20),),
    )
    ranked = [place._replace(tie_broken_by="draw" if place.number == "P-2" else None) for place in places(90, 90, 80)]
    asked = {number: Decimal(amount) for number, amount in {"P-1": 30, "P-2": 90, "P-3": 10}.items()}
    known = Circumstances(groups=groups(north={"P-1"}))
    found = allocate(ranked, asked, Money(Decimal(50), "USD"), rules, known=known)
    assert [line.reason.code for line in found] == [TIED_AT_LINE, TIED_AT_LINE, AFTER_FIRST]


def test_money_of_the_call_that_ended_leaves_an_earmark_to_its_group():
    earmark = [envelope("women", "earmark", 40)]
    found = lines([50, 50, 40, 10], 100, earmark, {"women": {"P-3"}}, AllocationRule.STOP_AT_FIRST)
    assert [line.reason.code for line in found] == [FUNDED, ENVELOPE_EXHAUSTED, FUNDED, AFTER_FIRST]


@pytest.mark.parametrize(("kind", "belongs"), [("cap", True), ("floor", False), ("earmark", False)])
def test_missing_fact_counts_towards_a_cap_and_entitles_to_nothing(kind, belongs):
    proposal = Proposal("P-1", "call", Stage.PROPOSAL, "eligible", "Title", None)
    assert bool(groups_of([envelope("north", kind, 10)], proposal, "USD")) is belongs


def test_member_of_a_territory_belongs_to_the_envelopes_around_it():
    nested = [envelope("country", "cap", 100), envelope("inner", "cap", 60, within="country")]
    proposal = Proposal("P-1", "call", Stage.PROPOSAL, "eligible", "Title", None, territory="HN-FM-0801")
    assert groups_of(nested, proposal, "USD") == {"country", "inner"}
    elsewhere = proposal._replace(territory="NI-MN")
    assert groups_of(nested, elsewhere, "USD") == frozenset()


def received(found, known, code=None):
    """What the members of an envelope receive, or everybody."""
    return sum((line.amount for line in found if code is None or code in known.groups[line.number]), ZERO)


@given(enveloped_rounds(EVERY_RULE))
def test_no_envelope_is_exceeded(a_round):
    ranked, requests, total, terms, known = a_round
    found = allocate(ranked, requests, total, terms, known=known)
    assert received(found, known) <= total.amount
    for item in terms.envelopes:
        if item.kind is EnvelopeKind.CAP:
            assert received(found, known, item.code) <= item.amount


@given(enveloped_rounds([AllocationRule.SKIP_AND_FILL]))
def test_group_short_of_its_floor_or_earmark_has_nobody_that_it_could_fund(a_round):
    """What waits in the group would not fit into what it lacks, or a cap keeps it out."""
    ranked, requests, total, terms, known = a_round
    found = allocate(ranked, requests, total, terms, known=known)
    for item in terms.envelopes:
        if item.kind is EnvelopeKind.CAP or item.within is not None:
            continue
        inner = sum(
            (other.amount for other in terms.envelopes if other.code != item.code and other.kind != "cap"), ZERO
        )
        lacks = item.amount - received(found, known, item.code) - inner
        for line in found:
            is_waiting = line.reason.code == ENVELOPE_EXHAUSTED and item.code in known.groups[line.number]
            has_caps = any(other.kind == "cap" for other in terms.envelopes)
            assert not is_waiting or has_caps or requests[line.number] > lacks


@given(enveloped_rounds([AllocationRule.SKIP_AND_FILL]))
def test_everyone_refused_for_money_asked_for_more_than_was_left_to_it(a_round):
    ranked, requests, total, terms, known = a_round
    for line in allocate(ranked, requests, total, terms, known=known):
        assert (line.outcome is Outcome.AWARD) == (requests[line.number] <= line.left_amount)


@given(enveloped_rounds([AllocationRule.SKIP_AND_FILL]))
def test_proposal_that_receives_nothing_changes_no_other_award(a_round):
    ranked, requests, total, terms, known = a_round
    found = allocate(ranked, requests, total, terms, known=known)
    given_to = {line.number: line.amount for line in found}
    for refused in [line.number for line in found if line.outcome is not Outcome.AWARD]:
        others = [place for place in ranked if place.number != refused]
        without = allocate(others, requests, total, terms, known=known)
        assert {line.number: line.amount for line in without} == {
            number: amount for number, amount in given_to.items() if number != refused
        }


@given(enveloped_rounds(EVERY_RULE), st.randoms())
def test_order_of_the_input_changes_nothing(a_round, random):
    ranked, requests, total, terms, known = a_round
    shuffled = random.sample(ranked, len(ranked))
    assert allocate(shuffled, requests, total, terms, known=known) == allocate(
        ranked, requests, total, terms, known=known
    )


@given(enveloped_rounds(EVERY_RULE), st.data())
def test_frozen_awards_survive_any_withdrawal_and_no_envelope_is_exceeded(a_round, data):
    ranked, requests, total, terms, known = a_round
    found = allocate(ranked, requests, total, terms, known=known)
    awarded = {line.number: line.amount for line in found if line.outcome is Outcome.AWARD}
    waiting = frozenset(line.number for line in found if line.outcome is Outcome.RESERVE)
    withdrawn = data.draw(st.sets(st.sampled_from(sorted(awarded)))) if awarded else set()
    frozen = {number: amount for number, amount in awarded.items() if number not in withdrawn}
    promoted = allocate(ranked, requests, total, terms, known=known, standing=Standing(frozen, waiting))
    assert {line.number for line in promoted} == waiting
    stands = frozen | {line.number: line.amount for line in promoted if line.outcome is Outcome.AWARD}
    assert all(stands[number] == amount for number, amount in frozen.items())
    assert sum(stands.values(), ZERO) <= total.amount
    for item in terms.envelopes:
        if item.kind is EnvelopeKind.CAP:
            mine = [amount for number, amount in stands.items() if item.code in known.groups[number]]
            assert sum(mine, ZERO) <= item.amount


@given(enveloped_rounds(EVERY_RULE), st.booleans())
def test_nobody_is_promoted_where_nobody_withdrew(a_round, in_part):
    ranked, requests, total, terms, known = a_round
    if in_part and terms.minimum_rest_share is None:
        terms = replace(terms, partial=PartialFunding(PartialRule.LAST_ONLY, minimum_share=Decimal("0.4")))
    found = allocate(ranked, requests, total, terms, known=known)
    awarded = {line.number: line.amount for line in found if line.outcome is Outcome.AWARD}
    waiting = frozenset(line.number for line in found if line.outcome is Outcome.RESERVE)
    has_last = any(line.reason.code == FUNDED_IN_PART for line in found)
    standing = Standing(awarded, waiting, has_last=has_last)
    again = allocate(ranked, requests, total, terms, known=known, standing=standing)
    assert [line.outcome for line in again if line.outcome is Outcome.AWARD] == []


def in_part(asked, rule=AllocationRule.SKIP_AND_FILL, **terms):
    """What P-1, P-2 and P-3 receive of 100, of which a floor keeps 40 for P-3; with what the run was made from."""
    rules = AllocationTerms("6.1", rule, reserve_count=5, envelopes=(envelope("micro", "floor", 40),), **terms)
    requests = {f"P-{place}": Decimal(amount) for place, amount in enumerate(asked, 1)}
    known = Circumstances(groups=groups(micro={"P-3"}))
    ground = places(90, 80, 70), requests, Money(Decimal(100), "USD"), rules
    return allocate(*ground, known=known), ground, known


LAST_ONLY = PartialFunding(PartialRule.LAST_ONLY, minimum_share=Decimal("0.4"))


def test_award_in_part_is_topped_up_with_what_a_floor_no_longer_keeps():
    """P-1 receives 60 at its turn; the floor lets go of 30 once P-3 has its 10, and P-1 ranks before P-2."""
    found, _, _ = in_part([90, 30, 10], partial=LAST_ONLY)
    assert [(int(line.amount), line.reason.code) for line in found] == [
        (90, FUNDED),
        (0, ENVELOPE_EXHAUSTED),
        (10, FUNDED),
    ]
    assert found[0].left_amount == 90


def test_award_topped_up_in_full_leaves_the_rest_to_another_in_part():
    found, _, _ = in_part([80, 20, 5], partial=LAST_ONLY)
    assert [(int(line.amount), line.reason.code) for line in found] == [
        (80, FUNDED),
        (15, FUNDED_IN_PART),
        (5, FUNDED),
    ]


def test_award_in_part_that_is_not_topped_up_in_full_ends_the_funding_again():
    rest = {"minimum_rest_share": Decimal("0.4")}
    found, _, _ = in_part([120, 5, 10], AllocationRule.FUND_NEXT_IF_REST_COVERS, **rest)
    assert [(int(line.amount), line.reason.code) for line in found] == [
        (100, FUNDED_IN_PART),
        (0, AFTER_FIRST),
        (0, AFTER_FIRST),
    ]
    assert found[0].reason.values["granted"] == {"amount": "100.00", "currency": "USD"}


@given(enveloped_rounds([AllocationRule.SKIP_AND_FILL]))
def test_award_in_part_leaves_no_money_that_no_cap_or_earmark_holds(a_round):
    ranked, requests, total, terms, known = a_round
    floors = tuple(item for item in terms.envelopes if item.kind is EnvelopeKind.FLOOR and item.within is None)
    terms = replace(terms, partial=LAST_ONLY, envelopes=floors)
    found = allocate(ranked, requests, total, terms, known=known)
    if any(line.reason.code == FUNDED_IN_PART for line in found):
        assert received(found, known) == total.amount


def test_one_award_in_part_stands_before_another_is_made():
    """P-1 receives 90 of 95; when P-3 gives its 10 up, P-2 is not funded in part as long as P-1 stands so."""
    found, ground, known = in_part([95, 20, 10], partial=LAST_ONLY)
    awarded = {line.number: line.amount for line in found if line.amount}
    assert awarded == {"P-1": Decimal(90), "P-3": Decimal(10)}

    def promoted(given_up, *, has_last):
        frozen = {number: amount for number, amount in awarded.items() if number != given_up}
        standing = Standing(frozen, frozenset({"P-2"}), has_last=has_last)
        return [line.amount for line in allocate(*ground, known=known, standing=standing)]

    assert promoted(None, has_last=True) == promoted("P-3", has_last=True) == [0]
    assert promoted("P-3", has_last=False) == [10]
    assert promoted("P-1", has_last=False) == [20]


def test_withdrawal_inside_an_earmark_promotes_its_group_first():
    # P-1 of the women withdraws; P-4 of the women is before P-3, which ranks higher.
    ranked, asked = places(90, 80, 70, 60), {"P-1": 40, "P-2": 60, "P-3": 40, "P-4": 40}
    terms = AllocationTerms(
        "6.1", AllocationRule.SKIP_AND_FILL, reserve_count=5, envelopes=(envelope("women", "earmark", 40),)
    )
    found = allocate(
        ranked,
        {number: Decimal(amount) for number, amount in asked.items()},
        Money(Decimal(100), "USD"),
        terms,
        known=Circumstances(groups=groups(women={"P-1", "P-4"})),
        standing=Standing({"P-2": Decimal(60)}, frozenset({"P-3", "P-4"})),
    )
    assert [(line.number, line.outcome) for line in found] == [("P-3", Outcome.RESERVE), ("P-4", Outcome.AWARD)]
