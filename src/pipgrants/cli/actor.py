"""``actor``: the people who act, and what they may do."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from pipgrants.cli import key, output
from pipgrants.cli.context import Commands, PartyNumber, Reason, run_of
from pipgrants.domain.vocabulary import Role

commands = Commands(name="actor")
commands.add_typer(key.commands)

ROLES = f"One of: {', '.join(Role)}."

ActorName = Annotated[str, typer.Argument(metavar="ACTOR", help="The short name of the person.")]
DAY = "%Y-%m-%d"
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
    party: Annotated[
        str | None,
        typer.Option("--party", metavar="PARTY", help="The party that a person of an implementing agency acts for."),
    ] = None,
) -> None:
    """Register a person with roles.

    Once one person is mapped to an operating-system user, everybody acts only as the user of the running command is
    mapped.
    """
    from pipgrants.services.people import add_actor

    run, roles = run_of(context), tuple(role or ())
    add_actor(run.workspace, run.who, run.now, actor=actor, name=name, roles=roles, os_user=os_user, party=party)
    held = output.words(", ".join(roles)) or "no role yet"
    data = {"actor": actor, "roles": roles, "os_user": os_user, "party": party}
    run.show(data, [f"Registered {actor}: {held}."])


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
def tie(context: typer.Context, actor: ActorName, party: PartyNumber) -> None:
    """Say which party a person acts for as implementing agency.

    An implementing agency imports, clarifies, withdraws and attaches papers for what its own party leads.
    """
    from pipgrants.services.people import tie_actor

    run = run_of(context)
    tie_actor(run.workspace, run.who, run.now, actor=actor, party=party)
    run.show({"actor": actor, "party": party}, [f"{actor} acts for the party {party} from now on."])


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


@commands.verb()
def delegate(
    context: typer.Context,
    delegator: Annotated[str, typer.Argument(metavar="FROM", help="Whose role it is.")],
    delegate: Annotated[str, typer.Argument(metavar="TO", help="Who holds it for them.")],
    role: RoleName,
    from_on: Annotated[datetime, typer.Option("--from", metavar="DATE", formats=[DAY], help="The first day, in UTC.")],
    until_on: Annotated[
        datetime, typer.Option("--until", metavar="DATE", formats=[DAY], help="The last day, in UTC; it counts.")
    ],
    reason: Reason,
) -> None:
    """Let one person hold the role of another on some days.

    Every entry written so names both. A role that is itself delegated goes no further.
    """
    from pipgrants.services.delegate import delegate_role

    run, first, last = run_of(context), from_on.date(), until_on.date()
    number = delegate_role(
        run.workspace,
        run.who,
        run.now,
        delegator=delegator,
        delegate=delegate,
        role=role,
        from_on=first,
        until_on=last,
        reason=reason,
    )
    held = {"delegator": delegator, "delegate": delegate, "role": role, "from_on": first, "until_on": last}
    text = [
        *output.paragraph(
            f"Delegation {number}: {delegate} is {output.words(role)} for {delegator} from {first} to {last}, in UTC."
        ),
        *output.next_steps(f"pipgrants actor end-delegation {number} --reason TEXT ends it early"),
    ]
    run.show({"number": number, **held}, text)


@commands.verb("end-delegation")
def end_delegation(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The number of the delegation.")],
    reason: Reason,
) -> None:
    """End a delegation before its last day, at once."""
    from pipgrants.services.delegate import end_delegation as end

    run = run_of(context)
    row = end(run.workspace, run.who, run.now, number=number, reason=reason)
    text = f"Delegation {number} is over: {row.delegate} is no longer {output.words(row.role)} for {row.delegator}."
    run.show({"number": number}, output.paragraph(text))


@commands.verb()
def delegations(context: typer.Context) -> None:
    """List the delegations, those that are over too."""
    from pipgrants.services.delegate import list_delegations

    run = run_of(context)
    found = list_delegations(run.workspace)
    rows = [
        (
            row.number,
            row.delegator,
            row.delegate,
            output.words(row.role),
            row.from_on,
            row.until_on,
            output.moment(row.ended_at or ""),
        )
        for row in found
    ]
    titles = ("No", "Of", "Held by", "Role", "From", "Until", "Ended early")
    run.show({"delegations": found}, output.table(titles, rows) if rows else ["Nothing was delegated."])


@commands.verb("list")
def list_all(context: typer.Context) -> None:
    """List everybody on record with the roles held now."""
    from pipgrants.services.people import list_actors

    run = run_of(context)
    found = list_actors(run.workspace)
    rows = [(item.actor, item.name, output.words(", ".join(item.roles)), item.os_user, item.party) for item in found]
    run.show({"actors": found}, output.table(("Actor", "Name", "Roles", "System user", "Party"), rows))
