"""Intraclass correlations: the share of the variance of marks that is due to the proposals.

Patrick E. Shrout and Joseph L. Fleiss, "Intraclass Correlations: Uses in Assessing Rater Reliability", Psychological
Bulletin 86 (1979) 420-428: six forms with their intervals, for n targets with k marks each.

- ICC(1): every proposal has evaluators of its own; one-way analysis of variance.
- ICC(2): the same evaluators, drawn from many, mark every proposal; their leniency counts as error.
- ICC(3): the same evaluators mark every proposal, and no others matter; their leniency does not count.

Each with the form for the mean of k marks. Where proposals have different numbers of marks m_i, N in all, ICC(1) is
estimated with k_0 = (N - sum m_i^2 / N) / (n - 1) in the place of k (S. R. Searle, G. Casella and C. E. McCulloch,
Variance Components, 1992, section 3.6), without an interval. ICC(2) and ICC(3) need the same evaluators for every
proposal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipgrants.analysis.estimate import Estimate, not_computable

if TYPE_CHECKING:
    from pipgrants.analysis.score_matrix import Array

LEVEL = 0.95
"""The level of every interval."""

ROUNDING = 1e-12
"""Of the whole sum of squares, what rounding can leave of a part that is zero."""

EQUAL_MEANS = "the proposals do not differ in their mean marks"
NO_VARIATION = "all marks are equal"
ONE_PROPOSAL = "fewer than two proposals have marks"
ONE_MARK = "no proposal has two marks"
NOT_CROSSED = "the evaluators are not the same for every proposal"


class Forms(NamedTuple):
    """One of the correlations: for a single mark, and for the mean of ``k`` marks."""

    single: Estimate
    mean: Estimate


class Intraclass(NamedTuple):
    """The correlations of Shrout and Fleiss, each in both forms: ICC(1), ICC(2), ICC(3)."""

    one: Forms
    two: Forms
    three: Forms


def intraclass(proposals: Array, evaluators: Array, values: Array) -> Intraclass:
    """The correlations of ``values`` (n,), NaN where missing, given by ``evaluators`` to ``proposals`` (n,)."""
    import numpy as np

    given = ~np.isnan(values)
    _, row, sizes = np.unique(proposals[given], return_inverse=True, return_counts=True)
    names, column = np.unique(evaluators[given], return_inverse=True)
    found = values[given]
    reason = _why_not(found, sizes)
    if reason:
        return Intraclass(_neither(reason), _neither(reason), _neither(reason))
    one = _one_way(row, sizes, found)
    if len(found) < len(sizes) * len(names):
        return Intraclass(one, _neither(NOT_CROSSED), _neither(NOT_CROSSED))
    table = np.empty((len(sizes), len(names)))
    table[row, column] = found
    return Intraclass(one, *_two_way(table))


def _neither(reason: str) -> Forms:
    return Forms(not_computable(reason), not_computable(reason))


def _why_not(values: Array, sizes: Array) -> str | None:
    if len(sizes) < 2:
        return ONE_PROPOSAL
    if len(values) == len(sizes):
        return ONE_MARK
    return NO_VARIATION if bool((values == values[0]).all()) else None


def _one_way(row: Array, sizes: Array, values: Array) -> Forms:
    """ICC(1): mean squares between and within proposals."""
    import numpy as np

    n, total = len(sizes), len(values)
    means = np.bincount(row, values) / sizes
    between, within = _mean_squares(
        values,
        (float(sizes @ (means - values.mean()) ** 2), n - 1),
        (float(((values - means[row]) ** 2).sum()), total - n),
    )
    k = (total - float(sizes @ sizes) / total) / (n - 1)
    is_even = bool((sizes == sizes[0]).all())
    return _consistency(between, within, k, (n - 1, total - n) if is_even else None)


def _mean_squares(values: Array, *sums: tuple[float, int]) -> list[float]:
    """Sums of squares over their degrees of freedom; what rounding leaves of a sum that is zero is zero."""
    least = float(((values - values.mean()) ** 2).sum()) * ROUNDING
    return [total / freedom if total > least else 0.0 for total, freedom in sums]


def _consistency(between: float, error: float, k: float, freedom: tuple[int, int] | None) -> Forms:
    """ICC(1) and ICC(3) from their mean squares, with the interval by F where the degrees of freedom are given."""
    if between == 0:
        return Forms(_share(between - error, (k - 1) * error), not_computable(EQUAL_MEANS))
    single, mean = (between - error) / (between + (k - 1) * error), (between - error) / between
    if freedom is None or error == 0:
        return Forms(Estimate(single), Estimate(mean))
    low, high = between / error / _quantile(*freedom), between / error * _quantile(*reversed(freedom))
    return Forms(
        Estimate(single, (low - 1) / (low + k - 1), (high - 1) / (high + k - 1)),
        Estimate(mean, 1 - 1 / low, 1 - 1 / high),
    )


def _two_way(table: Array) -> tuple[Forms, Forms]:
    """ICC(2) and ICC(3) of a table (proposals, evaluators) without gaps."""
    n, k = table.shape
    rows, columns, whole = table.mean(axis=1), table.mean(axis=0), table.mean()
    between, judges, error = _mean_squares(
        table,
        (k * float(((rows - whole) ** 2).sum()), n - 1),
        (n * float(((columns - whole) ** 2).sum()), k - 1),
        (float(((table - rows[:, None] - columns[None, :] + whole) ** 2).sum()), (n - 1) * (k - 1)),
    )
    return _agreement(between, judges, error, n, k), _consistency(between, error, k, (n - 1, (n - 1) * (k - 1)))


def _agreement(between: float, judges: float, error: float, n: int, k: int) -> Forms:
    """ICC(2) from its mean squares, with the interval of Shrout and Fleiss, which needs an estimate above zero.

    That of the mean also needs a lower bound that the mean of k marks can have.
    """
    single = _share(between - error, between + (k - 1) * error + k * (judges - error) / n)
    mean = _share(between - error, between + (judges - error) / n)
    if error == 0 or single.value is None or single.value <= 0:
        return Forms(single, mean)
    part, rest = k * single.value * judges / error, n * (1 + (k - 1) * single.value) - k * single.value
    freedom = (k - 1) * (n - 1) * (part + rest) ** 2 / ((n - 1) * part**2 + rest**2)
    above, below = _quantile(n - 1, freedom), _quantile(freedom, n - 1)
    spread = k * judges + (k * n - k - n) * error
    low = n * (between - above * error) / (above * spread + n * between)
    high = n * (below * between - error) / (spread + n * below * between)
    if mean.value is not None and 1 + (k - 1) * low > 0:
        low_of_mean, high_of_mean = (k * bound / (1 + (k - 1) * bound) for bound in (low, high))
        mean = mean._replace(low=low_of_mean, high=high_of_mean)
    return Forms(single._replace(low=low, high=high), mean)


def _share(part: float, whole: float) -> Estimate:
    return Estimate(part / whole) if whole > 0 else not_computable(EQUAL_MEANS)


def _quantile(numerator: float, denominator: float) -> float:
    from scipy.stats import f

    return float(f.ppf(1 - (1 - LEVEL) / 2, numerator, denominator))
