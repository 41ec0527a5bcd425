"""Partial funding: money shared among proposals, in whole minor units, without one created or lost.

- ``pro_rata``: everybody receives the same share of what they asked for.
- ``constrained_equal``: everybody receives the same amount, or what they asked for where that is less (the constrained
  equal awards rule of the literature on claims problems: Aumann and Maschler 1985; Thomson 2003).

Shares are cut to whole minor units; the units that are left go one each to the largest remainders, among equal ones to
those given first (Hamilton's method). Nobody receives more than was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, Context, Decimal

from pipgrants.domain.allocation_terms import ZERO, PartialFunding, PartialRule
from pipgrants.money import from_minor, minor_digits, share_of, to_minor

_WIDE = Context(prec=100)


def viable_amount(asked: Decimal, terms: PartialFunding, currency: str) -> Decimal:
    """The least that a proposal can be funded with: never more than it asked for, and whole minor units."""
    if terms.minimum_share is None:
        return min(asked, terms.minimum_amount or ZERO)
    return least_share(asked, terms.minimum_share, currency)


def least_share(asked: Decimal, share: Decimal, currency: str) -> Decimal:
    """The least whole number of minor units that is at least a share of an amount."""
    unit = Decimal(1).scaleb(-minor_digits(currency))
    return share_of(share, asked).quantize(unit, ROUND_CEILING, _WIDE)


def funded_count(asked: Sequence[Decimal], money: Decimal, terms: PartialFunding, currency: str) -> int:
    """How many proposals, best first, can share the money so that each receives its minimum viable grant.

    A proposal less leaves more for each of the others, so that the count is found by halving.
    """
    requests = [to_minor(amount, currency) for amount in asked]
    viable = [to_minor(viable_amount(amount, terms, currency), currency) for amount in asked]
    whole = to_minor(money, currency)
    low, high = 0, len(requests)
    while low < high:
        middle = (low + high + 1) // 2
        shares = _WHOLE[terms.rule](requests[:middle], whole)
        if all(share >= least for share, least in zip(shares, viable, strict=False)):
            low = middle
        else:
            high = middle - 1
    return low


def shared(asked: Sequence[Decimal], money: Decimal, rule: PartialRule, currency: str) -> tuple[Decimal, ...]:
    """What each proposal receives, best first, all of the money or of what is asked for: whichever is less."""
    requests = [to_minor(amount, currency) for amount in asked]
    whole = to_minor(money, currency)
    shares = _WHOLE[rule](requests, whole)
    units = min(whole, sum(requests)) - sum(shares)
    for place in _by_remainder(requests, shares, whole, rule)[:units]:
        shares[place] += 1
    return tuple(from_minor(share, currency) for share in shares)


def _pro_rata(requests: Sequence[int], whole: int) -> list[int]:
    total = sum(requests)
    return list(requests) if total <= whole else [request * whole // total for request in requests]


def _constrained_equal(requests: Sequence[int], whole: int) -> list[int]:
    most = _equal_amount(requests, whole)
    return [min(request, most) for request in requests]


def _equal_amount(requests: Sequence[int], whole: int) -> int:
    """The most whole units that each can receive, unless it asked for less."""
    left, waiting = whole, len(requests)
    for request in sorted(requests):
        if request * waiting > left:
            return left // waiting
        left, waiting = left - request, waiting - 1
    return max(requests, default=0)


_WHOLE: Mapping[PartialRule, Callable[[Sequence[int], int], list[int]]] = {
    PartialRule.PRO_RATA: _pro_rata,
    PartialRule.CONSTRAINED_EQUAL: _constrained_equal,
}
"""By rule, the whole units of each share."""


def _by_remainder(requests: Sequence[int], shares: Sequence[int], whole: int, rule: PartialRule) -> list[int]:
    """The places of those that received less than they asked for, the largest remainder first."""
    total = sum(requests)
    cut = [place for place, request in enumerate(requests) if shares[place] < request]
    if rule is PartialRule.CONSTRAINED_EQUAL:
        return cut
    return sorted(cut, key=lambda place: -(requests[place] * whole % total))
