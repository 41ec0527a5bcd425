"""Progress: plan against actual in time and money, by component and activity."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.monitoring.logical_framework import (
    Activity,
    AtLeast,
    FrameworkComponent,
    Goal,
    Indicator,
    Level,
    LogicalFramework,
    Purpose,
)
from pipgrants.domain.monitoring.progress import ActivityProgress, Delay, Report, by_component, progress_of
from pipgrants.domain.vocabulary import Component, Horizon

LAUNCH = date(2004, 1, 1)
FROM, UNTIL = date(2004, 1, 1), date(2004, 6, 30)
HALF_WAY = date(2004, 3, 31)
TEXT = {"en": "x"}


def framework(*activities: Activity) -> LogicalFramework:
    indicator = Indicator("trained", TEXT, Horizon.SHORT_TERM, 6, Level("people"), AtLeast(Decimal(1)))
    row = ((indicator,), (TEXT,), (TEXT,))
    component = FrameworkComponent(Component.COOPERATION, TEXT, *row, activities)
    return LogicalFramework("coffee", TEXT, "USD", 36, Goal(TEXT, (TEXT,)), Purpose(TEXT, *row), (component,))


WORKSHOPS = Activity("workshops", TEXT, 1, 6, Decimal(1820))
FAIRS = Activity("fairs", TEXT, 7, 12, Decimal(1000))


def report(done: str, spent: str = "0", on: date = HALF_WAY, **days: date) -> Report:
    return Report("workshops", on, Decimal(done), Decimal(spent), **days)


def progress(on: date, *reports: Report, activity: Activity = WORKSHOPS) -> ActivityProgress:
    return progress_of(framework(activity), LAUNCH, reports, on)[0]


def test_plan_goes_on_evenly_by_days() -> None:
    found = progress(HALF_WAY)
    assert (found.from_on, found.until_on) == (FROM, UNTIL)
    assert (found.planned_share.value(), found.planned_amount.value(2)) == (Decimal("0.500000"), Decimal("910.00"))


@given(st.dates(date(2003, 6, 1), date(2005, 6, 1)), st.integers(0, 200))
def test_plan_never_goes_back_and_stays_between_nothing_and_all(on: date, days: int) -> None:
    now, later = (progress(day).planned_share.value() for day in (on, on + timedelta(days=days)))
    assert 0 <= now <= later <= 1


@pytest.mark.parametrize(
    ("on", "reports", "delay"),
    [
        (FROM - timedelta(days=1), [], Delay.NOT_DUE),
        (HALF_WAY, [], Delay.NOT_REPORTED),
        (HALF_WAY, [report("0")], Delay.NOT_STARTED),
        (HALF_WAY, [report("0", started_on=FROM)], Delay.BEHIND),
        (HALF_WAY, [report("0.49", started_on=FROM)], Delay.BEHIND),
        (HALF_WAY, [report("0.5", started_on=FROM)], Delay.ON_TIME),
        (UNTIL, [report("0.5", started_on=FROM)], Delay.ON_TIME),
        (UNTIL + timedelta(days=1), [report("0.99", on=UNTIL)], Delay.OVERDUE),
        (UNTIL + timedelta(days=1), [report("1", on=UNTIL)], Delay.FINISHED),
        (UNTIL, [report("0.9", finished_on=UNTIL)], Delay.FINISHED),
        (date(2005, 1, 1), [report("1", on=date(2004, 9, 1), finished_on=date(2004, 8, 1))], Delay.FINISHED_LATE),
        (HALF_WAY, [report("0"), report("1", on=UNTIL)], Delay.NOT_STARTED),
        (UNTIL, [report("1", on=UNTIL), report("0")], Delay.FINISHED),
    ],
    ids=[
        "before it",
        "silence",
        "not started",
        "started",
        "behind",
        "on time",
        "by the plan of the report's day",
        "overdue",
        "all is done",
        "said to be finished",
        "finished late",
        "later reports do not count",
        "the last report counts",
    ],
)
def test_activity_stands_by_its_last_report(on: date, reports: list[Report], delay: Delay) -> None:
    assert progress(on, *reports).delay is delay


@pytest.mark.parametrize(
    ("spent", "budget", "is_over"), [("1820", "1820", False), ("1820.01", "1820", True), ("5", None, False)]
)
def test_activity_is_over_its_budget_above_it(spent: str, budget: str | None, is_over: bool) -> None:
    activity = Activity("workshops", TEXT, 1, 6, budget and Decimal(budget))
    assert progress(HALF_WAY, report("0.1", spent), activity=activity).is_over_budget is is_over


def test_component_is_the_sum_of_its_activities() -> None:
    reports = [report("0.2", "455")]
    found = by_component(progress_of(framework(WORKSHOPS, FAIRS), LAUNCH, reports, HALF_WAY), "USD")[0]
    assert (found.budget_amount, found.planned_amount, found.spent_amount) == (
        Decimal(2820),
        Decimal("910.00"),
        Decimal(455),
    )
    assert (found.activities_count, found.late_count, found.unreported_count) == (2, 1, 1)


def test_component_without_reports_spent_nothing_that_is_known() -> None:
    found = by_component(progress_of(framework(WORKSHOPS), LAUNCH, (), HALF_WAY), "USD")[0]
    assert (found.spent_amount, found.spent_share.value) == (None, None)


def test_component_with_an_activity_without_budget_has_no_plan_in_money() -> None:
    activities = (WORKSHOPS, Activity("fairs", TEXT, 7, 12))
    found = by_component(progress_of(framework(*activities), LAUNCH, [report("0", "5")], HALF_WAY), "USD")[0]
    assert (found.budget_amount, found.planned_amount, found.spent_amount) == (None, None, Decimal(5))
