"""How far proposals stand from the line between those funded and the others."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.allocation_terms import AllocationRule, AllocationTerms
from pipgrants.domain.call import Call
from pipgrants.domain.line import RankedPlace, not_followed, points_from_line
from pipgrants.domain.vocabulary import Objective
from pipgrants.reading import read_file

CALL = read_file(Path(__file__).resolve().parents[2] / "workflows" / "calls" / "pip-one-stage.yaml", Call)


def places(*rows):
    return [RankedPlace(Decimal(total), funded, can) for total, funded, can in rows]


def points(*rows):
    return [None if item is None else float(item) for item in points_from_line(places(*rows))]


def test_those_funded_stand_above_the_first_below_them_that_is_not():
    assert points((90, True, True), (80, True, True), (79.75, False, True), (60, False, True)) == [
        10.25,
        0.25,
        -0.25,
        -20,
    ]


def test_one_that_was_passed_over_stands_between_its_neighbours():
    assert points((90, True, True), (85, False, True), (80, True, True), (70, False, True)) == [5, -5, 10, -10]


def test_without_anybody_on_the_other_side_there_is_no_line():
    assert points((90, True, True), (80, True, True)) == [None, None]
    assert points((90, False, True), (80, False, True)) == [None, None]


def test_who_failed_a_threshold_stands_nowhere():
    assert points((90, True, True), (85, False, False), (80, False, True)) == [10, None, -10]


ROWS = st.lists(st.tuples(st.integers(0, 100), st.booleans(), st.booleans()), max_size=12)


@given(ROWS)
def test_points_are_never_on_the_wrong_side_of_the_line(rows):
    ranked = places(*((total, funded, can or funded) for total, funded, can in sorted(rows, reverse=True)))
    for place, own in zip(ranked, points_from_line(ranked), strict=True):
        if own is not None:
            assert place.can_be_funded
            assert own >= 0 if place.is_funded else own <= 0


def test_an_announced_objective_and_envelopes_are_not_followed_under_other_weights():
    assert list(not_followed(CALL)) == []
    terms = AllocationTerms(
        "6.1", AllocationRule.OPTIMISE, objective=Objective.SUM_OF_SCORES, one_award_per_applicant=True
    )
    assert list(not_followed(replace(CALL, allocation=terms))) == [
        "allocation.rule.optimise",
        "allocation.one_award_per_applicant",
    ]
