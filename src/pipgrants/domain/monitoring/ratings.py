"""Mid-term: how beneficiaries rate the activities, by kind of firm (PIP, "Considerations regarding the mid-term
evaluation").

An activity is looked at in depth where its overall rating is low, or the answers are asymmetric: kinds of firm rate it
differently, so that it may serve some and not others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from pipgrants.domain.monitoring.ratios import Ratio
from pipgrants.money import EXACT

LEAST_ANSWERS = 3
"""A kind of firm with fewer answers is told, and not compared: its mean would be one firm's opinion."""


class Rating(NamedTuple):
    """How a firm of some kind rates an activity."""

    activity: str
    firm: str
    kind: str
    mark: Decimal


class RatingTerms(NamedTuple):
    """The scale of the marks, and when an activity is looked at in depth.

    A rating is low below ``low_below``; answers are asymmetric where the means of two kinds lie ``asymmetric_from``
    marks apart or more.
    """

    minimum: Decimal
    maximum: Decimal
    low_below: Decimal
    asymmetric_from: Decimal


def usual_terms(minimum: Decimal, maximum: Decimal) -> RatingTerms:
    """Low is below the middle of the scale; asymmetric a quarter of its length apart: one mark of a scale of five."""
    return RatingTerms(minimum, maximum, (minimum + maximum) / 2, (maximum - minimum) / 4)


class KindRating(NamedTuple):
    """The mean of one kind of firm."""

    kind: str
    firms_count: int
    mean: Ratio
    is_compared: bool


class ActivityRating(NamedTuple):
    """How an activity is rated, and why it is looked at in depth, if it is."""

    activity: str
    firms_count: int
    mean: Ratio
    kinds: tuple[KindRating, ...]
    is_low: bool
    is_asymmetric: bool

    @property
    def needs_a_look(self) -> bool:
        """Whether it is to be looked at in depth."""
        return self.is_low or self.is_asymmetric


def rate_activities(ratings: Iterable[Rating], terms: RatingTerms) -> tuple[ActivityRating, ...]:
    """The ratings by activity and kind of firm, in the order of their names."""
    found: dict[str, list[Rating]] = defaultdict(list)
    for rating in ratings:
        found[rating.activity].append(rating)
    return tuple(_activity(activity, found[activity], terms) for activity in sorted(found))


def _activity(activity: str, ratings: Sequence[Rating], terms: RatingTerms) -> ActivityRating:
    by_kind: dict[str, list[Rating]] = defaultdict(list)
    for rating in ratings:
        by_kind[rating.kind].append(rating)
    kinds = tuple(
        KindRating(kind, len(by_kind[kind]), _mean(by_kind[kind]), len(by_kind[kind]) >= LEAST_ANSWERS)
        for kind in sorted(by_kind)
    )
    mean = _mean(ratings)
    return ActivityRating(
        activity=activity,
        firms_count=len(ratings),
        mean=mean,
        kinds=kinds,
        is_low=mean.compared_with(terms.low_below) < 0,
        is_asymmetric=_are_apart([item.mean for item in kinds if item.is_compared], terms.asymmetric_from),
    )


def _mean(ratings: Sequence[Rating]) -> Ratio:
    return Ratio(sum((rating.mark for rating in ratings), Decimal(0)), Decimal(len(ratings)))


def _are_apart(means: Sequence[Ratio], distance: Decimal) -> bool:
    """Whether two of the exact means lie so far apart, or further."""
    return any(_less(one, other).compared_with(distance) >= 0 for one in means for other in means)


def _less(one: Ratio, other: Ratio) -> Ratio:
    numerator = EXACT.subtract(
        EXACT.multiply(one.numerator, other.denominator), EXACT.multiply(other.numerator, one.denominator)
    )
    return Ratio(numerator, EXACT.multiply(one.denominator, other.denominator))
