"""``evaluation``: who scores what, the marks, conflicts of interest, and the close of the scores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.checkpoint import checkpoint_lines
from pipgrants.cli.context import (
    CallName,
    Commands,
    DryRun,
    ProposalNumber,
    Reason,
    RowLanguage,
    SigningKey,
    Yes,
    run_of,
    storing,
)
from pipgrants.domain.vocabulary import Language

if TYPE_CHECKING:
    from pipgrants.services.assignment import Assigned, Lacking

MOST_LACKING = 5
"""Proposals that lack evaluators shown as text; in JSON all are there."""

commands = Commands(name="evaluation", help="Assign evaluators, import their marks, and close the scores.")


@commands.verb()
def assign(
    context: typer.Context,
    call: CallName,
    evaluators: Annotated[
        str, typer.Option("--evaluators", metavar="A,B,C", help="The short names of the evaluators, with commas.")
    ],
    dry_run: DryRun = False,
) -> None:
    """Give every eligible proposal its evaluators.

    Each gets as many as the rubric asks for. Assigning again fills up the proposals that lack some, as after a
    conflict of interest; then it is enough to name the replacements.
    """
    from pipgrants.services.assignment import assign as assign_evaluators

    run = run_of(context)
    names = tuple(filter(None, (name.strip() for name in evaluators.split(","))))
    with output.progress("evaluations assigned") as progress:
        found = assign_evaluators(
            run.workspace, run.who, run.now, call=call, evaluators=names, dry_run=dry_run, progress=progress
        )
    data = {"call": call, **found._asdict(), "lacking_count": found.lacking_count}
    run.show(data, _assigned(call, found), dry_run=dry_run)


def _assigned(call: str, found: Assigned) -> list[str]:
    """What was assigned, what lacks, and how to go on."""
    if not found.proposals_count:
        steps = output.next_steps(f"pipgrants status {call}", f"pipgrants screen {call} --as OFFICER")
        return [f"No proposal of {call} is eligible, so none was assigned.", *steps]
    evaluations = output.count(found.evaluations_count, "evaluation")
    done = f"Assigned {evaluations} of {call} to {output.count(found.evaluators_count, 'evaluator')}."
    if not found.lacking:
        return [
            done,
            f"Every eligible proposal has its evaluators ({output.count(found.proposals_count, 'proposal')}).",
            *output.next_steps(
                f"pipgrants evaluation list {call}", f"pipgrants evaluation import {call} FILE --as OFFICER"
            ),
        ]
    lack = "lacks" if len(found.lacking) == 1 else "lack"
    proposals = output.count(len(found.lacking), "eligible proposal")
    return [
        done,
        *output.listed(
            f"{proposals} still {lack} {output.count(found.lacking_count, 'evaluation')}:",
            [_lacking(item) for item in found.lacking],
            most=MOST_LACKING,
        ),
        *output.next_steps(
            "pipgrants actor list", f"pipgrants evaluation assign {call} --evaluators REPLACEMENT --as OFFICER"
        ),
    ]


def _lacking(item: Lacking) -> str:
    conflicts = f"; conflict of interest: {', '.join(item.conflicts)}" if item.conflicts else ""
    return f"{item.proposal} has {item.assigned_count} of {item.wanted_count} evaluators{conflicts}"


@commands.verb("list")
def list_all(
    context: typer.Context,
    call: CallName,
    evaluator: Annotated[
        str | None, typer.Option("--evaluator", metavar="ACTOR", help="Only the evaluations of this person.")
    ] = None,
) -> None:
    """List who scores what, and whose marks are missing."""
    from pipgrants.services.views import list_evaluations

    run = run_of(context)
    found = list_evaluations(run.workspace, call, evaluator)
    rows = [
        (
            item.proposal,
            item.evaluator,
            f"conflict: {item.conflict}"
            if item.conflict is not None
            else f"{len(item.marks)} marks"
            if item.marks
            else "no mark yet",
        )
        for item in found
    ]
    empty = [f"Nobody is assigned to {call} yet.", *output.next_steps(f"pipgrants evaluation assign {call} --help")]
    text = output.table(("Proposal", "Evaluator", "Marks"), rows) if rows else empty
    run.show({"call": call, "evaluations": found}, text)


@commands.verb("import")
def import_file(
    context: typer.Context,
    call: CallName,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Columns: proposal, evaluator, criterion, mark (or n/a), comment.")
    ],
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why marks take the place of others.")
    ] = None,
    language: RowLanguage = Language.ENGLISH,
    dry_run: DryRun = False,
) -> None:
    """Import a score sheet, all or none of it.

    A mark given again takes the place of the last, with --reason.
    """
    from pipgrants.services.imports import import_scores

    run = run_of(context)
    with storing("evaluations", run, language) as progress:
        count = import_scores(
            run.workspace, run.who, run.now, call=call, path=file, reason=reason, dry_run=dry_run, progress=progress
        )
    text = [
        f"Stored the marks of {output.count(count, 'evaluation')} of {call}.",
        *output.next_steps(f"pipgrants evaluation list {call}", f"pipgrants evaluation close {call} --as OFFICER"),
    ]
    run.show({"call": call, "evaluations_count": count}, text, dry_run=dry_run)


@commands.verb()
def conflict(
    context: typer.Context,
    proposal: ProposalNumber,
    evaluator: Annotated[str, typer.Option("--evaluator", metavar="ACTOR", help="Whose conflict it is.")],
    reason: Reason,
    yes: Yes = False,
) -> None:
    """Record an evaluator's conflict of interest.

    The marks given are set aside for good, and another evaluator is needed.
    """
    from pipgrants.services.assignment import declare_conflict

    run = run_of(context)
    call = run.carry_out(
        lambda dry: declare_conflict(
            run.workspace, run.who, run.now, proposal=proposal, evaluator=evaluator, reason=reason, dry_run=dry
        ),
        lambda _: f"Record that {evaluator} has a conflict of interest in {proposal}? Marks given are set aside.",
        yes=yes,
    )
    steps = output.next_steps(f"pipgrants evaluation assign {call} --evaluators REPLACEMENT --as OFFICER")
    data = {"call": call, "proposal": proposal, "evaluator": evaluator, "reason": reason}
    run.show(data, [f"{evaluator} no longer scores {proposal}: {reason}", *steps])


@commands.verb()
def close(
    context: typer.Context, call: CallName, key: SigningKey = None, dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Close the scores of a call.

    None can be given or changed after.
    """
    from pipgrants.services.evaluation import close_scores

    run = run_of(context)
    kept = run.carry_out(
        lambda dry: close_scores(run.workspace, run.who, run.now, call=call, key=key, dry_run=dry),
        lambda _: f"Close the scores of {call}? None can be changed after.",
        yes=yes,
        dry_run=dry_run,
    )
    text = [
        f"Closed the scores of {call}.",
        *checkpoint_lines(kept),
        *output.next_steps(f"pipgrants rank {call} --as OFFICER"),
    ]
    run.show({"call": call, "checkpoint": kept}, text, dry_run=dry_run)
