"""``proposal``: applications from the empty form to the answer of a clarification."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import (
    CallName,
    Commands,
    DryRun,
    ProposalNumber,
    Reason,
    ReceivedAt,
    RowLanguage,
    Yes,
    rows_told,
    run_of,
    storing,
)
from pipgrants.domain.vocabulary import EvidenceKind, Language
from pipgrants.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipgrants.cli.context import Run
    from pipgrants.domain.proposal import Evidence, Proposal
    from pipgrants.errors import Problem
    from pipgrants.services.imports import ImportOutcome

commands = Commands(name="proposal")

MOST_WARNINGS = 20
"""Warnings shown as text; in JSON all are there."""

Out = Annotated[Path, typer.Option("--out", metavar="PATH", help="A .xlsx or .json file, or a folder for CSV files.")]


@commands.verb()
def template(
    context: typer.Context,
    call: CallName,
    out: Out,
    language: Annotated[
        Language | None, typer.Option("--language", help="The language of the form; without it, the call's first.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="Who takes the form.")] = None,
    email: Annotated[
        str | None, typer.Option("--email", metavar="ADDRESS", help="Where they are told of amendments.")
    ] = None,
) -> None:
    """Write the empty application form of a call.

    With --name and --email, who took it is told of amendments.
    """
    from pipgrants.services.imports import write_form
    from pipgrants.services.inquiries import take_form

    if (name is None) != (email is None):
        raise UsageError("--name and --email go together", next_step="give both, or neither")
    run = run_of(context)
    if name is None or email is None:
        chosen = write_form(run.workspace, call, out, language)
    else:
        chosen = take_form(
            run.workspace, run.who, run.now, call=call, name=name, email=email, language=language, path=out
        )
    steps = output.next_steps(f"pipgrants proposal import {call} FILE --as OFFICER")
    run.show({"call": call, "file": out, "language": chosen}, [f"Wrote the form of {call} to {out}.", *steps])


@commands.verb("import")
def import_file(
    context: typer.Context,
    call: CallName,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A .xlsx, .csv or .json file, or a folder of CSV files.")
    ],
    mapping: Annotated[
        str | None,
        typer.Option("--mapping", metavar="FILE", help="How a list is written: a YAML file, or the name of a mapping."),
    ] = None,
    accept_valid: Annotated[
        bool, typer.Option("--accept-valid", help="Store the applications without a problem, leave out the others.")
    ] = False,
    received_at: ReceivedAt = None,
    language: RowLanguage = Language.ENGLISH,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Import the applications of a form or a list.

    Each gets a number, an entry in the trail and a letter. Nothing is stored of a file that has a problem, unless
    --accept-valid. An application arrived when its own column received_at says, or else when --received-at does; it
    asks before it records any as late.
    """
    from pipgrants.services.imports import import_applications, is_past_deadline
    from pipgrants.services.views import describer

    run = run_of(context)
    described = describer(run.workspace, language.value)

    def act(dry: bool) -> ImportOutcome:
        with storing("applications", run, language) as progress:
            return import_applications(
                run.workspace,
                run.who,
                run.now,
                call=call,
                path=file,
                mapping=mapping,
                accept_valid=accept_valid,
                received_at=received_at,
                dry_run=dry,
                progress=progress,
            )

    is_asked = not yes and is_past_deadline(run.workspace, call, run.now)
    found = run.carry_out(act, _late_question, yes=not is_asked, dry_run=dry_run)
    _show_imported(run, call, file, found, described, dry_run=dry_run)


def _show_imported(
    run: Run,
    call: str,
    file: Path,
    found: ImportOutcome,
    described: Callable[[Sequence[Problem]], list[str]],
    *,
    dry_run: bool,
) -> None:
    """Shows what became of a file; what was left out of it and what is odd in the language of ``described``."""
    problems = described(found.received.problems)
    warnings = described(found.warnings)
    text = [
        f"Imported {file.name} into {call}.",
        *_counts(found),
        *output.listed("Left out", problems, most=output.MOST_PROBLEMS),
        *output.listed("Warnings", warnings, most=MOST_WARNINGS),
        *output.next_steps(f"pipgrants proposal list {call}", f"pipgrants letters list {call}"),
    ]
    data = {
        "call": call,
        **found.received._asdict(),
        "rows_read": found.rows_read,
        "problems": problems,
        "warnings": warnings,
    }
    run.show(data, text, dry_run=dry_run)


def _late_question(would: ImportOutcome) -> str | None:
    late = would.received.late_count
    if not late:
        return None
    told = f"Record {output.count(late, 'application')} as late? The deadline is past; --received-at says when they"
    return f"{told} arrived. Who is told to be late can only appeal."


