"""What the marks say of the scores where the variances are uncertain, too: a mixture over variances.

Before the marks, the share that proposals have of the variance that they and the errors make together is uniform
between 0 and 1, and so is that of evaluators: M. J. Daniels, "A prior for the variance in hierarchical models",
Canadian Journal of Statistics 27 (1999) 567-578. The variance of the errors has the prior 1 / variance; over it the
likelihood is integrated exactly, which leaves the restricted likelihood of the shares, and scores with Student's
distribution. Over the shares it is summed up on a grid around where it is greatest: H. Rue, S. Martino and N. Chopin,
"Approximate Bayesian inference for latent Gaussian models by using integrated nested Laplace approximations", Journal
of the Royal Statistical Society B 71 (2009) 319-392, section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from math import sqrt
from typing import TYPE_CHECKING

from pipgrants.analysis.hierarchy import Equations, Posterior, Variances, solved

if TYPE_CHECKING:
    from pipgrants.analysis.score_matrix import Array

STEPS = 5
"""Points of the grid along each share."""
REACH = 12.0
"""Up to which deviance above the least the grid reaches: three and a half standard deviations."""
NEGLIGIBLE = 0.01
"""The weight, of that of the likeliest point, below which a point is left out."""
HALVINGS = 10
"""How often a range is halved to find where the grid ends."""
LARGEST = 1 - 1e-6
"""The largest share: where there is no error left, there is no likelihood."""


@dataclass(frozen=True)
class Mixture:
    """Posteriors at several variances, with weights that sum to one; the variance of errors has ``freedom`` degrees."""

    parts: tuple[Posterior, ...]
    weights: Array
    freedom: float

    @property
    def score(self) -> Array:
        """The mean of each score (n,)."""
        import numpy as np

        score: Array = np.average([part.score for part in self.parts], axis=0, weights=self.weights)
        return score


def mixture(row: Array, column: Array, values: Array, likeliest: Variances, steps: int = STEPS) -> Mixture:
    """The mixture of marks as ``posterior`` takes them, around the likeliest variances, which it finds."""
    import numpy as np

    equations = Equations(row, column, values)
    middle = _share(likeliest.proposal, likeliest.error), _share(likeliest.evaluator, likeliest.error)
    of_proposals = _points(lambda share: _deviance(equations, share, middle[1]), middle[0], steps)
    of_evaluators = [0.0]
    if equations.has_evaluators:
        of_evaluators = _points(lambda share: _deviance(equations, middle[0], share), middle[1], steps)
    points = [*product(of_proposals, of_evaluators)]
    deviances = np.array([_deviance(equations, *point) for point in points])
    weights = np.exp((deviances.min() - deviances) / 2)
    kept = weights >= NEGLIGIBLE
    parts = tuple(_part(equations, *point) for point, is_kept in zip(points, kept, strict=True) if is_kept)
    return Mixture(parts, weights[kept] / weights[kept].sum(), equations.count - 1)


def _share(variance: float, error: float) -> float:
    return variance / (variance + error)


def _ratio(share: float) -> float:
    """The ratio of standard deviations that a share comes from."""
    return sqrt(share / (1 - share))


def _deviance(equations: Equations, of_proposals: float, of_evaluators: float) -> float:
    return equations.deviance(_ratio(of_proposals), _ratio(of_evaluators))


def _part(equations: Equations, of_proposals: float, of_evaluators: float) -> Posterior:
    u, v = _ratio(of_proposals), _ratio(of_evaluators)
    error = equations.solve(u, v)[2] / (equations.count - 1)
    return solved(equations, Variances(u**2 * error, v**2 * error, error))


def _points(deviance: Callable[[float], float], middle: float, steps: int) -> list[float]:
    """The middles of equal steps over the shares that are likely enough, the other share at its likeliest."""
    most = deviance(middle) + REACH
    low, high = _end(deviance, middle, 0.0, most), _end(deviance, middle, LARGEST, most)
    return [low + (high - low) * (place + 0.5) / steps for place in range(steps)]


def _end(deviance: Callable[[float], float], inside: float, outside: float, most: float) -> float:
    """Where the deviance reaches ``most`` between the likeliest share and an end of all shares."""
    if deviance(outside) <= most:
        return outside
    for _ in range(HALVINGS):
        between = (inside + outside) / 2
        inside, outside = (between, outside) if deviance(between) <= most else (inside, between)
    return outside
