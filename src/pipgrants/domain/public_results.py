"""What awards set out to reach and what they reached, as open data tells it: baseline, targets and actual values.

What was measured is data: whoever gathers the record gives it, by indicator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeGuard

from pipgrants.domain.conflicts_of_interest import months_after
from pipgrants.domain.proposal import Objective

MOST_MONTHS = 1_200


class Measured(NamedTuple):
    """What an indicator came to, as of a day."""

    on: date
    value: Decimal


class PublicPeriod(NamedTuple):
    """A time of reporting: what was to be reached by its last day, and what was measured in it."""

    starts_on: date
    ends_on: date
    target: Decimal | None
    actual: Decimal | None


class PublicResult(NamedTuple):
    """What an award sets out to reach, by one indicator."""

    title: str
    indicator: str
    baseline: Measured | None
    periods: Sequence[PublicPeriod]


def results_of(
    objectives: Iterable[Objective],
    designed_on: date | None,
    started_on: date,
    measured: Mapping[str, Sequence[Measured]],
) -> tuple[PublicResult, ...]:
    """The objectives of a proposal as results; ``measured`` holds what was measured of each indicator."""
    return tuple(
        PublicResult(
            item.description or item.indicator,
            item.indicator,
            None if item.baseline is None else Measured(designed_on or started_on, item.baseline),
            periods_of(started_on, _target_of(item, started_on), measured.get(item.indicator, ())),
        )
        for item in objectives
    )


def periods_of(started_on: date, target: Measured | None, measured: Iterable[Measured]) -> tuple[PublicPeriod, ...]:
    """The periods since a start, by their last days: one to each day of measuring, and one to the day of the target.

    That of the target has the last value measured until its day. A value of the start or before it is none of the
    project's.
    """
    values = {item.on: item.value for item in sorted(measured) if item.on > started_on}
    periods = {on: PublicPeriod(started_on, on, None, value) for on, value in values.items()}
    if target is not None:
        last = max((on for on in values if on <= target.on), default=None)
        actual = None if last is None else periods.pop(last).actual
        periods[target.on] = PublicPeriod(started_on, target.on, target.value, actual)
    return tuple(sorted(periods.values(), key=lambda period: period.ends_on))


def _target_of(objective: Objective, started_on: date) -> Measured | None:
    if objective.target is None or not leads_to_a_day(objective.due_month):
        return None
    return Measured(months_after(started_on, objective.due_month), objective.target)


def leads_to_a_day(months: int | None) -> TypeGuard[int]:
    """Whether a number of months leads to a day that can be written."""
    return months is not None and 0 < months <= MOST_MONTHS