def _counts(found: ImportOutcome) -> list[str]:
    received = found.received
    numbers = sorted(received.numbers.values())
    facts = {
        "Rows read": found.rows_read,
        "Applications stored": len(numbers),
        "Arrived late": received.late_count,
        "Letters recorded": received.letters_count,
        "Numbers": f"{numbers[0]} to {numbers[-1]}" if numbers else None,
    }
    return output.heading("", output.fields(facts))


@commands.verb()
def export(context: typer.Context, call: CallName, out: Out) -> None:
    """Write the applications of a call in the layout of the form.

    Who exports them is written in the access log.
    """
    from pipgrants.services.imports import export_proposals

    run = run_of(context)
    count = export_proposals(run.workspace, run.who, run.now, call=call, path=out)
    run.show({"call": call, "count": count, "file": out}, [f"Wrote {output.count(count, 'application')} to {out}."])


@commands.verb("list")
def list_all(
    context: typer.Context,
    call: CallName,
    state: Annotated[
        list[str] | None, typer.Option("--state", metavar="STATE", help="Only this state; may be given several times.")
    ] = None,
) -> None:
    """List the proposals of a call with their states."""
    from pipgrants.services.views import list_proposals

    run = run_of(context)
    found = list_proposals(run.workspace, call, state or None)
    rows = [
        (item.number, output.words(item.state), output.figure(item.grant_amount), item.applicant, item.title)
        for item in found
    ]
    titles = ("Number", "State", "Grant", "Applicant", "Title")
    empty = [f"No proposal of {call} is on record{' in that state' if state else ''}."]
    run.show({"call": call, "proposals": found}, output.table(titles, rows) if rows else empty)


@commands.verb()
def show(context: typer.Context, proposal: ProposalNumber) -> None:
    """Show a proposal as it stands on record.

    Its members, budget, counterpart, objectives and papers.
    """
    from pipgrants.services.views import show_proposal

    run = run_of(context)
    found = show_proposal(run.workspace, proposal)
    record, summary = found.proposal, found.summary
    facts = {
        "Applicant": summary.applicant,
        "Reference": summary.reference,
        "State": output.words(summary.state),
        "To be clarified by": summary.clarification_due_on,
        "Received (UTC)": output.moment(summary.received_at),
        "Type": output.words(record.project_type or ""),
        "Territory": record.territory,
        "Sector (ISIC)": record.sector,
        "Designed on": record.design_on,
        "Duration": f"{record.duration_months} months" if record.duration_months else None,
        "Total": output.figure(summary.total_amount, found.currency),
        "Grant asked for": output.figure(summary.grant_amount, found.currency),
        "State in the list": record.source_state,
    }
    text = [
        *output.paragraph(f"{proposal}: {record.title}"),
        *output.heading("The application", output.fields({name: value for name, value in facts.items() if value})),
        *_lines(record, found.names),
        *output.next_steps(f"pipgrants explain {proposal}", f"pipgrants trail show --proposal {proposal}"),
    ]
    run.show({**found._asdict(), "call": record.call}, text)


def _lines(record: Proposal, names: Mapping[str, str]) -> list[str]:
    members = [
        (
            item.party,
            names.get(item.party, "(redacted)"),
            output.words(item.member_type or ""),
            "lead" if item.is_lead else "",
        )
        for item in record.members or ()
    ]
    budget = [
        (
            item.party,
            output.words(item.component or ""),
            output.words(item.cost_category or ""),
            output.words(item.source),
            item.amount,
        )
        for item in record.budget_lines or ()
    ]
    called = {paper.identity: _reference(paper) for paper in record.evidence or ()}
    counterpart = [
        (
            item.party,
            output.words(item.form),
            output.words(item.source),
            item.amount,
            called.get(item.evidence or "", ""),
        )
        for item in record.counterpart_lines or ()
    ]
    objectives = [
        (item.description, output.words(item.horizon or ""), item.indicator, item.baseline, item.target, item.due_month)
        for item in record.objectives or ()
    ]
    papers = [line for paper in record.evidence or () for line in _paper(paper)]
    return [
        *output.rows("Members", ("Party", "Name", "Kind", ""), members),
        *output.rows("Budget", ("Party", "Component", "Cost category", "Source", "Amount"), budget),
        *output.rows("Counterpart", ("Party", "Form", "Source", "Amount", "Evidence"), counterpart),
        *output.rows("Objectives", ("Objective", "Horizon", "Indicator", "Baseline", "Target", "Month"), objectives),
        *output.heading("Papers", papers),
    ]


def _paper(paper: Evidence) -> list[str]:
    """A paper under the name by which ``--evidence`` takes it, with the hash of its file."""
    file = f"file {paper.file_name}" if paper.file_name else "no file"
    said = f"{_reference(paper)}: {output.words(paper.kind)} of {paper.issuer} ({file})"
    return [*output.paragraph(said, width=76), *([f"  SHA-256 {paper.sha256}"] if paper.sha256 else [])]


