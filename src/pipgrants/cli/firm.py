"""``firm``: firms that take part in a project, their consent, and the data that they give."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, DryRun, Reason, RowLanguage, rows_told, run_of
from pipgrants.cli.project import ProjectNumber
from pipgrants.domain.vocabulary import Language

if TYPE_CHECKING:
    from pipgrants.services.participation_views import FirmRecord, FirmView

commands = Commands(name="firm")

FirmNumber = Annotated[str, typer.Argument(metavar="FIRM", help="The number of the firm, which is that of its party.")]


@commands.verb()
def register(
    context: typer.Context,
    project: ProjectNumber,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Columns: firm, registered_on, consent_on, year, production, employment, sales, exports, value_added, "
            "investment.",
        ),
    ],
    language: RowLanguage = Language.ENGLISH,
    dry_run: DryRun = False,
) -> None:
    """Register firms with a project, all or none.

    Each agrees to give data (without consent_on, on the day that its application tells) and gives those of a year,
    employment and sales at least. Without consent and data it receives no benefit. A registration takes the place of
    the one before.
    """
    from pipgrants.services.firms import register_firms

    run = run_of(context)
    with rows_told(run, language):
        found = register_firms(run.workspace, run.who, run.now, project=project, path=file, dry_run=dry_run)
    text = [
        f"Registered {output.count(len(found), 'firm')} with {project}.",
        *output.next_steps(f"pipgrants firm list {project}", f"pipgrants activity import {project} FILE"),
    ]
    run.show({"project": project, "firms": found}, text, dry_run=dry_run)


@commands.verb()
def withdraw(
    context: typer.Context,
    project: ProjectNumber,
    firm: FirmNumber,
    reason: Reason,
    on: Annotated[
        datetime | None,
        typer.Option("--on", metavar="DATE", formats=["%Y-%m-%d"], help="From which day on; without it, today."),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Record that a firm withdrew its consent to give data.

    From that day on it receives no benefit, until it registers again.
    """
    from pipgrants.services.firms import withdraw_consent

    run = run_of(context)
    day = withdraw_consent(
        run.workspace,
        run.who,
        run.now,
        project=project,
        firm=firm,
        from_on=on.date() if on else None,
        reason=reason,
        dry_run=dry_run,
    )
    text = [f"The consent of {firm} holds no longer from {day} on: {reason}"]
    run.show({"project": project, "firm": firm, "withdrawn_on": day, "reason": reason}, text, dry_run=dry_run)


@commands.verb("list")
def list_all(context: typer.Context, project: ProjectNumber) -> None:
    """List the firms of a project.

    Those that applied, and those that registered since; with what keeps them from benefits today.
    """
    from pipgrants.services.participation_views import list_firms

    run = run_of(context)
    call, found = list_firms(run.workspace, project, run.now)
    rows = [
        (
            item.firm,
            item.name or "(redacted)",
            item.registered_on,
            item.last_year and output.Figure(item.last_year),
            item.activities_count,
            _benefit(item),
        )
        for item in found
    ]
    titles = ("Firm", "Name", "Registered", "Data of", "Activities", "Benefit")
    listed = output.table(titles, rows) if rows else [f"{project} has no firm."]
    is_complete = bool(found) and all(item.barred is None for item in found)
    steps = [] if is_complete else output.next_steps(f"pipgrants firm register {project} FILE")
    run.show({"project": project, "call": call, "firms": found}, [*listed, *steps])


def _benefit(found: FirmView) -> str:
    """Whether a firm receives benefits today, or what keeps them from it."""
    return "yes" if found.barred is None else output.words(found.barred.removeprefix("firm_"))


@commands.verb()
def show(context: typer.Context, project: ProjectNumber, firm: FirmNumber) -> None:
    """Show a firm of a project with the data that it gave."""
    from pipgrants.services.participation_views import show_firm

    run = run_of(context)
    found = show_firm(run.workspace, project, firm, run.now)
    data = {
        **found._asdict(),
        "given": [{"on": on, "at": at, "year": data.year, "figures": data.figures} for on, at, data in found.given],
    }
    run.show(data, _record(found))


def _record(found: FirmRecord) -> list[str]:
    view = found.firm
    facts = {
        "Name": view.name or "(redacted)",
        "Registered on": view.registered_on,
        "Agreed to give data on": view.consent_on,
        "Withdrawn on": view.withdrawn_on,
        "Activities": view.activities_count,
        "Services used": view.services_count,
        "Benefit": _benefit(view),
    }
    given = [
        (on, at, output.Figure(data.year), output.words(fact), output.figure(value))
        for on, at, data in found.given
        for fact, value in data.figures.items()
    ]
    return [
        *output.fields({name: value for name, value in facts.items() if value is not None}),
        *output.rows(f"Data given, amounts in {found.currency}", ("On", "At", "Of", "Fact", "Value"), given),
    ]
