"""How far proposals stand from the line between those funded and the others, and which rules draw it otherwise.

The points from the line are how much a proposal that is funded stands above the first below it that is not, or, below
zero, how much one that is not lacks to the last above it that is. Who cannot be funded whatever the money, for a
threshold or the minimum score, stands nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from pipgrants.domain.allocation_terms import AllocationRule, TiesAtLine
from pipgrants.domain.call import Call
from pipgrants.domain.ranking import TERRITORY_NOT_YET_FUNDED
from pipgrants.money import EXACT


class RankedPlace(NamedTuple):
    """A place of a ranking: its total, whether it is funded, and whether it can be."""

    total: Decimal
    is_funded: bool
    can_be_funded: bool


def points_from_line(places: Sequence[RankedPlace]) -> list[Decimal | None]:
    """The points of each place, in rank order; None where there is nobody on the other side, or it stands nowhere."""
    points: list[Decimal | None] = [None] * len(places)
    last_funded: Decimal | None = None
    for turn, place in enumerate(places):
        if place.is_funded:
            last_funded = place.total
        elif place.can_be_funded and last_funded is not None:
            points[turn] = EXACT.subtract(place.total, last_funded)
    first_waiting: Decimal | None = None
    for turn, place in reversed(list(enumerate(places))):
        if place.is_funded and first_waiting is not None:
            points[turn] = EXACT.subtract(place.total, first_waiting)
        elif not place.is_funded and place.can_be_funded:
            first_waiting = place.total
    return points


def not_followed(call: Call) -> Iterator[str]:
    """The rules of the allocation that an analysis of other weights does not follow, by the key of each."""
    terms = call.allocation
    if terms.rule is AllocationRule.OPTIMISE:
        yield f"allocation.rule.{terms.rule}"
    if terms.envelopes:
        yield "allocation.envelopes"
    if terms.one_award_per_applicant:
        yield "allocation.one_award_per_applicant"
    if terms.maximum_awards_per_locality is not None:
        yield "allocation.maximum_awards_per_locality"
    if terms.ties_at_line is not TiesAtLine.STRICT_ORDER:
        yield "allocation.ties_at_line"
    if TERRITORY_NOT_YET_FUNDED in call.ranking.tie_breaks:
        yield f"ranking.tie_breaks.{TERRITORY_NOT_YET_FUNDED}"
