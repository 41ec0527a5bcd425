"""A round in two stages, for tests: profiles are invited, and one of the full proposals that follow is funded."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from pipgrants.services.workspace import Workspace
from rounds import Round, application, copied, publish

TWO_STAGES = "pip-two-stage"
PROFILES, DECIDED = datetime(2026, 5, 4, 15, 0, tzinfo=UTC), datetime(2026, 5, 18, 15, 0, tzinfo=UTC)
SECOND_OPEN = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
SECOND_SCORED, END = datetime(2026, 10, 1, 15, 0, tzinfo=UTC), datetime(2026, 10, 20, 15, 0, tzinfo=UTC)


def two_stages(staffed: Workspace, folder: Path) -> Round:
    """Three profiles, of which two are invited; one sends its full proposal and is funded."""
    round_ = publish(copied(staffed, folder), TWO_STAGES)
    profiles = [application(f"P{place}") for place in (1, 2, 3)]
    round_.receive([item._replace(budget_lines=(), counterpart_lines=(), evidence=()) for item in profiles])
    select(round_, {"P1": "5", "P2": "4", "P3": "2.5"}, PROFILES, DECIDED)
    round_.release(DECIDED)
    round_.receive([application("P1")], SECOND_OPEN)
    round_.screen(SECOND_SCORED)
    select(round_, {"P1": "4"}, SECOND_SCORED, END)
    return round_


def select(round_: Round, marks: Mapping[str, str], now: datetime, decided: datetime) -> None:
    """Screens, scores, ranks and decides a stage."""
    round_.screen(now)
    round_.score({name: Decimal(mark) for name, mark in marks.items()}, now)
    round_.rank(decided)
    round_.ratify(round_.prepare(decided).package, decided)
