"""The exact maximum of a linear program in zeros and ones, and of several that reach it the best ranked.

1. The linear relaxation gives prices of the rows. Prices bound every solution, whatever they are, so the bound and what
   a column adds to it (its reduced cost) are computed from them in whole numbers (weak duality; Neumaier and
   Shcherbina 2004).
2. HiGHS (``scipy.optimize.milp``) searches the columns of the smallest reduced costs, the others standing as the prices
   say. Then every column whose reduced cost exceeds the distance from the bound is fixed, and the search is repeated
   over those left, until it held them all (the core of Balas and Zemel 1980).
3. Of several solutions that reach the maximum, that counts whose columns are ranked best: each adds the number of
   columns ranked at its place or below. Of several that are equal in this, too, the one that holds the first column in
   which they differ.

What HiGHS finds is held against the rows in whole numbers. Its bound is in double precision, and taken as true to
``MARGIN`` and ``RELATIVE_MARGIN``; where these are more than the distance between two values, nothing is called proved.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from pipgrants.analysis.quiet import quiet
from pipgrants.domain.binary_program import BinaryProgram, Row

if TYPE_CHECKING:
    from scipy.sparse import csc_array

ENDED, INFEASIBLE = 0, 2
"""The statuses by which scipy tells that a search ended by itself: with a solution, or without any."""
PRICE_BITS = 50
"""Prices are whole multiples of 2 to the minus this."""
FIRST_CORE = 500
"""How many columns are searched first."""
MARGIN, RELATIVE_MARGIN = 1e-6, 1e-10
LARGEST = 10**13
"""Rows of greater numbers are not searched: double precision does not tell their sums apart."""
COST_BITS = 40
"""Gains of more are given to HiGHS in parts of a power of two."""
SIFTED = 5_000
"""How many columns are priced at a time."""
BLOCK = 16
"""How many columns are weighted by powers of two at a time."""

Chosen = frozenset[int]
"""The columns that are one."""


class Best(NamedTuple):
    """The best solution found, its value, and what no solution exceeds.

    ``is_settled`` says that of all solutions of this value it is the best ranked.
    """

    chosen: Chosen
    value: int
    bound: int
    is_settled: bool

    @property
    def is_proved(self) -> bool:
        """Whether no solution has a greater value."""
        return self.value == self.bound


def maximise(program: BinaryProgram, known: Chosen, seconds: float) -> Best:
    """The best solution found by searches of some seconds each; ``known`` is one that holds, of at least one column.

    Proved and settled, it depends on nothing but the program. Raises ValueError where the known one does not hold.
    """
    if not program.holds(known):
        raise ValueError("the solution that is known breaks a row")
    unit = math.gcd(*program.gains) or 1
    scaled = BinaryProgram([gain // unit for gain in program.gains], tuple(map(_in_lowest_terms, program.rows)))
    relaxed = _relaxed(scaled, seconds)
    best, bound = _searched(scaled, relaxed, known, seconds)
    is_settled = False
    if scaled.value(best) == bound:
        best, is_settled = _best_ranked(scaled, relaxed, best, seconds)
    return Best(best, program.value(best), bound * unit, is_settled)


def _in_lowest_terms(row: Row) -> Row:
    """The same row divided by the greatest common divisor of its coefficients."""
    divisor = math.gcd(*row.coefficients) or 1
    return Row(row.columns, [number // divisor for number in row.coefficients], row.limit // divisor)


@dataclass(frozen=True)
class _Relaxed:
    """What prices say of a program, in parts of 2 to the power of ``PRICE_BITS``.

    No solution exceeds ``total``; a column that is otherwise than its ``costs`` say loses their amount of it.
    """

    total: int
    costs: Sequence[int]

    @property
    def bound(self) -> int:
        """What no solution exceeds."""
        return self.total >> PRICE_BITS

    def open_at(self, value: int) -> list[int]:
        """The columns that can be otherwise than the prices say in a solution of a value or more."""
        least = value << PRICE_BITS
        return [column for column, cost in enumerate(self.costs) if self.total - abs(cost) >= least]

    def closest(self, count: int) -> list[int]:
        """Some columns of the smallest reduced costs."""
        order = sorted(range(len(self.costs)), key=lambda column: (abs(self.costs[column]), column))
        return sorted(order[:count])

    def standing(self, searched: Collection[int]) -> Chosen:
        """The columns that the prices choose, but for those that are searched."""
        left_out = frozenset(searched)
        return frozenset(column for column, cost in enumerate(self.costs) if cost > 0 and column not in left_out)


def _relaxed(program: BinaryProgram, seconds: float) -> _Relaxed:
    """The relaxation by the prices that HiGHS finds.

    Of many columns a sample is priced first, with as large a part of the limits; then, as long as that lowers the
    bound by one or more, the columns closest to the line that the prices draw, beside those that stand (sifting).
    """
    count = len(program.gains)
    sample = range(0, count, -(-count // SIFTED))
    limits = [row.limit * len(sample) // count for row in program.rows]
    best = _priced(program, _prices(program, sample, limits, seconds))
    while len(sample) < count:
        columns = best.closest(SIFTED)
        standing = best.standing(columns)
        limits = [row.limit - row.sum(standing) for row in program.rows]
        other = _priced(program, _prices(program, columns, limits, seconds))
        if other.bound >= best.bound:
            break
        best = other
    return best


def _priced(program: BinaryProgram, prices: Sequence[int]) -> _Relaxed:
    """The relaxation by prices of the rows, none of them below zero."""
    costs = [gain << PRICE_BITS for gain in program.gains]
    total = 0
    for row, price in zip(program.rows, prices, strict=True):
        total += price * row.limit
        for column, number in zip(row.columns, row.coefficients, strict=True) if price else ():
            costs[column] -= price * number
    return _Relaxed(total + sum(cost for cost in costs if cost > 0), costs)


def _costs(gains: Sequence[int]) -> tuple[list[float], int]:
    """What HiGHS minimises: gains below zero, in parts of 2 to the power returned."""
    shift = max(max((abs(gain).bit_length() for gain in gains), default=0) - COST_BITS, 0)
    return [-math.ldexp(gain, -shift) for gain in gains], shift


def _prices(program: BinaryProgram, columns: Sequence[int], limits: Sequence[int], seconds: float) -> list[int]:
    """The prices of the rows over some columns, within some limits; none where they are not found in time."""
    from scipy.optimize import linprog

    costs, shift = _costs([program.gains[column] for column in columns])
    with quiet():
        found = linprog(
            costs,
            A_ub=_matrix(program)[:, columns],
            b_ub=limits,
            bounds=(0, 1),
            method="highs",
            options={"time_limit": seconds},
        )
    if found.status != ENDED:
        return [0] * len(program.rows)
    return [int(math.ldexp(max(-float(price), 0.0), PRICE_BITS + shift)) for price in found.ineqlin.marginals]


def _matrix(program: BinaryProgram) -> csc_array:
    """The coefficients in double precision."""
    import numpy as np
    from scipy.sparse import csc_array

    places = np.repeat(np.arange(len(program.rows)), [len(row.columns) for row in program.rows])
    columns = np.concatenate([np.asarray(row.columns, dtype=np.int64) for row in program.rows])
    numbers = [number for row in program.rows for number in row.coefficients]
    shape = (len(program.rows), len(program.gains))
    return csc_array((np.array(numbers, dtype=float), (places, columns)), shape=shape)


class _Found(NamedTuple):
    """What a search found: a solution or none, what none exceeds, and whether it ended by itself."""

    chosen: Chosen | None
    bound: float
    is_whole: bool


def _search(program: BinaryProgram, columns: Sequence[int], standing: Chosen, seconds: float) -> _Found:
    """Searches some columns, beside others that stand chosen."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    if _is_too_large(program):
        return _Found(None, math.inf, False)
    limits = [row.limit - row.sum(standing) for row in program.rows]
    costs, shift = _costs([program.gains[column] for column in columns])
    with quiet():
        found = milp(
            costs,
            integrality=np.ones(len(columns)),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(_matrix(program)[:, columns], -np.inf, limits),
            options={"mip_rel_gap": 0, "time_limit": seconds},
        )
    if found.status == INFEASIBLE:
        return _Found(None, -math.inf, True)
    if found.mip_dual_bound is None:
        return _Found(None, math.inf, False)
    chosen = None
    if found.x is not None:
        taken = standing | {columns[place] for place in np.flatnonzero(np.rint(found.x) == 1).tolist()}
        chosen = taken if program.holds(taken) else None
    margin = MARGIN + RELATIVE_MARGIN * abs(found.mip_dual_bound)
    bound = program.value(standing) + math.floor(math.ldexp(margin - found.mip_dual_bound, shift))
    return _Found(chosen, bound, found.status == ENDED)


