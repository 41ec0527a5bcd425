"""A call for proposals as its definition says it: data only, read from ``workflows/calls/*.yaml``.

Every criterion has a code, the clause of the call's terms it comes from and the texts that letters quote. The checks
live beside it: ``eligibility``, ``eligible_costs``, ``counterpart``, ``grant``, ``evaluation``, ``ranking``,
``allocation``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, Inexact
from enum import StrEnum

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
from pipgrants.money import EXACT, Rounding

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

    opens_at: datetime
    closes_at: datetime

    def __post_init__(self) -> None:
        if self.closes_at <= self.opens_at:
            raise ValueError("a window closes after it opens")
        for instant in (self.opens_at, self.closes_at):
            if instant.second or instant.microsecond:
                raise ValueError("a deadline is exact to the minute; leave the seconds out")


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """One eligibility criterion. ``stage`` is the first stage at which it is checked."""

    code: str
    clause: str
    title: Text
    remedy: Text
    rule: Rule
    in_force_from: date
    stage: Stage = Stage.PROFILE
    if_undetermined: Undetermined = Undetermined.CLARIFY
    line: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        require_code(self.code)


@dataclass(frozen=True, slots=True)
class EligibleCosts:
    """The cost categories that the budget of a proposal may hold, whoever pays for them."""

    clause: str
    categories: tuple[CostCategory, ...]
    in_force_from: date = date.min
    stage: Stage = Stage.PROFILE

    def __post_init__(self) -> None:
        if not self.categories:
            raise ValueError("eligible costs name at least one category")


@dataclass(frozen=True, slots=True)
class InKindCap:
    """The most of a counterpart that may be in kind."""

    maximum_share: Decimal
    of: InKindBase = InKindBase.COUNTERPART

    def __post_init__(self) -> None:
        if not ZERO <= self.maximum_share <= ONE:
            raise ValueError("a share lies between 0 and 1")


@dataclass(frozen=True, slots=True)
class CounterpartRule:
    """What the applicants bring themselves (PIP: typically 50 % of the amount of the proposal).

    ``tolerance_amount`` is inclusive; ``share_decimals`` rounds the share before it is compared, and without it the
    comparison is exact.
    """

    clause: str
    minimum_share: Decimal
    of: Base = Base.PROPOSAL
    in_kind_cap: InKindCap | None = None
    ineligible_sources: tuple[FundingSource, ...] = ()
    evidence_required: bool = True
    valuation_required: bool = True
    tolerance_amount: Decimal = ZERO
    share_decimals: int | None = None
    rounding: Rounding = Rounding.HALF_UP
    in_force_from: date = date.min
    stage: Stage = Stage.PROFILE

    def __post_init__(self) -> None:
        if self.minimum_share < 0 or (self.of is Base.PROPOSAL and self.minimum_share > 1):
            raise ValueError("a minimum share of the proposal lies between 0 and 1")
        if self.tolerance_amount < 0:
            raise ValueError("a tolerance is not negative")


@dataclass(frozen=True, slots=True)
class GrantLimits:
    """How much may be granted: in amount, and as a share of the proposal or of each member's costs by size."""

    clause: str
    minimum_amount: Decimal | None = None
    maximum_amount: Decimal | None = None
    maximum_share: Decimal | None = None
    maximum_share_by_size: Mapping[SizeClass, Decimal] = field(default_factory=dict)
    by_size_of: MemberScope = MemberScope.EACH_MEMBER
    tolerance_amount: Decimal = ZERO
    stage: Stage = Stage.PROFILE


@dataclass(frozen=True, slots=True)
class Scale:
    """The marks an evaluator may give, none below zero, with an anchor in words for each mark named."""

    minimum: Decimal
    maximum: Decimal
    step: Decimal
    anchors: Mapping[str, Text]

    def __post_init__(self) -> None:
        if self.step <= 0 or self.maximum <= self.minimum:
            raise ValueError("a scale rises from its minimum to its maximum in positive steps")
        if self.minimum < 0:
            raise ValueError("a scale begins at zero or above")
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
    heading: str
    title: Text
    weight: Decimal
    minimum: Decimal | None = None
    strict: bool = False
    stages: tuple[Stage, ...] = (Stage.PROFILE, Stage.PROPOSAL)
    scale: Scale | None = None

    def __post_init__(self) -> None:
        require_code(self.code)
        if self.weight <= 0:
            raise ValueError("a weight is positive")


