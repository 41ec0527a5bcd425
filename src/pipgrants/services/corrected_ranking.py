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

    Who moved comes before the published place of the same rank; several that moved there stay in the order given, and
    those ``first`` come before everybody. Nobody is tied with who moved unless ``separation`` says so.
    """
    published, moved = list(published), list(moved)
    numbers = {row.proposal for row in moved}
    stayed = (row for row in published if row.proposal not in numbers)
    neighbours = {
        (above.proposal, below.proposal) for above, below in pairwise(published) if not {*_pair(above, below)} & numbers
    }
    rows = sorted([*moved, *stayed], key=lambda row: (row.proposal not in first, row.rank, row.proposal not in numbers))

    def word(above: RankingRow, row: RankingRow) -> str | None:
        if _pair(above, row) in neighbours:
            return row.tie_broken_by
        if separation is None or Decimal(above.total) != Decimal(row.total):
            return None
        return separation(above.proposal, row.proposal)

    words = (word(above, row) for above, row in pairwise(rows))
    return [row._replace(tie_broken_by=given) for row, given in zip(rows, [None, *words], strict=False)]


def _pair(above: RankingRow, below: RankingRow) -> tuple[str, str]:
    return above.proposal, below.proposal
