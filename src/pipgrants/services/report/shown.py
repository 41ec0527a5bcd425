"""What the figures of a round are made from, and which of a long list they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from pipgrants.domain.appeal import AppealStanding
from pipgrants.domain.selection import Selection
from pipgrants.domain.vocabulary import Objective, Outcome
from pipgrants.services.analysis.evaluators import Evaluators
from pipgrants.services.analysis.fairness import Fairness
from pipgrants.services.analysis.robustness import Robustness
from pipgrants.services.analysis.score_table import ScoreTable
from pipgrants.services.report.words import ReportWords

T = TypeVar("T")

MOST_AROUND_LINE = 40
"""How many proposals stand in a figure, half of them on each side of the line: what one page holds legibly."""


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
    former: Outcome | None
    outcome: Outcome | None


class Beside(NamedTuple):
    """The selection of the greatest objective beside the one by the ranking; ``rule`` is the rule of the latter.

    It is the call's own where it announced the objective, and advisory otherwise. ``only_here`` are the numbers that it
    alone funds, ``only_there`` those that the ranking alone does.
    """

    is_announced: bool
    objective: Objective
    rule: str
    here: Selection
    there: Selection
    bound: Decimal
    gap: Decimal
    is_proved: bool
    is_settled: bool
    only_here: Sequence[str]
    only_there: Sequence[str]


class Round(NamedTuple):
    """What a report shows, and in which words.

    ``evaluators`` is None where nobody gave marks, ``quotas`` is empty without envelopes, ``beside`` is None where no
    optimum can be told.
    """

    words: ReportWords
    table: ScoreTable
    funnel: Funnel
    evaluators: Evaluators | None
    robustness: Robustness
    fairness: Fairness
    quotas: Sequence[Mapping[str, Any]]
    beside: Beside | None
    appeals: Sequence[Appealed]

    @property
    def funded(self) -> str:
        """What those above the line are."""
        return self.by_stage("funded")

    @property
    def not_funded(self) -> str:
        """What the others are."""
        return self.by_stage("not_funded")

    def by_stage(self, code: str) -> str:
        """A text that depends on whether proposals or profiles are told of."""
        return self.words.text(f"{self.table.stage.value}.{code}")

    def outcome(self, outcome: Outcome | None) -> str:
        """What was decided, nothing where nothing was."""
        return "" if outcome is None else self.words.text(f"outcome.{outcome.value}")


def around(items: Sequence[T], above: int) -> Sequence[T]:
    """Of items of which so many lie above the line, those around it."""
    begin = max(0, min(above - MOST_AROUND_LINE // 2, len(items) - MOST_AROUND_LINE))
    return items[begin : begin + MOST_AROUND_LINE]


def label(rank: int | None, number: str) -> str:
    """A proposal beside its mark: its rank and its number."""
    return f"{rank}  {number}"
