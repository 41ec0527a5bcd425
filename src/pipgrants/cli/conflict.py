"""``conflict``: conflicts within the groups of projects; an evaluator's is ``evaluation conflict``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import CallName, Commands, DryRun, Run, Yes, run_of
from pipgrants.domain.vocabulary import ConflictCause, ConflictConsequence
from pipgrants.errors import UsageError

if TYPE_CHECKING:
    from pipgrants.services.group_conflicts import GroupConflictMoved, Step
    from pipgrants.services.group_views import GroupConflictEntry, GroupConflictView

commands = Commands(name="conflict")

ProjectOfConflict = Annotated[str, typer.Argument(metavar="PROJECT", help="The number of the project.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The number of the conflict.")]
On = Annotated[
    datetime | None,
    typer.Option("--on", metavar="DATE", formats=["%Y-%m-%d"], help="When it was; without it, today."),
]
Confidential = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why; kept confidential, the trail holds a salted hash.")
]
Consequence = Annotated[
    ConflictConsequence,
    typer.Option(
        "--consequence",
        metavar="CONSEQUENCE",
        help=f"What it means for the project, one of: {', '.join(ConflictConsequence)}.",
    ),
]

CONFLICT_TITLES = ("Project", "No", "Cause", "Opened on", "Involved", "State", "Consequence")

AFTER = {
    ConflictConsequence.PLAN_CHANGES: "pipgrants project validate {project} FILE --as OFFICER, while no money moved",
    ConflictConsequence.SUSPENSION: "pipgrants project suspend {project} --reason TEXT --as MANAGER",
    ConflictConsequence.TERMINATION: "pipgrants project terminate {project} --reason TEXT --as MANAGER",
}
"""What is done next where the end of a conflict changes its project, or stops it."""


def conflict_rows(found: Iterable[GroupConflictEntry]) -> list[tuple[object, ...]]:
    """The rows of a table of conflicts."""
    return [
        (
            *(item.project, item.number, output.words(item.cause), item.opened_on, " ".join(item.parties)),
            *(output.words(item.state), output.words(item.consequence or "")),
        )
        for item in found
    ]


@commands.verb("open")
def open_one(
    context: typer.Context,
    project: ProjectOfConflict,
    cause: Annotated[
        ConflictCause, typer.Option("--cause", metavar="CAUSE", help=f"One of: {', '.join(ConflictCause)}.")
    ],
    parties: Annotated[
        list[str], typer.Option("--party", metavar="PARTY", help="Who is involved; may be given several times.")
    ],
    about: Annotated[
        str | None, typer.Option("--about", metavar="TEXT", help="What it is about; kept confidential.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="The same from a text file, instead of --about.")
    ] = None,
    on: On = None,
    dry_run: DryRun = False,
) -> None:
    """Record a conflict within the group of a project.

    What it is about is kept confidential: the trail holds a salted hash of it.
    """
    from pipgrants.services.group_conflicts import open_conflict

    run = run_of(context)
    found = open_conflict(
        run.workspace,
        run.who,
        run.now,
        project=project,
        cause=cause,
        parties=parties,
        about=_text(about, file, "--about"),
        opened_on=on.date() if on else None,
        dry_run=dry_run,
    )
    told = f"Recorded conflict {found.number} within the group of {project}."
    next_step = f"pipgrants conflict mediate {project} {found.number} --mediator NAME --minutes TEXT"
    _tell(run, found, told, next_step, dry_run=dry_run)


def _text(text: str | None, file: Path | None, option: str) -> str:
    """Words as given or from a file."""
    if (text is None) == (file is None):
        raise UsageError("say it in words", next_step=f"give {option} TEXT or --file FILE")
    if file is None:
        return text or ""
    from pipgrants.reading import read_source

    return read_source(file)


@commands.verb("list")
def list_all(context: typer.Context, call: CallName) -> None:
    """List the conflicts within the groups of a call.

    What was said in them is shown one by one, to those who may read it.
    """
    from pipgrants.services.group_views import list_conflicts

    run = run_of(context)
    found = list_conflicts(run.workspace, call)
    empty = [
        f"No conflict within a group is on record in {call}.",
        *output.next_steps("pipgrants conflict open PROJECT --cause CAUSE --party PARTY --about TEXT --as OFFICER"),
    ]
    text = output.table(CONFLICT_TITLES, conflict_rows(found)) if found else empty
    run.show({"call": call, "conflicts": found}, text)


@commands.verb()
def show(context: typer.Context, project: ProjectOfConflict, number: Number) -> None:
    """Show a conflict with what was said in it.

    Who reads it is written in the access log.
    """
    from pipgrants.services.group_views import show_conflict

    run = run_of(context)
    found = show_conflict(run.workspace, run.who, run.now, project=project, number=number)
    steps = [
        (item.number, output.words(item.trigger), item.done_on, item.mediator, item.statement) for item in found.steps
    ]
    text = [
        *output.fields(_facts(found)),
        *output.rows("Steps", ("No", "Step", "On", "Mediator", "Minutes or reason"), steps),
    ]
    run.show(found._asdict(), text)


def _facts(found: GroupConflictView) -> dict[str, object]:
    facts = {
        "Cause": output.words(found.cause),
        "Opened on": found.opened_on,
        "Involved": "; ".join(f"{number} {name}".strip() for number, name in found.parties.items()),
        "State": f"{output.words(found.state)}: {found.meaning}",
        "About": found.about or "redacted",
        "Leaves the group": found.leaving,
        "For the project": output.words(found.consequence or ""),
        "Ended on": found.ended_on,
    }
    return {name: value for name, value in facts.items() if value}


@commands.verb()
def mediate(
    context: typer.Context,
    project: ProjectOfConflict,
    number: Number,
    mediator: Annotated[str, typer.Option("--mediator", metavar="NAME", help="Who mediated; kept confidential.")],
    minutes: Annotated[
        str | None, typer.Option("--minutes", metavar="TEXT", help="What was said and agreed; kept confidential.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="The same from a text file, instead of --minutes.")
    ] = None,
    on: On = None,
    dry_run: DryRun = False,
) -> None:
    """Record a mediation: when, by whom, and its minutes."""
    from pipgrants.services.group_conflicts import Step

    run, day = run_of(context), on.date() if on else None
    step = Step(_text(minutes, file, "--minutes"), mediator=mediator, done_on=day)
    found = _move(run, project, number, "mediate", step, dry_run=dry_run)
    own = f"{project} {number}"
    steps = (
        f"pipgrants conflict settle {own} --consequence CONSEQUENCE --reason TEXT",
        f"pipgrants conflict escalate {own} --reason TEXT",
    )
    _tell(run, found, f"Recorded a mediation of conflict {number} of {project}.", *steps, dry_run=dry_run)


@commands.verb()
def escalate(
    context: typer.Context, project: ProjectOfConflict, number: Number, reason: Confidential, on: On = None
) -> None:
    """Put a conflict before management."""
    from pipgrants.services.group_conflicts import Step

    run, step = run_of(context), Step(reason, done_on=on.date() if on else None)
    found = _move(run, project, number, "escalate", step)
    own = f"{project} {number} --consequence CONSEQUENCE --reason TEXT --as MANAGER"
    steps = f"pipgrants conflict settle {own}", f"pipgrants conflict leave-unresolved {own}"
    _tell(run, found, f"Escalated conflict {number} of {project} to management.", *steps)


@commands.verb()
def settle(
    context: typer.Context,
    project: ProjectOfConflict,
    number: Number,
    consequence: Consequence,
    reason: Confidential,
    on: On = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Record that those involved agreed, and what it means.

    The reason says what they agreed on.
    """
    from pipgrants.services.group_conflicts import Step

    run, step = run_of(context), Step(reason, consequence=consequence, done_on=on.date() if on else None)
    question = f"Record that conflict {number} of {project} is settled? Nothing is added to it after that."
    found = _ask(run, project, number, "settle", step, question, dry_run=dry_run, yes=yes)
    _tell(run, found, f"Conflict {number} of {project} is settled.", dry_run=dry_run)


