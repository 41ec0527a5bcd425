"""``actor key``: the public keys of people, whose private halves sign what they approve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, Reason, Yes, run_of

commands = Commands(name="key", help="Register and revoke the keys with which people sign.")

ActorName = Annotated[str, typer.Argument(metavar="ACTOR", help="The short name of the person.")]


@commands.verb()
def add(
    context: typer.Context,
    actor: ActorName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The public key, such as ~/.ssh/id_ed25519.pub.")],
) -> None:
    """Register the SSH public key of a person.

    An administrator says whose key it is. From then on the person signs what they approve, and nothing of theirs is
    approved unsigned.
    """
    from pipgrants.services.keys import register_key

    run = run_of(context)
    row = register_key(run.workspace, run.who, run.now, actor=actor, file=file)
    text = [
        f"Registered a key of {actor} with entry {row.since_entry}:",
        f"{output.INDENT}{row.fingerprint}",
        *output.next_steps(f"pipgrants ratify PACKAGE --as {actor} --key FILE"),
    ]
    run.show(row._asdict(), text)


@commands.verb()
def revoke(
    context: typer.Context,
    fingerprint: Annotated[str, typer.Argument(metavar="FINGERPRINT", help="As `pipgrants actor key list` shows it.")],
    reason: Reason,
    yes: Yes = False,
) -> None:
    """End a key: what it signs from now on does not count.

    An administrator may, and whoever the key is. It cannot be registered again.
    """
    from pipgrants.services.keys import revoke_key

    run = run_of(context)
    row = run.carry_out(
        lambda dry: revoke_key(run.workspace, run.who, run.now, fingerprint=fingerprint, reason=reason, dry_run=dry),
        lambda would: f"Revoke the key {fingerprint} of {would.actor}? It cannot be registered again.",
        yes=yes,
    )
    text = [
        f"Revoked a key of {row.actor} with entry {row.until_entry}: {reason}",
        *output.next_steps(f"pipgrants actor key add {row.actor} FILE.pub"),
    ]
    run.show(row._asdict(), text)


@commands.verb("list")
def list_all(
    context: typer.Context,
    actor: Annotated[str | None, typer.Argument(metavar="[ACTOR]", help="One person only.")] = None,
) -> None:
    """List the keys on record, revoked ones too.

    Each stands with the entries of the trail that registered and revoked it.
    """
    from pipgrants.services.keys import list_keys

    run = run_of(context)
    found = list_keys(run.workspace, actor)
    rows = [(row.actor, row.fingerprint, row.since_entry, row.until_entry) for row in found]
    empty = ["No key is on record.", *output.next_steps("pipgrants actor key add ACTOR FILE.pub --as ADMINISTRATOR")]
    titles = ("Actor", "Fingerprint", "Since", "Until")
    run.show({"keys": found}, output.table(titles, rows) if rows else empty)
