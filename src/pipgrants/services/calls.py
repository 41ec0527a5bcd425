"""Acts on calls: checking, drafting, authorising, publishing, closing, cancelling, archiving."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pipgrants.domain.calendar import ends_at_utc
from pipgrants.domain.call import Call
from pipgrants.domain.mistakes import DefinitionMistake
from pipgrants.domain.operating_criteria import check_call
from pipgrants.domain.programme import Programme
from pipgrants.domain.vocabulary import LetterKind, LetterStage, Stage
from pipgrants.errors import RefusedError, in_words
from pipgrants.reading import examine_text, mistakes_in
from pipgrants.services.appeals import appeals_ended_on, open_appeals
from pipgrants.services.correspondence import Addressee, Correspondence, LetterDraft
from pipgrants.services.deadlines import current_stage, local_day, window_of
from pipgrants.services.definitions import (
    CALL_MACHINE,
    PROPOSAL_MACHINES,
    Terms,
    call_in_file,
    definitions_of,
    file_definition,
    first_stage,
    located,
    machine_definition,
    programme_engine,
    programme_in_file,
    proposal_engine,
    read_machine,
    read_programme,
    terms_of,
)
from pipgrants.services.moves import letter_kind, move_call, proposal_deed, require
from pipgrants.services.packages import PackageKind, prepare, refuse_changed
from pipgrants.services.programmes import open_calls
from pipgrants.services.refusals import laxer_call, problems_of
from pipgrants.services.reword import sound_templates
from pipgrants.services.rulebook import PreparedCase, ProposalCase
from pipgrants.services.states import is_in_force, states_with
from pipgrants.services.workspace import Act, Identity, Workspace, silent
from pipgrants.store.calls import CallRow, Calls, DefinitionRow, ProgrammeRow
from pipgrants.store.packages import PackageRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed


class Prepared(NamedTuple):
    """What was prepared: the call and the hash of the package to approve."""

    call: str
    package: str


def laxities(unit: Unit, call: Call, programme: Programme) -> tuple[DefinitionMistake, ...]:
    """Everything by which a call contradicts itself or is laxer than its programme, envelope included."""
    return check_call(call, programme, open_envelopes(unit, call))


def open_envelopes(unit: Unit, call: Call) -> Decimal:
    """The money of the programme's other open calls."""
    return sum((row.envelope_amount for row in open_calls(unit, call.programme) if row.call != call.call), Decimal(0))


class Checked(NamedTuple):
    """A call file, as its mistakes name it, with its programme and all ways in which it is laxer or unsound."""

    file: str
    call: Call
    programme: Programme
    mistakes: tuple[DefinitionMistake, ...]


def check_file(workspace: Workspace, file: str) -> Checked:
    """A call file, examined. Raises NotFoundError, and DefinitionError where it is not well formed."""
    stored = file_definition(workspace, "call", file)
    call, problems = examine_text(stored.content, Call, file=stored.name)
    if call is None:
        raise mistakes_in(stored.name, problems)
    with workspace.read() as unit:
        programme = _programme_of(unit, workspace, call)
        mistakes = located(laxities(unit, call, programme), stored.content)
    if problems:
        raise mistakes_in(stored.name, (*problems, *problems_of(mistakes, stored.name, besides=problems)))
    return Checked(stored.name, call, programme, mistakes)


def _programme_of(unit: Unit, workspace: Workspace, call: Call) -> Programme:
    row = unit.calls.find_programme(call.programme)
    if row is not None:
        return read_programme(unit.calls.definition(row.definition_hash))
    return programme_in_file(file_definition(workspace, "programme", call.programme))


