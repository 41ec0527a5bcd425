"""Portfolios by instrument, implementation, country and year."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipgrants.domain.monitoring.portfolio import (
    DIMENSIONS,
    Implementation,
    Instrument,
    Operation,
    portfolio_by,
    total_amount,
)

operations = st.lists(
    st.builds(
        Operation,
        instrument=st.sampled_from(Instrument),
        project=st.just("x"),
        amount=st.integers(0, 10**9).map(Decimal),
        year_approved=st.integers(1993, 2004),
        executing_agency=st.just("y"),
        implementation=st.sampled_from(Implementation),
        country=st.sampled_from([None, "PE", "UY"]),
        pip_budget_amount=st.none() | st.integers(0, 10**6).map(Decimal),
    ),
    min_size=1,
    max_size=6,
)


@settings(deadline=None, max_examples=25)
@given(operations, st.sampled_from(sorted(DIMENSIONS)))
def test_groups_add_up_to_the_portfolio(listed: list[Operation], dimension: str) -> None:
    *groups, whole = portfolio_by(listed, dimension)
    assert whole.amount == total_amount(listed) == sum(group.amount for group in groups)
    assert whole.operations_count == len(listed) == sum(group.operations_count for group in groups)
    assert whole.not_stated_count == sum(group.not_stated_count for group in groups)
    assert (whole.pip_budget_amount or 0) == sum(group.pip_budget_amount or 0 for group in groups)


def test_budget_that_is_not_stated_is_counted_and_not_zero() -> None:
    one = Operation(Instrument.SPECIFIC_LOAN, "x", Decimal(5), 2000, "y", Implementation.TIERED)
    group, _ = portfolio_by([one], "instrument")
    assert (group.pip_budget_amount, group.not_stated_count) == (None, 1)


@pytest.mark.parametrize(
    ("dimension", "names"), [("year_approved", ["1993", "2004", "all"]), ("country", ["UY", "regional", "all"])]
)
def test_years_stand_in_their_order_and_others_by_amount(dimension: str, names: list[str]) -> None:
    small = Operation(Instrument.SEP, "x", Decimal(1), 1993, "y", Implementation.DIRECT)
    large = Operation(Instrument.SEP, "x", Decimal(5), 2004, "y", Implementation.DIRECT, country="UY")
    assert [group.name for group in portfolio_by([small, large], dimension)] == names
