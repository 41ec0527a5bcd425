"""``analysis robustness``: how far the list of funded proposals hangs on weights, on one criterion, on one evaluator.

Funded under other weights means funded by the call's own rule, as far as ``analysis.spending`` follows it; what it
leaves out is named, and so are the proposals that it decides otherwise than the record under the published weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from pipgrants.analysis import SEED
from pipgrants.domain.line import RankedPlace, points_from_line
from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import UsageError
from pipgrants.services.analysis.advice import Provenance, permitted_analysis, provenance, rounded
from pipgrants.services.analysis.competition import competition_of, left_out, sheets_of
from pipgrants.services.analysis.score_table import ScoreTable, read_score_table, require_ranked
from pipgrants.services.mutual_exclusions import mutual_exclusions
from pipgrants.services.workspace import Identity, Workspace

if TYPE_CHECKING:
    from pipgrants.analysis.acceptability import Acceptability
    from pipgrants.analysis.competition import Competition
    from pipgrants.analysis.omissions import Omission
    from pipgrants.analysis.score_matrix import Array
    from pipgrants.analysis.weight_changes import WeightChange as FoundChange

DRAWS = 10_000


class Robust(NamedTuple):
    """How far the place of one proposal above or below the line can be trusted.

    ``points_from_line`` is how much it stands above the first below it that is not funded, or, below zero, how much it
    lacks to the last above it that is; None where there is none, or a threshold keeps it out. ``funded_share`` is the
    share of admissible weights under which it is funded, ``first_share`` under which it ranks first; ``rank_shares``
    are those of the ranks told, where above zero. ``central_weights`` are the mean weights under which it is funded, as
    shares of all weight; None where it never is.
    """

    proposal: str
    rank: int
    total: Decimal
    is_funded: bool
    points_from_line: Decimal | None
    funded_share: Decimal
    first_share: Decimal
    best_rank: int
    worst_rank: int
    mean_rank: Decimal
    rank_shares: Mapping[int, Decimal]
    central_weights: Mapping[str, Decimal] | None


class WeightChange(NamedTuple):
    """The smallest change of a criterion's weight, up or down, by which others are funded.

    Weights are shares of all weight; ``changed_weight`` is None where no weight in that direction alters the list. Just
    beyond it ``rises`` stands above ``falls``; None is a threshold in total.
    """

    criterion: str
    is_rise: bool
    weight: Decimal
    changed_weight: Decimal | None
    rises: str | None
    falls: str | None
    enters: tuple[str, ...]
    leaves: tuple[str, ...]


class Robustness(NamedTuple):
    """How far the list of funded proposals can be trusted.

    ``spread`` is how far admissible weights may lie from the published ones, as a share of each; None where any are.
    ``left_out`` are the rules of the call that are not followed under other weights; ``otherwise`` the proposals that
    are decided otherwise than on record under the published weights, because of them. ``without_evaluators`` is None
    where the evaluators' consensus counts in the place of their marks.
    """

    call: str
    stage: Stage
    is_decided: bool
    funded_count: int
    draws: int
    spread: Decimal | None
    left_out: tuple[str, ...]
    otherwise: tuple[str, ...]
    proposals: tuple[Robust, ...]
    weight_changes: tuple[WeightChange, ...]
    without_criteria: tuple[Omission, ...]
    without_evaluators: tuple[Omission, ...] | None
    made_by: Provenance


def robustness(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    stage: Stage | None = None,
    spread: Decimal | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Robustness:
    """The robustness sheet of a ranked stage.

    Raises UsageError for a spread that does not lie above 0 and up to 1, RefusedError where nothing is ranked yet.
    """
    if spread is not None and not 0 < spread <= 1:
        raise UsageError(f"a spread of {spread} is none", next_step="give a share above 0 and up to 1, like 0.25")
    with permitted_analysis(workspace, who, now, "analysis.robustness", call) as unit:
        table = read_score_table(unit, call, stage)
        has_exclusions = any(mutual_exclusions(unit, call))
    return robustness_of(table, has_exclusions=has_exclusions, spread=spread, draws=draws, seed=seed)


def robustness_of(
    table: ScoreTable, *, has_exclusions: bool, spread: Decimal | None = None, draws: int = DRAWS, seed: int = SEED
) -> Robustness:
    """The same for a score table that is read already. Raises RefusedError where it is not ranked."""
    from pipgrants.analysis.acceptability import acceptability
    from pipgrants.analysis.competition import funded_under
    from pipgrants.analysis.omissions import without_criteria, without_evaluators
    from pipgrants.analysis.weight_changes import weight_changes

    require_ranked(table)
    competition, sheets = competition_of(table), sheets_of(table)
    funded = funded_under(competition, competition.weights[None, :])[0]
    limit = None if spread is None else float(spread)
    shares = acceptability(competition, seed=seed, draws=draws, spread=limit, line=int(funded.sum()))
    return Robustness(
        call=table.call.call,
        stage=table.stage,
        is_decided=table.is_decided,
        funded_count=table.funded_count if table.is_decided else int(funded.sum()),
        draws=draws,
        spread=spread,
        left_out=left_out(table.call, table.stage, has_exclusions=has_exclusions),
        otherwise=tuple(_otherwise(table, funded)),
        proposals=tuple(_proposals(table, competition, funded, shares)),
        weight_changes=tuple(map(_weight_change, weight_changes(competition))),
        without_criteria=without_criteria(competition),
        without_evaluators=None if sheets is None else without_evaluators(competition, sheets),
        made_by=provenance(table.sha256, seed),
    )


def _otherwise(table: ScoreTable, funded: Array) -> Iterator[str]:
    """The proposals that are decided otherwise than on record."""
    if table.is_decided:
        for item, is_funded in zip(table.proposals, funded, strict=True):
            if item.is_funded != is_funded:
                yield item.number


def _proposals(table: ScoreTable, competition: Competition, funded: Array, shares: Acceptability) -> Iterator[Robust]:
    margins = _points_from_line(table, competition, funded)
    for place, item in enumerate(table.proposals):
        central = dict(zip(shares.criteria, shares.central_weights[place], strict=True))
        yield Robust(
            proposal=item.number,
            rank=item.rank or place + 1,
            total=item.total or Decimal(0),
            is_funded=item.is_funded if table.is_decided else bool(funded[place]),
            points_from_line=margins[place],
            funded_share=rounded(shares.funded[place], 4),
            first_share=rounded(shares.first[place], 4),
            best_rank=int(shares.best_rank[place]),
            worst_rank=int(shares.worst_rank[place]),
            mean_rank=rounded(shares.mean_rank[place], 1),
            rank_shares={
                rank: rounded(share, 4) for rank, share in enumerate(shares.ranks[place], shares.from_rank) if share > 0
            },
            central_weights=(
                {code: rounded(weight, 4) for code, weight in central.items()} if shares.funded[place] else None
            ),
        )


def _points_from_line(table: ScoreTable, competition: Competition, funded: Array) -> list[Decimal | None]:
    """By proposal, the points between it and the nearest on the other side of the line that it could change with."""
    from pipgrants.analysis.competition import admitted, reaches_minimums, total

    totals = total(competition, competition.weights[None, :])
    may = admitted(competition, totals, reaches_minimums(competition))[0]
    return points_from_line(
        [
            RankedPlace(item.total or Decimal(0), bool(funded[place]), bool(may[place]))
            for place, item in enumerate(table.proposals)
        ]
    )


def _weight_change(found: FoundChange) -> WeightChange:
    return WeightChange(
        criterion=found.criterion,
        is_rise=found.direction > 0,
        weight=rounded(found.weight, 6),
        changed_weight=None if found.change is None else rounded(found.weight + found.change, 6),
        rises=found.rises,
        falls=found.falls,
        enters=found.enters,
        leaves=found.leaves,
    )
