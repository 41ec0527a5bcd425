"""Who may score what: the demand for evaluators, the rules of a panel, and whether an assignment keeps to them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, TypeAlias

from pipgrants.domain.evaluator_terms import EvaluatorTerms
from pipgrants.domain.evaluators import Profile, Topic, affinity, is_expert, is_outside, reads

Pair: TypeAlias = tuple[str, str]
"""A proposal and an evaluator of it."""


class PanelRule(StrEnum):
    """What keeps an evaluator off a proposal, or a panel from being complete."""

    CONFLICT = "conflict"
    SAME_LANGUAGE = "same_language"
    LOAD_LIMIT = "load_limit"
    SECTOR_EXPERT = "sector_expert"
    OUTSIDE_TERRITORY = "outside_territory"
    ONE_PER_INSTITUTION = "one_per_institution"


COVERS = (PanelRule.SECTOR_EXPERT, PanelRule.OUTSIDE_TERRITORY)
"""The rules that ask for one evaluator of a kind."""


class Demand(NamedTuple):
    """A proposal, how many evaluators it is to have, who scores it already, and who is recused from it."""

    proposal: str
    topic: Topic
    wanted_count: int
    panel: tuple[str, ...] = ()
    recused: frozenset[str] = frozenset()

    @property
    def lacking_count(self) -> int:
        """How many evaluators the proposal still needs."""
        return max(0, self.wanted_count - len(self.panel))


@dataclass(frozen=True)
class AssignmentCase:
    """What an assignment is made from: the rules, everybody who evaluates, and the proposals in number order.

    ``available`` are those who may be given more, by short name; the others only sit on the panels they are on.
    ``relaxed`` are rules left out, to find which of them an assignment fails by.
    """

    terms: EvaluatorTerms
    profiles: Mapping[str, Profile]
    demands: tuple[Demand, ...]
    available: tuple[str, ...]
    relaxed: frozenset[PanelRule] = frozenset()

    def applies(self, rule: PanelRule) -> bool:
        """Whether a rule holds."""
        if rule in self.relaxed:
            return False
        return rule in (PanelRule.CONFLICT, PanelRule.LOAD_LIMIT) or bool(getattr(self.terms, rule.value))

    @cached_property
    def loads(self) -> Counter[str]:
        """How many proposals each evaluator scores already."""
        return Counter(name for demand in self.demands for name in demand.panel)

    @property
    def lacking_count(self) -> int:
        """How many evaluations nobody is assigned to."""
        return sum(demand.lacking_count for demand in self.demands)

    @property
    def even_share(self) -> int:
        """The work of each of those available if it were shared evenly, rounded up."""
        held = sum(self.loads[name] for name in self.available)
        return -(-(self.lacking_count + held) // max(1, len(self.available)))

    def limit(self, name: str) -> int | None:
        """The most proposals that an evaluator scores: their own limit, else the call's; None without any."""
        if not self.applies(PanelRule.LOAD_LIMIT):
            return None
        own = self.profiles[name].load_limit
        return self.terms.load_limit if own is None else own

    def room(self, name: str) -> int:
        """How many more proposals an evaluator can be given."""
        limit = self.limit(name)
        return len(self.demands) if limit is None else max(0, limit - self.loads[name])

    def is_free(self, name: str, demand: Demand) -> bool:
        """Whether an evaluator neither sits on a panel nor is recused from it."""
        is_recused = self.applies(PanelRule.CONFLICT) and name in demand.recused
        return name not in demand.panel and not is_recused

    def understands(self, name: str, demand: Demand) -> bool:
        """Whether an evaluator reads what a proposal is written in, where the call asks for it."""
        return not self.applies(PanelRule.SAME_LANGUAGE) or reads(self.profiles[name], demand.topic)

    def covers(self, rule: PanelRule, name: str, demand: Demand) -> bool:
        """Whether an evaluator is of the kind that a rule asks for."""
        fits = is_expert if rule is PanelRule.SECTOR_EXPERT else is_outside
        return fits(self.profiles[name], demand.topic)

    def asks_for(self, rule: PanelRule, demand: Demand) -> bool:
        """Whether a proposal lacks somebody of a kind that a rule asks for."""
        known = demand.topic.sector if rule is PanelRule.SECTOR_EXPERT else demand.topic.territory
        if not self.applies(rule) or known is None or not demand.lacking_count:
            return False
        return not any(self.covers(rule, name, demand) for name in demand.panel)

    def affinity(self, name: str, demand: Demand) -> int:
        """How well an evaluator fits a proposal."""
        return affinity(self.terms.affinity, self.profiles[name], demand.topic)

    def with_demands(self, demands: Iterable[Demand]) -> AssignmentCase:
        """The same for other demands."""
        return AssignmentCase(self.terms, self.profiles, tuple(demands), self.available, self.relaxed)

    def narrowed(self, proposals: Collection[str], relaxed: Iterable[PanelRule] = ()) -> AssignmentCase:
        """The same for some of the proposals, with more rules left out; whoever works on the others has less room."""
        kept = tuple(
            demand if demand.proposal in proposals else demand._replace(wanted_count=0) for demand in self.demands
        )
        return AssignmentCase(self.terms, self.profiles, kept, self.available, self.relaxed | set(relaxed))


