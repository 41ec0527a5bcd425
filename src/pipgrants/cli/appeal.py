"""``appeal``: appeals against decisions, from their filing to the ruling."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipgrants.analysis import SECONDS
from pipgrants.cli import output
from pipgrants.cli.announced import Seconds, optimum_lines
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
)
from pipgrants.cli.decisions import APPEAL_TITLES, appeal_rows
from pipgrants.domain.appeal import AppealStanding, Remedy, Ruling
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import UsageError

commands = Commands(name="appeal")


@commands.verb("file")
def file_one(
    context: typer.Context,
    proposal: ProposalNumber,
    grounds: Annotated[
        str | None, typer.Option("--grounds", metavar="TEXT", help="What the applicant contests, and why.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="The same from a text file, instead of --grounds.")
    ] = None,
    received_at: ReceivedAt = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Record an appeal against the last decision told to the applicant.

    One that comes after the time to appeal is recorded, too, and answered as not admissible. A letter confirms either.
    What was submitted stands: papers can be attached, a corrected application is not received, for nobody else may send
    one.
    """
    from pipgrants.services.appeals import file_appeal
    from pipgrants.services.views import call_of

    run = run_of(context)
    words = _grounds(grounds, file)
    filed = run.carry_out(
        lambda dry: file_appeal(
            run.workspace,
            run.who,
            run.now,
            proposal=proposal,
            grounds=words,
            received_at=received_at,
            dry_run=dry,
        ),
        lambda would: (
            f"Record appeal {would.number} of {proposal} against {would.letter}"
            f"{', which came too late' if would.is_late else ''}? A letter confirms it."
        ),
        yes=yes,
        dry_run=dry_run,
    )
    call = call_of(run.workspace, proposal)
    late = f"It came too late: the letter could be appealed against until {filed.until}."
    text = [
        f"Recorded appeal {filed.number} of {proposal} against {filed.letter}.",
        late if filed.is_late else f"It came in time; the letter can be appealed against until {filed.until}.",
        *output.next_steps(
            f"pipgrants letters release {call} --as OFFICER",
            *(
                []
                if filed.is_late
                else [f"pipgrants appeal settle {proposal} --ruling RULING --reason TEXT --as MANAGER"]
            ),
        ),
    ]
    run.show(filed._asdict(), text, dry_run=dry_run)


def _grounds(text: str | None, file: Path | None) -> str:
    """The words of an appeal, as given or from a file."""
    if (text is None) == (file is None):
        raise UsageError("an appeal says what it contests and why", next_step="give --grounds TEXT or --file FILE")
    if file is None:
        return text or ""
    from pipgrants.reading import read_source

    return read_source(file)


@commands.verb("list")
def list_all(context: typer.Context, call: CallName) -> None:
    """List the appeals of a call and how they stand.

    What those contest that wait for a ruling stands below.
    """
    from pipgrants.services.appeals import list_appeals

    run = run_of(context)
    found = list_appeals(run.workspace, call)
    rows = [
        (
            item.proposal,
            item.number,
            item.letter,
            output.moment(item.received_at),
            output.words(item.standing),
            output.words(item.remedy or ""),
            item.heard_by,
        )
        for item in found
    ]
    titles = ("Proposal", "Appeal", "Against", "Received (UTC)", "Standing", "Remedy", "Heard by")
    text = output.table(titles, rows) if rows else [f"No appeal is on record in {call}."]
    grounds = [
        f"{item.proposal}: {item.grounds or 'redacted'}" for item in found if item.standing is AppealStanding.LODGED
    ]
    run.show({"call": call, "appeals": found}, [*text, *output.listed("To be heard:", grounds)])


