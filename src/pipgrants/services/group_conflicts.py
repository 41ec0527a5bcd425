"""Conflicts within the group of a project: opened, mediated, settled, escalated, or ended by a firm that leaves.

What is said in them is confidential: minutes and reasons stand in the tables, and their salted hashes in the entries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from pipgrants.domain.group_conflict import refuse_unfit_departure, refuse_unfit_parties
from pipgrants.domain.vocabulary import ConflictCause, ConflictConsequence
from pipgrants.errors import RefusedError, in_words
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import (
    GROUP_CONFLICT_MACHINE,
    group_conflict_engine,
    machine_definition,
    read_machine,
)
from pipgrants.services.group import refuse_unfit_day, standing_firms, standing_members
from pipgrants.services.group_guards import GroupConflictCase
from pipgrants.services.moves import fire
from pipgrants.services.project_facts import GROUP_CONFLICT, ProjectFacts, facts_of
from pipgrants.services.segregation import preparer_of, refuse_who_prepared
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.group_conflicts import GroupConflictRow, GroupConflictStepRow
from pipgrants.trail.entry import Deed
from pipgrants.trail.sealing import new_salt, seal
from pipgrants.workflow.engine import Engine, Fired

CONFLICT_OPENED = "GroupConflictOpened"
REQUIRED = {
    "mediate": ("mediator", "statement"),
    "settle": ("consequence",),
    "propose_departure": ("leaving", "consequence"),
    "leave_unresolved": ("consequence",),
}
"""What a step must say by its trigger, beside the reason that the machine asks for."""


class Step(NamedTuple):
    """What is said of a step: its minutes or reason, who mediated, the firm that is to leave, what follows, and when.

    Without ``done_on`` it was done today.
    """

    statement: str | None = None
    mediator: str | None = None
    leaving: str | None = None
    consequence: ConflictConsequence | None = None
    done_on: date | None = None


class GroupConflictMoved(NamedTuple):
    """A conflict after an act."""

    project: str
    call: str
    number: int
    state: str
    leaving: str | None
    consequence: str | None


def open_conflict(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    project: str,
    cause: ConflictCause,
    parties: Sequence[str],
    about: str,
    opened_on: date | None = None,
    dry_run: bool = False,
) -> GroupConflictMoved:
    """Writes down a conflict within the group: its cause, the parties that it involves, and what it is about.

    Raises RefusedError without words, where no member of the group is involved, for a day in the future, and once the
    project is closed; NotFoundError for a party that is not on record.
    """
    machine = machine_definition(workspace, GROUP_CONFLICT_MACHINE)
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = facts_of(act.unit, project)
        act.permit("conflict.open", facts.terms.programme.stands_in)
        act.represent(facts.head.lead)
        _refuse_opening(facts, parties, about)
        today = local_day(now, facts.terms.call)
        refuse_unfit_day(opened_on or today, None, today)
        act.unit.calls.store_definitions([machine])
        row = GroupConflictRow(
            project=project,
            number=len(act.unit.group_conflicts.of_project(project)) + 1,
            machine_hash=machine.hash,
            state=read_machine(machine).initial,
            cause=cause.value,
            opened_on=(opened_on or today).isoformat(),
            parties=" ".join(parties),
            about=about,
            salt=new_salt(),
        )
        act.unit.group_conflicts.add(row)
        said = {"cause": row.cause, "opened_on": row.opened_on, "parties": [*parties]}
        said["about"] = seal(row.salt or b"", "about", about) or ""
        deed = Deed(CONFLICT_OPENED, _subject(row), inputs={"conflict": said}, definitions=_hashes(facts, row))
        act.record(deed._replace(call=facts.terms.row.call))
    return _told(facts, row)


def _refuse_opening(facts: ProjectFacts, parties: Sequence[str], about: str) -> None:
    if facts.engine.definition.states[facts.row.state].final:
        raise RefusedError(
            f"{facts.number} is {in_words(facts.row.state)}", next_step=f"pipgrants project show {facts.number}"
        )
    if not about.strip():
        raise RefusedError("say what the conflict is about", next_step="give it in words: --about TEXT or --file FILE")
    for number in parties:
        facts.unit.parties.get(number)
    refuse_unfit_parties(parties, [member.party for member in standing_members(facts)], facts.number)


def move_conflict(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    project: str,
    number: int,
    trigger: str,
    step: Step,
    dry_run: bool = False,
) -> GroupConflictMoved:
    """Mediates, escalates or ends a conflict, or has a firm leave the group, as its machine allows.

    Raises RefusedError for a day in the future or before the last step, for a mediation without minutes, where the firm
    that is to leave is not involved or leads the project, and for who proposed the departure that is to be approved.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = facts_of(act.unit, project)
        row = act.unit.group_conflicts.get(project, number)
        engine = group_conflict_engine(act.unit.calls, row.machine_hash)
        fired = _fire(act, facts, row, engine, trigger, step)
        _refuse_unfit_step(act, facts, row, trigger, step)
        written = _write_step(act, facts, row, trigger, step)
        columns = _columns(engine, fired, step, written.done_on)
        act.unit.group_conflicts.change(row, {"state": fired.destination, **columns})
        inputs: dict[str, object] = {"step": _as_plain(written), "conflict": columns}
        states, hashes = (fired.source, fired.destination), _hashes(facts, row)
        deed = Deed(fired.transition.entry, _subject(row), *states, inputs=inputs, definitions=hashes)
        act.record(deed._replace(call=facts.terms.row.call))
        return _told(facts, act.unit.group_conflicts.get(project, number))


