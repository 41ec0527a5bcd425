"""Appeals: how they stand, what is ruled, and what pays for one that is upheld.

1. What is verified or scored again gives the proposal a new place; the totals of all others stay, and so does the
   ranking that was published.
2. Where the rule of the call would fund it in that place, it is paid from the margin kept for appeals, if the call says
   so and the margin suffices; else from the money that is left. Where neither suffices it comes first on the reserve
   list.
3. No award is taken away, and nobody is worse off for having appealed: a decision no better than the one contested
   leaves that one as it was.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from pipgrants.domain.vocabulary import Outcome
from pipgrants.money import EXACT


class Ruling(StrEnum):
    """What is ruled on an appeal: it is not heard at all, or it is heard and dismissed or upheld."""

    INADMISSIBLE = "inadmissible"
    DISMISSED = "dismissed"
    UPHELD = "upheld"


class Remedy(StrEnum):
    """What is done where an appeal is upheld: the prerequisites are verified again, or the proposal is scored again."""

    REVERIFY = "reverify"
    RESCORE = "rescore"


class AppealStanding(StrEnum):
    """How far an appeal has come; one that was upheld is ``decided`` once management ratified the new decision."""

    LODGED = "lodged"
    INADMISSIBLE = "inadmissible"
    DISMISSED = "dismissed"
    UPHELD = "upheld"
    DECIDED = "decided"


OPEN_STANDINGS = (AppealStanding.LODGED, AppealStanding.UPHELD)
"""An appeal is open until it is ruled on and, where it was upheld, decided anew."""


class FundedFrom(StrEnum):
    """What money a call pays upheld appeals from: the margin kept for them, or only what the reserve list waits for."""

    MARGIN = "margin"
    RESERVE_LIST = "reserve_list"


class Source(StrEnum):
    """What money paid an award on appeal."""

    MARGIN = "margin"
    MONEY_LEFT = "money_left"


class Purse(NamedTuple):
    """The money that appeals can be paid from: what is left of the margin, and of the rest of the envelope."""

    margin: Decimal
    left: Decimal

    def source(self, amount: Decimal, terms: FundedFrom) -> Source | None:
        """What pays an amount, None where nothing suffices."""
        if terms is FundedFrom.MARGIN and amount <= self.margin:
            return Source.MARGIN
        return Source.MONEY_LEFT if amount <= self.left else None

    def without(self, amount: Decimal, source: Source) -> Purse:
        """What is left once an amount was paid."""
        if source is Source.MARGIN:
            return self._replace(margin=EXACT.subtract(self.margin, amount))
        return self._replace(left=EXACT.subtract(self.left, amount))


_ORDER = (
    (Outcome.INELIGIBLE, Outcome.PROFILE_NOT_INVITED),
    (Outcome.DECLINE,),
    (Outcome.RESERVE,),
    (Outcome.CONDITIONAL_AWARD,),
    (Outcome.AWARD, Outcome.PROFILE_INVITED),
)
"""Outcomes from the worst to the best."""


def is_better(outcome: str, former: str | None) -> bool:
    """Whether a decision is better for the applicant than the one contested, None where nothing was decided yet."""
    return former is None or _value(outcome) > _value(former)


def _value(outcome: str) -> int:
    return next(value for value, outcomes in enumerate(_ORDER) if outcome in outcomes)


def stage_of_appeal(number: int) -> str:
    """The stage under which the marks given on an appeal stand, apart from those of the round."""
    return f"appeal-{number}"
