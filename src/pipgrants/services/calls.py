"""Acts on calls: checking, drafting, publishing, amending, closing, cancelling; questions and who took the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pipgrants.domain.calendar import ends_at_utc, opens_at_utc
from pipgrants.domain.call import Call, Window
from pipgrants.domain.consistency import DefinitionMistake
from pipgrants.domain.operating_criteria import check_call
from pipgrants.domain.programme import Programme
from pipgrants.domain.vocabulary import LetterKind, Stage
from pipgrants.errors import DefinitionError, Problem, RefusedError
from pipgrants.letters.data import ChangeData
from pipgrants.services.amendments import changed_terms, changes
from pipgrants.services.correspondence import Addressee, Correspondence, LetterDraft
from pipgrants.services.deadlines import appeal_ends_on, local_day
from pipgrants.services.definitions import (
    CALL_MACHINE,
    PROPOSAL_MACHINES,
    Terms,
    call_engine,
    file_definition,
    first_stage,
    machine_definition,
    proposal_engine,
    read_call,
    read_programme,
    templates_definition,
    terms_of,
)
from pipgrants.services.next_steps import next_steps
from pipgrants.services.packages import PackageKind, prepare, refuse_changed
from pipgrants.services.programmes import ACTIVE
from pipgrants.services.rulebook import PreparedCase, ProposalCase, vocabulary
from pipgrants.services.signing import fire
from pipgrants.services.states import states_with
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.calls import CallRow, ProgrammeRow
from pipgrants.store.packages import PackageRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed
from pipgrants.workflow.engine import Engine, Fired
from pipgrants.workflow.loader import load_text

SELECTION_RULES = (
    "prerequisites",
    "eligible_costs",
    "subsidy_type",
    "counterpart",
    "grant",
    "rubric",
    "priorities",
    "ranking",
    "allocation",
    "clarification",
    "who_may_apply",
    "required_evidence",
    "stages",
    "envelope_amount",
    "invitation",
)
"""What cannot change once the deadline is past."""


class Prepared(NamedTuple):
    """What was prepared: the call and the hash of the package to approve."""

    call: str
    package: str


def window_of(call: Call, stage: Stage) -> Window:
    """The window in which a stage's applications arrive."""
    if stage is first_stage(call) or call.second_window is None:
        return call.window
    return call.second_window


def laxities(unit: Unit, call: Call, programme: Programme) -> tuple[DefinitionMistake, ...]:
    """Everything by which a call contradicts itself or is laxer than its programme, envelope included."""
    return check_call(call, programme, open_envelopes(unit, call))


def open_envelopes(unit: Unit, call: Call) -> Decimal:
    """The money of the programme's other calls that are authorised and not cancelled or void."""
    taken = Decimal(0)
    for row in unit.calls.all():
        is_other = row.call != call.call and row.programme == call.programme
        states = call_engine(unit.calls, row).definition
        if is_other and row.state != states.initial and row.state not in ABANDONED:
            taken += row.envelope_amount
    return taken


ABANDONED = ("cancelled", "void")
AUTHORISED = "authorised"
"""The state of a call that is approved and not public: until then nobody relies on its dates and rules."""


def check_file(workspace: Workspace, file: str) -> tuple[Call, Programme, tuple[DefinitionMistake, ...]]:
    """A call file and its programme, with every way in which it is laxer or contradicts itself."""
    stored = file_definition(workspace, "call", file)
    call = read_call(stored)
    with workspace.read() as unit:
        programme = _programme_of(unit, workspace, call)
        return call, programme, laxities(unit, call, programme)


def _programme_of(unit: Unit, workspace: Workspace, call: Call) -> Programme:
    row = unit.calls.find_programme(call.programme)
    if row is not None:
        return read_programme(unit.calls.definition(row.definition_hash))
    return read_programme(file_definition(workspace, "programme", call.programme))


