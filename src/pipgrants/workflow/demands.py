"""What the program's acts rely on in a machine: for each trigger, what its transitions must have.

An act fires its trigger and trusts the machine to have looked at the facts; a machine without the guard, the letter or
the determination named here would let it go wrong. Triggers that stand in no table are fired by no act.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipgrants.workflow.definition import Duty

ANOTHER_PERSON = "prepared_by_another_person"
"""The guard that every approving transition needs: who prepares a decision does not approve it."""

OUTCOME_IS = "outcome_is_"
"""How the guards begin that compare the decision with an outcome."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What each transition of a trigger must have: all ``guards``, one of ``one_of``, the duty, one of the ``letters``.

    ``entries`` are the names under which the trail tells of it, one of which it has: duties are kept apart, and acts
    that set something aside are known, by these names. Each of ``one_of`` has a transition, or the act would find no
    way for what it met. Without ``letters`` none is sent. ``asks``: the letter goes with those transitions, and those
    only, whose destination waits for the applicant (the trigger ``clarify``). ``determines``: it leads to an outcome,
    each of these has a way, with the letter of that outcome and the guard of no other. ``optional``: a machine may do
    without the trigger.
    """

    entries: tuple[str, ...]
    guards: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    duty: Duty | None = None
    letters: tuple[str, ...] = ()
    asks: bool = False
    determines: tuple[str, ...] = ()
    optional: bool = False


def _approves(*entries: str, guards: tuple[str, ...] = (), one_of: tuple[str, ...] = ()) -> Demand:
    return Demand(entries, (ANOTHER_PERSON, *guards), one_of, Duty.APPROVES)


def _corrigendum(entry: str) -> Demand:
    return Demand((entry,), (ANOTHER_PERSON,), duty=Duty.APPROVES, letters=("corrigendum",), optional=True)


def _free(*entries: str) -> Demand:
    return Demand(entries, optional=True)


_DETERMINE = Demand(
    ("ProposalDetermined",),
    (ANOTHER_PERSON,),
    duty=Duty.APPROVES,
    determines=("award", "conditional_award", "reserve", "decline", "ineligible"),
)
_DETERMINE_IN_TWO_STAGES = replace(
    _DETERMINE, determines=(*_DETERMINE.determines, "profile_invited", "profile_not_invited")
)

_PROGRAMME = {
    "activate": _approves("ProgrammeActivated"),
    "revise": _approves("ProgrammeRevised"),
    "suspend": _free("ProgrammeSuspended"),
    "resume": _free("ProgrammeResumed"),
    "close": _free("ProgrammeClosed"),
}

_CALL = {
    "authorise": _approves("CallAuthorised", guards=("within_operating_criteria", "within_envelope")),
    "publish": Demand(("CallPublished",), ("closes_in_future",)),
    "extend": _corrigendum("CallExtended"),
    "amend": _corrigendum("CallAmended"),
    "close": Demand(("CallClosed",), ("deadline_passed",)),
    "screen": Demand(("CallScreened",)),
    "close_scores": Demand(("ScoresClosed",), ("nothing_undetermined_open", "all_scores_in")),
    "rank": Demand(("ProposalsRanked",), ("nothing_undetermined_open", "draw_recorded")),
    "prepare": Demand(("PackagePrepared",), duty=Duty.PREPARES),
    "return_package": Demand(("PackageReturned",)),
    "ratify": _approves(
        "AllocationRatified",
        "InvitationsRatified",
        guards=("package_unchanged",),
        one_of=("proposal_stage", "profile_stage"),
    ),
    "release": Demand(("LettersReleased",)),
    "promote": replace(_approves("PromotionRatified", guards=("package_unchanged", "reserve_in_force")), optional=True),
    "archive": Demand(("CallArchived",), ("appeal_window_over",)),
    "cancel": _free("CallCancelled"),
    "declare_void": _free("CallDeclaredVoid"),
}

_PROPOSAL = {
    "receive": Demand(
        ("ProposalReceived", "ProposalReceivedLate"),
        one_of=("in_time", "out_of_time"),
        letters=("receipt", "late"),
    ),
    "screen": Demand(
        ("ProposalScreened", "ClarificationRequested", "ClarificationLapsed"),
        one_of=("all_criteria_met", "some_criterion_not_met", "some_criterion_undetermined"),
        letters=("clarification_request",),
        asks=True,
    ),
    "clarify": Demand(("ClarificationAnswered",), ("clarification_open",)),
    "determine": _DETERMINE,
    "notify": Demand(("ApplicantNotified",)),
    "appeal": Demand(
        ("AppealLodged", "AppealLodgedLate"),
        one_of=("appeal_window_open", "appeal_window_over"),
        letters=("appeal_receipt", "appeal_inadmissible"),
        optional=True,
    ),
    "settle": Demand(
        ("AppealSettled",),
        one_of=("appeal_is_inadmissible", "appeal_is_dismissed", "appeal_is_upheld"),
        letters=("appeal_inadmissible", "appeal_dismissed", "appeal_upheld"),
        optional=True,
    ),
    "verify": _free("AppealVerified"),
    "finalise": Demand(("DecisionFinalised",), ("appeal_window_over",)),
    "withdraw": Demand(("ProposalWithdrawn",), letters=("withdrawal",)),
    "renounce": Demand(("ProposalRenounced",), ("holds_award_or_place",), letters=("withdrawal",), optional=True),
    "promote": Demand(
        ("ProposalPromoted",),
        (ANOTHER_PERSON, "holds_place"),
        duty=Duty.APPROVES,
        determines=("award", "conditional_award"),
        optional=True,
    ),
    "cancel": Demand(("ProposalVoided",), letters=("call_cancelled",)),
    "declare_void": Demand(("ProposalVoided",), letters=("call_void",)),
}

_OPEN = ("no_disbursement_open",)
_DECIDED = ("disbursement_decision",)

_PROJECT = {
    "sign": Demand(("AgreementSigned",), duty=Duty.PREPARES, letters=("agreement",)),
    "validate": Demand(("LaunchValidated",), ("no_money_moved", *_OPEN), duty=Duty.PREPARES),
    "return_validation": _free("LaunchValidationReturned"),
    "launch": replace(_approves("ProjectLaunched"), letters=("launch_validation",)),
    "record_expenditure": Demand(("ExpenditureRecorded",)),
    "request_disbursement": Demand(("DisbursementRequested",)),
    "disallow": Demand(("CostDisallowed",)),
    "record_return": Demand(("GrantRepaid",)),
    "evaluate": _free("MidTermEvaluated", "FinallyEvaluated"),
    "suspend": _free("ProjectSuspended"),
    "resume": _free("ProjectResumed"),
    "complete": Demand(("ProjectCompleted",), _OPEN),
    "terminate": Demand(("ProjectTerminated",), _OPEN, letters=("termination",)),
    "abandon": Demand(("ProjectAbandoned",), _OPEN, letters=("abandonment",)),
    "close": Demand(("ProjectClosed",), ("nothing_due",), letters=("closure",)),
}

_DISBURSEMENT = {
    "certify": Demand(("DisbursementCertified",), ("project_in_execution", "something_payable"), duty=Duty.PREPARES),
    "return": Demand(("DisbursementReturned",), letters=_DECIDED, optional=True),
    "resubmit": _free("DisbursementResubmitted"),
    "approve": replace(
        _approves("DisbursementApproved", guards=("project_in_execution", "certificate_stands")), letters=_DECIDED
    ),
    "reject": Demand(("DisbursementRejected",), letters=_DECIDED, optional=True),
    "pay": Demand(("DisbursementPaid",), ("project_in_execution", "launch_validated_in_time", "certificate_stands")),
}

_SERVICE_CONTRACT = {
    "approve": replace(_approves("ServiceContractApproved"), optional=True),
    "reject": _free("ServiceContractRejected"),
    "sign": Demand(("ServiceContractSigned",), ("project_in_execution", "within_component_budget")),
    "start": _free("ServiceStarted"),
    "deliver": _free("ServiceDelivered"),
    "accept": Demand(("ServiceAccepted",)),
    "refuse": _free("ServiceRefused"),
    "terminate": Demand(("ServiceContractTerminated",)),
}

_CONFLICT = {
    "mediate": Demand(("GroupConflictMediated",)),
    "escalate": _free("GroupConflictEscalated"),
    "settle": Demand(("GroupConflictSettled",)),
    "leave_unresolved": _free("GroupConflictLeftUnresolved"),
    "propose_departure": Demand(("FirmDepartureProposed",), ("lead_stays",), duty=Duty.PREPARES, optional=True),
    "return_departure": _free("FirmDepartureReturned"),
    "approve_departure": replace(_approves("FirmDepartureApproved"), optional=True),
}
"""A conflict within the group of a project."""

DEMANDS: Mapping[str, Mapping[str, Demand]] = {
    "programme": _PROGRAMME,
    "call": _CALL,
    "proposal_one_stage": _PROPOSAL,
    "proposal_two_stage": {
        **_PROPOSAL,
        "determine": _DETERMINE_IN_TWO_STAGES,
        "lapse": Demand(("InvitationLapsed",), ("deadline_passed",)),
    },
    "project": _PROJECT,
    "disbursement": _DISBURSEMENT,
    "service_contract": _SERVICE_CONTRACT,
    "conflict": _CONFLICT,
}
"""By machine and trigger. ``workflow check`` refuses a machine that does not meet them."""
