"""What the figures of a round are made from, and how they write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from pipgrants.domain.appeal import AppealStanding
from pipgrants.domain.text import Text
from pipgrants.domain.vocabulary import Language, Stage
from pipgrants.services.analysis.evaluators import Evaluators
from pipgrants.services.analysis.fairness import Fairness
from pipgrants.services.analysis.robustness import Robustness
from pipgrants.services.analysis.score_table import ScoreTable

T = TypeVar("T")

MOST_AROUND_LINE = 40
"""How many proposals stand in a figure, half of them on each side of the line: what one page holds legibly."""
MOST_NAMED = 8


class Funnel(NamedTuple):
    """How many proposals came to each step of a stage; ``funded_count`` were awarded or invited."""

    received_count: int
    late_count: int
    decided_count: int
    eligible_count: int
    scored_count: int
    ranked_count: int
    passing_count: int
    funded_count: int


class Appealed(NamedTuple):
    """An appeal of a proposal, and the outcomes before and after the decision on it, None where there is none."""

    proposal: str
    number: int
    standing: AppealStanding
    former: str | None
    outcome: str | None


class Round(NamedTuple):
    """What a report shows; ``evaluators`` is None where nobody gave marks, ``quotas`` is empty without envelopes.

    ``optimum`` is the selection of a call that announced its objective.
    """

    table: ScoreTable
    funnel: Funnel
    evaluators: Evaluators | None
    robustness: Robustness
    fairness: Fairness
    quotas: Sequence[Mapping[str, Any]]
    optimum: Mapping[str, Any] | None
    appeals: Sequence[Appealed]

    @property
    def funded(self) -> str:
        """What those above the line are."""
        return "invited" if self.table.stage is Stage.PROFILE else "awarded"

    @property
    def not_funded(self) -> str:
        """What the others are."""
        return f"not {self.funded}"


def around(items: Sequence[T], above: int) -> Sequence[T]:
    """Of items of which so many lie above the line, those around it."""
    begin = max(0, min(above - MOST_AROUND_LINE // 2, len(items) - MOST_AROUND_LINE))
    return items[begin : begin + MOST_AROUND_LINE]


def label(rank: int | None, number: str) -> str:
    """A proposal beside its mark: its rank and its number."""
    return f"{rank}  {number}"


def named(numbers: Sequence[str]) -> str:
    """The first of some numbers, and how many more there are."""
    more = f" and {len(numbers) - MOST_NAMED:,} more" if len(numbers) > MOST_NAMED else ""
    return ", ".join(numbers[:MOST_NAMED]) + more or "nobody"


def share(part: Decimal | None, decimals: int = 1) -> str | None:
    """A share as a percentage."""
    return None if part is None else f"{100 * part:.{decimals}f}\u00a0%"


def in_english(title: Text) -> str:
    """A title in English, or in the first language that it is written in."""
    return title.get(Language.ENGLISH) or next(iter(title.values()))
