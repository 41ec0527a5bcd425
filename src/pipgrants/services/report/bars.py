"""Bars of exact values with what is written at their ends, and how figures of projects write shares and titles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from pipgrants.domain.plain import ZERO
from pipgrants.domain.text import Text, in_language
from pipgrants.domain.vocabulary import Language
from pipgrants.reports.charts import Bars, Series

NOT_COMPUTABLE = "not computable"


def bars(
    labels: Sequence[str],
    series: Mapping[str, Sequence[Decimal | None]],
    axis: str,
    decimals: int = 2,
    missing: str = NOT_COMPUTABLE,
) -> Bars:
    """Bars of several series beside each other; where there is no value none is drawn, and its end says so."""
    return Bars(
        labels,
        [Series(name, [ZERO if value is None else value for value in values]) for name, values in series.items()],
        [[missing if value is None else f"{value:,.{decimals}f}" for value in values] for values in series.values()],
        axis,
    )


def per_cent(shares: Iterable[Decimal | None]) -> list[Decimal | None]:
    """Shares as per cent."""
    return [None if share is None else 100 * share for share in shares]


def share(part: Decimal | None, decimals: int = 1) -> str | None:
    """A share as a percentage."""
    return None if part is None else f"{100 * part:.{decimals}f}\u00a0%"


def in_english(title: Text) -> str:
    """A title in English, or in the first language that it is written in."""
    return in_language(title, Language.ENGLISH)


def unit_of(currency: str, amounts: Sequence[Decimal]) -> tuple[Decimal, str]:
    """In which unit amounts are drawn, and its name."""
    is_large = max(amounts, default=ZERO) >= 1_000_000
    return (Decimal(1_000_000), f"million {currency}") if is_large else (Decimal(1), currency)
