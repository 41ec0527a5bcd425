"""With whom the organisations of evaluators applied or hold grants, by the agency's own record.

An evaluator's organisations are the employer and those whose board the evaluator sits on, or was on after the first day
that counts, and the evaluator by the own tax number. Who was in one consortium with any of them, in a proposal of
any call, is tied to the evaluator: by a prior grant where that proposal holds an award, until the project's months
after the decision are over; by the applicant group elsewhere, on the day on which the proposal was received. What these
organisations share with partners of partners is no tie, and neither is the proposal itself that is looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from pipgrants.domain.application import match_name
from pipgrants.domain.conflicts_of_interest import Conflict, months_after, own_organisations
from pipgrants.domain.evaluators import Organisation, Profile
from pipgrants.domain.vocabulary import TieKind
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, proposal_engine, terms_of
from pipgrants.services.history import decided_at
from pipgrants.services.rulebook import AWARDS
from pipgrants.services.states import given_up_states
from pipgrants.store.proposals import Partner
from pipgrants.store.unit import Unit


class _Shared(NamedTuple):
    """What an evaluator shares with a party: the proposal of both, and the conflict of interest that it makes."""

    evaluator: str
    proposal: str
    conflict: Conflict


class JointProposals:
    """Looks for conflicts of interest that the proposals on record make, in one consortium after the other."""

    def __init__(self, unit: Unit, profiles: Iterable[Profile], since: date) -> None:
        self._unit = unit
        self._since = since
        self._terms: dict[str, tuple[Terms, frozenset[str]]] = {}
        self._with: defaultdict[str, list[_Shared]] = defaultdict(list)
        for party, evaluators in _parties_of(unit, profiles, since).items():
            for partner, conflict in self._partners(party):
                self._with[conflict.party] += (_Shared(name, partner.proposal, conflict) for name in evaluators)

    def conflicts(self, proposal: str, members: Iterable[tuple[str, Organisation]]) -> list[tuple[str, Conflict]]:
        """Each conflict with a member of a proposal as (evaluator, conflict): the latest of a kind with each."""
        found: dict[tuple[str, str, str], Conflict] = {}
        for party, _ in members:
            for shared in self._with.get(party, ()):
                key = (shared.evaluator, party, shared.conflict.code)
                if shared.proposal != proposal and _ends(shared.conflict) > _ends(found.get(key)):
                    found[key] = shared.conflict
        return [(key[0], conflict) for key, conflict in sorted(found.items())]

    def _partners(self, party: str) -> Iterator[tuple[Partner, Conflict]]:
        """Who was in a consortium with a party, where that still counts."""
        for _, rows in groupby(self._unit.proposals.partners(party), attrgetter("proposal")):
            partners = list(rows)
            kind, until_on = self._tie(partners[0])
            if until_on >= self._since:
                yield from ((row, Conflict(f"conflict.{kind.value}", row.party, until_on)) for row in partners)

    def _tie(self, shared: Partner) -> tuple[TieKind, date]:
        """What a proposal makes of those in its consortium, and the last day of it."""
        terms, given_up = self._terms_of(shared.call)
        package = shared.package
        line = self._unit.packages.line(package, shared.proposal) if package else None
        if package is None or line is None or line.outcome not in AWARDS or shared.state in given_up:
            return TieKind.APPLICANT_GROUP, local_day(datetime.fromisoformat(shared.received_at), terms.call)
        decided_on = local_day(decided_at(self._unit, shared.proposal, package), terms.call)
        return TieKind.PRIOR_GRANT, months_after(decided_on, shared.duration_months or 0)

    def _terms_of(self, call: str) -> tuple[Terms, frozenset[str]]:
        if call not in self._terms:
            terms = terms_of(self._unit.calls, call)
            self._terms[call] = terms, given_up_states([proposal_engine(self._unit.calls, terms.row)])
        return self._terms[call]


def _ends(conflict: Conflict | None) -> date:
    return date.min if conflict is None or conflict.until_on is None else conflict.until_on


def _parties_of(unit: Unit, profiles: Iterable[Profile], since: date) -> dict[str, list[str]]:
    """The parties on record that are organisations of evaluators, each with the short names of these."""
    own = {profile.evaluator: own_organisations(profile, since) for profile in profiles}
    organisations = [organisation for listed in own.values() for organisation in listed]
    by_name = unit.parties.by_name(sorted({match_name(item.name) for item in organisations if item.name}))
    keys = {(item.tax_country or "", item.compared_number) for item in organisations if item.compared_number}
    by_number = unit.parties.by_tax_number(sorted(keys))
    numbers = {number for found in (*by_name.values(), *by_number.values()) for number in found}
    parties = {
        number: Organisation(row.details.name or "", row.details.tax_country, row.details.tax_number)
        for number, row in unit.parties.many(sorted(numbers)).items()
    }
    found = {
        number: evaluators
        for number, party in sorted(parties.items())
        if (evaluators := [name for name, listed in own.items() if any(item.is_same(party) for item in listed)])
    }
    return _kept(unit, found)


def _kept(unit: Unit, evaluators: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Evaluators by the number that stands for each party."""
    merged, found = unit.parties.merged(), defaultdict[str, list[str]](list)
    for number, names in evaluators.items():
        known = found[merged.get(number, number)]
        known += [name for name in names if name not in known]
    return found
