"""``call``: calls for proposals from the definition to the archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import (
    CallName,
    Commands,
    DefinitionFile,
    DryRun,
    PackageHash,
    Reason,
    Run,
    SigningKey,
    Yes,
    run_of,
)
from pipgrants.cli.decisions import approve, unwritten_notice
from pipgrants.cli.helped import helped
from pipgrants.cli.what_if import what_if
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import RefusedError

if TYPE_CHECKING:
    from pipgrants.services.notices import Pages

commands = Commands(name="call")


@commands.verb()
def check(
    context: typer.Context,
    file: DefinitionFile,
    language: Annotated[Language | None, typer.Option("--language", help="The language; without it, English.")] = None,
) -> None:
    """Say what a call file means, and what is wrong in it.

    It is said in plain words, as the notice will say it; every mistake is listed with its clause.
    """
    from pipgrants.services.calls import check_file, refuse_lax
    from pipgrants.services.notices import describe_call

    run = run_of(context)
    found = check_file(run.workspace, file)
    call, programme = found.call.call, found.programme.programme
    text = describe_call(run.workspace, file, language)
    data = {"call": call, "programme": programme, "text": text, "mistakes": found.mistakes}
    verdict = [] if found.mistakes else ["", f"No mistake was found; {call} is within {programme}."]
    run.answer(data, [*text.splitlines(), *verdict])
    refuse_lax(found.mistakes, call, found.file)


@commands.verb()
def draft(context: typer.Context, file: DefinitionFile, dry_run: DryRun = False) -> None:
    """Register a call, or correct one that is not authorised.

    It is a package until management authorises it.
    """
    from pipgrants.services.calls import draft_call

    run = run_of(context)
    found = draft_call(run.workspace, run.who, run.now, file=file, dry_run=dry_run)
    text = [
        f"Drafted {found.call}.",
        *output.heading("Package", [found.package]),
        *output.next_steps(f"pipgrants call authorise {found.package[:12]} --as MANAGER"),
    ]
    run.show(found._asdict(), text, dry_run=dry_run)


@commands.verb()
def authorise(
    context: typer.Context, package: PackageHash, key: SigningKey = None, dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Approve a drafted call that another person prepared.

    It can be published after. With --key the hash of the package is signed.
    """
    from pipgrants.services.views import show_package

    run = run_of(context)
    found = show_package(run.workspace, package)
    if found.kind != "authorisation":
        raise RefusedError(
            f"package {found.package[:12]} is the {found.kind} of {found.subject}, no call to authorise",
            next_step=f"pipgrants ratify {found.package[:12]} --as MANAGER",
        )
    approve(run, package, key=key, dry_run=dry_run, yes=yes)


@commands.verb()
def publish(context: typer.Context, call: CallName, yes: Yes = False) -> None:
    """Publish an authorised call.

    Its notice is written in every language of the call, and the hashes enter the trail.
    """
    from pipgrants.services.notices import publish_call

    run = run_of(context)
    pages = run.carry_out(
        lambda dry: publish_call(run.workspace, run.who, run.now, call=call, dry_run=dry),
        lambda would: f"Publish {call} in {output.count(len(would.files), 'file')}? They change only by amendment.",
        yes=yes,
    )
    steps = output.next_steps(
        f"pipgrants proposal template {call} --out form.xlsx", f"pipgrants proposal import {call} FILE --as OFFICER"
    )
    _show_pages(run, call, f"Published {call}.", pages, steps)


@commands.verb()
def notice(context: typer.Context, call: CallName) -> None:
    """Write the notice of a call again, and its questions.

    It is made from the definition by which the call runs; the questions asked about it are written with their answers.
    """
    from pipgrants.services.notices import write_notices

    run = run_of(context)
    _show_written(run, call, f"Wrote the notice of {call}.", write_notices(run.workspace, call))


@commands.verb()
def results(context: typer.Context, call: CallName) -> None:
    """Write the public results of each stage.

    Its letters are released before.
    """
    from pipgrants.services.results import write_results

    run = run_of(context)
    _show_written(run, call, f"Wrote the results of {call}.", write_results(run.workspace, call))


