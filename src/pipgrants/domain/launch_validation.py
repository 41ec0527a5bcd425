"""Launch validation: whether a project is still relevant, and what becomes of its components before money moves.

PIP, "How to ensure that PIP objectives maintain their relevance": twelve months and more can pass between design and
first payment; what was designed is checked with the participating firms, and areas of work may be updated, abandoned,
scaled up, scaled down or added.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from pipgrants.domain.call import CounterpartRule
from pipgrants.domain.cofinancing import contributed, covered_grant
from pipgrants.domain.mistakes import DefinitionMistake
from pipgrants.domain.plain import exact_sum
from pipgrants.domain.project import (
    ComponentDecision,
    LaunchValidation,
    ProjectLine,
    Tranche,
    granted,
    numbered_tranches,
    tranche_mistakes,
    unfit_items,
)
from pipgrants.domain.vocabulary import Component, ComponentChange
from pipgrants.errors import in_words
from pipgrants.money import Money

WITHOUT_BUDGET = frozenset({ComponentChange.KEPT, ComponentChange.ABANDONED})


def due_after(design_on: date, months: int) -> date:
    """The last day on which what was designed on a day counts as fresh: so many months later, or that month's last."""
    years, month = divmod(design_on.month - 1 + months, 12)
    year = design_on.year + years
    return date(year, month + 1, min(design_on.day, monthrange(year, month + 1)[1]))


def is_mandatory(design_on: date | None, first_disbursement_on: date, months: int) -> bool:
    """Whether more than so many months lie between design and first disbursement, or nobody knows when it was
    designed."""
    return design_on is None or first_disbursement_on > due_after(design_on, months)


def validated_budget(lines: Sequence[ProjectLine], validation: LaunchValidation) -> tuple[ProjectLine, ...]:
    """The budget after a validation; lines that it writes have numbers that no line had before.

    A line of no component stays.
    """
    decided = {decision.component: decision for decision in validation.components}
    kept = [item for item in lines if _stays(item.line.component, decided)]
    number = max((item.number for item in lines), default=0)
    changing = (decision for decision in validation.components if decision.change not in WITHOUT_BUDGET)
    written = [line for decision in changing for line in decision.lines]
    return (*kept, *(ProjectLine(number + place, line) for place, line in enumerate(written, 1)))


def _stays(component: Component | None, decided: Mapping[Component, ComponentDecision]) -> bool:
    return component is None or component not in decided or decided[component].change is ComponentChange.KEPT


def validated_tranches(tranches: Sequence[Tranche], validation: LaunchValidation) -> tuple[Tranche, ...]:
    """The tranches after a validation: those it gives, or those of the agreement."""
    return numbered_tranches(validation.tranches) or tuple(tranches)


def validation_mistakes(
    validation: LaunchValidation,
    lines: Sequence[ProjectLine],
    tranches: Sequence[Tranche],
    firms: Collection[str],
    award: Decimal,
    counterpart: CounterpartRule | None,
    currency: str,
) -> Iterator[DefinitionMistake]:
    """Everything that is wrong with a launch validation of a project with a budget, tranches and firms."""
    items = [item for decision in validation.components for item in decision.budget]
    yield from unfit_items(validation.tranches, items, currency)
    yield from _component_mistakes(validation, lines, currency)
    yield from _firm_mistakes(validation, firms)
    budget = [item.line for item in validated_budget(lines, validation)]
    grant = granted(budget)
    if grant > award:
        message = f"the grant would be {Money(grant, currency)}; the award is {Money(award, currency)}, and stays so"
        yield DefinitionMistake("validation.above_award", message, key="components")
    brought = contributed(budget, counterpart)
    covered = covered_grant(counterpart, brought, grant, currency)
    if counterpart is not None and covered < grant:
        message = (
            f"the counterpart of {Money(brought, currency)} covers a grant of {Money(covered, currency)}, "
            f"not {Money(grant, currency)}"
        )
        yield DefinitionMistake("validation.counterpart", message, counterpart.clause, "components")
    amounts = [tranche.amount for tranche in validated_tranches(tranches, validation)]
    yield from tranche_mistakes(amounts, grant, currency)


def _component_mistakes(
    validation: LaunchValidation, lines: Sequence[ProjectLine], currency: str
) -> Iterator[DefinitionMistake]:
    before = {item.line.component for item in lines} - {None}
    named = [decision.component for decision in validation.components]
    for component in sorted(before - {*named}, key=str):
        message = f"say what becomes of the component {component}: {', '.join(ComponentChange)}"
        yield DefinitionMistake("validation.component_missing", message, key="components")
    for place, decision in enumerate(validation.components, 1):
        key = f"components.{place}"
        if decision.component in named[: place - 1]:
            message = f"{decision.component} stands twice"
            yield DefinitionMistake("validation.component_twice", message, key=key)
        if (decision.component in before) is (decision.change is ComponentChange.ADDED):
            stood = "was not there before: it can only be added" if decision.component not in before else "is there"
            message = f"{decision.component} {stood}"
            yield DefinitionMistake("validation.component_added", message, key=key)
        else:
            old = exact_sum(item.line.amount for item in lines if item.line.component is decision.component)
            yield from _amount_mistakes(decision, old, key, currency)


def _amount_mistakes(decision: ComponentDecision, old: Decimal, key: str, currency: str) -> Iterator[DefinitionMistake]:
    change, new = decision.change, exact_sum(item.amount for item in decision.budget)
    if change in WITHOUT_BUDGET:
        if decision.budget:
            message = f"a component that is {change} has no new budget; leave it out"
            yield DefinitionMistake("validation.budget", message, key=f"{key}.budget")
        return
    holds = {
        ComponentChange.UPDATED: new == old,
        ComponentChange.SCALED_UP: new > old,
        ComponentChange.SCALED_DOWN: new < old,
        ComponentChange.ADDED: True,
    }
    if not (new and holds[change]):
        message = (
            f"{decision.component} is {in_words(change)} from {Money(old, currency)} to {Money(new, currency)}; what "
            "is updated keeps its amount, what is scaled up has more, what is scaled down less, and more than nothing"
        )
        yield DefinitionMistake("validation.budget", message, key=f"{key}.budget")


def _firm_mistakes(validation: LaunchValidation, firms: Collection[str]) -> Iterator[DefinitionMistake]:
    named = {"agreed_by": validation.agreed_by, "left": validation.left}
    for key, numbers in named.items():
        for number in numbers:
            if number not in firms:
                message = f"{number} is no firm of the project; those are: {', '.join(sorted(firms)) or 'none'}"
                yield DefinitionMistake("validation.unknown_firm", message, key=key)
    for number in sorted({*validation.agreed_by} & {*validation.left}):
        message = f"{number} both agrees and takes part no longer"
        yield DefinitionMistake("validation.firm_twice", message, key="left")
    for number in sorted({*firms} - {*validation.agreed_by} - {*validation.left}):
        message = f"{number} has not agreed; name it under 'agreed_by', or under 'left' where it takes part no longer"
        yield DefinitionMistake("validation.firm_missing", message, key="agreed_by")
