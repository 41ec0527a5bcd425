"""Measures ``audit verify`` beside its floor: ``python benchmarks/audit.py [--sizes N ...] [--runs N]``.

The floor hashes the bytes of every entry with ``hashlib`` and does nothing else with them. Beside it: every leaf and
node of the tree computed and compared, and the whole verification with the stored state. Each runs in a process of its
own, in turn; the table shows medians of CPU time, and the highest peak of memory.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from generated import BENCHMARK, set_up
from measured import measure_round
from pipgrants.services.audit.trail import TrailCheck
from pipgrants.services.audit.verify import verify
from pipgrants.services.workspace import Workspace, silent
from round import machine, progress, with_tests
from rounds import as_

LATER = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
BATCH = 1_000
KINDS = ("floor", "leaves", "verify")


def measure_floor(workspace: Workspace) -> tuple[int, float]:
    """How many entries there are, and the seconds it takes to hash their bytes."""
    count, seconds = 0, 0.0
    with workspace.read() as unit:
        contents = [entry.content for entry in unit.stored.entries()]
    start = time.process_time()
    for content in contents:
        hashlib.sha256(content).digest()
        count += 1
    seconds += time.process_time() - start
    return count, seconds


def measure_leaves(workspace: Workspace) -> tuple[int, float]:
    """The same with every leaf and node of the tree compared, and the root computed."""
    with workspace.read() as unit:
        check = TrailCheck(unit.stored, silent)
        start = time.process_time()
        faults = list(check.faults())
        check.frontier.root()
        seconds = time.process_time() - start
    assert not faults, faults[:3]
    return check.frontier.size, seconds


def measure_verify(workspace: Workspace) -> tuple[int, float]:
    """The same with everything: stored state, definitions, files, signatures."""
    start = time.process_time()
    found = verify(workspace, as_("marcos"), LATER)
    seconds = time.process_time() - start
    assert not found.faults, found.faults[:3]
    return found.checkpoint.size, seconds


MEASURES: dict[str, Callable[[Workspace], tuple[int, float]]] = {
    "floor": measure_floor,
    "leaves": measure_leaves,
    "verify": measure_verify,
}


def main() -> None:
    """Runs the benchmark and prints its table, or one measurement in this process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[5_550, 55_500], help="proposals, nine entries each")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--measure", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        kind, folder = given.measure
        count, seconds = MEASURES[kind](Workspace(Path(folder)))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"entries": count, "seconds": seconds, "peak": peak}))
        return
    print(machine(), end="\n\n")
    print("| entries | hashing | leaves and root | everything | peak of memory |\n| ---: | ---: | ---: | ---: | ---: |")
    for size in given.sizes:
        print(_row(size, given.runs))


def _row(size: int, runs: int) -> str:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "round"
        progress(f"a round of {size:,} proposals")
        set_up(folder, BENCHMARK, size)
        measure_round(folder, BENCHMARK)
        found = {kind: [] for kind in KINDS}
        for run in range(1, runs + 1):
            progress(f"run {run} of {runs}")
            for kind in KINDS:
                found[kind].append(_measure(kind, folder))
        shutil.rmtree(folder)
    seconds = {kind: statistics.median(item["seconds"] for item in items) for kind, items in found.items()}
    entries, peak = int(found["floor"][0]["entries"]), max(item["peak"] for item in found["verify"])
    cells = [f"{seconds[kind]:.2f} s, {seconds[kind] / seconds['floor']:.1f}" for kind in KINDS]
    return f"| {entries:,} | {' | '.join(cells)} | {peak:.0f} MB |"


def _measure(kind: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", kind, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=with_tests())
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


if __name__ == "__main__":
    main()