def draft_call(workspace: Workspace, who: Identity, now: datetime, *, file: str, dry_run: bool = False) -> Prepared:
    """Registers a call and prepares its authorisation.

    Raises DefinitionError with every mistake, naming the clause, or file and line of a letter template, and
    RefusedError where the programme is not active or the call was authorised already.
    """
    stored = file_definition(workspace, "call", file)
    call = call_in_file(stored)
    with workspace.act(who, now, dry_run=dry_run) as act:
        calls = act.unit.calls
        programme_row = calls.programme(call.programme)
        programme = read_programme(calls.definition(programme_row.definition_hash))
        act.permit("call.draft", programme.stands_in)
        _refuse_inactive(act.unit, programme_row)
        _refuse_prefix(act.unit, call)
        refuse_lax(located(laxities(act.unit, call, programme), stored.content), call.call, stored.name)
        row = _drafted(workspace, calls, call, stored)
        _register(calls, row, file)
        definitions = definitions_of(row)
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


def _drafted(workspace: Workspace, calls: Calls, call: Call, stored: DefinitionRow) -> CallRow:
    """Stores the definitions that a call will run by; returns the call as it begins."""
    machine = machine_definition(workspace, CALL_MACHINE)
    proposals = machine_definition(workspace, PROPOSAL_MACHINES[len(call.stages)])
    templates = sound_templates(workspace)
    calls.store_definitions([stored._replace(name=call.call), machine, proposals, templates])
    return CallRow(
        call=call.call,
        programme=call.programme,
        definition_hash=stored.hash,
        machine_hash=machine.hash,
        proposal_machine_hash=proposals.hash,
        templates_hash=templates.hash,
        number_prefix=call.number_prefix,
        state=read_machine(machine).initial,
        stage=first_stage(call),
        currency=call.currency,
        envelope_amount=call.envelope_amount,
        scores_closed_at=None,
        released_at=None,
    )


def _register(calls: Calls, row: CallRow, file: str) -> None:
    """Stores a call that is drafted, for the first time or again. Raises RefusedError where it was authorised."""
    before = calls.find(row.call)
    if before is None:
        calls.add(row)
    elif before.state == row.state:
        calls.redefine(row)
    else:
        raise RefusedError(
            f"the call {row.call} is {in_words(before.state)} already; its definition changes only by amendment",
            next_step=f"pipgrants call amend {file} --reason TEXT",
        )


def refuse_lax(found: Sequence[DefinitionMistake], call: str, file: str) -> None:
    """Raises DefinitionError naming file and clause of everything found."""
    if found:
        raise laxer_call(call, file, found)


