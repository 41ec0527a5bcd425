"""Acts on programmes: drafting one, and activating it once management has approved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import NamedTuple

import orjson

from pipgrants.domain.operating_criteria import EXCEEDS_ENVELOPE, check_against, check_programme
from pipgrants.domain.programme import Programme, Review
from pipgrants.errors import DefinitionError, Problem, RefusedError
from pipgrants.money import Money
from pipgrants.reading import mistakes_in
from pipgrants.services.definitions import (
    PROGRAMME_MACHINE,
    call_engine,
    examined,
    file_definition,
    machine_definition,
    programme_engine,
    read_call,
    read_machine,
    read_programme,
)
from pipgrants.services.moves import fire
from pipgrants.services.packages import PackageKind, prepare, refuse_changed
from pipgrants.services.rulebook import PreparedCase
from pipgrants.services.states import holds_money
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.calls import CallRow, DefinitionRow, ProgrammeRow
from pipgrants.store.packages import PackageRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed

REVIEWED = "ProgrammeReviewed"


class Draft(NamedTuple):
    """What was drafted: its name and the hash of the package to approve."""

    name: str
    package: str


def draft_programme(workspace: Workspace, who: Identity, now: datetime, *, file: str, dry_run: bool = False) -> Draft:
    """Registers a programme, or the next version of one, and prepares its approval.

    Raises DefinitionError where it contradicts itself, or its open calls would no longer fit it.
    """
    stored = file_definition(workspace, "programme", file)
    programme, problems = examine_programme(stored, now.date())
    refuse_unsound(problems, programme.programme)
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("programme.draft", programme.stands_in)
        before = act.unit.calls.find_programme(programme.programme)
        if _in_force(act.unit, programme.programme) == stored.hash:
            raise RefusedError(f"{programme.programme} runs by this definition already")
        _refuse_outgrown(act.unit, programme, stored.name)
        machine = machine_definition(workspace, PROGRAMME_MACHINE)
        act.unit.calls.store_definitions([stored._replace(name=programme.programme), machine])
        if before is None:
            initial = read_machine(machine).initial
            act.unit.calls.add_programme(ProgrammeRow(programme.programme, stored.hash, machine.hash, initial))
        definitions = {"programme": stored.hash, "machine": machine.hash}
        act.record(Deed("ProgrammeDrafted", f"programme/{programme.programme}", definitions=definitions))
        package = prepare(
            act,
            PackageKind.PROGRAMME,
            programme=programme.programme,
            call=None,
            stage=None,
            definitions=definitions,
            inputs=_in_force(act.unit, programme.programme),
            facts={"envelope": str(programme.envelope_amount), "currency": programme.currency},
        )
    return Draft(programme.programme, package)


def _in_force(unit: Unit, programme: str) -> str:
    """The hash of the definition in force, empty where none is."""
    row = unit.calls.find_programme(programme)
    return "" if row is None or _was_never_active(unit, row) else row.definition_hash


def _was_never_active(unit: Unit, row: ProgrammeRow) -> bool:
    return row.state == programme_engine(unit.calls, row.machine_hash).definition.initial


def activate(act: Act, package: PackageRow, definitions: Mapping[str, str], inputs: str) -> None:
    """Puts an approved definition of a programme in force.

    Raises RefusedError where another is by now, DefinitionError where its open calls would no longer fit it.
    """
    programme = read_programme(act.unit.calls.definition(definitions["programme"]))
    refuse_changed(package, {"the programme in force": _in_force(act.unit, programme.programme) == inputs})
    _refuse_outgrown(act.unit, programme, f"{programme.programme}.yaml")
    row = act.unit.calls.programme(programme.programme)
    engine = programme_engine(act.unit.calls, definitions["machine"])
    case = PreparedCase(actor=act.actor.actor, prepared_by=package.prepared_by)
    trigger = "activate" if _was_never_active(act.unit, row) else "revise"
    fired = fire(act, row.programme, engine, row.state, trigger, case, programme.stands_in, see="pipgrants status")
    moved = ProgrammeRow(row.programme, definitions["programme"], definitions["machine"], fired.destination)
    act.unit.calls.update_programme(moved, row.state)
    act.record(
        Deed(
            fired.transition.entry,
            f"programme/{row.programme}",
            fired.source,
            fired.destination,
            inputs={"package": package.hash, **act.signature},
            definitions=definitions,
        )
    )


def open_calls(unit: Unit, programme: str) -> list[CallRow]:
    """The calls of a programme that hold its money: authorised, and neither cancelled nor void."""
    return [
        row
        for row in unit.calls.all()
        if row.programme == programme and holds_money(call_engine(unit.calls, row), row.state)
    ]


def _refuse_outgrown(unit: Unit, programme: Programme, file: str) -> None:
    """Raises DefinitionError where a programme would fall below its open calls: their money, or their rules."""
    rows = open_calls(unit, programme.programme)
    problems = [*_unpaid(rows, programme), *(item for row in rows for item in _laxer(unit, row, programme))]
    if problems:
        raise DefinitionError(
            f"the programme {programme.programme} would fall below its open calls:",
            [Problem(file, None, field, message) for field, message in problems],
            next_step="keep what open calls rest on; a clause in force from a later day than a call opens on does not "
            "bind it, so give a stricter one a later in_force_from",
        )


def _unpaid(rows: Sequence[CallRow], programme: Programme) -> Iterator[tuple[str, str]]:
    """That the envelopes of open calls exceed the programme's, naming each."""
    taken = sum((row.envelope_amount for row in rows), Decimal(0))
    if rows and taken > programme.envelope_amount:
        listed = ", ".join(f"{row.call} {Money(row.envelope_amount, row.currency)}" for row in rows)
        has = Money(programme.envelope_amount, programme.currency)
        yield "sources", f"they bring {has}; open calls have {Money(taken, rows[0].currency)}: {listed}"


