"""The worked example of a call notice: the counterpart rule applied to one round case."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pipgrants.domain.call import Base, Call, CounterpartRule, InKindBase
from pipgrants.money import EXACT, minor_digits, quantise, share_of


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """A round case: a proposal (or grant) of ``base`` needs ``needed``, of which at most ``in_kind`` in kind."""

    base: Decimal
    needed: Decimal
    in_kind: Decimal | None


def worked_example(call: Call, rule: CounterpartRule) -> WorkedExample:
    """The counterpart of the largest round proposal (or grant) within the limits of the call."""
    base = round_below(_largest_base(call, rule))
    digits = minor_digits(call.currency)
    needed = quantise(share_of(rule.minimum_share, base), digits)
    cap = rule.in_kind_cap
    if cap is None:
        return WorkedExample(base, needed, None)
    total = base if rule.of is Base.PROPOSAL else EXACT.add(base, needed)
    capped = share_of(cap.maximum_share, needed if cap.of is InKindBase.COUNTERPART else total)
    return WorkedExample(base, needed, min(needed, quantise(capped, digits)))


def _largest_base(call: Call, rule: CounterpartRule) -> Decimal:
    grant = min(call.grant.maximum_amount or call.envelope_amount / 100, call.envelope_amount)
    if rule.of is Base.GRANT or rule.minimum_share >= 1:
        return grant
    return quantise(grant / (1 - rule.minimum_share), 0)


def round_below(amount: Decimal) -> Decimal:
    """The largest of 1, 2 and 5 times a power of ten that is not above the amount (at least 1)."""
    digits = max(len(str(int(amount))) - 1, 0)
    return max(
        (Decimal(lead).scaleb(digits) for lead in (1, 2, 5) if Decimal(lead).scaleb(digits) <= amount),
        default=Decimal(1),
    )
