"""Measures the best selection by the sum of scores: ``python benchmarks/optimum.py [--proposals N] [--large N]``.

Generated proposals under an envelope that covers three tenths of what is asked for and 20 caps, one for each group.
Measured is the CPU time until the optimum is proved and its equals are settled: with fixing by reduced cost as
``analysis optimum`` does it, and with every proposal given to HiGHS at once, which proves the value alone. The rule
beside it goes down the ranking and funds what fits. Then many proposals with a time limit: the bound and the gap.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections.abc import Sequence

from pipgrants.analysis.optimum import Best, maximise
from pipgrants.domain.binary_program import BinaryProgram, Row
from round import machine

SEED = 2026
CAPS = 20
KINDS = (
    ("whole points, whole thousands", 0, 100_000),
    ("two decimals, whole thousands", 2, 100_000),
    ("four decimals, cents", 4, 1),
)
"""The decimals of totals and the minor units that requests are multiples of."""


def program_of(count: int, decimals: int, unit: int) -> BinaryProgram:
    """A generated call; totals are normal around 65, requests log-normal around 50,000."""
    chance = random.Random(SEED)
    gains = sorted((round(min(max(chance.gauss(65, 15), 0), 100) * 10**decimals) for _ in range(count)), reverse=True)
    units = [max(round(5_000_000 * chance.lognormvariate(0, 0.6) / unit), 1) * unit for _ in range(count)]
    envelope = sum(units) * 3 // 10
    members: list[list[int]] = [[] for _ in range(CAPS)]
    for place in range(count):
        members[chance.randrange(CAPS)].append(place)
    rows = [Row(range(count), units, envelope)]
    for group in members:
        limit = round(envelope / CAPS * chance.uniform(0.8, 1.5))
        rows.append(Row(group, [units[place] for place in group], limit))
    return BinaryProgram(gains, tuple(rows))


def by_rule(program: BinaryProgram) -> frozenset[int]:
    """The selection of ``skip_and_fill``."""
    left = [row.limit for row in program.rows]
    asked: list[list[tuple[int, int]]] = [[] for _ in program.gains]
    for number, row in enumerate(program.rows):
        for column, units in zip(row.columns, row.coefficients, strict=True):
            asked[column].append((number, units))
    chosen = set()
    for column, drawn in enumerate(asked):
        if all(units <= left[number] for number, units in drawn):
            chosen.add(column)
            for number, units in drawn:
                left[number] -= units
    return frozenset(chosen)


def without_fixing(program: BinaryProgram) -> tuple[float, int]:
    """CPU seconds of HiGHS over all proposals at once, and the value it proves."""
    from pipgrants.analysis.optimum import _search

    start = time.process_time()
    found = _search(program, range(len(program.gains)), frozenset(), 600)
    return time.process_time() - start, int(found.bound)


def timed(program: BinaryProgram, known: frozenset[int], seconds: float) -> tuple[float, Best]:
    """CPU seconds until the best selection is found, and the selection."""
    start = time.process_time()
    found = maximise(program, known, seconds)
    return time.process_time() - start, found


def row_of(cells: Sequence[object]) -> str:
    """A row of a table."""
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def measured(count: int, seconds: float, *, beside: bool) -> None:
    """Prints the table of calls of a size."""
    print(f"\n{count:,} proposals, {CAPS} caps, searches of {seconds:,.0f} s at the most")
    titles = ["numbers", "with fixing", "ratio to the rule's objective", "awards", "by the rule", "gap", "settled"]
    titles += ["without fixing"] if beside else []
    print(row_of(titles), row_of(["---"] + ["---:"] * (len(titles) - 1)), sep="\n")
    for name, decimals, unit in KINDS:
        program = program_of(count, decimals, unit)
        known = by_rule(program)
        spent, found = timed(program, known, seconds)
        ratio = found.value / program.value(known)
        gap = "proved" if found.is_proved else f"{(found.bound - found.value) / found.bound:.7%}"
        cells = [name, f"{spent:.1f} s", f"{ratio:.3f}", f"{len(found.chosen):,}", f"{len(known):,}", gap]
        cells.append("yes" if found.is_settled else "no")
        if beside:
            alone, value = without_fixing(program)
            cells.append(f"{alone:.1f} s" + ("" if value == found.value else f" ({value:,})"))
        print(row_of(cells), flush=True)


def main() -> None:
    """Runs the benchmark and prints its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--proposals", type=int, default=5_000)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    print(machine())
    measured(given.proposals, 600, beside=True)
    measured(given.large, given.seconds, beside=False)
    print(f"\nPeak of memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
