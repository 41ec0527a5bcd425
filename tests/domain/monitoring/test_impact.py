"""The final evaluation: real change, difference in differences, return per dollar, recorded figures."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitored import END_YEAR, LAUNCH_YEAR, as_group, firms, grown
from pipgrants.domain.monitoring.firms import FirmFact, FirmGroup, FirmValues
from pipgrants.domain.monitoring.impact import RecordedChanges, check_changes, impact, impacts, return_on
from pipgrants.domain.monitoring.ratios import Reason

PRICES = {LAUNCH_YEAR: Decimal(100), END_YEAR: Decimal(120)}
growth = st.decimals(Decimal("0.2"), Decimal(4), places=3)


def both_years(times: Decimal, of_comparison: Decimal | None = None) -> list[FirmValues]:
    first = firms(3, 12)
    found = [*first, *grown(first, times)]
    if of_comparison is not None:
        others = as_group(firms(4, 12), FirmGroup.COMPARISON)
        found += [*others, *grown(others, of_comparison)]
    return found


def test_change_is_told_in_the_prices_of_the_baseline() -> None:
    found = impact(both_years(Decimal("1.5")), FirmFact.SALES, LAUNCH_YEAR, END_YEAR, PRICES)
    assert (found.nominal.value, found.real.value) == (Decimal("0.500000"), Decimal("0.250000"))


def test_every_rate_of_growth_is_of_its_own_change() -> None:
    found = impact(both_years(Decimal("1.5")), FirmFact.SALES, LAUNCH_YEAR, END_YEAR, PRICES)
    totals = [rates[0].rate for rates in (found.nominal_growth, found.real_growth)]
    assert totals == [Decimal("0.500000"), Decimal("0.250000")]


def test_employment_has_no_prices() -> None:
    found = impact(both_years(Decimal("1.5")), FirmFact.EMPLOYMENT, LAUNCH_YEAR, END_YEAR, {})
    assert (found.nominal.value, found.real.value) == (Decimal(0), Decimal(0))


def test_difference_in_differences_is_the_change_less_that_of_the_comparison() -> None:
    found = impact(both_years(Decimal("1.8"), Decimal("1.44")), FirmFact.SALES, LAUNCH_YEAR, END_YEAR, PRICES)
    assert (found.real.value, found.comparison.value) == (Decimal("0.500000"), Decimal("0.200000"))
    assert found.difference.value == Decimal("0.300000")


@settings(deadline=None, max_examples=30)
@given(growth, growth)
def test_difference_changes_its_sign_when_the_groups_are_exchanged(times: Decimal, of_comparison: Decimal) -> None:
    one = impact(both_years(times, of_comparison), FirmFact.SALES, LAUNCH_YEAR, END_YEAR, PRICES)
    other = impact(both_years(of_comparison, times), FirmFact.SALES, LAUNCH_YEAR, END_YEAR, PRICES)
    assert one.difference.value is not None
    assert other.difference.value is not None
    assert one.difference.value == -other.difference.value


def test_rest_of_the_sector_is_compared_as_one_row() -> None:
    sector = [
        FirmValues("sector", year, FirmGroup.COMPARISON, production=Decimal(amount))
        for year, amount in ((LAUNCH_YEAR, 5_000_000), (END_YEAR, 6_600_000))
    ]
    found = impact([*both_years(Decimal("1.8")), *sector], FirmFact.PRODUCTION, LAUNCH_YEAR, END_YEAR, PRICES)
    assert (found.comparison.value, found.difference.value) == (Decimal("0.100000"), Decimal("0.400000"))


def test_without_comparison_group_there_is_no_difference() -> None:
    found = impact(both_years(Decimal(2)), FirmFact.SALES, LAUNCH_YEAR, END_YEAR, PRICES)
    assert (found.comparison.reason, found.difference.reason) == (Reason.NO_COMPARISON_GROUP,) * 2


def test_fact_that_nobody_reported_is_left_out() -> None:
    found = impacts(both_years(Decimal(2)), LAUNCH_YEAR, END_YEAR, PRICES)
    assert [item.fact for item in found] == [fact for fact in FirmFact if fact is not FirmFact.INVESTMENT]


def test_cordoba_returned_7_per_programme_dollar_and_14_per_fund_dollar() -> None:
    found = return_on(Decimal(15_400_000), Decimal(2_200_000), Decimal("0.5"))
    assert (found.per_programme.value, found.per_fund.value) == (Decimal(7), Decimal(14))


@pytest.mark.parametrize(("cost", "share"), [(None, "0.5"), ("100", None), ("0", "0.5"), ("100", "0")])
def test_return_on_nothing_is_not_computable(cost: str | None, share: str | None) -> None:
    found = return_on(Decimal(700), cost and Decimal(cost), share and Decimal(share))
    assert found.per_fund.value is None


def recorded(production: str | None, employment: str | None, productivity: str | None) -> RecordedChanges:
    values = (None if text is None else Decimal(text) for text in (production, employment, productivity))
    return RecordedChanges("2001-2004", *values)


def test_isabella_2001_to_2004_disagrees() -> None:
    found = check_changes(recorded("0.24", "1.00", "0.40"))
    assert found.agrees is False
    assert found.lowest is not None
    assert found.highest is not None
    assert found.lowest < Decimal("-0.38") < found.highest


def test_isabella_2001_to_2005_has_no_employment_to_check_with() -> None:
    assert check_changes(recorded("0.48", None, "0.60")).agrees is None


@settings(max_examples=60)
@given(growth, growth)
def test_changes_that_were_rounded_agree(production: Decimal, employment: Decimal) -> None:
    rounded = [(value - 1).quantize(Decimal("0.01")) for value in (production, employment, production / employment)]
    assert check_changes(RecordedChanges("", *rounded)).agrees is True


def test_nothing_is_produced_without_employment() -> None:
    with pytest.raises(ValueError, match="without employment"):
        check_changes(recorded("0.1", "-1", "0.1"))


def test_largest_values_that_a_record_may_hold_are_exact() -> None:
    amount, number = Decimal(10) ** 15 - Decimal("0.001"), Decimal(10) ** 12 - Decimal("0.0000000001")
    prices = {LAUNCH_YEAR: number, END_YEAR: number - 1}
    records = [
        FirmValues(f"F{place}", year, value_added=amount - place, employment=number - place)
        for place in range(1000)
        for year in (LAUNCH_YEAR, END_YEAR)
    ]
    found = impact(records, FirmFact.PRODUCTIVITY, LAUNCH_YEAR, END_YEAR, prices)
    assert found.real.ratio is not None
    assert found.real.ratio.compared_with(amount / 10**10) == -1
    assert found.real.value == 0
