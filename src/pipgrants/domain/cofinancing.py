"""How much grant the counterpart of a project covers, by the share that the call requires of it.

PIP asks for a counterpart of typically half of the proposal. The same share is asked again of what is left when a
launch validation changes the budget, when costs are disallowed, and of what was realised when the project ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from pipgrants.domain.call import ONE, Base, CounterpartRule
from pipgrants.domain.plain import ZERO, exact_sum
from pipgrants.domain.proposal import BudgetLine
from pipgrants.domain.vocabulary import FundingSource
from pipgrants.money import EXACT, Rounding, divide, minor_digits


def is_counterpart(source: FundingSource, rule: CounterpartRule | None) -> bool:
    """Whether what comes from a source is counterpart: not the grant, nor a source that the call does not count."""
    return source is not FundingSource.GRANT and not (rule and source in rule.ineligible_sources)


def contributed(lines: Iterable[BudgetLine], rule: CounterpartRule | None) -> Decimal:
    """What a budget asks of the counterpart."""
    return exact_sum(line.amount for line in lines if is_counterpart(line.source, rule))


def covered_grant(rule: CounterpartRule | None, counterpart: Decimal, grant: Decimal, currency: str) -> Decimal:
    """The most of a grant that a counterpart covers; all of it where the call asks for none.

    Of the proposal, a share ``s`` covers ``counterpart * (1 - s) / s``; of the grant, ``counterpart / s``. A fraction
    of the minor unit is left off.
    """
    if rule is None or not rule.minimum_share:
        return grant
    share = rule.minimum_share
    times = EXACT.subtract(ONE, share) if rule.of is Base.PROPOSAL else ONE
    brought = EXACT.multiply(EXACT.add(counterpart, rule.tolerance_amount), times)
    if EXACT.multiply(share, grant) <= brought:
        return grant
    return max(divide(brought, share, minor_digits(currency), Rounding.DOWN), ZERO)