def _show_written(run: Run, call: str, said: str, written: list[Path]) -> None:
    files = output.files(written)
    run.show({"call": call, "files": files}, [said, *output.heading("Written", files)])


def _show_pages(run: Run, call: str, said: str, pages: Pages, steps: list[str], **also: object) -> None:
    """Shows an act and its public pages; which could not be written, and why, is noted apart."""
    if pages.problem:
        unwritten_notice(call, pages.problem)
    files = [] if pages.problem else output.files(pages.files)
    data = {"call": call, "files": files, "problem": pages.problem, **also}
    run.show(data, [said, *output.heading("Written", files), *steps])


@commands.verb()
def amend(context: typer.Context, file: DefinitionFile, reason: Reason, dry_run: DryRun = False) -> None:
    """Prepare an amendment of a call on record.

    Once management has ratified it, everybody who applied or took the form gets a corrigendum. A deadline only moves
    later; after it, selection rules cannot change. Days to appeal only grow; days that do not count, and languages,
    are only added to.
    """
    from pipgrants.services.amend import amend_call
    from pipgrants.services.views import show_changes

    run = run_of(context)
    found = amend_call(run.workspace, run.who, run.now, file=file, reason=reason, dry_run=dry_run)
    changed = show_changes(run.workspace, found.call, found.changes)
    text = [
        f"Prepared an amendment of {found.call}.",
        *output.heading("Package", [found.package]),
        *output.listed("Changes", changed),
        *output.next_steps(f"pipgrants ratify {found.package[:12]} --as MANAGER"),
    ]
    run.show({"call": found.call, "package": found.package, "changed": changed}, text, dry_run=dry_run)


@commands.verb()
def reword(context: typer.Context, call: CallName, reason: Reason, dry_run: DryRun = False) -> None:
    """Prepare today's templates for a call on record.

    Once management has ratified it, the letters that wait are made from them, and every letter to come. Rules, dates
    and letters released stay as they are.
    """
    from pipgrants.services.reword import reword_call

    run = run_of(context)
    found = reword_call(run.workspace, run.who, run.now, call=call, reason=reason, dry_run=dry_run)
    text = [
        f"Prepared other templates for {call}.",
        *output.heading("Package", [found.package]),
        *output.listed("Changed files", found.files),
        *output.next_steps(f"pipgrants ratify {found.package[:12]} --as MANAGER"),
    ]
    run.show({"call": call, "package": found.package, "changed": found.files}, text, dry_run=dry_run)


@commands.verb()
def close(context: typer.Context, call: CallName, yes: Yes = False) -> None:
    """End the reception of applications after the deadline."""
    from pipgrants.services.calls import close_call

    run = run_of(context)
    run.carry_out(
        lambda dry: close_call(run.workspace, run.who, run.now, call=call, dry_run=dry),
        lambda _: f"Close {call}? No application can be imported after.",
        yes=yes,
    )
    run.show({"call": call}, [f"Closed {call}.", *output.next_steps(f"pipgrants screen {call} --as OFFICER")])


