"""What the report of a round shows: each figure with its chart, its words and its data, from the analyses as they are.

Of a long list are shown the proposals around the line, or the groups with the most money; the data of the others are in
``analysis ... --json``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from pipgrants.domain.groups import SIZE, TERRITORY, YES
from pipgrants.domain.vocabulary import Stage
from pipgrants.reports.charts import Bars, Histogram, Mark, Marks, Series
from pipgrants.reports.page import Cell, Figure, Section, Table
from pipgrants.services.analysis.evaluators import EvaluatorLine, Evaluators, RankLine
from pipgrants.services.analysis.fairness import Fairness, Group
from pipgrants.services.analysis.robustness import Robust, Robustness
from pipgrants.services.analysis.score_table import ScoredProposal, ScoreTable

T = TypeVar("T")

MOST_AROUND_LINE = 40
"""How many proposals stand in a figure, half of them on each side of the line: what one page holds legibly."""
MOST_GROUPS = 15
MOST_NAMED = 8
BINS = 20


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


class Round(NamedTuple):
    """What a report shows; ``evaluators`` is None where nobody gave marks, ``quotas`` is empty without envelopes."""

    table: ScoreTable
    funnel: Funnel
    evaluators: Evaluators | None
    robustness: Robustness
    fairness: Fairness
    quotas: Sequence[Mapping[str, Any]]

    @property
    def funded(self) -> str:
        """What those above the line are."""
        return "invited" if self.table.stage is Stage.PROFILE else "awarded"

    @property
    def not_funded(self) -> str:
        """What the others are."""
        return f"not {self.funded}"


def sections(round_: Round) -> list[Section]:
    """The sections of the report, in their order."""
    return [_funnel(round_), _scores(round_)]


def _funnel(round_: Round) -> Section:
    found = round_.funnel
    steps = {
        "Received": found.received_count,
        "Late": found.late_count,
        "Decided on": found.decided_count,
        "Eligible": found.eligible_count,
        "Scored": found.scored_count,
        "Ranked": found.ranked_count,
        "Above thresholds": found.passing_count,
        round_.funded.capitalize(): found.funded_count,
    }
    says = (
        f"Of {found.received_count:,} received, {found.late_count:,} late, {found.eligible_count:,} were eligible, "
        f"{found.passing_count:,} reached every threshold of the score, and {found.funded_count:,} were {round_.funded}."
    )
    chart = Bars(
        [*steps],
        [Series("proposals", [*steps.values()])],
        [[f"{count:,}" for count in steps.values()]],
        f"{round_.table.stage.value}s",
    )
    rows = [(step, count, _share(Decimal(count) / found.received_count)) for step, count in steps.items()]
    table = Table(("Step", "Proposals", "Of received"), rows)
    note = "Received and not decided on are those that came late, were withdrawn, or ended in another way."
    return Section("The round, step by step", [note], [Figure("funnel", "Funnel of the round", says, table, chart)])


def _scores(round_: Round) -> Section:
    found = round_.evaluators
    notes = [
        "The line lies between the last proposal above it and the first below; envelopes, thresholds and requests that "
        "did not fit can leave higher scores below it."
    ]
    return Section("Scores and the line", notes, [_distribution(round_)])


def _distribution(round_: Round) -> Figure:
    """All totals, counted between edges."""
    scored = [(item, item.total) for item in round_.table.proposals if item.total is not None]
    edges = _edges([total for _, total in scored])
    names = (round_.funded, round_.not_funded, "below a threshold")
    counts = {name: [0] * (len(edges) - 1) for name in names}
    for item, total in scored:
        name = names[0] if item.is_funded else names[1] if item.passes_thresholds else names[2]
        counts[name][_bin(edges, total)] += 1
    line = round_.table.line
    says = f"{len(scored):,} totals from {edges[0]:,} to {edges[-1]:,}. " + (
        "Nobody lies above the line." if line is None else f"The lowest total that was {round_.funded} is {line:,}."
    )
    chart = Histogram(
        [float(edge) for edge in edges],
        [Series(name, values) for name, values in counts.items()],
        "total",
        f"{round_.table.stage.value}s",
        None if line is None else float(line),
        f"lowest {round_.funded}",
    )
    rows: list[tuple[Cell, ...]] = [
        (f"{low:,} to {high:,}", *(counts[name][place] for name in names))
        for place, (low, high) in enumerate(zip(edges, edges[1:], strict=False))
    ]
    table = Table(("Total", *(name.capitalize() for name in names)), rows)
    return Figure("scores", "Distribution of the scores", says, table, chart)


def _edges(totals: Sequence[Decimal]) -> list[Decimal]:
    """Round numbers that divide totals into at most about ``BINS`` steps of equal width."""
    low, high = min(totals), max(totals)
    power = Decimal(1).scaleb(((high - low) / BINS or Decimal(1)).adjusted())
    step = next(power * size for size in (1, 2, 5, 10) if power * size * BINS >= high - low)
    first = low // step
    return [(first + place) * step for place in range(int(high // step - first) + 2)]


def _bin(edges: Sequence[Decimal], total: Decimal) -> int:
    return int((total - edges[0]) // (edges[1] - edges[0]))


def _share(share: Decimal | None) -> str | None:
    return None if share is None else f"{100 * share:.1f}\u00a0%"
