"""The score table of a stage: its ranked proposals, who marked them how, and what was decided, as plain data.

It holds the marks that count in the ranking: complete evaluations of the stage itself, none of somebody recused and
none given on an appeal. Before the ranking it holds those of the proposals that compete, as far as they are in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import orjson

from pipgrants.domain.call import ZERO, Call
from pipgrants.domain.evaluation import scale_of
from pipgrants.domain.plain import plain_number
from pipgrants.domain.rubric import Combination, Criterion
from pipgrants.domain.vocabulary import Outcome, Stage
from pipgrants.errors import RefusedError
from pipgrants.money import from_minor
from pipgrants.services.definitions import Terms, proposal_engine, terms_of
from pipgrants.services.packages import decision_kind
from pipgrants.services.rulebook import AWARDS
from pipgrants.services.states import competing_states
from pipgrants.store.packages import PackageLine, PackageRow, RankingRow
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit
from pipgrants.trail.canonical import canonical

if TYPE_CHECKING:
    from pipgrants.analysis.score_matrix import ScoreMatrix

FUNDED = AWARDS | {Outcome.PROFILE_INVITED}
"""The outcomes above the line: money, or an invitation to the next stage."""


class ScoredProposal(NamedTuple):
    """One proposal of a stage.

    ``total`` is the one by which it is ranked, its priority ``points`` included; ``combined`` are the exact combined
    marks by criterion, None where not applicable to anybody. ``rank``, ``total`` and ``passes_thresholds`` are None
    before the ranking, ``outcome`` before the decisions are prepared. Amounts are in the call's currency: the grant
    asked for as it is on record now, and what was awarded, None where nothing was.
    """

    number: str
    rank: int | None
    total: Decimal | None
    points: Decimal
    passes_thresholds: bool | None
    combined: Mapping[str, Fraction | None]
    requested_amount: Decimal | None
    outcome: Outcome | None
    awarded_amount: Decimal | None

    @property
    def is_funded(self) -> bool:
        """Whether it lies above the line: an award, conditional or not, or an invitation."""
        return self.outcome in FUNDED


class Evaluation(NamedTuple):
    """The marks of one evaluator for one proposal, by criterion in the order of the rubric; None is not applicable."""

    proposal: str
    evaluator: str
    marks: Mapping[str, Decimal | None]


@dataclass(frozen=True)
class ScoreTable:
    """A stage of a call: proposals best first (by number before the ranking), evaluators and evaluations by name.

    ``incomplete_count`` says how many evaluations are left out because marks of theirs are still to come; ``sha256``
    is the hash of all that the table holds.
    """

    call: Call
    stage: Stage
    proposals: tuple[ScoredProposal, ...]
    evaluators: tuple[str, ...]
    evaluations: tuple[Evaluation, ...]
    incomplete_count: int
    sha256: str

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """The criteria scored at the stage, in the order of the rubric."""
        return self.call.rubric.scored_at(self.stage)

    @property
    def is_ranked(self) -> bool:
        """Whether the proposals are ranked; otherwise the marks are those given so far."""
        return any(item.rank is not None for item in self.proposals)

    @property
    def is_decided(self) -> bool:
        """Whether the decisions are prepared or approved."""
        return any(item.outcome is not None for item in self.proposals)

    @property
    def by_consensus(self) -> bool:
        """Whether a consensus decides, in the place of the marks that the table holds."""
        return self.call.rubric.combination is Combination.CONSENSUS

    @property
    def funded_count(self) -> int:
        """How many proposals lie above the line."""
        return sum(item.is_funded for item in self.proposals)

    @property
    def line(self) -> Decimal | None:
        """The lowest total of any proposal above the line, None where there is none."""
        return min((item.total for item in self.proposals if item.is_funded and item.total is not None), default=None)

    def matrix(self) -> ScoreMatrix:
        """The marks as arrays."""
        from pipgrants.analysis.score_matrix import score_matrix

        criteria = self.criteria
        return score_matrix(
            proposals=[item.number for item in self.proposals],
            evaluators=self.evaluators,
            criteria=[item.code for item in criteria],
            weights=[item.weight_in_ranking for item in criteria],
            scales=[scale_of(self.call.rubric, item) for item in criteria],
            evaluations=((item.proposal, item.evaluator, [*item.marks.values()]) for item in self.evaluations),
        )


def read_score_table(unit: Unit, call: str, stage: Stage | None = None) -> ScoreTable:
    """The score table of a stage, of the one that the call is selecting unless given.

    Raises RefusedError where the call has no such stage, or nothing competes in it yet.
    """
    terms = terms_of(unit.calls, call)
    stage = stage or terms.row.stage
    if stage not in terms.call.stages:
        raise RefusedError(
            f"{call} has no stage {stage.value}",
            next_step=f"use --stage {' or '.join(item.value for item in terms.call.stages)}",
        )
    proposals = tuple(_proposals(unit, terms, stage))
    if not proposals:
        raise RefusedError(
            f"no {stage.value} of {call} competes yet, so there is nothing to analyse",
            next_step=f"pipgrants status {call}",
        )
    codes = [item.code for item in terms.call.rubric.scored_at(stage)]
    evaluations, incomplete_count = _evaluations(unit, call, stage, {item.number for item in proposals}, codes)
    evaluators = tuple(sorted({item.evaluator for item in evaluations}))
    sha256 = _hash(terms.row.definition_hash, stage, proposals, evaluations)
    return ScoreTable(terms.call, stage, proposals, evaluators, evaluations, incomplete_count, sha256)


def require_ranked(table: ScoreTable) -> None:
    """Raises RefusedError where the proposals are not ranked yet."""
    if not table.is_ranked:
        raise RefusedError(
            f"the {table.stage.value}s of {table.call.call} are not ranked yet",
            next_step=f"pipgrants rank run {table.call.call}",
        )


def require_evaluations(table: ScoreTable) -> None:
    """Raises RefusedError where no evaluation is complete."""
    if not table.evaluations:
        call = table.call.call
        raise RefusedError(
            f"no evaluation of the {table.stage.value}s of {call} is complete yet",
            next_step=f"pipgrants evaluation list {call}",
        )


def _proposals(unit: Unit, terms: Terms, stage: Stage) -> Iterator[ScoredProposal]:
    """The ranked proposals best first; before a ranking those that compete, by number."""
    call, currency = terms.row.call, terms.call.currency
    ranking = list(unit.packages.ranking(call, stage))
    if not ranking:
        states = competing_states(proposal_engine(unit.calls, terms.row)) if stage is terms.row.stage else ()
        rows = unit.proposals.rows(call, states) if states else ()
        yield from (_unranked(row, currency) for row in rows)
        return
    heads = {row.number: row for row in unit.proposals.rows(call)}
    lines = decisions(unit, call, stage)
    yield from (_ranked(place, heads[place.proposal], lines.get(place.proposal), currency) for place in ranking)


def _unranked(row: ProposalRow, currency: str) -> ScoredProposal:
    return ScoredProposal(row.number, None, None, ZERO, None, {}, _amount(row.grant_minor, currency), None, None)


def _ranked(place: RankingRow, head: ProposalRow, line: PackageLine | None, currency: str) -> ScoredProposal:
    detail = orjson.loads(place.detail)
    return ScoredProposal(
        number=place.proposal,
        rank=place.rank,
        total=Decimal(place.total),
        points=Decimal(detail.get("points", "0")),
        passes_thresholds=bool(place.passes_thresholds),
        combined={code: None if mark is None else Fraction(mark) for code, mark in detail["by_criterion"].items()},
        requested_amount=_amount(head.grant_minor, currency),
        outcome=None if line is None else Outcome(line.outcome),
        awarded_amount=None if line is None else _amount(line.amount_minor, currency),
    )


def _amount(minor: int | None, currency: str) -> Decimal | None:
    return None if minor is None else from_minor(minor, currency)


def decisions(unit: Unit, call: str, stage: Stage) -> dict[str, PackageLine]:
    """The decisions of a stage as they were approved, or as they wait for approval."""
    package = decision_package(unit, call, stage)
    return {} if package is None else {line.proposal: line for line in unit.packages.lines(package.hash)}


def decision_package(unit: Unit, call: str, stage: Stage) -> PackageRow | None:
    """The package of a stage's decisions, the one approved or the one that waits for approval; None without any."""
    packages = [row for row in unit.packages.of_call(call) if row.kind == decision_kind(stage)]
    for state in ("ratified", "prepared"):
        found = [row for row in packages if row.state == state]
        if found:
            return found[-1]
    return None


