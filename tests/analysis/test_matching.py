"""Whether there are evaluators enough, by number and by kind: maximum flows, held against Hall's theorem."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assigning import case_of, demand
from pipgrants.analysis.grid import grid_of
from pipgrants.analysis.matching import asked, can_be_filled, flow_of
from pipgrants.domain.assignment import PanelRule
from pipgrants.domain.evaluator_terms import EvaluatorTerms
from pipgrants.domain.evaluators import Profile

EXPERT, OTHER = Profile("eva", sectors=("1391",)), Profile("emilio", sectors=("6201",))


def test_pairs_below_the_floor_do_not_count() -> None:
    grid = grid_of(case_of([demand("P-1", 2, sector="1391")], EXPERT, OTHER))
    assert [floor for floor in (0, 1, 61) if can_be_filled(grid, floor)] == [0]


def test_a_kind_of_which_there_are_too_few_is_missed() -> None:
    demands = [demand("P-1", sector="1391"), demand("P-2", sector="1391")]
    one_each = EvaluatorTerms(sector_expert=True, load_limit=1)
    grid = grid_of(case_of(demands, EXPERT, OTHER, terms=one_each))
    allowed, need = asked(grid, PanelRule.SECTOR_EXPERT)
    assert (allowed.tolist(), need.tolist()) == ([[True, False], [True, False]], [1, 1])
    assert not can_be_filled(grid, 0)
    assert can_be_filled(grid_of(case_of(demands, EXPERT, OTHER, terms=EvaluatorTerms(load_limit=1))), 0)


@st.composite
def matchings(draw: st.DrawFn) -> tuple[list[list[bool]], list[int], list[int]]:
    proposals, evaluators = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    row = st.lists(st.booleans(), min_size=evaluators, max_size=evaluators)
    allowed = draw(st.lists(row, min_size=proposals, max_size=proposals))
    need = draw(st.lists(st.integers(0, 3), min_size=proposals, max_size=proposals))
    return allowed, need, draw(st.lists(st.integers(0, 3), min_size=evaluators, max_size=evaluators))


def lacking(rows: tuple[int, ...], allowed: list[list[bool]], need: list[int], room: list[int]) -> int:
    """How much more some proposals need than all those allowed to them can take."""
    able = sum(min(room[place], sum(allowed[row][place] for row in rows)) for place in range(len(room)))
    return sum(need[row] for row in rows) - able


@given(matchings())
def test_what_cannot_be_given_is_what_the_worst_set_lacks(
    matching: tuple[list[list[bool]], list[int], list[int]],
) -> None:
    """Hall's theorem with capacities; the proposals on the source's side of the cut are such a set."""
    allowed, need, room = matching
    total, cut = flow_of(np.array(allowed), np.array(need), np.array(room))
    rows = range(len(need))
    sets = [chosen for size in range(len(need) + 1) for chosen in combinations(rows, size)]
    worst = max(lacking(chosen, allowed, need, room) for chosen in sets)
    assert sum(need) - total == worst
    assert lacking(tuple(row for row in rows if cut[row]), allowed, need, room) == worst
