"""Measures the analyses of a ranking: ``python benchmarks/analysis.py``.

A generated stage of 5,000 proposals and 300 evaluators, 3 for each proposal, who mark 8 criteria on a scale from 0 to 5
in halves, one mark in fifty not applicable. Measured is the CPU time of each analysis on the marks as arrays, and then
of reading them from a round of the same size. The floor is the reading of the rows of marks alone. Linear algebra runs
in one thread, for the waiting of others would count as CPU time.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from pipgrants.analysis.agreement import Metric, alpha
from pipgrants.analysis.disagreement import components, disagreements
from pipgrants.analysis.expected_rank import draw_ranks, expected_ranks
from pipgrants.analysis.hierarchy import Posterior, posterior, why_not
from pipgrants.analysis.intraclass import intraclass
from pipgrants.analysis.leniency import leniency, ridge_of
from pipgrants.analysis.score_matrix import ScoreMatrix, score_matrix
from pipgrants.domain.rubric import Scale
from round import BENCHMARK, machine, progress, run_measured

os.environ["OPENBLAS_NUM_THREADS"] = "1"

CRITERIA, EACH, SEED, DRAWS = 8, 3, 2026, 10_000
SCALE = Scale(Decimal(0), Decimal(5), Decimal("0.5"), {})


def generated(proposals: int, evaluators: int) -> ScoreMatrix:
    """Marks of proposals that differ, by evaluators who differ, with errors."""
    import numpy as np

    chance = np.random.default_rng(SEED)
    row = np.repeat(np.arange(proposals), EACH)
    column = np.concatenate([chance.choice(evaluators, EACH, replace=False) for _ in range(proposals)])
    true = chance.normal(3, 0.6, proposals)[row] + chance.normal(0, 0.3, evaluators)[column]
    marks = true[:, None] + chance.normal(0, 0.5, (len(row), 1)) + chance.normal(0, 0.6, (len(row), CRITERIA))
    halves = np.clip(np.round(2 * marks), 0, 10).astype(int)
    steps = [Decimal(half) / 2 for half in range(11)]
    is_given = chance.random(halves.shape) > 0.02
    return score_matrix(
        proposals=[f"P-{place:06}" for place in range(proposals)],
        evaluators=[f"EV-{place:03}" for place in range(evaluators)],
        criteria=[f"criterion_{place}" for place in range(CRITERIA)],
        weights=[Decimal(weight) for weight in (2, 2, 2, 3, 3, 3, 3, 2)],
        scales=[SCALE] * CRITERIA,
        evaluations=(
            (
                f"P-{row[place]:06}",
                f"EV-{column[place]:03}",
                [steps[half] if is_one else None for half, is_one in zip(halves[place], is_given[place], strict=True)],
            )
            for place in range(len(row))
        ),
    )


def measure_reliability(matrix: ScoreMatrix) -> None:
    """Every coefficient of every criterion and in total, the disagreements, and the parts of the review graph."""
    for values in (*matrix.marks.T, matrix.totals()):
        for metric in Metric:
            alpha(matrix.proposal, values, metric)
        intraclass(matrix.proposal, matrix.evaluator, values)
    disagreements(matrix, 0.2)
    components(matrix)


def fitted(matrix: ScoreMatrix) -> Posterior:
    """Variances, scores and leniencies."""
    totals = matrix.totals()
    assert why_not(matrix.proposal, matrix.evaluator, totals) is None
    known = posterior(matrix.proposal, matrix.evaluator, totals)
    leniency(matrix.proposal, matrix.evaluator, totals, ridge_of(known.variances))
    return known


def seconds_of(act: Callable[[], object]) -> float:
    """CPU seconds of an act."""
    start = time.process_time()
    act()
    return time.process_time() - start


def main() -> None:
    """Runs the benchmark and prints its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--proposals", type=int, default=5_000)
    parser.add_argument("--evaluators", type=int, default=300)
    given = parser.parse_args()
    print(machine(), end="\n\n")
    matrix = generated(given.proposals, given.evaluators)
    known = fitted(matrix)
    parts = {
        "reliability of 8 criteria and in total, disagreements": lambda: measure_reliability(matrix),
        "variances, scores and leniencies": lambda: fitted(matrix),
        "expected ranks": lambda: expected_ranks(known),
        f"ranks in {DRAWS:,} draws": lambda: draw_ranks(known, DRAWS, SEED),
    }
    print(f"| {given.proposals:,} proposals x {EACH} x {CRITERIA}: CPU time | |\n| --- | ---: |")
    for name, act in parts.items():
        print(f"| {name} | {seconds_of(act):.1f} s |")
    print(f"\nPeak of memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB\n")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "prepared"
        progress(f"setting up a round of {given.proposals:,} proposals")
        run_measured("set-up", folder, BENCHMARK, given.proposals)
        run_measured("round", folder, BENCHMARK, given.proposals)
        read = run_measured("score-table", folder, BENCHMARK, given.proposals)
    print("| from the record of a round: CPU time | | in floors |\n| --- | ---: | ---: |")
    for name in ("floor", "score table", "analysis reliability", "analysis evaluators"):
        print(f"| {name} | {read[name]:.2f} s | {read[name] / read['floor']:.1f} |")


if __name__ == "__main__":
    main()
