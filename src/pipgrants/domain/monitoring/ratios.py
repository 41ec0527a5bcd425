"""Exact ratios, figures that may be impossible to compute, and growth rates that name their method.

A ratio is compared by cross-multiplication, so that *more than 20 %* is neither met by exactly 20 %, nor missed by what
only rounds to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal
from enum import StrEnum
from typing import NamedTuple

from pipgrants.money import EXACT, divide

RATIO_DECIMALS = 6
"""The decimals with which a ratio is shown; 0.000001 is a ten-thousandth of a per cent."""

_WIDE = Context(prec=50)
_ZERO, _ONE = Decimal(0), Decimal(1)


class Ratio(NamedTuple):
    """An exact quotient; its denominator is above zero (``ratio``)."""

    numerator: Decimal
    denominator: Decimal = _ONE

    def value(self, decimals: int = RATIO_DECIMALS) -> Decimal:
        """The quotient, rounded half up."""
        return divide(self.numerator, self.denominator, decimals)

    def compared_with(self, limit: Decimal) -> int:
        """-1, 0 or 1 where the exact quotient is below, at or above a limit."""
        bound = EXACT.multiply(limit, self.denominator)
        return (self.numerator > bound) - (self.numerator < bound)


class Reason(StrEnum):
    """Why a figure is not computable; a missing fact is never zero."""

    NOT_RECORDED = "not_recorded"
    NOTHING_TO_DIVIDE_BY = "nothing_to_divide_by"
    NO_BASELINE = "no_baseline"
    NO_PRICE_INDEX = "no_price_index"
    NO_COMPARISON_GROUP = "no_comparison_group"
    NO_FIRM_AT_BOTH_TIMES = "no_firm_at_both_times"
    NOT_DUE = "not_due"
    NOT_MEASURED_WHEN_DUE = "not_measured_when_due"


class Figure(NamedTuple):
    """A figure, or the reason why there is none."""

    ratio: Ratio | None = None
    reason: Reason | None = None

    @property
    def value(self) -> Decimal | None:
        """The figure with ``RATIO_DECIMALS`` decimals; None where it is not computable."""
        return None if self.ratio is None else self.ratio.value()


def not_computable(reason: Reason) -> Figure:
    """A figure that cannot be computed."""
    return Figure(reason=reason)


def quotient(numerator: Decimal | int | None, denominator: Decimal | int | None) -> Figure:
    """One quantity over another, where both are on record and the second is above zero."""
    if numerator is None or denominator is None:
        return not_computable(Reason.NOT_RECORDED)
    if denominator <= 0:
        return not_computable(Reason.NOTHING_TO_DIVIDE_BY)
    return Figure(Ratio(Decimal(numerator), Decimal(denominator)))


def relative_change(first: Ratio, last: Ratio) -> Figure:
    """``last / first - 1``, exactly; not computable from a first value that is not above zero."""
    if first.numerator <= 0:
        return not_computable(Reason.NOTHING_TO_DIVIDE_BY)
    before = EXACT.multiply(first.numerator, last.denominator)
    after = EXACT.multiply(last.numerator, first.denominator)
    return Figure(Ratio(EXACT.subtract(after, before), before))


def in_prices_of(amount: Ratio, year: int, base_year: int, price_index: Mapping[int, Decimal]) -> Ratio | None:
    """An amount of one year in the prices of another, exactly; None where the deflator series lacks one of them."""
    if year not in price_index or base_year not in price_index:
        return None
    return Ratio(
        EXACT.multiply(amount.numerator, price_index[base_year]), EXACT.multiply(amount.denominator, price_index[year])
    )


class GrowthMethod(StrEnum):
    """How growth over several years is told.

    ``total`` is that of the whole period. ``simple`` is the total over the number of years; ``compound`` the rate that,
    applied every year, gives the total.
    """

    TOTAL = "total"
    SIMPLE = "simple"
    COMPOUND = "compound"


class GrowthRate(NamedTuple):
    """A rate of growth with its method; no rate is told without."""

    method: GrowthMethod
    rate: Decimal
    years: int


def growth_rates(first: Ratio, last: Ratio, years: int) -> tuple[GrowthRate, ...]:
    """The growth from one value above zero to another over whole years, at least one, by every method."""
    change = relative_change(first, last).ratio
    if change is None or years < 1:
        return ()
    simple = Ratio(change.numerator, EXACT.multiply(change.denominator, Decimal(years)))
    times = _WIDE.divide(EXACT.add(change.numerator, change.denominator), change.denominator)
    compound = _WIDE.power(times, _WIDE.divide(_ONE, Decimal(years))) - 1 if times > 0 else -_ONE
    return (
        GrowthRate(GrowthMethod.TOTAL, change.value(), years),
        GrowthRate(GrowthMethod.SIMPLE, simple.value(), years),
        GrowthRate(GrowthMethod.COMPOUND, Ratio(compound).value(), years),
    )
