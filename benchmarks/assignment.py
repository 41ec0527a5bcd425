"""Measures assigning evaluators beside its linear relaxation: ``python benchmarks/assignment.py``.

A generated call of 5,000 proposals and 300 evaluators, 3 for each proposal: 20 sectors, 13 territories, 3 languages, a
load limit a fifth above the even share, up to three recused evaluators for each proposal. Measured is the CPU time of
the best assignment, and of the linear relaxation alone over the pairs that proposals are offered first; the objective
is shown beside the bound over all pairs. Then two calls without an assignment, and how long it takes to say why.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections.abc import Callable
from typing import TypeVar

from pipgrants.analysis.assignment import Assignment, assign_best
from pipgrants.analysis.blocking import Blocking, explain
from pipgrants.analysis.grid import grid_of
from pipgrants.analysis.program import WIDTHS, offered, program_of, relaxed_bound
from pipgrants.domain.assignment import AssignmentCase, Demand
from pipgrants.domain.evaluator_terms import EvaluatorTerms
from pipgrants.domain.evaluators import Profile, Topic
from pipgrants.domain.vocabulary import Language
from round import machine

WANTED = 3
SEED = 2026
SECTORS = [f"{division}{group}" for division in (10, 13, 14, 16, 22, 25, 31, 47, 55, 62) for group in ("11", "20")]
TERRITORIES = [f"HN-{letter}" for letter in "ABCDEFGHIJ"] + [f"GT-{letter}" for letter in "ABC"]
EVERY_RULE = {"sector_expert": True, "outside_territory": True, "one_per_institution": True, "same_language": True}

T = TypeVar("T")


def case_of(proposals: int, evaluators: int, rules: dict[str, bool], spare: float = 1.2) -> AssignmentCase:
    """A generated case; ``spare`` times the even share is the load limit."""
    chance = random.Random(SEED)
    names = [f"EV-{place:03}" for place in range(1, evaluators + 1)]
    limit = int(proposals * WANTED / evaluators * spare)
    profiles = {
        name: Profile(
            evaluator=name,
            sectors=tuple(chance.sample(SECTORS, 2)),
            territory=chance.choice(TERRITORIES),
            languages=tuple(chance.sample(list(Language), chance.choice((1, 2, 2, 3)))),
            load_limit=limit,
            institution=f"Institute {chance.randrange(evaluators // 3)}",
        )
        for name in names
    }
    demands = tuple(
        Demand(
            f"P-{place:06}",
            Topic(chance.choice(SECTORS), chance.choice(TERRITORIES), chance.choice(list(Language))),
            WANTED,
            recused=frozenset(chance.sample(names, chance.randrange(4))),
        )
        for place in range(1, proposals + 1)
    )
    return AssignmentCase(EvaluatorTerms(**rules), profiles, demands, tuple(names))


def with_few_readers(case: AssignmentCase) -> AssignmentCase:
    """The same with Portuguese read by ten evaluators at the most."""
    profiles = {
        name: profile
        if place < 10
        else profile._replace(languages=tuple(set(profile.languages) - {Language.PORTUGUESE}))
        for place, (name, profile) in enumerate(case.profiles.items())
    }
    return AssignmentCase(case.terms, profiles, case.demands, case.available)


def timed(act: Callable[[], T]) -> tuple[float, T]:
    """CPU seconds of an act, and what it returned."""
    start = time.process_time()
    found = act()
    return time.process_time() - start, found


def relaxation(case: AssignmentCase, floor: int) -> int:
    """The bound of the linear relaxation at a floor."""
    grid = grid_of(case)
    pairs = offered(grid, floor, WIDTHS[0])
    return relaxed_bound(grid, program_of(grid, pairs), grid.allowed & (grid.affinity >= floor) & ~pairs)


def main() -> None:
    """Runs the benchmark and prints its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--proposals", type=int, default=5_000)
    parser.add_argument("--evaluators", type=int, default=300)
    given = parser.parse_args()
    print(machine(), end="\n\n")
    print("| rules | assignment | relaxation | ratio | floor | objective | bound | of the bound |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, rules in (("load limits", {}), ("and all rules of a panel", EVERY_RULE)):
        case = case_of(given.proposals, given.evaluators, rules)
        seconds, found = timed(lambda case=case: assign_best(case))
        print(_row(name, case, seconds, found))
    print("\n| no assignment | found out | explained | proposals named | lacking |")
    print("| --- | ---: | ---: | ---: | ---: |")
    busy = case_of(given.proposals, given.evaluators, {}, spare=0.99)
    readers = with_few_readers(case_of(given.proposals, given.evaluators, {"same_language": True}))
    for name, case in (("too little time", busy), ("too few who read Portuguese", readers)):
        seconds, found = timed(lambda case=case: assign_best(case))
        explaining, blocking = timed(lambda case=case: explain(case))
        print(_blocked(name, seconds, found, explaining, blocking))
    print(f"\nPeak of memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def _row(name: str, case: AssignmentCase, seconds: float, found: Assignment | None) -> str:
    if found is None:
        return f"| {name} | {seconds:.1f} s | none |"
    relaxing, _ = timed(lambda: relaxation(case, found.floor))
    figures = f"{found.floor} of {found.highest_floor} | {found.objective:,} | {found.bound:,}"
    share = f"{found.objective / found.bound:.4%}"
    return f"| {name} | {seconds:.1f} s | {relaxing:.1f} s | {seconds / relaxing:.1f} | {figures} | {share} |"


def _blocked(name: str, seconds: float, found: Assignment | None, explaining: float, blocking: Blocking) -> str:
    assert found is None
    return f"| {name} | {seconds:.1f} s | {explaining:.1f} s | {len(blocking.proposals):,} | {blocking.lacking_count} |"


if __name__ == "__main__":
    main()
