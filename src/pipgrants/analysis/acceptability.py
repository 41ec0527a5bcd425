"""Under which share of admissible weights each proposal is funded, and which ranks it takes: SMAA-2.

Stochastic multicriteria acceptability analysis (Lahdelma, Hokkanen and Salminen 1998, European Journal of Operational
Research 106; Lahdelma and Salminen 2001, Operations Research 49), with the marks as they are and the weights alone
uncertain. Where the line lies at one rank whatever the weights are, the share of weights under which a proposal is
funded is the sum of its rank acceptabilities down to the line. Admissible are

- any weights: uniform over the simplex, as exponential variables divided by their sum;
- or those that each lie within a spread of the published weight, as a share of it: uniform over that part of the
  simplex, by drawing all weights but the largest from their intervals, giving it what is left, and drawing again where
  that lies outside its interval.

Weights are drawn with PCG64 from a seed and used a chunk at a time; the same seed and version of numpy give the same
figures. The standard error of a share p is sqrt(p (1 - p) / draws): at most 0.005 with 10,000 draws.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipgrants.analysis.competition import Competition, funded_by, order, reaches_minimums, total

if TYPE_CHECKING:
    import numpy as np

    from pipgrants.analysis.score_matrix import Array

CHUNK = 256
MOST_RANKS = 40
"""Of so many proposals every rank is told; of more, the first, and as many ranks as this around the line."""


@dataclass(frozen=True)
class Acceptability:
    """What became of proposals under the weights drawn, by proposal in the order of the published ranking.

    ``funded`` is the share of weights under which it is funded; ``first`` under which it ranks first; ``ranks`` the
    shares, by proposal and rank, of the ranks ``from_rank`` to the last told; ``best_rank``, ``worst_rank`` and
    ``mean_rank`` are over all weights. ``central_weights`` is by proposal and criterion the mean of the weights under
    which it is funded, NaN where it never is. ``spread`` is None where any weights are admissible.
    """

    numbers: tuple[str, ...]
    criteria: tuple[str, ...]
    seed: int
    draws: int
    spread: float | None
    funded: Array
    first: Array
    from_rank: int
    ranks: Array
    best_rank: Array
    worst_rank: Array
    mean_rank: Array
    central_weights: Array


def acceptability(
    competition: Competition, *, seed: int, draws: int, spread: float | None = None, line: int = 0
) -> Acceptability:
    """The acceptabilities under ``draws`` weights. ``line`` is how many are funded under the published weights.

    Raises ValueError where the spread does not lie above 0 and up to 1.
    """
    import numpy as np

    count, reached = len(competition.numbers), reaches_minimums(competition)
    told = _told(count, line)
    funded, summed = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    best, worst = np.full(count, count), np.zeros(count, dtype=np.int64)
    at_rank = np.zeros((count, len(told)), dtype=np.int64)
    first = np.zeros(count, dtype=np.int64)
    central = np.zeros((count, len(competition.criteria)))
    for weights in _drawn(competition.weights, np.random.default_rng(seed), draws, spread):
        totals = total(competition, weights)
        placed = order(competition, totals)
        is_funded = funded_by(competition, totals, reached, placed)
        funded += is_funded.sum(axis=0)
        central += is_funded.T.astype(np.float64) @ weights
        ranks = np.empty_like(placed)
        np.put_along_axis(ranks, placed, np.arange(1, count + 1)[None, :], axis=1)
        best, worst = np.minimum(best, ranks.min(axis=0)), np.maximum(worst, ranks.max(axis=0))
        summed += ranks.sum(axis=0)
        first += np.bincount(placed[:, 0], minlength=count)
        for column, rank in enumerate(told):
            at_rank[:, column] += np.bincount(placed[:, rank - 1], minlength=count)
    never = np.full_like(central, np.nan)
    return Acceptability(
        numbers=competition.numbers,
        criteria=competition.criteria,
        seed=seed,
        draws=draws,
        spread=spread,
        funded=funded / draws,
        first=first / draws,
        from_rank=told.start,
        ranks=at_rank / draws,
        best_rank=best,
        worst_rank=worst,
        mean_rank=summed / draws,
        central_weights=np.divide(central, funded[:, None], out=never, where=funded[:, None] > 0),
    )


def _told(count: int, line: int) -> range:
    """The ranks told: all, or those around the line."""
    start = max(min(line - MOST_RANKS // 2, count - MOST_RANKS), 0)
    return range(start + 1, min(start + MOST_RANKS, count) + 1)


def _drawn(published: Array, source: np.random.Generator, draws: int, spread: float | None) -> Iterator[Array]:
    """Chunks of weights that sum to one, by draw and criterion."""
    if spread is not None and not 0 < spread <= 1:
        raise ValueError("a spread lies above 0 and up to 1")
    for start in range(0, draws, CHUNK):
        size = min(CHUNK, draws - start)
        yield anywhere(len(published), source, size) if spread is None else around(published, source, size, spread)


def anywhere(criteria_count: int, source: np.random.Generator, size: int) -> Array:
    """Weights uniform over the simplex (Lahdelma and Salminen 2001; Devroye 1986)."""
    drawn: Array = source.standard_exponential((size, criteria_count))
    drawn /= drawn.sum(axis=1, keepdims=True)
    return drawn


def around(published: Array, source: np.random.Generator, size: int, spread: float) -> Array:
    """Weights uniform over the part of the simplex where each lies within a share of the published one."""
    import numpy as np

    largest = int(np.argmax(published))
    low, high = published * (1 - spread), published * (1 + spread)
    found: list[Array] = []
    while (lacking := size - sum(map(len, found))) > 0:
        drawn = source.uniform(low, high, (2 * lacking + 8, len(published)))
        drawn[:, largest] = 0
        drawn[:, largest] = 1 - drawn.sum(axis=1)
        fits = (drawn[:, largest] >= low[largest]) & (drawn[:, largest] <= high[largest])
        found.append(drawn[fits][:lacking])
    return np.concatenate(found)
