"""Rounds whose evaluators mark differently: what is planted is told by reference, evaluator and criterion."""

from collections.abc import Callable
from decimal import Decimal

from pipgrants.domain.application import SubmittedScore
from pipgrants.services import evaluation
from rounds import SCORING, SOURCE, Round, application, as_, criteria

Marking = Callable[[str, str, str], Decimal | None]
"""The mark for (reference, evaluator, criterion), None where it is not applicable."""


def mark(round_: Round, marking: Marking) -> None:
    """Lets everybody who is assigned give their marks."""
    references = {number: reference for reference, number in round_.numbers.items()}
    with round_.workspace.read() as unit:
        rows = list(unit.evaluations.of_call(round_.call, unit.calls.get(round_.call).stage))
    scores = [
        SubmittedScore(row.proposal, row.evaluator, code, marking(references[row.proposal], row.evaluator, code))
        for row in rows
        if row.conflict is None
        for code in criteria(round_)
    ]
    evaluation.score(round_.workspace, as_("olga"), SCORING, call=round_.call, scores=scores, source=SOURCE)


def marked(round_: Round, count: int, marking: Marking, *, total: str = "200000") -> Round:
    """The published round with as many proposals (A1, A2, ...) screened, assigned and marked."""
    round_.receive([application(f"A{place}", total=total) for place in range(1, count + 1)])
    round_.screen()
    round_.assign()
    mark(round_, marking)
    return round_


def decided(round_: Round) -> Round:
    """A marked round with its decisions prepared."""
    round_.close_scores()
    round_.draw()
    round_.rank()
    round_.prepare()
    return round_
