"""Selections of proposals: the rule's own awards are one, and no other exceeds what the call says."""

from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enveloped import envelope, groups
from pipgrants.domain.allocation_terms import (
    AllocationRule,
    AllocationTerms,
    EnvelopeKind,
    PartialFunding,
    PartialRule,
    TiesAtLine,
)
from pipgrants.domain.circumstances import NOTHING_KNOWN, Circumstances
from pipgrants.domain.earmarks import drawn_from_earmarks, unions
from pipgrants.domain.ranking import RankedProposal
from pipgrants.domain.vocabulary import Objective
from pipgrants.errors import RefusedError
from pipgrants.money import Money
from selections import case_of, selection_cases

SCORES, MONEY = Objective
SKIP = AllocationRule.SKIP_AND_FILL
CAP, FLOOR, EARMARK = EnvelopeKind


def ranking(*totals):
    return [RankedProposal(rank, f"P-{rank}", Decimal(total)) for rank, total in enumerate(totals, 1)]


def simple(asked, money, known=NOTHING_KNOWN, totals=None, rule=SKIP, below=frozenset(), **details):
    """The case of P-1, P-2, ... that ask for these amounts in dollars."""
    ranked = ranking(*(totals or [90 - place for place in range(len(asked))]))
    requests = {place.number: Decimal(amount) for place, amount in zip(ranked, asked, strict=True)}
    return case_of(ranked, requests, Money(Decimal(money), "USD"), AllocationTerms("6", rule, **details), known, below)


def numbers(case, places):
    return [case.candidates[place].number for place in sorted(places)]


def possible(case):
    """Every selection that keeps to the rows, as the places in rank of those funded."""
    program = case.program(SCORES)
    everybody = range(len(case.candidates))
    chosen = (frozenset(places) for size in range(len(everybody) + 1) for places in combinations(everybody, size))
    return {
        tuple(int(number.removeprefix("P-")) for number in numbers(case, places))
        for places in chosen
        if program.holds(places)
    }


# Who can be funded together


def test_money_covers_a_selection_without_the_margin_kept_for_appeals():
    case = simple([40, 30, 20], 70, appeal_margin_amount=Decimal(10))
    assert possible(case) == {(), (1,), (2,), (3,), (1, 3), (2, 3)}


def test_who_failed_a_threshold_or_the_minimum_score_is_left_out():
    rules = {"rule": AllocationRule.MINIMUM_SCORE_THEN_FILL, "minimum_score": Decimal(70)}
    case = simple([10, 10, 10], 100, totals=["90", "70", "69.9999"], below={"P-1"}, **rules)
    assert [candidate.number for candidate in case.candidates] == ["P-2"]


def test_a_selection_holds_as_many_awards_as_the_call_allows():
    rules = {"rule": AllocationRule.RANK_AND_CUT, "maximum_awards": 1}
    assert possible(simple([10, 10], 100, **rules)) == {(), (1,), (2,)}


def test_awards_of_the_tied_beyond_the_maximum_are_allowed_as_the_rule_makes_them():
    ranked = [*ranking(90), RankedProposal(2, "P-2", Decimal(90), "draw")]
    terms = AllocationTerms(
        "6", AllocationRule.RANK_AND_CUT, maximum_awards=1, ties_at_line=TiesAtLine.FUND_ALL_IF_MONEY_ALLOWS
    )
    case = case_of(ranked, {"P-1": Decimal(1), "P-2": Decimal(1)}, Money(Decimal(9), "USD"), terms)
    assert (1, 2) in possible(case)


def test_an_applicant_has_one_award_where_the_call_says_so():
    known = Circumstances(applicants={"P-1": "A", "P-2": "A", "P-3": "B"})
    assert (1, 2) not in possible(simple([10, 10, 10], 100, known, one_award_per_applicant=True))
    assert (1, 2) in possible(simple([10, 10, 10], 100, known))


def test_mutually_exclusive_proposals_are_not_funded_together():
    """P-1 excludes P-2, which excludes P-3: a chain, of which the ends can be funded together."""
    chain = {"P-1": frozenset({"P-2"}), "P-2": frozenset({"P-1", "P-3"}), "P-3": frozenset({"P-2"})}
    assert possible(simple([1, 1, 1], 100, Circumstances(rivals=chain))) == {(), (1,), (2,), (3,), (1, 3)}


def test_rivals_of_each_other_are_one_row():
    three = {f"P-{one}": frozenset(f"P-{other}" for other in (1, 2, 3) if other != one) for one in (1, 2, 3)}
    program = simple([1, 1, 1], 100, Circumstances(rivals=three)).program(SCORES)
    assert [row.limit for row in program.rows] == [100_00, 1]


def test_a_locality_has_as_many_awards_as_it_can_and_earlier_ones_count():
    known = Circumstances(localities={"P-1": "HN-FM", "P-2": "HN-FM", "P-3": None}, helped={"HN-FM": 1, None: 5})
    found = possible(simple([1, 1, 1], 100, known, maximum_awards_per_locality=2))
    assert found == {(), (1,), (2,)}


def test_a_cap_bounds_its_group():
    known = Circumstances(groups=groups(capital=["P-1", "P-2"]))
    found = possible(simple([30, 20, 10], 100, known, envelopes=(envelope("capital", CAP, 40),)))
    assert found == {(), (1,), (2,), (3,), (1, 3), (2, 3)}


