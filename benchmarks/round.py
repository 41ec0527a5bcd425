"""Measures a whole round beside its floor: ``python benchmarks/round.py [--sizes N ...] [--shipped N] [--runs N]``.

A round screens, ranks, prepares the allocation and ratifies it, with the records of the letters; applications and
marks are put on record before. The floor writes three hashed rows of 600 bytes for each proposal with ``sqlite3``
alone. Round and floor run in turn, each in a process of its own; the tables show medians of CPU time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

MEASURED = Path(__file__).parent / "measured.py"
TESTS = Path(__file__).parents[1] / "tests"
PHASES = ("screen", "rank", "prepare", "ratify", "round", "floor")
BENCHMARK, SHIPPED = "benchmark", "pip-one-stage"

Medians = dict[str, float]


def main() -> None:
    """Runs the benchmark and prints its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000], help="proposals to the small call")
    parser.add_argument("--shipped", type=int, nargs="*", default=[10_000], help=f"proposals to the call {SHIPPED}")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    print(machine(), end="\n\n")
    small = {size: _measure(BENCHMARK, size, given.runs) for size in given.sizes}
    shipped = {size: _measure(SHIPPED, size, given.runs) for size in given.shipped}
    _print_table(BENCHMARK, small)
    _print_table(SHIPPED, shipped)
    if len(small) > 1:
        first, *_, last = small
        growth = small[last]["round"] / last / (small[first]["round"] / first)
        print(f"A proposal among {last:,} costs {growth:.2f} times what it costs among {first:,}.")
    print(f"`pipgrants --help`: {statistics.median(_help() for _ in range(given.runs)) * 1000:.0f} ms of CPU time.")


def _measure(call: str, size: int, runs: int) -> Medians:
    """Medians of CPU seconds by phase, and the highest peak of memory in MB."""
    results: list[Medians] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        progress(f"{call}: setting up {size:,} proposals")
        run_measured("set-up", folder / "prepared", call, size)
        for run in range(1, runs + 1):
            progress(f"{call}: {size:,} proposals, run {run} of {runs}")
            shutil.copytree(folder / "prepared", folder / "run")
            round_ = run_measured("round", folder / "run", call, size)
            floor = run_measured("floor", folder / "run", call, size)
            results.append({**floor, **round_})
            shutil.rmtree(folder / "run")
    medians = {phase: statistics.median(result[phase] for result in results) for phase in PHASES}
    return {**medians, "peak": max(result["peak"] for result in results)}


def run_measured(what: str, folder: Path, call: str, size: int) -> Medians:
    """What a measurement printed, made in a process of its own."""
    command = [sys.executable, str(MEASURED), what, str(folder), call, str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=with_tests())
    seconds: Medians = json.loads(done.stdout)
    return seconds


def with_tests() -> dict[str, str]:
    """An environment in which the modules that tests share are found."""
    path = [str(TESTS.resolve()), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}


def _help() -> float:
    """CPU seconds of the shortest command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([str(Path(sys.executable).with_name("pipgrants")), "--help"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _print_table(call: str, results: dict[int, Medians]) -> None:
    if not results:
        return
    print(f"| {call}: CPU time | " + " | ".join(f"{size:,} proposals" for size in results) + " |")
    print("| --- |" + " ---: |" * len(results))
    for phase in PHASES:
        cells = [_cell(medians, phase, size) for size, medians in results.items()]
        print(f"| {phase} | " + " | ".join(cells) + " |")
    print("| **round / floor** | " + " | ".join(f"**{_ratio(medians):.1f}**" for medians in results.values()) + " |")
    print("| peak of memory | " + " | ".join(f"{medians['peak']:.0f} MB" for medians in results.values()) + " |\n")


def _cell(medians: Medians, phase: str, size: int) -> str:
    return f"{medians[phase]:.2f} s, {medians[phase] / size * 1e6:.1f} µs each, {medians[phase] / medians['floor']:.1f}"


def _ratio(medians: Medians) -> float:
    return medians["round"] / medians["floor"]


def machine() -> str:
    """The processor, Python and SQLite, in words."""
    names = Path("/proc/cpuinfo")
    lines: Sequence[str] = names.read_text(encoding="utf-8").splitlines() if names.exists() else ()
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    processor = f"{len(models)} x {models[0]}" if models else platform.processor()
    return f"{processor}; Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"


def progress(text: str) -> None:
    """Says what is being done."""
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
