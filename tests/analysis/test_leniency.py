"""Leniency: found where it was planted, and no change to any score where evaluators do not differ."""

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.analysis.hierarchy import Variances, posterior
from pipgrants.analysis.leniency import leniency, ridge_of

scores = st.lists(st.integers(0, 100), min_size=2, max_size=8)


def crossed(table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    row, column = np.indices(table.shape)
    return row.ravel(), column.ravel(), table.ravel().astype(float)


@given(scores, st.integers(2, 5), st.floats(1e-6, 100))
def test_corrected_scores_equal_raw_ones_where_evaluators_do_not_differ(
    marks: list[int], evaluators: int, ridge: float
) -> None:
    found = leniency(*crossed(np.repeat(np.array(marks)[:, None], evaluators, axis=1)), ridge)
    assert found.leniency == pytest.approx(np.zeros(evaluators), abs=1e-9)
    assert found.corrected == pytest.approx(found.raw, abs=1e-9)


def test_corrected_scores_are_the_raw_ones_where_the_model_finds_no_leniency() -> None:
    marks = np.array([[60.0, 64, 56], [70, 66, 74], [81, 80, 79], [40, 41, 42.5]])
    marks -= marks.mean(axis=0) - marks.mean()
    row, column, values = crossed(marks)
    ridge = ridge_of(posterior(row, column, values).variances)
    found = leniency(row, column, values, ridge)
    assert ridge == inf
    assert (found.corrected == found.raw).all()


@given(scores, st.lists(st.integers(-10, 10), min_size=2, max_size=5))
def test_leniency_without_error_is_taken_out_whole(marks: list[int], planted: list[int]) -> None:
    table = np.array(marks)[:, None] + np.array(planted)[None, :]
    found = leniency(*crossed(table), ridge_of(None))
    assert found.leniency == pytest.approx(np.array(planted) - np.mean(planted), abs=1e-4)
    assert found.corrected == pytest.approx(np.array(marks) + np.mean(planted), abs=1e-4)


def test_corrected_scores_do_not_depend_on_who_was_assigned() -> None:
    """Three proposals of one quality, each marked by two of three evaluators who differ: raw means differ."""
    row, column = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 1, 2, 2, 0])
    values = 50 + np.array([-6.0, 0, 6])[column]
    found = leniency(row, column, values, ridge_of(None))
    assert found.raw == pytest.approx([47, 53, 50])
    assert found.corrected == pytest.approx([50, 50, 50], abs=1e-4)


def test_leniencies_are_drawn_to_zero_by_the_ridge() -> None:
    row, column, values = crossed(np.array([[50.0, 58], [60, 68], [70, 78]]))
    assert leniency(row, column, values, 3).leniency == pytest.approx([-2, 2])
    assert leniency(row, column, values, inf).leniency == pytest.approx([0, 0])


def test_each_part_of_the_review_graph_is_measured_by_itself() -> None:
    row, column = np.array([0, 0, 1, 1]), np.array([0, 1, 2, 3])
    found = leniency(row, column, np.array([80.0, 84, 20, 28]), 1e-6)
    assert found.leniency == pytest.approx([-2, 2, -4, 4], abs=1e-3)


def test_the_ridge_is_the_ratio_of_the_variances() -> None:
    assert ridge_of(Variances(9, 2, 6)) == 3
    assert ridge_of(Variances(9, 0, 6)) == inf
