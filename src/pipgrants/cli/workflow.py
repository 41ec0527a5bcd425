"""``workflow``: what an agency changes without programming, checked and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, run_of
from pipgrants.errors import DefinitionError
from pipgrants.paths import refuse_existing, written_whole

commands = Commands(name="workflow")


@commands.verb()
def check(context: typer.Context) -> None:
    """List all mistakes of the definitions.

    Those of machines, programmes, calls and mappings, with file and line. Outside a workspace the shipped ones are
    checked.
    """
    from pipgrants.services.machines import check_workflows

    run = run_of(context)
    workspace = run.workspace_if_any
    where = f"the workspace {workspace.folder}" if workspace else "the shipped definitions"
    problems = check_workflows(run.now.date(), workspace)
    data = {"checked": where, "problems": problems}
    run.answer(data, [] if problems else [f"No mistake in {where}."])
    if problems:
        raise DefinitionError(f"{output.count(len(problems), 'mistake')} in {where}:", problems)


@commands.verb()
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The machine, such as call or proposal_one_stage.")],
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Draw it with Graphviz into this file.")
    ] = None,
) -> None:
    """Draw a state machine.

    As Mermaid text, or as SVG where Graphviz is installed.
    """
    from pipgrants.services.machines import draw_machine, show_machine

    run = run_of(context)
    workspace = run.workspace_if_any
    if svg is None:
        drawn = show_machine(workspace, name)
        run.answer({"machine": name, "mermaid": drawn}, drawn.splitlines())
        return
    refuse_existing(svg, f"pipgrants workflow show {name} --svg OTHER.svg")
    with written_whole(svg) as unfinished:
        unfinished.write_text(draw_machine(workspace, name), encoding="utf-8")
    run.answer({"machine": name, "file": svg}, [f"Drew {name} into {svg}."])
