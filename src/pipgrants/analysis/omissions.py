"""Who would be funded without one criterion, or without the marks of one evaluator.

Without a criterion the others keep their proportions, the total is scaled up to the same reach as where a criterion was
not applicable, and its threshold falls away. Without an evaluator the combined mark is the mean or the median of the
marks of the others; a proposal that nobody else marked keeps its marks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipgrants.analysis.competition import Competition, funded_by, funded_under, reaches_minimums, total

if TYPE_CHECKING:
    from pipgrants.analysis.score_matrix import Array


@dataclass(frozen=True)
class Omission:
    """What was left out, and who would enter the list of funded proposals or leave it.

    ``alone_count`` are the proposals that the evaluator marked alone.
    """

    left_out: str
    enters: tuple[str, ...]
    leaves: tuple[str, ...]
    alone_count: int = 0

    @property
    def changes(self) -> bool:
        """Whether others would be funded."""
        return bool(self.enters or self.leaves)


@dataclass(frozen=True)
class Sheets:
    """The marks of evaluators: ``proposal`` and ``evaluator`` are places, ``marks`` by sheet and criterion.

    Marks are shares of the highest mark, NaN where a criterion was not applicable.
    """

    evaluators: tuple[str, ...]
    proposal: Array
    evaluator: Array
    marks: Array
    by_median: bool


def without_criteria(competition: Competition) -> tuple[Omission, ...]:
    """What becomes of the list without each criterion; none where there is one."""
    return tuple(_without_criteria(competition)) if len(competition.criteria) > 1 else ()


def _without_criteria(competition: Competition) -> Iterator[Omission]:
    import numpy as np

    start = funded_under(competition, competition.weights[None, :])[0]
    for place, criterion in enumerate(competition.criteria):
        is_left = np.arange(len(competition.criteria)) == place
        without = replace(competition, minimums=np.where(is_left, np.nan, competition.minimums))
        weights = np.where(is_left, 0.0, competition.weights)
        yield _omission(competition, criterion, start, funded_under(without, weights[None, :])[0])


def without_evaluators(competition: Competition, sheets: Sheets) -> tuple[Omission, ...]:
    """What becomes of the list without each evaluator."""
    import numpy as np

    weights = competition.weights[None, :]
    totals, reached = total(competition, weights), reaches_minimums(competition)
    start = funded_by(competition, totals, reached)[0]
    by_proposal = _by_proposal(sheets)
    found = []
    for place, evaluator in enumerate(sheets.evaluators):
        marked = np.unique(sheets.proposal[sheets.evaluator == place])
        others = [by_proposal[row][sheets.evaluator[by_proposal[row]] != place] for row in marked]
        rows = marked[[len(left) > 0 for left in others]]
        marks = _combined(sheets, [left for left in others if len(left)], len(competition.criteria))
        moved, passes = totals.copy(), reached.copy()
        moved[0, rows] = total(competition, weights, marks)[0]
        passes[rows] = reaches_minimums(competition, marks)
        list_without = funded_by(competition, moved, passes)[0]
        omission = _omission(competition, evaluator, start, list_without)
        found.append(replace(omission, alone_count=len(marked) - len(rows)))
    return tuple(found)


def _by_proposal(sheets: Sheets) -> dict[int, Array]:
    """The places of the sheets of each proposal."""
    import numpy as np

    placed = np.argsort(sheets.proposal, kind="stable")
    rows, begins = np.unique(sheets.proposal[placed], return_index=True)
    return dict(zip(rows.tolist(), np.split(placed, begins[1:]), strict=True))


def _combined(sheets: Sheets, groups: list[Array], criteria_count: int) -> Array:
    """The mean or median of the marks of each group of sheets, NaN where nobody found a criterion applicable."""
    import numpy as np

    if not groups:
        return np.empty((0, criteria_count))
    marks = np.full((len(groups), max(map(len, groups)), criteria_count), np.nan)
    for row, group in enumerate(groups):
        marks[row, : len(group)] = sheets.marks[group]
    nobody = np.isnan(marks).all(axis=1)
    marks[np.repeat(nobody[:, None, :], marks.shape[1], axis=1)] = 0.0
    middle = np.nanmedian if sheets.by_median else np.nanmean
    combined: Array = np.where(nobody, np.nan, middle(marks, axis=1))
    return combined


def _omission(competition: Competition, left_out: str, start: Array, without: Array) -> Omission:
    import numpy as np

    names = competition.numbers
    return Omission(
        left_out,
        tuple(names[row] for row in np.flatnonzero(without & ~start)),
        tuple(names[row] for row in np.flatnonzero(start & ~without)),
    )