@commands.verb("leave-unresolved")
def leave_unresolved(
    context: typer.Context,
    project: ProjectOfConflict,
    number: Number,
    consequence: Consequence,
    reason: Confidential,
    on: On = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Record that nothing settled it, and what it means."""
    from pipgrants.services.group_conflicts import Step

    run, step = run_of(context), Step(reason, consequence=consequence, done_on=on.date() if on else None)
    question = f"Leave conflict {number} of {project} unresolved? Nothing is added to it after that."
    found = _ask(run, project, number, "leave_unresolved", step, question, dry_run=dry_run, yes=yes)
    _tell(run, found, f"Conflict {number} of {project} is left unresolved.", dry_run=dry_run)


@commands.verb("propose-departure")
def propose_departure(
    context: typer.Context,
    project: ProjectOfConflict,
    number: Number,
    firm: Annotated[str, typer.Option("--firm", metavar="PARTY", help="The firm that is to leave the group.")],
    consequence: Consequence,
    reason: Confidential,
    on: On = None,
    dry_run: DryRun = False,
) -> None:
    """Propose that a firm leaves the group over a conflict.

    Management approves it. The party that leads the project stays.
    """
    from pipgrants.services.group_conflicts import Step

    run, day = run_of(context), on.date() if on else None
    step = Step(reason, leaving=firm, consequence=consequence, done_on=day)
    found = _move(run, project, number, "propose_departure", step, dry_run=dry_run)
    next_step = f"pipgrants conflict approve-departure {project} {number} --as MANAGER"
    _tell(run, found, f"Proposed that {firm} leaves the group of {project}.", next_step, dry_run=dry_run)


@commands.verb("return-departure")
def return_departure(context: typer.Context, project: ProjectOfConflict, number: Number, reason: Confidential) -> None:
    """Return a proposed departure: mediation goes on."""
    from pipgrants.services.group_conflicts import Step

    run = run_of(context)
    found = _move(run, project, number, "return_departure", Step(reason))
    next_step = f"pipgrants conflict mediate {project} {number} --mediator NAME --minutes TEXT"
    _tell(run, found, f"Returned the departure proposed in conflict {number} of {project}.", next_step)


@commands.verb("approve-departure")
def approve_departure(
    context: typer.Context, project: ProjectOfConflict, number: Number, dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Approve that a firm leaves the group.

    Whoever proposed it may not.
    """
    from pipgrants.services.group_conflicts import Step

    run = run_of(context)
    question = "Let {leaving} leave the group? It agrees on nothing of the project after that."
    found = _ask(run, project, number, "approve_departure", Step(), question, dry_run=dry_run, yes=yes)
    _tell(run, found, f"{found.leaving} left the group of {project}.", dry_run=dry_run)


def _ask(
    run: Run, project: str, number: int, trigger: str, step: Step, question: str, *, dry_run: bool, yes: bool
) -> GroupConflictMoved:
    return run.carry_out(
        lambda dry: _move(run, project, number, trigger, step, dry_run=dry),
        lambda would: question.format(leaving=would.leaving),
        yes=yes,
        dry_run=dry_run,
    )


def _move(
    run: Run, project: str, number: int, trigger: str, step: Step, *, dry_run: bool = False
) -> GroupConflictMoved:
    from pipgrants.services.group_conflicts import move_conflict

    return move_conflict(
        run.workspace, run.who, run.now, project=project, number=number, trigger=trigger, step=step, dry_run=dry_run
    )


def _tell(run: Run, found: GroupConflictMoved, told: str, *next_steps: str, dry_run: bool = False) -> None:
    consequence = output.words(found.consequence or "")
    then = [AFTER[item].format(project=found.project) for item in AFTER if item == found.consequence]
    show = f"pipgrants conflict show {found.project} {found.number} --as OFFICER"
    text = [
        told,
        *([f"For the project: {consequence}."] if consequence else []),
        *output.next_steps(*next_steps, *then, show),
    ]
    run.show(found._asdict(), text, dry_run=dry_run)
