"""A portfolio of operations on record: what they cost, by instrument, country, way of implementing and year.

An operation of another purpose may hold a productive integration budget; sums of that budget leave out the operations
of which it is not stated, and say how many those are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from pipgrants.domain.monitoring.ratios import Figure, quotient
from pipgrants.domain.plain import exact_sum


class Instrument(StrEnum):
    """The instruments of the portfolio (PIP, annex 1, tables A.1 to A.5)."""

    INNOVATION_LOAN = "innovation_loan"
    POLICY_REFORM_LOAN = "policy_reform_loan"
    SPECIFIC_LOAN = "specific_loan"
    MIF_GRANT = "mif_grant"
    SEP = "sep"


class Implementation(StrEnum):
    """Whether groups of firms were known at the start, or are found by a chain of institutions (PIP, footnotes 8-9)."""

    DIRECT = "direct"
    TIERED = "tiered"


class Operation(NamedTuple):
    """One operation, amounts in US dollars; None is not stated. Without country it is regional."""

    instrument: Instrument
    project: str
    amount: Decimal
    year_approved: int
    executing_agency: str
    implementation: Implementation
    code: str | None = None
    country: str | None = None
    pip_budget_amount: Decimal | None = None
    loan_amount: Decimal | None = None
    technical_cooperation_amount: Decimal | None = None
    term_months: int | None = None
    sector: str | None = None
    executing_agency_country: str | None = None


class PortfolioGroup(NamedTuple):
    """The operations that have something in common; ``share`` is that of the amount of the whole portfolio.

    ``pip_budget_amount`` is the sum of the productive integration budgets that are stated, None where none is.
    """

    name: str
    operations_count: int
    amount: Decimal
    share: Figure
    pip_budget_amount: Decimal | None
    not_stated_count: int


ALL = "all"
REGIONAL = "regional"
YEAR = "year_approved"
_ZERO = Decimal(0)

DIMENSIONS: dict[str, Callable[[Operation], str]] = {
    "instrument": lambda item: item.instrument.value,
    "implementation": lambda item: item.implementation.value,
    "country": lambda item: item.country or REGIONAL,
    YEAR: lambda item: str(item.year_approved),
}
"""What the operations of a portfolio are told apart by."""


def portfolio_by(operations: Sequence[Operation], dimension: str) -> tuple[PortfolioGroup, ...]:
    """The groups of a dimension of ``DIMENSIONS``, and the whole portfolio as the last.

    Years stand in their order, other groups with the largest amount first.
    """
    whole = total_amount(operations)
    found: dict[str, list[Operation]] = {}
    for item in operations:
        found.setdefault(DIMENSIONS[dimension](item), []).append(item)
    groups = [_group(name, items, whole) for name, items in found.items()]
    by_year = dimension == YEAR
    in_order = sorted(groups, key=lambda group: (_ZERO if by_year else -group.amount, group.name))
    return (*in_order, _group(ALL, operations, whole))


def _group(name: str, operations: Sequence[Operation], whole: Decimal) -> PortfolioGroup:
    amount = total_amount(operations)
    stated = [item.pip_budget_amount for item in operations if item.pip_budget_amount is not None]
    return PortfolioGroup(
        name=name,
        operations_count=len(operations),
        amount=amount,
        share=quotient(amount, whole),
        pip_budget_amount=exact_sum(stated) if stated else None,
        not_stated_count=len(operations) - len(stated),
    )


def total_amount(operations: Iterable[Operation]) -> Decimal:
    """The exact sum of the amounts."""
    return exact_sum(item.amount for item in operations)
