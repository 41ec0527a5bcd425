"""An assignment as a linear program over the pairs that are offered, and its solution by HiGHS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from pipgrants.analysis.grid import NO_INSTITUTION, Grid
from pipgrants.analysis.matching import can_be_filled
from pipgrants.analysis.quiet import quiet

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from pipgrants.analysis.grid import Array

INFEASIBLE = 2
"""The status by which scipy tells that a program has no solution."""
WIDTHS = (30, 120)
"""How many of its best evaluators each proposal is offered, in turn; at last all."""
ROUNDING = 1e-5
"""How far the solver may be from a whole number of points: its tolerances are a hundredth of that."""


class Program(NamedTuple):
    """Maximise ``gain`` over the pairs offered (0 or 1) and the overload of each evaluator.

    ``equal`` gives each proposal its number of evaluators; ``at_most`` holds the other rules, ``limit`` their right
    side, and ``prices`` the places of its rows: by evaluator (room, overload), by proposal (covers), by pair.
    """

    rows: Array
    columns: Array
    gain: Array
    equal: csr_array
    need: Array
    at_most: csr_array
    limit: Array
    covered: tuple[Array, ...]
    """For each cover rule, the proposals that lack one of the kind, in the order of its rows in ``at_most``."""


def widths(grid: Grid) -> Iterator[int]:
    """How many evaluators each proposal is offered, in turn."""
    yield from (width for width in WIDTHS if width < len(grid.names))
    yield len(grid.names)


def offered(grid: Grid, floor: int, width: int) -> Array:
    """Which pairs are offered: each proposal's best of those at the floor, and the best of each kind it asks for.

    Equals are offered in turn, so that not all proposals are offered the same ones.
    """
    import numpy as np

    allowed = grid.allowed & (grid.affinity >= floor)
    count = len(grid.names)
    if width >= count:
        return allowed
    turn = (np.arange(count)[None, :] - (np.arange(len(grid.demands)) * width)[:, None]) % count
    worth = np.where(allowed, grid.affinity * count + (count - 1 - turn), -1)
    found = _best(worth, width)
    for rule, kind in grid.covers.items():
        found |= _best(np.where(kind & grid.asks[rule][:, None], worth, -1), width)
    return found & allowed


def _best(worth: Array, width: int) -> Array:
    import numpy as np

    threshold = np.partition(worth, -width, axis=1)[:, -width][:, None]
    return np.asarray((worth >= threshold) & (worth >= 0))


def program_of(grid: Grid, pairs: Array) -> Program:
    """The program over some pairs."""
    import numpy as np
    from scipy.sparse import csr_array

    rows, columns = np.nonzero(pairs)
    count, evaluators = len(rows), len(grid.names)
    places, ones = np.arange(count), np.ones(count, dtype=np.int64)
    overloaded = np.arange(evaluators)
    blocks = [
        csr_array((ones, (columns, places)), shape=(evaluators, count + evaluators)),
        csr_array(
            (
                np.concatenate([ones, -np.ones(evaluators, dtype=np.int64)]),
                (np.concatenate([columns, overloaded]), np.concatenate([places, count + overloaded])),
            ),
            shape=(evaluators, count + evaluators),
        ),
    ]
    limits, covered = [grid.room, grid.share], []
    for rule, kind in grid.covers.items():
        asking = np.flatnonzero(grid.asks[rule])
        number = np.full(len(grid.demands), -1)
        number[asking] = np.arange(len(asking))
        held = (number[rows] >= 0) & kind[rows, columns]
        shape = (len(asking), count + evaluators)
        blocks.append(csr_array((-ones[held], (number[rows[held]], places[held])), shape=shape))
        limits.append(np.full(len(asking), -1))
        covered.append(asking)
    apart = _apart(grid, rows, columns)
    blocks.append(
        csr_array(
            (ones[apart >= 0], (apart[apart >= 0], places[apart >= 0])),
            shape=(int(apart.max(initial=-1)) + 1, count + evaluators),
        )
    )
    limits.append(np.ones(blocks[-1].shape[0], dtype=np.int64))
    return Program(
        rows,
        columns,
        np.concatenate([grid.affinity[rows, columns], np.full(evaluators, -grid.overload)]),
        csr_array((ones, (rows, places)), shape=(len(grid.demands), count + evaluators)),
        grid.need,
        _stacked(blocks),
        np.concatenate(limits),
        tuple(covered),
    )


def _stacked(blocks: list[csr_array]) -> csr_array:
    from scipy.sparse import csr_array, vstack

    return csr_array(vstack([block for block in blocks if block.shape[0]], format="csr"))


def _apart(grid: Grid, rows: Array, columns: Array) -> Array:
    """For each pair the number of the row that keeps its institution apart, -1 where only one of it is offered."""
    import numpy as np

    institution = grid.institution[columns]
    key = rows * (institution.max(initial=0) + 1) + institution
    known = institution != NO_INSTITUTION
    _, number, counts = np.unique(key[known], return_inverse=True, return_counts=True)
    several = np.flatnonzero(counts > 1)
    renumbered = np.full(len(counts), -1)
    renumbered[several] = np.arange(len(several))
    found = np.full(len(rows), -1)
    found[known] = renumbered[number]
    return found


def solve(program: Program, *, gain: bool = True) -> list[tuple[int, int]] | None:
    """The pairs of the best solution, or of any without ``gain``; None where there is none. Raises ArithmeticError."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    count, evaluators = len(program.rows), len(program.gain) - len(program.rows)
    with quiet():
        found = milp(
            -program.gain if gain else np.zeros(len(program.gain)),
            integrality=np.concatenate([np.ones(count), np.zeros(evaluators)]),
            bounds=Bounds(0, np.concatenate([np.ones(count), np.full(evaluators, np.inf)])),
            constraints=[
                LinearConstraint(program.equal, program.need, program.need),
                LinearConstraint(program.at_most, -np.inf, program.limit),
            ],
            options={"mip_rel_gap": 0},
        )
    if found.status == INFEASIBLE:
        return None
    if found.x is None:
        raise ArithmeticError(f"the solver gave no answer: {found.message}")
    chosen = np.flatnonzero(np.rint(found.x[:count]) == 1)
    return [(int(program.rows[place]), int(program.columns[place])) for place in chosen]