def draft_call(workspace: Workspace, who: Identity, now: datetime, *, file: str, dry_run: bool = False) -> Prepared:
    """Registers a call and prepares its authorisation.

    Raises DefinitionError with every mistake, naming the clause, and RefusedError where the programme is not active or
    the call was authorised already.
    """
    stored = file_definition(workspace, "call", file)
    call = read_call(stored)
    with workspace.act(who, now, dry_run=dry_run) as act:
        calls = act.unit.calls
        programme_row = calls.programme(call.programme)
        programme = read_programme(calls.definition(programme_row.definition_hash))
        act.permit("call.draft", programme.stands_in)
        _refuse_inactive(programme_row)
        _refuse_prefix(act.unit, call)
        refuse_lax(laxities(act.unit, call, programme), stored.name)
        machine = machine_definition(workspace, CALL_MACHINE)
        proposals = machine_definition(workspace, PROPOSAL_MACHINES[len(call.stages)])
        templates = templates_definition(workspace)
        calls.store_definitions([stored, machine, proposals, templates])
        row = CallRow(
            call=call.call,
            programme=call.programme,
            definition_hash=stored.hash,
            machine_hash=machine.hash,
            proposal_machine_hash=proposals.hash,
            templates_hash=templates.hash,
            number_prefix=call.number_prefix,
            state=load_text(machine.content, vocabulary(machine.name), file=machine.name).initial,
            stage=first_stage(call),
            currency=call.currency,
            envelope_amount=call.envelope_amount,
            scores_closed_at=None,
            released_at=None,
        )
        before = calls.find(call.call)
        if before is None:
            calls.add(row)
        elif before.state == row.state:
            calls.redefine(row)
        else:
            raise RefusedError(
                f"the call {call.call} is {before.state} already; its definition changes only by amendment",
                next_step=f"pipgrants call amend {file} --reason TEXT",
            )
        definitions = _definitions(row)
        act.record(Deed("CallDrafted", f"call/{call.call}", call=call.call, definitions=definitions))
        package = prepare(
            act,
            PackageKind.AUTHORISATION,
            programme=call.programme,
            call=call.call,
            stage=None,
            definitions=definitions,
            inputs=programme_row.definition_hash,
            facts={"envelope": str(call.envelope_amount), "currency": call.currency},
        )
    return Prepared(call.call, package)


def refuse_lax(found: Sequence[DefinitionMistake], name: str) -> None:
    """Raises DefinitionError naming the clause of everything found."""
    if found:
        problems = [
            Problem(
                f"{name}.yaml", item.line, f"clause {item.clause}" if item.clause else "", item.message, code=item.code
            )
            for item in found
        ]
        raise DefinitionError(
            f"the call {name} cannot be authorised:",
            problems,
            next_step="correct the definition; a call may be stricter than its programme, never laxer",
        )


def _definitions(row: CallRow) -> dict[str, str]:
    return {
        "call": row.definition_hash,
        "call_machine": row.machine_hash,
        "machine": row.proposal_machine_hash,
        "templates": row.templates_hash,
    }


def _refuse_inactive(programme: ProgrammeRow) -> None:
    if programme.state != ACTIVE:
        raise RefusedError(
            f"the programme {programme.programme} is {programme.state}",
            next_step="activate it first (pipgrants status shows the package to ratify)",
        )


def _refuse_prefix(unit: Unit, call: Call) -> None:
    for row in unit.calls.all():
        if row.number_prefix == call.number_prefix and row.call != call.call:
            raise RefusedError(
                f"the numbers of {row.call} begin with {row.number_prefix} already",
                next_step="choose another number_prefix",
            )


