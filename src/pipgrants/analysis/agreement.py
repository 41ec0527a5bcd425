"""Krippendorff's alpha: how far evaluators agree beyond chance, whoever marked what, marks missing or not.

Klaus Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section D (any metric, any number of observers,
missing data). With n pairable values, alpha = 1 - D_o / D_e:

- D_o is the mean over the values of the squared differences within units, those of a unit of m values divided by m - 1;
- D_e is the mean squared difference of all n (n - 1) ordered pairs of values, whoever gave them.

Units with one value pair with nothing and are left out. The ordinal difference of two values is that of their places:
half of those that hold the same value, and all that lie between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from pipgrants.analysis.estimate import Estimate, not_computable

if TYPE_CHECKING:
    from pipgrants.analysis.score_matrix import Array

CELLS = 1_000_000
"""Pairs of values held at a time."""


class Metric(StrEnum):
    """What the difference of two marks means."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


def alpha(units: Array, values: Array, metric: Metric) -> Estimate:
    """Alpha of ``values`` (n,), NaN where missing, each of the unit with the number in ``units`` (n,)."""
    import numpy as np

    groups = list(_by_size(units[~np.isnan(values)], values[~np.isnan(values)]))
    if not groups:
        return not_computable("no proposal has two marks")
    pairable = np.concatenate([group.ravel() for group in groups])
    distinct, counts = np.unique(pairable, return_counts=True)
    if len(distinct) == 1:
        return not_computable("all marks are equal")
    points = np.cumsum(counts) - counts / 2 if metric is Metric.ORDINAL else distinct
    difference = _DIFFERENCES[metric]
    observed = 0.0
    for group in groups:
        placed = points[np.searchsorted(distinct, group)]
        observed += float(difference(placed[:, :, None], placed[:, None, :]).sum()) / (group.shape[1] - 1)
    total = len(pairable)
    expected = _expected(points, counts, difference)
    return Estimate(1.0 - (total - 1) * observed / expected)


def _by_size(units: Array, values: Array) -> Iterator[Array]:
    """The values of the units with two or more, one array (units, size) for each size of a unit."""
    import numpy as np

    _, place, sizes = np.unique(units, return_inverse=True, return_counts=True)
    in_order = np.argsort(place, kind="stable")
    size_of_value = sizes[place[in_order]]
    for size in np.unique(sizes[sizes > 1]):
        yield values[in_order][size_of_value == size].reshape(-1, size)


def _expected(points: Array, counts: Array, difference: Callable[[Array, Array], Array]) -> float:
    """The sum of the squared differences over all ordered pairs of values, some rows at a time."""
    rows = max(1, CELLS // len(points))
    return sum(
        float(counts[start : start + rows] @ difference(points[start : start + rows, None], points[None, :]) @ counts)
        for start in range(0, len(points), rows)
    )


def _nominal(one: Array, other: Array) -> Array:
    differs: Array = one != other
    return differs.astype(float)


def _interval(one: Array, other: Array) -> Array:
    squared: Array = (one - other) ** 2
    return squared


def _ratio(one: Array, other: Array) -> Array:
    import numpy as np

    both = one + other
    squared: Array = np.divide(one - other, both, out=np.zeros(both.shape), where=both != 0) ** 2
    return squared


_DIFFERENCES: dict[Metric, Callable[[Array, Array], Array]] = {
    Metric.NOMINAL: _nominal,
    Metric.ORDINAL: _interval,
    Metric.INTERVAL: _interval,
    Metric.RATIO: _ratio,
}
