"""The closed lists of words that definitions, records and entries use (terms of the source papers)."""

from __future__ import annotations

from enum import StrEnum


class Tier(StrEnum):
    """The institutional tiers (PIP, "Institutional implementation plan", tables 2-3 and footnote 10)."""

    MANAGEMENT = "management"
    COORDINATION = "coordination"
    IMPLEMENTATION = "implementation"
    SERVICE_PROVIDER = "service_provider"


class Role(StrEnum):
    """What a person does; a role belongs to one tier, the auditor and the administrator to none."""

    PROGRAMME_MANAGER = "programme_manager"
    COORDINATION_OFFICER = "coordination_officer"
    EVALUATOR = "evaluator"
    IMPLEMENTING_AGENCY = "implementing_agency"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


TIER_OF_ROLE: dict[Role, Tier | None] = {
    Role.PROGRAMME_MANAGER: Tier.MANAGEMENT,
    Role.COORDINATION_OFFICER: Tier.COORDINATION,
    Role.EVALUATOR: Tier.COORDINATION,
    Role.IMPLEMENTING_AGENCY: Tier.IMPLEMENTATION,
    Role.AUDITOR: None,
    Role.ADMINISTRATOR: None,
}


class Language(StrEnum):
    """The languages in which applicants, evaluators and auditors are answered (ISO 639-1)."""

    ENGLISH = "en"
    SPANISH = "es"
    PORTUGUESE = "pt"


class Verdict(StrEnum):
    """Three verdicts, not two: a missing fact neither passes nor fails."""

    MET = "met"
    NOT_MET = "not_met"
    UNDETERMINED = "undetermined"


class ProjectType(StrEnum):
    """The four types of productive integration project (PIP, table 1)."""

    HORIZONTAL_NETWORK = "horizontal_network"
    VERTICAL_NETWORK = "vertical_network"
    CLUSTER = "cluster"
    LOCAL_PRODUCTIVE_ENVIRONMENT = "local_productive_environment"


class Component(StrEnum):
    """The four components that budget lines belong to (PIP, table 2)."""

    COOPERATION = "cooperation"
    MARKETS = "markets"
    TECHNOLOGY_AND_SERVICES = "technology_and_services"
    DISSEMINATION = "dissemination"


class ComponentChange(StrEnum):
    """What launch validation makes of a component (PIP, how objectives maintain their relevance)."""

    KEPT = "kept"
    UPDATED = "updated"
    ABANDONED = "abandoned"
    SCALED_UP = "scaled_up"
    SCALED_DOWN = "scaled_down"
    ADDED = "added"


class MemberType(StrEnum):
    """What kind of entity a member of a consortium is."""

    ENTERPRISE = "enterprise"
    KNOWLEDGE_INSTITUTION = "knowledge_institution"
    PUBLIC_BODY = "public_body"
    ASSOCIATION = "association"
    OTHER = "other"


class PartyKind(StrEnum):
    """What kind of entity a party is that no application brought: one of the tiers, or one that is yet to apply."""

    ENTERPRISE = "enterprise"
    KNOWLEDGE_INSTITUTION = "knowledge_institution"
    PUBLIC_BODY = "public_body"
    ASSOCIATION = "association"
    IMPLEMENTING_AGENCY = "implementing_agency"
    SERVICE_PROVIDER = "service_provider"
    OTHER = "other"


class TieKind(StrEnum):
    """How an evaluator is or was tied to an organisation."""

    EMPLOYER = "employer"
    APPLICANT_GROUP = "applicant_group"
    BOARD = "board"
    PRIOR_GRANT = "prior_grant"
    COMMON_PROJECT = "common_project"


