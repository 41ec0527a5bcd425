"""Amounts, shares, dates and instants as readers of three languages expect them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.letters import formatting


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "USD 1,234.50"), ("es", "USD 1.234,50"), ("pt", "USD 1.234,50")]
)
def test_amount_shows_the_iso_code_and_the_marks_of_the_language(language, shown):
    assert formatting.amount("1234.50", "USD", language) == shown


@pytest.mark.parametrize(
    ("currency", "shown"), [("CLP", "CLP 1,234,567"), ("TND", "TND 1,234,567.000"), ("COP", "COP 1,234,567.00")]
)
def test_amount_has_the_digits_of_its_currency(currency, shown):
    assert formatting.amount("1234567", currency, "en") == shown


def test_amount_is_never_rounded_by_the_formatter():
    assert formatting.amount("0.125", "USD", "en") == "USD 0.125"


def test_amount_that_is_no_number_is_shown_as_it_is():
    assert formatting.amount("about ten", "USD", "en") == "USD about ten"


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("0.5", "0.5", "50%"),
        ("0.4999999999", "0.5", "49.99%"),
        ("0.4999999999", None, "49.99%"),
        ("0.5000000001", "0.5", "50.01%"),
        ("0.4100", "0.5", "41%"),
        ("1", None, "100%"),
        ("NaN", None, "NaN"),
    ],
)
def test_share_is_never_rounded_to_its_limit(text, limit, shown):
    assert formatting.share(text, "en", limit) == shown


@given(st.decimals("0", "2", places=12), st.decimals("0", "1", places=4))
def test_share_differs_in_print_from_a_limit_that_it_differs_from(value, limit):
    shown, bound = formatting.share(str(value), "en", str(limit)), formatting.share(str(limit), "en")
    assert (shown == bound) is (value == limit)


def test_number_keeps_its_decimals_and_drops_trailing_zeros():
    assert [formatting.number(text, "es") for text in ("71.5000", "100", "1E+3", "x")] == ["71,5", "100", "1.000", "x"]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_number_loses_nothing(value):
    assert Decimal(formatting.number(str(value), "en").replace(",", "")) == value


def test_day_is_written_in_words():
    assert [formatting.day("2026-05-18", language) for language in ("en", "es", "pt")] == [
        "May 18, 2026",
        "18 de mayo de 2026",
        "18 de maio de 2026",
    ]


def test_instant_is_local_to_the_call_and_names_its_zone():
    assert formatting.instant("2026-03-31T21:59:00Z", "America/Tegucigalpa", "es") == (
        "31 de marzo de 2026 a las 15:59 (hora de Tegucigalpa, UTC−06:00)"
    )


def test_instant_follows_the_offset_in_force_on_its_day():
    winter, summer = "2026-01-31T12:00:00Z", "2026-07-31T12:00:00Z"
    assert [formatting.instant(text, "Europe/Copenhagen", "pt") for text in (winter, summer)] == [
        "31 de janeiro de 2026 às 13:00 (horário de Copenhague, UTC+01:00)",
        "31 de julho de 2026 às 14:00 (horário de Copenhague, UTC+02:00)",
    ]


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "March 31, 2026, 01:30 (UTC)"),
        ("es", "31 de marzo de 2026 a la 01:30 (UTC)"),
        ("pt", "31 de março de 2026 à 01:30 (UTC)"),
    ],
)
def test_one_o_clock_is_singular(language, shown):
    assert formatting.instant("2026-03-31T01:30:00Z", "UTC", language) == shown


def test_instant_in_utc_names_no_city():
    assert formatting.instant("2026-03-31T21:59:00Z", "UTC", "en") == "March 31, 2026, 21:59 (UTC)"
