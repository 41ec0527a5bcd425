"""Rounds that were decided, appealed against and promoted from, without a workspace: for scenarios and laws."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipgrants.domain.allocation import Standing
from pipgrants.domain.appeal import Remedy
from pipgrants.domain.call import Call
from pipgrants.domain.circumstances import NOTHING_KNOWN, Circumstances
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.ranking import rank
from pipgrants.domain.vocabulary import Stage
from pipgrants.services.appeal_decisions import decide_appeals
from pipgrants.services.appeal_merits import AppealGround, Facts, Reopened
from pipgrants.services.appealed_lines import moved_on_appeal
from pipgrants.services.determinations import Ground, decide_ranked
from pipgrants.services.holdings import standing_of
from pipgrants.services.optimiser import Optimiser, search
from pipgrants.services.promotions import Promotions, decide_promotions
from pipgrants.services.rank import Scoring
from pipgrants.services.rulebook import PROPOSAL_GUARDS, vocabulary
from pipgrants.store.packages import PackageLine, RankingRow
from pipgrants.workflow.engine import Engine
from pipgrants.workflow.loader import load

MACHINES = Path(__file__).resolve().parents[1] / "workflows" / "machines"
ENGINE = Engine(load(MACHINES / "proposal_one_stage.yaml", vocabulary("proposal_one_stage")), PROPOSAL_GUARDS)
APPEALING, GIVEN_UP, TOLD = "under_appeal", "withdrawn", "notified"


@dataclass(repr=False)
class Contested:
    """A decided round: the marks by stage and number, the ranking, and the decisions that stand."""

    call: Call
    proposals: Mapping[str, Proposal]
    marks: dict[tuple[str, str], list[dict[str, str]]]
    known: Circumstances
    ranking: list[RankingRow]
    decided: dict[str, PackageLine]
    states: dict[str, str]
    returned: dict[str, Decimal]

    def __repr__(self) -> str:
        told = [(row.proposal, row.total, self.requests[row.proposal]) for row in self.ranking]
        return f"Contested({told}, {self.call.envelope_amount}, {self.call.allocation}, {self.known}, {held_by(self)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    @property
    def requests(self) -> dict[str, Decimal]:
        """The grants asked for."""
        return {number: item.grant_amount or Decimal(0) for number, item in self.proposals.items()}

    @property
    def standing(self) -> Standing:
        """What the proposals hold."""
        lines = [self.decided[number] for number in sorted(self.decided)]
        return standing_of(ENGINE, self.states, lines, self.returned, self.call.currency)

    def facts(self, number: str, stage: str) -> Facts:
        return Facts(self.proposals[number], self.marks[stage, number], None)

    @property
    def ground(self) -> AppealGround:
        """What decisions on appeals rest on."""
        return AppealGround(
            call=self.call,
            published={Stage.PROPOSAL: self.ranking},
            draws={},
            requests=self.requests,
            standing=self.standing,
            decided=[self.decided[number] for number in sorted(self.decided)],
            known=self.known,
            facts=self.facts,
            optimiser=Optimiser(search()),
        )

    def reopened(self, appeals: Mapping[str, str], appeal: int = 1) -> list[Reopened]:
        """Upheld appeals, with the mark that every evaluator now gives every criterion."""
        found = []
        for number, mark in appeals.items():
            stage = f"appeal-{appeal}"
            self.marks[stage, number] = marks_of(self.call, mark)
            item = Reopened(
                number=number,
                appeal=appeal,
                remedy=Remedy.RESCORE,
                stage=Stage.PROPOSAL,
                corrects=7,
                findings=(),
                facts=self.facts(number, stage),
                former=self.decided[number],
                scored_at=stage,
            )
            found.append(item)
        return found

    def appeal(self, appeals: Mapping[str, str], appeal: int = 1) -> list[PackageLine]:
        """Decides upheld appeals; the decisions stand."""
        lines = decide_appeals(self.ground, self.reopened(appeals, appeal))
        self.decided |= {line.proposal: line for line in lines}
        return lines

    def give_up(self, numbers: Iterable[str]) -> None:
        self.states |= dict.fromkeys(numbers, GIVEN_UP)

    def promote(self) -> Promotions:
        """Promotes from the reserve list; the decisions stand."""
        ground = Ground(self.call, Stage.PROPOSAL, self.ranking, self.requests, {}, self.known)
        found = decide_promotions(ground, self.standing, moved_on_appeal(self.ranking, self.decided.values()))
        self.decided |= {line.proposal: line for line in found.lines}
        return found

    def with_marks(self, marks: Mapping[str, str]) -> Contested:
        """The round as it would have been with these marks from the beginning."""
        given = {number: self.marks["proposal", number][0] for number in self.proposals}
        before = {number: next(iter(sheet.values())) for number, sheet in given.items()}
        return decided_round(self.call, self.proposals, {**before, **marks}, self.known)


def marks_of(call: Call, mark: str) -> list[dict[str, str]]:
    """The same mark of every evaluator on every criterion."""
    return [{item.code: mark for item in call.rubric.criteria}] * call.rubric.evaluators_count


def decided_round(
    call: Call,
    proposals: Mapping[str, Proposal],
    marks: Mapping[str, str],
    known: Circumstances = NOTHING_KNOWN,
) -> Contested:
    """A round ranked by its marks, and allocated."""
    call = replace(call, ranking=replace(call.ranking, draw=()))
    given = {("proposal", number): marks_of(call, mark) for number, mark in marks.items()}
    scoring = Scoring(call, Stage.PROPOSAL)
    for number, proposal in proposals.items():
        scoring.score(proposal, given["proposal", number], None)
    ranking = scoring.rows(rank(scoring.candidates, call.ranking))
    requests = {number: item.grant_amount or Decimal(0) for number, item in proposals.items()}
    decided = decide_ranked(Ground(call, Stage.PROPOSAL, ranking, requests, {}, known))
    lines = {line.proposal: line for line in decided}
    return Contested(call, proposals, given, known, ranking, lines, dict.fromkeys(proposals, TOLD), {})


def held_by(round_: Contested) -> dict[str, tuple[str, int | None]]:
    """The outcome and the amount in minor units of every decision that stands."""
    return {number: (line.outcome, line.amount_minor) for number, line in round_.decided.items()}


def awards(lines: Iterable[PackageLine], left_out: Collection[str] = ()) -> dict[str, int]:
    """The awards in whole units of money, by number."""
    return {
        line.proposal: (line.amount_minor or 0) // 100
        for line in lines
        if line.amount_minor and line.proposal not in left_out
    }