def _is_too_large(program: BinaryProgram) -> bool:
    numbers = (number for row in program.rows for number in (row.limit, *row.coefficients))
    return any(abs(number) > LARGEST for number in numbers)


def _searched(program: BinaryProgram, relaxed: _Relaxed, known: Chosen, seconds: float) -> tuple[Chosen, int]:
    """The best solution found, and what none exceeds."""
    as_priced = relaxed.standing(())
    best = max((known, as_priced), key=program.value) if program.holds(as_priced) else known
    value = program.value(best)
    core = relaxed.closest(FIRST_CORE)
    while left := relaxed.open_at(value + 1):
        found = _search(program, core, relaxed.standing(core), seconds)
        if found.chosen is not None and program.value(found.chosen) > value:
            best, value = found.chosen, program.value(found.chosen)
            left = relaxed.open_at(value + 1)
        if set(left) <= set(core):
            return best, int(max(value, min(found.bound, relaxed.bound)))
        if not found.is_whole:
            return best, relaxed.bound
        core = left
    return best, value


def _best_ranked(program: BinaryProgram, relaxed: _Relaxed, best: Chosen, seconds: float) -> tuple[Chosen, bool]:
    """Of the solutions as good as the best one that whose columns are ranked best, and whether that is proved."""
    value, count = program.value(best), len(program.gains)
    columns = relaxed.open_at(value)
    if not columns:
        return best, True
    standing = relaxed.standing(columns)
    equal = program.reaching(value, [count - column for column in range(count)])
    found = _proved(equal, columns, standing, seconds)
    if found is None:
        return best, False
    return _first(equal.reaching(equal.value(found), [0] * count), columns, found, seconds)