@commands.verb()
def cancel(context: typer.Context, call: CallName, reason: Reason, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Cancel a call before its deadline.

    Everybody who applied gets a letter.
    """
    _end(run_of(context), call, "cancel", reason, dry_run=dry_run, yes=yes)


@commands.verb()
def void(context: typer.Context, call: CallName, reason: Reason, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Declare a call void after its deadline.

    Everybody who applied gets a letter.
    """
    _end(run_of(context), call, "declare_void", reason, dry_run=dry_run, yes=yes)


def _end(run: Run, call: str, trigger: str, reason: str, *, dry_run: bool, yes: bool) -> None:
    from pipgrants.services.calls import end_call

    act, done = ("Cancel", "Cancelled") if trigger == "cancel" else ("Void", "Declared void")

    def end(dry: bool) -> int:
        with output.progress("applications ended") as progress:
            return end_call(
                run.workspace,
                run.who,
                run.now,
                call=call,
                trigger=trigger,
                reason=reason,
                dry_run=dry,
                progress=progress,
            )

    ended = run.carry_out(
        end,
        lambda ends: f"{act} {call}, and end {output.count(ends, 'application')} with it?",
        yes=yes,
        dry_run=dry_run,
    )
    text = [f"{done}: {call}; {output.count(ended, 'application')} ended with it."]
    steps = output.next_steps(f"pipgrants letters release {call} --as OFFICER") if ended else []
    run.show({"call": call, "ended_count": ended, "reason": reason}, [*text, *steps], dry_run=dry_run)


@commands.verb()
def archive(context: typer.Context, call: CallName, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Finish a call whose time for appeals is over.

    Its decisions are final after.
    """
    from pipgrants.services.calls import archive as archive_call

    run = run_of(context)

    def finish(dry: bool) -> int:
        with output.progress("decisions made final") as progress:
            return archive_call(run.workspace, run.who, run.now, call=call, dry_run=dry, progress=progress)

    final = run.carry_out(
        finish,
        lambda decisions: (
            f"Archive {call}, and make {output.count(decisions, 'decision')} final? Nothing follows after."
        ),
        yes=yes,
        dry_run=dry_run,
    )
    text = [f"Archived {call}; {output.count(final, 'decision')} made final."]
    run.show({"call": call, "final_count": final}, text, dry_run=dry_run)


@commands.verb()
def ask(
    context: typer.Context,
    call: CallName,
    question: Annotated[str, typer.Argument(metavar="TEXT", help="The question; it becomes public.")],
    yes: Yes = False,
) -> None:
    """Publish a question about a call under the next number."""
    from pipgrants.services.inquiries import ask as ask_question

    run = run_of(context)
    number, pages = run.carry_out(
        lambda dry: ask_question(run.workspace, run.who, run.now, call=call, question=question, dry_run=dry),
        lambda would: f"Publish question {would.number} of {call}? What is public stays said.",
        yes=yes,
    )
    steps = output.next_steps(f"pipgrants call answer {call} {number} TEXT --as OFFICER")
    _show_pages(run, call, f"Published question {number} of {call}.", pages, steps, number=number)


@commands.verb()
def answer(
    context: typer.Context,
    call: CallName,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The number of the question.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The answer; it becomes public.")],
    yes: Yes = False,
) -> None:
    """Publish the answer to a question about a call."""
    from pipgrants.services.inquiries import answer as answer_question

    run = run_of(context)
    pages = run.carry_out(
        lambda dry: answer_question(run.workspace, run.who, run.now, call=call, number=number, text=text, dry_run=dry),
        lambda _: f"Publish the answer to question {number} of {call}? It is given once.",
        yes=yes,
    )
    _show_pages(run, call, f"Published the answer to question {number} of {call}.", pages, [], number=number)


@commands.verb()
def questions(context: typer.Context, call: CallName) -> None:
    """List the numbered questions and answers of a call."""
    from pipgrants.services.inquiries import questions as list_questions

    run = run_of(context)
    found = list_questions(run.workspace, call)
    text = [] if found else [f"Nobody has asked anything about {call} yet."]
    for item in found:
        asked, answered = output.moment(item.asked_at), output.moment(item.answered_at or "")
        text += output.fields(
            {f"Question {item.number} ({asked})": item.question, f"Answer {answered and f'({answered})'}": item.answer}
        )
        text.append("")
    run.show({"call": call, "questions": found}, text)


@commands.verb("list")
def list_all(context: typer.Context) -> None:
    """List the calls on record with their states and deadlines."""
    from pipgrants.services.status import workspace_status

    run = run_of(context)
    found = workspace_status(run.workspace, run.now.date()).calls
    rows = [
        (item.call, output.words(item.state), item.closes_at[:16], item.envelope, sum(item.proposals.values()))
        for item in found
    ]
    empty = ["No call is on record.", *output.next_steps("pipgrants call draft FILE --as OFFICER")]
    titles = ("Call", "State", "Deadline", "Envelope", "Proposals")
    run.show({"calls": found}, output.table(titles, rows) if rows else empty)


commands.verb("what-if")(what_if)
commands.verb("helped")(helped)
