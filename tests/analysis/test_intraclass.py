"""Intraclass correlations: the values of Shrout and Fleiss, one-way estimates by hand, and what is not computable."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipgrants.analysis.estimate import Estimate
from pipgrants.analysis.intraclass import (
    EQUAL_MEANS,
    NO_VARIATION,
    NOT_CROSSED,
    ONE_MARK,
    ONE_PROPOSAL,
    Intraclass,
    intraclass,
)

TABLE_2 = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
    dtype=float,
)
"""Shrout and Fleiss (1979), table 2: four judges rate six targets."""


def of_table(table: np.ndarray) -> Intraclass:
    row, column = np.indices(table.shape)
    return intraclass(row.ravel(), column.ravel(), table.ravel())


def of_nested(*marks: list[float]) -> Intraclass:
    """Every proposal has evaluators of its own."""
    row = np.array([place for place, given in enumerate(marks) for _ in given])
    values = np.array([mark for given in marks for mark in given], dtype=float)
    return intraclass(row, np.arange(len(row)), values)


def test_the_six_forms_as_shrout_and_fleiss_published_them() -> None:
    found = of_table(TABLE_2)
    single = [forms.single.value for forms in found]
    mean = [forms.mean.value for forms in found]
    assert [round(value or 0, 2) for value in single] == [0.17, 0.29, 0.71]
    assert [round(value or 0, 2) for value in mean] == [0.44, 0.62, 0.91]


def test_intervals_follow_the_formulas_of_the_paper() -> None:
    found = of_table(TABLE_2)
    bounds = [(round(item.low or 0, 2), round(item.high or 0, 2)) for forms in found for item in forms]
    assert bounds == [(-0.13, 0.72), (-0.88, 0.91), (0.02, 0.76), (0.07, 0.93), (0.34, 0.95), (0.68, 0.99)]


def test_unequal_numbers_of_marks_are_estimated_without_an_interval() -> None:
    """By hand: means 1.5 and 4, mean squares 7.5 and 2.5/3, k0 = 5 - 13/5 = 2.4."""
    found = of_nested([1, 2], [3, 5, 4])
    within = 2.5 / 3
    assert found.one.single == Estimate(pytest.approx((7.5 - within) / (7.5 + 1.4 * within)))
    assert found.one.mean == Estimate(pytest.approx((7.5 - within) / 7.5))
    assert found.two.single == found.three.mean == Estimate(reason=NOT_CROSSED)


def test_evaluators_of_its_own_for_each_proposal_leave_icc_1_with_its_interval() -> None:
    nested, crossed = of_nested(*TABLE_2.tolist()), of_table(TABLE_2)
    assert nested.one == crossed.one
    assert nested.three.single == Estimate(reason=NOT_CROSSED)


tables = arrays.arrays(np.float64, st.tuples(st.integers(2, 6), st.integers(2, 4)), elements=st.integers(0, 5))


@given(tables)
def test_forms_for_the_mean_are_those_for_one_stepped_up(table: np.ndarray) -> None:
    """Spearman and Brown: the reliability of the mean of k is k r / (1 + (k - 1) r)."""
    k = table.shape[1]
    for forms in of_table(table):
        one, mean = forms.single.value, forms.mean.value
        if one is not None and mean is not None and abs(1 + (k - 1) * one) > 1e-6:
            assert mean == pytest.approx(k * one / (1 + (k - 1) * one), rel=1e-6, abs=1e-9)


@example(np.array([[1.0, 0.0], [2.0, 3.0]]))
@given(tables)
def test_every_figure_is_a_number_within_its_interval_or_has_a_reason(table: np.ndarray) -> None:
    for forms in of_table(table):
        for item in forms:
            assert (item.value is None) is (item.reason is not None)
            assert all(np.isfinite(bound) for bound in item[:3] if bound is not None)
            if item.value is not None and item.low is not None and item.high is not None:
                assert item.low - 1e-9 <= item.value <= item.high + 1e-9


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([[3, 3], [3, 3]], NO_VARIATION),
        ([[3, 4, 5]], ONE_PROPOSAL),
        ([[3], [4]], ONE_MARK),
        ([[np.nan, np.nan]], ONE_PROPOSAL),
        ([[np.nan, 1], [2, np.nan]], ONE_MARK),
    ],
)
def test_what_is_not_computable_says_why(table: list[list[float]], reason: str) -> None:
    found = of_table(np.array(table, dtype=float))
    assert {item for forms in found for item in forms} == {Estimate(reason=reason)}


def test_proposals_of_equal_means_have_no_reliability_of_the_mean() -> None:
    found = of_table(np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]))
    assert found.one.mean == found.three.single == found.three.mean == Estimate(reason=EQUAL_MEANS)
    assert found.two.single == Estimate(0.0)


def test_perfect_agreement_is_one() -> None:
    found = of_table(np.array([[1.0, 1.0], [4.0, 4.0], [5.0, 5.0]]))
    assert {item for forms in found for item in forms} == {Estimate(1.0)}