class SizeClass(StrEnum):
    """Size of an enterprise, by the classes that grant limits are set for."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class PriorityGroup(StrEnum):
    """Groups that a call may give priority to or report on (CBL section 4.3)."""

    WOMEN_LED = "women_led"
    INDIGENOUS = "indigenous"
    AFRO_DESCENDANT = "afro_descendant"
    PEOPLE_WITH_DISABILITIES = "people_with_disabilities"
    INFORMAL_WORKERS = "informal_workers"
    YOUTH_LED = "youth_led"


class Engagement(StrEnum):
    """How long somebody belongs to a technical team (PIP, "How to establish the technical team")."""

    PERMANENT = "permanent"
    SHORT_TERM = "short_term"


class SelectionPart(StrEnum):
    """What the firms do in selecting a technical team (PIP, "How to select project personnel")."""

    CRITERIA = "criteria"
    CURRICULA = "curricula"
    INTERVIEWS = "interviews"
    CHOICE = "choice"


class ActivityKind(StrEnum):
    """What is done with the firms of a project; all but a meeting benefit those that take part."""

    MEETING = "meeting"
    MISSION = "mission"
    PILOT = "pilot"
    TRAINING = "training"
    SERVICE_USE = "service_use"


class PeopleGroup(StrEnum):
    """Groups that people who take part are counted by (CBL section 4.3); one person may belong to several."""

    WOMEN = "women"
    INDIGENOUS = "indigenous"
    AFRO_DESCENDANT = "afro_descendant"
    PEOPLE_WITH_DISABILITIES = "people_with_disabilities"
    INFORMAL_WORKERS = "informal_workers"
    YOUNG_PEOPLE = "young_people"


class ContributionForm(StrEnum):
    """Cash and in kind are recorded apart."""

    CASH = "cash"
    IN_KIND = "in_kind"


class FundingSource(StrEnum):
    """Where the money or the goods of a contribution or a budget line come from."""

    GRANT = "grant"
    OWN_FUNDS = "own_funds"
    BANK_LOAN = "bank_loan"
    PRIVATE_DONOR = "private_donor"
    LOCAL_GOVERNMENT = "local_government"
    NATIONAL_GOVERNMENT = "national_government"
    OTHER_PUBLIC_GRANT = "other_public_grant"


class SubsidyType(StrEnum):
    """The forms in which a project is supported; a matching grant is paid against the applicants' counterpart."""

    GRANT = "grant"
    MATCHING_GRANT = "matching_grant"
    VOUCHER = "voucher"
    PREPARATION_SUPPORT = "preparation_support"


class CostCategory(StrEnum):
    """What a budget line pays for."""

    STAFF = "staff"
    CONSULTANCY = "consultancy"
    TRAINING = "training"
    TRAVEL = "travel"
    FEES = "fees"
    JOINT_MISSION = "joint_mission"
    PRE_FEASIBILITY_STUDY = "pre_feasibility_study"
    SAMPLES = "samples"
    EQUIPMENT = "equipment"
    MATERIALS = "materials"
    WORKS = "works"
    ADMINISTRATION = "administration"
    OTHER = "other"


class EvidenceKind(StrEnum):
    """The papers that support an application."""

    COMMITMENT_LETTER = "commitment_letter"
    VALUATION_REPORT = "valuation_report"
    REGISTRATION_CERTIFICATE = "registration_certificate"
    TAX_CERTIFICATE = "tax_certificate"
    FINANCIAL_STATEMENT = "financial_statement"
    CONSORTIUM_AGREEMENT = "consortium_agreement"
    OTHER = "other"


class Horizon(StrEnum):
    """When an objective is due (PIP, box 1)."""

    SHORT_TERM = "short_term"
    LONG_TERM = "long_term"


class Stage(StrEnum):
    """What is being selected: a profile (first of two stages) or a full proposal."""

    PROFILE = "profile"
    PROPOSAL = "proposal"


class Outcome(StrEnum):
    """What a determination says."""

    AWARD = "award"
    CONDITIONAL_AWARD = "conditional_award"
    RESERVE = "reserve"
    DECLINE = "decline"
    INELIGIBLE = "ineligible"
    PROFILE_INVITED = "profile_invited"
    PROFILE_NOT_INVITED = "profile_not_invited"


