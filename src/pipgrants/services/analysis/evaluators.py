"""``analysis evaluators``: how lenient each evaluator is, how sure the order of the proposals is, and the grey zone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from pipgrants.analysis import SEED
from pipgrants.domain.vocabulary import Outcome, Stage
from pipgrants.services.analysis.advice import Provenance, permitted_analysis, provenance, rounded
from pipgrants.services.analysis.score_table import ScoreTable, read_score_table, require_evaluations
from pipgrants.services.workspace import Identity, Workspace

if TYPE_CHECKING:
    from pipgrants.analysis.expected_rank import GreyZone
    from pipgrants.analysis.hierarchy import NotEstimable, Posterior
    from pipgrants.analysis.leniency import Leniency
    from pipgrants.analysis.score_matrix import Array
    from pipgrants.analysis.variance_mixture import Mixture

DRAWS = 10_000
SHOWN_LEVEL = 0.9
"""The level of the credible intervals of scores and ranks."""
ZONE_LEVEL = 0.5
"""The level of the interval of the rank by which the grey zone is told, that of Heyard and others (2022)."""


class Zone(StrEnum):
    """Where a proposal lies for sure, or that it does not."""

    ABOVE = "above the line"
    GREY = "grey zone"
    BELOW = "below the line"


class Variances(NamedTuple):
    """The likeliest variances of totals due to proposals, evaluators and errors.

    ``reliability`` is the proposals' share of all: how far one evaluator's total tells proposals apart.
    """

    proposal: Decimal
    evaluator: Decimal
    error: Decimal
    reliability: Decimal


class EvaluatorLine(NamedTuple):
    """An evaluator: how many proposals were marked, with which mean total, and how much too high it is."""

    evaluator: str
    proposals_count: int
    mean: Decimal
    leniency: Decimal


class RankLine(NamedTuple):
    """What is known of a proposal's place: the score of the model and the rank with 90 % credible intervals.

    ``expected_rank`` may lie between two ranks, ``percentile`` is the same as a percentage (PCER), ``chance`` the
    probability to be among as many as lie above the line, ``zone`` where it lies; both None where there is no line.
    """

    score: Decimal
    score_low: Decimal
    score_high: Decimal
    expected_rank: Decimal
    percentile: Decimal
    rank_low: int
    rank_high: int
    chance: Decimal | None
    zone: Zone | None


class ProposalLine(NamedTuple):
    """A proposal as published, and as it would be.

    ``raw`` is the mean of its evaluators' totals without priority points, ``corrected`` the same without their
    leniency. ``place`` is None where ranks are not computable.
    """

    proposal: str
    rank: int | None
    outcome: Outcome | None
    raw: Decimal
    corrected: Decimal
    place: RankLine | None


class Evaluators(NamedTuple):
    """How lenient the evaluators of a stage are, and how sure the order of its proposals is.

    ``not_computable`` is the reason why there are no variances and ranks. ``ridge`` is the parameter of the leniencies,
    None where evaluators do not differ. ``places`` is how many lie above the line, ``line`` the expected rank of the
    last of them; ``parts_count`` above one says that the review graph is not connected.
    """

    call: str
    stage: Stage
    is_ranked: bool
    by_consensus: bool
    incomplete_count: int
    parts_count: int
    not_computable: NotEstimable | None
    variances: Variances | None
    ridge: Decimal | None
    places: int | None
    line: Decimal | None
    zone_level: Decimal
    evaluators: tuple[EvaluatorLine, ...]
    proposals: tuple[ProposalLine, ...]
    draws: int
    made_by: Provenance

    @property
    def grey_zone(self) -> list[ProposalLine]:
        """The proposals of which it is not sure on which side of the line they lie."""
        return [item for item in self.proposals if item.place is not None and item.place.zone is Zone.GREY]


def evaluators(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    stage: Stage | None = None,
    places: int | None = None,
    level: float = ZONE_LEVEL,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Evaluators:
    """The leniencies of a stage, the corrected scores and expected ranks of its proposals, and the grey zone.

    The line lies below the best ``places``, by default as many as the prepared or approved decisions fund or invite. A
    proposal is in the grey zone where the credible interval of its rank at ``level`` holds the line, which is the
    expected rank of the last above it. Raises RefusedError where nothing is marked yet.
    """
    with permitted_analysis(workspace, who, now, "analysis.evaluators", call) as unit:
        table = read_score_table(unit, call, stage)
    return evaluators_of(table, places=places, level=level, draws=draws, seed=seed)


def evaluators_of(
    table: ScoreTable, *, places: int | None = None, level: float = ZONE_LEVEL, draws: int = DRAWS, seed: int = SEED
) -> Evaluators:
    """The same for a score table that is read already. Raises RefusedError where it holds no evaluation."""
    import numpy as np

    from pipgrants.analysis.disagreement import components
    from pipgrants.analysis.hierarchy import posterior, why_not
    from pipgrants.analysis.leniency import leniency, ridge_of
    from pipgrants.analysis.variance_mixture import mixture

    require_evaluations(table)
    matrix = table.matrix()
    totals = matrix.totals()
    given = ~np.isnan(totals)
    numbers, row = np.unique(matrix.proposal[given], return_inverse=True)
    names, column = np.unique(matrix.evaluator[given], return_inverse=True)
    reason = why_not(row, column, totals[given])
    known = None if reason else posterior(row, column, totals[given])
    ridge = ridge_of(known.variances if known else None)
    fitted = leniency(row, column, totals[given], ridge)
    asked = table.funded_count if places is None else places
    line_places = asked if 0 < asked < len(numbers) else None
    ranked = _Ranked([None] * len(numbers), None)
    if known is not None:
        mixed = mixture(row, column, totals[given], known.variances)
        ranked = _ranked(mixed, line_places, level, draws, seed)
    return Evaluators(
        call=table.call.call,
        stage=table.stage,
        is_ranked=table.is_ranked,
        by_consensus=table.by_consensus,
        incomplete_count=table.incomplete_count,
        parts_count=len(components(matrix)),
        not_computable=reason,
        variances=_variances(known) if known else None,
        ridge=rounded(ridge) if np.isfinite(ridge) else None,
        places=line_places,
        line=ranked.line,
        zone_level=rounded(level),
        evaluators=tuple(_evaluators([matrix.evaluators[name] for name in names], column, totals[given], fitted)),
        proposals=tuple(
            ProposalLine(item.number, item.rank, item.outcome, rounded(raw), rounded(corrected), place)
            for item, raw, corrected, place in zip(
                (table.proposals[number] for number in numbers),
                fitted.raw,
                fitted.corrected,
                ranked.places,
                strict=True,
            )
        ),
        draws=draws,
        made_by=provenance(table.sha256, seed),
    )


def _evaluators(names: Sequence[str], column: Array, totals: Array, fitted: Leniency) -> Iterator[EvaluatorLine]:
    """The evaluators, the strictest first."""
    import numpy as np

    counts = np.bincount(column)
    means = np.bincount(column, totals) / counts
    lines = (
        EvaluatorLine(name, int(count), rounded(float(mean)), rounded(float(leniency)))
        for name, count, mean, leniency in zip(names, counts, means, fitted.leniency, strict=True)
    )
    yield from sorted(lines, key=lambda line: (line.leniency, line.evaluator))


def _variances(known: Posterior) -> Variances:
    found = known.variances
    proposal, evaluator, error = map(rounded, found)
    return Variances(proposal, evaluator, error, rounded(found.proposal / sum(found)))


class _Ranked(NamedTuple):
    places: list[RankLine | None]
    line: Decimal | None


def _ranked(known: Mixture, places: int | None, level: float, draws: int, seed: int) -> _Ranked:
    """The place of each proposal, and the line."""
    from pipgrants.analysis.expected_rank import (
        draw_ranks,
        expected_ranks,
        grey_zone,
        percentile_ranks,
        score_interval,
    )

    ranks, drawn = expected_ranks(known), draw_ranks(known, draws, seed)
    percentiles = percentile_ranks(ranks)
    low, high = drawn.interval(SHOWN_LEVEL)
    score, (score_low, score_high) = known.score, score_interval(known, SHOWN_LEVEL)
    chances = None if places is None else drawn.within(places)
    zone = None if places is None else grey_zone(ranks, *drawn.interval(level), places)
    return _Ranked(
        [
            RankLine(
                score=rounded(score[place]),
                score_low=rounded(score_low[place]),
                score_high=rounded(score_high[place]),
                expected_rank=rounded(ranks[place], 2),
                percentile=rounded(percentiles[place], 1),
                rank_low=int(low[place]),
                rank_high=int(high[place]),
                chance=None if chances is None else rounded(chances[place]),
                zone=None if zone is None else _zone(zone, place),
            )
            for place in range(len(ranks))
        ],
        None if zone is None else rounded(zone.line, 2),
    )


def _zone(zone: GreyZone, place: int) -> Zone:
    if zone.is_grey[place]:
        return Zone.GREY
    return Zone.ABOVE if zone.is_above[place] else Zone.BELOW
