"""Exact money: boundaries are exact from one minor unit to ten to the thirteenth, and no float comes near."""

import ast
from decimal import Decimal, DivisionByZero
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants import money
from pipgrants.money import (
    EXACT,
    Money,
    Rounding,
    divide,
    from_minor,
    minor_digits,
    quantise,
    reaches_share,
    share_of,
    to_minor,
    within_share,
)

CENT = Decimal("0.01")
SMALLEST_TO_LARGEST = st.integers(1, 10**15)
"""Minor units of two decimals: from 0.01 to 10^13."""
SHARES = st.integers(0, 10_000).map(lambda parts: Decimal(parts) / 10_000)
SOURCES = Path(money.__file__).parent


# Shares at the boundary


@given(SMALLEST_TO_LARGEST)
def test_exactly_half_reaches_half(units: int) -> None:
    part = from_minor(units, "USD")
    assert reaches_share(part, 2 * part, Decimal("0.5"))
    assert within_share(part, 2 * part, Decimal("0.5"))


@given(SMALLEST_TO_LARGEST)
def test_one_cent_below_half_does_not_reach_half(units: int) -> None:
    half = from_minor(units, "USD")
    assert not reaches_share(half - CENT, 2 * half, Decimal("0.5"))
    assert not within_share(half + CENT, 2 * half, Decimal("0.5"))


@given(SMALLEST_TO_LARGEST)
def test_half_of_an_odd_amount_of_cents_is_between_two_cents(units: int) -> None:
    whole = from_minor(2 * units + 1, "USD")
    lower = from_minor(units, "USD")
    assert not reaches_share(lower, whole, Decimal("0.5"))
    assert reaches_share(lower + CENT, whole, Decimal("0.5"))


def test_49_point_many_nines_per_cent_is_not_half() -> None:
    whole = Decimal(10) ** 13
    almost = whole / 2 - CENT
    assert almost / whole < Decimal("0.5")
    assert not reaches_share(almost, whole, Decimal("0.5"))
    assert reaches_share(almost, whole, Decimal("0.5"), CENT)
    assert not reaches_share(almost - CENT, whole, Decimal("0.5"), CENT)


@given(SMALLEST_TO_LARGEST, SHARES)
def test_the_exact_share_of_an_amount_reaches_it(units: int, share: Decimal) -> None:
    whole = from_minor(units, "USD")
    part = share_of(share, whole)
    smallest = Decimal("1e-30")
    assert reaches_share(part, whole, share)
    assert not reaches_share(EXACT.subtract(part, smallest), whole, share)
    assert within_share(part, whole, share)
    assert not within_share(EXACT.add(part, smallest), whole, share)


@given(SMALLEST_TO_LARGEST, SMALLEST_TO_LARGEST, SHARES, st.integers(0, 10**6).map(lambda cents: cents * CENT))
def test_shares_are_compared_as_fractions_are(part: int, whole: int, share: Decimal, tolerance: Decimal) -> None:
    amount, total = from_minor(part, "USD"), from_minor(whole, "USD")
    needed = Fraction(share) * Fraction(total)
    assert reaches_share(amount, total, share, tolerance) == (Fraction(amount) + Fraction(tolerance) >= needed)
    assert within_share(amount, total, share, tolerance) == (Fraction(amount) <= needed + Fraction(tolerance))


# Minor units


@given(SMALLEST_TO_LARGEST, st.sampled_from(["USD", "JPY", "BHD", "PYG", "EUR"]))
def test_minor_units_come_back_as_they_went(units: int, currency: str) -> None:
    assert to_minor(from_minor(units, currency), currency) == units
    assert -to_minor(-from_minor(units, currency), currency) == units


