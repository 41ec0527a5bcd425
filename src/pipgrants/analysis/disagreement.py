"""Which proposals their evaluators see most differently, and whether the review graph holds together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pipgrants.analysis.score_matrix import Array, ScoreMatrix


class Disagreement(NamedTuple):
    """How far the evaluators of a proposal lie apart, as shares of the scale.

    ``apart`` is who stands apart from all others, the place of an evaluator; None where nobody alone does.
    ``criterion`` is the place of the criterion in which they differ most, by ``criterion_spread``.
    """

    proposal: int
    spread: float
    low: float
    high: float
    apart: int | None
    criterion: int
    criterion_spread: float


def disagreements(matrix: ScoreMatrix, least: float) -> list[Disagreement]:
    """The proposals whose evaluators' totals, as shares of the scale, span ``least`` or more; the widest first.

    One evaluator stands apart where there are three or more, and the others alone span less than ``least``.
    """
    import numpy as np

    totals, shares = matrix.shares(), matrix.mark_shares()
    in_order = np.argsort(matrix.proposal, kind="stable")
    in_order = in_order[~np.isnan(totals[in_order])]
    starts = np.flatnonzero(np.diff(matrix.proposal[in_order], prepend=-1))
    groups = np.split(in_order, starts[1:]) if len(in_order) else []
    found = [_disagreement(matrix, group, totals[group], shares[group], least) for group in groups if len(group) > 1]
    return sorted(
        (item for item in found if item.spread >= least - TOLERANCE), key=lambda item: (-item.spread, item.proposal)
    )


TOLERANCE = 1e-9
"""What rounding can take from a difference that reaches the limit."""


def _disagreement(matrix: ScoreMatrix, group: Array, totals: Array, shares: Array, least: float) -> Disagreement:
    import numpy as np

    given = ~np.isnan(shares)
    high = np.where(given, shares, -np.inf).max(axis=0)
    low = np.where(given, shares, np.inf).min(axis=0)
    spreads = np.where(given.sum(axis=0) > 1, high - low, 0.0)
    widest = int(spreads.argmax())
    return Disagreement(
        proposal=int(matrix.proposal[group[0]]),
        spread=float(np.ptp(totals)),
        low=float(totals.min()),
        high=float(totals.max()),
        apart=_apart(matrix.evaluator[group], totals, least),
        criterion=widest,
        criterion_spread=float(spreads[widest]),
    )


def _apart(evaluators: Array, totals: Array, least: float) -> int | None:
    """Whose total alone keeps the others from agreeing: the lowest, or the highest."""
    if len(totals) < 3:
        return None
    in_order = totals.argsort()
    without_lowest = float(totals[in_order[-1]] - totals[in_order[1]])
    without_highest = float(totals[in_order[-2]] - totals[in_order[0]])
    if min(without_lowest, without_highest) >= least - TOLERANCE:
        return None
    return int(evaluators[in_order[0] if without_lowest <= without_highest else in_order[-1]])


def components(matrix: ScoreMatrix) -> list[tuple[list[int], list[int]]]:
    """The parts of the review graph that no evaluator joins: the places of proposals and evaluators of each, the
    largest first.

    Marks of different parts share no evaluator and no proposal, so nothing tells a lenient part from a good one.
    """
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows, columns = len(matrix.proposals), len(matrix.evaluators)
    edges = (np.ones(len(matrix.proposal)), (matrix.proposal, rows + matrix.evaluator))
    _, label = connected_components(coo_array(edges, shape=(rows + columns, rows + columns)), directed=False)
    found: dict[int, tuple[list[int], list[int]]] = {}
    for place in np.union1d(matrix.proposal, rows + matrix.evaluator):
        numbers, names = found.setdefault(int(label[place]), ([], []))
        if place < rows:
            numbers.append(int(place))
        else:
            names.append(int(place - rows))
    return sorted(found.values(), key=lambda part: (-len(part[0]), part))
