"""What people see of the monitoring of a project on record, and the form in which its values come in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.monitoring.baseline import BaselineCheck
from pipgrants.domain.monitoring.firms import FirmGroup, last_full_year
from pipgrants.domain.monitoring.idb_indicators import IdbIndicator
from pipgrants.domain.monitoring.impact import Impact
from pipgrants.domain.monitoring.logical_framework import FirmChange, LogicalFramework
from pipgrants.domain.monitoring.progress import ActivityProgress, ComponentProgress
from pipgrants.domain.monitoring.ratings import ActivityRating
from pipgrants.domain.monitoring.record import as_of
from pipgrants.domain.monitoring.targets import TargetResult
from pipgrants.domain.vocabulary import MemberType
from pipgrants.exchange.monitoring import SHEETS
from pipgrants.exchange.monitoring_form import Asked
from pipgrants.services.measurements import required
from pipgrants.services.monitored_project import MonitoredProject, monitored
from pipgrants.services.monitoring import write_form
from pipgrants.services.project_facts import facts_of
from pipgrants.services.workspace import Workspace


class RecordedKind(NamedTuple):
    """How many rows of a kind are on record, and the last day that one of them speaks of."""

    kind: str
    rows_count: int
    last_day: date | None


class MonitoringView(NamedTuple):
    """What is monitored of a project, at the end of a day; what is not on record is None or empty."""

    project: str
    call: str
    currency: str
    framework: str | None
    launched_on: date | None
    baseline_year: int | None
    recorded: tuple[RecordedKind, ...]
    components: Sequence[ComponentProgress]
    activities: Sequence[ActivityProgress]
    targets: Sequence[TargetResult]
    baseline: BaselineCheck | None
    ratings: Sequence[ActivityRating]
    impacts: Sequence[Impact]
    indicators: Sequence[IdbIndicator]


def show_monitoring(workspace: Workspace, project: str, on: date) -> MonitoringView:
    """What is monitored of a project. Raises NotFoundError."""
    with workspace.read() as unit:
        found = monitored(facts_of(unit, project))
        return MonitoringView(
            project=project,
            call=found.facts.terms.row.call,
            currency=found.facts.currency,
            framework=found.framework.framework if found.framework else None,
            launched_on=found.launched_on,
            baseline_year=found.baseline_year,
            recorded=_recorded(found),
            components=found.components(on),
            activities=found.activities(on),
            targets=found.targets(on),
            baseline=found.baseline(),
            ratings=found.ratings(),
            impacts=found.impacts(on),
            indicators=found.indicators(on),
        )


def _recorded(found: MonitoredProject) -> tuple[RecordedKind, ...]:
    days: dict[str, list[date | None]] = {}
    for kind, item in found.record.measured:
        days.setdefault(kind, []).append(as_of(item))
    return tuple(
        RecordedKind(kind, len(of), max((day for day in of if day is not None), default=None))
        for kind, of in days.items()
    )


def write_project_form(workspace: Workspace, path: Path, *, project: str, language: str, on: date) -> None:
    """Writes the form in which the values of a project come in as of a day: who and what is asked stands in its rows.

    Raises NotFoundError where its logical framework is not on record, RefusedError where something stands at the path.
    """
    with workspace.read() as unit:
        found = monitored(facts_of(unit, project))
        framework, _ = required(found)
        asked = Asked(_SHEETS, _rows(found, framework, on))
        currency = found.facts.currency
    write_form(workspace, path, language=language, currency=currency, asked=asked)


_SHEETS = {
    sheet: [field for field in fields if field.name != "spent_amount"]
    for sheet, fields in SHEETS.items()
    if sheet != "payments"
}
"""What was spent and paid is on record already."""


def _rows(found: MonitoredProject, framework: LogicalFramework, on: date) -> dict[str, list[dict[str, str]]]:
    members = [item for item in found.facts.proposal.members or () if item.member_type is MemberType.ENTERPRISE]
    sizes = {item.party: item.size_class.value if item.size_class else "" for item in members}
    sizes |= {item.firm: item.size_class or "" for item in found.record.firms if item.group is FirmGroup.BENEFICIARY}
    year, day = str(last_full_year(on)), on.isoformat()
    reported = [item for item in framework.indicators if not isinstance(item.measure, FirmChange)]
    activities = [item.code for item in framework.activities]
    return {
        "firms": [
            {"firm": firm, "year": year, "group": FirmGroup.BENEFICIARY, "size_class": size}
            for firm, size in sizes.items()
        ],
        "territory": [{"year": year}],
        "indicators": [{"indicator": item.code, "on": day} for item in reported],
        "progress": [{"activity": code, "on": day} for code in activities],
        "ratings": [
            {"activity": code, "firm": firm, "kind": size} for code in activities for firm, size in sizes.items()
        ],
    }
