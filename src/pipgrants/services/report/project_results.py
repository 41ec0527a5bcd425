"""The figures of what projects do and reach: progress, targets, ratings, and the change of the firms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from pipgrants.domain.monitoring.idb_indicators import IdbIndicator, Unit
from pipgrants.domain.monitoring.impact import Impact
from pipgrants.domain.monitoring.logical_framework import Change, FirmChange, Indicator
from pipgrants.domain.monitoring.progress import ActivityProgress, ComponentProgress
from pipgrants.domain.monitoring.ratings import ActivityRating
from pipgrants.domain.monitoring.ratios import Figure as Computed
from pipgrants.domain.monitoring.targets import TargetResult
from pipgrants.errors import in_words
from pipgrants.reports.page import Cell, Figure, Section, Table
from pipgrants.services.monitored_project import MonitoredProject
from pipgrants.services.report.bars import bars, in_english, per_cent, share

NOT_PLANNED = "No logical framework is on record, so that there is nothing to compare with."
NOT_LAUNCHED = "The project is not launched: nothing is due yet."


def computed(figure: Computed, *, as_share: bool = True) -> str:
    """A figure in words, or why it is not computable."""
    if figure.value is None:
        return f"not computable: {in_words(figure.reason or '')}"
    return str(share(figure.value)) if as_share else f"{figure.value.normalize():,f}"


def progress(project: MonitoredProject, on: date) -> Section:
    """Plan against actual by component and activity, in time and money."""
    if project.framework is None or project.launched_on is None:
        return Section("Progress", [NOT_LAUNCHED if project.framework else NOT_PLANNED])
    notes = [
        "The plan of an activity goes on evenly from its first day to its last. What was spent is of the payments of "
        "the project; by activity, where budget lines name it."
    ]
    activities = project.activities(on)
    return Section("Progress", notes, [_in_time(activities), components_figure(project.components(on))])


def _in_time(activities: Sequence[ActivityProgress]) -> Figure:
    planned = [item.planned_share.value() for item in activities]
    done = [item.report.done_share if item.report else None for item in activities]
    parts = {"done": per_cent(done), "planned": per_cent(planned)}
    chart = bars([item.activity.code for item in activities], parts, "%", 0, "not reported")
    rows: list[tuple[Cell, ...]] = [
        (
            in_english(item.activity.title),
            in_words(item.component),
            item.until_on.isoformat(),
            share(plan),
            share(part),
            item.activity.budget_amount,
            item.report.spent_amount if item.report else None,
            in_words(item.delay) + (", over budget" if item.is_over_budget else ""),
        )
        for item, plan, part in zip(activities, planned, done, strict=True)
    ]
    columns = ("Activity", "Component", "Until", "Planned", "Done", "Budget", "Spent", "Stands")
    says = "How much of the time of each activity has gone by, beside how much of it is done."
    return Figure("activities", "Activities in time", says, Table(columns, rows), chart)


def components_figure(components: Sequence[ComponentProgress]) -> Figure:
    """Components in money, and how many of their activities are late."""
    rows: list[tuple[Cell, ...]] = [
        (
            in_words(item.component),
            item.budget_amount,
            item.planned_amount,
            item.spent_amount,
            computed(item.spent_share),
            item.activities_count,
            item.finished_count,
            item.late_count,
            item.unreported_count,
        )
        for item in components
    ]
    columns = (
        "Component",
        "Budget",
        "Planned until now",
        "Spent",
        "Of the budget",
        "Activities",
        "Finished",
        "Late",
        "Unreported",
    )
    says = "The plan in money is known where every activity of a component has a budget."
    return Figure("components", "Components in time and money", says, Table(columns, rows))


def targets(project: MonitoredProject, on: date) -> Section:
    """Every indicator against its target."""
    if project.framework is None or project.launched_on is None:
        return Section("Indicators", [NOT_LAUNCHED if project.framework else NOT_PLANNED])
    results = project.targets(on)
    reached = {item.indicator.code: part for item in results if (part := _reached(item)) is not None}
    parts = {"reached of the target": per_cent(reached.values())}
    chart = bars(list(reached), parts, "% of the target", 0)
    rows: list[tuple[Cell, ...]] = [
        (
            in_english(item.indicator.title),
            item.due_on.isoformat(),
            _limit(item.indicator),
            computed(item.figure, as_share=_is_share(item.indicator)),
            in_words(item.verdict) + (f": {in_words(item.reason)}" if item.reason else ""),
        )
        for item in results
    ]
    says = (
        "The verdict is by the last value of the reporting period that ends on the deadline; before it, a target is "
        "undetermined. Drawn are the values measured so far of targets to be reached from below."
    )
    columns = ("Indicator", "Due", "Target", "Value", "Verdict")
    figure = Figure("targets", "Indicators against targets", says, Table(columns, rows), chart if reached else None)
    return Section("Indicators", [], [figure])


def _reached(item: TargetResult) -> Decimal | None:
    """Which part of a target is reached, where it is above zero and to be reached from below."""
    target, value = item.indicator.target, item.figure.value
    if value is None or target.keyword not in ("at_least", "more_than") or target.limit <= 0:
        return None
    return max(value / target.limit, Decimal(0))


def _is_share(indicator: Indicator) -> bool:
    return isinstance(indicator.measure, FirmChange | Change)


def _limit(indicator: Indicator) -> str:
    limit = indicator.target.limit
    return f"{in_words(indicator.target.keyword)} {share(limit) if _is_share(indicator) else f'{limit.normalize():,f}'}"


def ratings(project: MonitoredProject) -> Section:
    """How firms rate the activities, and where to look in depth."""
    found, scale = project.ratings(), project.scale
    if not found or scale is None:
        return Section("Ratings", ["Not computable: no rating is on record."])
    says = (
        f"Means on the scale from {scale.minimum} to {scale.maximum}. To be looked at in depth are activities below "
        f"{scale.low_below.normalize():f}, and those that kinds of firm rate {scale.asymmetric_from.normalize():f} or "
        "more apart."
    )
    chart = bars(
        [item.activity for item in found], {"mean of the firms": [item.mean.value(2) for item in found]}, "mark"
    )
    columns = ("Activity", "Firms", "Mean", "By kind (firms)", "Look in depth")
    return Section("Ratings", [], [Figure("ratings", "Activities rated by firms", says, _rated(columns, found), chart)])


def _rated(columns: Sequence[str], found: Sequence[ActivityRating]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            item.activity,
            item.firms_count,
            item.mean.value(2),
            "; ".join(f"{kind.kind} {kind.mean.value(2)} ({kind.firms_count})" for kind in item.kinds),
            ", ".join(word for word, holds in (("low", item.is_low), ("asymmetric", item.is_asymmetric)) if holds)
            or "no",
        )
        for item in found
    ]
    return Table(columns, rows)


def change(project: MonitoredProject, on: date) -> Section:
    """The change of the firms against the baseline, and the indicators of the bank."""
    if project.baseline_year is None:
        return Section("Change of the firms", ["Not computable: no baseline is on record."])
    found = project.impacts(on)
    notes = [
        f"The baseline is of {project.baseline_year}. Compared are averages of the firms that reported in both years, "
        "in the prices of the baseline; the comparison group is of a similar cluster without programme."
    ]
    if not found:
        notes.append(f"Not computable: no firm reported a year after {project.baseline_year}.")
    figures = [_impacts(found), _differences(found)] if found else []
    indicators = project.indicators(on)
    return Section("Change of the firms", notes, [*figures, *([_indicators(indicators)] if indicators else [])])


def _impacts(found: Sequence[Impact]) -> Figure:
    drawn = [item for item in found if item.real.value is not None]
    changes = {
        "comparison group": per_cent(item.comparison.value for item in drawn),
        "beneficiaries": per_cent(item.real.value for item in drawn),
    }
    chart = bars([in_words(item.fact) for item in drawn], changes, "%", 1)
    rows: list[tuple[Cell, ...]] = [
        (
            in_words(item.fact),
            item.firms_count,
            item.first,
            item.last,
            computed(item.nominal),
            computed(item.real),
        )
        for item in found
    ]
    columns = ("Fact", "Firms", "Baseline", "Last", "Nominal", "Real")
    says = (
        f"From {found[0].first_year} to {found[0].last_year}: averages per firm, productivity per employee. Growth is "
        "that of the whole period; drawn in real terms."
    )
    return Figure("impacts", "Change against the baseline", says, Table(columns, rows), chart if drawn else None)


def _differences(found: Sequence[Impact]) -> Figure:
    rows: list[tuple[Cell, ...]] = [
        (in_words(item.fact), computed(item.real), computed(item.comparison), computed(item.difference), _yearly(item))
        for item in found
    ]
    columns = ("Fact", "Beneficiaries", "Comparison group", "Difference in differences", "A year")
    says = "Real change of the beneficiaries less that of the comparison group; a rate a year names its method."
    return Figure("differences", "Against the comparison group", says, Table(columns, rows))


def _yearly(item: Impact) -> str:
    rates = [f"{share(rate.rate, 2)} {rate.method}" for rate in item.real_growth if rate.method != "total"]
    return ", ".join(rates) or "not computable"


def _indicators(found: Sequence[IdbIndicator]) -> Figure:
    rows: list[tuple[Cell, ...]] = [
        (
            in_words(item.code),
            in_words(item.run),
            computed(item.figure, as_share=item.unit in (Unit.SHARE, Unit.POINTS)),
            item.numerator,
            item.denominator,
        )
        for item in found
    ]
    columns = ("Indicator", "Run", "Value", "Numerator", "Denominator")
    says = "Each names its numerator and its denominator; without its record it is not computable, and never zero."
    return Figure("idb-indicators", "Indicators of the IDB", says, Table(columns, rows))
