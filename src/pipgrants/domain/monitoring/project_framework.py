"""The logical framework of a project: what it says of the budget, and how a launch validation changes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from pipgrants.domain.launch_validation import WITHOUT_BUDGET
from pipgrants.domain.mistakes import DefinitionMistake
from pipgrants.domain.monitoring.logical_framework import LogicalFramework
from pipgrants.domain.plain import ZERO, exact_sum
from pipgrants.domain.project import LaunchValidation
from pipgrants.domain.proposal import BudgetLine
from pipgrants.domain.vocabulary import Component
from pipgrants.errors import in_words
from pipgrants.money import EXACT, Money


def budget_mistakes(
    framework: LogicalFramework, lines: Sequence[BudgetLine], currency: str
) -> Iterator[DefinitionMistake]:
    """How a logical framework is not that of a budget: other currency, other components, or activities beyond it."""
    if framework.currency != currency:
        message = f"the project has amounts in {currency}; activities have theirs in {framework.currency}"
        yield DefinitionMistake("framework.other_currency", message, key="currency")
        return
    budget = budget_by_component(lines)
    rows = [row.component for row in framework.components]
    for component in sorted(budget.keys() - {*rows}):
        message = f"the budget has the component {component}; say what it produces, and by what that is measured"
        yield DefinitionMistake("framework.component_missing", message, key="components")
    for place, row in enumerate(framework.components, 1):
        if row.component not in budget:
            message = f"the budget has no component {row.component}; it has {', '.join(sorted(budget)) or 'none'}"
            yield DefinitionMistake("framework.unknown_component", message, key=f"components.{place}.component")
            continue
        planned = exact_sum(activity.budget_amount or ZERO for activity in row.activities)
        if planned > budget[row.component]:
            message = (
                f"the activities of {row.component} cost {Money(planned, currency)}; its budget is "
                f"{Money(budget[row.component], currency)}"
            )
            yield DefinitionMistake("framework.above_budget", message, key=f"components.{place}.activities")


def budget_by_component(lines: Iterable[BudgetLine]) -> Mapping[Component, Decimal]:
    """The budget of each component, in the order of its lines; lines of none are left out."""
    found: dict[Component, Decimal] = {}
    for line in lines:
        if line.component is not None:
            found[line.component] = EXACT.add(found.get(line.component, ZERO), line.amount)
    return found


def change_mistakes(validation: LaunchValidation, framework: LogicalFramework | None) -> Iterator[DefinitionMistake]:
    """What a launch validation does not say of the rows of the logical framework.

    Indicators follow the components: a row that is kept or abandoned is not restated; any other is, with its targets.
    """
    for place, decision in enumerate(validation.components, 1):
        key = f"components.{place}.framework"
        row, component, change = decision.framework, decision.component, in_words(decision.change)
        if framework is None and row is not None:
            message = "no logical framework is on record to be changed; record it before or after the validation"
            yield DefinitionMistake("validation.no_framework", message, key=key)
        elif framework is not None and (row is None) is not (decision.change in WITHOUT_BUDGET):
            message = (
                f"{component} is {change}: its indicators and activities stay as they are; leave them out"
                if row
                else f"{component} is {change}: say under 'framework' what its indicators, targets and activities are"
            )
            yield DefinitionMistake("validation.framework", message, key=key if row else f"components.{place}")
        elif row is not None and row.component is not component:
            message = f"this is the row of {row.component}, under the component {component}"
            yield DefinitionMistake("validation.other_row", message, key=f"{key}.component")
