"""A call for proposals as its definition says it: data only, read from ``workflows/calls/*.yaml``.

Every criterion has a code, the clause of the call's terms it comes from and the texts that letters quote. The checks
live beside it: ``eligibility``, ``eligible_costs``, ``counterpart``, ``grant``, ``evaluation``, ``ranking``,
``allocation``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, Inexact
from enum import StrEnum
from typing import Annotated

from pipgrants.domain.bounds import (
    Amount,
    Count,
    Currency,
    Day,
    Decimals,
    Email,
    Evaluators,
    Minute,
    Points,
    Several,
    Share,
    ShareOfAny,
    Words,
    WorkingDays,
)
from pipgrants.domain.evaluator_terms import EvaluatorTerms
from pipgrants.domain.names import require_code, require_prefix, require_slug, require_time_zone
from pipgrants.domain.rules import Rule
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
from pipgrants.money import EXACT, Rounding
from pipgrants.scalars import NOT_EMPTY

Text = Mapping[str, str]
"""The same text by language code; a call gives every text in all of its languages."""


def in_language(text: Text | str, language: str) -> str:
    """A text in a language, or in the first language that it has; a proper name is the same in every one."""
    return text if isinstance(text, str) else text.get(language) or next(iter(text.values()), "")


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


class Combination(StrEnum):
    """How the scores of several evaluators become one."""

    MEAN = "mean"
    MEDIAN = "median"


class AllocationRule(StrEnum):
    """How ranked proposals receive the money of the envelope."""

    RANK_AND_CUT = "rank_and_cut"
    STOP_AT_FIRST = "stop_at_first"
    SKIP_AND_FILL = "skip_and_fill"
    MINIMUM_SCORE_THEN_FILL = "minimum_score_then_fill"


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
class Scale:
    """The marks an evaluator may give, none below zero, with an anchor in words for each mark named."""

    minimum: Points
    maximum: Points
    step: Points
    anchors: Mapping[str, Text]

    def __post_init__(self) -> None:
        if self.step <= 0 or self.maximum <= self.minimum:
            raise ValueError("a scale rises from its minimum to its maximum in positive steps")
        if not self._lies_on_a_step(self.maximum):
            raise ValueError("the maximum lies a whole number of steps above the minimum")

    def allows(self, mark: Decimal) -> bool:
        """Whether a mark lies on the scale."""
        return self.minimum <= mark <= self.maximum and self._lies_on_a_step(mark)

    def _lies_on_a_step(self, mark: Decimal) -> bool:
        try:
            return not EXACT.remainder(EXACT.subtract(mark, self.minimum), self.step)
        except Inexact:
            return False


@dataclass(frozen=True, slots=True)
class Criterion:
    """One heading of the rubric; ``strict`` thresholds must be exceeded, others reached."""

    code: str
    heading: Words
    title: Text
    weight: Points
    minimum: Points | None = None
    strict: bool = False
    stages: tuple[Stage, ...] = (Stage.PROFILE, Stage.PROPOSAL)
    scale: Scale | None = None

    def __post_init__(self) -> None:
        require_code(self.code)
        if self.weight <= 0:
            raise MistakenValueError("weight", "a weight is above zero")


@dataclass(frozen=True, slots=True)
class Rubric:
    """How proposals are scored: the total is the sum over the criteria of weight times combined mark.

    The combined mark of a criterion is the mean or median of its evaluators' marks. The total is computed from the
    exact combined marks and rounded once, half up, to ``decimals``; so are the combined marks where they are shown. A
    criterion's ``minimum`` is compared with its exact combined mark, ``minimum_total`` with the rounded total. "Not
    applicable" is never zero: the total of the other criteria is scaled up to what all of them could reach.
    """

    clause: Words
    scale: Scale
    criteria: tuple[Criterion, ...]
    combination: Combination = Combination.MEAN
    decimals: Decimals = 4
    minimum_total: Points | None = None
    minimum_total_strict: bool = False
    evaluators_count: Evaluators = 3


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
    ``higher_counterpart_share``, ``earlier_receipt``, ``number``.
    """

    clause: Words
    tie_breaks: tuple[str, ...] = ()
    draw: tuple[RandomSource, ...] = ()

    def of_stage(self, stage: Stage) -> RankingRule:
        """The rule with the sources of one stage."""
        return replace(self, draw=tuple(source for source in self.draw if source.stage is stage))


@dataclass(frozen=True, slots=True)
class AllocationTerms:
    """How the envelope is spent and how many are kept in reserve. ``maximum_awards`` belongs to rank_and_cut."""

    clause: Words
    rule: AllocationRule
    minimum_score: Points | None = None
    maximum_awards: Several | None = None
    reserve_count: Count = 0

    def __post_init__(self) -> None:
        if (self.rule is AllocationRule.RANK_AND_CUT) != (self.maximum_awards is not None):
            raise ValueError("maximum_awards goes with rank_and_cut, and only with it")
        if (self.rule is AllocationRule.MINIMUM_SCORE_THEN_FILL) != (self.minimum_score is not None):
            raise ValueError("minimum_score goes with minimum_score_then_fill, and only with it")


@dataclass(frozen=True, slots=True)
class ClarificationTerms:
    """How long an applicant has to supply what is missing, and what silence means."""

    clause: Words
    working_days: WorkingDays = 10
    if_unanswered: Unanswered = Unanswered.INELIGIBLE


@dataclass(frozen=True, slots=True)
class AppealTerms:
    """Where and for how long a decision can be appealed."""

    clause: Words
    working_days: WorkingDays
    addressee: Text


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom applicants write to; the name is a proper name, or one that each language has its own words for."""

    name: Text | Words
    email: Email
    postal_address: str = ""
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class InvitationTerms:
    """How many profiles are invited to submit a full proposal."""

    clause: Words
    minimum_total: Points | None = None
    maximum_count: Several | None = None


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
    priorities: tuple[Priority, ...] = ()
    required_evidence: tuple[EvidenceKind, ...] = ()
    evaluators: EvaluatorTerms = field(default_factory=EvaluatorTerms)
    weekend: tuple[str, ...] = ("saturday", "sunday")
    non_working_days: tuple[Day, ...] = ()
    modelled_on: str = ""
    label: Text = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_slug("call", self.call)
        require_slug("programme", self.programme)
        require_prefix("number_prefix", self.number_prefix)
        require_time_zone(self.time_zone)
