"""What each proposal of a stage comes to under one definition of the call, for ``what_if``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from pipgrants.domain.call import Call
from pipgrants.domain.circumstances import Gathering
from pipgrants.domain.counterpart import Contested
from pipgrants.domain.determination import screen_out
from pipgrants.domain.evaluation import check_mark
from pipgrants.domain.finding import Finding, overall
from pipgrants.domain.plain import plain_amount
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.ranking import rank, undrawn_ties
from pipgrants.domain.screening import Screener
from pipgrants.domain.vocabulary import Verdict
from pipgrants.money import from_minor
from pipgrants.services.audit.record import RecordedCall, RecordedProposal
from pipgrants.services.determinations import Ground, decide_excluded, decide_ranked, in_order, undetermined
from pipgrants.services.optimiser import Optimiser, search
from pipgrants.services.rank import Scoring
from pipgrants.services.screen import counted_counterpart
from pipgrants.store.packages import RankingRow

TO_BE_SCORED = "to_be_scored"
TO_BE_CLARIFIED = "to_be_clarified"

Marks: TypeAlias = Sequence[Mapping[str, str | None]]


class Standing(NamedTuple):
    """What becomes of a proposal: an outcome, or what it waits for; its rank and the amount it receives."""

    outcome: str
    rank: int | None = None
    amount: str | None = None


class Side:
    """A stage under one definition. ``ranking`` and ``undrawn`` are made with the ground.

    ``helped`` are the awards that other calls of support made, by locality.
    """

    def __init__(self, call: Call, recorded: RecordedCall, helped: Mapping[str | None, int]) -> None:
        self.call = call
        self._stage = recorded.stage
        self._screener = Screener(call, recorded.stage)
        self._scoring = Scoring(call, recorded.stage)
        self._has_other_marks = call.rubric != recorded.call.rubric
        self._gathering = Gathering(call)
        self._exclusive = recorded.exclusive
        self._helped = helped
        self._excluded: list[tuple[str, tuple[Finding, ...]]] = []
        self._requests: dict[str, Decimal] = {}
        self._conditions: dict[str, list[Finding]] = {}
        self._waiting: dict[str, Standing] = {}
        self.ranking: list[RankingRow] = []
        self.undrawn: tuple[str, ...] = ()

    def screen(self, read: Proposal, contested: Contested) -> tuple[Finding, ...]:
        """The findings on a proposal."""
        return self._screener.screen(read, contested)

    def judge(
        self,
        proposal: RecordedProposal,
        read: Proposal,
        findings: tuple[Finding, ...],
        marks: Marks,
        asked: frozenset[str],
    ) -> None:
        """Whether a proposal waits, is excluded or competes; ``asked`` are criteria it did not answer for in time."""
        number, unanswered = proposal.number, self.call.clarification.if_unanswered
        if overall(findings) is Verdict.UNDETERMINED and not open_criteria(findings) <= asked:
            self._waiting[number] = Standing(TO_BE_CLARIFIED)
        elif screen_out(number, findings, unanswered) is not None:
            self._excluded.append((number, findings))
        elif not self._scoring.score(read, self._fitting(marks), counted_counterpart(findings, self.call.currency)):
            self._waiting[number] = Standing(TO_BE_SCORED)
        else:
            self._gathering.add(read)
            if read.grant_amount is not None:
                self._requests[number] = read.grant_amount
            if conditions := undetermined(findings):
                self._conditions[number] = conditions

    def _fitting(self, marks: Marks) -> Marks:
        """The marks that the rubric allows: on another scale a mark may be none."""
        if not self._has_other_marks:
            return marks
        rubric, stage = self.call.rubric, self._stage
        return [
            {
                code: text
                for code, text in given.items()
                if check_mark(rubric, stage, code, None if text is None else Decimal(text)) is None
            }
            for given in marks
        ]

    def ground(self, draw_key: str | None) -> Ground:
        """What the decisions on those that compete rest on."""
        call, stage = self.call, self._stage
        rule = call.ranking.of_stage(stage)
        if draw_key is None:
            self.undrawn = tuple(
                sorted(number for tied in undrawn_ties(self._scoring.candidates, rule) for number in tied)
            )
            rule = replace(rule, draw=())
        self.ranking = self._scoring.rows(rank(self._scoring.candidates, rule, draw_key))
        known = self._gathering.known(self._exclusive, self._helped)
        return Ground(call, stage, self.ranking, self._requests, self._conditions, known)

    def unmet(self) -> dict[str, frozenset[str]]:
        """The criteria that each proposal that is excluded does not meet."""
        return {
            number: frozenset(item.criterion for item in findings if item.verdict is not Verdict.MET)
            for number, findings in self._excluded
        }

    def standings(self, draw_key: str | None) -> dict[str, Standing]:
        """What becomes of every proposal."""
        ranked = decide_ranked(self.ground(draw_key).optimised(Optimiser(search())))
        return self._waiting | {
            line.proposal: Standing(line.outcome, line.rank, self._amount(line.amount_minor))
            for line in in_order(ranked, decide_excluded(self.call, self._excluded))
        }

    def _amount(self, units: int | None) -> str | None:
        currency = self.call.currency
        return None if units is None else plain_amount(from_minor(units, currency), currency)


def open_criteria(findings: Iterable[Finding]) -> frozenset[str]:
    """The criteria that the applicant is asked about."""
    return frozenset(item.criterion for item in undetermined(findings) if not item.is_condition)
