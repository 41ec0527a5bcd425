"""Measures ``audit verify`` beside its floor: ``python benchmarks/audit.py [--sizes N ...] [--runs N]``.

The floor hashes the bytes of every entry with ``hashlib`` and does nothing else with them. Beside it: every leaf and
node of the tree computed and compared, and the whole verification with the stored state. The whole verification reads
every other row as well; the last ratio is to hashing the bytes of entries and rows. Each runs in a process of its own,
in turn; the table shows medians of CPU time, and the highest peak of memory.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from round import BENCHMARK, Medians, machine, progress, run_measured

KINDS = ("hashing", "leaves", "verify")


def main() -> None:
    """Runs the benchmark and prints its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[5_550, 55_500], help="proposals, nine entries each")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    print(machine(), end="\n\n")
    titles = ("entries", "hashing", "leaves and root", "everything", "other rows", "hashing all", "everything", "peak")
    print(f"| {' | '.join(titles)} |\n|{' ---: |' * len(titles)}")
    for size in given.sizes:
        print(_row(size, given.runs))


def _row(size: int, runs: int) -> str:
    found: list[Medians] = []
    peaks: list[float] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "round"
        progress(f"a round of {size:,} proposals")
        run_measured("set-up", folder, BENCHMARK, size)
        run_measured("round", folder, BENCHMARK, size)
        for run in range(1, runs + 1):
            progress(f"run {run} of {runs}")
            measured = {kind: run_measured(kind, folder, BENCHMARK, size) for kind in KINDS}
            found.append({name: value for values in measured.values() for name, value in values.items()})
            peaks.append(measured["verify"]["peak"])
    seconds = {kind: statistics.median(values[kind] for values in found) for kind in (*KINDS, "hashing rows")}
    cells = [f"{seconds[kind]:.2f} s, {seconds[kind] / seconds['hashing']:.1f}" for kind in KINDS]
    of_all = seconds["hashing rows"]
    cells += [f"{found[0]['rows']:,.0f}", f"{of_all:.2f} s", f"{seconds['verify'] / of_all:.1f}"]
    return f"| {found[0]['entries']:,.0f} | {' | '.join(cells)} | {max(peaks):.0f} MB |"


if __name__ == "__main__":
    main()
