"""The marks of a stage as arrays: one row for each evaluation, one column for each criterion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from pipgrants.domain.rubric import Scale

if TYPE_CHECKING:
    import numpy as np

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class ScoreMatrix:
    """``marks`` is (evaluations, criteria), NaN where a criterion was not applicable.

    ``proposal`` and ``evaluator`` (evaluations,) are places in ``proposals`` and ``evaluators``; ``weights`` are those
    of the ranking; ``minimums``, ``maximums`` and ``steps`` are those of the scales (criteria,).
    """

    proposals: tuple[str, ...]
    evaluators: tuple[str, ...]
    criteria: tuple[str, ...]
    proposal: Array
    evaluator: Array
    marks: Array
    weights: Array
    minimums: Array
    maximums: Array
    steps: Array

    def totals(self) -> Array:
        """The total of each evaluation by the ranking weights (evaluations,), NaN where no criterion was applicable.

        A criterion that was not applicable is left out and the others are scaled up, as in ``domain.evaluation``.
        """
        import numpy as np

        is_given = ~np.isnan(self.marks)
        reach = is_given @ (self.weights * self.maximums)
        reached = np.where(is_given, self.marks, 0.0) @ self.weights
        whole = float(self.weights @ self.maximums)
        totals: Array = np.divide(reached * whole, reach, out=np.full(len(reach), np.nan), where=reach > 0)
        return totals

    def mark_shares(self) -> Array:
        """The marks as shares of their scales, from 0 to 1 (evaluations, criteria)."""
        shares: Array = (self.marks - self.minimums) / (self.maximums - self.minimums)
        return shares

    def shares(self) -> Array:
        """The mean of each evaluation's marks as shares of their scales, by the ranking weights (evaluations,)."""
        import numpy as np

        is_given = ~np.isnan(self.marks)
        weight, reached = is_given @ self.weights, np.where(is_given, self.mark_shares(), 0.0) @ self.weights
        shares: Array = np.divide(reached, weight, out=np.full(len(weight), np.nan), where=weight > 0)
        return shares


def score_matrix(
    *,
    proposals: Sequence[str],
    evaluators: Sequence[str],
    criteria: Sequence[str],
    weights: Sequence[Decimal],
    scales: Sequence[Scale],
    evaluations: Iterable[tuple[str, str, Sequence[Decimal | None]]],
) -> ScoreMatrix:
    """The arrays of evaluations, given as proposal, evaluator and marks in the order of the criteria."""
    import numpy as np

    rows, columns = ({name: place for place, name in enumerate(names)} for names in (proposals, evaluators))
    given = list(evaluations)
    marks = [[np.nan if mark is None else float(mark) for mark in sheet] for _, _, sheet in given]
    return ScoreMatrix(
        proposals=tuple(proposals),
        evaluators=tuple(evaluators),
        criteria=tuple(criteria),
        proposal=np.array([rows[number] for number, _, _ in given], dtype=np.int64),
        evaluator=np.array([columns[name] for _, name, _ in given], dtype=np.int64),
        marks=np.array(marks, dtype=np.float64).reshape(len(given), len(criteria)),
        weights=np.array([float(weight) for weight in weights]),
        minimums=np.array([float(scale.minimum) for scale in scales]),
        maximums=np.array([float(scale.maximum) for scale in scales]),
        steps=np.array([float(scale.step) for scale in scales]),
    )
