"""Duties that one person does not combine, and acts that set aside what was on record: both as the entries tell them.

Duties are separated as the tiers are (PIP, "Institutional implementation plan"): who prepares a decision does not
approve it. A deed is that of whoever acted and of whoever they acted for, so that a delegate is not another person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple


class Duty(StrEnum):
    """What a person does for a proposal, for the package that decides it, or for the whole call.

    Who organises the evaluation chooses evaluators, records their consensus, closes the scores or ranks.
    """

    SCORES = "scores"
    SCREENS = "screens"
    ORGANISES = "organises"
    PREPARES = "prepares"
    APPROVES = "approves"
    HEARS_APPEAL = "hears_appeal"


INCOMPATIBLE = (
    (Duty.SCORES, Duty.PREPARES),
    (Duty.SCORES, Duty.APPROVES),
    (Duty.PREPARES, Duty.APPROVES),
    (Duty.SCORES, Duty.HEARS_APPEAL),
    (Duty.SCREENS, Duty.HEARS_APPEAL),
    (Duty.ORGANISES, Duty.HEARS_APPEAL),
    (Duty.PREPARES, Duty.HEARS_APPEAL),
    (Duty.APPROVES, Duty.HEARS_APPEAL),
)
"""Pairs of duties that no two deeds of the same person have for the same proposal or package."""

DUTY_OF_ACT = {
    "ProposalScored": Duty.SCORES,
    "ProposalScreened": Duty.SCREENS,
    "ClarificationRequested": Duty.SCREENS,
    "ClarificationLapsed": Duty.SCREENS,
    "EvidenceSettled": Duty.SCREENS,
    "AssignmentMade": Duty.ORGANISES,
    "EvaluatorAssigned": Duty.ORGANISES,
    "EvaluatorReassigned": Duty.ORGANISES,
    "ConsensusRecorded": Duty.ORGANISES,
    "ScoresClosed": Duty.ORGANISES,
    "DrawEntered": Duty.ORGANISES,
    "ProposalsRanked": Duty.ORGANISES,
    "PackagePrepared": Duty.PREPARES,
    "ProgrammeActivated": Duty.APPROVES,
    "ProgrammeRevised": Duty.APPROVES,
    "CallAuthorised": Duty.APPROVES,
    "CallAmended": Duty.APPROVES,
    "CallExtended": Duty.APPROVES,
    "CallReworded": Duty.APPROVES,
    "InvitationsRatified": Duty.APPROVES,
    "AllocationRatified": Duty.APPROVES,
    "PromotionRatified": Duty.APPROVES,
    "AppealsRatified": Duty.APPROVES,
    "ProposalDetermined": Duty.APPROVES,
    "ProposalPromoted": Duty.APPROVES,
    "AppealSettled": Duty.HEARS_APPEAL,
    "AppealVerified": Duty.SCREENS,
    "AgreementSigned": Duty.PREPARES,
    "LaunchValidated": Duty.PREPARES,
    "ProjectLaunched": Duty.APPROVES,
    "DisbursementCertified": Duty.PREPARES,
    "DisbursementApproved": Duty.APPROVES,
    "ServiceContractSelected": Duty.PREPARES,
    "ServiceContractApproved": Duty.APPROVES,
    "FirmDepartureProposed": Duty.PREPARES,
    "FirmDepartureApproved": Duty.APPROVES,
}

OVERRIDES: Mapping[str, str | None] = {
    "ActivityVoided": None,
    "AppealSettled": None,
    "BaselineVerified": "replaced",
    "CallAmended": None,
    "CallCancelled": None,
    "CallDeclaredVoid": None,
    "CallExtended": None,
    "CallReworded": None,
    "ConflictDeclared": "late",
    "ConsensusRecorded": "replaced",
    "CostDisallowed": None,
    "DelegationEnded": None,
    "DisbursementRejected": None,
    "DisbursementReturned": None,
    "EvaluatorReassigned": None,
    "EvaluatorRecused": "late",
    "EvaluatorRedacted": None,
    "EvidenceSettled": None,
    "FirmConsentWithdrawn": None,
    "FrameworkRecorded": "replaced",
    "KeyRevoked": None,
    "LaunchValidationReturned": None,
    "LetterCorrected": None,
    "LetterResolved": None,
    "MonitoringRecorded": "replaced",
    "PackageReturned": None,
    "PartyCorrected": None,
    "PartyMerged": None,
    "PartyRedacted": None,
    "PartySeparated": None,
    "PaymentRedacted": None,
    "ProgrammeSuspended": None,
    "ProjectAbandoned": None,
    "ProjectSuspended": None,
    "ProjectTerminated": None,
    "ProposalScored": "replaced",
    "RoleRevoked": None,
    "ServiceContractRejected": None,
    "ServiceContractTerminated": None,
    "ServiceRefused": None,
    "TeamMemberLeft": "early",
    "TeamMemberRedacted": None,
}
"""Acts that set aside what was on record or laid down before, and need a reason.

Where an input is named, the act is one only if its entry holds that input: marks or a consensus
that took the place of others, a conflict of interest declared after the marks were given, a member of a technical
team who left before the time agreed on.
"""


class Part(NamedTuple):
    """A duty, and who has it."""

    duty: Duty
    people: frozenset[str]


def people_of(entry: Mapping[str, Any]) -> frozenset[str]:
    """Whose deed an entry is: marks are the evaluator's, whoever typed them; all else is of who acted, and for whom."""
    if entry["act"] == "ProposalScored":
        return frozenset({entry["inputs"]["evaluator"]})
    return frozenset({entry["actor"], entry.get("on_behalf_of", entry["actor"])})


def part_of(entry: Mapping[str, Any]) -> Part | None:
    """The part that an entry shows, None where it shows none."""
    duty = DUTY_OF_ACT.get(entry["act"])
    return None if duty is None else Part(duty, people_of(entry))


def incompatible_with(duty: Duty) -> frozenset[Duty]:
    """The duties that nobody combines with one."""
    return frozenset(other for pair in INCOMPATIBLE if duty in pair for other in pair if other is not duty)


def conflicts(part: Part, others: Iterable[Part]) -> list[Part]:
    """The other parts in the same proposal or package that somebody has who may not have this one, too."""
    forbidden = incompatible_with(part.duty)
    return [other for other in others if other.duty in forbidden and not other.people.isdisjoint(part.people)]


def is_override(act: str, inputs: Mapping[str, Any]) -> bool:
    """Whether an act sets aside what was on record or laid down before."""
    if act not in OVERRIDES:
        return False
    named = OVERRIDES[act]
    return named is None or bool(inputs.get(named))
