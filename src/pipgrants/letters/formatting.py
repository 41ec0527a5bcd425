"""Amounts, shares, numbers, dates and instants as a reader of one language expects them (Unicode CLDR, by Babel).

Values come as the text of findings and records. Nothing is rounded here but shares, which are cut towards the side of
the limit they are compared with: 49.999 % is never shown as 50 %. What is not of the expected form is shown as it is.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from pipgrants.money import minor_digits

WIDE = Context(prec=100)
SHARE_STEP = Decimal("0.0001")
"""Shares are shown to a hundredth of a percent."""

_CITY_TIME = {"en": "{city} time", "es": "hora de {city}", "pt": "horário de {city}"}
_AT = {"en": ", ", "es": " a las ", "pt": " às "}
_AT_ONE = {"en": ", ", "es": " a la ", "pt": " à "}
"""What stands between a day and the time of day: at one o'clock Spanish and Portuguese have the singular."""

_LONGEST_NUMBER = 60


@lru_cache(maxsize=8192)
def amount(text: str, currency: str, language: str) -> str:
    """An amount with its ISO 4217 code, because ``$`` is the sign of several currencies: ``USD 1,234.50``."""
    value = _number(text)
    if value is None:
        return f"{currency} {text}".strip()
    pattern = f"¤¤ #,##0.{'0' * minor_digits(currency)}".rstrip(".")
    return format_currency(
        value, currency, format=pattern, locale=language, currency_digits=False, decimal_quantization=False
    )


@lru_cache(maxsize=8192)
def share(text: str, language: str, limit: str | None = None) -> str:
    """A share as percent with at most two decimals; above ``limit`` it is cut upwards, otherwise downwards."""
    value, bound = _number(text), None if limit is None else _number(limit)
    if value is None:
        return text
    rounding = ROUND_CEILING if bound is not None and value > bound else ROUND_FLOOR
    cut = _plain(value.quantize(SHARE_STEP, rounding, WIDE))
    return format_percent(cut, locale=language, decimal_quantization=False)


@lru_cache(maxsize=8192)
def number(text: str, language: str) -> str:
    """A number with all of its decimals, without trailing zeros."""
    value = _number(text)
    return text if value is None else format_decimal(_plain(value), locale=language, decimal_quantization=False)


@lru_cache(maxsize=4096)
def day(text: str, language: str) -> str:
    """A date (``YYYY-MM-DD``) in words."""
    try:
        return format_date(date.fromisoformat(text), "long", locale=language)
    except ValueError:
        return text


@lru_cache(maxsize=4096)
def instant(text: str, time_zone: str, language: str) -> str:
    """A UTC instant (ISO 8601) in local time, with the city that names the zone and the offset in force."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return local_time((moment if moment.tzinfo else moment.replace(tzinfo=UTC)), time_zone, language)


def local_time(moment: datetime, time_zone: str, language: str) -> str:
    """A moment in the call's time zone; a moment without zone is already local time there."""
    zone = ZoneInfo(time_zone)
    local = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    offset = "UTC" + local.strftime("%z")[:3].replace("-", "−") + ":" + local.strftime("%z")[3:5]
    at = (_AT_ONE if local.hour == 1 else _AT)[language]
    written = f"{format_date(local.date(), 'long', locale=language)}{at}{local:%H:%M}"
    if time_zone == "UTC":
        return f"{written} (UTC)"
    return f"{written} ({_CITY_TIME[language].format(city=_city(time_zone, language))}, {offset})"


def _city(time_zone: str, language: str) -> str:
    known = Locale.parse(language).time_zones.get(time_zone, {})
    return str(known.get("city", time_zone.rpartition("/")[2].replace("_", " ")))


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and len(text) <= _LONGEST_NUMBER else None


def _plain(value: Decimal) -> Decimal:
    """The number without trailing zeros and without exponent."""
    short = value.normalize(WIDE)
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short