def _reference(paper: Evidence) -> str:
    """What the applicant calls a paper, or the beginning of its identity where that was redacted."""
    return paper.reference or paper.identity[:20]


@commands.verb()
def withdraw(context: typer.Context, proposal: ProposalNumber, reason: Reason, yes: Yes = False) -> None:
    """End a proposal at the applicant's wish.

    Before the decision is ratified, or to give up an award or a place on the reserve list once the letter with the
    decision is released. A letter confirms it.
    """
    from pipgrants.services.answers import withdraw as withdraw_proposal

    run = run_of(context)
    run.carry_out(
        lambda dry: withdraw_proposal(run.workspace, run.who, run.now, proposal=proposal, reason=reason, dry_run=dry),
        lambda _: f"Withdraw {proposal}? It cannot come back.",
        yes=yes,
    )
    run.show({"proposal": proposal, "reason": reason}, [f"Withdrew {proposal}: {reason}"])


@commands.verb()
def exclude(
    context: typer.Context,
    proposals: Annotated[list[str], typer.Argument(metavar="PROPOSAL...", help="The numbers of the proposals.")],
    reason: Reason,
    dry_run: DryRun = False,
) -> None:
    """Record that of some proposals only one can be funded.

    Whichever is funded first excludes the others. It is possible until they are decided.
    """
    from pipgrants.services.mutual_exclusions import record_mutual_exclusion

    run = run_of(context)
    numbers = record_mutual_exclusion(
        run.workspace, run.who, run.now, proposals=proposals, reason=reason, dry_run=dry_run
    )
    listed = ", ".join(numbers)
    run.show({"proposals": numbers, "reason": reason}, [f"Recorded that {listed} exclude each other."], dry_run=dry_run)


@commands.verb()
def clarify(
    context: typer.Context,
    proposal: ProposalNumber,
    answer: Annotated[str, typer.Option("--answer", metavar="TEXT", help="What the applicant answered.")],
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="The corrected application, in the form.")
    ] = None,
    language: RowLanguage = Language.ENGLISH,
    yes: Yes = False,
) -> None:
    """Record the answer to a clarification request.

    It is given once. The next screening looks at the proposal again.
    """
    from pipgrants.services.answers import clarify as record_answer
    from pipgrants.services.imports import read_answer

    run = run_of(context)
    with rows_told(run, language):
        application = read_answer(run.workspace, proposal, file) if file else None
    replaced = " and its corrected application" if file else ""
    run.carry_out(
        lambda dry: record_answer(
            run.workspace,
            run.who,
            run.now,
            proposal=proposal,
            application=application,
            answer=answer,
            dry_run=dry,
        ),
        lambda _: f"Record the answer of {proposal}{replaced}? It is given once.",
        yes=yes,
    )
    run.show({"proposal": proposal, "file": file}, [f"Recorded the answer of {proposal}{replaced}."])


@commands.verb()
def attach(
    context: typer.Context,
    proposal: ProposalNumber,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The scanned paper.")],
    evidence: Annotated[
        str | None,
        typer.Option("--evidence", metavar="ID", help="The paper of the application whose file this is."),
    ] = None,
    kind: Annotated[
        EvidenceKind | None,
        typer.Option("--kind", metavar="KIND", help=f"What a new paper is: {', '.join(EvidenceKind)}."),
    ] = None,
    issuer: Annotated[str | None, typer.Option("--issuer", metavar="TEXT", help="Who issued a new paper.")] = None,
) -> None:
    """Keep the file of a paper and name it in the proposal.

    It is kept in the workspace under its SHA-256.
    """
    from pipgrants.services.answers import attach as attach_file

    run = run_of(context)
    sha256 = attach_file(
        run.workspace, run.who, run.now, proposal=proposal, file=file, evidence=evidence, kind=kind, issuer=issuer
    )
    run.show({"proposal": proposal, "sha256": sha256}, [f"Attached {file.name} to {proposal}.", f"SHA-256 {sha256}"])


@commands.verb()
def settle(
    context: typer.Context,
    proposal: ProposalNumber,
    evidence: Annotated[str, typer.Option("--evidence", metavar="ID", help="The paper that several proposals pledge.")],
    reason: Reason,
) -> None:
    """Record for which proposal a contested paper counts.

    Its source says so; a paper pledged in two live proposals counts in none until then.
    """
    from pipgrants.services.answers import settle_evidence

    run = run_of(context)
    settle_evidence(run.workspace, run.who, run.now, proposal=proposal, evidence=evidence, reason=reason)
    data = {"proposal": proposal, "evidence": evidence, "reason": reason}
    run.show(data, [f"{evidence} counts for {proposal}: {reason}"])