def _laxer(unit: Unit, row: CallRow, programme: Programme) -> Iterator[tuple[str, str]]:
    """In what a call that is not over would be laxer than the clauses in force on the day it opens, and was not."""
    if call_engine(unit.calls, row).definition.states[row.state].final:
        return
    call = read_call(unit.calls.definition(row.definition_hash))
    in_force = read_programme(unit.calls.definition(unit.calls.programme(row.programme).definition_hash))
    known = check_against(call, in_force, Decimal(0))
    for item in check_against(call, programme, Decimal(0)):
        if item not in known and item.code != EXCEEDS_ENVELOPE:
            clause = f"clause {item.clause}" if item.clause else ""
            yield clause, f"{row.call}, which opens on {call.window.opens_at:%Y-%m-%d}: {item.message}"


def move_programme(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    programme: str,
    trigger: str,
    reason: str | None = None,
    dry_run: bool = False,
) -> str:
    """Suspends, resumes or closes a programme, as its machine allows; returns the new state.

    Raises RefusedError where a programme would end before its calls.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        row = act.unit.calls.programme(programme)
        definition = read_programme(act.unit.calls.definition(row.definition_hash))
        engine = programme_engine(act.unit.calls, row.machine_hash)
        case = PreparedCase(actor=act.actor.actor)
        stands_in, see = definition.stands_in, "pipgrants status"
        fired = fire(act, programme, engine, row.state, trigger, case, stands_in, reason=reason, see=see)
        if engine.definition.states[fired.destination].final:
            _refuse_running(act.unit, programme)
        act.unit.calls.update_programme(row._replace(state=fired.destination), row.state)
        definitions = {"programme": row.definition_hash, "machine": row.machine_hash}
        act.record(
            Deed(
                fired.transition.entry,
                f"programme/{programme}",
                fired.source,
                fired.destination,
                reason,
                definitions=definitions,
            )
        )
    return fired.destination


def _refuse_running(unit: Unit, programme: str) -> None:
    running = [
        row.call
        for row in open_calls(unit, programme)
        if not call_engine(unit.calls, row).definition.states[row.state].final
    ]
    if running:
        raise RefusedError(
            f"{programme} has calls that are not at their end: {', '.join(running)}",
            next_step=f"pipgrants status {running[0]}",
        )


def record_review(
    workspace: Workspace, who: Identity, now: datetime, *, programme: str, due_on: date, result: str
) -> None:
    """Writes down the result of a periodic review of the coordinating entity.

    Raises RefusedError where no review is due on that day, its result is on record already, or has no words.
    """
    if not result.strip():
        raise RefusedError("the result of a review has no words", next_step="say what it found: --result TEXT")
    with workspace.act(who, now) as act:
        row = act.unit.calls.programme(programme)
        definition = read_programme(act.unit.calls.definition(row.definition_hash))
        act.permit("programme.review", definition.stands_in)
        due = {review.due_on: review for review in open_reviews(act.unit, definition)}
        if due_on not in due:
            listed = ", ".join(day.isoformat() for day in sorted(due)) or "none"
            raise RefusedError(f"no review of {programme} is open for {due_on}; open: {listed}")
        inputs = {"due_on": due_on.isoformat(), "subject": due[due_on].subject, "result": result}
        definitions = {"programme": row.definition_hash}
        act.record(Deed(REVIEWED, f"programme/{programme}", inputs=inputs, definitions=definitions))


def open_reviews(unit: Unit, programme: Programme) -> list[Review]:
    """The reviews of a programme whose result is neither in its definition nor on record, soonest first."""
    entries = unit.ledger.entries(subject=f"programme/{programme.programme}")
    done = {orjson.loads(entry.content)["inputs"]["due_on"] for entry in entries if entry.act == REVIEWED}
    waiting = [item for item in programme.reviews if item.done_on is None and item.due_on.isoformat() not in done]
    return sorted(waiting, key=lambda review: review.due_on)


def examine_programme(row: DefinitionRow, today: date) -> tuple[Programme, tuple[Problem, ...]]:
    """A programme with every way in which it contradicts itself or what its tiers must show.

    Raises DefinitionError where it is not well formed.
    """
    programme, problems = examined(row.content, Programme, row.name, partial(check_programme, today=today))
    if programme is None:
        raise mistakes_in(row.name, problems)
    return programme, problems


def refuse_unsound(problems: Sequence[Problem], programme: str) -> None:
    """Raises DefinitionError where a programme has a problem."""
    if problems:
        raise DefinitionError(f"the programme {programme} cannot be used:", problems)
