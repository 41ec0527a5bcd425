"""``practice``: best practices recorded with their evidence, searched, and spread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, DryRun, run_of
from pipgrants.domain.vocabulary import Component, Language, ProjectType

if TYPE_CHECKING:
    from pipgrants.domain.practices import Practice

commands = Commands(name="practice")

TYPES, COMPONENTS = ", ".join(ProjectType), ", ".join(Component)
Words = Annotated[
    list[str] | None, typer.Argument(metavar="[WORDS]", help="Beginnings of words; case and accents do not count.")
]
Type = Annotated[ProjectType | None, typer.Option("--type", metavar="TYPE", help=f"One of: {TYPES}.")]
Sector = Annotated[str | None, typer.Option("--sector", metavar="CODE", help="Of this sector (ISIC) and below it.")]
OfComponent = Annotated[
    Component | None, typer.Option("--component", metavar="COMPONENT", help=f"One of: {COMPONENTS}.")
]


@commands.verb()
def record(
    context: typer.Context,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="The practice in one line.")],
    project_type: Annotated[ProjectType, typer.Option("--type", metavar="TYPE", help=f"One of: {TYPES}.")],
    sector: Annotated[str, typer.Option("--sector", metavar="CODE", help="The sector (ISIC revision 4).")],
    description: Annotated[str, typer.Option("--description", metavar="TEXT", help="What was done.")],
    result: Annotated[str, typer.Option("--result", metavar="TEXT", help="What came of it.")],
    evidence: Annotated[Path, typer.Option("--evidence", metavar="FILE", help="The file that shows it; it is kept.")],
    language: Annotated[Language, typer.Option("--language", help="The language that it is written in.")],
    component: OfComponent = None,
    proposal: Annotated[
        str | None, typer.Option("--proposal", metavar="PROPOSAL", help="The project that it comes from.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Record a best practice with its evidence.

    It is there to be spread, and stands in the trail as it is written: name no person in it.
    """
    from pipgrants.services.practices import record_practice

    run = run_of(context)
    found = record_practice(
        run.workspace,
        run.who,
        run.now,
        project_type=project_type,
        sector=sector,
        language=language,
        title=title,
        description=description,
        result=result,
        evidence=evidence,
        component=component,
        proposal=proposal,
        dry_run=dry_run,
    )
    text = [
        f"Recorded best practice {found.number}: {found.title}",
        *output.next_steps(f"pipgrants practice show {found.number}", "pipgrants practice digest --language es"),
    ]
    run.show({"practice": found}, text, dry_run=dry_run)


@commands.verb()
def search(
    context: typer.Context,
    words: Words = None,
    project_type: Type = None,
    sector: Sector = None,
    component: OfComponent = None,
) -> None:
    """Search the best practices on record; without words, list them.

    Every word given begins some word of the title, of what was done or of the result.
    """
    from pipgrants.domain.practices import Search
    from pipgrants.services.practices import search_practices

    run = run_of(context)
    wanted = Search(tuple(words or ()), project_type, sector, component)
    found = search_practices(run.workspace, wanted)
    rows = [(str(item.number), output.words(item.project_type), item.sector, item.title) for item in found]
    how = "pipgrants practice record --help says how one is recorded"
    empty = ["No best practice on record is found so.", *output.next_steps(how)]
    text = output.table(("No.", "Type", "Sector", "Title"), rows) if rows else empty
    run.show({"practices": found}, text)


@commands.verb()
def show(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="The number of the practice.")],
) -> None:
    """Show a best practice with its evidence."""
    from pipgrants.services.practices import show_practice

    run = run_of(context)
    found = show_practice(run.workspace, number)
    run.show(found._asdict(), output.fields(_facts(found)))


def _facts(found: Practice) -> dict[str, object]:
    sha256 = found.evidence_sha256
    return {
        "Number": str(found.number),
        "Title": found.title,
        "Type of project": output.words(found.project_type),
        "Sector (ISIC)": found.sector,
        "Component": output.words(found.component or ""),
        "What was done": found.description,
        "Result": found.result,
        "Proposal": found.proposal,
        "Written in": found.language,
        "Evidence": f"evidence/{sha256[:2]}/{sha256}",
        "Recorded at": output.moment(found.recorded_at),
    }


@commands.verb()
def digest(
    context: typer.Context,
    language: Annotated[Language, typer.Option("--language", help="The language of the headings.")],
    words: Words = None,
    project_type: Type = None,
    sector: Sector = None,
    component: OfComponent = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The .txt, .html or .pdf file to write.")
    ] = None,
) -> None:
    """Show the digest of best practices, by type and sector.

    With --out it is written as a page to be spread. Each practice stands in the language that it was written in.
    """
    from pipgrants.domain.practices import Search
    from pipgrants.services.practices import digest as digest_of

    run = run_of(context)
    wanted = Search(tuple(words or ()), project_type, sector, component)
    found, page = digest_of(run.workspace, wanted, language, run.now, out)
    told = [f"Wrote the digest of {output.count(len(found), 'best practice')}."]
    text = page.splitlines() if out is None else [*told, *output.heading("Written to", output.files([out]))]
    run.show({"practices": found, "file": out}, text, is_labelled=out is None)
