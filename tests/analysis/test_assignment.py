"""The best assignment: laws held against every assignment there is, and what the rules of a panel keep out."""

from collections.abc import Iterator
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assigning import EN, case_of
from pipgrants.analysis.assignment import assign_best
from pipgrants.analysis.blocking import explain
from pipgrants.domain.assignment import AssignmentCase, Demand, Pair, PanelRule, faults, total_affinity
from pipgrants.domain.evaluator_terms import EvaluatorTerms
from pipgrants.domain.evaluators import Profile, Topic
from pipgrants.domain.vocabulary import Language

SECTORS = ("1391", "1392", "1071", "2511")
TERRITORIES = ("HN-FM", "HN-CR", "GT-GU")


def every_assignment(case: AssignmentCase) -> Iterator[tuple[Pair, ...]]:
    """Every way to give each proposal its number of evaluators, by trying them all."""
    panels = [
        [
            tuple((demand.proposal, name) for name in panel)
            for panel in combinations(case.available, demand.lacking_count)
        ]
        for demand in case.demands
    ]
    for chosen in product(*panels):
        pairs = tuple(pair for panel in chosen for pair in panel)
        if not list(faults(case, pairs)):
            yield pairs


@st.composite
def cases(draw: st.DrawFn) -> AssignmentCase:
    names = [f"EV-{place}" for place in range(1, draw(st.integers(1, 5)) + 1)]
    some = st.lists(st.sampled_from(names), unique=True, max_size=2)
    profiles = {
        name: Profile(
            name,
            tuple(draw(st.lists(st.sampled_from(SECTORS), max_size=2))),
            draw(st.none() | st.sampled_from(TERRITORIES)),
            tuple(draw(st.lists(st.sampled_from(Language), unique=True))),
            draw(st.none() | st.integers(0, 3)),
            draw(st.none() | st.sampled_from(("UNAH", "Zamorano"))),
        )
        for name in names
    }
    demands = []
    for place in range(1, draw(st.integers(1, 4)) + 1):
        topic = Topic(
            draw(st.none() | st.sampled_from(SECTORS)),
            draw(st.none() | st.sampled_from(TERRITORIES)),
            draw(st.sampled_from(Language)),
        )
        panel = draw(some)
        recused = frozenset(draw(some)) - set(panel)
        demands.append(Demand(f"P-{place}", topic, draw(st.integers(1, 3)), tuple(panel), recused))
    terms = EvaluatorTerms(
        sector_expert=draw(st.booleans()),
        outside_territory=draw(st.booleans()),
        one_per_institution=draw(st.booleans()),
        same_language=draw(st.booleans()),
        load_limit=draw(st.none() | st.integers(1, 4)),
    )
    available = tuple(sorted(draw(st.sets(st.sampled_from(names), min_size=1))))
    return AssignmentCase(terms, profiles, tuple(demands), available)


def lowest(case: AssignmentCase, pairs: tuple[Pair, ...]) -> int:
    demands = {demand.proposal: demand for demand in case.demands}
    return min((case.affinity(name, demands[proposal]) for proposal, name in pairs), default=0)


@given(cases())
@settings(max_examples=400, deadline=None)
def test_an_assignment_is_the_best_of_all_there_are(case: AssignmentCase) -> None:
    """Max-min first, then the maximum total; none is found exactly where there is none."""
    all_of_them = list(every_assignment(case))
    found = assign_best(case)
    if found is None:
        assert all_of_them == []
        return
    assert not list(faults(case, found.pairs))
    best = max((lowest(case, pairs), total_affinity(case, pairs)) for pairs in all_of_them)
    assert (found.floor, found.objective) == best
    assert found.objective <= found.bound
    assert found.floor <= found.highest_floor


@given(cases())
@settings(max_examples=300, deadline=None)
def test_what_blocks_an_assignment_is_a_smallest_set(case: AssignmentCase) -> None:
    """The proposals named cannot be assigned, without any one of them the others can; so for the rules."""
    if assign_best(case) is not None:
        return
    found = explain(case)
    named = {proposal for proposal, _ in found.proposals}
    others = frozenset(PanelRule) - set(found.rules)
    assert assign_best(case.narrowed(named, others)) is None
    for proposal in named if len(named) > 1 else ():
        assert assign_best(case.narrowed(named - {proposal})) is not None
    for rule in found.rules:
        assert assign_best(case.narrowed(named, others | {rule})) is not None


@given(cases())
@settings(max_examples=200, deadline=None)
def test_the_bound_holds_for_pairs_that_were_not_offered(case: AssignmentCase) -> None:
    """Proposals are offered one or two evaluators first; the bound is that of all who could be at the same floor."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipgrants.analysis.program.WIDTHS", (1, 2))
        found = assign_best(case)
    if found is not None:
        at_floor = [pairs for pairs in every_assignment(case) if not pairs or lowest(case, pairs) >= found.floor]
        assert max(total_affinity(case, pairs) for pairs in at_floor) <= found.bound


def test_a_floor_is_not_lowered_before_every_pair_was_offered() -> None:
    """The one who knows the last proposal's sector is among the thirty best of all the others, who must go wider."""
    experts = [
        Profile(f"g{place:02}", sectors=("1391", "6201") if place == 0 else ("1391",), load_limit=1)
        for place in range(30)
    ]
    others = [Profile(f"h{place:02}", sectors=("13",), load_limit=1) for place in range(10)]
    demands = [Demand(f"X-{place:02}", Topic("1391", None, EN), 1) for place in range(30)]
    case = case_of([*demands, Demand("Y-1", Topic("6201", None, EN), 1)], *experts, *others)
    found = assign_best(case)
    assert found is not None
    assert (found.floor, found.objective, dict(found.pairs)["Y-1"]) == (30, 1_830, "g00")
