"""The worked example is round and lies within the limits of the call."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.letters.example import round_below


@pytest.mark.parametrize(("amount", "example"), [("999", "500"), ("1000", "1000"), ("250000", "200000"), ("0.5", "1")])
def test_round_amount_is_one_two_or_five_times_a_power_of_ten(amount, example):
    assert round_below(Decimal(amount)) == Decimal(example)


@given(st.decimals(min_value=1, max_value=10**13, places=2))
def test_round_amount_is_more_than_a_third_of_the_amount_and_not_above_it(amount):
    assert amount / 3 < round_below(amount) <= amount
