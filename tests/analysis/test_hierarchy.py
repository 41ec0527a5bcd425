"""The hierarchical model: variances held against analysis of variance, and scores against the whole covariance."""

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from pipgrants.analysis.hierarchy import Posterior, posterior, why_not

seeds = st.integers(0, 10_000)


def drawn(seed: int, proposals: int, evaluators: int, each: int, deviations: tuple[float, float, float]):
    """Marks of ``each`` evaluators for every proposal: (row, column, values, planted leniencies)."""
    chance = np.random.default_rng(seed)
    row = np.repeat(np.arange(proposals), each)
    column = np.concatenate([chance.permutation(evaluators)[:each] for _ in range(proposals)])
    of_proposal, of_evaluator, of_error = deviations
    leniency = chance.normal(0, of_evaluator, evaluators)
    values = 50 + chance.normal(0, of_proposal, proposals)[row] + leniency[column]
    return row, column, values + chance.normal(0, of_error, len(row)), leniency


def by_whole_covariance(row: np.ndarray, column: np.ndarray, values: np.ndarray, known: Posterior):
    """Posterior mean and covariance of mu + u by the covariance of all marks, at the same variances."""
    count, proposals = len(values), int(row.max()) + 1
    of_proposal, of_evaluator, of_error = known.variances
    marks = np.zeros((count, proposals))
    marks[np.arange(count), row] = 1
    same_evaluator = (column[:, None] == column[None, :]).astype(float)
    whole = of_proposal * marks @ marks.T + of_evaluator * same_evaluator + of_error * np.eye(count)
    inverse = np.linalg.inv(whole)
    ones = np.ones((count, 1))
    of_mean = 1 / float((ones.T @ inverse @ ones).item())
    mean = of_mean * float((ones.T @ inverse @ values).item())
    gain = of_proposal * marks.T @ inverse
    left = np.ones((proposals, 1)) - gain @ ones
    covariance = of_proposal * np.eye(proposals) - gain @ marks * of_proposal + of_mean * left @ left.T
    return mean + gain @ (values - mean), covariance


@settings(deadline=None, max_examples=40)
@given(seeds)
@example(4732)
def test_balanced_marks_have_the_variances_of_the_analysis_of_variance(seed: int) -> None:
    row, column, values, _ = drawn(seed, 12, 5, 5, (3, 2, 2))
    table = np.empty((12, 5))
    table[row, column] = values
    rows, columns, whole = table.mean(axis=1), table.mean(axis=0), table.mean()
    proposals = 5 * ((rows - whole) ** 2).sum() / 11
    evaluators = 12 * ((columns - whole) ** 2).sum() / 4
    error = ((table - rows[:, None] - columns[None, :] + whole) ** 2).sum() / 44
    assume(proposals > 1.1 * error and evaluators > 1.1 * error)
    expected = ((proposals - error) / 5, (evaluators - error) / 12, error)
    assert posterior(row, column, values).variances == pytest.approx(expected, rel=1e-4)


@settings(deadline=None, max_examples=25)
@given(seeds, st.integers(1, 3))
def test_scores_and_their_covariance_are_those_of_the_whole_model(seed: int, each: int) -> None:
    row, column, values, _ = drawn(seed, 9, 4, each, (3, 2, 2))
    row = np.concatenate([row, [0, 1]])
    column = np.concatenate([column, (column[[0, each]] + 1) % 4])
    values = np.concatenate([values, [51.0, 47.0]])
    assume(why_not(row, column, values) is None)
    known = posterior(row, column, values)
    score, covariance = by_whole_covariance(row, column, values, known)
    assert known.score == pytest.approx(score, abs=1e-6)
    assert np.diag(known.own**2) + known.shared @ known.shared.T == pytest.approx(covariance, abs=1e-6)
    assert known.score_deviation == pytest.approx(np.sqrt(np.diag(covariance)), abs=1e-6)


def test_planted_leniency_and_variances_are_found_again() -> None:
    row, column, values, planted = drawn(7, 600, 40, 3, (3, 2, 2))
    known = posterior(row, column, values)
    assert np.sqrt(known.variances) == pytest.approx([3, 2, 2], rel=0.25)
    assert np.abs(known.leniency - planted + planted.mean()).max() < 4 * known.leniency_deviation.max()
    assert np.corrcoef(known.leniency, planted)[0, 1] > 0.97


def test_evaluators_with_one_mark_each_have_no_variance_of_their_own() -> None:
    row, _, values, _ = drawn(3, 30, 30, 2, (3, 2, 2))
    known = posterior(row, np.arange(len(row)), values)
    assert known.variances.evaluator == 0
    assert known.leniency == pytest.approx(np.zeros(len(row)))


def test_proposals_that_do_not_differ_are_told_apart_by_nothing() -> None:
    row, column, values, _ = drawn(5, 20, 5, 5, (0, 2, 2))
    table = np.empty((20, 5))
    table[row, column] = values
    table -= table.mean(axis=1, keepdims=True)
    known = posterior(row, column, table[row, column])
    assert known.variances.proposal < 1e-6
    assert np.ptp(known.score) < 1e-4


@pytest.mark.parametrize(
    ("row", "column", "values", "reason"),
    [
        ([0, 0], [0, 1], [1, 2], "fewer than two proposals have marks"),
        ([0, 1], [0, 1], [1, 2], "no proposal has two marks"),
        ([0, 0, 1, 1], [0, 1, 0, 1], [3, 3, 3, 3], "all marks are equal"),
        ([0, 0, 1, 1], [0, 1, 0, 1], [3, 3, 4, 4], "the marks differ by proposal and evaluator alone, without error"),
        ([0, 0, 1, 1], [0, 1, 0, 1], [3, 4, 4, 5], "the marks differ by proposal and evaluator alone, without error"),
        ([0, 0, 1, 1], [0, 1, 2, 3], [3, 3, 4, 4], "the marks differ by proposal and evaluator alone, without error"),
        ([0, 0, 1, 1], [0, 1, 2, 3], [3, 4, 4, 4], None),
    ],
)
def test_what_cannot_be_estimated_says_why(
    row: list[int], column: list[int], values: list[float], reason: str | None
) -> None:
    assert why_not(np.array(row), np.array(column), np.array(values, dtype=float)) == reason