def authorise(act: Act, package: PackageRow, content: Mapping[str, Any]) -> None:
    """Approves a drafted call: its programme is active, its terms within the operating criteria and the envelope."""
    terms = terms_of(act.unit.calls, str(package.call))
    programme = act.unit.calls.programme(terms.row.programme)
    _refuse_inactive(programme)
    still = {
        "the definitions": _definitions(terms.row) == content["definitions"],
        "the programme": programme.definition_hash == content["inputs"],
    }
    refuse_changed(package, still)
    found = laxities(act.unit, terms.call, terms.programme)
    refuse_lax(found, terms.call.call)
    case = PreparedCase(
        actor=act.actor.actor,
        prepared_by=package.prepared_by,
        laxer_clauses=tuple(item.message for item in found),
        exceeds_envelope=any(item.code == "envelope.exceeds_programme" for item in found),
    )
    move_call(act, terms, "authorise", case, inputs={"package": package.hash})


def require(act: Act, terms: Terms, trigger: str) -> None:
    """Raises what firing a trigger of the call raises whatever the facts; for acts that work before they fire."""
    row, engine = terms.row, call_engine(act.unit.calls, terms.row)
    if trigger not in engine.possible(row.state):
        meaning = engine.definition.states[row.state].meaning
        raise RefusedError(
            f"the call {row.call} is {row.state}, so that {trigger} is not possible now. {meaning}",
            next_step="; ".join(next_steps(row.call, row.state)) or f"pipgrants status {row.call}",
        )
    engine.require(row.state, trigger, roles=act.roles)


def move_call(
    act: Act,
    terms: Terms,
    trigger: str,
    case: PreparedCase,
    *,
    inputs: dict[str, object] | None = None,
    reason: str | None = None,
) -> str:
    """Fires a trigger of the call's machine, stores the state and writes the entry; returns the new state."""
    require(act, terms, trigger)
    engine = call_engine(act.unit.calls, terms.row)
    fired = fire(act, engine, terms.row.state, trigger, case, terms.programme.stands_in, reason=reason)
    act.unit.calls.move(terms.row.call, fired.source, fired.destination)
    act.record(
        Deed(
            fired.transition.entry,
            f"call/{terms.row.call}",
            fired.source,
            fired.destination,
            reason=reason,
            inputs=inputs,
            definitions=_definitions(terms.row),
            call=terms.row.call,
        )
    )
    return fired.destination


def publish(workspace: Workspace, who: Identity, now: datetime, *, call: str, notices: dict[str, str]) -> None:
    """Makes a call public; ``notices`` are the hashes of the call notice by file name."""
    with workspace.act(who, now) as act:
        terms = terms_of(act.unit.calls, call)
        case = PreparedCase(now=now, ends_at=ends_at_utc(terms.call.window, terms.call.time_zone))
        move_call(act, terms, "publish", case, inputs={"notices": dict(notices)})


def close_call(workspace: Workspace, who: Identity, now: datetime, *, call: str) -> None:
    """Ends the reception of applications, once the deadline is past."""
    with workspace.act(who, now) as act:
        close_in(act, terms_of(act.unit.calls, call))


def close_in(act: Act, terms: Terms) -> None:
    """The same within another act."""
    stage = terms.row.stage
    if terms.row.state == "invited" and stage is Stage.PROFILE:
        stage = Stage.PROPOSAL
        act.unit.calls.open_stage(terms.row.call, stage)
    window = window_of(terms.call, stage)
    case = PreparedCase(now=act.now, ends_at=ends_at_utc(window, terms.call.time_zone))
    move_call(act, terms, "close", case)


def amend_call(
    workspace: Workspace, who: Identity, now: datetime, *, file: str, reason: str, dry_run: bool = False
) -> Prepared:
    """Prepares an amendment of a call that is on record. Raises RefusedError where it changes what must stand."""
    stored = file_definition(workspace, "call", file)
    amended = read_call(stored)
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, amended.call)
        act.permit("call.amend", terms.programme.stands_in)
        _refuse_unamendable(call_engine(act.unit.calls, terms.row), terms.row)
        refuse_lax(laxities(act.unit, amended, terms.programme), stored.name)
        changed = changed_terms(terms.call, amended)
        _refuse_amendment(terms, amended, changed, now)
        act.unit.calls.store_definitions([stored])
        definitions = {**_definitions(terms.row), "call": stored.hash}
        package = prepare(
            act,
            PackageKind.AMENDMENT,
            programme=terms.row.programme,
            call=amended.call,
            stage=None,
            definitions=definitions,
            inputs=terms.row.definition_hash,
            facts={"changes": changes(terms.call, amended), "reason": reason},
        )
    return Prepared(amended.call, package)


