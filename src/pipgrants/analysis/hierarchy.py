"""The hierarchical model of marks: y = mu + u_p + v_e + error, with proposals p and evaluators e.

u, v and the errors are independent and normal, with variances that are estimated by restricted maximum likelihood
(H. D. Patterson and R. Thompson, "Recovery of inter-block information when block sizes are unequal", Biometrika 58
(1971) 545-554). Given the variances, mu + u and v have the closed form of C. R. Henderson's mixed model equations
("Best linear unbiased estimation and prediction under a selection model", Biometrics 31 (1975) 423-447), which is also
their posterior mean and covariance under a flat prior of mu. That the variances are uncertain themselves is added in
``variance_mixture``.

It is the model of R. Heyard, M. Ott, G. Salanti and M. Egger, "Rethinking the Funding Line at the Swiss National
Science Foundation: Bayesian Ranking and Lottery", Statistics and Public Policy 9 (2022) 110-121, whose interaction of
proposal and evaluator is one with the error where nobody marks a proposal twice; they draw the variances from priors.

The equations of the proposals are diagonal and eliminated, so that what is left is as large as there are evaluators.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pipgrants.analysis.score_matrix import Array

STARTS = (0.03, 0.1, 0.3, 1.0, 3.0)
"""Ratios of standard deviations from which the likelihood is searched: none is zero, where it is flat."""

SMALLEST = 1e-6
"""The least ratio of a standard deviation to that of the errors.