def _fire(
    act: Act, facts: ProjectFacts, row: GroupConflictRow, engine: Engine[GroupConflictCase], trigger: str, step: Step
) -> Fired:
    case = GroupConflictCase(
        project=row.project,
        actor=act.actor.actor,
        prepared_by=preparer_of(act.unit, _subject(row)),
        leaving=step.leaving,
        lead=facts.head.lead,
    )
    subject, see = f"conflict {row.number} of {row.project}", f"pipgrants conflict show {row.project} {row.number}"
    stands_in, reason = facts.terms.programme.stands_in, step.statement
    fired = fire(act, subject, engine, row.state, trigger, case, stands_in, reason=reason, see=see)
    act.represent(facts.head.lead)
    return fired


def _refuse_unfit_step(act: Act, facts: ProjectFacts, row: GroupConflictRow, trigger: str, step: Step) -> None:
    if trigger == "approve_departure":
        refuse_who_prepared(act, _subject(row))
    missing = [name for name in REQUIRED.get(trigger, ()) if not str(getattr(step, name) or "").strip()]
    if missing:
        raise RefusedError(
            f"{in_words(trigger)} says nothing of: {', '.join(in_words(name) for name in missing)}",
            next_step="say what it asks for: pipgrants conflict --help",
        )
    if step.leaving is not None:
        refuse_unfit_departure(step.leaving, row.parties.split(), standing_firms(facts), row.project)


def _write_step(act: Act, facts: ProjectFacts, row: GroupConflictRow, trigger: str, step: Step) -> GroupConflictStepRow:
    today, conflicts = local_day(act.now, facts.terms.call), act.unit.group_conflicts
    before = conflicts.steps(row.project, row.number)
    day = step.done_on or today
    last = before[-1].done_on if before else row.opened_on
    refuse_unfit_day(day, date.fromisoformat(last), today)
    salt = new_salt() if step.mediator or step.statement else None
    place, said = (row.project, row.number, len(before) + 1), (step.mediator, step.statement, salt)
    written = GroupConflictStepRow(*place, trigger, day.isoformat(), *said)
    conflicts.add_step(written)
    return written


def _as_plain(step: GroupConflictStepRow) -> dict[str, object]:
    """A step as its entry holds it: who mediated, and what was said, as salted hashes."""
    salt = step.salt or b""
    sealed = {name: seal(salt, name, getattr(step, name)) for name in ("mediator", "statement")}
    return {"number": step.number, "trigger": step.trigger, "done_on": step.done_on, **sealed}


def _columns(engine: Engine[GroupConflictCase], fired: Fired, step: Step, done_on: str) -> dict[str, object]:
    """What a step changes of its conflict: a departure that is returned leaves nobody leaving."""
    if fired.transition.trigger == "return_departure":
        return {"leaving": None, "consequence": None}
    ends = engine.definition.states[fired.destination].final
    given = {"leaving": step.leaving, "consequence": step.consequence, "ended_on": done_on if ends else None}
    return {name: str(value) for name, value in given.items() if value is not None}


def _subject(row: GroupConflictRow) -> str:
    return f"{GROUP_CONFLICT}{row.project}/{row.number}"


def _hashes(facts: ProjectFacts, row: GroupConflictRow) -> Mapping[str, str]:
    return {"call": facts.terms.row.definition_hash, "conflict_machine": row.machine_hash}


def _told(facts: ProjectFacts, row: GroupConflictRow) -> GroupConflictMoved:
    call = facts.terms.row.call
    return GroupConflictMoved(row.project, call, row.number, row.state, row.leaving, row.consequence)
