"""Appeals: how they stand, what is ruled, and what they can come to.

1. What is verified or scored again gives the proposal a new place; the totals of all others stay, and so does the
   ranking that was published.
2. Where the rule of the call would fund it in that place, the allocation runs again with every award frozen and the
   proposal first on the reserve list. It asks all that the round asks: envelopes, awards of the same applicant, rivals,
   places, localities. The margin kept for appeals pays where the call says so and the margin covers it, else the money
   that is left. Where neither does, or an award that stands excludes it, it comes first on the reserve list.
3. No award is taken away or made smaller, and nobody is worse off for having appealed: a decision no better than the
   one contested leaves that one as it was. An award that would be larger is made so where the difference is covered.
"""

from __future__ import annotations

from enum import StrEnum

from pipgrants.domain.vocabulary import Outcome

FUNDED_FROM_MARGIN = "appeal.funded_from_margin"
"""The reason of an award that the margin kept for appeals pays."""

LARGER_NOT_COVERED = "appeal.larger_award_not_covered"
"""The reason of an award in part that stays so after an appeal: the difference is not covered."""


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


_ORDER = (
    (Outcome.INELIGIBLE, Outcome.PROFILE_NOT_INVITED),
    (Outcome.DECLINE,),
    (Outcome.RESERVE,),
    (Outcome.CONDITIONAL_AWARD,),
    (Outcome.AWARD, Outcome.PROFILE_INVITED),
)
"""Outcomes from the worst to the best."""


def is_better(outcome: str, former: str | None) -> bool:
    """Whether an outcome is better for the applicant than the one contested, None where nothing was decided yet."""
    return former is None or _value(outcome) > _value(former)


def _value(outcome: str) -> int:
    return next(value for value, outcomes in enumerate(_ORDER) if outcome in outcomes)


def stage_of_appeal(number: int) -> str:
    """The stage under which the marks given on an appeal stand, apart from those of the round."""
    return f"appeal-{number}"