Where proposals have less, they have this one, and every order of them is as likely as another; evaluators have none.
"""


class Variances(NamedTuple):
    """The variances of proposals, evaluators and errors."""

    proposal: float
    evaluator: float
    error: float


@dataclass(frozen=True)
class Posterior:
    """What the marks say of mu + u, the ``score`` of each proposal (n,), and of each evaluator's ``leniency`` (q,).

    The covariance of the scores is diag(``own``^2) + ``shared`` @ ``shared``.T, with ``own`` (n,) and ``shared``
    (n, 1 + q); ``leniency_deviation`` (q,) are the standard deviations of the leniencies.
    """

    variances: Variances
    score: Array
    own: Array
    shared: Array
    leniency: Array
    leniency_deviation: Array

    @property
    def score_deviation(self) -> Array:
        """The standard deviation of each score (n,)."""
        import numpy as np

        deviation: Array = np.sqrt(self.own**2 + (self.shared**2).sum(axis=1))
        return deviation


class NotEstimable(StrEnum):
    """Why the model cannot be estimated from marks."""

    FEW_PROPOSALS = "fewer than two proposals have marks"
    NO_SECOND_MARK = "no proposal has two marks"
    ALL_EQUAL = "all marks are equal"
    NO_ERROR = "the marks differ by proposal and evaluator alone, without error"


def why_not(row: Array, column: Array, values: Array) -> NotEstimable | None:
    """Why the model cannot be estimated from marks without gaps, None where it can."""
    import numpy as np

    sizes, counts = np.bincount(row), np.bincount(column)
    if np.count_nonzero(sizes) < 2:
        return NotEstimable.FEW_PROPOSALS
    if sizes.max() < 2:
        return NotEstimable.NO_SECOND_MARK
    if bool((values == values[0]).all()):
        return NotEstimable.ALL_EQUAL
    if _residual(row, column, values, with_evaluators=bool(counts.max() > 1)) < 1e-12 * float(np.var(values)):
        return NotEstimable.NO_ERROR
    return None


def _residual(row: Array, column: Array, values: Array, *, with_evaluators: bool) -> float:
    """The mean square that proposals, and evaluators where they have several marks, leave unexplained."""
    import numpy as np
    from scipy.sparse import coo_array, hstack
    from scipy.sparse.linalg import lsqr

    size, place = len(values), np.arange(len(values))
    parts = [coo_array((np.ones(size), (place, row)))]
    if with_evaluators:
        parts.append(coo_array((np.ones(size), (place, column))))
    found = lsqr(hstack(parts).tocsr(), values - values.mean(), atol=1e-12, btol=1e-12)
    return float(found[3]) ** 2 / size


def posterior(row: Array, column: Array, values: Array) -> Posterior:
    """The model of ``values`` (N,) without gaps, given by evaluator ``column`` to proposal ``row``, both from 0.

    Estimable are data of which ``why_not`` says nothing. Evaluators with one mark each cannot be told from errors, and
    have no variance of their own then.
    """
    equations = Equations(row, column, values)
    u, v = _likeliest(equations)
    u, v = max(u, SMALLEST), v if v > SMALLEST else 0.0
    error = equations.solve(u, v)[2] / (equations.count - 1)
    return solved(equations, Variances(u**2 * error, v**2 * error, error))


def posterior_given(row: Array, column: Array, values: Array, variances: Variances) -> Posterior:
    """The same with variances that are known; that of the errors is above zero."""
    return solved(Equations(row, column, values), variances)


class Equations:
    """The mixed model equations of marks, as ``posterior`` takes them.

    The proposals' part is summed up by the number of marks of a proposal.
    """

    def __init__(self, row: Array, column: Array, values: Array) -> None:
        import numpy as np
        from scipy.sparse import csr_array, hstack

        self.middle = float(values.mean())
        values = values - self.middle
        self.sizes = np.bincount(row)
        self.sums = np.bincount(row, values)
        counts = np.bincount(column)
        self.has_evaluators = bool(counts.max() > 1)
        incidence = csr_array((np.ones(len(row)), (row, column)), shape=(len(self.sizes), len(counts)))
        self.effects = hstack([csr_array(self.sizes[:, None].astype(float)), incidence]).tocsr()
        self.count = len(values)
        self.square = float(values @ values)
        self.right = np.concatenate([[values.sum()], np.bincount(column, values)])
        self._whole = self._normal(counts)
        self._by_size = []
        for size in np.unique(self.sizes):
            part, sums = self.effects[self.sizes == size], self.sums[self.sizes == size]
            self._by_size.append(
                (int(size), part.shape[0], (part.T @ part).toarray(), part.T @ sums, float(sums @ sums))
            )

    def _normal(self, counts: Array) -> Array:
        """The normal equations of the mean and the evaluators."""
        import numpy as np

        whole = np.diag(np.concatenate([[self.count], counts]).astype(float))
        whole[0, 1:] = whole[1:, 0] = counts
        return whole

    def scale(self, v: float) -> Array:
        """The prior standard deviations of the evaluators against that of the errors; one for the mean."""
        import numpy as np

        return np.concatenate([[1.0], np.full(len(self.right) - 1, v)])

    def reduced(self, u: float, v: float) -> tuple[Array, Array, float, float]:
        """What is left without the proposals, for ratios of standard deviations: matrix, right side, sum of squares,
        and logarithm of the determinant of the proposals' part.
        """
        matrix, right, square, determinant = self._whole.copy(), self.right.copy(), self.square, 0.0
        for size, count, product, sums, squares in self._by_size:
            share = u**2 / (size * u**2 + 1)
            matrix -= share * product
            right -= share * sums
            square -= share * squares
            determinant += count * _log(size * u**2 + 1)
        scale = self.scale(v)
        matrix *= scale[:, None] * scale[None, :]
        matrix[range(1, len(right)), range(1, len(right))] += 1
        return matrix, scale * right, square, determinant

    def deviance(self, u: float, v: float) -> float:
        """Minus twice the restricted log-likelihood, the error variance at its best, without its constant."""
        import numpy as np

        factor, _, square, determinant = self.solve(u, v)
        freedom = self.count - 1
        return freedom * _log(square / freedom) + determinant + 2 * float(np.log(np.diag(factor)).sum())

    def solve(self, u: float, v: float) -> tuple[Array, Array, float, float]:
        """The Cholesky factor of what is left, its forward solution, the residual square, and the determinant."""
        from scipy.linalg import cholesky, solve_triangular

        matrix, right, square, determinant = self.reduced(u, v)
        factor = cholesky(matrix, lower=True, overwrite_a=True, check_finite=False)
        forward = solve_triangular(factor, right, lower=True, check_finite=False)
        return factor, forward, square - float(forward @ forward), determinant


def _log(value: float) -> float:
    from math import inf, log

    return log(value) if value > 0 else -inf


def _likeliest(equations: Equations) -> tuple[float, float]:
    """The ratios of the standard deviations of proposals and evaluators to that of the errors.

    The likelihood is the same for a ratio and its negative, so the search needs no bound, and is not caught at one.
    """
    from scipy.optimize import minimize

    ratios = STARTS if equations.has_evaluators else (0.0,)
    starts = [(u, v) for u in STARTS for v in ratios]
    best = min(starts, key=lambda start: equations.deviance(*start))
    found = minimize(
        lambda at: equations.deviance(*at),
        best,
        method="Nelder-Mead",
        bounds=[(None, None), (None, None) if equations.has_evaluators else (0, 0)],
        options={"xatol": 1e-9, "fatol": 1e-10, "maxiter": 2_000},
    )
    return abs(float(found.x[0])), abs(float(found.x[1]))


def solved(equations: Equations, variances: Variances) -> Posterior:
    """The posterior of some equations at given variances."""
    import numpy as np
    from scipy.linalg import solve_triangular

    deviation = float(np.sqrt(variances.error))
    u, v = float(np.sqrt(variances.proposal)) / deviation, float(np.sqrt(variances.evaluator)) / deviation
    factor, forward, _, _ = equations.solve(u, v)
    scale = equations.scale(v)
    fixed = scale * solve_triangular(factor, forward, lower=True, trans="T", check_finite=False)
    share = u**2 / (equations.sizes * u**2 + 1)
    weights = -share[:, None] * equations.effects.toarray()
    weights[:, 0] += 1
    shared = solve_triangular(factor, (weights * scale).T, lower=True, check_finite=False).T
    inverse = solve_triangular(factor, np.diag(scale), lower=True, check_finite=False)
    return Posterior(
        variances=variances,
        score=equations.middle + share * equations.sums + weights @ fixed,
        own=deviation * np.sqrt(share),
        shared=deviation * shared,
        leniency=fixed[1:],
        leniency_deviation=deviation * np.sqrt((inverse**2).sum(axis=0))[1:],
    )
