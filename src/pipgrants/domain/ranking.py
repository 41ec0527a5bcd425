"""Ranking: by total, then by the tie-breaks the call declares, then by a draw or by proposal number.

1. The total by the ranking weights, priority points included, from high to low.
2. The declared tie-breaks, in their order. A fact that is not on record comes last within its tie-break.
3. What remains tied is drawn (RFC 3797) over the tied proposals in number order, when the call names sources of
   randomness; each tied group is a pool of its own, drawn whole, with the same key. Otherwise the lower number comes
   first.

The tie-break ``territory_not_yet_funded`` waits for the allocation: those that the words before it leave equal stand
here in the order of the words after it.

Proposal numbers are compared naturally: P-2 comes before P-10. The order in which candidates are given changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from pipgrants.domain.call import ZERO, RankingRule
from pipgrants.domain.draw import select
from pipgrants.domain.rubric import Rubric
from pipgrants.errors import RefusedError
from pipgrants.money import EXACT

DRAW = "draw"
NUMBER = "number"
CRITERION = "criterion:"
TERRITORY_NOT_YET_FUNDED = "territory_not_yet_funded"

NO_MARKS: Mapping[str, Decimal | None] = MappingProxyType({})
_DIGITS = re.compile("([0-9]+)")


class Candidate(NamedTuple):
    """What the ranking knows of a proposal; ``total`` is the score by the ranking weights, before
    priority points; ``total_amount`` is what the whole project costs.

    ``marks`` maps a criterion's code to its combined mark, None where it was not applicable. ``has_priority`` says
    whether it is in a group that comes first among equals.
    """

    number: str
    total: Decimal
    marks: Mapping[str, Decimal | None] = NO_MARKS
    priority_points: Decimal = ZERO
    has_priority: bool = False
    grant_amount: Decimal | None = None
    total_amount: Decimal | None = None
    counterpart_share: Decimal | None = None
    received_at: datetime | None = None


class RankedProposal(NamedTuple):
    """One place in the ranking; ``total`` includes priority points, ``rank`` counts from 1 without gaps.

    ``tie_broken_by`` is the word that put the proposal below the one ranked just above it with the same total: a
    declared tie-break, ``draw`` or ``number``; None where the one above has a higher total. ``drawn_among`` are the
    numbers of the pool it was drawn from, in the pool's order.
    """

    rank: int
    number: str
    total: Decimal
    tie_broken_by: str | None = None
    drawn_among: tuple[str, ...] = ()


_Key: TypeAlias = tuple[object, ...]
_Placed: TypeAlias = tuple[_Key, Candidate]


def rank(candidates: Iterable[Candidate], rule: RankingRule, draw_key: str | None = None) -> tuple[RankedProposal, ...]:
    """The candidates in rank order. ``draw_key`` is the key of the call's sources (``draw.canonical_key``).

    Raises RefusedError where ties need a draw and no key is given, or a tie-break is not one of the known words.
    """
    ranked: list[RankedProposal] = []
    above: _Key = ()
    for key, tied in _tied_groups(candidates, rule):
        pool = tuple(candidate.number for candidate in tied) if _needs_draw(tied, rule) else ()
        word = _separating_word(above, key, rule)
        for candidate in _drawn(tied, draw_key) if pool else tied:
            ranked.append(RankedProposal(len(ranked) + 1, candidate.number, _total(candidate), word, pool))
            word = DRAW if pool else NUMBER
        above = key
    return tuple(ranked)


def separation(above: Candidate, below: Candidate, rule: RankingRule) -> str:
    """The word that puts a candidate below another of the same total: a tie-break, or the draw or the number."""
    differing = (word for word in rule.tie_breaks if _tie_break(word)(above) != _tie_break(word)(below))
    return next(differing, DRAW if rule.draw else NUMBER)


def undrawn_ties(candidates: Iterable[Candidate], rule: RankingRule) -> tuple[tuple[str, ...], ...]:
    """The groups that only a draw can order: the numbers of each, in number order, best group first.

    There are none where the call names no source of randomness.
    """
    if not rule.draw:
        return ()
    groups = (tied for _, tied in _tied_groups(candidates, rule) if len(tied) > 1)
    return tuple(tuple(candidate.number for candidate in tied) for tied in groups)


def undecided_ties(rule: RankingRule) -> frozenset[str]:
    """The ways of separating that leave proposals equal while the money is spent.

    These are the draw and the number; where a territory without an award comes first, also the words after that one.
    """
    words = rule.tie_breaks
    after = words[words.index(TERRITORY_NOT_YET_FUNDED) + 1 :] if TERRITORY_NOT_YET_FUNDED in words else ()
    return frozenset({DRAW, NUMBER, *after})


def unknown_tie_breaks(rule: RankingRule, rubric: Rubric) -> tuple[str, ...]:
    """The declared tie-breaks that are no known word, or name a criterion that the rubric does not have."""
    known = {*TIE_BREAKS, *(CRITERION + criterion.code for criterion in rubric.criteria)}
    return tuple(word for word in rule.tie_breaks if word not in known)


def natural_key(number: str) -> _Key:
    """A sort key that compares runs of digits as whole numbers, and is different for different numbers."""
    parts = _DIGITS.split(number)
    key: list[object] = [*parts, number]
    key[1:-1:2] = map(int, parts[1::2])
    return tuple(key)


def _tied_groups(candidates: Iterable[Candidate], rule: RankingRule) -> Iterator[tuple[_Key, list[Candidate]]]:
    """The candidates that total and tie-breaks leave together, in number order, best group first."""
    tie_breaks = [_tie_break(word) for word in rule.tie_breaks]
    placed: list[_Placed] = [
        ((_total(candidate).copy_negate(), *(key(candidate) for key in tie_breaks)), candidate)
        for candidate in sorted(candidates, key=lambda candidate: natural_key(candidate.number))
    ]
    placed.sort(key=itemgetter(0))
    for key, group in groupby(placed, key=itemgetter(0)):
        yield key, [candidate for _, candidate in group]


def _needs_draw(tied: list[Candidate], rule: RankingRule) -> bool:
    return len(tied) > 1 and bool(rule.draw)


def _drawn(tied: list[Candidate], draw_key: str | None) -> list[Candidate]:
    if draw_key is None:
        raise RefusedError(
            f"{len(tied)} proposals are tied and must be drawn: " + ", ".join(candidate.number for candidate in tied),
            next_step="enter the numbers that the call's sources of randomness published, with their evidence",
        )
    return [tied[place - 1] for place in select(draw_key, len(tied), len(tied))]


def _separating_word(above: _Key, key: _Key, rule: RankingRule) -> str | None:
    """The first tie-break in which two keys of the same total differ."""
    if not above or above[0] != key[0]:
        return None
    return next(word for word, one, other in zip(rule.tie_breaks, above[1:], key[1:], strict=True) if one != other)


def _total(candidate: Candidate) -> Decimal:
    return EXACT.add(candidate.total, candidate.priority_points)


def _none_last(value: object) -> _Key:
    return (True,) if value is None else (False, value)


def _high_first(value: Decimal | None) -> _Key:
    return _none_last(None if value is None else value.copy_negate())


TIE_BREAKS: Mapping[str, Callable[[Candidate], object]] = {
    "priority": lambda candidate: not candidate.has_priority,
    "lower_grant": lambda candidate: _none_last(candidate.grant_amount),
    "lower_total_cost": lambda candidate: _none_last(candidate.total_amount),
    "higher_counterpart_share": lambda candidate: _high_first(candidate.counterpart_share),
    "earlier_receipt": lambda candidate: _none_last(candidate.received_at),
    TERRITORY_NOT_YET_FUNDED: lambda _: None,
    NUMBER: lambda candidate: natural_key(candidate.number),
}
"""The tie-breaks by their words; ``criterion:CODE`` (the higher mark first) stands beside them.

Which territory has no award is known only while the money is spent: that word separates nobody here (``allocation``).
"""


def _tie_break(word: str) -> Callable[[Candidate], object]:
    if word.startswith(CRITERION):
        code = word.removeprefix(CRITERION)
        return lambda candidate: _high_first(candidate.marks.get(code))
    if word not in TIE_BREAKS:
        allowed = ", ".join([*TIE_BREAKS, f"{CRITERION}CODE"])
        raise RefusedError(f"{word!r} is no tie-break", next_step=f"use one of: {allowed}")
    return TIE_BREAKS[word]
