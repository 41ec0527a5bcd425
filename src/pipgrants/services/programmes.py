"""Acts on programmes: drafting one, and activating it once management has approved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

import orjson

from pipgrants.domain.operating_criteria import check_programme
from pipgrants.domain.programme import Programme, Review
from pipgrants.errors import DefinitionError, Problem, RefusedError
from pipgrants.services.definitions import (
    PROGRAMME_MACHINE,
    file_definition,
    machine_definition,
    programme_engine,
    read_programme,
)
from pipgrants.services.packages import PackageKind, prepare, refuse_changed
from pipgrants.services.rulebook import PreparedCase
from pipgrants.services.signing import fire
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.calls import ProgrammeRow
from pipgrants.store.packages import PackageRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed

DRAFTED = "drafted"
ACTIVE = "active"
REVIEWED = "ProgrammeReviewed"


class Draft(NamedTuple):
    """What was drafted: its name and the hash of the package to approve."""

    name: str
    package: str


def draft_programme(workspace: Workspace, who: Identity, now: datetime, *, file: str, dry_run: bool = False) -> Draft:
    """Registers a programme, or the next version of one, and prepares its approval. Raises DefinitionError."""
    stored = file_definition(workspace, "programme", file)
    programme = read_programme(stored)
    refuse_unsound(programme, stored.name)
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("programme.draft", programme.stands_in)
        before = act.unit.calls.find_programme(programme.programme)
        if before and before.definition_hash == stored.hash:
            raise RefusedError(f"{programme.programme} runs by this definition already")
        machine = machine_definition(workspace, PROGRAMME_MACHINE)
        act.unit.calls.store_definitions([stored._replace(name=programme.programme), machine])
        if before is None:
            act.unit.calls.add_programme(ProgrammeRow(programme.programme, stored.hash, machine.hash, DRAFTED))
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
    return "" if row is None or row.state == DRAFTED else row.definition_hash


def activate(act: Act, package: PackageRow, definitions: Mapping[str, str], inputs: str) -> None:
    """Puts an approved definition of a programme in force. Raises RefusedError where another is by now."""
    programme = read_programme(act.unit.calls.definition(definitions["programme"]))
    refuse_changed(package, {"the programme in force": _in_force(act.unit, programme.programme) == inputs})
    row = act.unit.calls.programme(programme.programme)
    engine = programme_engine(act.unit.calls, definitions["machine"])
    case = PreparedCase(actor=act.actor.actor, prepared_by=package.prepared_by)
    trigger = "activate" if row.state == DRAFTED else "revise"
    fired = fire(act, row.programme, engine, row.state, trigger, case, programme.stands_in)
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
    """Suspends, resumes or closes a programme, as its machine allows; returns the new state."""
    with workspace.act(who, now, dry_run=dry_run) as act:
        row = act.unit.calls.programme(programme)
        definition = read_programme(act.unit.calls.definition(row.definition_hash))
        engine = programme_engine(act.unit.calls, row.machine_hash)
        case = PreparedCase(actor=act.actor.actor)
        fired = fire(act, programme, engine, row.state, trigger, case, definition.stands_in, reason=reason)
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


def record_review(
    workspace: Workspace, who: Identity, now: datetime, *, programme: str, due_on: date, result: str
) -> None:
    """Writes down the result of a periodic review of the coordinating entity.

    Raises RefusedError where no review is due on that day, or its result is on record already.
    """
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


def refuse_unsound(programme: Programme, name: str) -> None:
    """Raises DefinitionError where the programme contradicts itself or the tiers' requirements."""
    mistakes = check_programme(programme)
    if mistakes:
        problems = [Problem(f"{name}.yaml", item.line, item.clause, item.message) for item in mistakes]
        raise DefinitionError(f"the programme {programme.programme} cannot be used:", problems)
