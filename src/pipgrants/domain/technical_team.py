"""The technical team of a project: who was selected, how, with which part of the firms, and how long they stay.

PIP, "How to select project personnel": the selection is transparent (its steps and criteria are made public) and made
with the entrepreneurs, who may define the criteria, review the curricula, interview, and choose. Any change in the team
damages the bonds of trust that it built, so that turnover is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, NamedTuple

from pipgrants.domain.bounds import Day, Email, Several, Words
from pipgrants.domain.mistakes import DefinitionMistake
from pipgrants.domain.monitoring.ratios import Figure, quotient
from pipgrants.domain.vocabulary import Engagement, SelectionPart
from pipgrants.scalars import NOT_EMPTY


@dataclass(frozen=True, slots=True)
class TeamSelection:
    """The selection of one member of the team, as a file gives it.

    ``firms`` are those that took part, by their numbers, and in what; where none did, ``without_firms`` says why.
    """

    position: Words
    engagement: Engagement
    published_on: Day
    published_in: Words
    criteria: Annotated[tuple[Words, ...], NOT_EMPTY]
    candidates_count: Several
    selected_on: Day
    minutes: Words
    name: Words
    starts_on: Day
    ends_on: Day
    email: Email | None = None
    firms: Mapping[str, Annotated[tuple[SelectionPart, ...], NOT_EMPTY]] = field(default_factory=dict)
    without_firms: Words | None = None


class Service(NamedTuple):
    """The time of one member: from the first to the last day agreed on, and the last day served where they left."""

    starts_on: date
    ends_on: date
    left_on: date | None = None

    @property
    def left_early(self) -> bool:
        """Whether the member left before the time agreed on was over."""
        return self.left_on is not None and self.left_on < self.ends_on

    def days_between(self, first: date, last: date) -> int:
        """The days served from one day to another, both counted."""
        begin, end = max(self.starts_on, first), min(self.left_on or self.ends_on, self.ends_on, last)
        return max((end - begin).days + 1, 0)


class Turnover(NamedTuple):
    """How the team changed from one day to another, both counted."""

    from_on: date
    until_on: date
    joined_count: int
    left_count: int
    served_days: int

    @property
    def team(self) -> Figure:
        """The average size of the team: the days served by all, over the days of the period."""
        return quotient(self.served_days, self._days)

    @property
    def share(self) -> Figure:
        """Who left before the time agreed on, over the average size of the team; not computable without a team."""
        return quotient(Decimal(self.left_count * self._days), self.served_days)

    @property
    def _days(self) -> int:
        return (self.until_on - self.from_on).days + 1


def turnover(services: Iterable[Service], from_on: date, until_on: date) -> Turnover:
    """How a team changed from one day to another."""
    members = list(services)
    return Turnover(
        from_on,
        until_on,
        sum(from_on <= member.starts_on <= until_on for member in members),
        sum(member.left_early and from_on <= (member.left_on or until_on) <= until_on for member in members),
        sum(member.days_between(from_on, until_on) for member in members),
    )


def turnover_by_year(services: Iterable[Service], today: date) -> tuple[Turnover, ...]:
    """How a team changed in each calendar year from its first day to its last, or until today."""
    members = [member for member in services if member.starts_on <= today]
    if not members:
        return ()
    first = min(member.starts_on for member in members)
    last = min(max(member.ends_on for member in members), today)
    years = range(first.year, last.year + 1)
    return tuple(turnover(members, max(first, date(year, 1, 1)), min(last, date(year, 12, 31))) for year in years)


def selection_mistakes(selection: TeamSelection, firms: Collection[str], today: date) -> Iterator[DefinitionMistake]:
    """Everything for which a selection was not transparent, not made with the firms of the project, or cannot be."""
    yield from _order_mistakes(selection, today)
    for number, parts in selection.firms.items():
        key = f"firms.{number}"
        if number not in firms:
            message = f"{number} is no firm of the project; those are: {', '.join(sorted(firms)) or 'none'}"
            yield DefinitionMistake("selection.unknown_firm", message, key=key)
        if len({*parts}) < len(parts):
            yield DefinitionMistake("selection.part_twice", f"{number} has one of its parts twice", key=key)
    if not selection.firms and selection.without_firms is None:
        message = (
            "a technical team is selected with the firms: name those that took part, and in what "
            f"({', '.join(SelectionPart)}), or say under 'without_firms' why none did"
        )
        yield DefinitionMistake("selection.no_firm", message, key="firms")
    if selection.firms and selection.without_firms is not None:
        message = "firms took part; leave out why none did"
        yield DefinitionMistake("selection.firms_and_none", message, key="without_firms")


def _order_mistakes(selection: TeamSelection, today: date) -> Iterator[DefinitionMistake]:
    """The days of a selection follow each other, and its last is not to come."""
    for before, after in pairwise(("published_on", "selected_on", "starts_on", "ends_on")):
        if getattr(selection, after) < getattr(selection, before):
            message = f"{after} is {getattr(selection, after)}, before {before}, which is {getattr(selection, before)}"
            yield DefinitionMistake("selection.order", message, key=after)
    if selection.selected_on > today:
        message = f"{selection.selected_on} is in the future; record the selection once it is made"
        yield DefinitionMistake("selection.future", message, key="selected_on")
