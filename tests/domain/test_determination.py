"""Determinations: the outcome of each proposal with its reasons and the conditions of an award."""

from decimal import Decimal

import pytest

from pipgrants.domain.allocation import AllocationLine
from pipgrants.domain.call import Unanswered
from pipgrants.domain.determination import Determination, decide, screen_out
from pipgrants.domain.finding import Finding, Note
from pipgrants.domain.vocabulary import Outcome, Verdict

NOTHING = Decimal(0)
REQUIRED = {"comparison": "at_least", "number": "3"}


def finding(criterion, verdict, seen=None, **details):
    return Finding(criterion, verdict, REQUIRED, seen, "rules 3.1", **details)


MEMBERS_MET = finding("prerequisite.members", Verdict.MET, {"number": "4"})
MEMBERS_NOT_MET = finding("prerequisite.members", Verdict.NOT_MET, {"number": "2"})
CONSENT_OPEN = finding("prerequisite.consent", Verdict.UNDETERMINED)
REGISTRATION_CONDITION = finding("prerequisite.registration", Verdict.UNDETERMINED, is_condition=True)
TRUST_TOO_LOW = finding("evaluation.minimum.trust", Verdict.NOT_MET, {"number": "2.5000"})
TOTAL_REACHED = finding("evaluation.minimum_total", Verdict.MET, {"number": "70.0000"})


def line(outcome, amount="0", code="allocation.funded", reserve_position=None):
    reason = Note(code, {"clause": "rules 8"})
    return AllocationLine(1, "P-1", outcome, Decimal(100), Decimal(amount), Decimal(500), reason, reserve_position)


def test_proposal_that_meets_everything_is_not_screened_out():
    assert screen_out("P-1", (MEMBERS_MET, REGISTRATION_CONDITION), Unanswered.INELIGIBLE) is None


@pytest.mark.parametrize("unanswered", Unanswered)
def test_unmet_criterion_makes_a_proposal_ineligible_and_is_the_reason(unanswered):
    assert screen_out("P-1", (MEMBERS_MET, MEMBERS_NOT_MET), unanswered) == Determination(
        "P-1",
        Outcome.INELIGIBLE,
        NOTHING,
        (
            Note(
                "screening.not_met",
                {
                    "criterion": "prerequisite.members",
                    "verdict": "not_met",
                    "required": REQUIRED,
                    "seen": {"number": "2"},
                    "clause": "rules 3.1",
                },
            ),
        ),
    )


def test_unanswered_clarification_makes_a_proposal_ineligible_where_the_call_says_so():
    decision = screen_out("P-1", (MEMBERS_MET, CONSENT_OPEN), Unanswered.INELIGIBLE)
    assert decision.outcome is Outcome.INELIGIBLE
    assert decision.reasons == (Note("screening.unanswered", CONSENT_OPEN.as_plain()),)


def test_what_is_open_beside_an_unmet_criterion_was_not_asked_about_and_is_told_as_not_proven():
    findings = (CONSENT_OPEN, REGISTRATION_CONDITION, MEMBERS_NOT_MET)
    reasons = screen_out("P-1", findings, Unanswered.INELIGIBLE).reasons
    assert reasons == (
        Note("screening.not_met", MEMBERS_NOT_MET.as_plain()),
        Note("screening.not_proven", CONSENT_OPEN.as_plain()),
    )


def test_decided_on_record_an_unanswered_clarification_becomes_a_condition():
    assert screen_out("P-1", (CONSENT_OPEN,), Unanswered.DECIDE_ON_RECORD) is None
    decision = decide(line(Outcome.AWARD, "100"), (CONSENT_OPEN,), ())
    assert (decision.outcome, decision.conditions) == (Outcome.CONDITIONAL_AWARD, (CONSENT_OPEN,))


def test_funded_proposal_receives_an_award():
    assert decide(line(Outcome.AWARD, "100"), (MEMBERS_MET,), (TOTAL_REACHED,)) == Determination(
        "P-1", Outcome.AWARD, Decimal(100), (Note("allocation.funded", {"clause": "rules 8"}),)
    )


def test_funded_proposal_with_a_condition_receives_a_conditional_award():
    decision = decide(line(Outcome.AWARD, "100"), (MEMBERS_MET, REGISTRATION_CONDITION), ())
    assert decision == Determination(
        "P-1",
        Outcome.CONDITIONAL_AWARD,
        Decimal(100),
        (Note("allocation.funded", {"clause": "rules 8"}),),
        (REGISTRATION_CONDITION,),
    )


def test_reserve_keeps_its_position_its_reason_and_its_conditions():
    reserve = line(Outcome.RESERVE, code="allocation.envelope_exhausted", reserve_position=3)
    assert decide(reserve, (REGISTRATION_CONDITION,), ()) == Determination(
        "P-1",
        Outcome.RESERVE,
        NOTHING,
        (Note("allocation.envelope_exhausted", {"clause": "rules 8"}),),
        (REGISTRATION_CONDITION,),
        3,
    )


def test_decline_for_money_gives_the_reason_of_the_allocation():
    decline = line(Outcome.DECLINE, code="allocation.envelope_exhausted")
    assert decide(decline, (REGISTRATION_CONDITION,), (TOTAL_REACHED,)) == Determination(
        "P-1", Outcome.DECLINE, NOTHING, (Note("allocation.envelope_exhausted", {"clause": "rules 8"}),)
    )


def test_decline_below_a_threshold_names_each_threshold_that_was_not_reached():
    decision = decide(line(Outcome.DECLINE, code="allocation.below_threshold"), (), (TRUST_TOO_LOW, TOTAL_REACHED))
    assert decision.outcome is Outcome.DECLINE
    assert decision.reasons == (Note("evaluation.below_minimum", TRUST_TOO_LOW.as_plain()),)
