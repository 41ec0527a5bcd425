"""The decisions on the proposals of a stage, made of what they rest on: for acts that prepare them, and the replay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from pipgrants.domain.allocation import AllocationLine, allocate
from pipgrants.domain.allocation_terms import AllocationRule, AllocationTerms
from pipgrants.domain.call import Call
from pipgrants.domain.circumstances import Circumstances
from pipgrants.domain.determination import Determination, decide, screen_out
from pipgrants.domain.finding import Finding, read_finding
from pipgrants.domain.invitation import invite
from pipgrants.domain.plain import plain_number
from pipgrants.domain.quotas import quota_costs
from pipgrants.domain.ranking import RankedProposal
from pipgrants.domain.selection import SelectionCase, selection_case
from pipgrants.domain.vocabulary import Stage, Verdict
from pipgrants.errors import RefusedError
from pipgrants.money import Money, from_minor, to_minor
from pipgrants.services.optimiser import Optimiser
from pipgrants.services.packages import CONFLICTS, OPTIMUM, ROBUSTNESS
from pipgrants.services.told_robustness import Shares, robustness_facts
from pipgrants.store.packages import PackageLine, RankingRow
from pipgrants.trail.canonical import canonical


class Ground(NamedTuple):
    """What the decisions on ranked proposals rest on.

    ``requests`` are the grants asked for by number; ``conditions`` the findings that are open, where some are;
    ``selected`` the numbers that a call funds which announced an objective, once they are found.
    """

    call: Call
    stage: Stage
    ranking: Sequence[RankingRow]
    requests: Mapping[str, Decimal]
    conditions: Mapping[str, Sequence[Finding]]
    known: Circumstances
    selected: frozenset[str] | None = None

    @property
    def ranked(self) -> list[RankedProposal]:
        """The places of the ranking."""
        return [RankedProposal(row.rank, row.proposal, Decimal(row.total), row.tie_broken_by) for row in self.ranking]

    @property
    def envelope(self) -> Money:
        """The money of the call."""
        return Money(self.call.envelope_amount, self.call.currency)

    @property
    def below(self) -> dict[str, list[Finding]]:
        """The thresholds of the rubric that proposals failed, by number."""
        return {
            row.proposal: [read_finding(item) for item in orjson.loads(row.detail)["below"]]
            for row in self.ranking
            if not row.passes_thresholds
        }

    def allocate(self, terms: AllocationTerms, below: Collection[str]) -> tuple[AllocationLine, ...]:
        """What some terms make of it, where proposals ``below`` failed a threshold."""
        selected = self.selected if terms.rule is AllocationRule.OPTIMISE else None
        return allocate(self.ranked, self.requests, self.envelope, terms, below, self.known, selected=selected)

    def selection_case(self) -> SelectionCase:
        """The selections that there could be, beside that of the plain rule."""
        terms, below = self.call.allocation.plain, self.below.keys()
        lines = self.allocate(terms, below)
        return selection_case(self.ranked, self.requests, self.envelope, terms, below, self.known, lines)

    def optimised(self, optimiser: Optimiser) -> Ground:
        """The same with those selected whom the call funds, where it announced an objective.

        Raises RefusedError where the selection cannot decide (``announced``).
        """
        if self.stage is not Stage.PROPOSAL or self.call.allocation.objective is None:
            return self
        return self._replace(selected=optimiser.select(self.selection_case(), self.call.allocation))


def undetermined(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that are open."""
    return [finding for finding in findings if finding.verdict is Verdict.UNDETERMINED]


def decide_ranked(ground: Ground) -> Iterator[PackageLine]:
    """The determinations of ranked proposals: profiles are invited or not, full proposals allocated the envelope."""
    call, ranking = ground.call, ground.ranking
    below = ground.below
    decided: Iterable[Determination] = ()
    if ground.stage is Stage.PROPOSAL:
        lines = ground.allocate(call.allocation, below.keys())
        decided = (decide(line, ground.conditions.get(line.number, ()), below.get(line.number, ())) for line in lines)
    elif call.invitation is not None:
        decided = invite(ground.ranked, call.invitation, below, ground.requests, call.envelope_amount)
    for place, determination in zip(ranking, decided, strict=True):
        yield package_line(place.rank, determination, call.currency)


def decide_excluded(call: Call, findings: Iterable[tuple[str, tuple[Finding, ...]]]) -> Iterator[PackageLine]:
    """The determinations of proposals that screening excluded, given with their findings.

    Raises RefusedError where findings exclude nobody.
    """
    for number, found in findings:
        determination = screen_out(number, found, call.clarification.if_unanswered)
        if determination is None:
            raise RefusedError(f"{number} is excluded, and its findings do not say why", next_step="screen again")
        yield package_line(None, determination, call.currency)


def in_order(*lines: Iterable[PackageLine]) -> list[PackageLine]:
    """Lines in proposal order."""
    return sorted(chain(*lines), key=itemgetter(0))


def package_line(rank: int | None, determination: Determination, currency: str) -> PackageLine:
    """A determination as its package holds it."""
    detail: dict[str, object] = {
        "reasons": [{"code": note.code, "values": note.values} for note in determination.reasons]
    }
    if determination.conditions:
        detail["conditions"] = [finding.as_plain() for finding in determination.conditions]
    if determination.reserve_position is not None:
        detail["reserve_position"] = determination.reserve_position
    amount = to_minor(determination.amount, currency) if determination.amount else None
    return PackageLine(determination.number, rank, str(determination.outcome), amount, canonical(detail))


def decision_facts(
    ground: Ground,
    lines: Sequence[PackageLine],
    optimum: Mapping[str, Any] | None,
    shares: Shares | None,
    conflicts: Sequence[Mapping[str, object]],
) -> dict[str, Any]:
    """What the package of decisions shows to who approves it.

    ``optimum`` is what an optimiser told, ``shares`` are those of weights that letters tell, ``conflicts`` those of
    interest found since the scores were closed.
    """
    call = ground.call
    facts: dict[str, Any] = {
        "currency": call.currency,
        "envelope": str(call.envelope_amount),
        "totals": {name: [count, str(amount)] for name, (count, amount) in totals(lines, call.currency).items()},
    }
    if call.allocation.envelopes and ground.stage is Stage.PROPOSAL:
        facts["quotas"] = _quotas(ground)
    if optimum is not None:
        facts[OPTIMUM] = optimum
    if shares is not None:
        facts[ROBUSTNESS] = robustness_facts(ground, lines, shares)
    if conflicts:
        facts[CONFLICTS] = [*conflicts]
    return facts


def _quotas(ground: Ground) -> list[dict[str, object]]:
    """What each envelope within the call's costs in merit, by the plain rule where an objective was announced."""
    below, terms = ground.below.keys(), ground.call.allocation.plain

    def run(other: AllocationTerms) -> Sequence[AllocationLine]:
        return ground.allocate(other, below)

    return [
        {
            "code": cost.code,
            "displaced": list(cost.displaced),
            "advanced": list(cost.advanced),
            "total": plain_number(cost.total),
            "mean": None if cost.mean is None else plain_number(cost.mean),
        }
        for cost in quota_costs(ground.ranked, terms, run(terms), run)
    ]


def totals(lines: Sequence[PackageLine], currency: str) -> dict[str, tuple[int, Decimal]]:
    """For each outcome: how many, and how much."""
    counts = Counter(line.outcome for line in lines)
    units = Counter[str]()
    for line in lines:
        units[line.outcome] += line.amount_minor or 0
    return {outcome: (count, from_minor(units[outcome], currency)) for outcome, count in sorted(counts.items())}
