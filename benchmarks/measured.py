"""What the benchmarks measure, each in a process of its own: ``python measured.py WHAT FOLDER CALL SIZE``.

The people and the calendar are those of the tests, ``tests/rounds.py``, which must stand on the path of modules.
Prints one JSON object: CPU seconds (user and system) by name, and ``peak``, the peak of memory in MB.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from generated import set_up
from pipgrants.services import allocate, evaluation, rank, ratify, screen
from pipgrants.services.analysis.evaluators import evaluators
from pipgrants.services.analysis.reliability import reliability
from pipgrants.services.analysis.score_table import read_score_table
from pipgrants.services.audit.trail import TrailCheck
from pipgrants.services.audit.verify import verify
from pipgrants.services.definitions import terms_of
from pipgrants.services.workspace import Workspace, silent
from pipgrants.store.stored import COLUMNS
from rounds import AFTER_DEADLINE, AFTER_DRAW, SCORING, as_

ROWS_PER_PROPOSAL = 3
ROW_BYTES = 600

T = TypeVar("T")
Seconds = dict[str, float]


def measure_floor(folder: Path, size: int) -> Seconds:
    """Three hashed rows for each proposal, written by ``sqlite3`` alone with the settings of a workspace's database."""
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -32768"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE entry (sequence INTEGER PRIMARY KEY, content BLOB NOT NULL, hash BLOB NOT NULL)")
    start = time.process_time()
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO entry VALUES (?, ?, ?)", _rows(size * ROWS_PER_PROPOSAL))
    connection.execute("COMMIT")
    return {"floor": time.process_time() - start}


def _rows(count: int) -> Iterator[tuple[int, bytes, bytes]]:
    filling = b"x" * (ROW_BYTES - 10)
    for sequence in range(1, count + 1):
        content = b"%010d" % sequence + filling
        yield sequence, content, hashlib.sha256(content).digest()


def measure_round(folder: Path, call: str) -> Seconds:
    """The acts of a round, on a workspace made by ``generated.set_up``; closing the scores is not measured."""
    workspace, officer, manager = Workspace(folder), as_("olga"), as_("marcos")
    seconds: Seconds = {}

    def measured(name: str, act: Callable[[], T]) -> T:
        start = time.process_time()
        done = act()
        seconds[name] = time.process_time() - start
        return done

    measured("screen", lambda: screen.screen(workspace, officer, AFTER_DEADLINE, call=call))
    evaluation.close_scores(workspace, officer, SCORING, call=call)
    _draw(workspace, call)
    measured("rank", lambda: rank.rank_call(workspace, officer, AFTER_DRAW, call=call))
    proposed = measured("prepare", lambda: allocate.prepare_allocation(workspace, officer, AFTER_DRAW, call=call))
    measured("ratify", lambda: ratify.ratify(workspace, manager, AFTER_DRAW, package=proposed.package))
    return {**seconds, "round": sum(seconds.values())}


def measure_hashing(folder: Path) -> Seconds:
    """The bytes of every entry hashed by ``hashlib``, and nothing else done with them; then those of every row, too."""
    with Workspace(folder).read() as unit:
        contents = [content for _, content, _ in unit.stored.leaves()]
        rows = [repr(row).encode() for table in COLUMNS if table != "entry" for row in unit.stored.all(table)]
    entries = _hashed(contents)
    return {"hashing": entries, "hashing rows": entries + _hashed(rows), "entries": len(contents), "rows": len(rows)}


def _hashed(contents: list[bytes]) -> float:
    start = time.process_time()
    for content in contents:
        hashlib.sha256(content).digest()
    return time.process_time() - start


def measure_leaves(folder: Path) -> Seconds:
    """Every leaf and node of the tree computed and compared, and the root."""
    with Workspace(folder).read() as unit:
        check = TrailCheck(unit.stored, silent)
        start = time.process_time()
        faults = list(check.faults())
        check.frontier.root()
        seconds = time.process_time() - start
    assert not faults, faults[:3]
    return {"leaves": seconds}


def measure_verify(folder: Path) -> Seconds:
    """The whole of ``audit verify``."""
    start = time.process_time()
    faults = verify(Workspace(folder), as_("marcos"), AFTER_DRAW).faults
    seconds = time.process_time() - start
    assert not faults, faults[:3]
    return {"verify": seconds}


def measure_score_table(folder: Path, call: str) -> Seconds:
    """Reading the marks of a stage, and the analyses of them as commands do them; the floor reads their rows alone."""
    workspace, auditor = Workspace(folder), as_("aldo")
    seconds: Seconds = {}
    with workspace.read() as unit:
        start = time.process_time()
        count = sum(1 for _ in unit.evaluations.counting(call, unit.calls.get(call).stage))
        seconds["floor"] = time.process_time() - start
        start = time.process_time()
        table = read_score_table(unit, call)
        seconds["score table"] = time.process_time() - start
    assert len(table.evaluations) <= count
    for name, act in (("reliability", reliability), ("evaluators", evaluators)):
        start = time.process_time()
        act(workspace, auditor, AFTER_DRAW, call=call)
        seconds[f"analysis {name}"] = time.process_time() - start
    return seconds


def _draw(workspace: Workspace, call: str) -> None:
    """Enters invented numbers, where the call draws what remains tied."""
    with workspace.read() as unit:
        sources = terms_of(unit.calls, call).call.ranking.draw
    if sources:
        evidence = workspace.folder / "draw.txt"
        evidence.write_text("invented results", encoding="utf-8")
        numbers = {source.name: list(range(1, source.numbers_count + 1)) for source in sources}
        rank.enter_draw(workspace, as_("olga"), AFTER_DRAW, call=call, numbers=numbers, evidence=evidence)


def main() -> None:
    """Does what the command line says."""
    what, folder, call, size = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    seconds: Seconds = {}
    match what:
        case "set-up":
            set_up(folder, call, size)
        case "round":
            seconds = measure_round(folder, call)
        case "score-table":
            seconds = measure_score_table(folder, call)
        case "floor":
            seconds = measure_floor(folder, size)
        case "hashing":
            seconds = measure_hashing(folder)
        case "leaves":
            seconds = measure_leaves(folder)
        case "verify":
            seconds = measure_verify(folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**seconds, "peak": peak}))


if __name__ == "__main__":
    main()
