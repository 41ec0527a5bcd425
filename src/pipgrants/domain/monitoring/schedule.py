"""Deadlines in months from the launch of a project."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def due_after(launched_on: date, months: int) -> date:
    """The same day of the month so many months later, or the last of that month where it is shorter."""
    year, month = divmod(launched_on.year * 12 + launched_on.month - 1 + months, 12)
    return date(year, month + 1, min(launched_on.day, monthrange(year, month + 1)[1]))
