"""``team``: the technical team of a project, how it was selected, and how it changes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, DryRun, Reason, Yes, run_of
from pipgrants.cli.figures import plain_figure, told
from pipgrants.cli.party import traces_left
from pipgrants.cli.project import ProjectNumber

if TYPE_CHECKING:
    from pipgrants.services.participation_views import MemberView, TeamView

commands = Commands(name="team")

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The number of the member.")]


@commands.verb()
def select(
    context: typer.Context,
    project: ProjectNumber,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A YAML file: the position, its criteria, the firms, whom they chose."),
    ],
    dry_run: DryRun = False,
) -> None:
    """Record who was selected for the technical team.

    The criteria and where they were published, the firms and what each did (criteria, curricula, interviews, choice),
    the minutes, and whom they chose.
    """
    from pipgrants.services.technical_team import select_member

    run = run_of(context)
    found = select_member(run.workspace, run.who, run.now, project=project, path=file, dry_run=dry_run)
    text = [
        f"{found.name} is member {found.number} of the technical team of {project}: {found.position}.",
        *output.next_steps(f"pipgrants team list {project}"),
    ]
    run.show(found._asdict(), text, dry_run=dry_run)


@commands.verb()
def leave(
    context: typer.Context,
    project: ProjectNumber,
    number: Number,
    on: Annotated[
        datetime, typer.Option("--on", metavar="DATE", formats=["%Y-%m-%d"], help="The last day that they served.")
    ],
    reason: Reason,
    dry_run: DryRun = False,
) -> None:
    """Record that somebody left the technical team."""
    from pipgrants.services.technical_team import record_leave

    run = run_of(context)
    row = record_leave(
        run.workspace,
        run.who,
        run.now,
        project=project,
        number=number,
        left_on=on.date(),
        reason=reason,
        dry_run=dry_run,
    )
    early = ", before the time agreed on was over" if row.service.left_early else ""
    text = [
        f"Member {number} of {project} left on {row.left_on}{early}: {reason}",
        *output.next_steps(f"pipgrants team select {project} FILE", f"pipgrants team list {project}"),
    ]
    data = {"project": project, "number": number, "left_on": row.left_on, "left_early": row.service.left_early}
    run.show(data, text, dry_run=dry_run)


@commands.verb("list")
def list_all(context: typer.Context, project: ProjectNumber) -> None:
    """List the technical team of a project, with its turnover.

    Turnover is who left before the time agreed on, over the average size of the team in the same days.
    """
    from pipgrants.services.participation_views import show_team

    run = run_of(context)
    found = show_team(run.workspace, project, run.now)
    empty = [
        f"Nobody of the technical team of {project} is on record.",
        *output.next_steps(f"pipgrants team select {project} FILE"),
    ]
    turnover = [
        {**item._asdict(), "team": plain_figure(item.team), "share": plain_figure(item.share)}
        for item in found.turnover
    ]
    run.show(found._asdict() | {"turnover": turnover}, _team(found) if found.members else empty)


def _team(found: TeamView) -> list[str]:
    members = [
        (
            item.number,
            item.name or "(redacted)",
            item.position,
            item.starts_on,
            item.left_on or item.ends_on,
            "early" if item.left_early else item.left_on and "as agreed",
            len(item.firms),
        )
        for item in found.members
    ]
    turnover = [
        (
            f"{item.from_on} to {item.until_on}",
            item.joined_count,
            item.left_count,
            output.figure(item.team.ratio and item.team.ratio.value(2)),
            told(item.share),
        )
        for item in found.turnover
    ]
    return [
        *output.table(("No", "Name", "Position", "From", "Until", "Left", "Firms"), members),
        *output.rows("Turnover", ("Days", "Joined", "Left early", "Average team", "Turnover"), turnover),
    ]


@commands.verb()
def show(context: typer.Context, project: ProjectNumber, number: Number) -> None:
    """Show a member of the technical team, and how they were selected."""
    from pipgrants.services.participation_views import show_member

    run = run_of(context)
    call, found = show_member(run.workspace, project, number)
    run.show({"project": project, "call": call, "member": found}, _member(found))


def _member(found: MemberView) -> list[str]:
    facts = {
        "Name": found.name or "(redacted)",
        "E-mail": found.email,
        "Position": found.position,
        "Engagement": output.words(found.engagement),
        "Agreed on": f"{found.starts_on} to {found.ends_on}",
        "Left on": f"{found.left_on}{', before that time was over' if found.left_early else ''}",
        "Published on": f"{found.published_on}, {found.published_in}",
        "Candidates": found.candidates_count,
        "Selected on": f"{found.selected_on}, {found.minutes}",
        "Without firms": found.without_firms,
    }
    firms = [(firm, ", ".join(parts)) for firm, parts in found.firms.items()]
    if found.left_on is None:
        del facts["Left on"]
    return [
        *output.fields({name: value for name, value in facts.items() if value}),
        *output.listed("Criteria", found.criteria),
        *output.rows("Firms in the selection", ("Firm", "Took part in"), firms),
    ]


@commands.verb()
def redact(
    context: typer.Context,
    project: ProjectNumber,
    number: Number,
    reason: Reason,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Remove the name and the address of a member for good.

    How they were selected, and how long they served, stays.
    """
    from pipgrants.services.technical_team import redact_member

    run = run_of(context)
    traces = run.carry_out(
        lambda dry: redact_member(
            run.workspace, run.who, run.now, project=project, number=number, reason=reason, dry_run=dry
        ),
        lambda _: f"Redact member {number} of {project}? The name and the address cannot be brought back.",
        yes=yes,
        dry_run=dry_run,
    )
    text = [f"Redacted member {number} of {project}: {reason}", *(traces_left(traces) if traces else ())]
    data = {"project": project, "number": number, "reason": reason, **(traces._asdict() if traces else {})}
    run.show(data, text, dry_run=dry_run)
