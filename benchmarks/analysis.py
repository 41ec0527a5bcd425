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
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from pipgrants.analysis.acceptability import acceptability
from pipgrants.analysis.agreement import Metric, alpha
from pipgrants.analysis.competition import Competition, funded_under, order, total
from pipgrants.analysis.disagreement import components, disagreements
from pipgrants.analysis.expected_rank import draw_ranks, expected_ranks
from pipgrants.analysis.hierarchy import posterior, why_not
from pipgrants.analysis.intraclass import intraclass
from pipgrants.analysis.leniency import leniency, ridge_of
from pipgrants.analysis.omissions import Sheets, without_criteria, without_evaluators
from pipgrants.analysis.score_matrix import ScoreMatrix, score_matrix
from pipgrants.analysis.spending import Spending, Turn
from pipgrants.analysis.variance_mixture import Mixture, mixture
from pipgrants.analysis.weight_changes import weight_changes
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


def fitted(matrix: ScoreMatrix) -> Mixture:
    """Variances and how uncertain they are, scores and leniencies."""
    totals = matrix.totals()
    assert why_not(matrix.proposal, matrix.evaluator, totals) is None
    known = posterior(matrix.proposal, matrix.evaluator, totals)
    leniency(matrix.proposal, matrix.evaluator, totals, ridge_of(known.variances))
    return mixture(matrix.proposal, matrix.evaluator, totals, known.variances)


def competition_of(matrix: ScoreMatrix) -> tuple[Competition, Sheets]:
    """The mean marks of proposals in rank order, who ask for 600 to 1,800; a fifth of it all is there, best first."""
    import numpy as np

    chance, shares = np.random.default_rng(SEED), matrix.marks / matrix.maximums
    given = shares.reshape(-1, EACH, CRITERIA)
    count = (~np.isnan(given)).sum(axis=1)
    marks = np.divide(np.nansum(given, axis=1), count, out=np.full(count.shape, np.nan), where=count > 0)
    requests = chance.integers(60_000, 180_000, len(marks))
    weights = matrix.weights * matrix.maximums
    competition = Competition(
        numbers=matrix.proposals,
        criteria=matrix.criteria,
        marks=marks,
        weights=weights / weights.sum(),
        reach=weights.sum() * 10_000,
        step=1,
        points=np.zeros(len(marks), dtype=np.int64),
        minimums=np.full(CRITERIA, 0.2),
        strict=np.zeros(CRITERIA, dtype=bool),
        barred=np.zeros(len(marks), dtype=bool),
        spending=Spending(Turn.FILLING, int(requests.sum()) // 5, requests, requests),
    )
    placed = order(competition, total(competition, competition.weights[None, :]))[0]
    ranked = replace(
        competition,
        marks=marks[placed],
        spending=replace(competition.spending, requests=requests[placed], viable=requests[placed]),
    )
    sheets = Sheets(matrix.evaluators, np.argsort(placed)[matrix.proposal], matrix.evaluator, shares, by_median=False)
    return ranked, sheets


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
    mixed, (competition, sheets) = fitted(matrix), competition_of(matrix)
    line = int(funded_under(competition, competition.weights[None, :]).sum())
    parts = {
        "reliability of 8 criteria and in total, disagreements": lambda: measure_reliability(matrix),
        "variances, scores and leniencies": lambda: fitted(matrix),
        "expected ranks": lambda: expected_ranks(mixed),
        f"ranks in {DRAWS:,} draws": lambda: draw_ranks(mixed, DRAWS, SEED),
        f"shares of {DRAWS:,} weights": lambda: acceptability(competition, seed=SEED, draws=DRAWS, line=line),
        "smallest change of each of 8 weights": lambda: weight_changes(competition),
        "without each criterion": lambda: without_criteria(competition),
        "without each evaluator": lambda: without_evaluators(competition, sheets),
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
    for name in (
        "floor",
        "score table",
        "analysis reliability",
        "analysis evaluators",
        "analysis robustness",
        "analysis fairness",
    ):
        print(f"| {name} | {read[name]:.2f} s | {read[name] / read['floor']:.1f} |")


if __name__ == "__main__":
    main()
