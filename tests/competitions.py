"""Competitions given as arrays, for tests of what hangs on the weights."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipgrants.analysis.competition import Competition, order, total
from pipgrants.analysis.spending import Spending, Turn

Marks = Sequence[Sequence[float]]


def competition(
    marks: Marks,
    weights: Sequence[float] | None = None,
    *,
    places: int | None = None,
    requests: Sequence[int] | None = None,
    money: int = 0,
    turn: Turn = Turn.ENDING,
    points: Sequence[int] | None = None,
    names: Sequence[str] | None = None,
) -> Competition:
    """Proposals A, B, C ... with a reach of 100 points to four decimals, in rank order; each asks for nothing.

    The first ``places`` are funded unless requests and money are given.
    """
    found = np.array(marks, dtype=np.float64)
    count, criteria_count = found.shape
    shares = np.full(criteria_count, 1 / criteria_count) if weights is None else np.array(weights)
    asked = np.zeros(count, dtype=np.int64) if requests is None else np.array(requests, dtype=np.int64)
    given = Competition(
        numbers=tuple(names or (chr(ord("A") + place) for place in range(count))),
        criteria=tuple(f"c{place}" for place in range(1, criteria_count + 1)),
        marks=found,
        weights=shares,
        reach=1_000_000,
        step=1,
        points=np.zeros(count, dtype=np.int64) if points is None else np.array(points, dtype=np.int64),
        minimums=np.full(criteria_count, np.nan),
        strict=np.zeros(criteria_count, dtype=bool),
        barred=np.zeros(count, dtype=bool),
        spending=Spending(turn, money, asked, asked, places),
    )
    return ranked(given)


def ranked(given: Competition) -> Competition:
    """The same proposals in the order of their totals by the published weights."""
    placed = order(given, total(given, given.weights[None, :]))[0]
    spending = given.spending
    return replace(
        given,
        numbers=tuple(given.numbers[row] for row in placed),
        marks=given.marks[placed],
        points=given.points[placed],
        barred=given.barred[placed],
        spending=replace(spending, requests=spending.requests[placed], viable=spending.viable[placed]),
    )
