"""Single values of definition files, taken from the text as written: ``0.1`` is a decimal, never a binary float.

A ``Bound`` says which of the values of a kind a key may have: ``Annotated[int, between(1, 50)]`` in a dataclass.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Collection, Sized
from dataclasses import dataclass
from datetime import MINYEAR, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Generic, TypeVar

LONGEST_NUMBER = 40

_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::\d\d)?)?", re.ASCII)

_NONCHARACTERS = "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters, but tabs and line ends
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # these turn the direction of writing, or end a line that goes on
    f"\ufeff\ufff9-\ufffb\ud800-\udfff\ufdd0-\ufdef{_NONCHARACTERS}]"
)

T = TypeVar("T")
Ordered = TypeVar("Ordered", int, Decimal, date, datetime)


@dataclass(frozen=True, slots=True)
class Bound(Generic[T]):
    """What a value must be beyond its kind, and the same in words."""

    holds: Callable[[T], bool]
    expected: str


def between(lowest: Ordered, highest: Ordered) -> Bound[Ordered]:
    """From the lowest to the highest value, both allowed."""
    return Bound(lambda value: lowest <= value <= highest, f"{_shown(lowest)} to {_shown(highest)}")


def with_decimals(most: int) -> Bound[Decimal]:
    """A number that is written with so many decimals at most."""
    return Bound(lambda value: -int(value.as_tuple().exponent) <= most, f"a number of at most {most} decimals")


def matching(pattern: re.Pattern[str], expected: str) -> Bound[str]:
    """Text that a pattern matches as a whole."""
    return Bound(lambda text: pattern.fullmatch(text) is not None, expected)


def listed_in(words: Collection[str], expected: str) -> Bound[str]:
    """One of some words, too many to be listed."""
    return Bound(lambda word: word in words, expected)


def unfit_character(text: str) -> str | None:
    """The first character that no value holds, as ``U+0000``: it is not shown, and XML or PDF cannot hold it.

    That is what neither XML 1.0 (section 2.2) nor Unicode gives to text: control characters but tabs and line ends,
    halves of a pair, noncharacters; and marks that turn the direction of writing, and with it what a reader sees.
    """
    found = _UNFIT.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def fit(text: str) -> str:
    """The text with U+FFFD in the place of each character that no value holds."""
    return _UNFIT.sub("\ufffd", text)


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return f"{value:,}" if isinstance(value, int | Decimal) else str(value)


FILLED: Bound[str] = Bound(lambda text: bool(text.strip()), "text that is not empty")
NOT_EMPTY: Bound[Sized] = Bound(lambda items: len(items) > 0, "at least one")


def parse_scalar(text: str, kind: object) -> object:
    """One written value as ``kind``: str, bool, int, Decimal, date, naive local datetime or an Enum of strings.

    Raises ValueError, which says what was expected, where the text is not of that kind.
    """
    try:
        if isinstance(kind, type) and issubclass(kind, Enum):
            return kind(text)
        return _PARSERS[kind](text)
    except ValueError as error:
        impossible = _impossible_part(text) if kind in (date, datetime) else ""
        raise ValueError(f"{impossible}expected {expected(kind)}") from error


def expected(kind: object) -> str:
    """How a value of this kind is written, in words."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "one of: " + ", ".join(str(member.value) for member in kind)
    return _WRITTEN[kind]


def _impossible_part(text: str) -> str:
    """The part of a date or time that cannot be, where all of it is written as it should be."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return ""
    year, month, day, hour, minute = (int(part or 0) for part in found.groups())
    if year < MINYEAR:
        return "there is no year 0000; "
    if not 1 <= month <= 12:
        return f"there is no month {month:02}, the months are 01 to 12; "
    last = monthrange(year, month)[1]
    if not 1 <= day <= last:
        return f"there is no day {day:02} in {year}-{month:02}, which has {last} days; "
    if hour > 23:
        return f"there is no hour {hour:02}, the hours are 00 to 23; "
    return f"there is no minute {minute:02}, the minutes are 00 to 59; " if minute > 59 else ""


def _parse_bool(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def _parse_number(text: str) -> str:
    if not _PLAIN_NUMBER.fullmatch(text) or len(text) > LONGEST_NUMBER:
        raise ValueError(text)
    return text


def _parse_day(text: str) -> date:
    return _parse_moment(text, has_time=False).date()


def _parse_local_instant(text: str) -> datetime:
    return _parse_moment(text, has_time=True)


def _parse_moment(text: str, *, has_time: bool) -> datetime:
    """A day, or a day and time: ISO 8601 has more ways to write them, of which some leave the time out."""
    found = _MOMENT.fullmatch(text)
    if found is None or (found[4] is not None) is not has_time:
        raise ValueError(text)
    return datetime.fromisoformat(text)


_PARSERS: dict[object, Callable[[str], object]] = {
    str: str,
    bool: _parse_bool,
    int: lambda text: int(_parse_number(text)),
    Decimal: lambda text: Decimal(_parse_number(text)),
    date: _parse_day,
    datetime: _parse_local_instant,
}

_WRITTEN: dict[object, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    Decimal: "a plain decimal number such as 0.5 (no thousands mark, no exponent)",
    date: "a date written YYYY-MM-DD",
    datetime: "a local date and time written YYYY-MM-DD HH:MM (the time zone stands in its own key)",
}
