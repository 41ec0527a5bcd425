"""The mixture over variances: held against the whole covariance over a dense grid, and against known variances."""

from itertools import product

import numpy as np
import pytest

from pipgrants.analysis.expected_rank import draw_ranks, score_interval
from pipgrants.analysis.hierarchy import posterior
from pipgrants.analysis.variance_mixture import Mixture, mixture


def drawn(seed: int, proposals: int, evaluators: int, each: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Marks of ``each`` evaluators for every proposal: (row, column, values)."""
    chance = np.random.default_rng(seed)
    row = np.repeat(np.arange(proposals), each)
    column = np.concatenate([chance.permutation(evaluators)[:each] for _ in range(proposals)])
    values = chance.normal(0, 3, proposals)[row] + chance.normal(0, 2, evaluators)[column]
    return row, column, values + chance.normal(0, 2, len(row))


def mixed(marks: tuple[np.ndarray, np.ndarray, np.ndarray], steps: int = 5) -> Mixture:
    return mixture(*marks, posterior(*marks).variances, steps)


def moments(found: Mixture) -> tuple[np.ndarray, np.ndarray]:
    """The mean and the variance of each score."""
    of_errors = found.freedom / (found.freedom - 2)
    squares = [of_errors * part.score_deviation**2 + part.score**2 for part in found.parts]
    return found.score, np.average(squares, axis=0, weights=found.weights) - found.score**2


def by_whole_covariance(row: np.ndarray, column: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same by the covariance of all marks, over 30 shares of each, the errors with the variance one."""
    marks = np.eye(int(row.max()) + 1)[row]
    evaluators = np.eye(int(column.max()) + 1)[column]
    ones, freedom = np.ones(len(values)), len(values) - 1
    shares = (np.arange(30) + 0.5) / 30
    weights, means, squares = [], [], []
    for one, other in product(shares / (1 - shares), repeat=2):
        whole = one * marks @ marks.T + other * evaluators @ evaluators.T + np.eye(len(values))
        inverse = np.linalg.inv(whole)
        of_mean = 1 / (ones @ inverse @ ones)
        rest = values - of_mean * (ones @ inverse @ values)
        square = rest @ inverse @ rest
        logarithm = -np.linalg.slogdet(whole)[1] / 2 + np.log(of_mean) / 2 - freedom / 2 * np.log(square)
        gain = one * marks.T @ inverse
        left = 1 - gain @ ones
        variance = one - np.einsum("ij,ji->i", gain, marks * one) + of_mean * left**2
        mean = of_mean * (ones @ inverse @ values) + gain @ rest
        weights.append(logarithm)
        means.append(mean)
        squares.append(variance * square / (freedom - 2) + mean**2)
    chances = np.exp(np.array(weights) - max(weights))
    mean = np.average(means, axis=0, weights=chances)
    return mean, np.average(squares, axis=0, weights=chances) - mean**2


@pytest.mark.parametrize("seed", [1, 2])
def test_scores_and_their_spread_are_those_of_a_dense_grid_over_the_whole_covariance(seed: int) -> None:
    marks = drawn(seed, 8, 4, 2)
    mean, variance = moments(mixed(marks))
    expected_mean, expected_variance = by_whole_covariance(*marks)
    deviation = np.sqrt(expected_variance)
    assert (np.abs(mean - expected_mean) / deviation).max() < 0.1
    assert np.sqrt(variance) == pytest.approx(deviation, rel=0.05)


def test_few_points_tell_what_many_tell() -> None:
    marks = drawn(3, 15, 5, 3)
    few, many = mixed(marks), mixed(marks, 11)
    assert few.weights.sum() == pytest.approx(1)
    assert few.score == pytest.approx(many.score, abs=0.05)
    for one, other in zip(score_interval(few, 0.9), score_interval(many, 0.9), strict=True):
        assert one == pytest.approx(other, abs=0.1)


def widths(found: Mixture) -> float:
    low, high = score_interval(found, 0.9)
    return float((high - low).mean())


def known(marks: tuple[np.ndarray, np.ndarray, np.ndarray]) -> Mixture:
    return Mixture((posterior(*marks),), np.ones(1), 1e12)


def test_few_marks_leave_intervals_wider_than_known_variances_would() -> None:
    marks = drawn(4, 8, 4, 2)
    assert widths(mixed(marks)) > 1.05 * widths(known(marks))


def test_many_marks_leave_intervals_as_known_variances_would() -> None:
    marks = drawn(5, 400, 30, 3)
    assert widths(mixed(marks)) == pytest.approx(widths(known(marks)), rel=0.01)


def test_evaluators_with_one_mark_each_have_no_variance_of_their_own() -> None:
    row, _, values = drawn(6, 10, 4, 2)
    found = mixed((row, np.arange(len(row)), values))
    assert {part.variances.evaluator for part in found.parts} == {0.0}


def test_interval_of_a_score_holds_its_share_of_what_is_drawn() -> None:
    """The best of two draws of a mixture: ranks drawn agree with the chance that scores differ."""
    found = mixed(drawn(7, 6, 3, 2))
    ranks = draw_ranks(found, 4_000, 1)
    assert ranks.ranks.shape == (6, 4_000)
    assert ranks.within(6) == pytest.approx(np.ones(6))
