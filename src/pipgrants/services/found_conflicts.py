"""Conflicts of interest of those who score already, found in what came on record after they were assigned.

Assigning again writes each of them down as a recusal, while the scores are open. What is found later is told with the
ranking, and stands in the package of the decisions: who approves it approves that the marks stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from pipgrants.errors import RefusedError
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, terms_of
from pipgrants.services.packages import CONFLICTS
from pipgrants.services.panels import Panels
from pipgrants.services.workspace import Workspace
from pipgrants.store.unit import Unit

MOST_NAMED = 5


class FoundConflict(NamedTuple):
    """An evaluator on the panel of a proposal who has a conflict of interest in it that is not on record."""

    call: str
    proposal: str
    evaluator: str
    why: str
    has_given_marks: bool

    def __str__(self) -> str:
        given = "; has given marks" if self.has_given_marks else ""
        return f"{self.evaluator} in {self.proposal} ({self.why}{given})"

    def as_plain(self) -> dict[str, object]:
        """The conflict as the package of the decisions on its call holds it."""
        return {name: value for name, value in self._asdict().items() if name != "call"}


def found_conflicts(
    unit: Unit, terms: Terms, today: date, evaluators: Iterable[str] | None = None
) -> list[FoundConflict]:
    """The conflicts of interest of some of those on the panels of a call's stage, or of all of them.

    Where nobody has a profile and nobody acts for a party, nobody is known to be tied to anything.
    """
    if not unit.evaluators.all() and not any(row.party for row in unit.actors.all()):
        return []
    panels = Panels(unit, terms)
    names = panels.evaluators if evaluators is None else panels.evaluators & set(evaluators)
    return [
        FoundConflict(terms.row.call, item.proposal, item.evaluator, item.reason, item.evaluation.marks is not None)
        for item in (panels.detect(names, today) if names else ())
        if item.evaluation is not None
    ]


def told_conflicts(facts: Mapping[str, Any], call: str) -> list[FoundConflict]:
    """The conflicts of interest that the facts of a package tell."""
    return [FoundConflict(call, **item) for item in facts.get(CONFLICTS, ())]


def refuse_found_conflicts(unit: Unit, terms: Terms, today: date, evaluators: Iterable[str] | None = None) -> None:
    """Raises RefusedError where somebody who scores has a conflict of interest that is not on record."""
    found = found_conflicts(unit, terms, today, evaluators)
    if found:
        listed = ", ".join(map(str, found[:MOST_NAMED])) + (" ..." if len(found) > MOST_NAMED else "")
        raise RefusedError(
            f"conflicts of interest came on record after the assignment: {listed}",
            next_step=f"pipgrants evaluation assign {terms.row.call} recuses them, sets their marks aside and finds "
            "others",
        )


def list_found_conflicts(workspace: Workspace, call: str, now: datetime) -> list[FoundConflict]:
    """The conflicts of interest of those who score in a call that are not on record as recusals."""
    with workspace.read() as unit:
        terms = terms_of(unit.calls, call)
        return found_conflicts(unit, terms, local_day(now, terms.call))
