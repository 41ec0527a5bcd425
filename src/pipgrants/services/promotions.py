"""Whom free money funds beside the awards that stand: those first by an appeal, then the reserve list in its order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import orjson

from pipgrants.domain.allocation import AFTER_FIRST, AllocationLine, Standing, allocate
from pipgrants.domain.appeal import FUNDED_FROM_MARGIN, FundedFrom
from pipgrants.domain.call import Call
from pipgrants.domain.determination import decide
from pipgrants.domain.finding import Note
from pipgrants.domain.plain import plain_amount
from pipgrants.services.appealed_lines import is_first_in_reserve, places_of, told_of_appeal
from pipgrants.services.corrected_ranking import corrected
from pipgrants.services.determinations import Ground, in_order, package_line
from pipgrants.store.packages import PackageLine, RankingRow
from pipgrants.trail.canonical import canonical


class Promotions(NamedTuple):
    """The determinations of those promoted, in proposal order, and by number the money held for those held back."""

    lines: list[PackageLine]
    held: Mapping[str, Decimal]


def decide_promotions(ground: Ground, standing: Standing, on_appeal: Mapping[str, PackageLine]) -> Promotions:
    """Whom free money funds of those on the reserve list; every award stands.

    ``on_appeal`` are the decisions by number whose place an appeal gave (``moved_on_appeal``); a promotion tells of it.
    """
    first = first_in_reserve(on_appeal)
    rows = corrected(ground.ranking, places_of(on_appeal), first)
    ranks = {row.proposal: row.rank for row in rows}
    lines, held = [], {}
    for line in fund_beside(ground, rows, first, standing):
        if line.amount and line.number in standing.held_back:
            held[line.number] = line.amount
        elif line.amount:
            determined = decide(line, ground.conditions.get(line.number, ()), ())
            promoted = package_line(ranks[line.number], determined, ground.call.currency)
            lines.append(_with_appeal(ground.call, promoted, line, on_appeal.get(line.number)))
    return Promotions(in_order(lines), held)


def first_in_reserve(on_appeal: Mapping[str, PackageLine]) -> frozenset[str]:
    """Those whom an appeal put before the others of the reserve list."""
    return frozenset(number for number, line in on_appeal.items() if is_first_in_reserve(line))


def fund_beside(
    ground: Ground, rows: Sequence[RankingRow], first: Collection[str], standing: Standing
) -> list[AllocationLine]:
    """What those that wait receive beside the awards that stand; ``rows`` are in the order of turns.

    The margin kept for appeals may pay those ``first`` by an appeal, where the call says so.
    """
    call = ground.call
    in_turn = [place._replace(rank=turn) for turn, place in enumerate(ground._replace(ranking=rows).ranked, 1)]
    paid = first if call.appeal.funded_from is FundedFrom.MARGIN else ()
    known = ground.known.may_draw_on_margin(paid)
    found = allocate(in_turn, ground.requests, ground.envelope, call.allocation, (), known, standing)
    return [line._replace(reason=_in_words_of_appeal(call, line.reason, rows)) for line in found]


def is_paid_by_margin(line: AllocationLine) -> bool:
    """Whether the margin kept for appeals pays what a proposal receives."""
    return line.reason.code == FUNDED_FROM_MARGIN


def _in_words_of_appeal(call: Call, reason: Note, rows: Sequence[RankingRow]) -> Note:
    """A reason with the clause on appeals where the margin pays, and with the rank of whom funding ended at."""
    if reason.code == FUNDED_FROM_MARGIN:
        return Note(reason.code, {**reason.values, "clause": call.appeal.clause})
    turn = reason.values.get("first")
    if reason.code == AFTER_FIRST and isinstance(turn, dict):
        rank = rows[int(str(turn["number"])) - 1].rank
        return Note(reason.code, {**reason.values, "first": {"number": str(rank)}})
    return reason


def _with_appeal(call: Call, promoted: PackageLine, line: AllocationLine, on_appeal: PackageLine | None) -> PackageLine:
    if on_appeal is None:
        return promoted
    by_margin = plain_amount(line.amount, call.currency) if is_paid_by_margin(line) else None
    told = {**told_of_appeal(on_appeal), "is_first_in_reserve": False, "paid_by_margin": by_margin}
    return promoted._replace(detail=canonical({**orjson.loads(promoted.detail), "appeal": told}))
