"""Targets, progress and ratings as commands tell them, of files and of projects on record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipgrants.cli import output
from pipgrants.cli.figures import percent, plain_figure, told

if TYPE_CHECKING:
    from pipgrants.domain.monitoring.logical_framework import Indicator
    from pipgrants.domain.monitoring.progress import ActivityProgress, ComponentProgress
    from pipgrants.domain.monitoring.ratings import ActivityRating
    from pipgrants.domain.monitoring.targets import TargetResult

CHANGES = ("firm_change", "change")
"""The measures whose values are shares of a baseline."""


def limit_of(indicator: Indicator) -> str:
    """A target in words: ``more than 20 %``, ``at least 60``."""
    target, keyword = indicator.target, indicator.measure.keyword
    limit = percent(target.limit) if keyword in CHANGES else output.figure(target.limit.normalize())
    return f"{output.words(target.keyword)} {limit}"


def targets_data(results: Sequence[TargetResult]) -> list[dict[str, object]]:
    """Targets as JSON."""
    return [
        {
            "indicator": item.indicator.code,
            "due_on": item.due_on,
            "verdict": item.verdict,
            "reason": item.reason,
            "measured_on": item.measured_on,
            "reached_on": item.reached_on,
            "target": item.indicator.target.limit,
            "comparison": item.indicator.target.keyword,
            **plain_figure(item.figure),
        }
        for item in results
    ]


def targets_text(results: Sequence[TargetResult]) -> list[str]:
    """Targets as a table."""
    rows = [
        (
            item.indicator.code,
            item.due_on,
            limit_of(item.indicator),
            value_of(item),
            f"{output.words(item.verdict)}{f': {output.words(item.reason)}' if item.reason else ''}",
        )
        for item in results
    ]
    return output.rows("Targets", ("Indicator", "Due", "Target", "Value", "Verdict"), rows)


def value_of(item: TargetResult) -> str:
    """What an indicator came to."""
    if item.figure.ratio is None:
        return output.NOTHING
    return told(item.figure, as_share=item.indicator.measure.keyword in CHANGES)


def progress_data(
    components: Sequence[ComponentProgress], activities: Sequence[ActivityProgress]
) -> dict[str, list[dict[str, object]]]:
    """Progress as JSON."""
    return {
        "components": [item._asdict() | {"spent_share": plain_figure(item.spent_share)} for item in components],
        "activities": [
            {
                "component": item.component,
                "activity": item.activity.code,
                "from_on": item.from_on,
                "until_on": item.until_on,
                "planned_share": item.planned_share.value(),
                "delay": item.delay,
                "budget_amount": item.activity.budget_amount,
                "is_over_budget": item.is_over_budget,
                "report": item.report,
            }
            for item in activities
        ],
    }


def progress_text(components: Sequence[ComponentProgress], activities: Sequence[ActivityProgress]) -> list[str]:
    """Progress as two tables."""
    by_component = [
        (
            output.words(item.component),
            item.budget_amount,
            item.planned_amount,
            item.spent_amount,
            item.finished_count,
            item.late_count,
            item.unreported_count,
        )
        for item in components
    ]
    by_activity = [
        (
            item.activity.code,
            item.until_on,
            percent(item.planned_share.value()),
            percent(item.report.done_share if item.report else None),
            item.report.spent_amount if item.report else None,
            f"{output.words(item.delay)}{', over budget' if item.is_over_budget else ''}",
        )
        for item in activities
    ]
    titles = ("Component", "Budget", "Planned", "Spent", "Finished", "Late", "Unreported")
    return [
        *output.rows("Components", titles, by_component),
        *output.rows("Activities", ("Activity", "Until", "Planned", "Done", "Spent", "Stands"), by_activity),
    ]


def ratings_data(ratings: Sequence[ActivityRating]) -> list[dict[str, object]]:
    """Ratings as JSON."""
    return [
        item._asdict()
        | {"mean": item.mean.value(), "kinds": [kind._asdict() | {"mean": kind.mean.value()} for kind in item.kinds]}
        for item in ratings
    ]


def ratings_text(ratings: Sequence[ActivityRating]) -> list[str]:
    """Ratings as a table, nothing where there is none."""
    rows = [
        (
            item.activity,
            item.firms_count,
            item.mean.value(2),
            "; ".join(f"{kind.kind} {kind.mean.value(2)} ({kind.firms_count})" for kind in item.kinds),
            ", ".join(word for word, holds in (("low", item.is_low), ("asymmetric", item.is_asymmetric)) if holds),
        )
        for item in ratings
    ]
    return output.table(("Activity", "Firms", "Mean", "By kind (firms)", "Look in depth"), rows) if rows else []
