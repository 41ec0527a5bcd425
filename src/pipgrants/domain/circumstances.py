"""What the rules of an allocation ask of proposals besides their rank and request, and who holds an award so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from pipgrants.domain.envelopes import Groups
from pipgrants.domain.ranking import DRAW, NUMBER, RankedProposal

_NOBODY: frozenset[str] = frozenset()


class Circumstances(NamedTuple):
    """By number: the lead parties, the territories, the envelopes that proposals belong to, and their rivals.

    ``rivals`` of a proposal are those that it and an award exclude. ``territories`` are given only where a territory
    without an award comes first among equals; ``leave_tied`` are the ways of separating that leave proposals equal
    while the money is spent.
    """

    applicants: Mapping[str, str] = MappingProxyType({})
    territories: Mapping[str, str | None] = MappingProxyType({})
    groups: Mapping[str, Groups] = MappingProxyType({})
    rivals: Mapping[str, frozenset[str]] = MappingProxyType({})
    leave_tied: frozenset[str] = frozenset({DRAW, NUMBER})

    def tied(self, places: Sequence[RankedProposal]) -> list[list[RankedProposal]]:
        """Places in rank order, those together that are tied with one another."""
        groups: list[list[RankedProposal]] = []
        for place in places:
            if place.tie_broken_by in self.leave_tied and groups:
                groups[-1].append(place)
            else:
                groups.append([place])
        return groups


NOTHING_KNOWN = Circumstances()


class Holders:
    """The proposals that hold an award."""

    def __init__(self, known: Circumstances, *, one_each: bool) -> None:
        self._known = known
        self._applicants = known.applicants if one_each else NOTHING_KNOWN.applicants
        self._numbers: set[str] = set()
        self._of_applicant: dict[str, str] = {}
        self._territories: set[str | None] = {None}

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, number: str) -> bool:
        return number in self._numbers

    def add(self, number: str) -> None:
        """A proposal holds an award."""
        self._numbers.add(number)
        self._territories.add(self._known.territories.get(number))
        if applicant := self._applicants.get(number):
            self._of_applicant.setdefault(applicant, number)

    def of_same_applicant(self, number: str) -> str | None:
        """The award that the applicant of a proposal holds, where each may hold one only."""
        return self._of_applicant.get(self._applicants.get(number, ""))

    def rival_of(self, number: str) -> str | None:
        """The first award that excludes a proposal."""
        rivals = self._known.rivals.get(number, _NOBODY)
        return min(rivals & self._numbers, default=None) if rivals else None

    def admits(self, number: str) -> bool:
        """Whether no award excludes a proposal."""
        return self.of_same_applicant(number) is None and self.rival_of(number) is None

    def in_turn(self, tied: Sequence[RankedProposal]) -> Iterator[RankedProposal]:
        """Those of a territory without an award first; a territory that is not on record comes last.

        A territory that has an award keeps it, so that whoever is passed over waits until all others had their turn.
        """
        if len(tied) == 1 or not self._known.territories:
            yield from tied
            return
        passed_over = []
        for place in tied:
            if self._known.territories.get(place.number) in self._territories:
                passed_over.append(place)
            else:
                yield place
        yield from passed_over
