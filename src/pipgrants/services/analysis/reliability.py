"""``analysis reliability``: how far the evaluators of a stage agree, where they do not, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from pipgrants.domain.vocabulary import Stage
from pipgrants.services.analysis.advice import Figure, Provenance, figure, permitted_analysis, provenance, rounded
from pipgrants.services.analysis.score_table import ScoreTable, read_score_table, require_evaluations
from pipgrants.services.workspace import Identity, Workspace

if TYPE_CHECKING:
    from pipgrants.analysis.score_matrix import Array, ScoreMatrix

SPREAD_SHARE = Decimal("0.2")
"""The part of the scale from which evaluators are said to differ, unless a number of steps is given."""

DISCUSS, ADD_EVALUATOR = "discussion", "one more evaluator"


class Reliability(NamedTuple):
    """Krippendorff's alpha by metric and intraclass correlations by form, for a criterion or in ``total``."""

    criterion: str | None
    alpha: dict[str, Figure]
    intraclass: dict[str, Figure]


class Disagreement(NamedTuple):
    """A proposal whose evaluators differ: the lowest and highest mean mark, how many steps lie between, in which
    criterion they differ most, who stands apart, and what is recommended.
    """

    proposal: str
    rank: int | None
    steps: Decimal
    lowest: Decimal
    highest: Decimal
    criterion: str
    criterion_steps: Decimal
    apart: str | None
    recommended: str


class Part(NamedTuple):
    """A part of the review graph: no evaluator of it marks a proposal of another part."""

    proposals: tuple[str, ...]
    evaluators: tuple[str, ...]


class Agreement(NamedTuple):
    """How far the evaluators of a stage agree.

    ``limit_steps`` is the number of steps of the rubric's scale from which they are said to differ. ``parts`` has one
    item where the review graph is connected; otherwise nothing tells a lenient part from a good one.
    """

    call: str
    stage: Stage
    is_ranked: bool
    by_consensus: bool
    proposals_count: int
    evaluators_count: int
    evaluations_count: int
    incomplete_count: int
    by_criterion: tuple[Reliability, ...]
    in_total: Reliability
    limit_steps: Decimal
    disagreements: tuple[Disagreement, ...]
    parts: tuple[Part, ...]
    made_by: Provenance


def reliability(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    stage: Stage | None = None,
    steps: Decimal | None = None,
) -> Agreement:
    """How far the evaluators of a stage agree, by criterion and in total, and the proposals on which they differ.

    They differ where their mean marks lie ``steps`` of the rubric's scale apart or more; by default, a fifth of it.
    Where all but one of three or more lie closer, a discussion with that one is recommended, else one more evaluator.
    Raises RefusedError where nothing is marked yet.
    """
    with permitted_analysis(workspace, who, now, "analysis.reliability", call) as unit:
        table = read_score_table(unit, call, stage)
    require_evaluations(table)
    return _agreement(table, steps)


def _agreement(table: ScoreTable, steps: Decimal | None) -> Agreement:
    from pipgrants.analysis.disagreement import components

    matrix, scale = table.matrix(), table.call.rubric.scale
    limit = steps if steps is not None else SPREAD_SHARE * (scale.maximum - scale.minimum) / scale.step
    return Agreement(
        call=table.call.call,
        stage=table.stage,
        is_ranked=table.is_ranked,
        by_consensus=table.by_consensus,
        proposals_count=len(table.proposals),
        evaluators_count=len(table.evaluators),
        evaluations_count=len(table.evaluations),
        incomplete_count=table.incomplete_count,
        by_criterion=tuple(
            _reliability(matrix, code, matrix.marks[:, place]) for place, code in enumerate(matrix.criteria)
        ),
        in_total=_reliability(matrix, None, matrix.totals()),
        limit_steps=limit,
        disagreements=tuple(_disagreements(table, matrix, limit)),
        parts=tuple(
            Part(tuple(matrix.proposals[row] for row in rows), tuple(matrix.evaluators[column] for column in columns))
            for rows, columns in components(matrix)
        ),
        made_by=provenance(table.sha256),
    )


def _reliability(matrix: ScoreMatrix, criterion: str | None, values: Array) -> Reliability:
    from pipgrants.analysis.agreement import Metric, alpha
    from pipgrants.analysis.intraclass import intraclass

    found = intraclass(matrix.proposal, matrix.evaluator, values)
    forms = {
        "ICC(1)": found.one.single,
        "ICC(2)": found.two.single,
        "ICC(3)": found.three.single,
        "ICC(1,k)": found.one.mean,
        "ICC(2,k)": found.two.mean,
        "ICC(3,k)": found.three.mean,
    }
    return Reliability(
        criterion,
        {metric.value: figure(alpha(matrix.proposal, values, metric)) for metric in Metric},
        {name: figure(estimate) for name, estimate in forms.items()},
    )


def _disagreements(table: ScoreTable, matrix: ScoreMatrix, limit: Decimal) -> Iterator[Disagreement]:
    from pipgrants.analysis.disagreement import disagreements

    scale = table.call.rubric.scale
    reach = scale.maximum - scale.minimum
    for item in disagreements(matrix, float(limit * scale.step / reach)):
        proposal = table.proposals[item.proposal]
        yield Disagreement(
            proposal=proposal.number,
            rank=proposal.rank,
            steps=rounded(item.spread * float(reach / scale.step), 2),
            lowest=rounded(float(scale.minimum) + item.low * float(reach), 2),
            highest=rounded(float(scale.minimum) + item.high * float(reach), 2),
            criterion=matrix.criteria[item.criterion],
            criterion_steps=rounded(item.criterion_spread * float(reach / scale.step), 2),
            apart=None if item.apart is None else matrix.evaluators[item.apart],
            recommended=ADD_EVALUATOR if item.apart is None else DISCUSS,
        )
