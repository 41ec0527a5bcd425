"""Determinations: what each proposal is told, with its reasons as codes and values.

A proposal is screened out, or ranked and decided by its allocation line; profiles are invited or not by
``invitation``. The reasons that
come from a finding hold the whole finding, so that who explains the decision needs nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from pipgrants.domain.allocation import BELOW_THRESHOLD, AllocationLine
from pipgrants.domain.call import ZERO, Unanswered
from pipgrants.domain.finding import Finding, Note, overall
from pipgrants.domain.vocabulary import Outcome, Verdict

NOT_MET = "screening.not_met"
UNANSWERED = "screening.unanswered"
NOT_PROVEN = "screening.not_proven"
BELOW_MINIMUM = "evaluation.below_minimum"


class Determination(NamedTuple):
    """The decision on one proposal; ``amount`` is the money awarded, zero where there is none.

    ``conditions`` are the findings still to be fulfilled before an award, now or from the reserve list, is final.
    """

    number: str
    outcome: Outcome
    amount: Decimal
    reasons: tuple[Note, ...]
    conditions: tuple[Finding, ...] = ()
    reserve_position: int | None = None


def screen_out(number: str, findings: tuple[Finding, ...], unanswered: Unanswered) -> Determination | None:
    """The determination of a proposal that screening excludes, None where it goes on to be scored and ranked.

    Call it when the time to answer clarifications is over: ``unanswered`` says what a criterion that is still
    undetermined means. Decided on record, it stays a condition of the award. What is open beside a criterion that is
    not met was not asked about: it is told as not proven.
    """
    verdict = overall(findings)
    excluded = verdict is Verdict.NOT_MET or (verdict is Verdict.UNDETERMINED and unanswered is Unanswered.INELIGIBLE)
    if not excluded:
        return None
    told = reasons(NOT_MET, findings, Verdict.NOT_MET)
    if unanswered is Unanswered.INELIGIBLE:
        open_findings = (finding for finding in findings if not finding.is_condition)
        code = UNANSWERED if verdict is Verdict.UNDETERMINED else NOT_PROVEN
        told += reasons(code, open_findings, Verdict.UNDETERMINED)
    return Determination(number, Outcome.INELIGIBLE, ZERO, told)


def decide(line: AllocationLine, findings: Iterable[Finding], thresholds: Iterable[Finding]) -> Determination:
    """The determination of a ranked proposal: award, conditional award, reserve or decline.

    ``findings`` are those of its screening, ``thresholds`` those of its score.
    """
    if line.outcome is Outcome.DECLINE:
        below = reasons(BELOW_MINIMUM, thresholds, Verdict.NOT_MET) if line.reason.code == BELOW_THRESHOLD else ()
        return Determination(line.number, Outcome.DECLINE, ZERO, below or (line.reason,))
    conditions = tuple(finding for finding in findings if finding.verdict is Verdict.UNDETERMINED)
    is_award = line.outcome is Outcome.AWARD
    outcome = Outcome.CONDITIONAL_AWARD if is_award and conditions else line.outcome
    return Determination(line.number, outcome, line.amount, (line.reason,), conditions, line.reserve_position)


def reasons(code: str, findings: Iterable[Finding], verdict: Verdict) -> tuple[Note, ...]:
    """A reason for each finding of a verdict."""
    return tuple(Note(code, finding.as_plain()) for finding in findings if finding.verdict is verdict)
