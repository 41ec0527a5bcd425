"""The smallest change of one criterion's weight that alters the list of funded proposals.

The weight t of a criterion moves up or down, and the others keep their proportions. As a function of t the total of a
proposal, as a share of the reach, is N(t) / D(t) + points, with N(t) = R + t (u - R) and D(t) = A + t (a - A): u its
mark, a whether the criterion was applicable, R and A the same for the other criteria by their own weights. Where all
criteria were applicable, D is 1 and totals are straight lines. Two proposals change places where

    N1 D2 - N2 D1 + (p1 - p2) D1 D2 = 0,

an equation of the second degree at most, solved in closed form; so are the crossings of a threshold in total. Between
two crossings the list stays as it is, so that it is looked at just behind each one: of one that is funded with one that
is not, and, where the last is funded in part or money goes no further than the first that it does not cover, of the
last funded and the first that is not with everybody. No others can alter a list. A weight that leaves none to the other
criteria is not looked at.

Totals are compared unrounded (to a trillionth of the reach). Where proposals with the same total lie on both sides of
the line, every change of a weight alters the list, and the smallest is zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from pipgrants.analysis.competition import Competition, admitted, funded_by, order, reaches_minimums, total
from pipgrants.analysis.spending import Turn

if TYPE_CHECKING:
    from pipgrants.analysis.score_matrix import Array

FINE = 10**12
"""The units of the reach in which totals are compared."""
SAME = 1e-9
"""Crossings so close to each other, as shares of all weight, are one."""
BEHIND = 1e-7
"""How far behind a crossing the list is looked at, where the next one is not nearer."""
MOST = 2_048
"""So many crossings are found at once, nearest first."""
CELLS = 1_000_000
"""So many pairs are looked at together."""


@dataclass(frozen=True)
class WeightChange:
    """The weight of a criterion, as a share of all weight, up or down to where the list of funded proposals changes.

    ``change`` is the difference, with its sign, None where no weight in that direction changes the list; just behind it
    ``rises`` has passed ``falls`` (None where one of them meets a threshold in total), and others are funded.
    """

    criterion: str
    weight: float
    direction: int
    change: float | None = None
    rises: str | None = None
    falls: str | None = None
    enters: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()


class _Lines(NamedTuple):
    """By proposal: N and D at the published weight, their slopes, and the points, as shares of the reach."""

    n: Array
    n_slope: Array
    d: Array
    d_slope: Array
    points: Array

    def of(self, places: Array) -> _Lines:
        return _Lines(*(values[places] for values in self))


class _Crossings(NamedTuple):
    """Distances from the published weight, nearest first, and the two that cross; a threshold is -1."""

    distances: Array
    ones: Array
    others: Array


def weight_changes(competition: Competition) -> tuple[WeightChange, ...]:
    """The smallest change of each criterion's weight, up and down; none where there is one criterion."""
    return tuple(_changes(_fine(competition))) if len(competition.criteria) > 1 else ()


def _changes(competition: Competition) -> Iterator[WeightChange]:
    for criterion in range(len(competition.criteria)):
        for direction in (1, -1):
            yield _Search(competition, criterion, direction).found()


def _fine(competition: Competition) -> Competition:
    """The same proposals with totals in units so small that they are as good as unrounded."""
    import numpy as np

    def fine(units: int | None) -> int | None:
        return None if units is None else round(units * (FINE / competition.reach))

    return replace(
        competition,
        reach=FINE,
        step=1,
        points=np.round(competition.points * (FINE / competition.reach)).astype(np.int64),
        minimum_total=fine(competition.minimum_total),
        minimum_score=fine(competition.minimum_score),
    )


