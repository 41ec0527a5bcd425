"""The figures of scores and expected ranks: all totals, and the proposals around the line with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from pipgrants.reports.charts import Histogram, Mark, Marks, Series
from pipgrants.reports.page import Cell, Figure, Section, Table
from pipgrants.services.analysis.evaluators import Evaluators, RankLine
from pipgrants.services.analysis.score_table import ScoredProposal
from pipgrants.services.report.shown import MOST_AROUND_LINE, Round, around, label

BINS = 20


def scores(round_: Round) -> Section:
    """All totals, and how sure those around the line are."""
    say, found = round_.words.text, round_.evaluators
    notes = [say("scores.note"), say("scores.around", count=MOST_AROUND_LINE)]
    places: Mapping[str, RankLine | None] = {}
    if found is not None:
        places = {item.proposal: item.place for item in found.proposals}
        notes.append(say("scores.model"))
        if found.not_computable is not None:
            reason = say(f"not_computable.{found.not_computable.name.lower()}")
            notes.append(say("scores.not_computable", reason=reason))
    shown = around(round_.table.proposals, round_.table.funded_count)
    ranked = [(item, place) for item in shown if (place := places.get(item.number)) is not None]
    figures = [_distribution(round_), _totals(round_, shown, places)]
    if found is not None and ranked:
        figures.append(_ranks(round_, found, ranked))
    return Section(say("scores.heading"), notes, figures)


def _totals(round_: Round, shown: Sequence[ScoredProposal], places: Mapping[str, RankLine | None]) -> Figure:
    """Totals around the line, with the intervals of the model's scores."""
    say, line = round_.words.text, round_.table.line
    known = [(item, places.get(item.number)) for item in shown]
    marks = [
        Mark(
            label(item.rank, item.number),
            item.total or 0,
            None if place is None else place.score_low,
            None if place is None else place.score_high,
            item.is_funded,
        )
        for item, place in known
    ]
    chart = Marks(
        marks,
        say("scores.total"),
        round_.funded,
        round_.not_funded,
        say("totals.interval"),
        line,
        round_.by_stage("lowest"),
    )
    held = sum(
        place is not None and line is not None and place.score_low <= line <= place.score_high for _, place in known
    )
    says = say("totals.says", count=len(shown), held=held, funded=round_.funded)
    return Figure("totals", say("totals.title"), says, _totals_data(round_, known), chart)


def _totals_data(round_: Round, known: Sequence[tuple[ScoredProposal, RankLine | None]]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            item.number,
            item.rank,
            item.total,
            *((None, None, None) if place is None else (place.score, place.score_low, place.score_high)),
            round_.outcome(item.outcome),
        )
        for item, place in known
    ]
    told = ("column.proposal", "column.rank", "column.total", "totals.model", "column.from", "column.to")
    return Table([round_.words.text(code) for code in (*told, "column.decision")], rows)


def _ranks(round_: Round, found: Evaluators, ranked: Sequence[tuple[ScoredProposal, RankLine]]) -> Figure:
    """Expected ranks around the line."""
    say = round_.words.text
    chart = Marks(
        [
            Mark(label(item.rank, item.number), place.expected_rank, place.rank_low, place.rank_high, item.is_funded)
            for item, place in ranked
        ],
        say("ranks.axis"),
        round_.funded,
        round_.not_funded,
        say("totals.interval"),
        found.line,
        say("ranks.line"),
    )
    level = round_.words.number(100 * found.zone_level, ".0f")
    says = say("ranks.says", grey=len(found.grey_zone), count=len(found.proposals), level=level)
    rows: list[tuple[Cell, ...]] = [
        (
            item.number,
            item.rank,
            place.expected_rank,
            place.rank_low,
            place.rank_high,
            round_.words.share(place.chance),
            None if place.zone is None else say(f"zone.{place.zone.name.lower()}"),
        )
        for item, place in ranked
    ]
    told = (
        "column.proposal",
        "column.rank",
        "ranks.expected",
        "column.from",
        "column.to",
        "ranks.chance",
        "ranks.zone",
    )
    return Figure("ranks", say("ranks.title"), says, Table([*map(say, told)], rows), chart)


def _distribution(round_: Round) -> Figure:
    """All totals, counted between edges."""
    say, words, line = round_.words.text, round_.words, round_.table.line
    scored = [(item, item.total) for item in round_.table.proposals if item.total is not None]
    totals = [total for _, total in scored]
    edges = _edges(totals)
    names = (round_.funded, round_.not_funded, say("scores.below_threshold"))
    counts = {name: [0] * (len(edges) - 1) for name in names}
    for item, total in scored:
        name = names[0] if item.is_funded else names[1] if item.passes_thresholds else names[2]
        counts[name][_bin(edges, total)] += 1
    told = say("scores.says", count=len(scored), lowest=min(totals), highest=max(totals))
    lowest = say("scores.no_line") if line is None else say("scores.line", funded=round_.funded, line=line)
    chart = Histogram(
        edges,
        [Series(name, values) for name, values in counts.items()],
        say("scores.total"),
        say(f"{round_.table.stage.value}s"),
        line,
        round_.by_stage("lowest"),
    )
    rows: list[tuple[Cell, ...]] = [
        (words.text("scores.bin", low=low, high=high), *(counts[name][place] for name in names))
        for place, (low, high) in enumerate(pairwise(edges))
    ]
    table = Table((say("column.total"), *(name.capitalize() for name in names)), rows)
    return Figure("scores", say("scores.title"), f"{told} {lowest}", table, chart)


def _edges(totals: Sequence[Decimal]) -> list[Decimal]:
    """Round numbers that divide totals into at most about ``BINS`` steps of equal width."""
    low, high = min(totals), max(totals)
    power = Decimal(1).scaleb(((high - low) / BINS or Decimal(1)).adjusted())
    step = next(power * size for size in (1, 2, 5, 10) if power * size * BINS >= high - low)
    first = low // step
    return [(first + place) * step for place in range(int(high // step - first) + 2)]


def _bin(edges: Sequence[Decimal], total: Decimal) -> int:
    return int((total - edges[0]) // (edges[1] - edges[0]))
