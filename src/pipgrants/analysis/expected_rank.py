"""Expected ranks and their credible intervals, from what the marks say of the proposals' scores.

The expected rank of a proposal is one plus the sum, over all others, of the probability that they are better: Nan M.
Laird and Thomas A. Louis, "Empirical Bayes Ranking Methods", Journal of Educational Statistics 14 (1989) 29-46. As a
percentile (PCER) it is 100 (ER - 0.5) / n: H. F. Lingsma and others, "Comparing and ranking hospitals based on
outcome", QJM 103 (2010) 99-108. Rank 1 is the best.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from numpy.random import Generator

    from pipgrants.analysis.hierarchy import Posterior
    from pipgrants.analysis.score_matrix import Array
    from pipgrants.analysis.variance_mixture import Mixture

CELLS = 2_000_000
"""Numbers held at a time."""
HALVINGS = 40
"""How often the range of a quantile is halved."""


def expected_ranks(mixture: Mixture) -> Array:
    """The expected rank of each proposal (n,), the variance of errors at its likeliest for each of the parts."""
    import numpy as np

    ranks: Array = np.average([_expected_ranks(part) for part in mixture.parts], axis=0, weights=mixture.weights)
    return ranks


def _expected_ranks(posterior: Posterior) -> Array:
    """Those of one part, some rows of all pairs at a time, every pair once."""
    import numpy as np
    from scipy.special import ndtr

    score, variance, shared = posterior.score, posterior.score_deviation**2, posterior.shared
    ranks = np.full(len(score), 0.5)
    rows = max(1, CELLS // len(score))
    for start in range(0, len(score), rows):
        part, stop = slice(start, start + rows), min(start + rows, len(score))
        spread = variance[part, None] + variance[None, start:] - 2 * shared[part] @ shared[start:].T
        spread[np.arange(stop - start), np.arange(stop - start)] = 1
        better = ndtr((score[None, start:] - score[part, None]) / np.sqrt(np.maximum(spread, np.finfo(float).tiny)))
        ranks[part] += better.sum(axis=1)
        ranks[stop:] += (1 - better[:, stop - start :]).sum(axis=0)
    return ranks


def percentile_ranks(ranks: Array) -> Array:
    """Expected ranks as percentiles (PCER), from just above 0 for the best to just below 100."""
    percentiles: Array = 100 * (ranks - 0.5) / len(ranks)
    return percentiles


def score_interval(mixture: Mixture, level: float) -> tuple[Array, Array]:
    """The equal-tailed credible interval of each score (n,)."""
    return _quantile(mixture, (1 - level) / 2), _quantile(mixture, (1 + level) / 2)


def _quantile(mixture: Mixture, share: float) -> Array:
    """The quantile of each score: it lies between those of the parts, and is found by halving."""
    import numpy as np
    from scipy.special import stdtr, stdtrit

    scores = np.array([part.score for part in mixture.parts])
    deviations = np.array([part.score_deviation for part in mixture.parts])
    each = scores + deviations * float(stdtrit(mixture.freedom, share))
    low, high = each.min(axis=0), each.max(axis=0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = mixture.weights @ stdtr(mixture.freedom, (middle - scores) / deviations) < share
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    quantile: Array = (low + high) / 2
    return quantile


class GreyZone(NamedTuple):
    """The ``line``, and which proposals lie in the zone around it, and above both (n,)."""

    line: float
    is_grey: Array
    is_above: Array


def grey_zone(ranks: Array, low: Array, high: Array, places: int) -> GreyZone:
    """The zone around the line below the best ``places``, from expected ranks and the credible intervals of the ranks.

    The line is the expected rank of the last of the best. A proposal whose interval holds it is in the zone; any other
    lies on the side of its expected rank (Heyard and others 2022). A zone with no more proposals than places is none.
    """
    import numpy as np

    line = float(np.sort(ranks)[places - 1])
    is_grey = (low <= line) & (line <= high)
    is_above = ~is_grey & (ranks <= line)
    if int(is_above.sum() + is_grey.sum()) <= places:
        is_above, is_grey = is_above | is_grey, np.zeros_like(is_grey)
    return GreyZone(line, is_grey, is_above)


class RankDraws(NamedTuple):
    """The ranks of each proposal in draws from the posterior, from low to high (n, draws)."""

    ranks: Array

    def interval(self, level: float) -> tuple[Array, Array]:
        """The equal-tailed credible interval of each rank (n,)."""
        last = self.ranks.shape[1] - 1
        low, high = (round(last * share) for share in ((1 - level) / 2, (1 + level) / 2))
        return self.ranks[:, low], self.ranks[:, high]

    def within(self, places: int) -> Array:
        """The probability that each proposal is among the best ``places`` (n,)."""
        share: Array = (self.ranks <= places).mean(axis=1)
        return share


def draw_ranks(mixture: Mixture, draws: int, seed: int) -> RankDraws:
    """Ranks in ``draws`` from the mixture, each part in proportion to its weight, by a generator with a seed."""
    import numpy as np

    generator, count = np.random.default_rng(seed), len(mixture.parts[0].score)
    ranks = np.empty((count, draws), dtype=np.uint16 if count < 2**16 else np.uint32)
    places = np.arange(1, count + 1, dtype=ranks.dtype)[:, None]
    columns = max(1, CELLS // count)
    ends = [round(draws * float(share)) for share in np.cumsum(mixture.weights)]
    for part, start, end in zip(mixture.parts, [0, *ends], ends, strict=False):
        for first in range(start, end, columns):
            width = min(columns, end - first)
            order = np.argsort(-_drawn(part, mixture.freedom, width, generator), axis=0)
            np.put_along_axis(ranks[:, first : first + width], order, np.broadcast_to(places, order.shape), axis=0)
    ranks.sort(axis=1)
    return RankDraws(ranks)


def _drawn(part: Posterior, freedom: float, width: int, generator: Generator) -> Array:
    """Scores in some draws (n, width), the variance of the errors drawn with them."""
    import numpy as np

    drawn = part.own[:, None] * generator.standard_normal((len(part.score), width))
    drawn += part.shared @ generator.standard_normal((part.shared.shape[1], width))
    drawn *= np.sqrt(freedom / generator.chisquare(freedom, width))
    drawn += part.score[:, None]
    return drawn