def _refuse_unamendable(engine: Engine[PreparedCase], row: CallRow) -> None:
    if "amend" not in engine.possible(row.state):
        raise RefusedError(
            f"the call {row.call} is {row.state}; its definition cannot be amended then",
            next_step="pipgrants call draft FILE changes a call that is not authorised yet",
        )


def _refuse_amendment(terms: Terms, amended: Call, changed: Sequence[str], now: datetime) -> None:
    before, zone = terms.call, terms.call.time_zone
    if not changed:
        raise RefusedError(f"the file changes nothing in {before.call}")
    fixed = [name for name in ("programme", "currency", "number_prefix", "stages", "time_zone") if name in changed]
    if fixed:
        raise RefusedError(f"an amendment cannot change {', '.join(fixed)} of {before.call}")
    if terms.row.state == AUTHORISED:
        return
    for old, new in ((before.window, amended.window), (before.second_window, amended.second_window)):
        if old is not None:
            _refuse_window(before, old, new, now)
    rules = [name for name in changed if name in SELECTION_RULES and not _moves_draw_only(name, terms, amended)]
    if rules and now >= ends_at_utc(window_of(before, terms.row.stage), zone):
        raise RefusedError(
            f"the deadline of {before.call} is past: {', '.join(rules)} cannot change any more",
            next_step="declare the call void if its rules were wrong (pipgrants call void)",
        )


def _moves_draw_only(name: str, terms: Terms, amended: Call) -> bool:
    """A draw may be moved to other dates while the scores are open: its numbers are not known to anybody."""
    same_ranking = replace(terms.call.ranking, draw=()) == replace(amended.ranking, draw=())
    return name == "ranking" and same_ranking and terms.row.scores_closed_at is None


def _refuse_window(call: Call, old: Window, new: Window | None, now: datetime) -> None:
    zone = call.time_zone
    if new is None or new.closes_at < old.closes_at:
        raise RefusedError(
            f"the deadline of {call.call} is {old.closes_at}; it only moves later",
            next_step="give the same or a later closes_at",
        )
    if new.closes_at != old.closes_at and now >= ends_at_utc(old, zone):
        raise RefusedError(
            f"the deadline of {call.call}, {old.closes_at}, is past; it does not move any more",
            next_step="who was late was told so; open another call",
        )
    if new.opens_at != old.opens_at and now >= opens_at_utc(old, zone):
        raise RefusedError(f"the window of {call.call} is open already; its opening cannot change")


def adopt_amendment(act: Act, package: PackageRow, content: Mapping[str, Any]) -> int:
    """Puts an approved amendment in force and tells everybody who applied or took the form; returns how many."""
    calls = act.unit.calls
    terms = terms_of(calls, str(package.call))
    definition_hash, reason = content["definitions"]["call"], content["facts"]["reason"]
    refuse_changed(package, {"the call": terms.row.definition_hash == content["inputs"]})
    amended = read_call(calls.definition(definition_hash))
    refuse_lax(laxities(act.unit, amended, terms.programme), amended.call)
    changed = changed_terms(terms.call, amended)
    _refuse_amendment(terms, amended, changed, act.now)
    stage = terms.row.stage
    is_later = window_of(amended, stage).closes_at > window_of(terms.call, stage).closes_at
    is_open = terms.row.state in ("published", "extended")
    case = PreparedCase(actor=act.actor.actor, prepared_by=package.prepared_by)
    inputs: dict[str, object] = {"package": package.hash, "changed": list(changed)}
    state = move_call(act, terms, "extend" if is_later and is_open else "amend", case, inputs=inputs, reason=reason)
    row = terms.row._replace(definition_hash=definition_hash, envelope_amount=amended.envelope_amount, state=state)
    calls.redefine(row)
    return _send_corrigendum(act, terms_of(calls, row.call), changes(terms.call, amended), reason)


