"""``export``: what is public, in the formats of open data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, Run, run_of

if TYPE_CHECKING:
    from pipgrants.services.open_data import Exported

commands = Commands(name="export")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of a call, or of a programme with all its calls.")]


@commands.verb("360giving")
def three_sixty_giving(
    context: typer.Context,
    name: Name,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The .json or .csv file to write.")],
) -> None:
    """Write the awards that were released as 360Giving data.

    Version 1.4 of the standard. Who exports them is written in the access log.
    """
    from pipgrants.services.open_data import export_360giving

    run = run_of(context)
    _show(run, export_360giving(run.workspace, run.who, run.now, name=name, out=out))


@commands.verb()
def commongrants(
    context: typer.Context,
    name: Name,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The .json file to write.")],
) -> None:
    """Write calls and what became of them as CommonGrants data.

    Opportunities and competitions of the calls that were published, and applications and awards once released. Who
    exports them is written in the access log.
    """
    from pipgrants.services.open_data import export_commongrants

    run = run_of(context)
    _show(run, export_commongrants(run.workspace, run.who, run.now, name=name, out=out))


@commands.verb()
def iati(
    context: typer.Context,
    name: Name,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The .xml file to write.")],
) -> None:
    """Write the awards that were released as IATI activities.

    Version 2.03: commitments, the counterpart, and the results aimed at. Who exports them is written in the access log.
    """
    from pipgrants.services.open_data import export_iati

    run = run_of(context)
    _show(run, export_iati(run.workspace, run.who, run.now, name=name, out=out))


def _show(run: Run, found: Exported) -> None:
    awards = output.count(found.awards_count, "award")
    run.show(found._asdict(), [f"Wrote {awards} to {found.file}.", *output.heading("Calls", found.calls)])
