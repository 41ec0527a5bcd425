"""Windows, deadlines and working days, as exact instants.

A definition gives local times of a named zone (IANA), to the minute. The minute named still counts: a window that
closes at 17:00 receives until, and not at, 17:01:00. A local time that the zone skips or repeats on that day is no
deadline (``local_time_mistake``).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pipgrants.domain.call import Window

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@lru_cache(maxsize=256)
def instant_utc(local: datetime, time_zone: str) -> datetime:
    """The instant of a local time of a zone. Raises zoneinfo.ZoneInfoNotFoundError where there is no such zone."""
    return local.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC)


def opens_at_utc(window: Window, time_zone: str) -> datetime:
    """The first instant at which the window receives."""
    return instant_utc(window.opens_at, time_zone)


def closes_at_utc(window: Window, time_zone: str) -> datetime:
    """The start of the last minute in which the window receives."""
    return instant_utc(window.closes_at, time_zone)


def ends_at_utc(window: Window, time_zone: str) -> datetime:
    """The first instant at which the window receives no more: its last minute is over."""
    return closes_at_utc(window, time_zone) + MINUTE


def is_in_time(received_at: datetime, window: Window, time_zone: str) -> bool:
    """Whether something received at an aware instant came while the window was open, its last minute included."""
    return opens_at_utc(window, time_zone) <= received_at < ends_at_utc(window, time_zone)


def end_of_day_utc(day: date, time_zone: str) -> datetime:
    """The first instant after a local day; what is due on that day is done before it."""
    return instant_utc(datetime.combine(day + DAY, time.min), time_zone)


def add_working_days(day: date, count: int, weekend: Collection[str], non_working_days: Collection[date]) -> date:
    """The ``count``-th working day after ``day``; ``day`` itself for none.

    Raises ValueError for a negative count, and where the weekend leaves no working day.
    """
    if count < 0 or set(WEEKDAYS) <= set(weekend):
        raise ValueError("working days are counted forwards, in weeks that have some")
    while count:
        day += DAY
        if WEEKDAYS[day.weekday()] not in weekend and day not in non_working_days:
            count -= 1
    return day


def local_time_mistake(local: datetime, time_zone: str) -> str | None:
    """``skipped`` or ``repeated`` where the zone's clocks jump over a local time or show it twice that day."""
    zone = ZoneInfo(time_zone)
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return None
    return "skipped" if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local else "repeated"
