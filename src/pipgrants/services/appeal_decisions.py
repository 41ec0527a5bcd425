"""What upheld appeals come to: the new place of a proposal, and the decision that takes the place of the contested one.

``decide_appeals`` makes the decisions of what it is given, for the act that prepares them and for the replay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from pipgrants.domain.appeal import Purse, Remedy, Source, is_better
from pipgrants.domain.call import Call
from pipgrants.domain.circumstances import Circumstances
from pipgrants.domain.determination import NOT_PROVEN, UNANSWERED, screen_out
from pipgrants.domain.finding import Findings
from pipgrants.domain.plain import plain_amount
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.ranking import rank
from pipgrants.domain.vocabulary import Outcome, Stage
from pipgrants.money import EXACT, from_minor
from pipgrants.services.allocate import Ground, decide_excluded, decide_ranked, in_order, undetermined
from pipgrants.services.appealed_lines import source_of, told_of_appeal
from pipgrants.services.rank import Scoring
from pipgrants.store.packages import PackageLine, RankingRow
from pipgrants.trail.canonical import canonical

AWARDED = (Outcome.AWARD.value, Outcome.CONDITIONAL_AWARD.value)

FUNDED_FROM_MARGIN = "appeal.funded_from_margin"
FUNDED_FROM_MONEY_LEFT = "appeal.funded_from_money_left"
FIRST_IN_RESERVE = "appeal.first_in_reserve"
FORMER_STANDS = "appeal.former_decision_stands"
_OF_SOURCE = {Source.MARGIN: FUNDED_FROM_MARGIN, Source.MONEY_LEFT: FUNDED_FROM_MONEY_LEFT}


class Facts(NamedTuple):
    """What a score rests on: the proposal, its evaluators' marks as written, and the counterpart that counted."""

    proposal: Proposal
    marks: Sequence[Mapping[str, str | None]]
    counterpart_minor: int | None


class Reopened(NamedTuple):
    """A proposal whose appeal was upheld, verified and scored again as was ruled.

    ``corrects`` is the number of the letter whose place the new one takes; ``former`` the decision contested, None
    where none was made.
    """

    number: str
    appeal: int
    remedy: Remedy | None
    stage: Stage
    corrects: int
    findings: Findings
    facts: Facts
    former: PackageLine | None


class AppealGround(NamedTuple):
    """What decisions on appeals rest on beside the proposals themselves.

    ``published`` are the rankings as ratified, ``draws`` the keys of their draws, ``requests`` the grants asked for by
    number, ``standing`` the decisions that stand on the proposals of the call, ``facts`` those of the round,
    ``returned`` what came back of awards by number.
    """

    call: Call
    published: Mapping[Stage, Sequence[RankingRow]]
    draws: Mapping[Stage, str]
    requests: Mapping[str, Decimal]
    standing: Iterable[PackageLine]
    known: Circumstances
    facts: Callable[[str, Stage], Facts]
    returned: Mapping[str, Decimal] = MappingProxyType({})


def lacks(call: Call, item: Reopened, *, is_verified: bool, is_scored: bool) -> str | None:
    """What a reopened proposal still waits for, ``verify`` or ``score``; None where it can be decided.

    A proposal that the screening excludes needs no marks.
    """
    if item.remedy is Remedy.REVERIFY:
        if not is_verified:
            return "verify"
        if _is_excluded(call, item):
            return None
    if item.remedy is Remedy.RESCORE and not is_scored:
        return "score"
    scores = Scoring(call, item.stage).score(item.facts.proposal, item.facts.marks, item.facts.counterpart_minor)
    return None if scores else "score"


def _is_excluded(call: Call, item: Reopened) -> bool:
    return screen_out(item.number, item.findings, call.clarification.if_unanswered) is not None


def decide_appeals(ground: AppealGround, reopened: Iterable[Reopened]) -> list[PackageLine]:
    """The new decision on each reopened proposal, in proposal order; money goes by their new places."""
    placed = [(item, None if _is_excluded(ground.call, item) else new_place(ground, item)) for item in reopened]
    placed.sort(key=lambda pair: (pair[1] is None, pair[1].rank if pair[1] else 0, pair[0].number))
    purse = purse_of(ground)
    lines = []
    for item, place in placed:
        line, purse = _decide(ground, item, place, purse)
        lines.append(line)
    return in_order(lines)


def purse_of(ground: AppealGround) -> Purse:
    """The money that the standing awards of a call leave, in the margin kept for appeals and in the rest."""
    call, margin = ground.call, ground.call.allocation.appeal_margin_amount
    purse = Purse(margin, EXACT.subtract(call.envelope_amount, margin))
    for line in ground.standing:
        if line.outcome in AWARDED and line.amount_minor is not None:
            returned = ground.returned.get(line.proposal, Decimal(0))
            held = EXACT.subtract(from_minor(line.amount_minor, call.currency), returned)
            purse = purse.without(held, source_of(line))
    return purse


