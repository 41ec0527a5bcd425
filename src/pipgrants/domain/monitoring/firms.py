"""What firms report of a year, and averages of it over the firms that are compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from pipgrants.domain.monitoring.ratios import Ratio
from pipgrants.domain.vocabulary import SizeClass
from pipgrants.money import EXACT

_ZERO = Decimal(0)


class FirmGroup(StrEnum):
    """What a firm is to the project.

    ``beneficiary`` and ``cluster`` firms together are the cluster; a ``comparison`` firm is of a similar cluster
    elsewhere, or the rest of the sector as one line.
    """

    BENEFICIARY = "beneficiary"
    CLUSTER = "cluster"
    COMPARISON = "comparison"


CLUSTER_GROUPS = frozenset({FirmGroup.BENEFICIARY, FirmGroup.CLUSTER})


class FirmFact(StrEnum):
    """The quantities of a firm in a year (PIP, box 1); productivity is value added per employee (annex 2)."""

    PRODUCTION = "production"
    EMPLOYMENT = "employment"
    SALES = "sales"
    EXPORTS = "exports"
    VALUE_ADDED = "value_added"
    INVESTMENT = "investment"
    PRODUCTIVITY = "productivity"


REPORTED_FACTS = tuple(fact for fact in FirmFact if fact is not FirmFact.PRODUCTIVITY)
"""What firms report; the others are computed."""


class FirmValues(NamedTuple):
    """One firm in one year, by the unique number of the firm; None is not reported, and never zero.

    Amounts are in one currency at current prices, employment in persons. ``follows_strategy`` is whether it follows a
    competitive strategy (quality, management, eco-efficiency, marketing), ``position`` its mark of competitive
    position.
    """

    firm: str
    year: int
    group: FirmGroup = FirmGroup.BENEFICIARY
    size_class: SizeClass | None = None
    production: Decimal | None = None
    employment: Decimal | None = None
    sales: Decimal | None = None
    exports: Decimal | None = None
    value_added: Decimal | None = None
    investment: Decimal | None = None
    follows_strategy: bool | None = None
    position: Decimal | None = None

    def reported(self, fact: FirmFact) -> Decimal | None:
        """The value of a fact that firms report."""
        value: Decimal | None = getattr(self, fact.value)
        return value


def group_by_firm(records: Iterable[FirmValues]) -> dict[str, FirmGroup]:
    """What each firm is over all of its years: whoever was a beneficiary in any year is one, from its baseline on."""
    found: dict[str, FirmGroup] = {}
    for record in records:
        group = found.setdefault(record.firm, record.group)
        found[record.firm] = min(group, record.group, key=_PRECEDENCE.index)
    return found


_PRECEDENCE = list(FirmGroup)


class Averages(NamedTuple):
    """The average of a fact over the same firms in two years, and how many firms that is.

    It is per firm; of productivity, per employee. ``left_out_count`` are the firms that reported in one year only.
    """

    first: Ratio
    last: Ratio
    firms_count: int
    left_out_count: int


def averages(
    records: Iterable[FirmValues], fact: FirmFact, first_year: int, last_year: int, groups: Iterable[FirmGroup]
) -> Averages | None:
    """The averages of a fact over the firms of some groups that reported it in both years; None where no firm did.

    Raises ValueError where a firm stands twice in a year.
    """
    records, wanted = list(records), frozenset(groups)
    group = group_by_firm(records)
    kept = [record for record in records if group[record.firm] in wanted]
    first, last = (_by_firm(kept, fact, year) for year in (first_year, last_year))
    both = sorted(first.keys() & last.keys())
    if not both:
        return None
    left_out_count = len(first.keys() ^ last.keys())
    return Averages(
        _average([first[firm] for firm in both]), _average([last[firm] for firm in both]), len(both), left_out_count
    )


def _by_firm(records: Sequence[FirmValues], fact: FirmFact, year: int) -> Mapping[str, Ratio]:
    found: dict[str, Ratio] = {}
    for record in records:
        value = _value(record, fact) if record.year == year else None
        if value is not None and record.firm in found:
            raise ValueError(f"the firm {record.firm} stands twice in {year}")
        if value is not None:
            found[record.firm] = value
    return found


def _value(record: FirmValues, fact: FirmFact) -> Ratio | None:
    if fact is not FirmFact.PRODUCTIVITY:
        value = record.reported(fact)
        return None if value is None else Ratio(value)
    if record.value_added is None or not record.employment:
        return None
    return Ratio(record.value_added, record.employment)


def _average(values: Sequence[Ratio]) -> Ratio:
    """The sum of the numerators over that of the denominators: of firms (one each), or of their employees."""
    numerator = denominator = _ZERO
    for value in values:
        numerator = EXACT.add(numerator, value.numerator)
        denominator = EXACT.add(denominator, value.denominator)
    return Ratio(numerator, denominator)


def last_full_year(day: date) -> int:
    """The last year that was over at the end of a day."""
    return day.year if (day.month, day.day) == (12, 31) else day.year - 1
