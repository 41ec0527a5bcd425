"""The best selection: published optima, laws held against every selection there is, and what ends without a proof."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import product
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipgrants.analysis.optimum import Best, maximise
from pipgrants.domain.allocation_terms import AllocationRule, AllocationTerms
from pipgrants.domain.binary_program import BinaryProgram, Row
from pipgrants.domain.ranking import RankedProposal
from pipgrants.domain.selection import SelectionCase
from pipgrants.domain.vocabulary import Objective
from pipgrants.money import Money
from selections import case_of, selection_cases

NOTHING: frozenset[int] = frozenset()
LONG = 60.0


def knapsack(text: str) -> tuple[BinaryProgram, int]:
    """A problem of the OR-Library: its size, the gains, the rows and their limits; and the optimum it publishes.

    Numbers with one decimal are counted in tenths.
    """
    columns_count, rows_count, best, *numbers = [int(Fraction(word) * 10) for word in text.split()]
    columns_count, rows_count = columns_count // 10, rows_count // 10
    gains, rest = numbers[:columns_count], numbers[columns_count:]
    limits = rest[-rows_count:]
    rows = (
        Row(range(columns_count), rest[place * columns_count : (place + 1) * columns_count], limit)
        for place, limit in enumerate(limits)
    )
    return BinaryProgram(gains, tuple(rows)), best


PETERSEN_1 = """6 10 3800
100 600 1200 2400 500 2000
8 12 13 64 22 41
8 12 13 75 22 41
3 6 4 18 6 4
5 10 8 32 6 12
5 13 8 42 6 20
5 13 8 48 6 20
0 0 0 0 8 0
3 0 4 0 8 0
3 2 4 0 8 4
3 2 4 8 8 4
80 96 20 36 44 48 10 18 22 24"""

PETERSEN_2 = """10 10 8706.1
600.1 310.5 1800 3850 18.6 198.7 882 4200 402.5 327
20 5 100 200 2 4 60 150 80 40
20 7 130 280 2 8 110 210 100 40
60 3 50 100 4 2 20 40 6 12
60 8 70 200 4 6 40 70 16 20
60 13 70 250 4 10 60 90 20 24
60 13 70 280 4 10 70 105 22 28
5 2 20 100 2 5 10 60 0 0
45 14 80 180 6 10 40 100 20 0
55 14 80 200 6 10 50 140 30 40
65 14 80 220 6 10 50 180 30 50
450 540 200 360 440 480 200 360 440 480"""

PETERSEN_4 = """20 10 6120
100 220 90 400 300 400 205 120 160 580 400 140 100 1300 650 320 480 80 60 2550
8 24 13 80 70 80 45 15 28 90 130 32 20 120 40 30 20 6 3 180
8 44 13 100 100 90 75 25 28 120 130 32 40 160 40 60 55 10 6 240
3 6 4 20 20 30 8 3 12 14 40 6 3 20 5 0 5 3 0 20
5 9 6 40 30 40 16 5 18 24 60 16 11 30 25 10 13 5 1 80
5 11 7 50 40 40 19 7 18 29 70 21 17 30 25 15 25 5 1 100
5 11 7 55 40 40 21 9 18 29 70 21 17 35 25 20 25 5 2 110
0 0 1 10 4 10 0 6 0 6 32 3 0 70 10 0 0 0 0 0
3 4 5 20 14 20 6 12 10 18 42 9 12 100 20 5 6 4 1 20
3 6 9 30 29 20 12 12 10 30 42 18 18 110 20 15 18 7 2 40
3 8 9 35 29 20 16 15 10 30 42 20 18 120 20 20 22 7 3 50
550 700 130 240 280 310 110 205 260 275"""

PETERSEN_6 = """39 5 10618
560 1125 300 620 2100 431 68 328 47 122 322 196 41 25 425 4260 416 115 82 22
631 132 420 86 42 103 215 81 91 26 49 420 316 72 71 49 108 116 90
40 91 10 30 160 20 3 12 3 18 9 25 1 1 10 280 10 8 1 1 49 8 21 6 1 5 10 8 2 1 0 10 42 6 4 8 0 10 1
16 92 41 16 150 23 4 18 6 0 12 8 2 1 0 200 20 6 2 1 70 9 22 4 1 5 10 6 4 0 4 12 8 4 3 0 10 0 6
38 39 32 71 80 26 5 40 8 12 30 15 0 1 23 100 0 20 3 0 40 6 8 0 6 4 22 4 6 1 5 14 8 2 8 0 20 0 0
8 71 30 60 200 18 6 30 4 8 31 6 3 0 18 60 21 4 0 2 32 15 31 2 2 7 8 2 8 0 2 8 6 7 1 0 0 20 8
38 52 30 42 170 9 7 20 0 3 21 4 1 2 14 310 8 4 6 1 18 15 38 10 4 8 6 0 0 3 0 10 6 1 3 0 3 5 4
600 500 500 500 600"""


@pytest.mark.parametrize("text", [PETERSEN_1, PETERSEN_2, PETERSEN_4, PETERSEN_6])
def test_the_published_optima_of_knapsacks_with_several_constraints_are_found(text: str) -> None:
    """C. C. Petersen, Management Science 13(9), 1967, 736-750: problems 1, 2, 4 and 6 (OR-Library, mknap1)."""
    program, published = knapsack(text)
    found = maximise(program, NOTHING, LONG)
    assert (found.value, found.bound, found.is_settled) == (published, published, True)
    assert program.holds(found.chosen)


@st.composite
def programs(draw: st.DrawFn) -> tuple[BinaryProgram, frozenset[int]]:
    """A small program, with rows of caps and rows of floors, and a solution of it."""
    count = draw(st.integers(1, 9))
    most, heaviest = draw(st.sampled_from((3, 20, 10**6))), draw(st.sampled_from((3, 20, 10**9)))
    gains = draw(st.lists(st.integers(0, most), min_size=count, max_size=count))
    chosen = draw(st.frozensets(st.integers(0, count - 1)))
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        columns = sorted(draw(st.sets(st.integers(0, count - 1), min_size=1)))
        sign = draw(st.sampled_from((1, 1, 1, -1)))
        weights = [sign * draw(st.integers(0, heaviest)) for _ in columns]
        least = Row(columns, weights, 0).sum(chosen)
        rows.append(Row(columns, weights, least + draw(st.integers(0, heaviest))))
    return BinaryProgram(gains, tuple(rows)), chosen


def every_solution(program: BinaryProgram) -> Iterator[tuple[int, ...]]:
    for solution in product((0, 1), repeat=len(program.gains)):
        if program.holds(columns(solution)):
            yield solution


def columns(solution: tuple[int, ...]) -> frozenset[int]:
    return frozenset(place for place, is_chosen in enumerate(solution) if is_chosen)


def standing(program: BinaryProgram, solution: tuple[int, ...]) -> tuple[int, int, tuple[int, ...]]:
    """What makes a solution better: its value, then its ranks, then the first column in which two differ."""
    ranks = (len(solution) - place for place in columns(solution))
    return program.value(columns(solution)), sum(ranks), solution


@given(programs(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_the_best_of_all_solutions_is_found_and_of_equals_the_best_ranked(
    given_: tuple[BinaryProgram, frozenset[int]], is_narrow: bool
) -> None:
    """Whether all columns are searched at once, or one of them first and then those left open; priced two by two."""
    program, known = given_
    best = max(every_solution(program), key=lambda solution: standing(program, solution))
    with pytest.MonkeyPatch.context() as patch:
        if is_narrow:
            patch.setattr("pipgrants.analysis.optimum.FIRST_CORE", 1)
            patch.setattr("pipgrants.analysis.optimum.SIFTED", 2)
        found = maximise(program, known, LONG)
    value = program.value(columns(best))
    assert found == Best(columns(best), value, value, True)


@given(programs())
@settings(max_examples=100, deadline=None)
def test_the_bound_holds_where_there_was_no_time(given_: tuple[BinaryProgram, frozenset[int]]) -> None:
    program, known = given_
    found = maximise(program, known, 0.0)
    most = max(program.value(columns(solution)) for solution in every_solution(program))
    assert program.value(known) <= found.value <= most <= found.bound
    assert program.holds(found.chosen)


@pytest.mark.parametrize("money", [10**11, 10**17])
def test_amounts_that_double_precision_does_not_tell_apart_prove_nothing(money: int) -> None:
    """HiGHS calls a program with numbers of 10^15 and more infeasible."""
    program = BinaryProgram([1, 1, 1], (Row(range(3), [money - 1, 1, 1], money),))
    found = maximise(program, frozenset({0}), LONG)
    assert program.holds(found.chosen)
    assert (found.value, found.bound, found.is_proved) == ((2, 2, True) if money < 10**13 else (1, 3, False))


def test_gains_beyond_double_precision_are_still_chosen_by() -> None:
    program = BinaryProgram([10**24 + 1, 10**24, 3 * 10**23], (Row(range(3), [2, 1, 1], 2),))
    found = maximise(program, frozenset({0}), LONG)
    assert (found.chosen, found.is_proved) == (frozenset({1, 2}), False)
    assert found.value <= found.bound


def test_a_solution_that_breaks_a_row_is_no_start() -> None:
    program = BinaryProgram([1], (Row([0], [2], 1),))
    with pytest.raises(ValueError, match="breaks a row"):
        maximise(program, frozenset({0}), LONG)


def test_scores_with_many_decimals_are_told_apart() -> None:
    """Two totals that differ in the fifth decimal, and one place."""
    scores = [Decimal("81.33334"), Decimal("81.33333")]
    gains = [int(score.scaleb(5)) for score in scores]
    program = BinaryProgram(gains[::-1], (Row(range(2), [1, 1], 1),))
    assert maximise(program, NOTHING, LONG).chosen == frozenset({1})


# Proposals


def awarded(case: SelectionCase) -> frozenset[int]:
    return frozenset(place for place, candidate in enumerate(case.candidates) if candidate.number in case.awarded)


@given(selection_cases(), st.sampled_from(Objective))
@settings(max_examples=150, deadline=None)
def test_the_optimum_is_the_best_of_all_selections_and_at_least_the_rules(
    case: SelectionCase, objective: Objective
) -> None:
    assume(case.candidates)
    program = case.program(objective)
    found = maximise(program, awarded(case), LONG)
    best = max(every_solution(program), key=lambda solution: standing(program, solution))
    assert found == Best(columns(best), program.value(columns(best)), program.value(columns(best)), True)
    assert found.value >= program.value(awarded(case))


@given(selection_cases(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_rows_changes_nothing(case: SelectionCase, chance: Random) -> None:
    assume(case.candidates)
    program = case.program(Objective.SUM_OF_SCORES)
    rows = [_shuffled(row, chance) for row in chance.sample(program.rows, len(program.rows))]
    assert maximise(replace(program, rows=tuple(rows)), awarded(case), LONG) == maximise(program, awarded(case), LONG)


def _shuffled(row: Row, chance: Random) -> Row:
    pairs = [*zip(row.columns, row.coefficients, strict=True)]
    chance.shuffle(pairs)
    return Row([column for column, _ in pairs], [number for _, number in pairs], row.limit)


def test_maximising_the_sum_of_scores_funds_many_small_projects() -> None:
    """The best one takes the money of three that are worth more together; by score times amount it stays."""
    ranked = [RankedProposal(rank, f"P-{rank}", Decimal(total)) for rank, total in enumerate((90, 60, 55, 50), 1)]
    requests = {place.number: Decimal(30 if place.rank == 1 else 10) for place in ranked}
    terms = AllocationTerms("6", AllocationRule.SKIP_AND_FILL)
    case = case_of(ranked, requests, Money(Decimal(30), "USD"), terms)
    by_scores, by_money = (maximise(case.program(objective), awarded(case), LONG) for objective in Objective)
    assert (by_scores.chosen, by_scores.value) == (frozenset({1, 2, 3}), 165)
    assert (by_money.chosen, by_money.value) == (frozenset({0}), 90 * 30_00)
