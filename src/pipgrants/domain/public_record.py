"""What is public of a programme: its calls, and the decisions whose letters are released. No person, no address.

Of an award stands what the public results tell, and what is known of its project. Members of a group are counted, not
named; their objectives stand only where every one agreed to give data.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum, auto
from typing import NamedTuple

from pipgrants.domain.accounts import Accounts, Movement, accounts_of
from pipgrants.domain.call import Call
from pipgrants.domain.countries import COUNTRIES
from pipgrants.domain.hierarchies import country_of
from pipgrants.domain.programme import Programme
from pipgrants.domain.public_results import PublicResult
from pipgrants.domain.publisher import Publisher
from pipgrants.domain.vocabulary import Language, MemberType


class Standing(Enum):
    """How far a project has come; one that was terminated or abandoned is cancelled, closed or not."""

    PLANNED = auto()
    RUNNING = auto()
    SUSPENDED = auto()
    ENDED = auto()
    CLOSED = auto()
    CANCELLED = auto()


class Moved(NamedTuple):
    """A movement of the money of an award."""

    moved_on: date
    movement: Movement
    amount: Decimal


class PublicProject(NamedTuple):
    """The project of an award: how far it has come, the time agreed for it, and its money, oldest movement first."""

    standing: Standing
    starts_on: date | None
    ends_on: date | None
    moved: Sequence[Moved]

    @property
    def accounts(self) -> Accounts:
        """What its money came to."""
        return accounts_of((item.movement, item.amount) for item in self.moved)


class PublicAward(NamedTuple):
    """An award that stands; amounts are in the currency of its call, ``awarded_on`` is the day where the call is run.

    ``counterpart_amount`` is what screening counted, None where nothing was counted; ``project`` is None while there is
    none.
    """

    proposal: str
    title: str
    language: str
    recipient: str
    recipient_name: str
    recipient_type: MemberType | None
    amount: Decimal
    is_conditional: bool
    awarded_at: datetime
    awarded_on: date
    counterpart_amount: Decimal | None
    territory: str | None
    sector: str | None
    design_on: date | None
    duration_months: int | None
    results: Sequence[PublicResult]
    project: PublicProject | None = None


class PublicApplication(NamedTuple):
    """What became of an application, as the public results say it."""

    proposal: str
    title: str
    outcome: str
    received_at: datetime


class PublicCall(NamedTuple):
    """A call that was published, and its decisions once they are released.

    ``labels`` must stand on everything made of it: that data are invented, and what the call calls itself.
    """

    call: Call
    labels: Sequence[str]
    is_receiving: bool
    is_cancelled: bool
    published_at: datetime
    published_on: date
    released_at: datetime | None
    applications: Sequence[PublicApplication]
    awards: Sequence[PublicAward]

    @property
    def language(self) -> str:
        """English where the call speaks it, else its first language."""
        languages = self.call.languages
        return (Language.ENGLISH if Language.ENGLISH in languages else languages[0]).value

    def described_in(self, language: str) -> str:
        """The labels and the purpose, in one text."""
        return ". ".join([*(label.rstrip(".") for label in self.labels), self.call.purpose[language]])

    @property
    def description(self) -> str:
        """The labels and the purpose in the language of the call."""
        return self.described_in(self.language)

    @property
    def changed_at(self) -> datetime:
        """When something public last came to it."""
        return max([self.released_at or self.published_at, *map(self.award_changed_at, self.awards)])

    def award_changed_at(self, award: PublicAward) -> datetime:
        """When something public last came to an award: its letter, or a movement of its money."""
        days = [item.moved_on for item in award.project.moved] if award.project else []
        moved = (datetime.combine(day, time.min, UTC) for day in days)
        return max([award.awarded_at, self.released_at or award.awarded_at, *moved])


class PublicRecord(NamedTuple):
    """What is public of a programme, or of one of its calls."""

    programme: Programme
    publisher: Publisher
    calls: Sequence[PublicCall]

    @property
    def changed_at(self) -> datetime:
        """When something public last came to it."""
        return max(call.changed_at for call in self.calls)

    def country(self, award: PublicAward) -> str | None:
        """The country of a project: that of its territory, or the publisher's where the territory tells none."""
        country = country_of(award.territory or "")
        return country if country in COUNTRIES else self.publisher.country

    def place(self, award: PublicAward) -> str | None:
        """The name of a project's territory, or its code where the programme names none."""
        return self.programme.territories.get(award.territory, award.territory) if award.territory else None
