"""What each envelope within the call's envelope costs in merit: the same allocation run without it.

A proposal *displaced* by an envelope would be funded without it, one *advanced* would not. The cost is the difference
that this makes to the sum of the totals of the proposals funded, and to their mean: above zero where better totals were
passed over. What lies within an envelope that is left out lies then within the one around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from pipgrants.domain.allocation import AllocationLine
from pipgrants.domain.allocation_terms import ZERO, AllocationTerms, SubEnvelope
from pipgrants.domain.plain import exact_sum
from pipgrants.domain.ranking import RankedProposal
from pipgrants.domain.vocabulary import Outcome
from pipgrants.money import EXACT, divide

MEAN_DECIMALS = 4


class QuotaCost(NamedTuple):
    """What one envelope changes: who would be funded instead, and of whom; differences are *without* less *with* it.

    ``mean`` is rounded half up to four decimals, None where nobody is funded on one of the sides.
    """

    code: str
    displaced: tuple[str, ...]
    advanced: tuple[str, ...]
    total: Decimal
    mean: Decimal | None


def quota_costs(
    ranked: Sequence[RankedProposal],
    terms: AllocationTerms,
    lines: Sequence[AllocationLine],
    run: Callable[[AllocationTerms], Sequence[AllocationLine]],
) -> tuple[QuotaCost, ...]:
    """The cost of each envelope of the terms, in their order; ``lines`` are the run with all, ``run`` makes others."""
    totals = {place.number: place.total for place in ranked}
    return tuple(_cost(item.code, lines, run(without(terms, item)), totals) for item in terms.envelopes)


def without(terms: AllocationTerms, left_out: SubEnvelope) -> AllocationTerms:
    """The terms without one of their envelopes."""
    return replace(terms, envelopes=tuple(_detached(terms.envelopes, left_out)))


def _detached(envelopes: Iterable[SubEnvelope], left_out: SubEnvelope) -> Iterator[SubEnvelope]:
    for item in envelopes:
        within = left_out.within if item.within == left_out.code else item.within
        leftovers_to = left_out.leftovers_to if item.leftovers_to == left_out.code else item.leftovers_to
        if item.code != left_out.code:
            yield replace(item, within=within, leftovers_to=leftovers_to)


def _cost(
    code: str, lines: Iterable[AllocationLine], others: Iterable[AllocationLine], totals: Mapping[str, Decimal]
) -> QuotaCost:
    with_it, without_it = _awarded(lines), _awarded(others)
    sums = [exact_sum(totals[number] for number in awarded) for awarded in (without_it, with_it)]
    means = [
        divide(total, Decimal(len(awarded)), MEAN_DECIMALS) if awarded else None
        for total, awarded in zip(sums, (without_it, with_it), strict=True)
    ]
    mean = None if None in means else EXACT.subtract(means[0] or ZERO, means[1] or ZERO)
    return QuotaCost(
        code,
        tuple(number for number in without_it if number not in with_it),
        tuple(number for number in with_it if number not in without_it),
        EXACT.subtract(*sums),
        mean,
    )


def _awarded(lines: Iterable[AllocationLine]) -> dict[str, None]:
    """The numbers of those funded, in rank order."""
    return {line.number: None for line in lines if line.outcome is Outcome.AWARD}