@dataclass(frozen=True, slots=True)
class Rubric:
    """How proposals are scored: the total is the sum over the criteria of weight times combined mark.

    The combined mark of a criterion is the mean or median of its evaluators' marks. The total is computed from the
    exact combined marks and rounded once, half up, to ``decimals``; so are the combined marks where they are shown. A
    criterion's ``minimum`` is compared with its exact combined mark, ``minimum_total`` with the rounded total. "Not
    applicable" is never zero: the total of the other criteria is scaled up to what all of them could reach.
    """

    clause: str
    scale: Scale
    criteria: tuple[Criterion, ...]
    combination: Combination = Combination.MEAN
    decimals: int = 4
    minimum_total: Decimal | None = None
    minimum_total_strict: bool = False
    evaluators_count: int = 3


@dataclass(frozen=True, slots=True)
class Priority:
    """A characteristic that the call favours: by ``points`` added to the total, or first among equals (points 0)."""

    code: str
    clause: str
    title: Text
    rule: Rule
    points: Decimal = ZERO

    def __post_init__(self) -> None:
        require_code(self.code)


@dataclass(frozen=True, slots=True)
class RandomSource:
    """A public source of random numbers, named in the call; its date comes after the scores of its stage are closed."""

    name: str
    description: str
    published_on: date
    numbers_count: int
    stage: Stage = Stage.PROPOSAL


@dataclass(frozen=True, slots=True)
class RankingRule:
    """Ties are broken in the declared order; what remains tied is drawn (RFC 3797), or kept by proposal number.

    Each stage is drawn from its own sources; a stage without any keeps what remains tied by proposal number.
    ``tie_breaks`` words: ``priority`` (first-among-equals groups), ``criterion:CODE``, ``lower_grant``,
    ``higher_counterpart_share``, ``earlier_receipt``, ``number``.
    """

    clause: str
    tie_breaks: tuple[str, ...] = ()
    draw: tuple[RandomSource, ...] = ()

    def of_stage(self, stage: Stage) -> RankingRule:
        """The rule with the sources of one stage."""
        return replace(self, draw=tuple(source for source in self.draw if source.stage is stage))


@dataclass(frozen=True, slots=True)
class AllocationTerms:
    """How the envelope is spent and how many are kept in reserve. ``maximum_awards`` belongs to rank_and_cut."""

    clause: str
    rule: AllocationRule
    minimum_score: Decimal | None = None
    maximum_awards: int | None = None
    reserve_count: int = 0

    def __post_init__(self) -> None:
        if (self.rule is AllocationRule.RANK_AND_CUT) != (self.maximum_awards is not None):
            raise ValueError("maximum_awards goes with rank_and_cut, and only with it")
        if (self.rule is AllocationRule.MINIMUM_SCORE_THEN_FILL) != (self.minimum_score is not None):
            raise ValueError("minimum_score goes with minimum_score_then_fill, and only with it")


@dataclass(frozen=True, slots=True)
class ClarificationTerms:
    """How long an applicant has to supply what is missing, and what silence means."""

    clause: str
    working_days: int = 10
    if_unanswered: Unanswered = Unanswered.INELIGIBLE


@dataclass(frozen=True, slots=True)
class AppealTerms:
    """Where and for how long a decision can be appealed."""

    clause: str
    working_days: int
    addressee: Text


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom applicants write to; the name is a proper name, or one that each language has its own words for."""

    name: Text | str
    email: str
    postal_address: str = ""
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class InvitationTerms:
    """How many profiles are invited to submit a full proposal."""

    clause: str
    minimum_total: Decimal | None = None
    maximum_count: int | None = None


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
    currency: str
    envelope_amount: Decimal
    time_zone: str
    window: Window
    languages: tuple[Language, ...]
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
    weekend: tuple[str, ...] = ("saturday", "sunday")
    non_working_days: tuple[date, ...] = ()
    modelled_on: str = ""
    label: Text = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_slug("call", self.call)
        require_slug("programme", self.programme)
        require_prefix("number_prefix", self.number_prefix)
        require_time_zone(self.time_zone)
