"""Firing a trigger in the name of a person: the machine says which role and tier the entry is written under."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pipgrants.domain.vocabulary import TIER_OF_ROLE, Tier
from pipgrants.errors import RefusedError
from pipgrants.services.workspace import Act
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
