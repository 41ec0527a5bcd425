"""What rules ask of proposals besides rank and request: who is tied, who holds what, and whose turn it is."""

from decimal import Decimal

import pytest

from pipgrants.domain.allocation_terms import AllocationRule, AllocationTerms
from pipgrants.domain.circumstances import Circumstances, Holders
from pipgrants.domain.ranking import RankedProposal

TERRITORIES = {"P-1": "HN-FM", "P-2": "HN-FM", "P-3": "HN-CR", "P-4": "HN-CR", "P-5": None}


def ranked(*words):
    """Places of one total, from the word that put each below the one above."""
    return [RankedProposal(rank, f"P-{rank}", Decimal(80), word) for rank, word in enumerate(words, 1)]


def holders(*numbers, known=None, **terms):
    found = Holders(known or Circumstances(), AllocationTerms("6.1", AllocationRule.SKIP_AND_FILL, **terms))
    for number in numbers:
        found.add(number)
    return found


def numbers(places):
    return [place.number for place in places]


@pytest.mark.parametrize(
    ("words", "tied"),
    [
        ((None, "draw", "draw"), [["P-1", "P-2", "P-3"]]),
        ((None, "number", None, "draw"), [["P-1", "P-2"], ["P-3", "P-4"]]),
        ((None, "lower_grant", "draw"), [["P-1"], ["P-2", "P-3"]]),
        (("draw", "draw"), [["P-1", "P-2"]]),
    ],
)
def test_those_are_tied_that_no_declared_tie_break_tells_apart(words, tied):
    assert [numbers(group) for group in Circumstances().tied(ranked(*words))] == tied


def test_a_territory_without_an_award_has_its_turn_first():
    found = holders("P-1", known=Circumstances(territories=TERRITORIES))
    assert numbers(found.in_turn(ranked(None, "draw", "draw")[1:])) == ["P-3", "P-2"]


def test_a_territory_that_is_not_on_record_comes_last():
    found = holders(known=Circumstances(territories=TERRITORIES))
    tied = [*ranked(*[None] * 5)[4:], *ranked(*[None] * 3)[2:]]
    assert numbers(found.in_turn(tied)) == ["P-3", "P-5"]


def test_a_queue_counts_each_for_the_territories_of_those_behind_and_awards_nothing():
    found = holders("P-1", known=Circumstances(territories=TERRITORIES))
    assert numbers(found.queue([ranked(*[None] * 5)[1:]])) == ["P-3", "P-2", "P-4", "P-5"]
    assert len(found) == 1
    second, _, fourth = ranked(*[None] * 4)[1:]
    assert numbers(found.in_turn([second, fourth])) == ["P-4", "P-2"]


def test_an_applicant_is_excluded_only_where_each_receives_one_award():
    known = Circumstances(applicants={"P-1": "E-1", "P-2": "E-1"})
    assert holders("P-1", known=known, one_award_per_applicant=True).of_same_applicant("P-2") == "P-1"
    assert holders("P-1", known=known).admits("P-2")


def test_a_rival_excludes():
    found = holders("P-1", known=Circumstances(rivals={"P-2": frozenset({"P-1", "P-9"})}))
    assert (found.rival_of("P-2"), found.admits("P-2"), found.admits("P-3")) == ("P-1", False, True)


def test_a_locality_is_full_with_what_other_calls_gave_it():
    known = Circumstances(localities={"P-1": "HN-FM-0801", "P-2": "HN-FM-0801"}, helped={"HN-FM-0801": 1})
    limit = {"maximum_awards_per_locality": 2, "known": known}
    assert [holders(*held, **limit).admits("P-2") for held in ((), ("P-1",))] == [True, False]
