"""An award as a project: its budget, its agreement with tranches and conditions, and the validation at its launch.

The dataclasses are the schema of the files that officers give; the checks say everything that is wrong with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, NamedTuple

from pipgrants.domain.bounds import Amount, Day, Words
from pipgrants.domain.mistakes import DefinitionMistake, fits_currency, unfit_amount
from pipgrants.domain.monitoring.logical_framework import FrameworkComponent
from pipgrants.domain.plain import exact_sum
from pipgrants.domain.proposal import BudgetLine
from pipgrants.domain.vocabulary import Component, ComponentChange, CostCategory, FundingSource
from pipgrants.errors import MistakenValueError
from pipgrants.money import Money
from pipgrants.scalars import NOT_EMPTY


class ProjectLine(NamedTuple):
    """A line of a project's budget by its number, which no other line of the project ever had."""

    number: int
    line: BudgetLine


class Tranche(NamedTuple):
    """A part of the grant, and the milestone that it is paid at."""

    number: int
    milestone: str
    due_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BudgetItem:
    """One budget line, as a file gives it."""

    source: FundingSource
    amount: Amount
    component: Component | None = None
    activity: str = ""
    cost_category: CostCategory | None = None

    @property
    def line(self) -> BudgetLine:
        """The line of the budget."""
        return BudgetLine(None, self.component, self.activity, self.cost_category, self.source, self.amount)


@dataclass(frozen=True, slots=True)
class TrancheTerms:
    """One tranche, as a file gives it."""

    milestone: Words
    due_on: Day
    amount: Amount


@dataclass(frozen=True, slots=True)
class Agreement:
    """The grant agreement: its days, its tranches, how each condition of the award was met.

    ``budget`` takes the place of that of the proposal, where the award is not all that was asked for.
    """

    signed_on: Day
    starts_on: Day
    ends_on: Day
    tranches: Annotated[tuple[TrancheTerms, ...], NOT_EMPTY]
    conditions: Mapping[str, Words] = field(default_factory=dict)
    budget: tuple[BudgetItem, ...] = ()

    def __post_init__(self) -> None:
        if self.ends_on < self.starts_on:
            raise MistakenValueError("ends_on", "a project ends after it starts")


@dataclass(frozen=True, slots=True)
class ComponentDecision:
    """What becomes of one component (PIP: keep, update, abandon, scale up, scale down or add areas of work).

    ``budget`` are its lines from now on, ``framework`` its row of the logical framework, where one is on record; both
    are left out where the component is kept or abandoned.
    """

    component: Component
    change: ComponentChange
    reason: str = ""
    budget: tuple[BudgetItem, ...] = ()
    framework: FrameworkComponent | None = None

    @property
    def lines(self) -> tuple[BudgetLine, ...]:
        """The lines of its budget: they are of this component."""
        return tuple(item.line._replace(component=self.component) for item in self.budget)


@dataclass(frozen=True, slots=True)
class LaunchValidation:
    """What the firms and the implementing agency agreed on before money moves.

    ``agreed_by`` and ``left`` are the numbers of the firms that agree, and of those that no longer take part.
    """

    held_on: Day
    minutes: Words
    agreed_by: Annotated[tuple[Words, ...], NOT_EMPTY]
    components: Annotated[tuple[ComponentDecision, ...], NOT_EMPTY]
    left: tuple[Words, ...] = ()
    tranches: tuple[TrancheTerms, ...] = ()


def granted(lines: Iterable[BudgetLine]) -> Decimal:
    """What a budget asks of the grant."""
    return exact_sum(line.amount for line in lines if line.source is FundingSource.GRANT)


def agreement_mistakes(
    agreement: Agreement, award: Decimal, budget: Sequence[BudgetLine], open_conditions: Sequence[str], currency: str
) -> Iterator[DefinitionMistake]:
    """Everything in which an agreement does not carry out its award; ``budget`` is the one agreed on."""
    yield from unfit_items(agreement.tranches, agreement.budget, currency)
    yield from tranche_mistakes([tranche.amount for tranche in agreement.tranches], award, currency)
    if granted(budget) != award:
        message = (
            f"the budget lines paid by the grant add up to {Money(granted(budget), currency)}; the award is "
            f"{Money(award, currency)}: restate the lines under 'budget'"
        )
        yield DefinitionMistake("agreement.other_budget", message, key="budget")
    for code in open_conditions:
        if code not in agreement.conditions:
            message = f"the award is conditional; say under 'conditions' how {code} was met"
            yield DefinitionMistake("agreement.open_condition", message, key="conditions")
    for code in agreement.conditions:
        if code not in open_conditions:
            message = f"{code} is no condition of the award; those are: {', '.join(open_conditions) or 'none'}"
            yield DefinitionMistake("agreement.unknown_condition", message, key=f"conditions.{code}")


def unfit_items(
    tranches: Iterable[TrancheTerms], items: Iterable[BudgetItem], currency: str
) -> Iterator[DefinitionMistake]:
    """The amounts that have more decimals than their currency."""
    for key, given in (("tranches", tranches), ("budget", items)):
        for item in given:
            if not fits_currency(item.amount, currency):
                yield unfit_amount(key, item.amount, currency, "")


def tranche_mistakes(amounts: Sequence[Decimal], grant: Decimal, currency: str) -> Iterator[DefinitionMistake]:
    """How the amounts of tranches are not the grant, part by part."""
    total = exact_sum(amounts)
    if total != grant:
        message = f"the tranches add up to {Money(total, currency)}; the grant is {Money(grant, currency)}"
        yield DefinitionMistake("agreement.other_tranches", message, key="tranches")
    if not all(amounts):
        yield DefinitionMistake("agreement.empty_tranche", "a tranche is above zero", key="tranches")


def numbered_tranches(tranches: Iterable[TrancheTerms]) -> tuple[Tranche, ...]:
    """Tranches in the order of the file, numbered from 1."""
    return tuple(Tranche(number, item.milestone, item.due_on, item.amount) for number, item in enumerate(tranches, 1))
