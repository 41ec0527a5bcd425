"""The best assignment of evaluators to proposals, by integer programming with HiGHS (``scipy.optimize.milp``).

First the lowest affinity of any pair is made as high as it can be (the floor); then, with every pair at the floor or
above, the sum of the affinities, less what overload costs. A proposal is offered its 30 best evaluators, and the 30
best of each kind that the call asks for; where no assignment is found among them, 120 of each, and then all. The bound
is that of the linear relaxation over *all* pairs at the floor, by the prices of the narrower one, so that the distance
from it holds for the whole case.

Promised are the floor and the objective: whoever repeats the same case gets the same figures. Which of several equally
good assignments is found is the solver's choice, the same for the same version of it. Its numbers are rounded, and
what they say is held against the rules again in whole numbers (``domain.assignment.faults``).
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from pipgrants.analysis.grid import Grid, grid_of
from pipgrants.analysis.matching import can_be_filled
from pipgrants.analysis.program import Program, offered, program_of, relaxed_bound, solve, widths
from pipgrants.domain.assignment import AssignmentCase, Pair, faults, total_affinity

if TYPE_CHECKING:
    from pipgrants.analysis.grid import Array


class Assignment(NamedTuple):
    """New pairs in proposal order, the lowest affinity among them, the objective and what it cannot exceed.

    ``highest_floor`` is the floor that eligibility and load limits alone would allow.
    """

    pairs: tuple[Pair, ...]
    floor: int
    highest_floor: int
    objective: int
    bound: int


def assign_best(case: AssignmentCase) -> Assignment | None:
    """The best assignment, None where there is none. Raises ArithmeticError where the solver's answer is not one."""
    grid = grid_of(case)
    if not grid.demands:
        return Assignment((), 0, 0, 0, 0)
    levels = _floors(grid)
    found = _at_best_floor(grid, levels) if levels else None
    return None if found is None else _checked(case, grid, found, levels[-1])


class _Found(NamedTuple):
    floor: int
    pairs: Array
    program: Program
    chosen: list[tuple[int, int]]


def _checked(case: AssignmentCase, grid: Grid, found: _Found, highest_floor: int) -> Assignment:
    """What the solver found, held against the rules and the bound in whole numbers."""
    pairs = tuple((grid.demands[row].proposal, grid.names[column]) for row, column in found.chosen)
    objective = total_affinity(case, pairs)
    bound = relaxed_bound(grid, found.program, grid.allowed & (grid.affinity >= found.floor) & ~found.pairs)
    broken = list(faults(case, pairs))
    if broken or objective > bound:
        raise ArithmeticError(f"the solver's assignment does not hold: {broken or (objective, bound)}")
    lowest = min(int(grid.affinity[row, column]) for row, column in found.chosen)
    return Assignment(pairs, lowest, highest_floor, objective, bound)


def _floors(grid: Grid) -> list[int]:
    """The affinities, rising, at which eligibility and load limits alone leave every proposal its evaluators."""
    import numpy as np

    if bool((np.count_nonzero(grid.allowed, axis=1) < grid.need).any()):
        return []
    values = [int(value) for value in np.unique(grid.affinity[grid.allowed])]
    ranked = -np.sort(-np.where(grid.allowed, grid.affinity, -1), axis=1)
    highest = int(ranked[np.arange(len(grid.need)), grid.need - 1].min())
    values = values[: bisect_left(values, highest + 1)]
    failing = bisect_left(values, 1, key=lambda value: int(not can_be_filled(grid, value)))
    return values[:failing]


def _at_best_floor(grid: Grid, levels: list[int]) -> _Found | None:
    """The best assignment at the highest floor that has one; every width is tried before a floor is lowered."""
    best = _at(grid, levels[-1])
    if best is not None or not _is_possible(grid, levels[0]):
        return best
    failing = bisect_left(levels[:-1], 1, lo=1, key=lambda level: int(not _is_possible(grid, level)))
    return _at(grid, levels[failing - 1])


def _at(grid: Grid, floor: int) -> _Found | None:
    """The best assignment at a floor among the pairs offered, more of them where there is none."""
    for width in widths(grid):
        pairs = offered(grid, floor, width)
        program = program_of(grid, pairs)
        chosen = solve(program)
        if chosen is not None:
            return _Found(floor, pairs, program, chosen)
    return None


def _is_possible(grid: Grid, floor: int) -> bool:
    programs = (program_of(grid, offered(grid, floor, width)) for width in widths(grid))
    return any(solve(program, gain=False) is not None for program in programs)
