"""The ranked proposals of a score table as the arrays of ``analysis.competition``, and what their rule leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from pipgrants.domain.allocation_terms import ENDING, AllocationTerms, PartialRule
from pipgrants.domain.call import Call, InvitationTerms
from pipgrants.domain.evaluation import scale_of
from pipgrants.domain.line import not_followed
from pipgrants.domain.partial_funding import least_share, viable_amount
from pipgrants.domain.plain import exact_sum
from pipgrants.domain.rubric import Combination
from pipgrants.domain.vocabulary import Stage
from pipgrants.money import EXACT, to_minor
from pipgrants.services.analysis.score_table import ScoreTable

if TYPE_CHECKING:
    from pipgrants.analysis.competition import Competition
    from pipgrants.analysis.omissions import Sheets
    from pipgrants.analysis.score_matrix import Array
    from pipgrants.analysis.spending import Spending


def left_out(call: Call, stage: Stage, *, has_exclusions: bool) -> tuple[str, ...]:
    """The rules that an analysis of other weights does not follow, by the key under which the call has them."""
    return tuple(_left_out(call, stage, has_exclusions=has_exclusions))


def _left_out(call: Call, stage: Stage, *, has_exclusions: bool) -> Iterator[str]:
    if stage is Stage.PROFILE:
        if call.invitation is not None and call.invitation.requests_times_envelope is not None:
            yield "invitation.requests_times_envelope"
        return
    yield from not_followed(call)
    if has_exclusions:
        yield "mutual_exclusions"


def competition_of(table: ScoreTable) -> Competition:
    """The ranked proposals of a stage as arrays, in rank order.

    Where the ranking has weights of its own, it is those that are varied, and the threshold in total, which is compared
    by the others, is kept as it was found; otherwise it is compared anew.
    """
    import numpy as np

    from pipgrants.analysis.competition import Competition

    rubric, criteria = table.call.rubric, table.criteria
    maximums = [scale_of(rubric, item).maximum for item in criteria]
    reaches = [EXACT.multiply(item.weight_in_ranking, most) for item, most in zip(criteria, maximums, strict=True)]
    digits = max([rubric.decimals, *(-_exponent(item.points) for item in table.proposals)])
    minimum_total = rubric.minimum_total_at(table.stage)
    least = None if minimum_total is None else _least(minimum_total, digits, strict=rubric.minimum_total_strict)
    minimums = [item.minimum_at(table.stage) for item in criteria]
    barred = [item.requested_amount is None for item in table.proposals]
    spending, minimum_score = _rule(table)
    competition = Competition(
        numbers=tuple(item.number for item in table.proposals),
        criteria=tuple(item.code for item in criteria),
        marks=_marks(table, maximums),
        weights=np.array([float(reach / exact_sum(reaches)) for reach in reaches]),
        reach=float(exact_sum(reaches).scaleb(digits)),
        step=10 ** (digits - rubric.decimals),
        points=np.array([int(item.points.scaleb(digits)) for item in table.proposals], dtype=np.int64),
        minimums=np.array(
            [np.nan if low is None else float(low / most) for low, most in zip(minimums, maximums, strict=True)]
        ),
        strict=np.array([item.strict for item in criteria]),
        barred=np.array(barred, dtype=bool),
        spending=spending,
        minimum_total=least,
        minimum_score=None if minimum_score is None else _least(minimum_score, digits),
    )
    return _by_thresholds(table, competition, maximums) if rubric.has_ranking_weights else competition


def _by_thresholds(table: ScoreTable, competition: Competition, maximums: list[Decimal]) -> Competition:
    """The same with the threshold in total as the weights that are not varied decide it."""
    import numpy as np

    from pipgrants.analysis.competition import total

    if competition.minimum_total is None:
        return competition
    reaches = np.array([float(item.weight * most) for item, most in zip(table.criteria, maximums, strict=True)])
    unit = competition.step * 10**table.call.rubric.decimals
    totals = total(replace(competition, reach=reaches.sum() * unit), (reaches / reaches.sum())[None, :])[0]
    return replace(competition, barred=competition.barred | (totals < competition.minimum_total), minimum_total=None)


def _exponent(number: Decimal) -> int:
    return int(number.normalize().as_tuple().exponent)


def _least(minimum: Decimal, digits: int, *, strict: bool = False) -> int:
    """The least whole number of units that reaches a threshold, or exceeds a strict one."""
    units = minimum.scaleb(digits)
    if strict:
        return int(units.to_integral_value(ROUND_FLOOR)) + 1
    return int(units.to_integral_value(ROUND_CEILING))


def _marks(table: ScoreTable, maximums: list[Decimal]) -> Array:
    import numpy as np

    rows = [
        [
            np.nan if mark is None else float(mark) / float(most)
            for mark, most in zip(
                (item.combined[criterion.code] for criterion in table.criteria), maximums, strict=True
            )
        ]
        for item in table.proposals
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(maximums))


def _rule(table: ScoreTable) -> tuple[Spending, Decimal | None]:
    """How money, or invitations, go down the ranking, and the least total that a call asks for besides."""
    call = table.call
    if table.stage is Stage.PROFILE and call.invitation is not None:
        return _invitations(table, call.invitation), call.invitation.minimum_total
    return _money(table, call.allocation), call.allocation.minimum_score


def _invitations(table: ScoreTable, terms: InvitationTerms) -> Spending:
    """Invitations cost nothing; where money sets the line, as many are invited as were."""
    import numpy as np

    from pipgrants.analysis.spending import Spending, Turn

    nothing = np.zeros(len(table.proposals), dtype=np.int64)
    by_money = table.funded_count if terms.requests_times_envelope is not None and table.is_decided else None
    places = terms.maximum_count if terms.maximum_count is not None else by_money
    return Spending(Turn.ENDING, 0, nothing, nothing, places)


def _money(table: ScoreTable, terms: AllocationTerms) -> Spending:
    import numpy as np

    from pipgrants.analysis.spending import Spending, Turn

    currency = table.call.currency
    requests = [item.requested_amount or Decimal(0) for item in table.proposals]
    viable = requests
    if terms.minimum_rest_share is not None:
        viable = [least_share(asked, terms.minimum_rest_share, currency) for asked in requests]
    elif terms.partial is not None:
        viable = [viable_amount(asked, terms.partial, currency) for asked in requests]
    if terms.partial is not None and terms.partial.rule is not PartialRule.LAST_ONLY:
        turn = Turn(terms.partial.rule.value)
    else:
        turn = Turn.ENDING if terms.rule in ENDING else Turn.FILLING
    money = EXACT.subtract(table.call.envelope_amount, terms.appeal_margin_amount)
    return Spending(
        turn,
        to_minor(money, currency),
        np.array([to_minor(asked, currency) for asked in requests], dtype=np.int64),
        np.array([to_minor(least, currency) for least in viable], dtype=np.int64),
        terms.maximum_awards,
    )


def sheets_of(table: ScoreTable) -> Sheets | None:
    """The marks of the evaluators, None where their consensus counts in the place of them."""
    from pipgrants.analysis.omissions import Sheets

    if table.call.rubric.combination is Combination.CONSENSUS:
        return None
    matrix = table.matrix()
    return Sheets(
        evaluators=matrix.evaluators,
        proposal=matrix.proposal,
        evaluator=matrix.evaluator,
        marks=matrix.marks / matrix.maximums,
        by_median=table.call.rubric.combination is Combination.MEDIAN,
    )
