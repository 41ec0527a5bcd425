"""What the rules of an allocation ask of proposals besides their rank and request, and who holds an award so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from types import MappingProxyType
from typing import NamedTuple

from pipgrants.domain.allocation_terms import AllocationTerms
from pipgrants.domain.call import Call
from pipgrants.domain.envelopes import MARGIN, Groups, groups_of
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.ranking import DRAW, NUMBER, TERRITORY_NOT_YET_FUNDED, RankedProposal, undecided_ties
from pipgrants.domain.rules import needs

_NOBODY: frozenset[str] = frozenset()


class Circumstances(NamedTuple):
    """By number: the lead parties, the territories, the envelopes that proposals belong to, and their rivals.

    ``rivals`` of a proposal are those that it and an award exclude. ``territories`` are given only where a territory
    without an award comes first among equals; ``leave_tied`` are the ways of separating that leave proposals equal
    while the money is spent. ``localities`` are given only where awards are limited by locality, ``helped`` says how
    many the programme's other calls of support made in each; those that state none are one locality, None.
    """

    applicants: Mapping[str, str] = MappingProxyType({})
    territories: Mapping[str, str | None] = MappingProxyType({})
    groups: Mapping[str, Groups] = MappingProxyType({})
    rivals: Mapping[str, frozenset[str]] = MappingProxyType({})
    leave_tied: frozenset[str] = frozenset({DRAW, NUMBER})
    localities: Mapping[str, str | None] = MappingProxyType({})
    helped: Mapping[str | None, int] = MappingProxyType({})

    def may_draw_on_margin(self, numbers: Collection[str]) -> Circumstances:
        """The same where the margin kept for appeals may pay some proposals."""
        groups = {number: self.groups.get(number, frozenset()) | {MARGIN} for number in numbers}
        return self._replace(groups={**self.groups, **groups})

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


class Gathering:
    """Gathers what the rules of a call ask of proposals, one after the other."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._envelopes = call.allocation.envelopes
        self._asks_territory = TERRITORY_NOT_YET_FUNDED in call.ranking.tie_breaks
        self._asks_applicant = call.allocation.one_award_per_applicant
        self._asks_locality = call.allocation.maximum_awards_per_locality is not None
        self._applicants: dict[str, str] = {}
        self._territories: dict[str, str | None] = {}
        self._localities: dict[str, str | None] = {}
        self._groups: dict[str, Groups] = {}

    @property
    def is_needed(self) -> bool:
        """Whether the call has such rules."""
        return bool(self._envelopes) or self._asks_territory or self._asks_applicant or self._asks_locality

    @property
    def needs(self) -> frozenset[str]:
        """The line tuples a proposal must be loaded with."""
        members = frozenset({"members"}) if self._asks_applicant else frozenset()
        return members | needs(item.rule for item in self._envelopes)

    def add(self, proposal: Proposal) -> None:
        """Takes what the rules ask of a proposal."""
        if self._asks_applicant:
            leads = (member.party for member in proposal.members or () if member.is_lead)
            self._applicants.update((proposal.number, party) for party in leads)
        if self._asks_territory:
            self._territories[proposal.number] = proposal.territory
        if self._asks_locality:
            self._localities[proposal.number] = proposal.territory
        if self._envelopes:
            self._groups[proposal.number] = groups_of(self._envelopes, proposal, self._call.currency)

    def known(
        self, exclusive: Iterable[Sequence[str]], helped: Mapping[str | None, int] = MappingProxyType({})
    ) -> Circumstances:
        """What was gathered; ``exclusive`` are the groups of proposals of which one award excludes the others.

        ``helped`` are the awards that other calls of support made, by locality.
        """
        rivals: dict[str, frozenset[str]] = {}
        for group in exclusive:
            for number in group:
                rivals[number] = rivals.get(number, _NOBODY) | (frozenset(group) - {number})
        ties = undecided_ties(self._call.ranking)
        return Circumstances(self._applicants, self._territories, self._groups, rivals, ties, self._localities, helped)


class Holders:
    """The proposals that hold an award."""

    def __init__(self, known: Circumstances, terms: AllocationTerms) -> None:
        self._known = known
        self._terms = terms
        self._applicants = known.applicants if terms.one_award_per_applicant else NOTHING_KNOWN.applicants
        self._most_per_locality = terms.maximum_awards_per_locality
        self._numbers: set[str] = set()
        self._of_applicant: dict[str, str] = {}
        self._territories: set[str | None] = {None}
        self._in_locality = Counter(known.helped)

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, number: str) -> bool:
        return number in self._numbers

    def beside(self) -> Holders:
        """Nobody yet of those that could hold an award beside these, in whose localities these count."""
        others = Holders(self._known, self._terms)
        others._in_locality.update(self._in_locality - others._in_locality)
        return others

    @property
    def exclude(self) -> bool:
        """Whether an award can exclude other proposals."""
        return bool(self._applicants or self._known.rivals or self._most_per_locality is not None)

    def add(self, number: str) -> None:
        """A proposal holds an award; one that is made larger is no other award."""
        if number in self._numbers:
            return
        self._numbers.add(number)
        self._territories.add(self._known.territories.get(number))
        self._in_locality[self._known.localities.get(number)] += 1
        if applicant := self._applicants.get(number):
            self._of_applicant.setdefault(applicant, number)

    def of_same_applicant(self, number: str) -> str | None:
        """The award that the applicant of a proposal holds, where each may hold one only."""
        return self._of_applicant.get(self._applicants.get(number, ""))

    def rival_of(self, number: str) -> str | None:
        """The first award that excludes a proposal."""
        rivals = self._known.rivals.get(number, _NOBODY)
        return min(rivals & self._numbers, default=None) if rivals else None

    def fills_locality_of(self, number: str) -> bool:
        """Whether the locality of a proposal has received as many awards as it can."""
        most = self._most_per_locality
        return most is not None and self._in_locality[self._known.localities.get(number)] >= most

    def admits(self, number: str) -> bool:
        """Whether no award excludes a proposal."""
        excluded_by = self.of_same_applicant(number) or self.rival_of(number)
        return excluded_by is None and not self.fills_locality_of(number)

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

    def queue(self, groups: Iterable[Sequence[RankedProposal]]) -> Iterator[RankedProposal]:
        """The turns of tied proposals, group after group, if each received an award; none of these enters here."""
        others = copy(self)
        others._territories = set(self._territories)
        for group in groups:
            for place in others.in_turn(group):
                others._territories.add(self._known.territories.get(place.number))
                yield place
