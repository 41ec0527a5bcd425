"""A call for proposals as its definition says it: data only, read from ``workflows/calls/*.yaml``.

Every criterion has a code, the clause of the call's terms it comes from and the texts that letters quote. The checks
live beside it: ``eligibility``, ``eligible_costs``, ``counterpart``, ``grant``, ``evaluation``, ``ranking``,
``allocation``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pipgrants.domain.allocation_terms import AllocationTerms
from pipgrants.domain.appeal import FundedFrom
from pipgrants.domain.bounds import (
    Amount,
    Currency,
    Day,
    Decimals,
    Email,
    Minute,
    Points,
    Several,
    Share,
    ShareOfAny,
    Times,
    Words,
    WorkingDays,
)
from pipgrants.domain.evaluator_terms import EvaluatorTerms
from pipgrants.domain.implementation_terms import NOT_GIVEN, ImplementationTerms
from pipgrants.domain.names import require_code, require_prefix, require_slug, require_time_zone
from pipgrants.domain.rubric import Rubric, ScoringTerms
from pipgrants.domain.rules import Rule
from pipgrants.domain.text import Text
from pipgrants.domain.vocabulary import (
    CostCategory,
    EvidenceKind,
    FundingSource,
    Language,
    SizeClass,
    Stage,
    SubsidyType,
)
from pipgrants.errors import MistakenValueError
from pipgrants.money import Rounding
from pipgrants.scalars import NOT_EMPTY

ZERO = Decimal(0)
ONE = Decimal(1)


class Base(StrEnum):
    """What a share is a share of."""

    PROPOSAL = "proposal"
    GRANT = "grant"


class InKindBase(StrEnum):
    """What the in-kind cap is a share of."""

    COUNTERPART = "counterpart"
    TOTAL = "total"


class Undetermined(StrEnum):
    """What becomes of a criterion whose fact is missing."""

    CLARIFY = "clarify"
    CONDITION = "condition"


class Unanswered(StrEnum):
    """What a proposal becomes when a clarification is not answered in time."""

    INELIGIBLE = "ineligible"
    DECIDE_ON_RECORD = "decide_on_record"


class MemberScope(StrEnum):
    """Whose size decides the highest grant share."""

    LEAD = "lead"
    EACH_MEMBER = "each_member"


@dataclass(frozen=True, slots=True)
class Window:
    """When applications are received: local times of the call's zone, exact to the minute; the last minute counts."""

    opens_at: Minute
    closes_at: Minute

    def __post_init__(self) -> None:
        if self.closes_at <= self.opens_at:
            raise ValueError("a window closes after it opens")
        for instant in (self.opens_at, self.closes_at):
            if instant.second or instant.microsecond:
                raise ValueError("a deadline is exact to the minute; leave the seconds out")


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """One eligibility criterion. ``stage`` is the first stage at which it is checked.

    Several may carry out one clause, each with a code, a title and a remedy of its own.
    """

    code: str
    clause: Words
    title: Text
    remedy: Text
    rule: Rule
    in_force_from: date
    stage: Stage = Stage.PROFILE
    if_undetermined: Undetermined = Undetermined.CLARIFY

    def __post_init__(self) -> None:
        require_code(self.code)


@dataclass(frozen=True, slots=True)
class EligibleCosts:
    """The cost categories that the budget of a proposal may hold, whoever pays for them."""

    clause: Words
    categories: tuple[CostCategory, ...]
    in_force_from: Day = date.min
    stage: Stage = Stage.PROFILE

    def __post_init__(self) -> None:
        if not self.categories:
            raise ValueError("eligible costs name at least one category")


@dataclass(frozen=True, slots=True)
class InKindCap:
    """The most of a counterpart that may be in kind."""

    maximum_share: Share
    of: InKindBase = InKindBase.COUNTERPART


@dataclass(frozen=True, slots=True)
class CounterpartRule:
    """What the applicants bring themselves (PIP: typically 50 % of the amount of the proposal).

    ``tolerance_amount`` is inclusive; ``share_decimals`` rounds the share before it is compared, and without it the
    comparison is exact.
    """

    clause: Words
    minimum_share: ShareOfAny
    of: Base = Base.PROPOSAL
    in_kind_cap: InKindCap | None = None
    ineligible_sources: tuple[FundingSource, ...] = ()
    evidence_required: bool = True
    valuation_required: bool = True
    tolerance_amount: Amount = ZERO
    share_decimals: Decimals | None = None
    rounding: Rounding = Rounding.HALF_UP
    in_force_from: Day = date.min
    stage: Stage = Stage.PROFILE

    def __post_init__(self) -> None:
        if self.of is Base.PROPOSAL and self.minimum_share > 1:
            raise MistakenValueError("minimum_share", "a minimum share of the proposal lies between 0 and 1")


@dataclass(frozen=True, slots=True)
class GrantLimits:
    """How much may be granted: in amount, and as a share of the proposal or of each member's costs by size."""

    clause: Words
    minimum_amount: Amount | None = None
    maximum_amount: Amount | None = None
    maximum_share: Share | None = None
    maximum_share_by_size: Mapping[SizeClass, Share] = field(default_factory=dict)
    by_size_of: MemberScope = MemberScope.EACH_MEMBER
    tolerance_amount: Amount = ZERO
    stage: Stage = Stage.PROFILE


