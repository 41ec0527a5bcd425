"""Measures a whole round beside its floor: python benchmarks/round.py [--sizes N ...] [--runs N].

A round screens, ranks, prepares the allocation and ratifies it, with the records of its letters. The floor writes three
hashed rows of 600 bytes for each proposal with nothing but ``sqlite3``. Both are measured in CPU time, each in a process
of its own, in turn; the table shows medians. Applications and marks are put on record before, and not measured.
"""

from __future__ import annotations

import hashlib
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

AFTER_DEADLINE = datetime(2026, 4, 6, 15, 0, tzinfo=UTC)
SCORING = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
AFTER_DRAW = datetime(2026, 6, 22, 15, 0, tzinfo=UTC)
PHASES = ("screen", "rank", "prepare", "ratify")
ROWS_PER_PROPOSAL = 3
ROW_BYTES = 600

Result = dict[str, float]


def floor(folder: Path, size: int) -> Result:
    """CPU seconds to hash and write the rows, with the settings of a workspace's database."""
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


def run_round(folder: Path, call: str) -> Result:
    """CPU seconds of each act on a workspace made by ``generated.set_up``, and the peak of memory in MB."""
    from generated import as_
    from pipgrants.services import allocate, evaluation, rank, ratify, screen
    from pipgrants.services.workspace import Workspace

    workspace, officer = Workspace(folder), as_("olga")
    workspace.database  # noqa: B018 - opening it is not measured
    measured: Result = {}

    def measure(phase: str, act: Callable[[], object]) -> object:
        start = time.process_time()
        found = act()
        measured[phase] = time.process_time() - start
        return found

    measure("screen", lambda: screen.screen(workspace, officer, AFTER_DEADLINE, call=call))
    evaluation.close_scores(workspace, officer, SCORING, call=call)
    _draw(workspace, call)
    measure("rank", lambda: rank.rank_call(workspace, officer, AFTER_DRAW, call=call))
    proposed = measure("prepare", lambda: allocate.prepare_allocation(workspace, officer, AFTER_DRAW, call=call))
    measure("ratify", lambda: ratify.ratify(workspace, as_("marcos"), AFTER_DRAW, package=proposed.package))
    measured["total"] = sum(measured[phase] for phase in PHASES)
    measured["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return measured


def _draw(workspace, call: str) -> None:
    """Enters the numbers of the call's sources, where it names some."""
    from generated import as_
    from pipgrants.services import rank
    from pipgrants.services.definitions import terms_of

    with workspace.read() as unit:
        sources = terms_of(unit.calls, call).call.ranking.draw
    if sources:
        evidence = workspace.folder / "draw.txt"
        evidence.write_text("invented results", encoding="utf-8")
        numbers = {source.name: list(range(1, source.numbers_count + 1)) for source in sources}
        rank.enter_draw(workspace, as_("olga"), AFTER_DRAW, call=call, numbers=numbers, evidence=evidence)