@pytest.mark.parametrize(("currency", "digits"), [("USD", 2), ("HNL", 2), ("CLP", 0), ("JPY", 0), ("KWD", 3)])
def test_currencies_have_their_own_minor_unit(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits
    assert from_minor(1, currency) == Decimal(1).scaleb(-digits)


@pytest.mark.parametrize(
    ("amount", "currency"), [("0.001", "USD"), ("0.5", "JPY"), ("1.0001", "BHD"), ("0.0000000000001", "USD")]
)
def test_a_fraction_of_the_minor_unit_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match=f"more decimals than {currency} allows"):
        to_minor(Decimal(amount), currency)


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1e999999"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match=r"is not an amount of money|more decimals"):
        to_minor(Decimal(amount), "USD")


def test_money_is_shown_with_the_decimals_of_its_currency() -> None:
    assert str(Money(Decimal("1234567.5"), "USD")) == "USD 1,234,567.50"
    assert str(Money(Decimal(1234567), "CLP")) == "CLP 1,234,567"


# Declared rounding


@pytest.mark.parametrize(
    ("rounding", "rounded"),
    [(Rounding.HALF_UP, "0.13"), (Rounding.HALF_EVEN, "0.12"), (Rounding.DOWN, "0.12")],
)
def test_rounding_is_the_one_declared(rounding: Rounding, rounded: str) -> None:
    assert quantise(Decimal("0.125"), 2, rounding) == Decimal(rounded)
    assert divide(Decimal(1), Decimal(8), 2, rounding) == Decimal(rounded)


@given(SMALLEST_TO_LARGEST, SMALLEST_TO_LARGEST, st.integers(0, 8))
def test_a_quotient_lies_within_half_a_unit_of_its_last_decimal(above: int, below: int, digits: int) -> None:
    quotient = divide(Decimal(above), Decimal(below), digits)
    assert abs(Fraction(quotient) - Fraction(above, below)) <= Fraction(1, 2 * 10**digits)
    assert -quotient.as_tuple().exponent == digits


def test_nothing_is_divided_by_nothing() -> None:
    with pytest.raises(DivisionByZero):
        divide(Decimal(1), Decimal(0), 2)


# No float


def _floats(tree: ast.AST) -> list[int]:
    """Lines that make or name a binary float."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float")
        or (isinstance(node, ast.Name) and node.id in ("Float", "REAL"))
        or (isinstance(node, ast.Attribute) and node.attr in ("Float", "REAL", "Double", "from_float", "fsum"))
    ]


MONEY_PATHS = sorted(
    [SOURCES / "money.py", SOURCES / "reading.py"]
    + [path for room in ("domain", "store", "services", "exchange", "trail") for path in (SOURCES / room).rglob("*.py")]
)
MONEY_PATHS.remove(SOURCES / "services" / "synthetic.py")
"""Its fractions are chances and qualities of invented applications; ``test_invented_amounts_are_decimals`` has an eye
on its amounts."""
for name in ("competition", "evaluators", "reliability", "robustness"):
    MONEY_PATHS.remove(SOURCES / "services" / "analysis" / f"{name}.py")
"""They turn marks and weights into arrays and back, for advice; what is spent there is whole minor units."""


@pytest.mark.parametrize("path", MONEY_PATHS, ids=lambda path: str(path.relative_to(SOURCES)))
def test_no_float_stands_in_any_money_path(path: Path) -> None:
    assert _floats(ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source", ["x = 0.5", "float(x)", "Column('amount', Float)", "sqlalchemy.Float()", "Decimal.from_float(x)"]
)
def test_the_search_for_floats_finds_them(source: str) -> None:
    assert _floats(ast.parse(source)) == [1]


def test_invented_amounts_are_decimals() -> None:
    tree = ast.parse((SOURCES / "services" / "synthetic.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Decimal"]
    assert calls
    assert not [node.lineno for call in calls for node in ast.walk(call) if _floats(node) or "random" in ast.dump(node)]


def test_a_true_division_of_amounts_is_one_of_decimals() -> None:
    """Whole minor units divided with ``/`` would be a float: nothing divides them but ``divide``."""
    divisions = [
        f"{path.relative_to(SOURCES)}:{node.lineno}"
        for path in MONEY_PATHS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
        if "minor" in ast.unparse(node)
    ]
    assert divisions == []