@dataclass(frozen=True, slots=True)
class Priority:
    """A characteristic that the call favours: by ``points`` added to the total, or first among equals (points 0)."""

    code: str
    clause: Words
    title: Text
    rule: Rule
    points: Points = ZERO

    def __post_init__(self) -> None:
        require_code(self.code)


@dataclass(frozen=True, slots=True)
class RandomSource:
    """A public source of random numbers, named in the call; its date comes after the scores of its stage are closed."""

    name: Words
    description: Words
    published_on: Day
    numbers_count: Several
    stage: Stage = Stage.PROPOSAL


@dataclass(frozen=True, slots=True)
class RankingRule:
    """Ties are broken in the declared order; what remains tied is drawn (RFC 3797), or kept by proposal number.

    Each stage is drawn from its own sources; a stage without any keeps what remains tied by proposal number.
    ``tie_breaks`` words: ``priority`` (first-among-equals groups), ``criterion:CODE``, ``lower_grant``,
    ``lower_total_cost`` (of the whole project), ``higher_counterpart_share``, ``earlier_receipt``,
    ``territory_not_yet_funded``, ``number``.
    """

    clause: Words
    tie_breaks: tuple[str, ...] = ()
    draw: tuple[RandomSource, ...] = ()

    def of_stage(self, stage: Stage) -> RankingRule:
        """The rule with the sources of one stage."""
        return replace(self, draw=tuple(source for source in self.draw if source.stage is stage))


@dataclass(frozen=True, slots=True)
class ClarificationTerms:
    """How long an applicant has to supply what is missing, and what silence means."""

    clause: Words
    working_days: WorkingDays = 10
    if_unanswered: Unanswered = Unanswered.INELIGIBLE


@dataclass(frozen=True, slots=True)
class AppealTerms:
    """Where and for how long a decision can be appealed, and what money pays where an appeal is upheld.

    ``margin`` is what ``allocation.appeal_margin_amount`` keeps back; where it does not suffice, and with
    ``reserve_list``, the proposal comes first on the reserve list and receives the money that is left.
    """

    clause: Words
    working_days: WorkingDays
    addressee: Text
    funded_from: FundedFrom = FundedFrom.RESERVE_LIST


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom applicants write to; the name is a proper name, or one that each language has its own words for."""

    name: Text | Words
    email: Email
    postal_address: str = ""
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class InvitationTerms:
    """How many profiles are invited to submit a full proposal: a number, or those above a line that money sets.

    The line is a total: profiles with the same total are invited or not together. It is set so that what those invited
    ask for comes as close as possible to ``requests_times_envelope`` times the envelope, and to no less than
    ``requests_times_envelope_minimum`` times it where those that pass every threshold ask for so much (``invitation``).
    """

    clause: Words
    minimum_total: Points | None = None
    maximum_count: Several | None = None
    requests_times_envelope: Times | None = None
    requests_times_envelope_minimum: Times | None = None

    def __post_init__(self) -> None:
        if self.requests_times_envelope is not None and self.maximum_count is not None:
            raise MistakenValueError("maximum_count", "a call invites a number of profiles, or those above a line")
        if self.requests_times_envelope_minimum is not None:
            if self.requests_times_envelope is None:
                raise ValueError("requests_times_envelope_minimum goes with requests_times_envelope")
            if self.requests_times_envelope_minimum > self.requests_times_envelope:
                message = "the least is no more than requests_times_envelope"
                raise MistakenValueError("requests_times_envelope_minimum", message)


@dataclass(frozen=True, slots=True)
class Call:
    """The whole definition of a call. ``number_prefix`` begins the number of each of its proposals.

    ``non_working_days`` are the holidays of every year that the call's dates reach (``consistency``); without any, all
    days but the weekend are working days.
    ``label``, where given, stands above everything that comes from the call. Without ``eligible_costs`` every cost is
    eligible.
    """

    call: str
    number_prefix: str
    programme: str
    title: Text
    purpose: Text
    who_may_apply: Text
    subsidy_type: SubsidyType
    currency: Currency
    envelope_amount: Amount
    time_zone: str
    window: Window
    languages: Annotated[tuple[Language, ...], NOT_EMPTY]
    contact: Contact
    prerequisites: tuple[Prerequisite, ...]
    grant: GrantLimits
    rubric: Rubric
    ranking: RankingRule
    allocation: AllocationTerms
    appeal: AppealTerms
    eligible_costs: EligibleCosts | None = None
    counterpart: CounterpartRule | None = None
    clarification: ClarificationTerms = field(default_factory=lambda: ClarificationTerms(clause="clarification"))
    stages: tuple[Stage, ...] = (Stage.PROPOSAL,)
    second_window: Window | None = None
    invitation: InvitationTerms | None = None
    scoring: ScoringTerms | None = None
    priorities: tuple[Priority, ...] = ()
    required_evidence: tuple[EvidenceKind, ...] = ()
    evaluators: EvaluatorTerms = field(default_factory=EvaluatorTerms)
    implementation: ImplementationTerms = NOT_GIVEN
    weekend: tuple[str, ...] = ("saturday", "sunday")
    non_working_days: tuple[Day, ...] = ()
    modelled_on: str = ""
    label: Text = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_slug("call", self.call)
        require_slug("programme", self.programme)
        require_prefix("number_prefix", self.number_prefix)
        require_time_zone(self.time_zone)
