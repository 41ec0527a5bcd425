"""The published ranking with the places that appeals gave: who would have stood where, and whose turn it is."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from decimal import Decimal
from itertools import pairwise
from typing import TypeAlias

from pipgrants.store.packages import RankingRow

Separation: TypeAlias = Callable[[str, str], str]
"""The word that separates two proposals of the same total that are not neighbours in the published ranking."""


def corrected(
    published: Iterable[RankingRow],
    moved: Iterable[RankingRow],
    first: Container[str] = (),
    separation: Separation | None = None,
) -> list[RankingRow]:
    """The places in their new order, each with the rank that it was told.

    ``moved`` tell their rank beside the published places of others; of several with the same rank the better total
    comes first, of equal ones the one given first. Those ``first`` come before everybody. Nobody is tied with who
    moved unless ``separation`` says by what.
    """
    published, moved = list(published), list(moved)
    ranks = {row.proposal: row.rank for row in published}
    new = {row.proposal: _before(row.rank, ranks.get(row.proposal)) for row in moved}
    stayed = [row for row in published if row.proposal not in new]

    def turn(row: RankingRow) -> tuple[bool, int, bool, Decimal]:
        rank = new.get(row.proposal, row.rank)
        return row.proposal not in first, rank, row.proposal not in new, Decimal(row.total).copy_negate()

    rows = sorted([*moved, *stayed], key=turn)
    neighbours = {(above.proposal, below.proposal) for above, below in pairwise(published)}

    def word(above: RankingRow, row: RankingRow) -> str | None:
        pair = above.proposal, row.proposal
        if pair in neighbours and new.keys().isdisjoint(pair):
            return row.tie_broken_by
        if separation is None or Decimal(above.total) != Decimal(row.total):
            return None
        return separation(*pair)

    words = [None, *(word(above, row) for above, row in pairwise(rows))]
    return [row._replace(tie_broken_by=given) for row, given in zip(rows, words, strict=False)]


def _before(rank: int, own: int | None) -> int:
    """The published rank before which a place stands that was counted without the own published rank."""
    return rank if own is None or rank <= own else rank + 1
