"""``evaluation``: who scores what, the marks, conflicts of interest, consensus, and the close of the scores."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
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
from pipgrants.errors import UsageError

if TYPE_CHECKING:
    from pipgrants.services.assignment import Assigned

MOST_SHOWN = 20
"""Lines of a list shown as text; in JSON all are there."""

_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,10})?", re.ASCII)

commands = Commands(name="evaluation")


@commands.verb()
def assign(
    context: typer.Context,
    call: CallName,
    evaluators: Annotated[
        str | None,
        typer.Option("--evaluators", metavar="A,B,C", help="Only these may be given more; otherwise everybody may."),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Give every eligible proposal its evaluators.

    Each gets as many as the rubric asks for, by the rules of the call: the worst fit of any pair is as good as it can
    be, and then the sum of all. Assigning again fills up the proposals that lack some, as after a conflict of interest.
    """
    from pipgrants.services.assignment import assign as assign_evaluators

    run = run_of(context)
    names = _names(evaluators)
    with output.progress("evaluations assigned") as progress:
        found = assign_evaluators(
            run.workspace, run.who, run.now, call=call, evaluators=names, dry_run=dry_run, progress=progress
        )
    counts = {"evaluations_count": found.evaluations_count, "evaluators_count": found.evaluators_count}
    run.show({"call": call, **found._asdict(), **counts}, _assigned(call, found, is_dry=dry_run), dry_run=dry_run)


def _names(listed: str | None) -> tuple[str, ...] | None:
    """Short names with commas between them."""
    return None if listed is None else tuple(filter(None, (name.strip() for name in listed.split(","))))


def _assigned(call: str, found: Assigned, *, is_dry: bool) -> list[str]:
    """What was assigned, by which figures, who was recused, and how to go on."""
    if not found.proposals_count:
        steps = output.next_steps(f"pipgrants status {call}", f"pipgrants screen {call} --as OFFICER")
        return [f"No proposal of {call} is eligible, so none was assigned.", *steps]
    evaluations = output.count(found.evaluations_count, "evaluation")
    figures = (
        f"Lowest affinity {found.floor}; in all {found.objective} of at most {found.bound} points."
        if found.bound
        else "No evaluator's profile matches any of them (pipgrants evaluator import FILE)."
    )
    pairs = [(item.proposal, item.evaluator, str(item.affinity)) for item in found.given]
    loads = [
        (item.evaluator, str(item.proposals_count), str(item.added_count), str(item.limit or "-"))
        for item in found.loads
    ]
    return [
        f"Assigned {evaluations} of {call} to {output.count(found.evaluators_count, 'evaluator')}.",
        *([figures] if found.given else []),
        f"Every eligible proposal has its evaluators ({output.count(found.proposals_count, 'proposal')}).",
        *output.listed(
            "Conflicts of interest detected:",
            [f"{item.evaluator} in {item.proposal}: {item.reason}" for item in found.recused],
            most=MOST_SHOWN,
        ),
        *(output.table(("Proposal", "Evaluator", "Affinity"), pairs) if is_dry and pairs else []),
        *(output.table(("Evaluator", "Scores", "New", "Limit"), loads) if is_dry and loads else []),
        *output.next_steps(
            f"pipgrants evaluation list {call}", f"pipgrants evaluation import {call} FILE --as OFFICER"
        ),
    ]


@commands.verb()
def reassign(
    context: typer.Context,
    proposal: ProposalNumber,
    leaving: Annotated[str, typer.Option("--from", metavar="ACTOR", help="Who leaves the panel.")],
    joining: Annotated[str, typer.Option("--to", metavar="ACTOR", help="Who joins it.")],
    reason: Reason,
    dry_run: DryRun = False,
) -> None:
    """Put an evaluator in the place of another.

    Who has given marks stays. A conflict of interest is refused. Other rules of the call that the change breaks are
    written down with it.
    """
    from pipgrants.services.assignment import reassign as put_in_place

    run = run_of(context)
    found = put_in_place(
        run.workspace,
        run.who,
        run.now,
        proposal=proposal,
        leaving=leaving,
        joining=joining,
        reason=reason,
        dry_run=dry_run,
    )
    broken = sorted({output.words(item.rule.value) for item in found.broken if item.rule})
    text = [
        f"{joining} scores {proposal} in the place of {leaving}: {reason}",
        *output.listed("Against the rules of the call", broken),
        *output.next_steps(f"pipgrants evaluation list {found.call}"),
    ]
    data = {"call": found.call, "proposal": proposal, "leaving": leaving, "joining": joining, "breaks": broken}
    run.show(data, text, dry_run=dry_run)


