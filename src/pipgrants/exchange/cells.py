"""Reading the cells of a row strictly: every cell that does not hold what its column asks for is a located problem."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from pipgrants.domain.countries import COUNTRIES
from pipgrants.domain.hierarchies import is_sector_code
from pipgrants.domain.names import EMAIL
from pipgrants.domain.vocabulary import Language
from pipgrants.exchange.fields import Field, YesOrNo
from pipgrants.exchange.problems import ProblemLog
from pipgrants.exchange.tabular import Row
from pipgrants.money import LARGEST_AMOUNT, from_minor, minor_digits, to_minor

Word = TypeVar("Word", bound=StrEnum)

LONGEST_NUMBER = 40
LARGEST_WHOLE_NUMBER = 1_200
"""Months of a project or to a target: a century."""
MOST_DECIMALS = 10

_ANSWERS = {
    **dict.fromkeys(("yes", "sí", "si", "sim", "true"), YesOrNo.YES),
    **dict.fromkeys(("no", "não", "nao", "false"), YesOrNo.NO),
}
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})*,[0-9]+|[+-]?[0-9]+,[0-9]+")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:([.,'\u2019\u00a0\u202f ])[0-9]{3})(?:\1[0-9]{3})*(?:\.[0-9]+)?")
_THOUSANDS_OR_DECIMALS = re.compile(r"\+?[1-9][0-9]{0,2}\.[0-9]{3}")
"""200.000 is two hundred thousand to many, and two hundred to others."""
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")


class Meaning(StrEnum):
    """What a zero or a blank stands for in the amounts of a list."""

    UNKNOWN = "unknown"
    ZERO = "zero"


class DateOrder(StrEnum):
    """The order of day, month and year."""

    DAY_MONTH_YEAR = "dmy"
    MONTH_DAY_YEAR = "mdy"
    YEAR_MONTH_DAY = "ymd"


@dataclass(frozen=True, slots=True)
class DateFormat:
    """How dates are written: their order and the mark between the parts; the year always has four digits."""

    order: DateOrder = DateOrder.YEAR_MONTH_DAY
    separator: str = "-"

    def __str__(self) -> str:
        return self.separator.join({"d": "DD", "m": "MM", "y": "YYYY"}[part] for part in self.order)

    def parse(self, text: str) -> date:
        """The date written so. Raises ValueError where the text is no such date."""
        parts = dict(zip(self.order, text.split(self.separator), strict=True))
        if not (len(parts["y"]) == 4 and all(part.isascii() and part.isdigit() for part in parts.values())):
            raise ValueError(text)
        return date(int(parts["y"]), int(parts["m"]), int(parts["d"]))


@dataclass(frozen=True, slots=True)
class Notation:
    """How numbers, dates and blanks are written. The default is that of the form: 1234.50 and 2026-01-31.

    ``lenient`` lists are not of our making: a word, country or sector that is not understood is unknown, with a
    warning. ``territories`` are the codes that the programme declares, None where it declares none. ``may_be_mapped``
    says that a mapping can tell how such a file writes numbers.
    """

    currency: str
    zone: ZoneInfo
    languages: tuple[Language, ...] = tuple(Language)
    decimal_mark: str = "."
    thousands_mark: str = ""
    dates: DateFormat = field(default_factory=DateFormat)
    zero_means: Meaning = Meaning.ZERO
    blank_means: Meaning = Meaning.UNKNOWN
    lenient: bool = False
    territories: Collection[str] | None = None
    may_be_mapped: bool = True


NO_MONEY = Notation(currency="XXX", zone=ZoneInfo("UTC"), may_be_mapped=False)
"""The notation of sheets of ours that hold no amount and no time of day; XXX is the currency code for none."""


class RowReader:
    """Reads one row. ``failed`` tells whether anything in it was a problem; what failed is read as None.

    ``columns`` names the file's own column for a field, where the two differ.
    """

    def __init__(
        self,
        row: Row,
        fields: Sequence[Field],
        notation: Notation,
        log: ProblemLog,
        columns: Mapping[str, str] | None = None,
    ) -> None:
        self.row = row
        self.failed = not row.sound
        self._notation = notation
        self._log = log
        self._columns = columns or {}
        if row.sound:
            for item in fields:
                self._check(item)

    def _check(self, item: Field) -> None:
        """Whether a cell that must be filled is, and none is longer than its column holds."""
        text = self.text(item.name)
        if text is None and item.required:
            self.problem(item.name, "import.required")
        if text is not None and len(text) > item.longest:
            self.problem(item.name, "import.text_too_long", seen=str(len(text)), limit=str(item.longest))

    def problem(self, name: str, code: str, **values: str) -> None:
        """Report what is wrong with a cell of this row."""
        self.failed = True
        self._log.problem(self.row.place.problem(code, self._column(name), self.text(name) or "", **values))

    def warning(self, name: str, code: str, **values: str) -> None:
        """Report what the reader should know about a cell."""
        self._log.warning(self.row.place.problem(code, self._column(name), self.text(name) or "", **values))

    def _column(self, name: str) -> str:
        return self._columns.get(name, name)

    def text(self, name: str) -> str | None:
        """The text of a cell."""
        return self.row.cells.get(name)

    def amount(self, name: str) -> Decimal | None:
        """An amount of money in the currency of the call, not negative and without more decimals than it has."""
        if self.text(name) is None:
            return Decimal(0) if self._notation.blank_means is Meaning.ZERO else None
        amount = self.number(name)
        if amount is None:
            return None
        currency = self._notation.currency
        if amount < 0:
            self.problem(name, "import.negative_amount")
            return None
        if amount > LARGEST_AMOUNT:
            self.problem(name, "import.amount_too_large", limit=f"{LARGEST_AMOUNT:f}")
            return None
        try:
            amount = from_minor(to_minor(amount, currency), currency)
        except ValueError:
            self.problem(name, "import.too_many_decimals", currency=currency, digits=str(minor_digits(currency)))
            return None
        if self._is_ambiguous(name):
            self.problem(name, "import.thousands_mark", suggestion=(self.text(name) or "").replace(".", ""))
            return None
        return None if amount == 0 and self._notation.zero_means is Meaning.UNKNOWN else amount

    def _is_ambiguous(self, name: str) -> bool:
        """Whether three digits after a point, more than the currency has, may be thousands."""
        notation = self._notation
        is_point_decimal = notation.decimal_mark == "." and not notation.thousands_mark
        has_fewer = minor_digits(notation.currency) < len("000")
        return is_point_decimal and has_fewer and bool(_THOUSANDS_OR_DECIMALS.fullmatch(self.text(name) or ""))

    def number(self, name: str) -> Decimal | None:
        """A decimal number in the notation of the file."""
        text = self.text(name)
        if text is None:
            return None
        plain = _plain(text, self._notation.decimal_mark, self._notation.thousands_mark)
        if plain is not None:
            return Decimal(plain)
        self._not_a_number(name, text)
        return None

    def _not_a_number(self, name: str, text: str) -> None:
        decimal_mark = self._notation.decimal_mark
        if decimal_mark == "." and (marks := _THOUSANDS.fullmatch(text)):
            self.problem(name, "import.thousands_mark", suggestion=text.replace(marks[1], ""))
        elif decimal_mark == "." and _DECIMAL_COMMA.fullmatch(text):
            suggestion = text.replace(".", "").replace(",", ".")
            code = "import.decimal_comma" if self._notation.may_be_mapped else "import.decimal_point"
            self.problem(name, code, suggestion=suggestion)
        else:
            self.problem(name, "import.not_a_number", example=f"1234{decimal_mark}50")

    def whole_number(self, name: str) -> int | None:
        """A whole number that is not negative."""
        text = self.text(name)
        if text is None:
            return None
        if text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER and int(text) <= LARGEST_WHOLE_NUMBER:
            return int(text)
        self.problem(name, "import.not_whole", limit=str(LARGEST_WHOLE_NUMBER))
        return None

    def number_between(self, name: str, lowest: Decimal, highest: Decimal) -> Decimal | None:
        """A decimal number within bounds, both allowed, with ten decimals at most."""
        value = self.number(name)
        if value is None or (lowest <= value <= highest and -int(value.as_tuple().exponent) <= MOST_DECIMALS):
            return value
        bounds = {"lowest": f"{lowest:,f}", "highest": f"{highest:,f}", "decimals": str(MOST_DECIMALS)}
        self.problem(name, "import.number_out_of_bounds", **bounds)
        return None

    def year(self, name: str) -> int | None:
        """A year of four digits."""
        text = self.text(name)
        if text is None:
            return None
        if _YEAR.fullmatch(text):
            return int(text)
        self.problem(name, "import.not_a_year")
        return None

    def date(self, name: str) -> date | None:
        """A date in the notation of the file; what a spreadsheet holds as a date is always understood."""
        text = self.text(name)
        if text is None:
            return None
        for written in (self._notation.dates, DateFormat()):
            try:
                return written.parse(text)
            except ValueError:
                continue
        self.problem(name, "import.not_a_date", expected=str(self._notation.dates))
        return None

    def instant(self, name: str) -> datetime | None:
        """A moment: a local time of the call's zone, or a time with its offset from UTC."""
        text = self.text(name)
        if text is None:
            return None
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            self.problem(name, "import.not_an_instant")
            return None
        if instant.tzinfo is not None:
            return instant
        zone = self._notation.zone
        local = instant.replace(tzinfo=zone)
        if local.utcoffset() != local.replace(fold=1).utcoffset():
            self.problem(name, "import.clock_change", zone=zone.key)
            return None
        return local

    def word(self, name: str, words: type[Word]) -> Word | None:
        """A word of a closed list."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return words(text.lower())
        except ValueError:
            self._not_understood(name, "import.unknown_word", allowed=", ".join(words))
            return None

    def words(self, name: str, words: type[Word]) -> frozenset[Word]:
        """Words of a closed list, separated by semicolons or commas."""
        parts = [part.strip().lower() for part in (self.text(name) or "").replace(",", ";").split(";")]
        known = {word.value: word for word in words}
        if any(part and part not in known for part in parts):
            self._not_understood(name, "import.unknown_words", allowed=", ".join(words))
        return frozenset(known[part] for part in parts if part in known)

    def language(self, name: str) -> Language | None:
        """One of the languages of the call."""
        language = self.word(name, Language)
        if language is None or language in self._notation.languages:
            return language
        self._not_understood(name, "import.unknown_word", allowed=", ".join(self._notation.languages))
        return None

    def answer(self, name: str) -> bool:
        """A yes or a no, in any of the three languages."""
        text = self.text(name)
        if text is not None and text.lower() not in _ANSWERS:
            self.problem(name, "import.unknown_word", allowed=", ".join(YesOrNo))
        return _ANSWERS.get((text or "").lower()) is YesOrNo.YES

    def country(self, name: str) -> str | None:
        """A country code."""
        code = (self.text(name) or "").upper()
        if code and code not in COUNTRIES:
            self._not_understood(name, "import.not_a_country")
        return code if code in COUNTRIES else None

    def sector(self, name: str) -> str | None:
        """A sector of ISIC revision 4."""
        code = (self.text(name) or "").upper()
        if code and not is_sector_code(code):
            self._not_understood(name, "import.not_isic")
            return None
        return code or None

    def territory(self, name: str) -> str | None:
        """A territory's code, kept as written where the programme does not declare it."""
        code, declared = self.text(name), self._notation.territories
        if code is not None and declared is not None and code not in declared:
            self.warning(name, "import.unknown_territory")
        return code

    def email(self, name: str) -> str | None:
        """An e-mail address, by its shape."""
        return self._shaped(name, EMAIL, "import.not_an_email")

    def sha256(self, name: str) -> str | None:
        """A SHA-256 hash in hexadecimal digits, as lower-case letters."""
        text = self._shaped(name, _SHA256, "import.not_a_sha256")
        return text.lower() if text else None

    def _shaped(self, name: str, shape: re.Pattern[str], code: str) -> str | None:
        text = self.text(name)
        if text is None or shape.fullmatch(text):
            return text
        self.problem(name, code)
        return None

    def _not_understood(self, name: str, code: str, **values: str) -> None:
        if self._notation.lenient:
            self.warning(name, "import.undetermined")
        else:
            self.problem(name, code, **values)


def _plain(text: str, decimal_mark: str, thousands_mark: str) -> str | None:
    """The number with a decimal point and without thousands marks; None where it is not written in this notation."""
    whole, mark, decimals = text.partition(decimal_mark)
    if thousands_mark and thousands_mark in whole:
        first, *groups = whole.lstrip("+-").split(thousands_mark)
        if not 1 <= len(first) <= 3 or any(len(group) != 3 for group in groups):
            return None
        whole = whole.replace(thousands_mark, "")
    plain = f"{whole}.{decimals}" if mark else whole
    return plain if len(plain) <= LONGEST_NUMBER and _PLAIN_NUMBER.fullmatch(plain) else None
