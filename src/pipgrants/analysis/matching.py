"""Whether every proposal can have its evaluators, or one of a kind, by eligibility and load limits: maximum flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipgrants.analysis.grid import Array, Grid
    from pipgrants.domain.assignment import PanelRule


def can_be_filled(grid: Grid, floor: int) -> bool:
    """Whether the pairs at a floor or above suffice, in number and then for each kind that proposals ask for."""
    for kind in (None, *grid.covers):
        allowed, need = asked(grid, kind)
        if flow_of(allowed & (grid.affinity >= floor), need, grid.room)[0] < int(need.sum()):
            return False
    return True


def asked(grid: Grid, kind: PanelRule | None) -> tuple[Array, Array]:
    """Who may score what, and how many each proposal needs: of all, or of a kind."""
    if kind is None:
        return grid.allowed, grid.need
    return grid.allowed & grid.covers[kind], grid.asks[kind].astype(grid.need.dtype)


def flow_of(allowed: Array, need: Array, room: Array) -> tuple[int, Array]:
    """How many evaluations can be given out at the most, and which proposals are on the source's side of a least cut.

    Those proposals need more than all the evaluators allowed to them can take (Hall's theorem, with capacities).
    """
    import numpy as np
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    proposals, evaluators = allowed.shape
    rows, columns = np.nonzero(allowed)
    source, sink = proposals + evaluators, proposals + evaluators + 1
    tail = np.concatenate([np.full(proposals, source), rows, proposals + np.arange(evaluators)])
    head = np.concatenate([np.arange(proposals), proposals + columns, np.full(evaluators, sink)])
    capacity = np.concatenate([need, np.ones(len(rows), dtype=np.int64), room]).astype(np.int32)
    graph = csr_array((capacity, (tail, head)), shape=(sink + 1, sink + 1))
    found = maximum_flow(graph, source, sink)
    residual = csr_array(graph - found.flow)
    residual.data[residual.data < 0] = 0
    residual.eliminate_zeros()
    reached = breadth_first_order(residual, source, return_predecessors=False)
    side = np.zeros(sink + 1, dtype=bool)
    side[reached] = True
    return int(found.flow_value), side[:proposals]