def _proved(program: BinaryProgram, columns: Sequence[int], standing: Chosen, seconds: float) -> Chosen | None:
    """The best solution over some columns, None where none is proved."""
    found = _search(program, columns, standing, seconds)
    if found.chosen is None or not found.is_whole or program.value(found.chosen) != found.bound:
        return None
    return found.chosen


def _first(program: BinaryProgram, columns: Sequence[int], known: Chosen, seconds: float) -> tuple[Chosen, bool]:
    """Of the solutions that hold, the one with the first column in which they differ, and whether that is proved."""
    differing = _differing(program, columns, known, seconds)
    if differing is None:
        return known, False
    best = known
    for start in range(0, len(differing), BLOCK):
        left = differing[start:]
        gains = [0] * len(program.gains)
        for place, column in enumerate(left[:BLOCK]):
            gains[column] = 2 ** (BLOCK - place)
        found = _proved(replace(program, gains=gains), left, best - set(left), seconds)
        if found is None:
            return best, False
        best = found
    return best, True


def _differing(program: BinaryProgram, columns: Sequence[int], known: Chosen, seconds: float) -> list[int] | None:
    """The columns in which solutions that hold differ from the known one, None where they were not all found."""
    differing: set[int] = set()
    while True:
        gains = [0] * len(program.gains)
        for column in differing.symmetric_difference(columns):
            gains[column] = -1 if column in known else 1
        found = _proved(replace(program, gains=gains), columns, known - set(columns), seconds)
        if found is None:
            return None
        others = (found ^ known) - differing
        if not others:
            return sorted(differing)
        differing |= others