@commands.verb()
def remind(context: typer.Context, call: CallName, dry_run: DryRun = False) -> None:
    """Write to every evaluator whose marks are missing.

    The letters go to those whose e-mail or postal address is on record, once they are released.
    """
    from pipgrants.services.appointments import remind as write_reminders

    run = run_of(context)
    found = write_reminders(run.workspace, run.who, run.now, call=call, dry_run=dry_run)
    rows = [(name, ", ".join(proposals)) for name, proposals in found.items()]
    steps = output.next_steps(f"pipgrants letters release {call} --as OFFICER")
    text = [*output.table(("Evaluator", "Marks missing"), rows), *steps]
    run.show({"call": call, "missing": found}, text, dry_run=dry_run)


@commands.verb()
def recusals(context: typer.Context, call: CallName) -> None:
    """List who was recused from what, and why.

    Conflicts of interest are declared by evaluators, or detected in what is on record of them. Those found after
    somebody was assigned stand below, until assigning again recuses them.
    """
    from pipgrants.services.assignment import list_recusals
    from pipgrants.services.found_conflicts import list_found_conflicts

    run = run_of(context)
    found, since = list_recusals(run.workspace, call), list_found_conflicts(run.workspace, call, run.now)
    rows = [
        (
            item.proposal,
            item.evaluator,
            item.how,
            f"{item.why} (after marks)" if item.is_late else item.why,
            output.moment(item.at),
            str(item.entry),
        )
        for item in found
    ]
    header = ("Proposal", "Evaluator", "How", "Why", "At", "Entry")
    text = output.table(header, rows) if rows else [f"Nobody was recused from a proposal of {call}."]
    text = [*text, *output.listed("Conflicts of interest found since:", [*map(str, since)])]
    run.show({"call": call, "recusals": found, "found": since}, text)


@commands.verb("list")
def list_all(
    context: typer.Context,
    call: CallName,
    evaluator: Annotated[
        str | None, typer.Option("--evaluator", metavar="ACTOR", help="Only the evaluations of this person.")
    ] = None,
) -> None:
    """List who scores what, and whose marks are missing."""
    from pipgrants.services.views import list_agreed, list_evaluations

    run = run_of(context)
    found, agreed = list_evaluations(run.workspace, call, evaluator), list_agreed(run.workspace, call)
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
    if agreed:
        text = [*text, *output.listed("Consensus recorded:", agreed, most=MOST_SHOWN)]
    run.show({"call": call, "evaluations": found, "consensus": agreed}, text)


@commands.verb()
def sheets(
    context: typer.Context,
    call: CallName,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The new folder of the sheets.")],
    language: Annotated[
        Language | None, typer.Option("--language", help="Their language; without it, the call's first.")
    ] = None,
) -> None:
    """Write a score sheet for each evaluator, to be filled in.

    What is on record already stands in it. Where the call says so, proposals are shown by their number alone.
    """
    from pipgrants.services.score_sheets import write_score_sheets

    run = run_of(context)
    written = write_score_sheets(run.workspace, run.who, run.now, call=call, folder=out, language=language)
    text = [
        f"Wrote {output.count(len(written.files), 'score sheet')} into {out}.",
        *output.listed("Files:", written.files, most=MOST_SHOWN),
        *output.next_steps(f"pipgrants evaluation import {call} {out}/*.xlsx --as OFFICER"),
    ]
    run.show({"call": call, **written._asdict(), "folder": str(out)}, text)


