"""``workspace``: copies of the database, and its upgrade to this version of the program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, run_of

commands = Commands(name="workspace")


@commands.verb()
def backup(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to; without it, a new file in backups/.")
    ] = None,
) -> None:
    """Copy the database while others may be writing to it."""
    from pipgrants.services.upkeep import backup as copy_database

    run = run_of(context)
    copy = copy_database(run.workspace, run.who, run.now, out)
    run.answer({"copy": copy}, [f"Copied the database to {output.files([copy])[0]}."])


@commands.verb()
def upgrade(context: typer.Context) -> None:
    """Bring the database to the version of this program.

    The trail says so; a copy from before is kept.
    """
    from pipgrants.services.upkeep import upgrade as upgrade_database

    run = run_of(context)
    done = upgrade_database(run.workspace.folder, run.who, run.now)
    kept = output.files([done.copy])[0]
    text = [f"Upgraded the database from version {done.found} to {done.version}.", f"The copy from before is {kept}."]
    run.answer(done._asdict(), text)
