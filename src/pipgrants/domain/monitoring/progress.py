"""Progress by component and activity: plan against actual, in time and money.

The plan of an activity goes on evenly from the beginning of its first month after the launch to the end of its last
one; what is planned at the end of a day is in proportion to the days gone by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from pipgrants.domain.monitoring.logical_framework import Activity, LogicalFramework
from pipgrants.domain.monitoring.ratios import Figure, Ratio, quotient
from pipgrants.domain.monitoring.schedule import due_after
from pipgrants.domain.plain import exact_sum
from pipgrants.domain.vocabulary import Component
from pipgrants.money import EXACT, minor_digits

_ZERO, _ONE = Decimal(0), Decimal(1)


class Report(NamedTuple):
    """What is reported of an activity as of a day: the share that is done, and what was spent on it, if known."""

    activity: str
    on: date
    done_share: Decimal
    spent_amount: Decimal | None = None
    started_on: date | None = None
    finished_on: date | None = None


class Delay(StrEnum):
    """How an activity is against its plan in time."""

    NOT_DUE = "not_due"
    NOT_REPORTED = "not_reported"
    NOT_STARTED = "not_started"
    BEHIND = "behind"
    ON_TIME = "on_time"
    FINISHED = "finished"
    FINISHED_LATE = "finished_late"
    OVERDUE = "overdue"


class ActivityProgress(NamedTuple):
    """An activity against its plan at the end of a day.

    ``planned_share`` is the part of its time that has gone by, ``planned_amount`` that part of its budget, or None.
    """

    component: Component
    activity: Activity
    from_on: date
    until_on: date
    planned_share: Ratio
    planned_amount: Ratio | None
    report: Report | None
    delay: Delay

    @property
    def is_over_budget(self) -> bool:
        """Whether more was spent than the whole activity may cost."""
        budget = self.activity.budget_amount
        spent = self.report.spent_amount if self.report else None
        return spent is not None and budget is not None and spent > budget


class ComponentProgress(NamedTuple):
    """A component against its plan: sums over its activities, and how many of them are late.

    Budget and plan are None where an activity has no budget, ``spent_amount`` where nothing was reported of any of
    them; ``unreported_count`` are those without a report.
    """

    component: Component
    budget_amount: Decimal | None
    planned_amount: Decimal | None
    spent_amount: Decimal | None
    spent_share: Figure
    activities_count: int
    finished_count: int
    late_count: int
    unreported_count: int


LATE = frozenset({Delay.NOT_STARTED, Delay.BEHIND, Delay.OVERDUE, Delay.FINISHED_LATE})


def progress_of(
    framework: LogicalFramework, launched_on: date, reports: Iterable[Report], on: date
) -> tuple[ActivityProgress, ...]:
    """Every activity at the end of a day, by the last report of it until then."""
    latest: dict[str, Report] = {}
    for report in sorted((item for item in reports if item.on <= on), key=lambda item: item.on):
        latest[report.activity] = report
    return tuple(
        _progress(component.component, activity, launched_on, latest, on)
        for component in framework.components
        for activity in component.activities
    )


def _progress(
    component: Component, activity: Activity, launched_on: date, latest: Mapping[str, Report], on: date
) -> ActivityProgress:
    from_on = due_after(launched_on, activity.from_month - 1)
    until_on = due_after(launched_on, activity.to_month) - timedelta(days=1)
    planned = _share_of_days(from_on, until_on, on)
    budget = activity.budget_amount
    amount = None if budget is None else Ratio(EXACT.multiply(budget, planned.numerator), planned.denominator)
    report = latest.get(activity.code)
    delay = _delay(from_on, until_on, report, on)
    return ActivityProgress(component, activity, from_on, until_on, planned, amount, report, delay)


def _share_of_days(from_on: date, until_on: date, on: date) -> Ratio:
    days = (until_on - from_on).days + 1
    gone = min(max((on - from_on).days + 1, 0), days)
    return Ratio(Decimal(gone), Decimal(days))


def _delay(from_on: date, until_on: date, report: Report | None, on: date) -> Delay:
    is_finished = report is not None and (report.finished_on is not None or report.done_share >= _ONE)
    if report is not None and is_finished:
        return Delay.FINISHED_LATE if (report.finished_on or report.on) > until_on else Delay.FINISHED
    if on < from_on:
        return Delay.NOT_DUE
    if report is None:
        return Delay.NOT_REPORTED
    if on > until_on:
        return Delay.OVERDUE
    if report.started_on is None and report.done_share == _ZERO:
        return Delay.NOT_STARTED
    planned_then = _share_of_days(from_on, until_on, report.on)
    return Delay.BEHIND if planned_then.compared_with(report.done_share) > 0 else Delay.ON_TIME


def by_component(progress: Iterable[ActivityProgress], currency: str) -> tuple[ComponentProgress, ...]:
    """The components, each the sum of its activities, in the order of the framework; amounts have minor units."""
    found: dict[Component, list[ActivityProgress]] = {}
    for item in progress:
        found.setdefault(item.component, []).append(item)
    return tuple(_component(component, items, minor_digits(currency)) for component, items in found.items())


def _component(component: Component, items: list[ActivityProgress], decimals: int) -> ComponentProgress:
    budgets = [item.activity.budget_amount for item in items]
    planned = [item.planned_amount and item.planned_amount.value(decimals) for item in items]
    spent = [item.report.spent_amount for item in items if item.report and item.report.spent_amount is not None]
    spent_amount = exact_sum(spent) if spent else None
    budget = _sum_of_all(budgets)
    return ComponentProgress(
        component=component,
        budget_amount=budget,
        planned_amount=_sum_of_all(planned),
        spent_amount=spent_amount,
        spent_share=quotient(spent_amount, budget),
        activities_count=len(items),
        finished_count=sum(item.delay in (Delay.FINISHED, Delay.FINISHED_LATE) for item in items),
        late_count=sum(item.delay in LATE for item in items),
        unreported_count=sum(item.report is None for item in items),
    )


def _sum_of_all(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """The sum, None where one of the amounts is not known."""
    known = [amount for amount in amounts if amount is not None]
    return exact_sum(known) if len(known) == len(amounts) else None
