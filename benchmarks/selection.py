"""Measures a whole selection: ``python benchmarks/selection.py [--proposals N] [--evaluators N]``.

A generated call of 5,000 proposals and 300 evaluators with profiles, three for each proposal: screened, assigned,
scored, closed, ranked, allocated, ratified, answered with letters, replayed. Printed is the CPU time of each act, and
how often the floor of ``round.py`` goes into it.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from round import machine, with_tests

STARTED = "PIPGRANTS_BENCHMARK_STARTED"
SEED = 2026
SECTORS = ("1391", "1079", "2512", "5510", "6201")

T = TypeVar("T")


def main() -> None:
    """Runs the benchmark and prints its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--proposals", type=int, default=5_000)
    parser.add_argument("--evaluators", type=int, default=300)
    given = parser.parse_args()
    if STARTED not in os.environ:
        subprocess.run([sys.executable, *sys.argv], check=True, env={**with_tests(), STARTED: "1"})
        return
    print(machine(), end="\n\n")
    with tempfile.TemporaryDirectory() as folder:
        _run(Path(folder), given.proposals, given.evaluators)


def _run(folder: Path, proposals: int, evaluators: int) -> None:
    from generated import BENCHMARK, receive_generated
    from measured import measure_floor
    from pipgrants.services import allocate, assignment, evaluation, rank, ratify, release, screen
    from pipgrants.services.audit.replay import replay
    from rounds import AFTER_DEADLINE, AFTER_DRAW, SCORING, as_

    officer, manager, call = as_("olga"), as_("marcos"), BENCHMARK
    workspace = receive_generated(folder / "agency", call, proposals)
    names = _people(workspace, evaluators)
    floor = measure_floor(folder, proposals)["floor"]
    print(f"{proposals:,} proposals, {evaluators} evaluators; the floor is {floor:.2f} s.\n")
    print("| act | CPU time | floors |\n| --- | ---: | ---: |")

    def measured(name: str, act: Callable[[], T]) -> T:
        start = time.process_time()
        done = act()
        seconds = time.process_time() - start
        print(f"| {name} | {seconds:.2f} s | {seconds / floor:.1f} |", flush=True)
        return done

    measured("screen", lambda: screen.screen(workspace, officer, AFTER_DEADLINE, call=call))
    assigned = measured(
        "assign evaluators", lambda: assignment.assign(workspace, officer, SCORING, call=call, evaluators=names)
    )
    scores = list(_marks(workspace, call, [(item.proposal, item.evaluator) for item in assigned.given]))
    source = {"file": "scores.csv", "sha256": "0" * 64}
    measured(
        f"store {len(scores):,} marks",
        lambda: evaluation.score(workspace, officer, SCORING, call=call, scores=scores, source=source),
    )
    measured("close the scores", lambda: evaluation.close_scores(workspace, officer, SCORING, call=call))
    measured("rank", lambda: rank.rank_call(workspace, officer, AFTER_DRAW, call=call))
    proposed = measured("allocate", lambda: allocate.prepare_allocation(workspace, officer, AFTER_DRAW, call=call))
    measured("ratify", lambda: ratify.ratify(workspace, manager, AFTER_DRAW, package=proposed.package))
    measured("release the letters", lambda: release.release(workspace, officer, AFTER_DRAW, call=call))
    found = measured("replay", lambda: replay(workspace, manager, AFTER_DRAW, call=call))
    bound = assigned.objective / assigned.bound if assigned.bound else 1
    print(
        f"\nThe assignment reaches {bound:.4%} of its linear bound; {len(found.differences)} differences in the replay."
    )


def _people(workspace: object, count: int) -> list[str]:
    """Evaluators with profiles."""
    from pipgrants.domain.vocabulary import Role
    from pipgrants.services import people
    from rounds import WHILE_OPEN, Round, as_

    chance = random.Random(SEED)
    names = [f"ev{place:03}" for place in range(1, count + 1)]
    for name in names:
        roles = (Role.EVALUATOR,)
        people.add_actor(workspace, as_("admin"), WHILE_OPEN, actor=name, name=f"Dr {name}", roles=roles, os_user=None)
    rows = [
        {
            "evaluator": name,
            "sectors": "; ".join(chance.sample(SECTORS, 2)),
            "territory": chance.choice(("HN-FM", "HN-CR", "NI-MN")),
            "languages": "; ".join(chance.sample(("en", "es", "pt"), 2)),
            "institution": f"Institute {place // 3}",
        }
        for place, name in enumerate(names)
    ]
    Round(workspace).profile(*rows)
    return names


def _marks(workspace: object, call: str, pairs: list[tuple[str, str]]) -> Iterator[object]:
    from generated import mark_around
    from pipgrants.domain.application import SubmittedScore
    from pipgrants.services.definitions import terms_of

    chance = random.Random(SEED)
    with workspace.read() as unit:
        codes = [criterion.code for criterion in terms_of(unit.calls, call).call.rubric.criteria]
    quality = {number: chance.gauss(6.5, 1.5) for number in sorted({number for number, _ in pairs})}
    for number, evaluator in pairs:
        for code in codes:
            yield SubmittedScore(number, evaluator, code, Decimal(mark_around(chance, quality[number])))


if __name__ == "__main__":
    main()
