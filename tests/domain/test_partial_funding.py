"""Partial funding: money shared to the last minor unit, above a minimum viable grant."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.allocation_terms import PartialFunding, PartialRule
from pipgrants.domain.partial_funding import funded_count, least_share, shared, viable_amount

SHARING = (PartialRule.PRO_RATA, PartialRule.CONSTRAINED_EQUAL)


def amounts(*values):
    return [Decimal(value) for value in values]


def test_pro_rata_gives_everybody_the_same_share():
    assert shared(amounts(100, 50, 50), Decimal(100), PartialRule.PRO_RATA, "USD") == (50, 25, 25)


def test_cents_that_are_left_go_to_the_largest_remainders():
    # Shares of 10.00 over 1, 1, 4: 1.666..., 1.666..., 6.666...; then over 7, 6, 5: 3.888..., 3.333..., 2.777...
    thirds = shared(amounts(10, 10, 10), Decimal(10), PartialRule.PRO_RATA, "USD")
    assert thirds == (Decimal("3.34"), Decimal("3.33"), Decimal("3.33"))
    uneven = shared(amounts(7, 6, 5), Decimal(10), PartialRule.PRO_RATA, "USD")
    assert uneven == (Decimal("3.89"), Decimal("3.33"), Decimal("2.78"))


def test_currency_without_decimals_is_shared_in_whole_units():
    assert shared(amounts(7, 6, 5), Decimal(10), PartialRule.PRO_RATA, "CLP") == (4, 3, 3)


def test_constrained_equal_gives_all_the_same_amount_or_what_they_asked_for():
    # 20 is asked for and given; the other 80 are halved.
    assert shared(amounts(100, 20, 60), Decimal(100), PartialRule.CONSTRAINED_EQUAL, "USD") == (40, 20, 40)


def test_constrained_equal_gives_the_cents_that_are_left_to_the_best_ranked():
    found = shared(amounts(100, 100, 100), Decimal("100.00"), PartialRule.CONSTRAINED_EQUAL, "USD")
    assert found == (Decimal("33.34"), Decimal("33.33"), Decimal("33.33"))


@pytest.mark.parametrize("rule", SHARING)
def test_money_for_all_gives_each_what_it_asked_for(rule):
    assert shared(amounts(10, 20), Decimal(31), rule, "USD") == (10, 20)


def test_viable_grant_is_a_share_of_the_request_rounded_up_to_a_minor_unit():
    assert least_share(Decimal("10.01"), Decimal("0.5"), "USD") == Decimal("5.01")
    assert least_share(Decimal(7), Decimal("0.5"), "CLP") == Decimal(4)


def test_who_asks_for_less_than_the_viable_amount_must_receive_all_of_it():
    terms = PartialFunding(PartialRule.PRO_RATA, minimum_amount=Decimal(50))
    assert viable_amount(Decimal(30), terms, "USD") == 30
    assert viable_amount(Decimal(80), terms, "USD") == 50


def test_as_many_share_as_each_can_receive_the_minimum():
    terms = PartialFunding(PartialRule.PRO_RATA, minimum_share=Decimal("0.5"))
    assert funded_count(amounts(40, 40, 40, 40), Decimal(60), terms, "USD") == 3
    assert funded_count(amounts(40, 40, 40, 40), Decimal("59.99"), terms, "USD") == 2


def test_nobody_shares_money_that_is_viable_for_nobody():
    terms = PartialFunding(PartialRule.CONSTRAINED_EQUAL, minimum_amount=Decimal(10))
    assert funded_count(amounts(40, 40), Decimal(9), terms, "USD") == 0


units = st.integers(1, 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
requests = st.lists(units, min_size=1, max_size=12)
minimum = st.one_of(
    st.builds(dict, minimum_amount=units),
    st.builds(dict, minimum_share=st.integers(1, 100).map(lambda percent: Decimal(percent).scaleb(-2))),
)


@given(requests, units, st.sampled_from(SHARING))
def test_shares_add_up_exactly_and_exceed_no_request(asked, money, rule):
    found = shared(asked, money, rule, "USD")
    assert sum(found) == min(money, sum(asked))
    assert all(0 <= share <= request for share, request in zip(found, asked, strict=True))
    assert all(share == share.quantize(Decimal("0.01")) for share in found)


@given(requests, units)
def test_pro_rata_never_departs_from_the_exact_share_by_a_cent(asked, money):
    whole = min(money, sum(asked))
    for share, request in zip(shared(asked, money, PartialRule.PRO_RATA, "USD"), asked, strict=True):
        assert abs(share * sum(asked) - request * whole) < Decimal("0.01") * sum(asked)


@given(requests, units)
def test_constrained_equal_separates_by_a_cent_only_those_who_receive_less_than_they_asked_for(asked, money):
    found = shared(asked, money, PartialRule.CONSTRAINED_EQUAL, "USD")
    cut = [share for share, request in zip(found, asked, strict=True) if share < request]
    assert not cut or max(found) - min(cut) <= Decimal("0.01")


@given(requests, units, st.sampled_from(SHARING), minimum)
def test_everybody_who_shares_receives_a_viable_grant_and_one_more_could_not(asked, money, rule, least):
    terms = PartialFunding(rule, **least)
    count = funded_count(asked, money, terms, "USD")
    found = shared(asked[:count], money, rule, "USD")
    viable = [viable_amount(request, terms, "USD") for request in asked]
    assert all(share >= needed for share, needed in zip(found, viable, strict=False))
    if count < len(asked):
        more = shared(asked[: count + 1], money, rule, "USD")
        cent = Decimal("0.01")
        assert any(share < needed + cent for share, needed in zip(more, viable, strict=False))