class LetterKind(StrEnum):
    """The letters that applicants receive, those who took a form, and evaluators."""

    RECEIPT = "receipt"
    LATE = "late"
    INELIGIBLE = "ineligible"
    CLARIFICATION_REQUEST = "clarification_request"
    PROFILE_INVITED = "profile_invited"
    PROFILE_NOT_INVITED = "profile_not_invited"
    AWARD = "award"
    CONDITIONAL_AWARD = "conditional_award"
    RESERVE = "reserve"
    DECLINE = "decline"
    WITHDRAWAL = "withdrawal"
    CORRIGENDUM = "corrigendum"
    CALL_CANCELLED = "call_cancelled"
    CALL_VOID = "call_void"
    APPOINTMENT = "appointment"
    REMINDER = "reminder"
    APPEAL_RECEIPT = "appeal_receipt"
    APPEAL_INADMISSIBLE = "appeal_inadmissible"
    APPEAL_DISMISSED = "appeal_dismissed"
    APPEAL_UPHELD = "appeal_upheld"
    AGREEMENT = "agreement"
    LAUNCH_VALIDATION = "launch_validation"
    DISBURSEMENT_DECISION = "disbursement_decision"
    TERMINATION = "termination"
    ABANDONMENT = "abandonment"
    CLOSURE = "closure"


DECISION_LETTERS = frozenset(
    {
        LetterKind.AWARD,
        LetterKind.CONDITIONAL_AWARD,
        LetterKind.RESERVE,
        LetterKind.DECLINE,
        LetterKind.INELIGIBLE,
        LetterKind.PROFILE_INVITED,
        LetterKind.PROFILE_NOT_INVITED,
    }
)
"""Letters that tell a ratified decision."""

TO_EVALUATORS = frozenset({LetterKind.APPOINTMENT, LetterKind.REMINDER})
"""Letters about what an evaluator is to score."""

APPEALABLE_LETTERS = DECISION_LETTERS | {LetterKind.LATE}
"""Letters that can be appealed against: of the end of a whole call none decides on one application."""


APPEAL_LETTERS = frozenset(
    {
        LetterKind.APPEAL_RECEIPT,
        LetterKind.APPEAL_INADMISSIBLE,
        LetterKind.APPEAL_DISMISSED,
        LetterKind.APPEAL_UPHELD,
    }
)
"""Letters that answer an appeal."""


PROJECT_LETTERS = frozenset(
    {
        LetterKind.AGREEMENT,
        LetterKind.LAUNCH_VALIDATION,
        LetterKind.DISBURSEMENT_DECISION,
        LetterKind.TERMINATION,
        LetterKind.ABANDONMENT,
        LetterKind.CLOSURE,
    }
)
"""Letters about an award that is carried out."""


class LetterStage(StrEnum):
    """How far a letter has come.

    ``approved`` waits for release like ``pending``, and tells a decision that was ratified. A letter is ``sending``
    while nobody can know whether it left; where its sender was stopped then, it is ``in_doubt`` until somebody finds
    out. ``sent`` was accepted by the mail server, or posted; ``delivered`` reached the recipient's server.
    ``superseded`` never left.
    """

    PENDING = "pending"
    APPROVED = "approved"
    RELEASED = "released"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    SUPERSEDED = "superseded"


def stage_when_written(kind: str) -> LetterStage:
    """The stage in which a letter of a kind is put on record."""
    return LetterStage.APPROVED if kind in DECISION_LETTERS else LetterStage.PENDING


class Objective(StrEnum):
    """What a selection makes as great as it can be: the sum of the totals, or of each total times the amount."""

    SUM_OF_SCORES = "sum_of_scores"
    SUM_OF_SCORE_TIMES_AMOUNT = "sum_of_score_times_amount"


class ConflictCause(StrEnum):
    """Why the group of a project is in conflict (PIP, "How to establish the technical team")."""

    UNFORESEEN_DIFFICULTY = "unforeseen_difficulty"
    NON_COMPLIANCE = "non_compliance"
    CHANGED_EXPECTATIONS = "changed_expectations"
    DIFFERING_INTERPRETATIONS = "differing_interpretations"
    OTHER = "other"


class ConflictConsequence(StrEnum):
    """What the end of a conflict within the group means for its project."""

    GOES_ON = "goes_on"
    PLAN_CHANGES = "plan_changes"
    SUSPENSION = "suspension"
    TERMINATION = "termination"
