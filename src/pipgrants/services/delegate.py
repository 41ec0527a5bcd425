"""Delegation: one person holds the role of another on some days, and every entry written so names both."""

from __future__ import annotations

from datetime import UTC, date, datetime

from pipgrants.domain.authority import DELEGABLE
from pipgrants.domain.vocabulary import TIER_OF_ROLE, Role
from pipgrants.errors import NotAuthorisedError, RefusedError
from pipgrants.services.people import refuse_beside_auditing, roles_to_come
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.delegations import DelegationRow
from pipgrants.trail.entry import Deed, instant_text

ROLE_DELEGATED = "RoleDelegated"
DELEGATION_ENDED = "DelegationEnded"


def delegate_role(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    delegator: str,
    delegate: str,
    role: Role,
    from_on: date,
    until_on: date,
    reason: str,
) -> int:
    """Lets one person hold a role for another from one day to another, both included, in UTC; returns its number.

    The delegator delegates a role of their own, or an administrator does it for them. Raises NotAuthorisedError for
    anybody else, and for a role that the delegator holds as a delegate; RefusedError where the role cannot be
    delegated, the days are over or out of order, the delegate holds it already, or an auditor would hold another role.
    """
    with workspace.act(who, now) as act:
        act.person.permitted("actor.delegate")
        _sign(act, delegator, role)
        if role not in act.unit.actors.get(delegator).roles:
            raise RefusedError(f"{delegator} does not hold the role of {role}", next_step="pipgrants actor list")
        _refuse(act, delegator, delegate, role, from_on, until_on)
        number = len(act.unit.delegations.all()) + 1
        row = DelegationRow(number, delegator, delegate, role, from_on.isoformat(), until_on.isoformat(), None)
        act.unit.delegations.add(row)
        inputs = {
            "number": number,
            "delegator": delegator,
            "role": role.value,
            "from_on": row.from_on,
            "until_on": row.until_on,
        }
        act.record(Deed(ROLE_DELEGATED, f"actor/{delegate}", reason=reason, inputs=inputs))
    return number


def end_delegation(workspace: Workspace, who: Identity, now: datetime, *, number: int, reason: str) -> DelegationRow:
    """Ends a delegation before its last day, at once.

    Raises NotAuthorisedError for anybody but the delegator and administrators, RefusedError where it is over.
    """
    with workspace.act(who, now) as act:
        act.person.permitted("actor.end_delegation")
        row = act.unit.delegations.get(number)
        _sign(act, row.delegator, row.role)
        if row.ended_at is not None or row.until_on < _day(now).isoformat():
            ended = f"was ended at {row.ended_at}" if row.ended_at else f"ended with {row.until_on}"
            raise RefusedError(f"delegation {number} {ended}", next_step="pipgrants actor delegations")
        act.unit.delegations.end(number, instant_text(now))
        act.record(Deed(DELEGATION_ENDED, f"actor/{row.delegate}", reason=reason, inputs={"number": number}))
    return row


def list_delegations(workspace: Workspace) -> list[DelegationRow]:
    """Every delegation, in order."""
    with workspace.read() as unit:
        return unit.delegations.all()


def _sign(act: Act, delegator: str, role: Role) -> None:
    """Signs with the delegator's own role, or with that of an administrator who acts for them."""
    own = act.actor.roles
    if delegator == act.actor.actor and role in own:
        act.sign_as(role, TIER_OF_ROLE[role], {})
    elif Role.ADMINISTRATOR in own:
        act.sign_as(Role.ADMINISTRATOR, None, {})
    else:
        raise NotAuthorisedError(
            f"{act.actor.actor} cannot delegate the role of {role} of {delegator}: who holds a role delegates it, and "
            "a role that is itself delegated goes no further",
            next_step=f"let {delegator} or an administrator do it",
        )


def _refuse(act: Act, delegator: str, delegate: str, role: Role, from_on: date, until_on: date) -> None:
    if role not in DELEGABLE:
        raise RefusedError(
            f"the role of {role} cannot be delegated; these can: {', '.join(sorted(DELEGABLE))}",
            next_step="pipgrants actor grant gives somebody the role",
        )
    if not _day(act.now) <= until_on >= from_on:
        raise RefusedError(
            f"the delegation would hold from {from_on} to {until_on}; today is {_day(act.now)} in UTC",
            next_step="give a first day, and a last day that is neither before it nor past",
        )
    if delegate == delegator or role in act.unit.actors.get(delegate).roles:
        raise RefusedError(f"{delegate} holds the role of {role} already", next_step="name another person")
    refuse_beside_auditing(delegate, (role, *roles_to_come(act.unit, delegate, act.now)))


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()