def _refuse_inactive(unit: Unit, programme: ProgrammeRow) -> None:
    engine = programme_engine(unit.calls, programme.machine_hash)
    if is_in_force(engine, programme.state):
        return
    possible = engine.possible(programme.state)
    if "activate" in possible:
        packages = (row.hash for row in unit.packages.waiting() if row.programme == programme.programme)
        next_step = f"pipgrants ratify {next(packages, 'PACKAGE')} --as MANAGER puts it in force"
    elif "resume" in possible:
        next_step = f"pipgrants programme resume {programme.programme} --as MANAGER"
    else:
        next_step = "name a programme that is in force in the call (pipgrants status lists them)"
    raise RefusedError(
        f"the programme {programme.programme} is {in_words(programme.state)}. "
        f"{engine.definition.states[programme.state].meaning}",
        next_step=next_step,
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
    _refuse_inactive(act.unit, programme)
    still = {
        "the definitions": definitions_of(terms.row) == content["definitions"],
        "the programme": programme.definition_hash == content["inputs"],
    }
    refuse_changed(package, still)
    case = PreparedCase(
        actor=act.actor.actor,
        prepared_by=package.prepared_by,
        call=terms.call.call,
        mistakes=laxities(act.unit, terms.call, terms.programme),
    )
    move_call(act, terms, "authorise", case, inputs={"package": package.hash, **act.signature})


def publish(act: Act, call: str, notices: Mapping[str, str]) -> None:
    """Makes a call public; ``notices`` are the hashes of the call notice by file name."""
    terms = terms_of(act.unit.calls, call)
    case = PreparedCase(now=act.now, ends_at=ends_at_utc(terms.call.window, terms.call.time_zone))
    move_call(act, terms, "publish", case, inputs={"notices": dict(notices)})


def close_call(workspace: Workspace, who: Identity, now: datetime, *, call: str, dry_run: bool = False) -> None:
    """Ends the reception of applications, once the deadline is past."""
    with workspace.act(who, now, dry_run=dry_run) as act:
        close_in(act, terms_of(act.unit.calls, call))


def close_in(act: Act, terms: Terms) -> None:
    """The same within another act."""
    _refuse_unreleased_invitations(act, terms)
    stage = current_stage(act.unit.calls, terms)
    if stage is not first_stage(terms.call):
        _refuse_open_profiles(act, terms)
    if stage is not terms.row.stage:
        act.unit.calls.open_stage(terms.row.call, stage)
    window = window_of(terms.call, stage)
    case = PreparedCase(now=act.now, ends_at=ends_at_utc(window, terms.call.time_zone))
    move_call(act, terms, "close", case)


def invitations_wait(unit: Unit, call: str) -> int:
    """How many invitations to submit a full proposal wait for release."""
    return unit.letters.counts(call).get((LetterKind.PROFILE_INVITED, LetterStage.APPROVED), 0)


def _refuse_unreleased_invitations(act: Act, terms: Terms) -> None:
    """Nobody's time to submit ends who was never told of it."""
    if waiting := invitations_wait(act.unit, terms.row.call):
        raise RefusedError(
            f"{waiting} invitations of {terms.row.call} wait for release: who is invited was not told",
            next_step=f"pipgrants call amend FILE --reason TEXT moves the second deadline where it is past; then "
            f"pipgrants letters release {terms.row.call}",
        )


def _refuse_open_profiles(act: Act, terms: Terms) -> None:
    """Nobody's time to submit ends while it is open whether they are invited."""
    call, proposals = terms.row.call, act.unit.proposals
    found = [row.proposal for row in open_appeals(act.unit, call)]
    waiting = [number for number in found if proposals.get(number).stage is Stage.PROFILE]
    if waiting:
        raise RefusedError(
            f"appeals about profiles of {call} are open, and may lead to an invitation: {', '.join(waiting)}",
            next_step=f"pipgrants appeal list {call}; where one is invited and the second deadline is past, "
            "pipgrants call amend FILE --reason TEXT moves it",
        )


def end_call(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    trigger: str,
    reason: str,
    dry_run: bool = False,
    progress: Callable[[int], None] = silent,
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
                kind = letter_kind(fired)
                letter = LetterDraft(kind, row.number, addressee, {"title": row.title, "reason": reason})
                letters.write(proposal_deed(fired, row.number, terms, reason=reason), letter)
                progress(len(moves))
        act.unit.proposals.move(moves)
        letters.flush()
    return len(moves)


def archive(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    dry_run: bool = False,
    progress: Callable[[int], None] = silent,
) -> int:
    """Finishes a call whose time for appeals is over: its decisions are final; returns how many.

    Raises RefusedError naming the letter that waits for release, or that can still be appealed against.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        require(act, terms, "archive")
        today = local_day(now, terms.call)
        ends_on = appeals_ended_on(act.unit, terms, today)
        expires_on = terms.call.allocation.reserve_expires_on
        case = PreparedCase(today=today, appeal_ends_on=ends_on, reserve_expires_on=expires_on)
        move_call(act, terms, "archive", case)
        engine = proposal_engine(act.unit.calls, terms.row)
        rows = list(act.unit.proposals.rows(call, states_with(engine, "finalise")))
        finalising = ProposalCase(today=today, appeal_ends_on=ends_on)
        cases = ((row.state, finalising) for row in rows)
        found = list(zip(rows, engine.fire_all(cases, "finalise", roles=act.roles), strict=True))
        act.record(*(proposal_deed(fired, row.number, terms) for row, fired in found))
        act.unit.proposals.move([(fired.destination, row.number, row.state) for row, fired in found])
        progress(len(found))
    return len(rows)