@commands.verb("import")
def import_files(
    context: typer.Context,
    call: CallName,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Score sheets, or tables with the columns proposal, evaluator, criterion, mark (or n/a), comment.",
        ),
    ],
    named: Annotated[
        str | None,
        typer.Option("--for", metavar="A,B,C", help="Whose marks files hold that are not the sheets sent to them."),
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why marks take the place of others.")
    ] = None,
    language: RowLanguage = Language.ENGLISH,
    dry_run: DryRun = False,
) -> None:
    """Import score sheets, all or none of them.

    A mark given again takes the place of the last, with --reason. A cell left blank is a mark still to come. A sheet
    has a token, which says whose it is; marks without it are refused, unless --for says whose they are.
    """
    from pipgrants.services.imports import import_scores

    run = run_of(context)
    with storing("evaluations", run, language) as progress:
        found = import_scores(
            run.workspace,
            run.who,
            run.now,
            call=call,
            paths=files,
            named=_names(named) or (),
            reason=reason,
            dry_run=dry_run,
            progress=progress,
        )
    missing = [f"{item.proposal}: {item.criterion} of {item.evaluator}" for item in found.missing]
    text = [
        f"Stored the marks of {output.count(found.evaluations_count, 'evaluation')} of {call}.",
        *output.listed("Marks of:", [", ".join(found.evaluators)] if found.evaluators else []),
        *(["They came after their day, and their entries say so."] if found.is_late else []),
        *(
            output.listed(f"{output.count(len(missing), 'mark')} still to come:", missing, most=MOST_SHOWN)
            if missing
            else []
        ),
        *output.next_steps(f"pipgrants evaluation list {call}", f"pipgrants evaluation close {call} --as OFFICER"),
    ]
    run.show({"call": call, **found._asdict()}, text, dry_run=dry_run)


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
    steps = output.next_steps(f"pipgrants evaluation assign {call} --as OFFICER")
    data = {"call": call, "proposal": proposal, "evaluator": evaluator, "reason": reason}
    run.show(data, [f"{evaluator} no longer scores {proposal}: {reason}", *steps])


@commands.verb()
def consensus(
    context: typer.Context,
    proposal: ProposalNumber,
    marks: Annotated[
        list[str],
        typer.Option("--mark", metavar="CRITERION=MARK", help="The mark agreed on, or n/a; once for each criterion."),
    ],
    present: Annotated[str, typer.Option("--present", metavar="A,B,C", help="The evaluators who took part.")],
    held_on: Annotated[
        datetime, typer.Option("--held-on", metavar="DATE", formats=["%Y-%m-%d"], help="The day of the meeting.")
    ],
    minutes: Annotated[Path, typer.Option("--minutes", metavar="FILE", help="Its minutes; the file is kept.")],
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why it takes the place of another.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Record the marks on which the evaluators of a proposal agreed.

    The marks that each gave stay beside them. The call says whether the consensus decides. One recorded again takes the
    place of the last, with --reason.
    """
    from pipgrants.services.consensus import record_consensus

    run = run_of(context)
    given = dict(_mark(item) for item in marks)
    if len(given) < len(marks):
        raise UsageError("a criterion is given twice", next_step="give the mark of each criterion once")
    call = record_consensus(
        run.workspace,
        run.who,
        run.now,
        proposal=proposal,
        marks=given,
        participants=_names(present) or (),
        held_on=held_on.date(),
        minutes=minutes,
        reason=reason,
        dry_run=dry_run,
    )
    text = [
        f"Recorded the consensus on {proposal}.",
        *output.next_steps(f"pipgrants evaluation list {call}", f"pipgrants evaluation close {call} --as OFFICER"),
    ]
    run.show({"call": call, "proposal": proposal, "marks": given}, text, dry_run=dry_run)


def _mark(text: str) -> tuple[str, Decimal | None]:
    code, is_given, mark = (part.strip() for part in text.partition("="))
    is_number = bool(_NUMBER.fullmatch(mark))
    if not (code and is_given and (is_number or mark.lower() == "n/a")):
        raise UsageError(
            f"{text!r} is no criterion with its mark", next_step="write --mark CRITERION=4.5, or CRITERION=n/a"
        )
    return code, Decimal(mark) if is_number else None


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