def test_the_group_of_a_floor_receives_as_much_as_by_the_rule_up_to_the_floor():
    """The rule funds P-1 and, for the floor, P-3; it has no more to give to the floor than 10."""
    known = Circumstances(groups=groups(west=["P-3"]))
    case = simple([60, 40, 10], 100, known, envelopes=(envelope("west", FLOOR, 30),))
    assert case.awarded == {"P-1", "P-3"}
    assert possible(case) == {(3,), (1, 3), (2, 3)}


def test_money_of_two_earmarks_is_counted_once():
    """P-1 belongs to both and fills one of them: somebody else of one of them must be funded beside it."""
    both = (envelope("women", EARMARK, 50), envelope("west", EARMARK, 50))
    known = Circumstances(groups=groups(women=["P-1", "P-2"], west=["P-1", "P-3"]))
    case = simple([50, 50, 50, 10], 110, known, envelopes=both)
    assert case.awarded == {"P-1", "P-2", "P-4"}
    assert possible(case) == {(1, 2), (1, 3), (2, 3), (1, 2, 4), (1, 3, 4), (2, 3, 4)}


def test_what_an_earmark_leaves_is_drawn_where_it_goes():
    earmarks = (envelope("north", EARMARK, 30), envelope("south", EARMARK, 50, leftovers_to="north"))
    amounts = {"north": 30, "south": 50}
    spent = {frozenset({"north"}): 60, frozenset({"south"}): 20}
    assert drawn_from_earmarks(earmarks, amounts, spent) == {"north": 60, "south": 20}


def test_an_earmark_within_another_is_drawn_first_and_carved_out_of_it():
    earmarks = (envelope("rural", EARMARK, 50), envelope("west", EARMARK, 20, within="rural"))
    spent = {frozenset({"rural", "west"}): 60}
    assert drawn_from_earmarks(earmarks, {"rural": 50, "west": 20}, spent) == {"rural": 30, "west": 20}


def test_unions_of_earmarks_that_share_nobody_are_not_looked_at():
    """Three within one that lie apart: each by itself, and all of them with the one around."""
    belonging = [frozenset({"all", code}) for code in ("a", "b", "c")]
    assert unions(belonging) == [
        frozenset({"a"}),
        frozenset({"a", "b", "c", "all"}),
        frozenset({"b"}),
        frozenset({"c"}),
    ]


def test_earmarks_that_overlap_in_too_many_ways_are_refused():
    codes = [f"e{place:02}" for place in range(12)]
    belonging = [frozenset(pair) for pair in combinations(codes, 2)]
    with pytest.raises(RefusedError, match="in more than 1,000 ways"):
        unions(belonging)


EARMARKED = st.dictionaries(st.frozensets(st.sampled_from("abcd")), st.integers(0, 6), min_size=1, max_size=6)


@given(EARMARKED, st.fixed_dictionaries(dict.fromkeys("abcd", st.integers(0, 8))))
@settings(max_examples=300)
def test_unions_receive_enough_exactly_where_every_earmark_can_draw_its_part(spent, needed):
    """Against giving the money out unit by unit, along augmenting paths."""
    told = all(
        sum(units for kind, units in spent.items() if kind & union) >= sum(needed[code] for code in union)
        for union in [*unions(spent), *(frozenset({code}) for code in "abcd")]
    )
    assert told == _can_draw([kind for kind, units in spent.items() for _ in range(units)], needed)


def _can_draw(units, needed):
    """Whether units can be given to the earmarks they belong to so that each has enough."""
    places = [code for code, count in needed.items() for _ in range(count)]
    holder = {}

    def place(slot, seen):
        for unit, kind in enumerate(units):
            if places[slot] in kind and unit not in seen:
                seen.add(unit)
                if unit not in holder or place(holder[unit], seen):
                    holder[unit] = slot
                    return True
        return False

    return all(place(slot, set()) for slot in range(len(places)))


# What it is worth


def test_objectives_are_exact_in_whole_numbers():
    case = simple(["10.50", "20"], 100, totals=["81.3333", "80.5"])
    assert list(case.program(SCORES).gains) == [813_333, 805_000]
    assert list(case.program(MONEY).gains) == [813_333 * 1_050, 805_000 * 2_000]
    assert case.value(813_333 + 805_000, SCORES) == Decimal("161.8333")
    assert case.value(813_333 * 1_050, MONEY) == Decimal("853.999650")


def test_who_is_funded_in_part_is_taken_at_that_part():
    terms = {"partial": PartialFunding(PartialRule.LAST_ONLY, minimum_share=Decimal("0.5"))}
    case = simple([60, 50, 30], 100, rule=AllocationRule.STOP_AT_FIRST, **terms)
    assert [candidate.units for candidate in case.candidates] == [60_00, 40_00, 30_00]


# Laws


@given(selection_cases())
@settings(max_examples=400, deadline=None)
def test_the_awards_of_the_rule_are_a_selection(case):
    program = case.program(SCORES)
    awarded = {place for place, candidate in enumerate(case.candidates) if candidate.number in case.awarded}
    assert len(awarded) == len(case.awarded)
    assert program.holds(awarded)


@given(selection_cases(), st.data())
@settings(max_examples=200, deadline=None)
def test_no_selection_exceeds_the_money_or_a_cap(case, data):
    program, everybody = case.program(SCORES), range(len(case.candidates))
    chosen = data.draw(st.frozensets(st.sampled_from([*everybody]))) if everybody else frozenset()
    if program.holds(chosen):
        funded = [case.candidates[place] for place in chosen]
        assert sum(item.units for item in funded) <= case.envelope.amount * 100
        for item in case.terms.envelopes:
            members = [one.units for one in funded if item.code in case.known.groups.get(one.number, ())]
            assert item.kind is not CAP or sum(members) <= item.amount * 100