class _Search:
    """Looks for the first change of the list in one direction."""

    def __init__(self, competition: Competition, criterion: int, direction: int) -> None:
        self._competition = competition
        self._criterion = criterion
        self._direction = direction
        self._weight = float(competition.weights[criterion])
        self._most = 1 - self._weight if direction > 0 else self._weight
        self._lines = _lines(competition, criterion, direction)
        self._reached = reaches_minimums(competition)
        spending = competition.spending
        self._has_edge = spending.turn is not Turn.FILLING or bool((spending.viable < spending.requests).any())
        self._known = _merged([])

    def found(self) -> WeightChange:
        """The first change, or that there is none."""
        import numpy as np

        names, start = self._competition.numbers, self._funded(np.zeros(1))[0]
        unchanged = WeightChange(self._competition.criteria[self._criterion], self._weight, self._direction)
        behind, batch = -1.0, 1 if self._has_edge else 64
        while len((crossings := self._next(start, behind)).distances):
            looked_at = range(min(batch, len(crossings.distances)))
            points = self._just_behind(crossings.distances)[: len(looked_at)]
            lists = self._funded(points)
            for place in looked_at:
                if (lists[place] != start).any():
                    one, other = int(crossings.ones[place]), int(crossings.others[place])
                    rises, falls = self._named(one, other, float(points[place]))
                    return replace(
                        unchanged,
                        change=self._direction * abs(float(crossings.distances[place])),
                        rises=rises,
                        falls=falls,
                        enters=tuple(names[item] for item in np.flatnonzero(lists[place] & ~start)),
                        leaves=tuple(names[item] for item in np.flatnonzero(start & ~lists[place])),
                    )
            behind = float(crossings.distances[len(looked_at) - 1])
        return unchanged

    def _just_behind(self, distances: Array) -> Array:
        """A point behind each crossing and before the next."""
        import numpy as np

        ends = np.append(distances, self._most)
        following = ends[np.searchsorted(distances, distances + SAME, side="right")]
        behind: Array = np.minimum(distances + np.minimum((following - distances) / 2, BEHIND), self._most)
        return behind

    def _named(self, one: int, other: int, distance: float) -> tuple[str | None, str | None]:
        """Which of two stands above the other at a distance; a threshold has no name."""
        import numpy as np

        totals = total(self._competition, self._weights(np.array([distance])))[0]
        names = self._competition.numbers
        if other < 0:
            threshold, counts_points = self._thresholds()[-1 - other]
            seen = totals[one] + (self._competition.points[one] if counts_points else 0)
            return (names[one], None) if seen >= threshold * FINE else (None, names[one])
        ranked = totals + self._competition.points
        return (names[one], names[other]) if ranked[one] > ranked[other] else (names[other], names[one])

    def _weights(self, distances: Array) -> Array:
        """The published weights with that of the criterion moved, by distance and criterion."""
        import numpy as np

        moved = self._weight + self._direction * distances
        others = self._competition.weights / (1 - self._weight)
        weights: Array = (1 - moved)[:, None] * others[None, :]
        weights[:, self._criterion] = moved
        return np.clip(weights, 0, None)

    def _funded(self, distances: Array) -> Array:
        totals = total(self._competition, self._weights(distances))
        return funded_by(self._competition, totals, self._reached)

    def _next(self, start: Array, behind: float) -> _Crossings:
        """The next crossings that can alter the list, behind a distance."""
        import numpy as np

        can = self._reached & ~self._competition.barred
        if not (self._known.distances > behind + SAME).any():
            inside, outside = np.flatnonzero(start), np.flatnonzero(can & ~start)
            self._known = _merged(
                [self._pairs(inside, outside, behind), self._at_thresholds(np.flatnonzero(can), behind)]
            )
        kept = self._known.distances > behind + SAME
        found = [_Crossings(*(values[kept] for values in self._known))]
        if self._has_edge:
            found.append(self._pairs(self._edge(start, max(behind, 0.0)), np.flatnonzero(can), behind))
        return _merged(found)

    def _edge(self, start: Array, behind: float) -> Array:
        """The last that is funded and the first that money or places keep out, just behind a distance."""
        import numpy as np

        totals = total(self._competition, self._weights(np.array([min(behind + SAME, self._most)])))
        placed = order(self._competition, totals)[0]
        ranked = placed[admitted(self._competition, totals, self._reached)[0][placed]]
        return np.concatenate([ranked[start[ranked]][-1:], ranked[~start[ranked]][:1]])

    def _thresholds(self) -> list[tuple[float, bool]]:
        """The thresholds in total that hold, as shares of the reach, and whether priority points count for them."""
        held = ((self._competition.minimum_total, False), (self._competition.minimum_score, True))
        return [(units / FINE, counts_points) for units, counts_points in held if units is not None]

    def _at_thresholds(self, places: Array, behind: float) -> _Crossings:
        """Where proposals meet a threshold in total."""
        import numpy as np

        lines, found = self._lines.of(places), []
        for index, (threshold, counts_points) in enumerate(self._thresholds()):
            shift = (lines.points if counts_points else 0.0) - threshold
            value = lines.n + shift * lines.d
            slope = lines.n_slope + shift * lines.d_slope
            distances = np.divide(-value, slope, out=np.full_like(value, np.inf), where=slope != 0)
            found.append(self._kept(distances, places, np.full_like(places, -1 - index), behind))
        return _merged(found)

    def _pairs(self, ones: Array, others: Array, behind: float) -> _Crossings:
        """Where proposals cross others, a block of pairs at a time."""
        found, rows = [], max(CELLS // max(len(others), 1), 1)
        below = self._lines.of(others)
        for begin in range(0, len(ones), rows):
            block = ones[begin : begin + rows, None]
            roots = _roots(self._lines.of(block), below)
            found += [self._kept(distances, block, others, behind) for distances in roots]
        return _merged(found)

    def _kept(self, distances: Array, ones: Array, others: Array, behind: float) -> _Crossings:
        """Those behind a distance and within the weights there are."""
        import numpy as np

        kept = (distances >= 0) & (distances > behind + SAME) & (distances < self._most - SAME)
        shape = distances.shape
        ones, others = np.broadcast_to(ones, shape), np.broadcast_to(others, shape)
        return _nearest(_Crossings(distances[kept], ones[kept], others[kept]))


def _lines(competition: Competition, criterion: int, direction: int) -> _Lines:
    import numpy as np

    marks, applicable = np.nan_to_num(competition.marks), ~np.isnan(competition.marks)
    weight = competition.weights[criterion]
    others = competition.weights / (1 - weight)
    others[criterion] = 0
    rest, rest_reach = marks @ others, np.where(applicable.all(axis=1), 1.0, applicable @ others)
    n_slope, d_slope = marks[:, criterion] - rest, applicable[:, criterion] - rest_reach
    return _Lines(
        rest + weight * n_slope,
        direction * n_slope,
        rest_reach + weight * d_slope,
        direction * d_slope,
        competition.points / competition.reach,
    )


def _roots(one: _Lines, other: _Lines) -> tuple[Array, ...]:
    """The distances at which pairs of totals are equal; NaN or infinite where they never are."""
    import numpy as np

    points = one.points - other.points
    if not (one.d_slope.any() or other.d_slope.any()):
        with np.errstate(divide="ignore", invalid="ignore"):
            ahead = one.n - other.n + points
            ahead[np.abs(ahead) < 1 / FINE] = 0.0
            return (ahead / (other.n_slope - one.n_slope),)
    g0 = one.n * other.d - other.n * one.d + points * one.d * other.d
    g1 = (one.n * other.d_slope + one.n_slope * other.d) - (other.n * one.d_slope + other.n_slope * one.d)
    g1 = g1 + points * (one.d * other.d_slope + one.d_slope * other.d)
    g2 = one.n_slope * other.d_slope - other.n_slope * one.d_slope + points * one.d_slope * other.d_slope
    g0 = np.where(np.abs(g0) < 1 / FINE, 0.0, g0)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = -(g1 + np.copysign(np.sqrt(g1 * g1 - 4 * g2 * g0), g1)) / 2
        return g0 / half, half / g2


def _merged(found: list[_Crossings]) -> _Crossings:
    import numpy as np

    if not found:
        return _Crossings(np.empty(0), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    distances, ones, others = (np.concatenate(part) for part in zip(*found, strict=True))
    return _nearest(_Crossings(distances, ones, others))


def _nearest(crossings: _Crossings) -> _Crossings:
    import numpy as np

    distances = crossings.distances
    if len(distances) > MOST:
        kept = np.argpartition(distances, MOST)[:MOST]
        crossings = _Crossings(*(values[kept] for values in crossings))
    placed = np.argsort(crossings.distances, kind="stable")
    return _Crossings(*(values[placed] for values in crossings))
