"""Amending a call: prepared, approved by another person, and told to everybody who applied or took the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from pipgrants.domain.calendar import ends_at_utc, opens_at_utc
from pipgrants.domain.call import Call, RandomSource, Window
from pipgrants.domain.rubric import ScoringTerms
from pipgrants.domain.vocabulary import LetterKind
from pipgrants.errors import RefusedError, in_words
from pipgrants.letters.data import ChangeData
from pipgrants.services.calls import invitations_wait, laxities, refuse_lax
from pipgrants.services.changes import changed_terms, changes
from pipgrants.services.correspondence import Addressee, Correspondence, LetterDraft
from pipgrants.services.deadlines import local_day, window_of, windows_ahead
from pipgrants.services.definitions import (
    Terms,
    call_engine,
    call_in_file,
    definitions_of,
    file_definition,
    located,
    proposal_engine,
    read_call,
    terms_of,
)
from pipgrants.services.moves import move_call
from pipgrants.services.packages import PackageKind, prepare, refuse_changed
from pipgrants.services.rulebook import PreparedCase
from pipgrants.services.states import is_public
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.calls import CallRow
from pipgrants.store.packages import PackageRow
from pipgrants.trail.entry import Deed
from pipgrants.workflow.engine import Engine

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
    "evaluators",
    "scoring",
)
"""What cannot change once the deadline is past."""

_EARLIER = "a deadline in working days would come earlier, and deadlines only move later"
ONLY_ADDED_TO = {
    "weekend": _EARLIER,
    "non_working_days": _EARLIER,
    "languages": "whoever applies in it is answered in it",
}
"""Of which nothing is taken away once a call is public, and why."""


class PreparedAmendment(NamedTuple):
    """What was prepared: the call, the hash of the package to approve, and what the corrigendum will say."""

    call: str
    package: str
    changes: tuple[ChangeData, ...]


def amend_call(
    workspace: Workspace, who: Identity, now: datetime, *, file: str, reason: str, dry_run: bool = False
) -> PreparedAmendment:
    """Prepares an amendment of a call that is on record. Raises RefusedError where it changes what must stand."""
    stored = file_definition(workspace, "call", file)
    amended = call_in_file(stored)
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, amended.call)
        act.permit("call.amend", terms.programme.stands_in)
        engine = call_engine(act.unit.calls, terms.row)
        _refuse_unamendable(engine, terms.row)
        refuse_lax(located(laxities(act.unit, amended, terms.programme), stored.content), amended.call, stored.name)
        _refuse_amendment(engine, terms, amended, now, invitations_left=not invitations_wait(act.unit, amended.call))
        act.unit.calls.store_definitions([stored._replace(name=amended.call)])
        definitions = {**definitions_of(terms.row), "call": stored.hash}
        told = changes(terms.call, amended)
        package = prepare(
            act,
            PackageKind.AMENDMENT,
            programme=terms.row.programme,
            call=amended.call,
            stage=None,
            definitions=definitions,
            inputs=terms.row.definition_hash,
            facts={"changes": told, "reason": reason},
        )
    return PreparedAmendment(amended.call, package, tuple(told))


def _refuse_unamendable(engine: Engine[PreparedCase], row: CallRow) -> None:
    if "amend" not in engine.possible(row.state):
        raise RefusedError(
            f"the call {row.call} is {in_words(row.state)}; its definition cannot be amended then",
            next_step="pipgrants call draft FILE changes a call that is not authorised yet",
        )


def _refuse_amendment(
    engine: Engine[PreparedCase], terms: Terms, amended: Call, now: datetime, *, invitations_left: bool
) -> None:
    """Raises RefusedError where nothing changes, or what stands for good, or what readers of the notice rely on."""
    before, zone, changed = terms.call, terms.call.time_zone, changed_terms(terms.call, amended)
    if not changed:
        raise RefusedError(f"the file changes nothing in {before.call}")
    fixed = [name for name in ("programme", "currency", "number_prefix", "stages", "time_zone") if name in changed]
    if fixed:
        raise RefusedError(f"an amendment cannot change {', '.join(fixed)} of {before.call}")
    if not is_public(engine, terms.row.state):
        return
    _refuse_window(before, before.window, amended.window, now)
    if before.second_window is not None:
        _refuse_window(before, before.second_window, amended.second_window, now, has_begun=invitations_left)
    _refuse_taken_away(before, amended)
    harmless = {
        "ranking": _only_moves_draw(terms, amended, local_day(now, before)),
        "scoring": _only_gives_time(before.scoring, amended.scoring),
    }
    rules = [name for name in changed if name in SELECTION_RULES and not harmless.get(name)]
    if amended.appeal.funded_from is not before.appeal.funded_from:
        rules.append("appeal.funded_from")
    if rules and now >= ends_at_utc(window_of(before, terms.row.stage), zone):
        raise RefusedError(
            f"the deadline of {before.call} is past: {', '.join(rules)} cannot change any more",
            next_step="declare the call void if its rules were wrong (pipgrants call void)",
        )


def _only_moves_draw(terms: Terms, amended: Call, today: date) -> bool:
    """Whether the same sources are drawn on days to come: while the scores are open nobody knows their numbers."""
    before, after = terms.call.ranking, amended.ranking
    if terms.row.scores_closed_at is not None or len(before.draw) != len(after.draw):
        return False
    draws = zip(before.draw, after.draw, strict=True)
    return replace(before, draw=after.draw) == after and all(_is_same_or_later(*pair, today) for pair in draws)


def _is_same_or_later(old: RandomSource, new: RandomSource, today: date) -> bool:
    is_later = new.published_on > max(old.published_on, today)
    return new == old or (is_later and replace(old, published_on=new.published_on) == new)


def _only_gives_time(before: ScoringTerms | None, after: ScoringTerms | None) -> bool:
    """Whether evaluators only get more days for their marks."""
    if before is None or after is None or before.due_on.keys() != after.due_on.keys():
        return False
    is_later = all(after.due_on[stage] >= day for stage, day in before.due_on.items())
    return is_later and replace(before, due_on=after.due_on) == after


def _refuse_window(call: Call, old: Window, new: Window | None, now: datetime, *, has_begun: bool = True) -> None:
    zone = call.time_zone
    if new is None or new.closes_at < old.closes_at:
        raise RefusedError(
            f"the deadline of {call.call} is {old.closes_at}; it only moves later",
            next_step="give the same or a later closes_at",
        )
    if has_begun and new.closes_at != old.closes_at and now >= ends_at_utc(old, zone):
        raise RefusedError(
            f"the deadline of {call.call}, {old.closes_at}, is past; it does not move any more",
            next_step="who was late was told so; open another call",
        )
    if new.opens_at != old.opens_at and now >= opens_at_utc(old, zone):
        raise RefusedError(f"the window of {call.call} is open already; its opening cannot change")


def _refuse_taken_away(before: Call, amended: Call) -> None:
    """Raises RefusedError where the time to appeal shrinks, a working day is gained or a language lost."""
    if amended.appeal.working_days < before.appeal.working_days:
        raise RefusedError(
            f"appeal.working_days: the call gives {before.appeal.working_days} working days to appeal; they only grow",
            next_step=f"give {before.appeal.working_days} or more",
        )
    for key, why in ONLY_ADDED_TO.items():
        if gone := [str(item) for item in getattr(before, key) if item not in getattr(amended, key)]:
            raise RefusedError(
                f"{key}: {before.call} is public, and {', '.join(gone)} cannot be taken away any more: {why}",
                next_step=f"keep {', '.join(gone)}; more can be added",
            )


def adopt_amendment(act: Act, package: PackageRow, content: Mapping[str, Any]) -> int:
    """Puts an approved amendment in force and tells everybody who applied or took the form; returns how many."""
    calls = act.unit.calls
    terms = terms_of(calls, str(package.call))
    definition_hash, reason = content["definitions"]["call"], content["facts"]["reason"]
    refuse_changed(package, {"the call": terms.row.definition_hash == content["inputs"]})
    amended = read_call(calls.definition(definition_hash))
    refuse_lax(laxities(act.unit, amended, terms.programme), amended.call, f"{amended.call}.yaml")
    engine = call_engine(calls, terms.row)
    _refuse_amendment(engine, terms, amended, act.now, invitations_left=not invitations_wait(act.unit, amended.call))
    stage, changed = terms.row.stage, changed_terms(terms.call, amended)
    is_later = window_of(amended, stage).closes_at > window_of(terms.call, stage).closes_at
    is_open = "extend" in engine.possible(terms.row.state)
    case = PreparedCase(actor=act.actor.actor, prepared_by=package.prepared_by)
    inputs: dict[str, object] = {"package": package.hash, "changed": list(changed), **act.signature}
    state = move_call(act, terms, "extend" if is_later and is_open else "amend", case, inputs=inputs, reason=reason)
    row = terms.row._replace(definition_hash=definition_hash, envelope_amount=amended.envelope_amount, state=state)
    calls.redefine(row)
    return _send_corrigendum(act, terms_of(calls, row.call), changes(terms.call, amended), reason)


def _send_corrigendum(act: Act, terms: Terms, changed: Sequence[ChangeData], reason: str) -> int:
    letters = Correspondence(act, terms)
    parts = {change["part"].partition(".")[0] for change in changed}
    facts = {"changes": changed, "reason": reason, "windows": windows_ahead(terms.call, act.now, parts)}
    call, states = terms.row.call, proposal_engine(act.unit.calls, terms.row).definition.states
    for row in act.unit.proposals.rows(call):
        if not states[row.state].final:
            letter = LetterDraft(LetterKind.CORRIGENDUM, row.number, Addressee(row.language, row.lead), facts)
            letters.write(_issued(f"proposal/{row.number}", terms, reason), letter)
    for taker in (taker for taker in act.unit.calls.form_takers(call) if taker.email):
        addressee = Addressee(taker.language, name=taker.name, email=taker.email)
        letter = LetterDraft(LetterKind.CORRIGENDUM, None, addressee, facts)
        letters.write(_issued(f"call/{call}", terms, reason), letter)
    letters.flush()
    return letters.letters_count


def _issued(subject: str, terms: Terms, reason: str) -> Deed:
    return Deed("CorrigendumIssued", subject, reason=reason, definitions=terms.hashes, call=terms.row.call)
