"""What upheld appeals come to: the new place of a proposal, and the decision that takes the place of the contested one.

``decide_appeals`` makes the decisions of what it is given, for the act that prepares them and for the replay: first on
the merits (``appeal_merits``), then by what there is to pay them beside the awards that stand (``promotions``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from pipgrants.domain.allocation import AllocationLine, reserve_order
from pipgrants.domain.appeal import LARGER_NOT_COVERED, Remedy, is_better
from pipgrants.domain.call import Call
from pipgrants.domain.finding import Note
from pipgrants.domain.plain import plain_amount
from pipgrants.domain.vocabulary import Outcome, Stage
from pipgrants.money import EXACT, from_minor
from pipgrants.services.appeal_merits import AppealGround, Merits, Reopened, is_excluded, merits_of
from pipgrants.services.appealed_lines import (
    is_first_in_reserve,
    marks_counting,
    moved_on_appeal,
    paid_by_margin,
    place_of,
    places_of,
)
from pipgrants.services.corrected_ranking import corrected
from pipgrants.services.determinations import Ground, in_order
from pipgrants.services.promotions import first_in_reserve, fund_beside, is_paid_by_margin
from pipgrants.services.rank import Scoring
from pipgrants.services.rulebook import AWARDS
from pipgrants.store.packages import PackageLine, RankingRow
from pipgrants.trail.canonical import canonical

FUNDED_FROM_MONEY_LEFT = "appeal.funded_from_money_left"
FIRST_IN_RESERVE = "appeal.first_in_reserve"
FORMER_STANDS = "appeal.former_decision_stands"
NEW_RESULT = "appeal.new_result"
AWARD_MADE_LARGER = "appeal.award_made_larger"


def lacks(call: Call, item: Reopened, *, is_verified: bool, is_scored: bool) -> str | None:
    """What a reopened proposal still waits for, ``verify`` or ``score``; None where it can be decided.

    A proposal that the screening excludes needs no marks.
    """
    if item.remedy is Remedy.REVERIFY:
        if not is_verified:
            return "verify"
        if is_excluded(call, item):
            return None
    if item.remedy is Remedy.RESCORE and not is_scored:
        return "score"
    scores = Scoring(call, item.stage).score(item.facts.proposal, item.facts.marks, item.facts.counterpart_minor)
    return None if scores else "score"


def decide_appeals(ground: AppealGround, reopened: Iterable[Reopened]) -> list[PackageLine]:
    """The new decision on each reopened proposal, in proposal order; money goes by their new places."""
    merits = merits_of(ground, reopened)
    paid = _payments(ground, merits)
    return _with_positions(ground, in_order(_decide(ground, item, paid.get(item.number)) for item in merits))


def _payments(ground: AppealGround, merits: Sequence[Merits]) -> dict[str, AllocationLine]:
    """By number, what becomes of the money due to those that the rule of the call would give more than they hold.

    The allocation runs with every award frozen, in full or not at all, and with them first on the reserve list.
    """
    due = {item.number: amount for item in merits if (amount := _due(ground.call, item)) > 0}
    if not due:
        return {}
    decided = {item.number for item in merits}
    earlier = _moved(ground, [line for line in ground.decided if line.proposal not in decided])
    places = [item.place for item in merits if item.place and item.stage is Stage.PROPOSAL]
    first = first_in_reserve(earlier) | due.keys()
    rows = corrected(ground.published.get(Stage.PROPOSAL, ()), [*places, *places_of(earlier)], first)
    in_full = replace(ground.call, allocation=ground.call.allocation.in_full)
    on = Ground(in_full, Stage.PROPOSAL, rows, {**ground.requests, **due}, {}, ground.known)
    standing = ground.standing._replace(waiting=ground.standing.waiting | due.keys())
    return {line.number: line for line in fund_beside(on, rows, first, standing) if line.number in due}


def _due(call: Call, item: Merits) -> Decimal:
    """What the rule of the call would give beyond what the decision contested gave."""
    if item.line.outcome not in AWARDS:
        return Decimal(0)
    held = item.former.amount_minor if item.former and item.former.outcome in AWARDS else 0
    return from_minor((item.line.amount_minor or 0) - (held or 0), call.currency)


def _moved(ground: AppealGround, lines: Iterable[PackageLine]) -> dict[str, PackageLine]:
    return moved_on_appeal(ground.published.get(Stage.PROPOSAL, ()), lines)


class _Decision(NamedTuple):
    """A decision on appeal: its line, the rest of its detail, and what it rests on.

    ``scored_at`` is the stage under which the marks stand that gave the place; ``by_margin`` what the margin pays.
    """

    line: PackageLine
    detail: Mapping[str, Any]
    place: RankingRow | None
    scored_at: str
    is_first: bool = False
    by_margin: Decimal = Decimal(0)


def _decide(ground: AppealGround, item: Merits, paid: AllocationLine | None) -> PackageLine:
    former = item.former
    if former is not None and former.outcome in AWARDS:
        decision = _on_award(ground, item, former, paid)
    elif paid is not None:
        decision = _on_money(ground.call, item, paid)
    elif former is None or is_better(item.line.outcome, former.outcome) or _moves_up(ground, item, former):
        decision = _Decision(item.line, _detail(item.line), item.place, item.reopened.scored_at)
    else:
        decision = _former_stands(ground, item, former)
    told = _told(ground.call, item, decision)
    detail = canonical({**decision.detail, "corrects": item.reopened.corrects, "appeal": told})
    return decision.line._replace(rank=decision.place.rank if decision.place else None, detail=detail)


def _on_award(ground: AppealGround, item: Merits, former: PackageLine, paid: AllocationLine | None) -> _Decision:
    """An award that stands: made larger where the difference is paid, and without conditions that fell away."""
    better = item.line if is_better(item.line.outcome, former.outcome) else former
    amount, notes, more = former.amount_minor, _reasons_before(former), Decimal(0)
    if paid is None and better is former:
        return _former_stands(ground, item, former)
    if paid is not None and paid.outcome is Outcome.AWARD:
        amount, more = item.line.amount_minor, paid.amount if is_paid_by_margin(paid) else more
        notes = [_note(AWARD_MADE_LARGER, ground.call, former=former.amount_minor, granted=amount)]
    elif paid is not None:
        notes = [_note(LARGER_NOT_COVERED, ground.call, granted=item.line.amount_minor), _as_told(paid.reason)]
    return _Decision(
        better._replace(amount_minor=amount),
        {**_detail(better), "reasons": notes},
        item.place,
        item.reopened.scored_at,
        by_margin=EXACT.add(paid_by_margin(former), more),
    )


def _on_money(call: Call, item: Merits, paid: AllocationLine) -> _Decision:
    """An award where the money is there; else a place before the others of the reserve list, and why it waits."""
    by_margin = paid.amount if is_paid_by_margin(paid) else Decimal(0)
    is_first = paid.outcome is not Outcome.AWARD
    line, reason = item.line, paid.reason
    if is_first:
        line = line._replace(outcome=Outcome.RESERVE.value, amount_minor=None)
        notes = [_note(FIRST_IN_RESERVE, call), _as_told(reason)]
    else:
        code = reason.code if by_margin else FUNDED_FROM_MONEY_LEFT
        notes = [_as_told(Note(code, {**reason.values, "clause": call.appeal.clause}))]
    detail = {**_detail(item.line), "reasons": notes}
    return _Decision(line, detail, item.place, item.reopened.scored_at, is_first, by_margin)


def _moves_up(ground: AppealGround, item: Merits, former: PackageLine) -> bool:
    """Whether a proposal stays on the reserve list, in a better place."""
    if item.line.outcome != Outcome.RESERVE or former.outcome != Outcome.RESERVE or is_first_in_reserve(former):
        return False
    before = _place_before(ground, item, former)
    return before is not None and item.place is not None and item.place.rank < before.rank


def _place_before(ground: AppealGround, item: Merits, former: PackageLine) -> RankingRow | None:
    """The place by the decision contested: that of an appeal before, or the published one."""
    published = (row for row in ground.published.get(item.stage, ()) if row.proposal == item.number)
    return place_of(former) or next(published, None)


def _former_stands(ground: AppealGround, item: Merits, former: PackageLine) -> _Decision:
    """The decision contested, with the better of both places."""
    before = _place_before(ground, item, former)
    place, notes = item.place, [_note(FORMER_STANDS, ground.call)]
    is_new = before is None or (place is not None and place.rank <= before.rank)
    if place is not None and not is_new:
        values = {"total": {"number": place.total}, "rank": {"number": str(place.rank)}}
        notes.append({"code": NEW_RESULT, "values": {**values, "clause": ground.call.appeal.clause}})
    is_told_anew = is_new and item.line.outcome == former.outcome and former.outcome not in AWARDS
    notes += _detail(item.line)["reasons"] if is_told_anew else _reasons_before(former)
    return _Decision(
        former,
        {**_detail(former), "reasons": notes},
        place if is_new else before,
        item.reopened.scored_at if is_new else marks_counting(former, item.stage),
        is_first_in_reserve(former),
        paid_by_margin(former),
    )


def _detail(line: PackageLine) -> dict[str, Any]:
    detail: dict[str, Any] = orjson.loads(line.detail)
    return detail


def _as_told(note: Note) -> dict[str, object]:
    return {"code": note.code, "values": dict(note.values)}


def _reasons_before(former: PackageLine) -> list[dict[str, object]]:
    """The reasons of the decision contested, without those that say how it stood an appeal before."""
    return [item for item in _detail(former)["reasons"] if item["code"] not in (FORMER_STANDS, NEW_RESULT)]


def _note(code: str, call: Call, **units: int | None) -> dict[str, object]:
    values: dict[str, object] = {
        name: {"amount": plain_amount(from_minor(amount or 0, call.currency), call.currency), "currency": call.currency}
        for name, amount in units.items()
    }
    return {"code": code, "values": {**values, "clause": call.appeal.clause}}


def _told(call: Call, item: Merits, decision: _Decision) -> dict[str, object]:
    """What the decision holds of the appeal: the score and place that it rests on, and what paid it."""
    place, by_margin = decision.place, decision.by_margin
    score = {} if place is None else orjson.loads(place.detail)
    return {
        "number": item.reopened.appeal,
        "stage": item.stage.value,
        "former": item.former.outcome if item.former else None,
        "scored_at": decision.scored_at,
        "total": None if place is None else place.total,
        "by_criterion": score.get("by_criterion", {}),
        "points": score.get("points"),
        "below": score.get("below", []),
        "paid_by_margin": plain_amount(by_margin, call.currency) if by_margin else None,
        "is_first_in_reserve": decision.is_first,
    }


def _with_positions(ground: AppealGround, lines: Sequence[PackageLine]) -> list[PackageLine]:
    """The decisions with the positions on the reserve list as it stands with them."""
    standing = {line.proposal: line for line in (*ground.decided, *lines)}
    moved = _moved(ground, standing.values())
    rows = corrected(ground.published.get(Stage.PROPOSAL, ()), places_of(moved), first_in_reserve(moved))
    reserved = {line.proposal for line in lines if line.outcome == Outcome.RESERVE}
    waiting = (ground.standing.waiting - {line.proposal for line in lines}) | reserved
    awarded = {line.proposal: Decimal(0) for line in lines if line.outcome in AWARDS}
    after = ground.standing._replace(frozen={**ground.standing.frozen, **awarded}, waiting=waiting)
    ranked = Ground(ground.call, Stage.PROPOSAL, rows, {}, {}, ground.known).ranked
    queue = reserve_order(ranked, ground.call.allocation, ground.known, after)
    positions = {number: position for position, number in enumerate(queue, 1) if number in reserved}
    return [_positioned(line, positions.get(line.proposal)) for line in lines]


def _positioned(line: PackageLine, position: int | None) -> PackageLine:
    detail = _detail(line)
    detail.pop("reserve_position", None)
    return line._replace(detail=canonical(detail if position is None else {**detail, "reserve_position": position}))
