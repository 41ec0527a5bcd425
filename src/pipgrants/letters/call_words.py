"""The values of a call in the words of one language, as notices print them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from pipgrants.domain.call import Call
from pipgrants.domain.text import Text, in_language
from pipgrants.letters import formatting
from pipgrants.letters.phrasing import Phrasing


class CallWords:
    """The values of one call in the words of one language."""

    def __init__(self, call: Call, phrasing: Phrasing) -> None:
        self.call = call
        self.phrasing = phrasing
        self.wording = phrasing.wording
        self.language = phrasing.wording.language

    def text(self, text: Text | str) -> str:
        """A text of the call."""
        return in_language(text, self.language)

    def amount(self, amount: Decimal | None) -> str | None:
        """An amount in the call's currency."""
        return self.phrasing.amount(None if amount is None else f"{amount:f}")

    def number(self, number: Decimal | int | None) -> str | None:
        """A number without trailing zeros."""
        return self.phrasing.number(
            None if number is None else f"{number:f}" if isinstance(number, Decimal) else number
        )

    def share(self, share: Decimal | None) -> str | None:
        """A share as percent."""
        return None if share is None else formatting.share(f"{share:f}", self.language)

    def day(self, day: date | None) -> str | None:
        """A day in words."""
        return None if day is None else formatting.day(day.isoformat(), self.language)

    def instant(self, moment: datetime) -> str:
        """A local time of the call, with its zone."""
        return formatting.local_time(moment, self.call.time_zone, self.language)
