"""Values of facts as findings write them: plain, typed, the same text whatever way the value came on record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from functools import cache, lru_cache, reduce
from typing import TypeAlias, cast

from pipgrants.domain.finding import Plain
from pipgrants.money import EXACT, minor_digits

ZERO = Decimal(0)

_SHARES = Context(prec=100, rounding=ROUND_HALF_UP)
_FOUR_DECIMALS = Decimal("0.0001")

FactValue: TypeAlias = Decimal | int | date | str | tuple[str | None, ...] | None
Writer: TypeAlias = Callable[[FactValue], dict[str, Plain]]


class Kind(StrEnum):
    """What sort of value a fact has; ``codes`` are several, ``None`` among them for each one not on record."""

    AMOUNT = "amount"
    NUMBER = "number"
    DATE = "date"
    CODE = "code"
    CODES = "codes"
    FLAG = "flag"
    TEXT = "text"


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """The sum of amounts, exactly."""
    return reduce(EXACT.add, amounts, ZERO)


def plain_amount(amount: Decimal, currency: str) -> str:
    """An amount as findings write it: all the decimals of its currency, no exponent."""
    if amount.same_quantum(_minor_unit(currency)):
        return str(amount)
    return format(amount, f".{minor_digits(currency)}f")


@cache
def _minor_unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-minor_digits(currency))


@lru_cache(maxsize=4_096, typed=True)
def plain_number(number: Decimal | int) -> str:
    """A number or a share as findings write it: no trailing zeros, no exponent."""
    if isinstance(number, int):
        return str(number)
    return format(number.normalize(EXACT), "f") if number else "0"


def plain_share(part: Decimal, whole: Decimal, comparison: str) -> str | None:
    """A share to four decimals, for display only; None where there is nothing to take a share of.

    It is cut towards the side of the limit that it lies on: just short of ``at_least`` a half never reads as a half.
    """
    rounding = ROUND_FLOOR if comparison == "at_least" else ROUND_CEILING
    return str(_SHARES.divide(part, whole).quantize(_FOUR_DECIMALS, rounding, _SHARES)) if whole else None


@lru_cache(maxsize=1_024)
def required_share(comparison: str, share: Decimal, of: str, tolerance: Decimal, currency: str) -> dict[str, Plain]:
    """The share that is required, as findings write it: the value is shared and never changed."""
    required: dict[str, Plain] = {"comparison": comparison, "share": plain_number(share), "of": str(of)}
    if tolerance:
        required["tolerance_amount"] = plain_amount(tolerance, currency)
        required["currency"] = currency
    return required


def plain_writer(kind: Kind, currency: str) -> Writer:
    """How the values of one kind are written in findings (never called with a value that is not on record)."""
    writers: dict[Kind, Writer] = {
        Kind.AMOUNT: lambda value: {"amount": plain_amount(cast(Decimal, value), currency), "currency": currency},
        Kind.NUMBER: lambda value: {"number": plain_number(cast(Decimal | int, value))},
        Kind.DATE: lambda value: {"date": cast(date, value).isoformat()},
        Kind.CODE: lambda value: {"code": str(value)},
        Kind.CODES: lambda value: {"codes": [str(code) for code in cast(tuple[str, ...], value) if code is not None]},
        Kind.FLAG: lambda value: {"flag": bool(value)},
        Kind.TEXT: lambda value: {"text": str(value)},
    }
    return writers[kind]
