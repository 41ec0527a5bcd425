"""The rubric of a call as its definition says it: criteria, their weights, thresholds and scales. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, Inexact
from enum import StrEnum

from pipgrants.domain.bounds import Day, Decimals, Evaluators, Points, Words
from pipgrants.domain.names import require_code
from pipgrants.domain.text import Text
from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import MistakenValueError
from pipgrants.money import EXACT


class Combination(StrEnum):
    """How the scores of several evaluators become one; a consensus is agreed on in a meeting, and recorded."""

    MEAN = "mean"
    MEDIAN = "median"
    CONSENSUS = "consensus"


class CommentsRequired(StrEnum):
    """Which marks need a comment: all, or those below the minimum of their criterion."""

    ALL = "all"
    BELOW_THRESHOLD = "below_threshold"
    NONE = "none"


class LateMarks(StrEnum):
    """What becomes of marks that come after their day: refused, or stored and said to be late."""

    REFUSED = "refused"
    FLAGGED = "flagged"


@dataclass(frozen=True, slots=True)
class ScoringTerms:
    """How evaluators give their marks.

    At the stages of ``anonymous_at`` score sheets show proposals by their number alone. ``due_on`` is the last day for
    the marks of each stage, in the call's time zone; a stage without one has no last day before the scores are closed.
    """

    clause: Words
    anonymous_at: tuple[Stage, ...] = ()
    comments_required: CommentsRequired = CommentsRequired.NONE
    due_on: Mapping[Stage, Day] = field(default_factory=dict)
    if_late: LateMarks = LateMarks.REFUSED


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
    """One heading of the rubric; ``strict`` thresholds must be exceeded, others reached.

    ``minimum_by_stage`` takes the place of ``minimum`` at the stages that it names, and ``ranking_weight`` that of
    ``weight`` in the total by which proposals are ranked.
    """

    code: str
    heading: Words
    title: Text
    weight: Points
    minimum: Points | None = None
    strict: bool = False
    stages: tuple[Stage, ...] = (Stage.PROFILE, Stage.PROPOSAL)
    scale: Scale | None = None
    ranking_weight: Points | None = None
    minimum_by_stage: Mapping[Stage, Points] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_code(self.code)
        for key in ("weight", "ranking_weight"):
            weight = getattr(self, key)
            if weight is not None and weight <= 0:
                raise MistakenValueError(key, "a weight is above zero")

    @property
    def weight_in_ranking(self) -> Decimal:
        """What a mark is multiplied by in the total by which proposals are ranked."""
        return self.weight if self.ranking_weight is None else self.ranking_weight

    def minimum_at(self, stage: Stage) -> Decimal | None:
        """The threshold of the criterion at a stage."""
        return self.minimum_by_stage.get(stage, self.minimum)


@dataclass(frozen=True, slots=True)
class Rubric:
    """How proposals are scored: the total is the sum over the criteria of weight times combined mark.

    The combined mark of a criterion is the mean or median of its evaluators' marks, or the one of their consensus. The
    total is computed from the exact combined marks and rounded once, half up, to ``decimals``; so are the combined
    marks where they are shown. A criterion's ``minimum`` is compared with its exact combined mark, ``minimum_total``
    with the rounded total; ``minimum_total_by_stage`` takes its place at the stages that it names. Ranking weights
    change the total by which proposals are ranked, and no threshold. "Not applicable" is never zero: the total of the
    other criteria is scaled up to what all of them could reach.
    """

    clause: Words
    scale: Scale
    criteria: tuple[Criterion, ...]
    combination: Combination = Combination.MEAN
    decimals: Decimals = 4
    minimum_total: Points | None = None
    minimum_total_strict: bool = False
    evaluators_count: Evaluators = 3
    minimum_total_by_stage: Mapping[Stage, Points] = field(default_factory=dict)

    @property
    def has_ranking_weights(self) -> bool:
        """Whether a criterion weighs otherwise in the ranking than for the thresholds."""
        return any(criterion.weight_in_ranking != criterion.weight for criterion in self.criteria)

    def minimum_total_at(self, stage: Stage) -> Decimal | None:
        """The threshold in total at a stage."""
        return self.minimum_total_by_stage.get(stage, self.minimum_total)

    def scored_at(self, stage: Stage) -> tuple[Criterion, ...]:
        """The criteria that are scored at a stage."""
        return tuple(criterion for criterion in self.criteria if stage in criterion.stages)
