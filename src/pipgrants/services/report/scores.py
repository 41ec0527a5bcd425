"""The figures of scores and expected ranks: all totals, and the proposals around the line with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from pipgrants.reports.charts import Histogram, Mark, Marks, Series
from pipgrants.reports.page import Cell, Figure, Section, Table
from pipgrants.services.analysis.evaluators import Evaluators, RankLine
from pipgrants.services.analysis.score_table import ScoredProposal
from pipgrants.services.report.shown import MOST_AROUND_LINE, Round, around, label, share

BINS = 20


def scores(round_: Round) -> Section:
    """All totals, and how sure those around the line are."""
    found = round_.evaluators
    notes = [
        "The line lies below as many proposals as the decisions put above it. Envelopes, thresholds and requests that "
        "did not fit can leave higher totals without money.",
        f"Of a long list, the {MOST_AROUND_LINE} proposals around the line are shown.",
    ]
    places: Mapping[str, RankLine | None] = {}
    if found is not None:
        places = {item.proposal: item.place for item in found.proposals}
        notes += [
            "Intervals come from a model of proposals and evaluators that is fitted to the marks alone and draws each "
            "score towards the mean; published totals count priority points as well. Proposals whose intervals overlap "
            "are hardly told apart by their marks.",
            *([f"Expected ranks are not computable: {found.not_computable}."] if found.not_computable else []),
        ]
    shown = around(round_.table.proposals, round_.table.funded_count)
    ranked = [(item, place) for item in shown if (place := places.get(item.number)) is not None]
    figures = [_distribution(round_), _totals(round_, shown, places)]
    if found is not None and ranked:
        figures.append(_ranks(round_, found, ranked))
    return Section("Scores and the line", notes, figures)


def _totals(round_: Round, shown: Sequence[ScoredProposal], places: Mapping[str, RankLine | None]) -> Figure:
    """Totals around the line, with the intervals of the model's scores."""
    known = [(item, places.get(item.number)) for item in shown]
    marks = [
        Mark(
            label(item.rank, item.number),
            float(item.total or 0),
            None if place is None else float(place.score_low),
            None if place is None else float(place.score_high),
            item.is_funded,
        )
        for item, place in known
    ]
    line = round_.table.line
    chart = Marks(
        marks,
        "total",
        round_.funded,
        round_.not_funded,
        "90 % interval",
        None if line is None else float(line),
        f"lowest {round_.funded}",
    )
    held = sum(
        place is not None and line is not None and place.score_low <= line <= place.score_high for _, place in known
    )
    says = (
        f"{len(shown):,} proposals in rank order, with their totals. The 90 % intervals of {held:,} of them hold the "
        f"lowest total that was {round_.funded}."
    )
    rows: list[tuple[Cell, ...]] = [
        (
            item.number,
            item.rank,
            item.total,
            *((None, None, None) if place is None else (place.score, place.score_low, place.score_high)),
            _decision(item),
        )
        for item, place in known
    ]
    table = Table(("Proposal", "Rank", "Total", "Model", "From", "To", "Decision"), rows)
    return Figure("totals", "Totals around the line", says, table, chart)


def _ranks(round_: Round, found: Evaluators, ranked: Sequence[tuple[ScoredProposal, RankLine]]) -> Figure:
    """Expected ranks around the line."""
    marks = [
        Mark(label(item.rank, item.number), float(place.expected_rank), place.rank_low, place.rank_high, item.is_funded)
        for item, place in ranked
    ]
    line = None if found.line is None else float(found.line)
    chart = Marks(
        marks, "expected rank", round_.funded, round_.not_funded, "90 % interval", line, "line, by expected rank"
    )
    says = (
        f"{len(found.grey_zone):,} of all {len(found.proposals):,} proposals are in the grey zone: the "
        f"{found.zone_level * 100:.0f} % interval of their rank holds the line, and on which side they lie is not sure."
    )
    rows: list[tuple[Cell, ...]] = [
        (
            item.number,
            item.rank,
            place.expected_rank,
            place.rank_low,
            place.rank_high,
            share(place.chance),
            None if place.zone is None else place.zone.value,
        )
        for item, place in ranked
    ]
    table = Table(("Proposal", "Rank", "Expected", "From", "To", "Chance above", "Where"), rows)
    return Figure("ranks", "Expected ranks around the line", says, table, chart)


def _decision(item: ScoredProposal) -> str:
    return "" if item.outcome is None else item.outcome.value.replace("_", " ")


def _distribution(round_: Round) -> Figure:
    """All totals, counted between edges."""
    scored = [(item, item.total) for item in round_.table.proposals if item.total is not None]
    totals = [total for _, total in scored]
    edges = _edges(totals)
    names = (round_.funded, round_.not_funded, "below a threshold")
    counts = {name: [0] * (len(edges) - 1) for name in names}
    for item, total in scored:
        name = names[0] if item.is_funded else names[1] if item.passes_thresholds else names[2]
        counts[name][_bin(edges, total)] += 1
    line = round_.table.line
    says = f"{len(scored):,} totals from {min(totals):,} to {max(totals):,}. " + (
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
        for place, (low, high) in enumerate(pairwise(edges))
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
