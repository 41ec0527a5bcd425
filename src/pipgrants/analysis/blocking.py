"""Why no assignment is possible: proposals that together ask for more than those who may score them can do.

A set of proposals blocks where it needs more evaluators than all those allowed to it can take (Hall's theorem with
capacities: ``need(S) > sum of min(room, proposals of S allowed)``), or more of a kind that the call asks for. Such sets
come from a least cut; what blocks by several rules at once is found by leaving proposals out. Either way proposals are
left out until the rest can be assigned, so that each one named takes part, and so are rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pipgrants.analysis.grid import NO_INSTITUTION, Grid, grid_of
from pipgrants.analysis.matching import asked, flow_of
from pipgrants.analysis.program import is_possible
from pipgrants.domain.assignment import AssignmentCase, PanelRule

if TYPE_CHECKING:
    from pipgrants.analysis.grid import Array

MOST_TRIED_ONE_BY_ONE = 60
"""Larger sets, as where all evaluators together have too little time, are only narrowed by counting."""


class Blocking(NamedTuple):
    """Proposals, each with how many evaluators it lacks, the rules they fail by, and who may score some of them.

    ``kind`` is the rule that asks for one evaluator of a kind where these are too few; ``evaluators`` are then those of
    the kind. Each comes with how many more proposals it takes. ``lacking_count`` is how many evaluations nobody can be
    found for, None where the set fails by several rules together.
    """

    proposals: tuple[tuple[str, int], ...]
    rules: tuple[PanelRule, ...]
    evaluators: tuple[tuple[str, int], ...]
    kind: PanelRule | None
    lacking_count: int | None


def explain(case: AssignmentCase) -> Blocking:
    """The smallest blocking set found of a case that has no assignment."""
    grid = grid_of(case)
    found = [(len(rows), rows, kind) for kind, rows in _short(grid)]
    found += [(len(rows), rows, None) for rows in _alone(grid)]
    _, rows, kind = min(found, key=lambda item: item[0]) if found else (0, [*range(len(grid.demands))], None)
    if not found or len(rows) <= MOST_TRIED_ONE_BY_ONE:
        rows = _without_needless(rows, lambda left: not _can_be(case, grid, left))
    rules = _rules(case, grid, rows)
    allowed, need = asked(grid, kind)
    able = set(allowed[rows].nonzero()[1].tolist())
    lacking = int(need[rows].sum()) - flow_of(allowed[rows], need[rows], grid.room)[0]
    return Blocking(
        proposals=tuple((grid.demands[row].proposal, int(need[row])) for row in rows),
        rules=rules,
        evaluators=tuple((name, int(grid.room[place])) for place, name in enumerate(grid.names) if place in able),
        kind=kind,
        lacking_count=lacking or None,
    )


def _short(grid: Grid) -> Iterator[tuple[PanelRule | None, list[int]]]:
    """Sets of proposals that lack evaluators, or evaluators of a kind: narrowed by counting."""
    for kind in (None, *grid.covers):
        allowed, need = asked(grid, kind)
        total, cut = flow_of(allowed, need, grid.room)
        if total < int(need.sum()):
            for part in _parts(allowed, [row for row in _places(cut) if need[row]]):
                if _is_short(grid, allowed, need, part):
                    yield kind, _narrowed(grid, allowed, need, part)


def _places(chosen: Array) -> list[int]:
    return [place for place, is_chosen in enumerate(chosen) if is_chosen]


def _alone(grid: Grid) -> Iterator[list[int]]:
    """The first proposal whose evaluators are of too few institutions, however much they could score."""
    import numpy as np

    if not len(grid.names) or grid.institution.max() == NO_INSTITUTION:
        return
    single = np.count_nonzero(grid.allowed & (grid.institution == NO_INSTITUTION), axis=1)
    shared = ((grid.allowed & (grid.institution == number)).any(axis=1) for number in range(grid.institution.max() + 1))
    short = np.flatnonzero(single + sum(shared) < grid.need)
    yield from ([int(row)] for row in short[:1])


def _parts(allowed: Array, rows: Sequence[int]) -> Iterator[list[int]]:
    """Some proposals in parts that share no evaluator."""
    import numpy as np
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    some = allowed[list(rows)]
    tail, head = np.nonzero(some)
    count = sum(some.shape)
    graph = csr_array((np.ones(len(tail)), (tail, head + len(rows))), shape=(count, count))
    labels = connected_components(graph, directed=False)[1][: len(rows)]
    for label in np.unique(labels):
        yield [row for row, own in zip(rows, labels, strict=True) if own == label]


def _is_short(grid: Grid, allowed: Array, need: Array, rows: Sequence[int]) -> bool:
    import numpy as np

    return int(need[list(rows)].sum()) > int(np.minimum(grid.room, allowed[list(rows)].sum(axis=0)).sum())


def _narrowed(grid: Grid, allowed: Array, need: Array, rows: Sequence[int]) -> list[int]:
    """A part of a set that still needs too many: those with the most evaluators to choose from are left out first."""
    import numpy as np

    degrees, missing = allowed[list(rows)].sum(axis=0), int(need[list(rows)].sum())
    left = list(rows)
    for row in sorted(rows, key=lambda row: (-int(allowed[row].sum()), -row)):
        fewer = degrees - allowed[row]
        if missing - int(need[row]) > int(np.minimum(grid.room, fewer).sum()):
            degrees, missing = fewer, missing - int(need[row])
            left.remove(row)
    return left


def _without_needless(rows: Sequence[int], blocks: Callable[[list[int]], bool]) -> list[int]:
    """A set of which no proposal can be left out; halves are tried first. What contains a blocking set blocks."""
    left, size = list(rows), max(1, len(rows) // 2)
    while True:
        for start in reversed(range(0, len(left), size)):
            rest = left[:start] + left[start + size :]
            if rest and blocks(rest):
                left = rest
        if size == 1:
            return left
        size //= 2


def _can_be(case: AssignmentCase, grid: Grid, rows: Sequence[int], relaxed: frozenset[PanelRule] = frozenset()) -> bool:
    """Whether some of the proposals can be assigned, with some rules left out."""
    return is_possible(grid_of(case.narrowed({grid.demands[row].proposal for row in rows}, relaxed)))


def _rules(case: AssignmentCase, grid: Grid, rows: Sequence[int]) -> tuple[PanelRule, ...]:
    """The rules without any one of which the proposals could be assigned; too few evaluators fail by none."""
    relaxed: frozenset[PanelRule] = frozenset()
    for rule in filter(case.applies, PanelRule):
        if not _can_be(case, grid, rows, relaxed | {rule}):
            relaxed |= {rule}
    return tuple(rule for rule in PanelRule if case.applies(rule) and rule not in relaxed)