def _send_corrigendum(act: Act, terms: Terms, changed: Sequence[ChangeData], reason: str) -> int:
    letters = Correspondence(act, terms)
    facts = {"changes": changed, "reason": reason}
    call, states = terms.row.call, proposal_engine(act.unit.calls, terms.row).definition.states
    for row in act.unit.proposals.rows(call):
        if not states[row.state].final:
            letter = LetterDraft(LetterKind.CORRIGENDUM, row.number, Addressee(row.language, row.lead), facts)
            letters.write(Deed("CorrigendumIssued", f"proposal/{row.number}", reason=reason, call=call), letter)
    for taker in act.unit.calls.form_takers(call):
        addressee = Addressee(taker.language, name=taker.name, email=taker.email)
        letter = LetterDraft(LetterKind.CORRIGENDUM, None, addressee, facts)
        letters.write(Deed("CorrigendumIssued", f"call/{call}", reason=reason, call=call), letter)
    letters.flush()
    return letters.letters_count


def end_call(
    workspace: Workspace, who: Identity, now: datetime, *, call: str, trigger: str, reason: str, dry_run: bool = False
) -> int:
    """Cancels a call, or declares it void: every live application ends with it and is told; returns how many."""
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        move_call(act, terms, trigger, PreparedCase(actor=act.actor.actor), reason=reason)
        act.unit.packages.supersede(terms.row.programme, call)
        engine = proposal_engine(act.unit.calls, terms.row)
        letters, moves = Correspondence(act, terms), []
        for row in act.unit.proposals.rows(call):
            if trigger in engine.possible(row.state):
                fired = engine.fire(row.state, trigger, ProposalCase(), roles=act.roles, reason=reason)
                moves.append((fired.destination, row.number, row.state))
                addressee = Addressee(row.language, row.lead)
                kind = LetterKind(str(fired.transition.letter))
                letter = LetterDraft(kind, row.number, addressee, {"title": row.title, "reason": reason})
                letters.write(proposal_deed(fired, row.number, terms, reason=reason), letter)
        act.unit.proposals.move(moves)
        letters.flush()
    return len(moves)


def proposal_deed(
    fired: Fired,
    number: str,
    terms: Terms,
    *,
    inputs: Mapping[str, object] | None = None,
    findings: Sequence[Mapping[str, object]] | None = None,
    reason: str | None = None,
) -> Deed:
    """What is written down of a proposal's change of state."""
    return Deed(
        fired.transition.entry,
        f"proposal/{number}",
        fired.source,
        fired.destination,
        reason,
        inputs,
        findings,
        terms.hashes,
        terms.row.call,
    )


def archive(workspace: Workspace, who: Identity, now: datetime, *, call: str) -> int:
    """Finishes a call whose time for appeals is over: its decisions are final; returns how many."""
    with workspace.act(who, now) as act:
        terms = terms_of(act.unit.calls, call)
        today, ends_on = local_day(now, terms.call), appeal_ends_on(terms)
        move_call(act, terms, "archive", PreparedCase(today=today, appeal_ends_on=ends_on))
        engine = proposal_engine(act.unit.calls, terms.row)
        rows = list(act.unit.proposals.rows(call, states_with(engine, "finalise")))
        case = ProposalCase(today=today, appeal_ends_on=ends_on)
        cases = ((row.state, case) for row in rows)
        found = list(zip(rows, engine.fire_all(cases, "finalise", roles=act.roles), strict=True))
        act.record(*(proposal_deed(fired, row.number, terms) for row, fired in found))
        act.unit.proposals.move([(fired.destination, row.number, row.state) for row, fired in found])
    return len(rows)
