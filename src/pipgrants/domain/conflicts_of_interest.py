"""Conflicts of interest that show in what is on record: an evaluator tied to a member of the consortium.

A tie counts while it lasts and for the years that the call declares, counted back from the day of the assignment. The
employer on the profile counts as a tie that lasts. Whoever has the tax number of a member is that member.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from pipgrants.domain.application import match_name
from pipgrants.domain.evaluators import Organisation, Profile, Tie
from pipgrants.domain.vocabulary import TieKind

SAME_TAX_NUMBER = "conflict.same_tax_number"
ACTS_FOR_MEMBER = "conflict.acts_for_member"
"""That an evaluator acts for a member of the consortium, as an implementing agency's person does."""


class Conflict(NamedTuple):
    """One conflict of interest: ``conflict.`` and the kind of tie, and the number of the party it is with.

    ``until_on`` is the day on which the tie ended; None while it lasts.
    """

    code: str
    party: str
    until_on: date | None = None


def counts_from(day: date, years: int) -> date:
    """The first day on which a tie that ended then still counts. The 29th of February is taken back to the 28th."""
    earlier = day.year - years
    return date(earlier, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)


def months_after(day: date, months: int) -> date:
    """The day some months later. Days that not every month has are taken back to the 28th."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, min(day.day, 28) if months else day.day)


def own_organisations(profile: Profile, since: date) -> list[Organisation]:
    """An evaluator as an entity, the employer, and the organisations whose board the evaluator sits on or sat on."""
    own = (tie for tie in _ties(profile) if tie.kind in (TieKind.EMPLOYER, TieKind.BOARD) and _counts(tie, since))
    return [profile.itself, *(tie.organisation for tie in own)]


def detect(profile: Profile, members: Iterable[tuple[str, Organisation]], since: date) -> Iterator[Conflict]:
    """The conflicts of an evaluator with the members of a consortium, given as (number, organisation).

    Ties that ended before ``since`` count no more. One conflict for each kind of tie and member, the latest.
    """
    for number, member in members:
        if profile.itself.is_same(member):
            yield Conflict(SAME_TAX_NUMBER, number)
        found: dict[TieKind, date | None] = {}
        for tie in _ties(profile):
            if tie.organisation.is_same(member) and _counts(tie, since):
                found[tie.kind] = _later(found.get(tie.kind, date.min), tie.until_on)
        for kind, until_on in sorted(found.items()):
            yield Conflict(f"conflict.{kind.value}", number, until_on)


def _ties(profile: Profile) -> Iterator[Tie]:
    yield from profile.ties
    if profile.institution:
        yield Tie(TieKind.EMPLOYER, Organisation(profile.institution))


def _counts(tie: Tie, since: date) -> bool:
    return tie.until_on is None or tie.until_on >= since


def _later(one: date | None, other: date | None) -> date | None:
    return None if one is None or other is None else max(one, other)


class Watch:
    """Looks for the conflicts of many evaluators with one consortium after the other."""

    def __init__(self, profiles: Iterable[Profile], since: date) -> None:
        self._since = since
        self._by_key: defaultdict[str, dict[str, Profile]] = defaultdict(dict)
        for profile in profiles:
            for organisation in (profile.itself, *(tie.organisation for tie in _ties(profile))):
                for key in _keys(organisation):
                    self._by_key[key][profile.evaluator] = profile

    def conflicts(self, members: Iterable[tuple[str, Organisation]]) -> list[tuple[str, Conflict]]:
        """Each conflict with a member as (evaluator, conflict), by evaluator and then by member."""
        known = list(members)
        tied = {
            name: profile
            for _, member in known
            for key in _keys(member)
            for name, profile in self._by_key.get(key, {}).items()
        }
        return [
            (name, found) for name, profile in sorted(tied.items()) for found in detect(profile, known, self._since)
        ]


def _keys(organisation: Organisation) -> Iterator[str]:
    """What two have in common that may be one: the name, or the tax number."""
    yield from filter(None, (match_name(organisation.name), organisation.compared_number))