class Fault(NamedTuple):
    """A rule that an assignment breaks: at which proposal, or by which evaluator's load."""

    rule: PanelRule | None
    proposal: str | None
    evaluator: str | None


def faults(case: AssignmentCase, pairs: Iterable[Pair]) -> Iterator[Fault]:
    """Every way in which new pairs break the rules; a panel without its number of evaluators breaks no named rule."""
    given: defaultdict[str, list[str]] = defaultdict(list)
    for proposal, name in pairs:
        given[proposal].append(name)
    load = Counter(name for names in given.values() for name in names)
    for name, count in sorted(load.items()):
        if name not in case.available or count > case.room(name):
            yield Fault(PanelRule.LOAD_LIMIT, None, name)
    for demand in case.demands:
        yield from _panel_faults(case, demand, given.pop(demand.proposal, []))
    for proposal in given:
        yield Fault(None, proposal, None)


def _panel_faults(case: AssignmentCase, demand: Demand, new: list[str]) -> Iterator[Fault]:
    if len(set(new)) != demand.lacking_count or len(new) != demand.lacking_count:
        yield Fault(None, demand.proposal, None)
    for name in new:
        if not case.is_free(name, demand):
            yield Fault(PanelRule.CONFLICT, demand.proposal, name)
        if not case.understands(name, demand):
            yield Fault(PanelRule.SAME_LANGUAGE, demand.proposal, name)
    for rule in COVERS:
        if case.asks_for(rule, demand) and not any(case.covers(rule, name, demand) for name in new):
            yield Fault(rule, demand.proposal, None)
    if case.applies(PanelRule.ONE_PER_INSTITUTION):
        yield from _institution_faults(case, demand, new)


def _institution_faults(case: AssignmentCase, demand: Demand, new: Iterable[str]) -> Iterator[Fault]:
    """Two that were on the panel before break nothing now."""
    seen = {case.profiles[name].institution_key for name in demand.panel}
    for name in new:
        key = case.profiles[name].institution_key
        if key is not None and key in seen:
            yield Fault(PanelRule.ONE_PER_INSTITUTION, demand.proposal, name)
        seen.add(key)


def total_affinity(case: AssignmentCase, pairs: Iterable[Pair]) -> int:
    """The sum of the affinities of new pairs, less what overload costs: the objective of the assignment."""
    demands = {demand.proposal: demand for demand in case.demands}
    load, total = Counter(case.loads), 0
    for proposal, name in pairs:
        total += case.affinity(name, demands[proposal])
        load[name] += 1
    return total - case.terms.affinity.overload * sum(
        max(0, load[name] - max(case.even_share, case.loads[name])) for name in case.available
    )
