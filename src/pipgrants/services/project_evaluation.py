"""What the mid-term and the final evaluation of a project found, as the entry of each holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from pipgrants.domain.monitoring.programme_evaluation import tally
from pipgrants.domain.monitoring.ratios import Figure
from pipgrants.domain.plain import plain_amount
from pipgrants.services.monitored_project import MonitoredProject, monitored
from pipgrants.services.project_facts import ProjectFacts

RATING_DECIMALS = 2


def evaluation_inputs(entry: str, facts: ProjectFacts, on: date) -> dict[str, object]:
    """What the entry of an evaluation says was found at the end of a day; nothing for any other act."""
    found = _FOUND.get(entry)
    return {} if found is None else {"evaluation": {"on": on.isoformat(), **found(monitored(facts), on)}}


def _mid_term(project: MonitoredProject, on: date) -> dict[str, object]:
    return {
        "ratings": [
            [item.activity, item.firms_count, str(item.mean.value(RATING_DECIMALS)), item.is_low, item.is_asymmetric]
            for item in project.ratings()
        ],
        "components": [
            [
                item.component,
                None if item.spent_amount is None else plain_amount(item.spent_amount, project.facts.currency),
                item.activities_count,
                item.finished_count,
                item.late_count,
                item.unreported_count,
            ]
            for item in project.components(on)
        ],
        "targets": list(tally(project.targets(on))),
    }


def _final(project: MonitoredProject, on: date) -> dict[str, object]:
    return {
        "targets": [[item.indicator.code, item.verdict, *_plain(item.figure)] for item in project.targets(on)],
        "impacts": [
            [item.fact, item.first_year, item.last_year, item.firms_count, *_plain(item.real), *_plain(item.difference)]
            for item in project.impacts(on)
        ],
    }


def _plain(figure: Figure) -> tuple[str | None, str | None]:
    """A figure, and why there is none."""
    return None if figure.value is None else str(figure.value), figure.reason


_FOUND: Mapping[str, Callable[[MonitoredProject, date], dict[str, object]]] = {
    "MidTermEvaluated": _mid_term,
    "FinallyEvaluated": _final,
}
