"""The logical framework as data: goal, purpose, components with activities (PIP, annex 2).

Each of its rows has the four columns: summary, indicators with their targets, means of verification, assumptions.
Deadlines are months from the launch. What several of its parts say against each other is found by
``framework_mistakes``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, TypeAlias

from pipgrants.domain.bounds import Amount, Currency, Number, Words
from pipgrants.domain.monitoring.firms import FirmFact
from pipgrants.domain.monitoring.ratios import Ratio
from pipgrants.domain.names import require_code, require_slug
from pipgrants.domain.rubric import Scale
from pipgrants.domain.text import Text
from pipgrants.domain.vocabulary import Component, Horizon, Language
from pipgrants.errors import MistakenValueError
from pipgrants.scalars import NOT_EMPTY, between

Months: TypeAlias = Annotated[int, between(1, 180)]
"""From the launch; fifteen years at most."""


class Prices(StrEnum):
    """Constant prices are those of the baseline, to which amounts of later years are brought: real terms."""

    CONSTANT = "constant"
    CURRENT = "current"


@dataclass(frozen=True, slots=True)
class FirmChange:
    """The change of a fact against the baseline, over the beneficiary firms that reported it both times.

    ``exporters_only`` are those with exports at the baseline.
    """

    keyword: ClassVar[str] = "firm_change"

    of: FirmFact
    prices: Prices
    exporters_only: bool = False

    def __post_init__(self) -> None:
        if self.of is FirmFact.EMPLOYMENT and self.prices is Prices.CONSTANT:
            raise MistakenValueError("prices", "employment is counted in persons; write current")


@dataclass(frozen=True, slots=True)
class Change:
    """The relative change of a reported number against its baseline."""

    keyword: ClassVar[str] = "change"

    of: Words


@dataclass(frozen=True, slots=True)
class Level:
    """A reported number itself: officials trained, strategies designed, a share of production."""

    keyword: ClassVar[str] = "level"

    unit: Words


@dataclass(frozen=True, slots=True)
class Mark:
    """A qualitative indicator such as behaviour or trust: the median of the marks reported, on an anchored scale."""

    keyword: ClassVar[str] = "mark"

    scale: Scale


Measure: TypeAlias = FirmChange | Change | Level | Mark


@dataclass(frozen=True, slots=True)
class MoreThan:
    """Above the limit: exactly the limit is not enough."""

    keyword: ClassVar[str] = "more_than"

    limit: Number

    def holds(self, seen: Ratio) -> bool:
        """Whether an exact quotient meets the target."""
        return seen.compared_with(self.limit) > 0


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The limit or more."""

    keyword: ClassVar[str] = "at_least"

    limit: Number

    def holds(self, seen: Ratio) -> bool:
        """Whether an exact quotient meets the target."""
        return seen.compared_with(self.limit) >= 0


@dataclass(frozen=True, slots=True)
class AtMost:
    """The limit or less."""

    keyword: ClassVar[str] = "at_most"

    limit: Number

    def holds(self, seen: Ratio) -> bool:
        """Whether an exact quotient meets the target."""
        return seen.compared_with(self.limit) <= 0


@dataclass(frozen=True, slots=True)
class LessThan:
    """Below the limit."""

    keyword: ClassVar[str] = "less_than"

    limit: Number

    def holds(self, seen: Ratio) -> bool:
        """Whether an exact quotient meets the target."""
        return seen.compared_with(self.limit) < 0


Target: TypeAlias = MoreThan | AtLeast | AtMost | LessThan


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is measured, and what it must come to how many months after the launch.

    Changes are shares (0.20 is 20 %). ``baseline`` is the value at the launch, where it is known by design.
    """

    code: str
    title: Text
    horizon: Horizon
    due_month: Months
    measure: Measure
    target: Target
    baseline: Number | None = None

    def __post_init__(self) -> None:
        require_code(self.code)


@dataclass(frozen=True, slots=True)
class Activity:
    """What a component is produced by, from one month after the launch to another, with what it may cost.

    Without a budget, what is spent on it is compared with nothing.
    """

    code: str
    title: Text
    from_month: Months
    to_month: Months
    budget_amount: Amount | None = None

    def __post_init__(self) -> None:
        require_code(self.code)
        if self.to_month < self.from_month:
            raise MistakenValueError("to_month", "an activity does not end before it begins")


@dataclass(frozen=True, slots=True)
class Goal:
    """What the project contributes to; others contribute too, so that it may be measured by no indicator of its own."""

    summary: Text
    assumptions: Annotated[tuple[Text, ...], NOT_EMPTY]
    indicators: tuple[Indicator, ...] = ()
    means_of_verification: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Purpose:
    """What the project achieves itself."""

    summary: Text
    indicators: Annotated[tuple[Indicator, ...], NOT_EMPTY]
    means_of_verification: Annotated[tuple[Text, ...], NOT_EMPTY]
    assumptions: Annotated[tuple[Text, ...], NOT_EMPTY]


@dataclass(frozen=True, slots=True)
class FrameworkComponent:
    """A component with the activities that are necessary to produce it."""

    component: Component
    summary: Text
    indicators: Annotated[tuple[Indicator, ...], NOT_EMPTY]
    means_of_verification: Annotated[tuple[Text, ...], NOT_EMPTY]
    assumptions: Annotated[tuple[Text, ...], NOT_EMPTY]
    activities: Annotated[tuple[Activity, ...], NOT_EMPTY]


FrameworkRow: TypeAlias = Goal | Purpose | FrameworkComponent


@dataclass(frozen=True, slots=True)
class LogicalFramework:
    """The logical framework of a project.

    Values are reported every ``reporting_months``: one that is older than that on a deadline is not the one asked for.
    At mid-term firms rate the activities with marks from ``lowest_rating`` to ``highest_rating``.
    """

    framework: str
    title: Text
    currency: Currency
    duration_months: Months
    goal: Goal
    purpose: Purpose
    components: Annotated[tuple[FrameworkComponent, ...], NOT_EMPTY]
    languages: Annotated[tuple[Language, ...], NOT_EMPTY] = (Language.ENGLISH,)
    reporting_months: Months = 3
    lowest_rating: Annotated[int, between(0, 10)] = 1
    highest_rating: Annotated[int, between(1, 100)] = 5

    def __post_init__(self) -> None:
        require_slug("framework", self.framework)
        if self.lowest_rating >= self.highest_rating:
            raise ValueError("highest_rating lies above lowest_rating")

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """All indicators, from the goal down."""
        rows: tuple[FrameworkRow, ...] = (self.goal, self.purpose, *self.components)
        return tuple(indicator for row in rows for indicator in row.indicators)

    @property
    def activities(self) -> tuple[Activity, ...]:
        """All activities, in the order of their components."""
        return tuple(activity for component in self.components for activity in component.activities)
