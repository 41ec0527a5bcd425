"""``activity``: what is done with the firms of a project, and who took part."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, DryRun, Reason, RowLanguage, Yes, rows_told, run_of
from pipgrants.cli.project import ProjectNumber
from pipgrants.domain.vocabulary import ActivityKind, Component, Language

if TYPE_CHECKING:
    from pipgrants.services.activity_views import ActivitiesView, ActivityView

commands = Commands(name="activity")

Code = Annotated[str, typer.Argument(metavar="CODE", help="The code of the activity.")]


@commands.verb("import")
def import_file(
    context: typer.Context,
    project: ProjectNumber,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A workbook, or a folder of CSV files, with the sheets activities, firms and actors.",
        ),
    ],
    language: RowLanguage = Language.ENGLISH,
    dry_run: DryRun = False,
) -> None:
    """Import activities of a project, all or none.

    Sheet activities: activity, kind (meeting, mission, pilot, training, service_use), component, held_on, title, cost,
    result, minutes, people, and of these women, indigenous, afro_descendant, people_with_disabilities,
    informal_workers, young_people. Sheet firms: activity, firm, agreed and, for a service, the data as in firm
    register. Sheet actors: activity, actor, agreed. Only a meeting is open to firms without consent and data.
    """
    from pipgrants.services.activities import import_activities

    run = run_of(context)
    with rows_told(run, language):
        found = import_activities(run.workspace, run.who, run.now, project=project, path=file, dry_run=dry_run)
    text = [
        f"Recorded {output.count(len(found), 'activity', 'activities')} of {project}.",
        *output.next_steps(f"pipgrants activity list {project}"),
    ]
    run.show({"project": project, "activities": [item.code for item in found]}, text, dry_run=dry_run)


@commands.verb()
def template(
    context: typer.Context,
    project: ProjectNumber,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="An .xlsx file; none may exist.")],
    language: Annotated[Language, typer.Option("--language", help="The language of the form.")] = Language.ENGLISH,
) -> None:
    """Write the empty form of activities."""
    from pipgrants.services.activities import write_form

    run = run_of(context)
    write_form(run.workspace, out, project=project, language=language.value)
    text = [
        f"Wrote the form of activities of {project} to {out}.",
        *output.next_steps(f"pipgrants activity import {project} {out}"),
    ]
    run.show({"project": project, "file": out, "language": language}, text)


@commands.verb("list")
def list_all(
    context: typer.Context,
    project: ProjectNumber,
    kind: Annotated[
        ActivityKind | None, typer.Option("--kind", metavar="KIND", help=f"One of: {', '.join(ActivityKind)}.")
    ] = None,
    component: Annotated[
        Component | None, typer.Option("--component", metavar="WORD", help=f"One of: {', '.join(Component)}.")
    ] = None,
) -> None:
    """List the activities of a project, and what they cost and reach.

    By component, beside its budget and what was spent for it.
    """
    from pipgrants.services.activity_views import list_activities

    run = run_of(context)
    found = list_activities(run.workspace, project)
    listed = tuple(
        item
        for item in found.activities
        if (kind is None or item.kind == kind) and (component is None or item.component == component)
    )
    empty = [
        f"No activity of {project} is on record.",
        *output.next_steps(f"pipgrants activity import {project} FILE"),
    ]
    found = found._replace(activities=listed)
    run.show(found._asdict(), _listed(found) if found.total.activities_count or listed else empty)


def _listed(found: ActivitiesView) -> list[str]:
    activities = [
        (
            item.code,
            item.held_on,
            f"{output.words(item.kind)}{' (voided)' if item.voided_on else ''}",
            item.title,
            len(item.firms),
            len(item.actors),
            item.people,
            output.figure(item.cost),
        )
        for item in found.activities
    ]
    components = [
        (
            output.words(item.component),
            output.figure(item.budget),
            output.figure(item.spent),
            item.activities.activities_count,
            item.activities.cost_amount,
        )
        for item in found.components
    ]
    total = found.total
    reached = {
        "Activities": total.activities_count,
        "With more than three firms": total.with_more_firms_count,
        "Firms": total.firms_count,
        "Non-firm actors": total.actors_count,
        "Cost": output.figure(total.cost_amount, found.currency),
    }
    return [
        *output.table(("Code", "On", "Kind", "Title", "Firms", "Actors", "People", "Cost"), activities),
        *output.rows("Components", ("Component", "Budget", "Spent", "Activities", "Their cost"), components),
        *output.heading("In all", output.fields(reached)),
    ]


@commands.verb()
def show(context: typer.Context, project: ProjectNumber, code: Code) -> None:
    """Show an activity, and who took part.

    What it cost and led to, and who agreed to its minutes.
    """
    from pipgrants.services.activity_views import show_activity

    run = run_of(context)
    call, currency, found = show_activity(run.workspace, project, code)
    data = {"project": project, "call": call, "currency": currency, "activity": found}
    run.show(data, _activity(found, currency))


def _activity(found: ActivityView, currency: str) -> list[str]:
    facts = {
        "Title": found.title,
        "Kind": output.words(found.kind),
        "Component": output.words(found.component),
        "Held on": found.held_on,
        "Cost": output.figure(found.cost, currency),
        "Result": found.result,
        "Minutes": found.minutes,
        "People": found.people,
        "Voided on": found.voided_on,
    }
    answers = {**dict.fromkeys(found.agreed, "agreed"), **dict.fromkeys(found.disagreed, "did not agree")}
    parts = [
        *((firm, "firm", answers.get(firm)) for firm in found.firms),
        *((actor, "actor", answers.get(actor)) for actor in found.actors),
    ]
    return [
        *output.fields({name: value for name, value in facts.items() if value}),
        *output.heading("Among the people", output.tally(found.groups)),
        *output.rows("Took part", ("Party", "As", "Minutes"), parts),
    ]


@commands.verb()
def void(
    context: typer.Context,
    project: ProjectNumber,
    code: Code,
    reason: Reason,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Record that an activity on record was none.

    It counts no longer, and its code is not given again.
    """
    from pipgrants.services.activities import void_activity

    run = run_of(context)
    run.carry_out(
        lambda dry: void_activity(
            run.workspace, run.who, run.now, project=project, code=code, reason=reason, dry_run=dry
        ),
        lambda _: f"Void the activity {code} of {project}? It cannot be brought back under its code.",
        yes=yes,
        dry_run=dry_run,
    )
    text = [f"Voided the activity {code} of {project}: {reason}"]
    run.show({"project": project, "activity": code, "reason": reason}, text, dry_run=dry_run)
