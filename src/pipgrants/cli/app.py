"""The program ``pipgrants``.

Exit codes: 0 done, 2 usage, 3 refused by a rule, 4 not authorised, 5 trail integrity, 6 not found, 7 concurrent change,
8 cancelled; 1 is a fault of the program itself.
"""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Annotated

import typer

from pipgrants import __version__
from pipgrants.cli import output
from pipgrants.cli.context import Commands
from pipgrants.cli.parts import Program

DEBUG = "PIPGRANTS_DEBUG"
"""Set in the environment, a fault of the program shows its whole traceback."""

app = Commands(
    cls=Program,
    help="Run calls for proposals: from the programme and its call to the letters, with a decision trail.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pipgrants {__version__}")
        raise typer.Exit


@app.callback()
def program(
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """Takes what stands before the name of a command."""


def main() -> None:
    """Runs the program."""
    if not os.environ.get(DEBUG):
        sys.excepthook = _confess
    typer.main.get_command(app)(prog_name="pipgrants")


def _confess(kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
    """Says that the program itself is at fault, in a few lines."""
    first = next(iter(str(error).splitlines()), "")
    output.note(
        f"Error: pipgrants failed: {kind.__name__}{f': {first}' if first else ''}",
        "  This is a fault of the program; pipgrants status says whether the act was kept.",
        f"  Next: run it again with {DEBUG}=1 and report what it prints",
    )
