"""What a call says of how its envelope is spent: the rule, its quotas, partial funding, ties, and the reserve list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from pipgrants.domain.bounds import Amount, Count, Day, Points, Several, Share, Words
from pipgrants.domain.names import require_code
from pipgrants.domain.rules import Rule
from pipgrants.domain.text import Text
from pipgrants.domain.vocabulary import Objective
from pipgrants.errors import MistakenValueError

ZERO = Decimal(0)


class AllocationRule(StrEnum):
    """How ranked proposals receive the money of the envelope."""

    RANK_AND_CUT = "rank_and_cut"
    STOP_AT_FIRST = "stop_at_first"
    SKIP_AND_FILL = "skip_and_fill"
    MINIMUM_SCORE_THEN_FILL = "minimum_score_then_fill"
    FUND_NEXT_IF_REST_COVERS = "fund_next_if_rest_covers"
    OPTIMISE = "optimise"


ENDING = frozenset({AllocationRule.RANK_AND_CUT, AllocationRule.STOP_AT_FIRST, AllocationRule.FUND_NEXT_IF_REST_COVERS})
"""The rules by which funding ends at the first proposal that the money left does not cover."""


class PartialRule(StrEnum):
    """Who receives less than they asked for, where the money does not cover all."""

    PRO_RATA = "pro_rata"
    CONSTRAINED_EQUAL = "constrained_equal"
    LAST_ONLY = "last_only"


class TiesAtLine(StrEnum):
    """What becomes of proposals that every declared tie-break leaves together, where money or places run out."""

    STRICT_ORDER = "strict_order"
    FUND_ALL_IF_MONEY_ALLOWS = "fund_all_if_money_allows"
    FUND_NONE = "fund_none"


class EnvelopeKind(StrEnum):
    """What an envelope within the call's says of the money for a group."""

    CAP = "cap"
    FLOOR = "floor"
    EARMARK = "earmark"


@dataclass(frozen=True, slots=True)
class PartialFunding:
    """Partial funding above a minimum viable grant, which is an amount or a share of what was asked for.

    Whoever asks for less than the minimum amount receives all of it or nothing.
    """

    rule: PartialRule
    minimum_amount: Amount | None = None
    minimum_share: Share | None = None

    def __post_init__(self) -> None:
        if (self.minimum_amount is None) == (self.minimum_share is None):
            raise ValueError("partial funding has a minimum viable grant: give minimum_amount or minimum_share")
        if not (self.minimum_amount or self.minimum_share):
            raise ValueError("a minimum viable grant is above zero")


@dataclass(frozen=True, slots=True)
class SubEnvelope:
    """Money for a group within the call's envelope; ``rule`` says who belongs to the group.

    ``cap``: the group never receives more. ``earmark``: money that only the group receives, spent on it before any
    other. ``floor``: money kept for the group until it has received as much, from whatever envelope. Those of an
    envelope that lies ``within`` another belong to both. What an earmark leaves goes ``leftovers_to`` another earmark,
    or to the envelope it lies within. Both keys name envelopes listed before.
    """

    code: str
    clause: Words
    title: Text
    kind: EnvelopeKind
    amount: Amount
    rule: Rule
    within: str | None = None
    leftovers_to: str | None = None

    def __post_init__(self) -> None:
        require_code(self.code)
        if self.leftovers_to is not None and self.kind is not EnvelopeKind.EARMARK:
            raise MistakenValueError("leftovers_to", "only an earmark leaves money to another; leave out leftovers_to")


@dataclass(frozen=True, slots=True)
class AllocationTerms:
    """How the envelope is spent and how many are kept in reserve, until ``reserve_expires_on`` where a day is named.

    ``maximum_awards`` belongs to rank_and_cut, ``minimum_score`` to minimum_score_then_fill, ``minimum_rest_share`` to
    fund_next_if_rest_covers. ``objective`` belongs to optimise: it is what the awards make as great as it can be;
    ``largest_gap_share`` how much greater another selection may be, as a share of what none exceeds, where the greatest
    is not proved. ``appeal_margin_amount`` is kept back from the envelope for appeals that are upheld.
    ``maximum_awards_per_locality`` belongs to calls that support preparation: the awards that the programme's support
    calls make for one territory code, those made earlier counted. With ``robustness_in_letters`` the letters say how
    far a proposal stands from the line, and under which share of admissible weights it would be funded.
    """

    clause: Words
    rule: AllocationRule
    minimum_score: Points | None = None
    maximum_awards: Several | None = None
    reserve_count: Count = 0
    minimum_rest_share: Share | None = None
    objective: Objective | None = None
    largest_gap_share: Share = ZERO
    partial: PartialFunding | None = None
    ties_at_line: TiesAtLine = TiesAtLine.STRICT_ORDER
    envelopes: tuple[SubEnvelope, ...] = ()
    one_award_per_applicant: bool = False
    maximum_awards_per_locality: Several | None = None
    appeal_margin_amount: Amount = ZERO
    reserve_expires_on: Day | None = None
    robustness_in_letters: bool = False

    def __post_init__(self) -> None:
        if (self.rule is AllocationRule.RANK_AND_CUT) != (self.maximum_awards is not None):
            raise ValueError("maximum_awards goes with rank_and_cut, and only with it")
        if (self.rule is AllocationRule.MINIMUM_SCORE_THEN_FILL) != (self.minimum_score is not None):
            raise ValueError("minimum_score goes with minimum_score_then_fill, and only with it")
        if (self.rule is AllocationRule.FUND_NEXT_IF_REST_COVERS) != (self.minimum_rest_share is not None):
            raise ValueError("minimum_rest_share goes with fund_next_if_rest_covers, and only with it")
        if (self.rule is AllocationRule.OPTIMISE) != (self.objective is not None):
            raise ValueError("objective goes with optimise, and only with it")
        if self.largest_gap_share and self.objective is None:
            raise MistakenValueError("largest_gap_share", "only optimise leaves a gap; leave out largest_gap_share")

    @property
    def plain(self) -> AllocationTerms:
        """The terms by the rule that stands beside an announced objective: skip_and_fill. Others are their own."""
        if self.rule is not AllocationRule.OPTIMISE:
            return self
        return replace(self, rule=AllocationRule.SKIP_AND_FILL, objective=None, largest_gap_share=ZERO)

    @property
    def in_full(self) -> AllocationTerms:
        """The same terms where nobody is funded in part."""
        ends = self.rule is AllocationRule.FUND_NEXT_IF_REST_COVERS
        rule = AllocationRule.STOP_AT_FIRST if ends else self.rule
        return replace(self, rule=rule, minimum_rest_share=None, partial=None)

    @property
    def shares_money(self) -> bool:
        """Whether everybody funded shares the money, instead of receiving it one after the other."""
        return self.partial is not None and self.partial.rule is not PartialRule.LAST_ONLY
