"""What a call says of the time after the award: launch validation, budget lines, and the pace of the counterpart."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from pipgrants.domain.bounds import Months, Share, Words

ZERO = Decimal(0)


class BehindPace(StrEnum):
    """What becomes of a tranche while the counterpart realised is behind the grant paid."""

    HOLD = "hold"
    REDUCE = "reduce"


@dataclass(frozen=True, slots=True)
class ImplementationTerms:
    """How projects are carried out.

    A launch validation is mandatory where more than ``launch_validation_months`` lie between the design of a project
    and its first disbursement (PIP, "How to ensure that PIP objectives maintain their relevance": "twelve months and
    more"). Of the grant, a budget line may be exceeded by ``line_flexibility_share`` of itself, the award never.
    """

    clause: Words
    launch_validation_months: Months = 12
    line_flexibility_share: Share = ZERO
    counterpart_behind_pace: BehindPace = BehindPace.HOLD


NOT_GIVEN = ImplementationTerms(clause="implementation")
"""What holds where a call says nothing of its projects."""
