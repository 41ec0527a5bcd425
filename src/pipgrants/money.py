"""Exact money: Decimal amounts, ISO 4217 currencies, shares compared by cross-multiplication.

No binary float enters any function here. Amounts are quantised to the minor unit of their currency, and stored as
integers of it.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, DecimalException, Inexact
from enum import StrEnum
from typing import NamedTuple

EXACT = Context(prec=100, traps=[Inexact])
"""Arithmetic that raises instead of rounding: 100 digits hold every product of an amount and a share."""

_WIDE = Context(prec=100)

MINOR_UNIT_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"), 0),
    **dict.fromkeys(("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Digits after the decimal point of the currencies that do not have two (ISO 4217 list one)."""

_CURRENCIES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP
CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD
IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP
SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG
XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_CURRENCIES.split())
"""The currencies of ISO 4217 list one in which money is paid: no funds, metals or units of account."""

LARGEST_AMOUNT = Decimal(10) ** 15
"""The most that one amount of money can be: what a column of the database holds in minor units."""


class Rounding(StrEnum):
    """How a quotient is cut to its declared number of decimals."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"


_MODES = {Rounding.HALF_UP: ROUND_HALF_UP, Rounding.HALF_EVEN: ROUND_HALF_EVEN, Rounding.DOWN: ROUND_DOWN}


def minor_digits(currency: str) -> int:
    """Digits after the decimal point of a currency (ISO 4217); two unless listed otherwise."""
    return MINOR_UNIT_DIGITS.get(currency, 2)


class Money(NamedTuple):
    """An exact amount in one currency."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.currency} {self.amount:,.{minor_digits(self.currency)}f}"


def to_minor(amount: Decimal, currency: str) -> int:
    """The amount as a whole number of minor units. Raises ValueError where the currency has no such fraction."""
    try:
        scaled = EXACT.scaleb(amount, minor_digits(currency))
        whole = int(scaled)
    except (DecimalException, ValueError, OverflowError) as error:
        raise ValueError(f"{amount} is not an amount of money") from error
    if scaled != whole:
        raise ValueError(f"{amount} has more decimals than {currency} allows ({minor_digits(currency)})")
    return whole


def from_minor(units: int, currency: str) -> Decimal:
    """The amount that a whole number of minor units stands for."""
    return Decimal(units).scaleb(-minor_digits(currency), EXACT)


def quantise(amount: Decimal, digits: int, rounding: Rounding = Rounding.HALF_UP) -> Decimal:
    """The amount cut to ``digits`` decimals in the declared way."""
    return amount.quantize(Decimal(1).scaleb(-digits), _MODES[rounding], _WIDE)


def divide(numerator: Decimal, denominator: Decimal, digits: int, rounding: Rounding = Rounding.HALF_UP) -> Decimal:
    """A quotient with a declared number of decimals. Raises decimal.DivisionByZero where there is nothing to divide by.

    The hundred digits in between lose nothing: a tie ends within them, and any other quotient of two amounts lies
    further from a tie than they reach.
    """
    return quantise(_WIDE.divide(numerator, denominator), digits, rounding)


def share_of(share: Decimal, amount: Decimal) -> Decimal:
    """The exact product of a share and an amount."""
    return EXACT.multiply(share, amount)


def reaches_share(part: Decimal, whole: Decimal, share: Decimal, tolerance: Decimal = Decimal(0)) -> bool:
    """Whether ``part`` is at least ``share`` of ``whole``, exactly; ``tolerance`` is an amount, inclusive."""
    return EXACT.add(part, tolerance) >= EXACT.multiply(share, whole)


def within_share(part: Decimal, whole: Decimal, share: Decimal, tolerance: Decimal = Decimal(0)) -> bool:
    """Whether ``part`` is at most ``share`` of ``whole``, exactly; ``tolerance`` is an amount, inclusive."""
    return part <= EXACT.add(EXACT.multiply(share, whole), tolerance)
