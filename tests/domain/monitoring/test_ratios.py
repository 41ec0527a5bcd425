"""Exact ratios, and growth rates that name their method."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.monitoring.ratios import (
    GrowthMethod,
    Ratio,
    Reason,
    growth_rates,
    in_prices_of,
    quotient,
    relative_change,
)

amounts = st.integers(1, 10**15).map(lambda units: Decimal(units).scaleb(-2))
years = st.integers(1, 30)


def percent(share: Decimal, decimals: int) -> str:
    return f"{share * 100:.{decimals}f}"


@pytest.mark.parametrize(
    ("first", "last", "total", "compound", "simple"),
    [
        ("23637", "32268", "36.5", "10.93", "12.17"),
        ("12247", "16734", "36.6", "10.97", "12.21"),
        ("6498", "8871", "36.5", "10.93", "12.17"),
    ],
    ids=["sales", "exports", "investment"],
)
def test_masaya_grew_by_11_to_12_percent_between_the_two_methods(
    first: str, last: str, total: str, compound: str, simple: str
) -> None:
    rates = {item.method: item for item in growth_rates(Ratio(Decimal(first)), Ratio(Decimal(last)), 3)}
    assert percent(rates[GrowthMethod.TOTAL].rate, 1) == total
    assert percent(rates[GrowthMethod.COMPOUND].rate, 2) == compound
    assert percent(rates[GrowthMethod.SIMPLE].rate, 2) == simple


@given(amounts, amounts, years)
def test_simple_rate_times_the_years_is_the_total(first: Decimal, last: Decimal, count: int) -> None:
    total, simple, _ = growth_rates(Ratio(first), Ratio(last), count)
    assert abs(simple.rate * count - total.rate) <= Decimal("0.0000005") * (count + 1)


@given(st.integers(1, 1000).map(Decimal), st.integers(1, 1000).map(Decimal), years)
def test_compound_rate_applied_every_year_is_the_total(first: Decimal, last: Decimal, count: int) -> None:
    total, _, compound = growth_rates(Ratio(first), Ratio(last), count)
    times = (1 + compound.rate) ** count
    assert abs(times / (1 + total.rate) - 1) < Decimal("0.01")


@pytest.mark.parametrize(("first", "count"), [("0", 3), ("-5", 3), ("5", 0)])
def test_growth_from_nothing_or_over_no_year_has_no_rate(first: str, count: int) -> None:
    assert growth_rates(Ratio(Decimal(first)), Ratio(Decimal(10)), count) == ()


def test_growth_to_nothing_is_minus_all_of_it() -> None:
    assert {item.rate for item in growth_rates(Ratio(Decimal(7)), Ratio(Decimal(0)), 1)} == {Decimal(-1)}


@given(amounts, amounts, amounts)
def test_comparison_is_that_of_the_exact_quotient(numerator: Decimal, denominator: Decimal, limit: Decimal) -> None:
    exact = Fraction(numerator) / Fraction(denominator)
    expected = (exact > Fraction(limit)) - (exact < Fraction(limit))
    assert Ratio(numerator, denominator).compared_with(limit) == expected


@given(amounts, amounts, amounts, amounts)
def test_change_is_exact(first: Decimal, divisor: Decimal, last: Decimal, other: Decimal) -> None:
    found = relative_change(Ratio(first, divisor), Ratio(last, other)).ratio
    assert found is not None
    expected = (Fraction(last) / Fraction(other)) / (Fraction(first) / Fraction(divisor)) - 1
    assert Fraction(found.numerator) / Fraction(found.denominator) == expected


@given(amounts, amounts, amounts, st.integers(1, 1000))
def test_prices_do_not_depend_on_the_base_of_their_index(
    amount: Decimal, before: Decimal, after: Decimal, factor: int
) -> None:
    one = in_prices_of(Ratio(amount), 2006, 2003, {2003: before, 2006: after})
    other = in_prices_of(Ratio(amount), 2006, 2003, {2003: before * factor, 2006: after * factor})
    assert one is not None
    assert other is not None
    assert one.numerator * other.denominator == other.numerator * one.denominator


def test_amount_of_a_year_without_index_has_no_real_terms() -> None:
    assert in_prices_of(Ratio(Decimal(5)), 2006, 2003, {2003: Decimal(100)}) is None


@pytest.mark.parametrize(
    ("numerator", "denominator", "reason"),
    [
        (None, 4, Reason.NOT_RECORDED),
        (3, None, Reason.NOT_RECORDED),
        (3, 0, Reason.NOTHING_TO_DIVIDE_BY),
        (0, 4, None),
    ],
)
def test_missing_fact_is_not_zero(numerator: int | None, denominator: int | None, reason: Reason | None) -> None:
    found = quotient(numerator, denominator)
    assert (found.reason, found.value is None) == (reason, reason is not None)
