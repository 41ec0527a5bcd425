"""What an assignment is made from: proposals with their panels, evaluators, and the conflicts of interest detected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import orjson

from pipgrants.domain.assignment import AssignmentCase, Demand
from pipgrants.domain.call import Call
from pipgrants.domain.conflicts_of_interest import ACTS_FOR_MEMBER, Conflict, Watch, counts_from
from pipgrants.domain.evaluators import Organisation, Profile
from pipgrants.domain.finding import Plain
from pipgrants.domain.vocabulary import Stage
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, proposal_engine, terms_of
from pipgrants.services.joint_proposals import JointProposals
from pipgrants.services.segregation import hearers
from pipgrants.services.states import competing_states
from pipgrants.services.workspace import Act
from pipgrants.store.evaluations import EvaluationRow
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit
from pipgrants.trail.canonical import digest
from pipgrants.trail.entry import Deed

RECUSED = "EvaluatorRecused"
DECLARED = "ConflictDeclared"


class Recusal(NamedTuple):
    """A conflict of interest of an evaluator in a proposal, detected and not written down before.

    ``evaluation`` is what the evaluator has of the proposal already, to be set aside.
    """

    proposal: str
    evaluator: str
    conflict: Conflict
    evaluation: EvaluationRow | None

    @property
    def reason(self) -> str:
        """The conflict as codes: why an evaluation is set aside."""
        return f"{self.conflict.code} {self.conflict.party}"


class Recused(NamedTuple):
    """One line of the log: who was recused from what and when, declared by somebody or detected, and why.

    ``is_late`` says that marks had been given, which were set aside.
    """

    proposal: str
    evaluator: str
    at: str
    entry: int
    how: str
    why: str
    is_late: bool


class Panels:
    """The panels of the stage being selected, as they are on record."""

    def __init__(self, unit: Unit, terms: Terms) -> None:
        self._unit = unit
        self._terms = terms
        call = terms.row.call
        states = competing_states(proposal_engine(unit.calls, terms.row))
        self.topics = dict(unit.proposals.topics(call, states))
        self._seated: defaultdict[str, list[EvaluationRow]] = defaultdict(list)
        for row in unit.evaluations.of_call(call, terms.row.stage):
            if not row.conflict:
                self._seated[row.proposal].append(row)
        self._hearers = hearers(unit, call)
        self._recused = unit.evaluations.conflicts(call)
        for item in recusals(unit, call):
            self._recused[item.proposal].add(item.evaluator)

    @property
    def evaluators(self) -> set[str]:
        """Everybody on a panel."""
        return {row.evaluator for rows in self._seated.values() for row in rows}

    def detect(self, evaluators: Iterable[str], today: date) -> list[Recusal]:
        """The conflicts of interest of some evaluators in the proposals that are not on record yet."""
        years = self._terms.call.evaluators.conflict_years
        names = sorted(evaluators)
        watch = _Watch(self._unit, names, counts_from(today, years))
        found = []
        for number, members in self._unit.proposals.consortia(self._terms.row.call):
            if number not in self.topics:
                continue
            for name, conflict in watch.conflicts(number, members):
                if name not in self._recused[number]:
                    seated = {row.evaluator: row for row in self._seated[number]}
                    found.append(Recusal(number, name, conflict, seated.get(name)))
        return found

    def recuse(self, found: Iterable[Recusal]) -> None:
        """Takes recused evaluators off their panels."""
        for item in found:
            self._recused[item.proposal].add(item.evaluator)
            self._seated[item.proposal] = [
                row for row in self._seated[item.proposal] if row.evaluator != item.evaluator
            ]

    def case(self, available: Sequence[str]) -> AssignmentCase:
        """What is to be assigned among the evaluators who may be given more; who heard an appeal of one is kept off."""
        wanted = self._terms.call.rubric.evaluators_count
        demands = tuple(
            Demand(
                number,
                topic,
                wanted,
                tuple(row.evaluator for row in self._seated[number]),
                frozenset(self._recused[number]).union(self._hearers.get(number, frozenset()).intersection(available)),
            )
            for number, topic in self.topics.items()
        )
        names = {*available, *(name for demand in demands for name in demand.panel)}
        profiles = self._unit.evaluators.profiles(names)
        return AssignmentCase(self._terms.call.evaluators, profiles, demands, tuple(sorted(set(available))))


def conflicts_in(act: Act, head: ProposalRow, evaluators: Iterable[str]) -> list[tuple[str, Conflict]]:
    """The conflicts of interest of some evaluators in one proposal."""
    terms, names = terms_of(act.unit.calls, head.call), sorted(evaluators)
    since = counts_from(local_day(act.now, terms.call), terms.call.evaluators.conflict_years)
    members = dict(act.unit.proposals.consortia(head.call)).get(head.number, [])
    return _Watch(act.unit, names, since).conflicts(head.number, members)


class _Watch:
    """Looks for the conflicts of interest of some evaluators, in their profiles and in what else is on record."""

    def __init__(self, unit: Unit, names: Sequence[str], since: date) -> None:
        profiles = unit.evaluators.profiles(names).values()
        self._names = names
        self._ties, self._joint = Watch(profiles, since), JointProposals(unit, profiles, since)
        self._acting = {row.actor: row.party for row in unit.actors.all() if row.party}

    def conflicts(self, proposal: str, members: Sequence[tuple[str, Organisation]]) -> list[tuple[str, Conflict]]:
        """Each conflict with a member of a proposal, once, as (evaluator, conflict)."""
        parties = {party for party, _ in members}
        acting = [
            (name, Conflict(ACTS_FOR_MEMBER, party))
            for name in self._names
            if (party := self._acting.get(name)) in parties and party is not None
        ]
        told = list(dict.fromkeys([*acting, *self._ties.conflicts(members)]))
        known = {(name, conflict.code, conflict.party) for name, conflict in told}
        joint = self._joint.conflicts(proposal, members)
        return [*told, *(item for item in joint if (item[0], item[1].code, item[1].party) not in known)]


def recusals(unit: Unit, call: str) -> Iterator[Recused]:
    """Everybody recused from a proposal of a call, in the order of the trail."""
    for act in (DECLARED, RECUSED):
        for entry in unit.ledger.of_act(call, act, '"evaluator"'):
            content = orjson.loads(entry.content)
            inputs, is_detected = content["inputs"], act == RECUSED
            why = f"{inputs['conflict']} {inputs['party']}" if is_detected else content["reason"]
            how, proposal = "detected" if is_detected else "declared", entry.subject.removeprefix("proposal/")
            is_late = bool(inputs.get("late"))
            yield Recused(proposal, inputs["evaluator"], content["at"], entry.sequence, how, why, is_late)


def recused_deed(terms: Terms, item: Recusal) -> Deed:
    """What is written down of a conflict that was detected; setting marks aside is told apart."""
    until_on = item.conflict.until_on
    inputs: dict[str, object] = {
        "evaluator": item.evaluator,
        "stage": terms.row.stage.value,
        "conflict": item.conflict.code,
        "party": item.conflict.party,
        "until_on": until_on.isoformat() if until_on else None,
        "late": item.evaluation is not None and item.evaluation.marks is not None,
    }
    reason = item.reason if item.evaluation is not None else None
    return Deed(RECUSED, f"proposal/{item.proposal}", reason=reason, inputs=inputs, call=terms.row.call)


def institutions(case: AssignmentCase) -> list[list[str]]:
    """The evaluators of one employer together, where it has several; none is named."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name, profile in case.profiles.items():
        if profile.institution_key is not None:
            groups[profile.institution_key].append(name)
    return sorted(sorted(group) for group in groups.values() if len(group) > 1)


def hash_case(call: Call, stage: Stage, case: AssignmentCase) -> str:
    """The hash of everything that an assignment is made from; employers by who shares one."""
    content: dict[str, Plain] = {
        "call": call.call,
        "stage": stage.value,
        "available": [*case.available],
        "institutions": [[*group] for group in institutions(case)],
        "profiles": {name: _plain_profile(profile) for name, profile in case.profiles.items()},
        "demands": [
            [
                demand.proposal,
                demand.topic.sector,
                demand.topic.territory,
                demand.topic.language.value,
                demand.wanted_count,
                [*demand.panel],
                [*sorted(demand.recused)],
            ]
            for demand in case.demands
        ],
    }
    return digest(content)


def _plain_profile(profile: Profile) -> Plain:
    languages: list[Plain] = [language.value for language in profile.languages]
    return [[*profile.sectors], profile.territory, languages, profile.load_limit]


def outcome_inputs(case_hash: str, case: AssignmentCase, found: Mapping[str, int]) -> dict[str, object]:
    """What the entry of an assignment says besides its pairs."""
    return {"case": case_hash, "available": [*case.available], "institutions": institutions(case), **found}
