"""How a launch validation changes the logical framework on record: indicators follow the components."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from pipgrants.domain.mistakes import DefinitionMistake
from pipgrants.domain.monitoring.framework_consistency import framework_mistakes
from pipgrants.domain.monitoring.logical_framework import LogicalFramework
from pipgrants.domain.monitoring.project_framework import budget_mistakes
from pipgrants.domain.proposal import BudgetLine
from pipgrants.domain.vocabulary import ComponentChange
from pipgrants.dotted import below
from pipgrants.reading import compose
from pipgrants.services.monitored_project import FRAMEWORK
from pipgrants.services.project_facts import ProjectFacts
from pipgrants.services.projects import read_checked
from pipgrants.services.workspace import Act
from pipgrants.store.calls import DefinitionRow
from pipgrants.store.measurements import MonitoredRow
from pipgrants.trail.canonical import text_hash

_ROWS = "components"
_WIDTH = 10_000
"""No line of a stored framework is broken: it is looked at by its parts, and compared as a whole."""


def framework_after(
    facts: ProjectFacts, validation: str, file: str, budget: Sequence[BudgetLine]
) -> DefinitionRow | None:
    """The logical framework after a validation, as the text of both says it; None where none is on record.

    Rows of components that are abandoned fall out, restated ones take the place of those before, added ones come last.
    Raises DefinitionError listing everything in which the whole would not be the framework of the budget.
    """
    row = facts.unit.measurements.find(facts.number)
    if row is None:
        return None
    stored = facts.unit.calls.definition(row.framework_hash)
    text = _changed(stored.content, validation)

    def mistakes(framework: LogicalFramework) -> Iterator[DefinitionMistake]:
        yield from framework_mistakes(framework)
        yield from budget_mistakes(framework, budget, facts.currency)

    framework = read_checked(text, LogicalFramework, f"the logical framework after {file}", mistakes)
    return DefinitionRow(text_hash(text), FRAMEWORK, framework.framework, text)


def _changed(stored: str, validation: str) -> str:
    """The text of a framework with the rows that a validation restates."""
    root, decided = compose(stored, FRAMEWORK), compose(validation, "validation")
    decisions = {_component(item): item for item in _items(decided)}
    rows: list[yaml.Node] = []
    for row in _items(root):
        decision = decisions.pop(_component(row), None)
        if decision is None or _value(decision, "change") != ComponentChange.ABANDONED:
            restated = None if decision is None else below(decision, FRAMEWORK)
            rows.append(row if restated is None else restated)
    added = (below(item, FRAMEWORK) for item in decisions.values())
    rows += [row for row in added if row is not None]
    found = below(root, _ROWS)
    if found is not None:
        found.value = rows
    return str(yaml.serialize(root, allow_unicode=True, width=_WIDTH))


def _items(root: yaml.Node) -> list[yaml.Node]:
    found = below(root, _ROWS)
    return [] if found is None else list(found.value)


def _component(item: yaml.Node) -> str:
    return _value(item, "component")


def _value(item: yaml.Node, key: str) -> str:
    found = below(item, key)
    return "" if found is None else str(found.value)


def put_framework(act: Act, project: str, proposed: Mapping[str, Any]) -> dict[str, object]:
    """Puts the framework in force that a validation proposed; returns what the entry says of it."""
    row = act.unit.measurements.find(project)
    if row is None or FRAMEWORK not in proposed:
        return {}
    act.unit.measurements.put(MonitoredRow(project, proposed[FRAMEWORK], row.baseline_year))
    return {FRAMEWORK: proposed[FRAMEWORK]}
