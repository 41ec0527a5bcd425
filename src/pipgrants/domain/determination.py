"""Determinations: what each proposal is told, with its reasons as codes and values.

A proposal is screened out, or ranked and decided by its allocation line; a profile is invited or not. The reasons that
come from a finding hold the whole finding, so that who explains the decision needs nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from pipgrants.domain.allocation import BELOW_THRESHOLD, AllocationLine
from pipgrants.domain.call import ZERO, InvitationTerms, Unanswered
from pipgrants.domain.finding import Finding, Note, Plain, overall
from pipgrants.domain.plain import plain_number
from pipgrants.domain.ranking import RankedProposal
from pipgrants.domain.vocabulary import Outcome, Verdict

NOT_MET = "screening.not_met"
UNANSWERED = "screening.unanswered"
NOT_PROVEN = "screening.not_proven"
BELOW_MINIMUM = "evaluation.below_minimum"
INVITED = "invitation.invited"
BELOW_MINIMUM_TOTAL = "invitation.below_minimum_total"
BEYOND_MAXIMUM_COUNT = "invitation.beyond_maximum_count"


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
    reasons = _reasons(NOT_MET, findings, Verdict.NOT_MET)
    if unanswered is Unanswered.INELIGIBLE:
        open_findings = (finding for finding in findings if not finding.is_condition)
        code = UNANSWERED if verdict is Verdict.UNDETERMINED else NOT_PROVEN
        reasons += _reasons(code, open_findings, Verdict.UNDETERMINED)
    return Determination(number, Outcome.INELIGIBLE, ZERO, reasons)


def decide(line: AllocationLine, findings: Iterable[Finding], thresholds: Iterable[Finding]) -> Determination:
    """The determination of a ranked proposal: award, conditional award, reserve or decline.

    ``findings`` are those of its screening, ``thresholds`` those of its score.
    """
    if line.outcome is Outcome.DECLINE:
        below = _reasons(BELOW_MINIMUM, thresholds, Verdict.NOT_MET) if line.reason.code == BELOW_THRESHOLD else ()
        return Determination(line.number, Outcome.DECLINE, ZERO, below or (line.reason,))
    conditions = tuple(finding for finding in findings if finding.verdict is Verdict.UNDETERMINED)
    is_award = line.outcome is Outcome.AWARD
    outcome = Outcome.CONDITIONAL_AWARD if is_award and conditions else line.outcome
    return Determination(line.number, outcome, line.amount, (line.reason,), conditions, line.reserve_position)


def invite(
    ranked: Sequence[RankedProposal],
    terms: InvitationTerms,
    below_threshold: Mapping[str, Sequence[Finding]],
) -> tuple[Determination, ...]:
    """The determinations of ranked profiles: those that pass are invited in rank order, as many as the call takes.

    ``below_threshold`` gives the thresholds of the score by number of profile, for those that failed one.
    """
    invited_count = 0
    determinations = []
    for profile in sorted(ranked, key=attrgetter("rank")):
        refusals = _refusals(profile, terms, below_threshold.get(profile.number, ()), invited_count)
        if not refusals:
            invited_count += 1
        outcome = Outcome.PROFILE_NOT_INVITED if refusals else Outcome.PROFILE_INVITED
        reasons = refusals or (_note(INVITED, terms, seen=profile.total),)
        determinations.append(Determination(profile.number, outcome, ZERO, reasons))
    return tuple(determinations)


def _refusals(
    profile: RankedProposal, terms: InvitationTerms, thresholds: Sequence[Finding], invited_count: int
) -> tuple[Note, ...]:
    if below := _reasons(BELOW_MINIMUM, thresholds, Verdict.NOT_MET):
        return below
    if terms.minimum_total is not None and profile.total < terms.minimum_total:
        return (_note(BELOW_MINIMUM_TOTAL, terms, required=terms.minimum_total, seen=profile.total),)
    if terms.maximum_count is not None and invited_count >= terms.maximum_count:
        return (_note(BEYOND_MAXIMUM_COUNT, terms, maximum=terms.maximum_count),)
    return ()


def _note(code: str, terms: InvitationTerms, **numbers: Decimal | int) -> Note:
    values: dict[str, Plain] = {name: {"number": plain_number(number)} for name, number in numbers.items()}
    return Note(code, {**values, "clause": terms.clause})


def _reasons(code: str, findings: Iterable[Finding], verdict: Verdict) -> tuple[Note, ...]:
    return tuple(Note(code, finding.as_plain()) for finding in findings if finding.verdict is verdict)
