"""The two verifications of a baseline find the planted errors, and no others."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitored import LAUNCH_YEAR, firms, replaced, territory
from pipgrants.domain.monitoring.baseline import LEAST_FIRMS, BaselineCheck, Territory, verify_baseline
from pipgrants.domain.monitoring.firms import FirmFact, FirmGroup, FirmValues
from pipgrants.domain.vocabulary import SizeClass

FACTS = (FirmFact.PRODUCTION, FirmFact.EMPLOYMENT, FirmFact.SALES, FirmFact.EXPORTS)
MONEY = (FirmFact.PRODUCTION, FirmFact.SALES, FirmFact.EXPORTS)
seeds = st.integers(0, 2**32)


def outliers(found: BaselineCheck) -> list[tuple[str, FirmFact]]:
    return [(item.firm, item.fact) for item in found.outliers]


def inconsistent(found: BaselineCheck) -> list[FirmFact]:
    return [item.fact for item in found.aggregates if item.is_consistent is False]


@settings(deadline=None, max_examples=25)
@given(seeds)
def test_sound_baseline_has_nothing_to_explain(seed: int) -> None:
    values = firms(seed)
    found = verify_baseline(values, territory(values))
    assert (outliers(found), inconsistent(found), found.too_few) == ([], [], ())


@settings(deadline=None, max_examples=25)
@given(seeds, st.integers(0, 59), st.sampled_from(MONEY), st.booleans())
def test_unit_error_is_found_and_nothing_else(seed: int, place: int, fact: FirmFact, is_larger: bool) -> None:
    values = firms(seed)
    sound = values[place].reported(fact)
    assert sound is not None
    wrong = sound * 1000 if is_larger else sound / 1000
    found = verify_baseline(replaced(values, place, **{fact.value: wrong}), _immense(values))
    assert outliers(found) == ([(values[place].firm, fact)] if sound else [])
    assert inconsistent(found) == []


def _immense(values: list[FirmValues]) -> Territory:
    """A territory in which even a unit error is possible, so that the first verification alone must find it."""
    small = territory(values)
    figures = {name: getattr(small, name) * 1000 for name in ("gdp", "population", "production", "exports")}
    return small._replace(**figures)


def test_unit_error_that_exceeds_the_territory_is_told_as_its_cause() -> None:
    values = firms(7)
    found = verify_baseline(replaced(values, 2, sales=values[2].sales * 1000), territory(values))
    sales = next(item for item in found.aggregates if item.fact is FirmFact.SALES)
    assert (outliers(found), inconsistent(found)) == ([("F-002", FirmFact.SALES)], [FirmFact.SALES])
    assert sales._replace(total=sales.without_outliers).is_consistent is True


def test_sales_above_the_regional_gdp_are_found_and_nothing_else() -> None:
    values = firms(7)
    sales = sum(item.sales for item in values)
    found = verify_baseline(values, territory(values)._replace(gdp=sales - 1))
    assert (outliers(found), inconsistent(found)) == ([], [FirmFact.SALES])


def test_employment_above_half_the_population_is_found_and_nothing_else() -> None:
    values = firms(7)
    employment = sum(item.employment for item in values)
    found = verify_baseline(values, territory(values)._replace(population=employment * 2 - 1))
    assert (outliers(found), inconsistent(found)) == ([], [FirmFact.EMPLOYMENT])


def test_employment_of_exactly_half_the_population_is_possible() -> None:
    values = firms(7)
    employment = sum(item.employment for item in values)
    assert inconsistent(verify_baseline(values, territory(values)._replace(population=employment * 2))) == []


def test_sales_close_to_the_gdp_are_found_too() -> None:
    values = [FirmValues("A", 2003, sales=Decimal(90))]
    close, apart = (verify_baseline(values, Territory(2003, gdp=Decimal(gdp))) for gdp in ("100", "100.01"))
    assert (inconsistent(close), inconsistent(apart)) == ([FirmFact.SALES], [])


@pytest.mark.parametrize(("fact", "figure"), [("production", "production"), ("exports", "exports")])
def test_firms_cannot_produce_or_export_more_than_their_territory(fact: str, figure: str) -> None:
    values = firms(7)
    total = sum(getattr(item, fact) for item in values)
    found = verify_baseline(values, territory(values)._replace(**{figure: total - 1}))
    assert inconsistent(found) == [FirmFact(fact)]
    assert inconsistent(verify_baseline(values, territory(values)._replace(**{figure: total}))) == []


def test_unknown_figure_of_the_territory_is_no_verdict() -> None:
    values = firms(7)
    found = verify_baseline(values, Territory(LAUNCH_YEAR))
    assert [item.is_consistent for item in found.aggregates] == [None] * len(FACTS)


def test_class_of_few_firms_is_told_and_not_verified() -> None:
    values = firms(7, count=3 * LEAST_FIRMS - 1)
    few = replaced(values, 2, sales=values[2].sales * 1000)
    found = verify_baseline(few, _immense(values))
    assert outliers(found) == []
    assert {(item.size_class, item.firms_count) for item in found.too_few if item.fact is FirmFact.SALES} == {
        (SizeClass.MEDIUM, LEAST_FIRMS - 1)
    }


def test_firms_of_unknown_size_are_told_and_not_verified() -> None:
    values = [item._replace(size_class=None) for item in firms(7)]
    found = verify_baseline(values, territory(values))
    assert {item.size_class for item in found.too_few} == {None}


def test_firms_that_are_nearly_equal_have_no_outlier_within_ten_times() -> None:
    values = [FirmValues(f"F{n}", 2003, size_class=SizeClass.MICRO, sales=Decimal(100)) for n in range(9)]
    odd = FirmValues("odd", 2003, size_class=SizeClass.MICRO, sales=Decimal(1000))
    assert outliers(verify_baseline([*values, odd], Territory(2003))) == []
    assert outliers(verify_baseline([*values, odd._replace(sales=Decimal(1001))], Territory(2003))) == [
        ("odd", FirmFact.SALES)
    ]


def test_firms_that_differ_widely_have_no_outlier_for_ten_times() -> None:
    values = [FirmValues(f"F{n}", 2003, size_class=SizeClass.MICRO, sales=Decimal(4) ** n) for n in range(11)]
    assert outliers(verify_baseline(values, Territory(2003))) == []


@settings(deadline=None, max_examples=20)
@given(seeds, st.sampled_from([Decimal("0.01"), Decimal(7), Decimal(1000)]))
def test_currency_does_not_matter(seed: int, times: Decimal) -> None:
    values = firms(seed)
    values = replaced(values, 5, sales=values[5].sales * 1000)
    other = [item._replace(sales=item.sales * times) for item in values]
    assert outliers(verify_baseline(other, Territory(LAUNCH_YEAR))) == outliers(
        verify_baseline(values, Territory(LAUNCH_YEAR))
    )


def test_other_years_are_left_out() -> None:
    values = firms(7)
    later = [item._replace(year=LAUNCH_YEAR + 1, sales=item.sales * 10**6) for item in values]
    assert verify_baseline([*values, *later], territory(values)) == verify_baseline(values, territory(values))


def test_firms_of_the_comparison_group_are_elsewhere() -> None:
    values = firms(7)
    others = [item._replace(firm=f"C-{item.firm}", group=FirmGroup.COMPARISON, sales=item.sales * 9) for item in values]
    assert verify_baseline([*values, *others], territory(values)) == verify_baseline(values, territory(values))
