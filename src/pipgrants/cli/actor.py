"""``actor``: the people who act, and what they may do."""

from __future__ import annotations

from typing import Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, Reason, run_of
from pipgrants.domain.vocabulary import Role

commands = Commands(name="actor", help="Register people, give and take roles.")

ROLES = f"One of: {', '.join(Role)}."

ActorName = Annotated[str, typer.Argument(metavar="ACTOR", help="The short name of the person.")]
RoleName = Annotated[Role, typer.Argument(metavar="ROLE", help=ROLES)]


@commands.verb()
def add(
    context: typer.Context,
    actor: ActorName,
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="The full name.")],
    role: Annotated[
        list[Role] | None,
        typer.Option("--role", metavar="ROLE", help=f"May be given several times. {ROLES}"),
    ] = None,
    os_user: Annotated[
        str | None, typer.Option("--os-user", metavar="USER", help="The operating-system user of the person.")
    ] = None,
) -> None:
    """Register a person with roles.

    Once one person is mapped to an operating-system user, everybody acts only as the user of the running command is
    mapped.
    """
    from pipgrants.services.people import add_actor

    run, roles = run_of(context), tuple(role or ())
    add_actor(run.workspace, run.who, run.now, actor=actor, name=name, roles=roles, os_user=os_user)
    held = output.words(", ".join(roles)) or "no role yet"
    run.show({"actor": actor, "roles": roles, "os_user": os_user}, [f"Registered {actor}: {held}."])


@commands.verb("map")
def map_user(
    context: typer.Context,
    actor: ActorName,
    os_user: Annotated[str, typer.Argument(metavar="OS_USER", help="The operating-system user the person works as.")],
) -> None:
    """Say which operating-system user a person is.

    From the first mapping on, --as never exceeds what the user of the running command is mapped to.
    """
    from pipgrants.services.people import map_actor

    run = run_of(context)
    map_actor(run.workspace, run.who, run.now, actor=actor, os_user=os_user)
    run.show({"actor": actor, "os_user": os_user}, [f"{actor} is the operating-system user {os_user} from now on."])


@commands.verb()
def grant(context: typer.Context, actor: ActorName, role: RoleName) -> None:
    """Give a person a role."""
    from pipgrants.services.people import grant_role

    run = run_of(context)
    grant_role(run.workspace, run.who, run.now, actor=actor, role=role)
    run.show({"actor": actor, "role": role}, [f"{actor} is {output.words(role)} from now on."])


@commands.verb()
def revoke(context: typer.Context, actor: ActorName, role: RoleName, reason: Reason) -> None:
    """End a role of a person."""
    from pipgrants.services.people import revoke_role

    run = run_of(context)
    revoke_role(run.workspace, run.who, run.now, actor=actor, role=role, reason=reason)
    run.show({"actor": actor, "role": role}, [f"{actor} is no longer {output.words(role)}."])


@commands.verb("list")
def list_all(context: typer.Context) -> None:
    """List everybody on record with the roles held now."""
    from pipgrants.services.people import list_actors

    run = run_of(context)
    found = list_actors(run.workspace)
    rows = [(item.actor, item.name, output.words(", ".join(item.roles)), item.os_user) for item in found]
    run.show({"actors": found}, output.table(("Actor", "Name", "Roles", "System user"), rows))
