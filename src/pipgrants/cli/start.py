"""``init`` and ``demo``: a new workspace, empty or with a whole round in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, run_of

commands = Commands()

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the workspace.")]


@commands.verb("init")
def init_workspace(
    context: typer.Context,
    folder: Folder,
    administrator: Annotated[
        str, typer.Option("--administrator", metavar="ACTOR", help="The short name of who will add the others.")
    ] = "admin",
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="The administrator's full name.")] = "",
) -> None:
    """Make a workspace in a new folder.

    It holds the shipped definitions and templates, an empty database, and one administrator who registers the others.
    """
    from pipgrants.services.workspace import init

    run = run_of(context)
    workspace = init(folder, administrator, name or administrator, run.who, run.now)
    data: dict[str, object] = {"workspace": workspace.folder, "administrator": administrator}
    kept = {
        "workflows/": "programmes, calls, machines and mappings, yours to change",
        "templates/": "letters, notices and wordings, yours to change",
        "evidence/": "the files of papers, by their SHA-256",
        "letters/": "released letters",
        "notices/": "call notices and lists of results",
        "checkpoints/": "sizes and roots of the trail, to be kept elsewhere too",
        "backups/": "copies of the database",
    }
    steps = output.next_steps(
        f"cd {folder}",
        f"pipgrants actor add ana --name 'Ana Paz' --role coordination_officer --as {administrator}",
        f"pipgrants actor add leo --name 'Leo Rey' --role programme_manager --as {administrator}",
        "pipgrants programme draft competitiveness-fund --as ana",
    )
    text = [
        f"Made the workspace {folder}; {administrator} is its administrator.",
        *output.heading("", output.fields(kept)),
    ]
    run.answer(data, [*text, *steps])


@commands.verb("demo")
def run_demonstration(
    context: typer.Context,
    folder: Folder,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Remove an earlier demonstration from the folder first.")
    ] = False,
    applications: Annotated[
        Path | None,
        typer.Option("--applications", metavar="FILE", help="A public list of real applications to run the round on."),
    ] = None,
    mapping: Annotated[
        str | None, typer.Option("--mapping", metavar="NAME", help="How the list is written; found by its columns.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="What the invented data are drawn from.")] = 2026,
) -> None:
    """Run a whole round in a new workspace.

    It runs on invented applications, or on a public list of real ones; whatever is invented is labelled synthetic.
    """
    from pipgrants.services.demo import run_demo

    run = run_of(context)
    summary = run_demo(
        folder, applications, mapping, seed, fresh=fresh, progress=lambda step: output.note(f"... {step}")
    )
    counts = {
        "Received": f"{summary.received_count:,}, of which {summary.late_count:,} late",
        "Warnings of the file": summary.warnings_count,
        "After screening": output.counts(summary.states_after_screening),
        "Places drawn by lot": summary.drawn_count,
        "Letters released": sum(summary.letters.values()),
        "Trail": output.count(summary.entries_count, "entry", "entries"),
        "Approvals": summary.approvals,
    }
    outcomes = [
        (output.words(name), number, output.Figure(money)) for name, (number, money) in summary.outcomes.items()
    ]
    written = {
        "Letters": summary.letters_folder,
        "Results": summary.results,
        "Checkpoints": summary.checkpoints_folder,
    }
    text = [
        f"Ran a whole round of {summary.call}.",
        *output.paragraph(f"{summary.label[:1].upper()}{summary.label[1:]}."),
        *output.heading("The round", output.fields(counts)),
        *output.heading("The decisions", output.table(("Decision", "Proposals", "Amount"), outcomes)),
        *output.heading("Written", output.fields(written)),
        *output.next_steps(*summary.next_steps),
    ]
    run.answer(summary._asdict(), text)