def is_possible(grid: Grid) -> bool:
    """Whether there is any assignment: not where eligibility and load limits alone leave some proposal short."""
    if not can_be_filled(grid, 0):
        return False
    return any(solve(program_of(grid, offered(grid, 0, width)), gain=False) is not None for width in widths(grid))


def relaxed_bound(grid: Grid, program: Program, left_out: Array) -> int:
    """What no assignment exceeds in whole points: the linear relaxation, and what pairs left out could add to it.

    A pair left out adds at the most its reduced cost, where that is a gain (weak duality of linear programs).
    """
    import numpy as np
    from scipy.optimize import linprog

    count = len(program.rows)
    upper = np.concatenate([np.ones(count), np.full(len(program.gain) - count, np.inf)])
    with quiet():
        found = linprog(
            -program.gain,
            A_ub=program.at_most,
            b_ub=program.limit,
            A_eq=program.equal,
            b_eq=program.need,
            bounds=np.column_stack([np.zeros(len(upper)), upper]),
            method="highs",
        )
    if found.status != 0:
        raise ArithmeticError(f"the linear relaxation was not solved: {found.message}")
    prices, evaluators = found.ineqlin.marginals, len(grid.names)
    worth = grid.affinity + found.eqlin.marginals[:, None]
    worth = worth + (prices[:evaluators] + prices[evaluators : 2 * evaluators])[None, :]
    place = 2 * evaluators
    for asking, kind in zip(program.covered, grid.covers.values(), strict=True):
        priced = np.zeros(len(grid.demands))
        priced[asking] = prices[place : place + len(asking)]
        worth = worth - priced[:, None] * kind
        place += len(asking)
    added = np.where(left_out, np.maximum(worth, 0), 0).sum()
    return int(np.floor(-found.fun + added + ROUNDING))
