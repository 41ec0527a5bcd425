"""Values as findings write them."""

from datetime import date
from decimal import Decimal

import pytest

from pipgrants.domain.plain import Kind, exact_sum, plain_amount, plain_number, plain_share, plain_writer


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Kind.AMOUNT, Decimal("1234.5"), {"amount": "1234.50", "currency": "USD"}),
        (Kind.NUMBER, 3, {"number": "3"}),
        (Kind.NUMBER, Decimal("3.50"), {"number": "3.5"}),
        (Kind.DATE, date(2026, 1, 31), {"date": "2026-01-31"}),
        (Kind.CODE, "cluster", {"code": "cluster"}),
        (Kind.CODES, (None, "HN", "NI"), {"codes": ["HN", "NI"]}),
        (Kind.FLAG, True, {"flag": True}),
        (Kind.TEXT, "Café", {"text": "Café"}),
    ],
)
def test_value_is_written_with_its_kind(kind, value, expected):
    assert plain_writer(kind, "USD")(value) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("0", "USD", "0.00"),
        ("1E+3", "PYG", "1000"),
        ("1.5", "TND", "1.500"),
        ("9999999999999.99", "USD", "9999999999999.99"),
    ],
)
def test_amount_has_all_the_decimals_of_its_currency(amount, currency, expected):
    assert plain_amount(Decimal(amount), currency) == expected


@pytest.mark.parametrize(("number", "expected"), [("0.50", "0.5"), ("100", "100"), ("0.00", "0"), ("1E+2", "100")])
def test_number_has_no_trailing_zeros_and_no_exponent(number, expected):
    assert plain_number(Decimal(number)) == expected


@pytest.mark.parametrize(
    ("part", "comparison", "expected"),
    [
        ("0.4999999", "at_least", "0.4999"),
        ("0.5", "at_least", "0.5000"),
        ("0.5000001", "at_most", "0.5001"),
        ("0.5", "at_most", "0.5000"),
    ],
)
def test_share_is_cut_towards_its_side_of_the_limit(part, comparison, expected):
    assert plain_share(Decimal(part), Decimal(1), comparison) == expected


def test_sum_keeps_every_digit():
    total = exact_sum([Decimal("1" + "0" * 40), Decimal("0.01")])
    assert str(total) == "1" + "0" * 40 + ".01"
