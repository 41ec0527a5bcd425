"""Which proposals evaluators see differently, and which parts of the review graph nobody joins."""

from decimal import Decimal

import pytest

from pipgrants.analysis.disagreement import components, disagreements
from pipgrants.analysis.score_matrix import ScoreMatrix, score_matrix
from pipgrants.domain.rubric import Scale

FIVE = Scale(Decimal(0), Decimal(5), Decimal("0.5"), {})
TEN = Scale(Decimal(1), Decimal(11), Decimal(1), {})


def matrix_of(**marks: dict[str, list[str | None]]) -> ScoreMatrix:
    """Marks by proposal and evaluator: of a criterion from 0 to 5, and of one from 1 to 11 that weighs three times."""
    evaluators = sorted({name for sheets in marks.values() for name in sheets})
    return score_matrix(
        proposals=list(marks),
        evaluators=evaluators,
        criteria=["idea", "plan"],
        weights=[Decimal(1), Decimal(3)],
        scales=[FIVE, TEN],
        evaluations=[
            (number, name, [None if mark is None else Decimal(mark) for mark in sheet])
            for number, sheets in marks.items()
            for name, sheet in sheets.items()
        ],
    )


def test_marks_of_different_scales_are_shares_of_them() -> None:
    matrix = matrix_of(P1={"eva": ["5", "1"], "edna": ["0", "11"], "emilio": ["2.5", None]})
    assert matrix.shares() == pytest.approx([1 / 4, 3 / 4, 1 / 2])
    assert matrix.totals() == pytest.approx([5 + 3, 33, 2.5 * 38 / 5])


def test_of_two_who_differ_neither_stands_apart() -> None:
    found = disagreements(matrix_of(P1={"eva": ["5", "11"], "edna": ["0", "1"]}), 0.2)
    assert [(item.spread, item.apart) for item in found] == [(1.0, None)]


def test_of_three_the_one_stands_apart_without_whom_the_others_agree() -> None:
    matrix = matrix_of(P1={"edna": ["3", "7"], "emilio": ["0", "1"], "eva": ["3", "8"]})
    (found,) = disagreements(matrix, 0.2)
    assert found.apart is not None
    assert matrix.evaluators[found.apart] == "emilio"


def test_the_widest_disagreement_comes_first_and_a_single_mark_is_none() -> None:
    matrix = matrix_of(
        P1={"eva": ["2", "5"], "edna": ["2", "8"]},
        P2={"eva": ["0", "1"], "edna": ["5", "11"]},
        P3={"eva": ["0", "1"]},
    )
    assert [matrix.proposals[item.proposal] for item in disagreements(matrix, 0.2)] == ["P2", "P1"]


def test_a_difference_that_reaches_the_limit_counts() -> None:
    matrix = matrix_of(P1={"eva": ["1", "4"], "edna": ["2", "6"]})
    assert len(disagreements(matrix, 0.2)) == 1
    assert disagreements(matrix, 0.201) == []


def test_who_marked_nothing_applicable_does_not_differ() -> None:
    matrix = matrix_of(P1={"eva": [None, None], "edna": ["5", "11"], "emilio": ["0", "1"]})
    (found,) = disagreements(matrix, 0.2)
    assert (found.low, found.high, found.apart) == (0, 1, None)


def test_parts_that_no_evaluator_joins_are_told_the_largest_first() -> None:
    sheet: list[str | None] = ["1", "1"]
    matrix = matrix_of(
        P1={"eva": sheet},
        P2={"edna": sheet, "emilio": sheet},
        P3={"emilio": sheet, "ema": sheet},
        P4={"eva": sheet},
        P5={"ema": sheet},
    )
    names = [
        ([matrix.proposals[place] for place in rows], [matrix.evaluators[place] for place in columns])
        for rows, columns in components(matrix)
    ]
    assert names == [(["P2", "P3", "P5"], ["edna", "ema", "emilio"]), (["P1", "P4"], ["eva"])]