@commands.verb()
def settle(
    context: typer.Context,
    proposal: ProposalNumber,
    ruling: Annotated[Ruling, typer.Option("--ruling", metavar="RULING", help=f"One of: {', '.join(Ruling)}.")],
    reason: Reason,
    remedy: Annotated[
        Remedy | None,
        typer.Option("--remedy", metavar="REMEDY", help=f"What is done if it is upheld: {' or '.join(Remedy)}."),
    ] = None,
    met: Annotated[
        list[str] | None,
        typer.Option("--met", metavar="CRITERION", help="A criterion that you find met; may be given several times."),
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Rule on the appeal of a proposal, with reasons.

    Whoever screened, scored, prepared or approved anything of the proposal may not, nor who chose its evaluators,
    closed the scores or ranked.
    """
    from pipgrants.services.appeals import settle_appeal
    from pipgrants.services.views import call_of

    run = run_of(context)
    row = run.carry_out(
        lambda dry: settle_appeal(
            run.workspace,
            run.who,
            run.now,
            proposal=proposal,
            ruling=ruling,
            reason=reason,
            remedy=remedy,
            met=met or (),
            dry_run=dry,
        ),
        lambda row: f"Rule that appeal {row.number} of {proposal} is {ruling}? The applicant is told.",
        yes=yes,
        dry_run=dry_run,
    )
    after = {
        Remedy.REVERIFY: f"pipgrants appeal verify {proposal} --as OFFICER",
        Remedy.RESCORE: f"pipgrants appeal score {proposal} FILE --as OFFICER",
    }
    call = call_of(run.workspace, proposal)
    text = [
        f"Appeal {row.number} of {proposal} is {ruling}: {reason}",
        *output.next_steps(f"pipgrants letters release {call} --as OFFICER", *([after[remedy]] if remedy else [])),
    ]
    data = {"proposal": proposal, "appeal": row.number, "ruling": ruling, "remedy": remedy, "met": met or []}
    run.show({**data, "reason": reason}, text, dry_run=dry_run)


@commands.verb()
def verify(context: typer.Context, proposal: ProposalNumber, dry_run: DryRun = False) -> None:
    """Check the prerequisites of a proposal whose appeal was upheld.

    Papers that were attached since count; criteria that the ruling states as met are met.
    """
    from pipgrants.services.appeal_remedies import verify_again
    from pipgrants.services.views import call_of

    run = run_of(context)
    found = verify_again(run.workspace, run.who, run.now, proposal=proposal, dry_run=dry_run)
    unmet = [finding for finding in found if finding.verdict != "met"]
    rows = [(item.criterion, output.words(item.verdict)) for item in unmet]
    call = call_of(run.workspace, proposal)
    met = output.count(len(found) - len(unmet), "criterion", "criteria")
    text = [
        f"Verified {proposal} again: {met} met, {len(unmet)} not.",
        *output.rows("Not met", ("Criterion", "Verdict"), rows),
        *output.next_steps(f"pipgrants explain {proposal}", f"pipgrants appeal prepare {call} --as OFFICER"),
    ]
    run.show({"proposal": proposal, "findings": found}, text, dry_run=dry_run)


@commands.verb()
def score(
    context: typer.Context,
    proposal: ProposalNumber,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Columns: proposal, evaluator, criterion, mark (or n/a), comment.")
    ],
    language: RowLanguage = Language.ENGLISH,
    dry_run: DryRun = False,
) -> None:
    """Import the marks for a proposal whose appeal was upheld.

    They are given by evaluators who did not score it before; the marks of the round stay on record.
    """
    from pipgrants.services.appeal_remedies import score_again
    from pipgrants.services.views import call_of

    run = run_of(context)
    with rows_told(run, language):
        count = score_again(run.workspace, run.who, run.now, proposal=proposal, path=file, dry_run=dry_run)
    call = call_of(run.workspace, proposal)
    text = [
        f"Stored the marks of {output.count(count, 'evaluator')} for {proposal}.",
        *output.next_steps(f"pipgrants appeal prepare {call} --as OFFICER"),
    ]
    run.show({"proposal": proposal, "evaluators_count": count}, text, dry_run=dry_run)


@commands.verb()
def prepare(context: typer.Context, call: CallName, seconds: Seconds = SECONDS, dry_run: DryRun = False) -> None:
    """Prepare the new decisions on the upheld appeals of a call.

    The decisions are a package that management ratifies. No award is taken away.
    """
    from pipgrants.services.appeal_packages import prepare_appeals
    from pipgrants.services.views import decisions

    run = run_of(context)
    found, waiting = prepare_appeals(run.workspace, run.who, run.now, call=call, seconds=seconds, dry_run=dry_run)
    proposed = decisions(found.decisions, found.currency)
    text = [
        f"Prepared the decisions on appeals in {call}.",
        *output.heading("Package", [found.package]),
        *output.beginning("Decisions", APPEAL_TITLES, appeal_rows(proposed)),
        *optimum_lines(found.optimum),
        *output.listed("Other appeals wait for:", waiting, most=len(waiting)),
        *output.next_steps(f"pipgrants ratify {found.package[:12]} --as MANAGER"),
    ]
    data = {"call": call, "package": found.package, "decisions": proposed, "waiting": waiting, "optimum": found.optimum}
    run.show(data, text, dry_run=dry_run)
