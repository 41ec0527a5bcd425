"""Whom free money promotes from the reserve list; whom an appeal put first on it has a turn before the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson

from pipgrants.domain.allocation import Standing, allocate
from pipgrants.domain.determination import decide
from pipgrants.domain.vocabulary import Outcome
from pipgrants.services.allocate import Ground, in_order, package_line
from pipgrants.services.appealed_lines import place_of, told_of_appeal
from pipgrants.store.packages import PackageLine, RankingRow
from pipgrants.trail.canonical import canonical


def decide_promotions(ground: Ground, standing: Standing, on_appeal: Mapping[str, PackageLine]) -> list[PackageLine]:
    """The determinations of those on the reserve list that free money funds, in proposal order; every award stands.

    ``on_appeal`` are the decisions by number whose place an appeal gave (``moved_on_appeal``); a promotion tells of it.
    """
    rows = turns(ground.ranking, on_appeal)
    ranks = {row.proposal: row.rank for row in rows}
    in_turn = [place._replace(rank=turn) for turn, place in enumerate(ground._replace(ranking=rows).ranked, 1)]
    call, known = ground.call, ground.known
    found = allocate(in_turn, ground.requests, ground.envelope, call.allocation, (), known, standing)
    decided = (decide(line, ground.conditions.get(line.number, ()), ()) for line in found)
    awarded = (item for item in decided if item.outcome is not Outcome.RESERVE and item.amount)
    lines = in_order(package_line(ranks[item.number], item, call.currency) for item in awarded)
    return [_with_appeal(line, on_appeal.get(line.proposal)) for line in lines]


def moved_on_appeal(
    ranking: Iterable[RankingRow], standing: Standing, decided: Iterable[PackageLine]
) -> dict[str, PackageLine]:
    """The standing decisions on appeal, by number, that gave a place where there was none, or a better one."""
    published = {row.proposal: row.rank for row in ranking}
    moved = {}
    for line in decided:
        is_concerned = line.proposal in standing.frozen or line.proposal in standing.waiting
        place = place_of(line) if is_concerned else None
        if place and (_is_first(line) or place.rank <= published.get(line.proposal, place.rank)):
            moved[line.proposal] = line
    return moved


def turns(ranking: Iterable[RankingRow], on_appeal: Mapping[str, PackageLine]) -> list[RankingRow]:
    """The places in the order of their turns; who moved on appeal comes before the published place of the same rank.

    Nobody is tied with who moved, nor across a place that who moved took.
    """
    published = list(ranking)
    before = dict(zip((row.proposal for row in published[1:]), (row.proposal for row in published), strict=False))
    moved = [place for line in on_appeal.values() if (place := place_of(line)) is not None]
    first = {number for number, line in on_appeal.items() if _is_first(line)}
    stayed = [row for row in published if row.proposal not in on_appeal]

    def turn(row: RankingRow) -> tuple[bool, int, bool]:
        return row.proposal not in first, row.rank, row.proposal not in on_appeal

    rows = sorted([*moved, *stayed], key=turn)
    last = None
    for index, row in enumerate(rows):
        if row.proposal not in on_appeal and before.get(row.proposal) != last:
            rows[index] = row._replace(tie_broken_by=None)
        last = None if row.proposal in on_appeal else row.proposal
    return rows


def _with_appeal(line: PackageLine, on_appeal: PackageLine | None) -> PackageLine:
    if on_appeal is None:
        return line
    told = {**told_of_appeal(on_appeal), "is_first_in_reserve": False}
    return line._replace(detail=canonical({**orjson.loads(line.detail), "appeal": told}))


def _is_first(line: PackageLine) -> bool:
    return bool(told_of_appeal(line).get("is_first_in_reserve"))
