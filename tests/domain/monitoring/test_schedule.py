"""Deadlines in months from the launch."""

from datetime import date

import pytest

from pipgrants.domain.monitoring.schedule import due_after


@pytest.mark.parametrize(
    ("launch", "months", "day"),
    [
        (date(2004, 1, 15), 36, date(2007, 1, 15)),
        (date(2003, 12, 31), 36, date(2006, 12, 31)),
        (date(2004, 8, 31), 6, date(2005, 2, 28)),
        (date(2004, 8, 31), 18, date(2006, 2, 28)),
        (date(2003, 8, 31), 6, date(2004, 2, 29)),
        (date(2004, 3, 31), -1, date(2004, 2, 29)),
        (date(2004, 1, 15), 0, date(2004, 1, 15)),
    ],
)
def test_deadline_is_the_same_day_or_the_last_of_a_shorter_month(launch: date, months: int, day: date) -> None:
    assert due_after(launch, months) == day
