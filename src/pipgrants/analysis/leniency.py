"""Leniency: how much higher an evaluator marks than others would, and the scores of proposals without it.

A ridge fit of y = proposal + leniency of the evaluator, least squares with a penalty on the leniencies alone: Arthur E.
Hoerl and Robert W. Kennard, "Ridge Regression: Biased Estimation for Nonorthogonal Problems", Technometrics 12 (1970)
55-67. Its parameter is the variance of the errors over that of the evaluators in ``hierarchy``, for which the fitted
leniencies are the best linear unbiased predictions with proposals as fixed effects: G. K. Robinson, "That BLUP is a
Good Thing", Statistical Science 6 (1991) 15-32. Evaluators who do not differ have no leniency, and change no score.

Leniencies have the mean zero within each part of the review graph: parts cannot be compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipgrants.analysis.hierarchy import SMALLEST

if TYPE_CHECKING:
    from pipgrants.analysis.hierarchy import Variances
    from pipgrants.analysis.score_matrix import Array


class Leniency(NamedTuple):
    """``leniency`` of each evaluator (q,); ``raw`` mean and ``corrected`` mean of each proposal's marks (n,)."""

    leniency: Array
    raw: Array
    corrected: Array


def ridge_of(variances: Variances | None) -> float:
    """The parameter of the fit: infinite where evaluators do not differ, next to nothing where there is no error."""
    from math import inf

    if variances is None:
        return SMALLEST
    return max(variances.error / variances.evaluator, SMALLEST) if variances.evaluator > 0 else inf


def leniency(row: Array, column: Array, values: Array, ridge: float) -> Leniency:
    """The fit of ``values`` (N,) without gaps, given by evaluator ``column`` to proposal ``row``, both from 0."""
    import numpy as np
    from scipy.linalg import solve
    from scipy.sparse import csr_array

    sizes, counts = np.bincount(row), np.bincount(column)
    raw = np.bincount(row, values) / sizes
    if not np.isfinite(ridge):
        return Leniency(np.zeros(len(counts)), raw, raw)
    incidence = csr_array((np.ones(len(row)), (row, column)), shape=(len(sizes), len(counts)))
    shared = (incidence.T @ (incidence / sizes[:, None])).toarray()
    above = np.bincount(column, values - raw[row])
    found = solve(np.diag(counts + ridge) - shared, above, assume_a="pos")
    return Leniency(found, raw, raw - np.bincount(row, found[column]) / sizes)
