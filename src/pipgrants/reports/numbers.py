"""Numbers as readers of a language expect them: its decimal sign and its thousands marks (Unicode CLDR, by Babel)."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from babel.numbers import get_decimal_symbol, get_group_symbol


def written(value: Decimal | int, language: str, form: str = ",") -> str:
    """A number in the form that ``format`` takes, with the signs of a language."""
    return format(value, form).translate(_signs(language))


@lru_cache
def _signs(language: str) -> dict[int, str]:
    return str.maketrans({",": get_group_symbol(language), ".": get_decimal_symbol(language)})
