"""Projects: opened from the awards of a call, agreed on, and moved on to their closure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import orjson

from pipgrants.domain.accounts import Movement
from pipgrants.domain.mistakes import DefinitionMistake
from pipgrants.domain.plain import plain_amount
from pipgrants.domain.project import (
    Agreement,
    ProjectLine,
    Tranche,
    agreement_mistakes,
    numbered_tranches,
)
from pipgrants.domain.proposal import BudgetLine
from pipgrants.domain.vocabulary import Component, CostCategory, FundingSource
from pipgrants.errors import RefusedError
from pipgrants.money import Money, to_minor
from pipgrants.reading import mistakes_in, read_source
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import (
    DISBURSEMENT_MACHINE,
    PROJECT_MACHINE,
    Terms,
    examined,
    machine_definition,
    proposal_engine,
    read_machine,
    terms_of,
)
from pipgrants.services.holdings import holdings, standing_line
from pipgrants.services.project_evaluation import evaluation_inputs
from pipgrants.services.project_facts import (
    PROJECT,
    Moved,
    ProjectFacts,
    facts_of,
    fire_project,
    hashes_of,
    record_move,
)
from pipgrants.services.returned_money import returned_amounts
from pipgrants.services.states import has_ended, told_states
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.projects import ConditionRow, MovementRow, ProjectLineRow, ProjectRow, TrancheRow
from pipgrants.trail.entry import Deed

T = TypeVar("T")
PROJECT_OPENED = "ProjectOpened"


class Opened(NamedTuple):
    """The projects that were opened, with the award of each."""

    call: str
    awards: dict[str, Money]


def open_projects(workspace: Workspace, who: Identity, now: datetime, *, call: str, dry_run: bool = False) -> Opened:
    """Makes a project of each award of a call that was told and is contested by nobody.

    Raises RefusedError where there is none that is not a project already.
    """
    machines = [machine_definition(workspace, name) for name in (PROJECT_MACHINE, DISBURSEMENT_MACHINE)]
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        act.permit("project.open", terms.programme.stands_in)
        found = _awards_to_open(act, terms)
        if not found:
            raise RefusedError(
                f"no award of {call} waits to become a project: it must be told, and contested by nobody",
                next_step=f"pipgrants project list {call}",
            )
        act.unit.calls.store_definitions(machines)
        initial, hashes = read_machine(machines[0]).initial, [row.hash for row in machines]
        for number, award in found.items():
            _open(act, terms, ProjectRow(number, initial, *hashes), award)
    return Opened(call, found)


def _awards_to_open(act: Act, terms: Terms) -> dict[str, Money]:
    unit, call = act.unit, terms.row.call
    standing = holdings(unit, terms, returned_amounts(unit, call))
    told = told_states(proposal_engine(unit.calls, terms.row))
    states = {row.number: row.state for row in unit.proposals.rows(call)}
    opened = {row.proposal for row in unit.projects.of_call(call)}
    return {
        number: Money(amount, terms.call.currency)
        for number, amount in sorted(standing.frozen.items())
        if amount and states[number] in told and number not in opened
    }


def _open(act: Act, terms: Terms, row: ProjectRow, award: Money) -> None:
    day, kind = local_day(act.now, terms.call).isoformat(), Movement.COMMITTED
    movement = MovementRow(row.proposal, 1, kind.value, to_minor(*award), day)
    act.unit.projects.add(row)
    act.unit.projects.add_movements([movement])
    inputs: dict[str, object] = {"movements": [[1, kind.value, plain_amount(*award), day]]}
    hashes = hashes_of(row, terms)
    act.record(Deed(PROJECT_OPENED, PROJECT + row.proposal, inputs=inputs, definitions=hashes, call=terms.row.call))


def sign_agreement(
    workspace: Workspace, who: Identity, now: datetime, *, project: str, path: Path, dry_run: bool = False
) -> Agreement:
    """Writes down the agreement of a project: its days, its tranches, and how each condition of the award was met.

    Raises DefinitionError listing what in the file does not carry out the award.
    """
    text = read_source(path)
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = facts_of(act.unit, project)
        fired = fire_project(act, facts, "sign")
        agreement = _read_agreement(facts, text, path.name)
        refuse_future(agreement.signed_on, act, facts, path.name)
        budget = _agreed_budget(facts, agreement)
        inputs = {
            "conditions": dict(agreement.conditions),
            **put_plan(act, facts, budget, numbered_tranches(agreement.tranches)),
        }
        act.unit.projects.add_conditions(
            ConditionRow(project, criterion, met_by) for criterion, met_by in agreement.conditions.items()
        )
        days = {name: getattr(agreement, name).isoformat() for name in ("signed_on", "starts_on", "ends_on")}
        record_move(act, facts, fired, inputs=inputs, columns=days)
    return agreement


def _read_agreement(facts: ProjectFacts, text: str, file: str) -> Agreement:
    return read_checked(
        text,
        Agreement,
        file,
        lambda agreement: agreement_mistakes(
            agreement,
            facts.accounts.award_amount,
            [item.line for item in _agreed_budget(facts, agreement)],
            open_conditions(facts),
            facts.currency,
        ),
    )


def read_checked(text: str, cls: type[T], file: str, check: Callable[[T], Iterable[DefinitionMistake]]) -> T:
    """What a file says. Raises DefinitionError listing every mistake, those included that ``check`` finds."""
    found = examined(text, cls, file, check)
    if found[0] is None or found[1]:
        raise mistakes_in(file, found[1])
    return found[0]


def open_conditions(facts: ProjectFacts) -> list[str]:
    """The criteria that the award is conditional on."""
    line = standing_line(facts.unit, facts.head)
    detail = {} if line is None else orjson.loads(line.detail)
    return [finding["criterion"] for finding in detail.get("conditions", ())]


def _agreed_budget(facts: ProjectFacts, agreement: Agreement) -> tuple[ProjectLine, ...]:
    lines = [item.line for item in agreement.budget] or facts.proposal.budget_lines or ()
    return tuple(ProjectLine(number, line) for number, line in enumerate(lines, 1))


def refuse_future(day: date, act: Act, facts: ProjectFacts, file: str) -> None:
    """Raises RefusedError where a file says that something was done on a day that is still to come."""
    if day > local_day(act.now, facts.terms.call):
        raise RefusedError(f"{file}: {day} is in the future", next_step="correct the day, or wait for it")


def put_plan(
    act: Act, facts: ProjectFacts, budget: Sequence[ProjectLine], tranches: Sequence[Tranche]
) -> dict[str, object]:
    """Stores the budget and the tranches of a project; returns what its entry says of them."""
    lines = [
        ProjectLineRow(
            facts.number,
            number,
            line.party,
            line.component,
            line.activity,
            line.cost_category,
            line.source,
            to_minor(line.amount, facts.currency),
        )
        for number, line in budget
    ]
    rows = [
        TrancheRow(
            facts.number, item.number, item.milestone, item.due_on.isoformat(), to_minor(item.amount, facts.currency)
        )
        for item in tranches
    ]
    act.unit.projects.put_lines(facts.number, lines)
    act.unit.projects.put_tranches(facts.number, rows)
    return plan_as_plain(facts, budget, tranches)


def plan_as_plain(facts: ProjectFacts, budget: Sequence[ProjectLine], tranches: Sequence[Tranche]) -> dict[str, object]:
    """A budget and tranches as entries hold them."""
    return {
        "budget": [[number, *line[:5], plain_amount(line.amount, facts.currency)] for number, line in budget],
        "tranches": [
            [item.number, item.milestone, item.due_on.isoformat(), plain_amount(item.amount, facts.currency)]
            for item in tranches
        ],
    }


def plan_from_plain(plain: Mapping[str, Any]) -> tuple[tuple[ProjectLine, ...], tuple[Tranche, ...]]:
    """The budget and the tranches that an entry holds: the inverse of ``plan_as_plain``."""
    budget = tuple(
        ProjectLine(
            number,
            BudgetLine(
                party,
                Component(component) if component else None,
                activity,
                CostCategory(category) if category else None,
                FundingSource(source),
                Decimal(amount),
            ),
        )
        for number, party, component, activity, category, source, amount in plain["budget"]
    )
    tranches = tuple(
        Tranche(number, milestone, date.fromisoformat(due_on), Decimal(amount))
        for number, milestone, due_on, amount in plain["tranches"]
    )
    return budget, tranches


def move_project(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    project: str,
    trigger: str,
    reason: str | None = None,
    dry_run: bool = False,
) -> Moved:
    """Evaluates, suspends, resumes, completes, terminates, abandons or closes a project, as its machine allows.

    Where it ends, what was not paid is free again, and what it may not keep is claimed back.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = facts_of(act.unit, project)
        fired = fire_project(act, facts, trigger, reason)
        ends = not has_ended(facts.engine, fired.source) and has_ended(facts.engine, fired.destination)
        moved = facts.money.moved_at_end() if ends else {}
        found = evaluation_inputs(fired.transition.entry, facts, local_day(now, facts.terms.call))
        return record_move(act, facts, fired, inputs=found, moved=moved, reason=reason)