def new_place(ground: AppealGround, item: Reopened) -> RankingRow:
    """The place that a reopened proposal has beside the published ones, whose totals stay as they are.

    Those with its total are separated from it by the tie-breaks of the call, and by its draw where one was held; else
    the lower number comes first.
    """
    call, published = ground.call, ground.published.get(item.stage, ())
    key = ground.draws.get(item.stage)
    rule = call.ranking.of_stage(item.stage)
    rule = rule if key else replace(rule, draw=())
    scoring = Scoring(call, item.stage)
    scoring.score(*item.facts)
    (alone,) = rank(scoring.candidates, replace(rule, draw=()))
    others = [row for row in published if row.proposal != item.number]
    for row in others:
        if Decimal(row.total) == alone.total:
            scoring.score(*ground.facts(row.proposal, item.stage))
    own = next(place for place in rank(scoring.candidates, rule, key) if place.number == item.number)
    above = sum(Decimal(row.total) > alone.total for row in others)
    return scoring.rows([own])[0]._replace(rank=above + own.rank)


def _decide(ground: AppealGround, item: Reopened, place: RankingRow | None, purse: Purse) -> tuple[PackageLine, Purse]:
    call = ground.call
    would = _excluded(call, item) if place is None else _in_place(ground, item, place)
    detail: dict[str, Any] = orjson.loads(would.detail)
    source: Source | None = None
    is_first = False
    former = item.former
    if former is not None and not is_better(would.outcome, former.outcome):
        kept = orjson.loads(former.detail)
        told_anew = detail if would.outcome == former.outcome else kept
        detail = {**kept, "reasons": [_note(FORMER_STANDS, call), *told_anew["reasons"]]}
        source, is_first = _kept_of_appeal(former)
        would = would._replace(outcome=former.outcome, amount_minor=former.amount_minor)
    elif would.outcome in AWARDED and (former is None or former.outcome not in AWARDED):
        amount = from_minor(would.amount_minor or 0, call.currency)
        source = purse.source(amount, call.appeal.funded_from)
        if source is not None:
            detail["reasons"] = [_note(_OF_SOURCE[source], call, asked=amount, left=_left(purse, source))]
            purse = purse.without(amount, source)
        else:
            is_first = True
            detail["reasons"] = [_note(FIRST_IN_RESERVE, call, asked=amount, left=purse.left)]
            detail["reserve_position"] = 1
            would = would._replace(outcome=Outcome.RESERVE.value, amount_minor=None)
    elif former is not None and former.outcome in AWARDED:
        would = would._replace(amount_minor=former.amount_minor)
        source, is_first = _kept_of_appeal(former)
    told = _told(item, place, source, is_first=is_first)
    return would._replace(detail=canonical({**detail, "corrects": item.corrects, "appeal": told})), purse


def _kept_of_appeal(former: PackageLine) -> tuple[Source | None, bool]:
    """What paid the decision that stands, and whether it is the first on the reserve list, by a former appeal."""
    told = told_of_appeal(former)
    return told.get("funded_from"), told.get("is_first_in_reserve", False)


def _left(purse: Purse, source: Source) -> Decimal:
    return purse.margin if source is Source.MARGIN else purse.left


def _excluded(call: Call, item: Reopened) -> PackageLine:
    """What screening decides; what is still open was not asked about on appeal, and is told as not proven."""
    (line,) = decide_excluded(call, [(item.number, item.findings)])
    detail = orjson.loads(line.detail)
    for reason in detail["reasons"]:
        reason["code"] = NOT_PROVEN if reason["code"] == UNANSWERED else reason["code"]
    return line._replace(detail=canonical(detail))


def _in_place(ground: AppealGround, item: Reopened, place: RankingRow) -> PackageLine:
    """What the rule of the call decides in the new place, were nothing decided yet."""
    others = [row for row in ground.published.get(item.stage, ()) if row.proposal != item.number]
    rows = [*others[: place.rank - 1], place, *others[place.rank - 1 :]]
    ranking = [row._replace(rank=number) for number, row in enumerate(rows, 1)]
    conditions = {item.number: undetermined(item.findings)}
    decided = decide_ranked(Ground(ground.call, item.stage, ranking, ground.requests, conditions, ground.known))
    return next(line for line in decided if line.proposal == item.number)


def _note(code: str, call: Call, **amounts: Decimal) -> dict[str, object]:
    values: dict[str, object] = {
        name: {"amount": plain_amount(amount, call.currency), "currency": call.currency}
        for name, amount in amounts.items()
    }
    return {"code": code, "values": {**values, "clause": call.appeal.clause}}


def _told(item: Reopened, place: RankingRow | None, source: Source | None, *, is_first: bool) -> dict[str, object]:
    """What the decision holds of the appeal: the score and place that it rests on, and what paid it."""
    score = {} if place is None else orjson.loads(place.detail)
    return {
        "number": item.appeal,
        "stage": item.stage.value,
        "former": item.former.outcome if item.former else None,
        "total": None if place is None else place.total,
        "by_criterion": score.get("by_criterion", {}),
        "points": score.get("points"),
        "below": score.get("below", []),
        "funded_from": source,
        "is_first_in_reserve": is_first,
    }
