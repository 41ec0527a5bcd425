"""Acts on the people of the workspace: who they are, what they may do, which operating-system user they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from pipgrants.domain.authority import beside_auditing
from pipgrants.domain.vocabulary import Role
from pipgrants.errors import RefusedError, in_words
from pipgrants.services.workspace import Act, Identity, Workspace, require_short_name
from pipgrants.store.actors import ActorRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed, instant_text
from pipgrants.trail.sealing import new_salt, seal


def add_actor(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    actor: str,
    name: str,
    roles: tuple[Role, ...],
    os_user: str | None,
    party: str | None = None,
) -> None:
    """Registers a person with roles; one who speaks for an applicant acts for that ``party`` only.

    Raises RefusedError where the short name is taken, somebody else is the operating-system user, or an auditor would
    hold another role; NotFoundError where the party is not on record.
    """
    require_short_name(actor)
    refuse_beside_auditing(actor, roles)
    with workspace.act(who, now) as act:
        act.permit("actor.add")
        if act.unit.actors.find(actor):
            raise RefusedError(f"{actor} is on record already", next_step="pipgrants actor grant adds a role")
        if os_user is not None:
            _refuse_second_actor(act, actor, os_user)
        salt = new_salt()
        number = act.unit.parties.get(party).number if party else None
        act.unit.actors.add(actor, name, os_user, salt, number)
        inputs = {"name": seal(salt, "name", name), "os_user": os_user, "party": number}
        act.record(Deed("ActorAdded", f"actor/{actor}", inputs=inputs))
        for role in roles:
            act.unit.actors.grant(actor, role, instant_text(now))
            act.record(Deed("RoleGranted", f"actor/{actor}", inputs={"role": role.value}))
        _keep_an_administrator(act)


def map_actor(workspace: Workspace, who: Identity, now: datetime, *, actor: str, os_user: str) -> None:
    """Says which operating-system user a person is; from the first mapping on, ``--as`` never exceeds it.

    Raises RefusedError where somebody else is that user already.
    """
    with workspace.act(who, now) as act:
        act.permit("actor.map")
        act.unit.actors.get(actor)
        _refuse_second_actor(act, actor, os_user)
        act.unit.actors.map(actor, os_user)
        _keep_an_administrator(act)
        act.record(Deed("ActorMapped", f"actor/{actor}", inputs={"os_user": os_user}))


def _refuse_second_actor(act: Act, actor: str, os_user: str) -> None:
    """One person is one actor: with two, the same person would prepare as one and approve as the other."""
    for row in act.unit.actors.all():
        if row.os_user == os_user and row.actor != actor:
            raise RefusedError(
                f"the operating-system user {os_user!r} is {row.actor} already; one person is one actor",
                next_step=f"give {row.actor} the other roles: pipgrants actor grant {row.actor} ROLE",
            )


def tie_actor(workspace: Workspace, who: Identity, now: datetime, *, actor: str, party: str) -> None:
    """Says which party a person acts for as implementing agency. Raises NotFoundError where it is not on record."""
    with workspace.act(who, now) as act:
        act.permit("actor.tie")
        act.unit.actors.get(actor)
        number = act.unit.parties.get(party).number
        act.unit.actors.tie(actor, number)
        act.record(Deed("ActorTied", f"actor/{actor}", inputs={"party": number}))


def _keep_an_administrator(act: Act) -> None:
    """Refuses what would leave nobody who can administer: without the role, or not mapped while others are."""
    is_mapped = act.unit.actors.is_mapped()
    administrators = [row for row in act.unit.actors.all() if Role.ADMINISTRATOR in row.roles]
    if not administrators:
        raise RefusedError("nobody would be administrator any more", next_step="grant the role to somebody else first")
    if is_mapped and not any(row.os_user for row in administrators):
        raise RefusedError(
            "once anybody is mapped to an operating-system user, only those mapped can act; no administrator is",
            next_step=f"pipgrants actor map {act.actor.actor} OS_USER first",
        )


def grant_role(workspace: Workspace, who: Identity, now: datetime, *, actor: str, role: Role) -> None:
    """Gives a person a role. Raises RefusedError where it is held already, and where an auditor would hold another."""
    with workspace.act(who, now) as act:
        act.permit("actor.grant")
        if role in act.unit.actors.get(actor).roles:
            raise RefusedError(f"{actor} is {role.value} already")
        refuse_beside_auditing(actor, (role, *roles_to_come(act.unit, actor, now)))
        act.unit.actors.grant(actor, role, instant_text(now))
        act.record(Deed("RoleGranted", f"actor/{actor}", inputs={"role": role.value}))


def roles_to_come(unit: Unit, actor: str, now: datetime) -> tuple[Role, ...]:
    """The roles that somebody on record holds, or will hold by a delegation that is made already."""
    today = now.astimezone(UTC).date().isoformat()
    lent = (row.role for row in unit.delegations.to(actor) if row.ended_at is None and row.until_on >= today)
    return (*unit.actors.get(actor).roles, *lent)


def refuse_beside_auditing(actor: str, roles: Iterable[Role]) -> None:
    """Raises RefusedError where somebody would be auditor and hold a role that changes something."""
    if others := beside_auditing(roles):
        raise RefusedError(
            f"{actor} would be auditor and {', '.join(map(in_words, others))}; an auditor reads everything and changes "
            "nothing",
            next_step="give one of the roles to another person, or revoke the other first (pipgrants actor list)",
        )


def revoke_role(workspace: Workspace, who: Identity, now: datetime, *, actor: str, role: Role, reason: str) -> None:
    """Ends a role of a person. Raises RefusedError where it is not held."""
    with workspace.act(who, now) as act:
        act.permit("actor.revoke")
        if role not in act.unit.actors.get(actor).roles:
            raise RefusedError(f"{actor} is not {role.value}", next_step="pipgrants actor list")
        act.unit.actors.revoke(actor, role, instant_text(now))
        _keep_an_administrator(act)
        act.record(Deed("RoleRevoked", f"actor/{actor}", reason=reason, inputs={"role": role.value}))


def list_actors(workspace: Workspace) -> list[ActorRow]:
    """Everybody on record."""
    with workspace.read() as unit:
        return unit.actors.all()
