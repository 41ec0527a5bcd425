"""The proposals of a ranking as arrays, and who is funded under other weights.

Weights are shares of the reach: the weight of a criterion times its highest mark, divided by the sum over all criteria.
Marks are shares of the highest mark of their criterion. So the total of ``domain.evaluation`` is

    total = reach x sum(weight x mark) / sum(weight), over the criteria that were applicable,

rounded once, half up. The reach stays that of the call whatever the weights are, so that priority points and thresholds
keep their size. Equal totals stand in the order of the published ranking.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipgrants.analysis.spending import Spending, funded

if TYPE_CHECKING:
    from pipgrants.analysis.score_matrix import Array

HALF_UP = 0.5 + 1e-6
"""What is added before totals are cut: a half that floats fell short of is still a half."""
TOLERANCE = 1e-9
"""How far a combined mark may lie from a threshold, as a share of the highest mark, and still be at it."""


@dataclass(frozen=True)
class Competition:
    """Ranked proposals, best first, and what decides who of them is funded.

    ``marks`` is by proposal and criterion, NaN where a criterion was not applicable; ``weights`` is by criterion and
    sums to one. ``points`` (by proposal), ``minimum_total`` and ``minimum_score`` (with points) are whole units, in
    which the ``reach`` is told, too; totals are multiples of ``step`` units. ``minimums`` are the thresholds of the
    criteria as shares of the highest mark, NaN where there is none, ``strict`` those that must be exceeded. ``barred``
    are the proposals that are not funded whatever their marks.
    """

    numbers: tuple[str, ...]
    criteria: tuple[str, ...]
    marks: Array
    weights: Array
    reach: float
    step: int
    points: Array
    minimums: Array
    strict: Array
    barred: Array
    spending: Spending
    minimum_total: int | None = None
    minimum_score: int | None = None


def total(competition: Competition, weights: Array, marks: Array | None = None) -> Array:
    """Whole units by vector of weights and proposal, without priority points.

    ``weights`` is by vector and criterion; ``marks`` takes the place of those of the competition. A proposal to which
    only criteria without weight were applicable has a total of zero.
    """
    import numpy as np

    marks = competition.marks if marks is None else marks
    applicable = ~np.isnan(marks)
    shares = weights @ np.where(applicable, marks, 0.0).T
    if not applicable.all():
        reached = weights @ applicable.T
        shares = np.divide(shares, reached, out=np.zeros_like(shares), where=reached > 0)
    else:
        shares /= weights.sum(axis=1, keepdims=True)
    shares *= competition.reach / competition.step
    shares += HALF_UP
    return shares.astype(np.int64) * competition.step


def reaches_minimums(competition: Competition, marks: Array | None = None) -> Array:
    """Whether each proposal reaches the thresholds of the criteria, as far as these were applicable."""
    import numpy as np

    marks = competition.marks if marks is None else marks
    least = competition.minimums + np.where(competition.strict, TOLERANCE, -TOLERANCE)
    is_below: Array = marks < least
    return np.asarray(~is_below.any(axis=1))


def order(competition: Competition, totals: Array) -> Array:
    """The places of the proposals, best first, by vector of totals."""
    import numpy as np

    bits = max(len(competition.numbers) - 1, 1).bit_length()
    ranked = totals + competition.points
    keys = ((ranked.max(initial=0) - ranked) << bits) + np.arange(len(competition.numbers))
    keys.sort(axis=1)
    placed: Array = keys & ((1 << bits) - 1)
    return placed


def admitted(competition: Competition, totals: Array, reached: Array) -> Array:
    """Whether no threshold keeps each proposal out, by vector of totals.

    ``reached`` says, by vector and proposal or by proposal alone, who reaches the thresholds of the criteria.
    """
    import numpy as np

    may = reached & ~competition.barred
    if competition.minimum_total is not None:
        may = may & (totals >= competition.minimum_total)
    if competition.minimum_score is not None:
        may = may & (totals + competition.points >= competition.minimum_score)
    return np.broadcast_to(may, totals.shape)


def funded_by(competition: Competition, totals: Array, reached: Array, placed: Array | None = None) -> Array:
    """Whether each proposal is funded, by vector of totals; ``placed`` is their ``order`` where it is known already."""
    import numpy as np

    may = admitted(competition, totals, reached)
    placed = order(competition, totals) if placed is None else placed
    found = funded(competition.spending, placed, np.take_along_axis(may, placed, axis=1))
    by_proposal = np.empty_like(found)
    np.put_along_axis(by_proposal, placed, found, axis=1)
    return by_proposal


def funded_under(competition: Competition, weights: Array) -> Array:
    """Whether each proposal is funded, by vector of weights and proposal."""
    return funded_by(competition, total(competition, weights), reaches_minimums(competition))
