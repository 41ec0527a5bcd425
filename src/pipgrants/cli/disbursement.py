"""``disbursement``: tranches from the request to the payment."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, DryRun, Reason, Run, Yes, run_of
from pipgrants.cli.project import ProjectNumber

if TYPE_CHECKING:
    from pipgrants.services.disbursements import Disbursed

commands = Commands(name="disbursement")

_RULES = {
    "disbursement.counterpart_pace": "the pace of the counterpart",
    "disbursement.within_award": "what the award leaves",
}
"""What reduces a disbursement, by the code of the finding."""

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The number of the disbursement.")]


@commands.verb()
def request(
    context: typer.Context,
    project: ProjectNumber,
    tranche: Annotated[int, typer.Option("--tranche", metavar="NUMBER", help="The number of the tranche.")],
    dry_run: DryRun = False,
) -> None:
    """Ask for a tranche of a project, or for what is left of one."""
    from pipgrants.services.disbursements import request_disbursement

    run = run_of(context)
    found = request_disbursement(run.workspace, run.who, run.now, project=project, tranche=tranche, dry_run=dry_run)
    next_step = f"pipgrants disbursement certify {project} {found.number} --reason TEXT --as OFFICER"
    _tell(run, found, f"Asked for tranche {tranche} of {project}.", next_step, dry_run=dry_run)


@commands.verb()
def show(context: typer.Context, project: ProjectNumber, number: Number) -> None:
    """Show a disbursement, with what the project spent.

    By line of the budget, component, activity and source.
    """
    from pipgrants.services.project_views import show_disbursement

    run = run_of(context)
    found = show_disbursement(run.workspace, project, number)
    asked = found.disbursement
    facts = {
        "Tranche": f"{asked.tranche}: {found.milestone}",
        "State": output.words(asked.state),
        "Asked for": output.figure(asked.asked, found.currency),
        "Certified": output.figure(asked.certified, found.currency) if asked.certified else None,
        "Reduced by": "; ".join(_RULES[item["criterion"]] for item in found.findings),
        "Paid on": asked.paid_on,
    }
    lines = [
        (
            item.number,
            item.component and output.words(item.component),
            item.activity,
            output.words(item.source),
            *map(output.figure, (item.amount, item.spent)),
        )
        for item in found.lines
    ]
    titles = ("Line", "Component", "Activity", "Source", "Budget", "Spent")
    text = [
        *output.fields({name: value for name, value in facts.items() if value}),
        *output.rows("What was spent", titles, lines),
    ]
    run.show(found._asdict(), text)


@commands.verb()
def certify(
    context: typer.Context, project: ProjectNumber, number: Number, reason: Reason, dry_run: DryRun = False
) -> None:
    """Certify a disbursement.

    The reason says what shows that the milestone was reached. What is certified is no more than the award leaves, and
    the pace of the counterpart allows.
    """
    found = _move(run_of(context), project, number, "certify", reason, dry_run=dry_run)
    next_step = f"pipgrants disbursement approve {project} {number} --as MANAGER"
    _tell(run_of(context), found, f"Certified disbursement {number} of {project}.", next_step, dry_run=dry_run)


@commands.verb("return")
def return_one(context: typer.Context, project: ProjectNumber, number: Number, reason: Reason) -> None:
    """Return a disbursement with what is missing."""
    found = _move(run_of(context), project, number, "return", reason)
    next_step = f"pipgrants disbursement resubmit {project} {number} --reason TEXT"
    _tell(run_of(context), found, f"Returned disbursement {number} of {project}: {reason}", next_step)


@commands.verb()
def resubmit(context: typer.Context, project: ProjectNumber, number: Number, reason: Reason) -> None:
    """Ask again for a disbursement that was returned.

    The reason says what was supplied.
    """
    found = _move(run_of(context), project, number, "resubmit", reason)
    next_step = f"pipgrants disbursement certify {project} {number} --reason TEXT --as OFFICER"
    _tell(run_of(context), found, f"Asked again for disbursement {number} of {project}.", next_step)


@commands.verb()
def approve(
    context: typer.Context, project: ProjectNumber, number: Number, dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Approve a disbursement that another person certified."""
    run = run_of(context)
    found = run.carry_out(
        lambda dry: _move(run, project, number, "approve", dry_run=dry),
        lambda would: f"Approve {_amount(would)} for {project}?",
        yes=yes,
        dry_run=dry_run,
    )
    next_step = f"pipgrants disbursement pay {project} {number} --as OFFICER"
    _tell(run, found, f"Approved disbursement {number} of {project}.", next_step, dry_run=dry_run)


@commands.verb()
def reject(
    context: typer.Context,
    project: ProjectNumber,
    number: Number,
    reason: Reason,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Refuse a disbursement.

    Its tranche can be asked for anew.
    """
    run = run_of(context)
    found = run.carry_out(
        lambda dry: _move(run, project, number, "reject", reason, dry_run=dry),
        lambda _: f"Refuse disbursement {number} of {project}?",
        yes=yes,
        dry_run=dry_run,
    )
    _tell(run, found, f"Rejected disbursement {number} of {project}: {reason}", dry_run=dry_run)


@commands.verb()
def pay(
    context: typer.Context,
    project: ProjectNumber,
    number: Number,
    paid_on: Annotated[
        datetime | None,
        typer.Option("--paid-on", metavar="DATE", formats=["%Y-%m-%d"], help="When it was paid; without it, today."),
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Record that an approved disbursement was paid."""
    run, day = run_of(context), paid_on.date() if paid_on else None
    from pipgrants.services.disbursements import move_disbursement

    found = run.carry_out(
        lambda dry: move_disbursement(
            run.workspace, run.who, run.now, project=project, number=number, trigger="pay", paid_on=day, dry_run=dry
        ),
        lambda would: f"Record that {_amount(would)} were paid to {project}?",
        yes=yes,
        dry_run=dry_run,
    )
    _tell(run, found, f"Paid {_amount(found)} to {project}.", dry_run=dry_run)


def _move(
    run: Run, project: str, number: int, trigger: str, reason: str | None = None, *, dry_run: bool = False
) -> Disbursed:
    from pipgrants.services.disbursements import move_disbursement

    return move_disbursement(
        run.workspace, run.who, run.now, project=project, number=number, trigger=trigger, reason=reason, dry_run=dry_run
    )


def _amount(found: Disbursed) -> str:
    return output.figure(str(found.certified or 0), found.currency)


def _tell(run: Run, found: Disbursed, told: str, *next_steps: str, dry_run: bool = False) -> None:
    certified = None if found.certified is None else output.figure(str(found.certified), found.currency)
    facts = {
        "Disbursement": found.number,
        "Tranche": found.tranche,
        "Asked for": output.figure(str(found.asked), found.currency),
        "Certified": certified,
        "Reduced by": "; ".join(_RULES[code] for code in found.findings),
    }
    text = [
        told,
        *output.heading("", output.fields({name: value for name, value in facts.items() if value})),
        *output.next_steps(*next_steps, f"pipgrants project show {found.project}"),
    ]
    run.show(found._asdict(), text, dry_run=dry_run)
