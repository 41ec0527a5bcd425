"""The rubric of a call as its definition says it: criteria, their weights, thresholds and scales. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, Inexact
from enum import StrEnum

from pipgrants.domain.bounds import Decimals, Evaluators, Points, Words
from pipgrants.domain.names import require_code
from pipgrants.domain.text import Text
from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import MistakenValueError
from pipgrants.money import EXACT


class Combination(StrEnum):
    """How the scores of several evaluators become one."""

    MEAN = "mean"
    MEDIAN = "median"


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
