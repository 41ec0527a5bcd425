"""Expected ranks and their credible intervals, from the posterior of the proposals' scores.

The expected rank of a proposal is one plus the sum, over all others, of the probability that they are better: Nan M.
Laird and Thomas A. Louis, "Empirical Bayes Ranking Methods", Journal of Educational Statistics 14 (1989) 29-46. As a
percentile (PCER) it is 100 (ER - 0.5) / n: H. F. Lingsma and others, "Comparing and ranking hospitals based on
outcome", QJM 103 (2010) 99-108. Rank 1 is the best.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pipgrants.analysis.hierarchy import Posterior
    from pipgrants.analysis.score_matrix import Array

CELLS = 2_000_000
"""Numbers held at a time."""


def expected_ranks(posterior: Posterior) -> Array:
    """The expected rank of each proposal (n,), some rows of all pairs at a time."""
    import numpy as np
    from scipy.special import ndtr

    score, variance = posterior.score, posterior.score_deviation**2
    ranks = np.empty(len(score))
    rows = max(1, CELLS // len(score))
    for start in range(0, len(score), rows):
        part = slice(start, start + rows)
        spread = variance[part, None] + variance[None, :] - 2 * posterior.shared[part] @ posterior.shared.T
        spread[np.arange(spread.shape[0]), np.arange(start, start + spread.shape[0])] = 1
        better = ndtr((score[None, :] - score[part, None]) / np.sqrt(np.maximum(spread, np.finfo(float).tiny)))
        ranks[part] = better.sum(axis=1) + 0.5
    return ranks


def percentile_ranks(ranks: Array) -> Array:
    """Expected ranks as percentiles (PCER), from just above 0 for the best to just below 100."""
    percentiles: Array = 100 * (ranks - 0.5) / len(ranks)
    return percentiles


def score_interval(posterior: Posterior, level: float) -> tuple[Array, Array]:
    """The equal-tailed credible interval of each score (n,)."""
    from scipy.special import ndtri

    half: Array = posterior.score_deviation * float(ndtri((1 + level) / 2))
    return posterior.score - half, posterior.score + half


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


def draw_ranks(posterior: Posterior, draws: int, seed: int) -> RankDraws:
    """Ranks in ``draws`` from the posterior, by a generator with a seed."""
    import numpy as np

    generator, count = np.random.default_rng(seed), len(posterior.score)
    ranks = np.empty((count, draws), dtype=np.uint16 if count < 2**16 else np.uint32)
    places = np.arange(1, count + 1, dtype=ranks.dtype)[:, None]
    columns = max(1, CELLS // count)
    for start in range(0, draws, columns):
        width = min(columns, draws - start)
        drawn = posterior.own[:, None] * generator.standard_normal((count, width))
        drawn += posterior.shared @ generator.standard_normal((posterior.shared.shape[1], width))
        drawn += posterior.score[:, None]
        order = np.argsort(-drawn, axis=0)
        np.put_along_axis(ranks[:, start : start + width], order, np.broadcast_to(places, order.shape), axis=0)
    ranks.sort(axis=1)
    return RankDraws(ranks)
