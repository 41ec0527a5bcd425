"""The final evaluation: change against the baseline, against a comparison, and what each dollar returned.

The comparison is a similar cluster elsewhere that had no programme, or the rest of the sector; the difference in
differences is the change of the beneficiaries less that of the comparison, over the same years and in the same prices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from pipgrants.domain.monitoring.firms import FirmFact, FirmGroup, FirmValues, averages
from pipgrants.domain.monitoring.ratios import (
    Figure,
    GrowthRate,
    Ratio,
    Reason,
    growth_rates,
    not_computable,
    quotient,
)
from pipgrants.domain.monitoring.targets import change_of_firms
from pipgrants.money import EXACT, share_of

_ONE = Decimal(1)


class Impact(NamedTuple):
    """The change of a fact of the beneficiary firms between two years.

    The growth of either is told by every method, and by none where the change is not computable.
    """

    fact: FirmFact
    first_year: int
    last_year: int
    firms_count: int
    left_out_count: int
    first: Decimal | None
    last: Decimal | None
    nominal: Figure
    real: Figure
    comparison: Figure
    difference: Figure
    nominal_growth: tuple[GrowthRate, ...]
    real_growth: tuple[GrowthRate, ...]


AVERAGE_DECIMALS = 2


def impacts(
    records: Sequence[FirmValues], first_year: int, last_year: int, price_index: Mapping[int, Decimal]
) -> tuple[Impact, ...]:
    """The impact on every fact that firms reported in at least one of the years."""
    return tuple(
        impact(records, fact, first_year, last_year, price_index)
        for fact in FirmFact
        if any(_reported(record, fact) for record in records if record.year in (first_year, last_year))
    )


def _reported(record: FirmValues, fact: FirmFact) -> bool:
    """Whether a firm reported a fact, or what it is computed from."""
    source = FirmFact.VALUE_ADDED if fact is FirmFact.PRODUCTIVITY else fact
    return record.reported(source) is not None


def impact(
    records: Sequence[FirmValues],
    fact: FirmFact,
    first_year: int,
    last_year: int,
    price_index: Mapping[int, Decimal],
) -> Impact:
    """The impact on one fact: nominal, in the prices of the first year, and beside the comparison group."""
    found = averages(records, fact, first_year, last_year, (FirmGroup.BENEFICIARY,))
    nominal_index = dict.fromkeys((first_year, last_year), _ONE)
    nominal = change_of_firms(records, fact, first_year, last_year, nominal_index)
    real = change_of_firms(records, fact, first_year, last_year, price_index)
    compared = _comparison(records, fact, first_year, last_year, price_index)
    return Impact(
        fact=fact,
        first_year=first_year,
        last_year=last_year,
        firms_count=found.firms_count if found else 0,
        left_out_count=found.left_out_count if found else 0,
        first=found.first.value(AVERAGE_DECIMALS) if found else None,
        last=found.last.value(AVERAGE_DECIMALS) if found else None,
        nominal=nominal,
        real=real,
        comparison=compared,
        difference=difference(real, compared),
        nominal_growth=_growth(nominal, last_year - first_year),
        real_growth=_growth(real, last_year - first_year),
    )


def _comparison(
    records: Iterable[FirmValues], fact: FirmFact, first_year: int, last_year: int, price_index: Mapping[int, Decimal]
) -> Figure:
    compared = [record for record in records if record.group is FirmGroup.COMPARISON]
    if not compared:
        return not_computable(Reason.NO_COMPARISON_GROUP)
    return change_of_firms(compared, fact, first_year, last_year, price_index, (FirmGroup.COMPARISON,))


def _growth(change: Figure, years: int) -> tuple[GrowthRate, ...]:
    if change.ratio is None:
        return ()
    grown = EXACT.add(change.ratio.numerator, change.ratio.denominator)
    return growth_rates(Ratio(_ONE), Ratio(grown, change.ratio.denominator), years)


def difference(change: Figure, compared: Figure) -> Figure:
    """The difference in differences, of the two changes as they are told (six decimals)."""
    if change.value is None or compared.value is None:
        return not_computable(change.reason or compared.reason or Reason.NOT_RECORDED)
    return Figure(Ratio(EXACT.subtract(change.value, compared.value)))


class Return(NamedTuple):
    """What the benefits are per unit of money of the whole programme, and of one of its funds."""

    per_programme: Figure
    per_fund: Figure


def return_on(benefit_amount: Decimal | None, programme_amount: Decimal | None, fund_share: Decimal | None) -> Return:
    """The return per dollar: social benefits over what the programme cost, and over the share that the fund paid."""
    fund_amount = None
    if programme_amount is not None and fund_share is not None:
        fund_amount = share_of(fund_share, programme_amount)
    return Return(quotient(benefit_amount, programme_amount), quotient(benefit_amount, fund_amount))


class RecordedChanges(NamedTuple):
    """Changes as an evaluation printed them, in shares rounded to ``rounded_to``; None is not available."""

    period: str
    production: Decimal | None
    employment: Decimal | None
    productivity: Decimal | None
    rounded_to: Decimal = Decimal("0.01")


class Consistency(NamedTuple):
    """Whether production, employment and productivity agree: the last is the first over the second.

    ``lowest`` and ``highest`` bound the change of productivity that follows from the other two, which were rounded.
    ``agrees`` is None where one of the three is not available.
    """

    period: str
    reported: Decimal | None
    lowest: Decimal | None = None
    highest: Decimal | None = None
    agrees: bool | None = None


def check_changes(changes: RecordedChanges) -> Consistency:
    """Whether the recorded change of productivity can follow from those of production and employment.

    Changes relative to the rest of a sector divide in the same way. Each stands for what rounds to it, so that they
    disagree only where no unrounded values could agree. Raises ValueError where employment falls to nothing.
    """
    production, employment, productivity = changes.production, changes.employment, changes.productivity
    if production is None or employment is None or productivity is None:
        return Consistency(changes.period, productivity)
    half = changes.rounded_to / 2
    if employment - half <= -1:
        raise ValueError("without employment there is no productivity")
    lowest = Ratio(1 + production - half, 1 + employment + half)
    highest = Ratio(1 + production + half, 1 + employment - half)
    agrees = lowest.compared_with(1 + productivity + half) <= 0 <= highest.compared_with(1 + productivity - half)
    return Consistency(changes.period, productivity, lowest.value() - 1, highest.value() - 1, agrees)
