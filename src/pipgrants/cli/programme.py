"""``programme``: sources of money, operating criteria and tiers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, DefinitionFile, DryRun, Reason, Run, Yes, run_of

if TYPE_CHECKING:
    from pipgrants.domain.programme import Programme
    from pipgrants.domain.publisher import Publisher

commands = Commands(name="programme")

ENGLISH = "en"

ProgrammeName = Annotated[str, typer.Argument(metavar="PROGRAMME", help="The name of the programme.")]


@commands.verb()
def draft(context: typer.Context, file: DefinitionFile, dry_run: DryRun = False) -> None:
    """Register a programme, or the next version of one.

    It is a package until management ratifies it.
    """
    from pipgrants.services.programmes import draft_programme

    run = run_of(context)
    found = draft_programme(run.workspace, run.who, run.now, file=file, dry_run=dry_run)
    text = [
        f"Drafted {found.name}.",
        *output.heading("Package", [found.package]),
        *output.next_steps(f"pipgrants ratify {found.package[:12]} --as MANAGER"),
    ]
    run.show({"programme": found.name, "package": found.package}, text, dry_run=dry_run)


@commands.verb()
def check(context: typer.Context, file: DefinitionFile) -> None:
    """Say what a programme file means, and what is wrong in it."""
    from pipgrants.services.definitions import file_definition
    from pipgrants.services.programmes import examine_programme, refuse_unsound
    from pipgrants.services.views import SYNTHETIC

    run = run_of(context)
    programme, problems = examine_programme(file_definition(run.workspace, "programme", file), run.now.date())
    data = {"programme": programme.programme, "definition": programme, "problems": problems}
    text = [*describe(programme), "", *(() if problems else ["No mistake was found."])]
    run.answer(data, text, labels=[SYNTHETIC] if programme.synthetic else [])
    refuse_unsound(problems, programme.programme)


@commands.verb("list")
def list_all(context: typer.Context) -> None:
    """List the programmes on record with their states."""
    from pipgrants.services.views import list_programmes

    run = run_of(context)
    found = list_programmes(run.workspace)
    rows = [(item.programme, item.state, item.definition.title.get(ENGLISH), _money(item.definition)) for item in found]
    data = {
        "programmes": [
            {"programme": item.programme, "state": item.state, "title": item.definition.title} for item in found
        ]
    }
    empty = [
        "No programme is on record.",
        *output.next_steps("pipgrants programme draft competitiveness-fund --as OFFICER"),
    ]
    run.show(data, output.table(("Programme", "State", "Title", "Envelope"), rows) if rows else empty)


@commands.verb()
def show(
    context: typer.Context, programme: Annotated[str, typer.Argument(metavar="PROGRAMME", help="Its name.")]
) -> None:
    """Show a programme on record.

    Its money, operating criteria, tiers with their evidence, and reviews.
    """
    from pipgrants.services.views import show_programme

    run = run_of(context)
    found = show_programme(run.workspace, programme)
    run.show(found._asdict(), [f"State: {found.state}", "", *describe(found.definition)])


def describe(programme: Programme) -> list[str]:
    """A programme in plain words."""
    sources = [(item.kind, item.name, output.figure(str(item.amount))) for item in programme.sources]
    clauses = [(item.clause, item.in_force_from, item.text.get(ENGLISH)) for item in programme.operating_criteria]
    tiers = [(output.words(tier), entity.name, entity.designated_on) for tier, entity in programme.tiers.items()]
    shown = [
        (output.words(tier), output.words(quality), evidence)
        for tier, entity in programme.tiers.items()
        for quality, evidence in entity.evidence.items()
    ]
    absent = [(output.words(tier), output.words(acting)) for tier, acting in programme.stands_in.items()]
    reviews = [(item.due_on, item.subject, item.done_on or "open", item.result) for item in programme.reviews]
    return [
        *output.paragraph(f"{programme.programme}: {programme.title.get(ENGLISH, '')}"),
        *output.heading(f"Money: {_money(programme)}", output.table(("Kind", "Source", "Amount"), sources)),
        *output.heading("Operating criteria", output.table(("Clause", "In force from", "Text"), clauses)),
        *output.heading("Tiers", output.table(("Tier", "Entity", "Since"), tiers)),
        *output.heading(
            "What the entities show", output.table(("Tier", "Quality", "Evidence"), shown) if shown else []
        ),
        *output.heading("Tiers that are absent", output.table(("Tier", "Stands in"), absent) if absent else []),
        *output.heading(
            "Reviews of the coordinating entity",
            output.table(("Due", "Subject", "Done", "Result"), reviews) if reviews else [],
        ),
        *output.heading("Publisher of open data", _publisher(programme.publisher) if programme.publisher else []),
    ]


def _publisher(publisher: Publisher) -> list[str]:
    from pipgrants.domain.publisher import defaults_for_iati, unfit_for_iati

    missing = ", ".join(unfit_for_iati(publisher))
    defaults = (f"{name.replace('-', ' ')} {code}" for name, code in defaults_for_iati(publisher).items())
    known = {
        "Name": publisher.name,
        "Identifier": publisher.identifier,
        "Grants begin with": publisher.grant_prefix or publisher.identifier,
        "Kind (IATI)": publisher.organisation_type,
        "Country": publisher.country,
        "Sector (OECD DAC)": publisher.sector,
        "Defaults (IATI)": ", ".join(defaults) or None,
    }
    return output.fields(known | ({"IATI needs too": missing} if missing else {}))


def _money(programme: Programme) -> str:
    return output.figure(str(programme.envelope_amount), programme.currency)


@commands.verb()
def suspend(context: typer.Context, programme: ProgrammeName, reason: Reason) -> None:
    """Suspend a programme.

    No call is authorised under it until it is resumed.
    """
    run = run_of(context)
    _show_state(run, programme, _move(run, programme, "suspend", reason))


@commands.verb()
def resume(context: typer.Context, programme: ProgrammeName) -> None:
    """Resume a suspended programme."""
    run = run_of(context)
    _show_state(run, programme, _move(run, programme, "resume", None))


@commands.verb()
def close(context: typer.Context, programme: ProgrammeName, reason: Reason, yes: Yes = False) -> None:
    """Close a programme for good; its record stays."""
    run = run_of(context)
    state = run.carry_out(
        lambda dry: _move(run, programme, "close", reason, dry_run=dry),
        lambda _: f"Close the programme {programme}? It cannot be opened again.",
        yes=yes,
    )
    _show_state(run, programme, state)


def _move(run: Run, programme: str, trigger: str, reason: str | None, *, dry_run: bool = False) -> str:
    from pipgrants.services.programmes import move_programme

    return move_programme(
        run.workspace, run.who, run.now, programme=programme, trigger=trigger, reason=reason, dry_run=dry_run
    )


def _show_state(run: Run, programme: str, state: str) -> None:
    run.show({"programme": programme, "state": state}, [f"{programme} is {state} now."])


@commands.verb()
def review(
    context: typer.Context,
    programme: ProgrammeName,
    due: Annotated[
        datetime,
        typer.Option("--due", formats=["%Y-%m-%d"], metavar="DATE", help="The day on which the review was due."),
    ],
    result: Annotated[str, typer.Option("--result", metavar="TEXT", help="What the review found.")],
) -> None:
    """Record the result of a periodic review of the coordinating entity."""
    from pipgrants.services.programmes import record_review

    run, due_on = run_of(context), due.date()
    record_review(run.workspace, run.who, run.now, programme=programme, due_on=due_on, result=result)
    run.show({"programme": programme, "due_on": due_on, "result": result}, [f"Recorded the review of {programme}."])
