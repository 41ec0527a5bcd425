"""Windows and working days: deadlines exact to the minute, in the zone of the call."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.calendar import (
    WEEKDAYS,
    add_working_days,
    closes_at_utc,
    end_of_day_utc,
    is_in_time,
    local_time_mistake,
    opens_at_utc,
)
from pipgrants.domain.call import Window

local = datetime.fromisoformat

TEGUCIGALPA, MADRID = "America/Tegucigalpa", "Europe/Madrid"
WINDOW = Window(local("2026-03-02 08:00"), local("2026-04-30 17:00"))
WEEKEND = ("saturday", "sunday")


def test_window_opens_and_closes_at_local_times():
    assert opens_at_utc(WINDOW, TEGUCIGALPA) == datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
    assert closes_at_utc(WINDOW, TEGUCIGALPA) == datetime(2026, 4, 30, 23, 0, tzinfo=UTC)


def test_summer_time_moves_the_instant_and_not_the_deadline():
    assert opens_at_utc(WINDOW, MADRID) == datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
    assert closes_at_utc(WINDOW, MADRID) == datetime(2026, 4, 30, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("received_at", "expected"),
    [
        (local("2026-03-02 07:59:59.999999"), False),
        (local("2026-03-02 08:00"), True),
        (local("2026-04-30 17:00"), True),
        (local("2026-04-30 17:00:59.999999"), True),
        (local("2026-04-30 17:01"), False),
    ],
)
def test_last_minute_named_still_counts(received_at, expected):
    assert is_in_time(received_at.replace(tzinfo=ZoneInfo(TEGUCIGALPA)), WINDOW, TEGUCIGALPA) is expected


def test_receipt_in_another_zone_is_compared_as_an_instant():
    assert is_in_time(datetime(2026, 5, 1, 1, 0, 30, tzinfo=ZoneInfo(MADRID)), WINDOW, TEGUCIGALPA)
    assert not is_in_time(datetime(2026, 5, 1, 1, 1, tzinfo=ZoneInfo(MADRID)), WINDOW, TEGUCIGALPA)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (local("2026-03-29 02:30"), "skipped"),
        (local("2026-10-25 02:30"), "repeated"),
        (local("2026-10-25 03:00"), None),
        (local("2026-03-29 03:00"), None),
    ],
)
def test_local_time_that_clocks_skip_or_repeat_is_a_mistake(written, expected):
    assert local_time_mistake(written, MADRID) == expected


def test_day_ends_where_the_next_begins():
    assert end_of_day_utc(date(2026, 3, 28), MADRID) == datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    assert end_of_day_utc(date(2026, 3, 29), MADRID) == datetime(2026, 3, 29, 22, 0, tzinfo=UTC)


def test_day_ends_at_the_change_where_the_clocks_skip_midnight():
    assert end_of_day_utc(date(2026, 3, 7), "America/Havana") == datetime(2026, 3, 8, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 3, 2), 0, date(2026, 3, 2)),
        (date(2026, 3, 2), 4, date(2026, 3, 6)),
        (date(2026, 3, 2), 5, date(2026, 3, 9)),
        (date(2026, 3, 7), 1, date(2026, 3, 9)),
        (date(2026, 4, 1), 1, date(2026, 4, 6)),
    ],
)
def test_working_days_leave_out_weekends_and_holidays(day, count, expected):
    holidays = {date(2026, 4, 2), date(2026, 4, 3)}
    assert add_working_days(day, count, WEEKEND, holidays) == expected


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 60), st.sets(st.sampled_from(WEEKDAYS), max_size=6))
def test_as_many_working_days_lie_between_as_were_counted(day, count, weekend):
    last = add_working_days(day, count, weekend, ())
    days = (day + timedelta(days=step) for step in range(1, (last - day).days + 1))
    assert sum(WEEKDAYS[each.weekday()] not in weekend for each in days) == count
    assert WEEKDAYS[last.weekday()] not in weekend


@pytest.mark.parametrize(("count", "weekend"), [(-1, WEEKEND), (1, WEEKDAYS)])
def test_impossible_count_is_refused(count, weekend):
    with pytest.raises(ValueError, match="working days"):
        add_working_days(date(2026, 3, 2), count, weekend, ())
