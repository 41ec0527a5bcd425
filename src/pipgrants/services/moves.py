"""Moving calls and proposals from state to state: what may happen, what is stored, and the entry of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from pipgrants.domain.vocabulary import TIER_OF_ROLE, LetterKind, Tier
from pipgrants.errors import RefusedError, in_words
from pipgrants.services.definitions import Terms, call_engine, definitions_of
from pipgrants.services.next_steps import next_steps
from pipgrants.services.rulebook import PreparedCase
from pipgrants.services.workspace import Act
from pipgrants.trail.entry import Deed
from pipgrants.workflow.engine import Engine, Fired

Case = TypeVar("Case")


def fire(
    act: Act,
    subject: str,
    engine: Engine[Case],
    state: str,
    trigger: str,
    case: Case,
    stands_in: Mapping[Tier, Tier],
    *,
    reason: str | None = None,
    see: str = "",
) -> Fired:
    """Fires a trigger for one record and signs what follows with the role that may.

    Raises what the engine raises; where the trigger is refused, the message begins with the ``subject``. What is to be
    done next, where the refusal does not say, is to ``see`` how the record stands: without it, the subject is a
    proposal's number.
    """
    try:
        fired = engine.fire(state, trigger, case, roles=act.roles, reason=reason)
    except RefusedError as error:
        next_step = error.next_step or see or f"pipgrants explain {subject}"
        raise RefusedError(f"{subject}: {error.message}", next_step=next_step) from error
    sign_for(act, fired, stands_in)
    return fired


def sign_for(act: Act, fired: Fired, stands_in: Mapping[Tier, Tier]) -> None:
    """Signs what follows with the first of the actor's roles that may fire the transition."""
    role = next(role for role in act.person.roles if role.value in fired.transition.role)
    act.sign_as(role, TIER_OF_ROLE[role], stands_in)


def require(act: Act, terms: Terms, trigger: str, case: PreparedCase | None = None) -> None:
    """Raises what firing a trigger of the call raises whatever the facts, or given those of a case.

    For acts that work before they fire.
    """
    row, engine = terms.row, call_engine(act.unit.calls, terms.row)
    if trigger not in engine.possible(row.state):
        meaning = engine.definition.states[row.state].meaning
        raise RefusedError(
            f"the call {row.call} is {in_words(row.state)}, so that {in_words(trigger)} is not possible now. {meaning}",
            next_step="; ".join(next_steps(row.call, engine.possible(row.state))) or f"pipgrants status {row.call}",
        )
    engine.require(row.state, trigger, roles=act.roles)
    if case is not None:
        _fire_on_call(act, terms, trigger, case)


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
    fired = _fire_on_call(act, terms, trigger, case, reason)
    act.unit.calls.move(terms.row.call, fired.source, fired.destination)
    act.record(
        Deed(
            fired.transition.entry,
            f"call/{terms.row.call}",
            fired.source,
            fired.destination,
            reason=reason,
            inputs=inputs,
            definitions=definitions_of(terms.row),
            call=terms.row.call,
        )
    )
    return fired.destination


def _fire_on_call(act: Act, terms: Terms, trigger: str, case: PreparedCase, reason: str | None = None) -> Fired:
    row, engine = terms.row, call_engine(act.unit.calls, terms.row)
    subject, see = f"the call {row.call}", f"pipgrants status {row.call}"
    return fire(act, subject, engine, row.state, trigger, case, terms.programme.stands_in, reason=reason, see=see)


def letter_kind(fired: Fired) -> LetterKind:
    """The letter that a transition sends. Raises RefusedError where its machine names none."""
    transition = fired.transition
    if transition.letter is None:
        raise RefusedError(
            f"the machine names no letter for {in_words(transition.trigger)}, of which the applicant must be told",
            next_step="pipgrants workflow check",
        )
    return LetterKind(transition.letter)


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