_mark = lru_cache(maxsize=1_024)(Decimal)


def _evaluations(
    unit: Unit, call: str, stage: Stage, numbers: set[str], codes: list[str]
) -> tuple[tuple[Evaluation, ...], int]:
    """The complete evaluations of some proposals, and how many are incomplete."""
    found, incomplete_count = [], 0
    for number, evaluator, marks in unit.evaluations.counting(call, stage):
        if number not in numbers:
            continue
        if marks.keys() >= set(codes):
            given = {code: None if (text := marks[code]) is None else _mark(text) for code in codes}
            found.append(Evaluation(number, evaluator, given))
        else:
            incomplete_count += 1
    return tuple(found), incomplete_count


def _hash(
    definition: str, stage: Stage, proposals: tuple[ScoredProposal, ...], evaluations: tuple[Evaluation, ...]
) -> str:
    """SHA-256 over the definition, the stage, and a line for each proposal and evaluation."""
    hasher = hashlib.sha256(canonical([definition, stage.value]))
    for item in proposals:
        combined = {code: None if mark is None else str(mark) for code, mark in item.combined.items()}
        told = [None if value is None else str(value) for value in (*item[:5], *item[6:])]
        hasher.update(canonical([*told, combined]))
    for evaluation in evaluations:
        marks = {code: None if mark is None else plain_number(mark) for code, mark in evaluation.marks.items()}
        hasher.update(canonical([evaluation.proposal, evaluation.evaluator, marks]))
    return hasher.hexdigest()
