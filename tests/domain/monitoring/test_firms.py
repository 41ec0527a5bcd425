"""Averages over the firms that reported at both times."""

from datetime import date
from decimal import Decimal

import pytest

from monitored import END_YEAR, LAUNCH_YEAR, firms, grown
from pipgrants.domain.monitoring.firms import FirmFact, FirmGroup, FirmValues, averages, last_full_year
from pipgrants.domain.monitoring.ratios import Ratio

BENEFICIARIES = (FirmGroup.BENEFICIARY,)


def firm(number: str, year: int, **values: str) -> FirmValues:
    return FirmValues(number, year, **{name: Decimal(text) for name, text in values.items()})


def test_only_firms_that_reported_both_times_are_compared() -> None:
    found = averages(
        [
            firm("A", 2003, sales="10"),
            firm("A", 2006, sales="30"),
            firm("B", 2003, sales="1000"),
            firm("C", 2006, sales="1000"),
        ],
        FirmFact.SALES,
        2003,
        2006,
        BENEFICIARIES,
    )
    assert found is not None
    assert (found.first, found.last) == (Ratio(Decimal(10)), Ratio(Decimal(30)))
    assert (found.firms_count, found.left_out_count) == (1, 2)


def test_productivity_is_all_value_added_over_all_employees() -> None:
    records = [
        firm("A", 2003, value_added="90", employment="9"),
        firm("B", 2003, value_added="10", employment="1"),
        firm("A", 2006, value_added="90", employment="9"),
        firm("B", 2006, value_added="110", employment="1"),
    ]
    found = averages(records, FirmFact.PRODUCTIVITY, 2003, 2006, BENEFICIARIES)
    assert found is not None
    assert (found.first.value(), found.last.value()) == (Decimal(10), Decimal(20))


def test_blank_is_not_zero() -> None:
    records = [firm("A", 2003, sales="10"), firm("A", 2006)]
    assert averages(records, FirmFact.SALES, 2003, 2006, BENEFICIARIES) is None


def test_firm_without_employees_has_no_productivity() -> None:
    records = [firm("A", year, value_added="10", employment="0") for year in (2003, 2006)]
    assert averages(records, FirmFact.PRODUCTIVITY, 2003, 2006, BENEFICIARIES) is None


def test_average_is_of_the_groups_asked_for() -> None:
    records = firms(1, 6)
    assert (
        averages(
            [*records, *grown(records, Decimal(2))], FirmFact.SALES, LAUNCH_YEAR, END_YEAR, (FirmGroup.COMPARISON,)
        )
        is None
    )


def test_firm_that_joined_later_is_compared_with_its_own_baseline() -> None:
    before = firm("A", 2003, sales="10")._replace(group=FirmGroup.CLUSTER)
    found = averages([before, firm("A", 2006, sales="30")], FirmFact.SALES, 2003, 2006, BENEFICIARIES)
    assert found is not None
    assert (found.first, found.last) == (Ratio(Decimal(10)), Ratio(Decimal(30)))


def test_firm_that_stands_twice_in_a_year_is_refused() -> None:
    records = [firm("A", 2003, sales="10"), firm("A", 2003, sales="11")]
    with pytest.raises(ValueError, match="the firm A stands twice in 2003"):
        averages(records, FirmFact.SALES, 2003, 2006, BENEFICIARIES)


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2003, 12, 31), 2003), (date(2004, 1, 1), 2003), (date(2004, 12, 30), 2003), (date(2007, 1, 15), 2006)],
)
def test_last_full_year_was_over_at_the_end_of_the_day(day: date, year: int) -> None:
    assert last_full_year(day) == year
