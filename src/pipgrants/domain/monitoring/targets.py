"""Whether the targets of a logical framework are met, from what was measured.

1. A value speaks of the day it is as of; what firms report of a year, of its last day. The baseline of what firms
   report is the last year that was over at the launch; of a reported number, the framework's, or else the last value as
   of the launch or before it.
2. The verdict is by the last value in the reporting period that ends on the deadline (a year for what firms report). A
   value from before that says nothing of the deadline: the target is *undetermined*, and so it is until the deadline.
3. Targets are compared with exact quotients: *more than 20 %* is strict, and a value that rounds to 20 % and lies above
   meets it. Money is in the prices of the baseline where the measure asks for real terms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from statistics import median
from typing import NamedTuple, assert_never

from pipgrants.domain.monitoring.firms import (
    FirmFact,
    FirmGroup,
    FirmValues,
    averages,
    last_full_year,
)
from pipgrants.domain.monitoring.logical_framework import (
    Change,
    FirmChange,
    Indicator,
    Level,
    LogicalFramework,
    Mark,
    Prices,
)
from pipgrants.domain.monitoring.ratios import (
    Figure,
    Ratio,
    Reason,
    in_prices_of,
    not_computable,
    relative_change,
)
from pipgrants.domain.monitoring.schedule import due_after
from pipgrants.domain.vocabulary import Verdict

MONTHS_OF_A_YEAR = 12


class Reported(NamedTuple):
    """A number reported for an indicator, as of a day; a mark by the firm that gave it."""

    indicator: str
    on: date
    value: Decimal
    firm: str | None = None


class MonitoringValues(NamedTuple):
    """What was measured: by firms, for indicators, and the deflator series by year.

    ``baseline_year`` is that of the baseline on record; None is the last year that was over at the launch.
    """

    firms: Sequence[FirmValues] = ()
    reported: Sequence[Reported] = ()
    price_index: Mapping[int, Decimal] = {}
    baseline_year: int | None = None


class Measured(NamedTuple):
    """What an indicator came to, as of a day."""

    on: date
    figure: Figure


class TargetResult(NamedTuple):
    """How a target stands on a day.

    ``figure`` is the value that the verdict is by, or else the last one there is. ``reached_on`` is the first day as of
    which the target was reached, before the deadline or after it.
    """

    indicator: Indicator
    due_on: date
    verdict: Verdict
    figure: Figure
    measured_on: date | None = None
    reason: Reason | None = None
    reached_on: date | None = None


def evaluate_targets(
    framework: LogicalFramework, launched_on: date, values: MonitoringValues, on: date
) -> tuple[TargetResult, ...]:
    """How every target stands at the end of a day, in the order of the framework."""
    found = []
    for indicator in framework.indicators:
        due_on = due_after(launched_on, indicator.due_month)
        series = [item for item in measured(indicator, launched_on, values) if item.on <= on]
        found.append(_evaluate(indicator, due_on, series, _reporting_months(framework, indicator), on))
    return tuple(found)


def _reporting_months(framework: LogicalFramework, indicator: Indicator) -> int:
    return MONTHS_OF_A_YEAR if isinstance(indicator.measure, FirmChange) else framework.reporting_months


def _evaluate(indicator: Indicator, due_on: date, series: Sequence[Measured], period: int, on: date) -> TargetResult:
    reached_on = next((item.on for item in series if _holds(indicator, item)), None)
    last = series[-1] if series else Measured(on, not_computable(Reason.NOT_RECORDED))
    begins_after = due_after(due_on, -period)
    counted = [item for item in series if begins_after < item.on <= due_on]
    if on >= due_on and counted:
        last = counted[-1]
        verdict, reason = _verdict(indicator, last), last.figure.reason
    elif on >= due_on:
        verdict, reason = Verdict.UNDETERMINED, Reason.NOT_MEASURED_WHEN_DUE if series else Reason.NOT_RECORDED
    else:
        verdict, reason = Verdict.UNDETERMINED, Reason.NOT_DUE
    return TargetResult(indicator, due_on, verdict, last.figure, last.on if series else None, reason, reached_on)


def _holds(indicator: Indicator, item: Measured) -> bool:
    return item.figure.ratio is not None and indicator.target.holds(item.figure.ratio)


def _verdict(indicator: Indicator, item: Measured) -> Verdict:
    if item.figure.ratio is None:
        return Verdict.UNDETERMINED
    return Verdict.MET if _holds(indicator, item) else Verdict.NOT_MET


def measured(indicator: Indicator, launched_on: date, values: MonitoringValues) -> list[Measured]:
    """What an indicator came to after the launch, in the order of days."""
    measure = indicator.measure
    match measure:
        case FirmChange():
            return _of_firms(measure, values.baseline_year or last_full_year(launched_on), values)
        case Level() | Mark():
            by_day = _by_day(indicator, values.reported)
            return [Measured(day, Figure(Ratio(median(found)))) for day, found in by_day.items() if day > launched_on]
        case Change():
            return _of_reported(indicator, launched_on, values.reported)
        case _:
            assert_never(measure)


def _by_day(indicator: Indicator, reported: Iterable[Reported]) -> dict[date, list[Decimal]]:
    found: dict[date, list[Decimal]] = defaultdict(list)
    for item in sorted(reported, key=lambda item: item.on):
        if item.indicator == indicator.code:
            found[item.on].append(item.value)
    return found


def _of_reported(indicator: Indicator, launched_on: date, reported: Iterable[Reported]) -> list[Measured]:
    by_day = {day: Ratio(median(found)) for day, found in _by_day(indicator, reported).items()}
    before = [value for day, value in by_day.items() if day <= launched_on]
    first = before[-1] if before else None
    if indicator.baseline is not None:
        first = Ratio(indicator.baseline)
    return [
        Measured(day, not_computable(Reason.NO_BASELINE) if first is None else relative_change(first, value))
        for day, value in by_day.items()
        if day > launched_on
    ]


def _of_firms(measure: FirmChange, base_year: int, values: MonitoringValues) -> list[Measured]:
    firms = _exporters(values.firms, base_year) if measure.exporters_only else values.firms
    years = sorted({record.year for record in firms if record.year > base_year})
    index = values.price_index if measure.prices is Prices.CONSTANT else dict.fromkeys((base_year, *years), Decimal(1))
    changes = ((year, change_of_firms(firms, measure.of, base_year, year, index)) for year in years)
    return [Measured(date(year, 12, 31), figure) for year, figure in changes]


def _exporters(firms: Iterable[FirmValues], year: int) -> list[FirmValues]:
    """The records of firms that exported in a year."""
    firms = list(firms)
    exporters = {record.firm for record in firms if record.year == year and record.exports}
    return [record for record in firms if record.firm in exporters]


def change_of_firms(
    firms: Iterable[FirmValues],
    fact: FirmFact,
    first_year: int,
    last_year: int,
    price_index: Mapping[int, Decimal],
    groups: Iterable[FirmGroup] = (FirmGroup.BENEFICIARY,),
) -> Figure:
    """The change of an average over the firms that reported in both years, in the prices of the first.

    Employment has no prices.
    """
    found = averages(firms, fact, first_year, last_year, groups)
    if found is None:
        return not_computable(Reason.NO_FIRM_AT_BOTH_TIMES)
    last: Ratio | None = found.last
    if fact is not FirmFact.EMPLOYMENT:
        last = in_prices_of(found.last, last_year, first_year, price_index)
    return not_computable(Reason.NO_PRICE_INDEX) if last is None else relative_change(found.first, last)
