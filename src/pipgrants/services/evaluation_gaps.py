"""What an evaluation of a project rests on, and is not on record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipgrants.store.measurements import MonitoredRow


def gaps_at_mid_term(row: MonitoredRow | None, last_days: Mapping[str, str | None]) -> Iterator[str]:
    """What a mid-term evaluation lacks: framework and baseline, progress of activities, and their ratings by firms."""
    yield from _gaps_of_plan(row)
    if "progress" not in last_days:
        yield "the progress of activities"
    if "ratings" not in last_days:
        yield "ratings of the activities by firms"


def gaps_at_end(row: MonitoredRow | None, last_days: Mapping[str, str | None]) -> Iterator[str]:
    """What a final evaluation lacks: framework and baseline, and what firms reported of a year after it."""
    yield from _gaps_of_plan(row)
    base = row.baseline_year if row else None
    if base is not None and (last_days.get("firms") or "")[:4] <= str(base):
        yield f"what firms reported of a year after {base}"


def _gaps_of_plan(row: MonitoredRow | None) -> Iterator[str]:
    if row is None:
        yield "the logical framework"
    if row is None or row.baseline_year is None:
        yield "a baseline"
