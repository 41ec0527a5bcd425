"""``letters send`` and after it: where letters stand, doubts, bounces, reports, corrections, the register."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import CallName, DryRun, Reason, Yes, now, run_of
from pipgrants.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipgrants.services.deliveries import Taken
    from pipgrants.services.letter_register import LettersStatus, Noted
    from pipgrants.services.outbox import Sending

LetterNumber = Annotated[str, typer.Argument(metavar="NUMBER", help="The number of the letter, as L-000123.")]

MOST = 20


def send(
    context: typer.Context,
    call: CallName,
    to_folder: Annotated[
        Path | None,
        typer.Option("--to-folder", metavar="DIR", help="Write .eml files there, whatever workflows/outbox.yaml says."),
    ] = None,
    at_once: Annotated[
        bool, typer.Option("--now", help="Also what was refused for the moment and waits to be tried again.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Send the released letters of a call.

    They leave as workflows/outbox.yaml says: by a mail server, or as files in a folder, PDFs signed if it names a
    certificate. What it refuses for the moment waits for the next run. A letter whose sender was stopped is in doubt,
    and is not sent again by itself.
    """
    from pipgrants.services.outbox import send as send_letters

    run = run_of(context)
    with output.progress("letters tried") as progress:
        found = run.carry_out(
            lambda dry: send_letters(
                run.workspace,
                run.who,
                now,
                call=call,
                to_folder=to_folder,
                ask_password=_ask_password,
                is_patient=not at_once,
                dry_run=dry,
                progress=progress,
            ),
            lambda would: (
                f"Send {output.count(would.due_count, 'letter')} of {call} by {would.place}? "
                "What has left does not come back."
            ),
            yes=yes,
            dry_run=dry_run,
        )
    run.show({"call": call, **found._asdict()}, _sent(call, found, dry_run=dry_run), dry_run=dry_run)
    if found.problem is not None:
        raise RefusedError(
            f"{found.place} cannot be used ({found.problem}); what has not left waits",
            next_step=f"check workflows/outbox.yaml, then pipgrants letters send {call} --now",
        )


def _ask_password(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise RefusedError(
            "the mail server asks for a password, and nobody is at the terminal to type it",
            next_step="name password_file or password_env in workflows/outbox.yaml",
        )
    return str(typer.prompt(prompt, hide_input=True, err=True))


def _sent(call: str, found: Sending, *, dry_run: bool) -> list[str]:
    due = output.count(found.due_count, "letter")
    return [
        f"{due} of {call} would leave by {found.place}." if dry_run else f"Tried {due} of {call} by {found.place}.",
        *output.heading("How it ended", output.tally(found.outcomes)),
        *output.listed("In doubt since an earlier run was stopped", found.in_doubt, most=MOST),
        *output.listed("Not sent: no longer as they were released", found.changed, most=MOST),
        *output.next_steps(f"pipgrants letters status {call}"),
    ]


def status(context: typer.Context, call: CallName) -> None:
    """Show where the letters of a call stand.

    It lists what somebody has to look after: letters in doubt, failed, refused for the moment, and to be printed.
    """
    from pipgrants.services.letter_register import letters_status

    run = run_of(context)
    found = letters_status(run.workspace, call)
    run.show(found._asdict(), _status(found))


def _status(found: LettersStatus) -> list[str]:
    counts = [(output.words(kind), output.words(stage), number) for kind, stage, number in found.counts]
    if not counts:
        return [f"{found.call} has no letter yet."]
    return [
        f"The letters of {found.call}{', which are being sent now' if found.is_sending else ''}.",
        *output.rows("By kind and stage", ("Kind", "Stage", "Letters"), counts),
        *_noted("In doubt: find out whether they arrived, then resolve each", found.in_doubt),
        *_noted("Failed", found.failed),
        *_noted("Refused for the moment", found.waiting),
        *_noted("To print: no address to send them to", found.to_print),
        *output.next_steps(*found.next_steps),
    ]


def _noted(title: str, letters: Sequence[Noted]) -> list[str]:
    rows = [
        (item.letter, item.proposal, output.words(item.kind), item.reply, output.moment(item.next_attempt_at or ""))
        for item in letters[:MOST]
    ]
    more = [f"  and {len(letters) - MOST:,} more (--json lists all)"] if len(letters) > MOST else []
    return [*output.rows(title, ("Letter", "Proposal", "Kind", "Code", "Again at (UTC)"), rows), *more]


def resolve(
    context: typer.Context,
    number: LetterNumber,
    reason: Reason,
    sent: Annotated[bool, typer.Option("--sent", help="It left: the recipient or the mail server has it.")] = False,
    resend: Annotated[bool, typer.Option("--resend", help="It did not, or it failed: send it again.")] = False,
    yes: Yes = False,
) -> None:
    """Settle a letter in doubt, or let a failed one be sent again."""
    from pipgrants.services.deliveries import resolve as resolve_letter

    if sent is resend:
        raise UsageError("give either --sent or --resend", next_step="look first whether the letter arrived")
    run = run_of(context)
    row = run.carry_out(
        lambda dry: resolve_letter(
            run.workspace, run.who, run.now, letter=number, resend=resend, reason=reason, dry_run=dry
        ),
        lambda _: f"Let {number} be sent again?" if resend else f"Put on record that {number} was sent?",
        yes=yes,
    )
    steps = output.next_steps(f"pipgrants letters send {row.call}") if resend else []
    text = f"{number} waits to be sent again." if resend else f"{number} is on record as sent."
    run.show({"call": row.call, "letter": row.number, "resend": resend}, [text, *steps])


def bounce(context: typer.Context, number: LetterNumber, reason: Reason, yes: Yes = False) -> None:
    """Say that a letter came back."""
    from pipgrants.services.deliveries import bounce as bounce_letter

    run = run_of(context)
    row = run.carry_out(
        lambda dry: bounce_letter(run.workspace, run.who, run.now, letter=number, reason=reason, dry_run=dry),
        lambda _: f"Put on record that {number} came back?",
        yes=yes,
    )
    steps = output.next_steps(
        "pipgrants party correct PARTY --reason TEXT, where the address was wrong",
        f"pipgrants letters correct {number} --reason TEXT",
        f"pipgrants letters resolve {number} --resend --reason TEXT",
    )
    run.show({"call": row.call, "letter": row.number}, [f"{number} is on record as failed.", *steps])


def reports(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Delivery reports saved as .eml, or folders of them.")
    ],
    yes: Yes = False,
) -> None:
    """Take delivery reports of mail servers.

    They say what was delivered and what came back. Anything else in the files is left alone.
    """
    from pipgrants.services.deliveries import take_reports

    run = run_of(context)
    found = run.carry_out(
        lambda dry: take_reports(run.workspace, run.who, run.now, paths=files, dry_run=dry),
        lambda would: (
            f"Put on record what {output.count(_taken(would), 'report')} of mail servers say?"
            if _taken(would)
            else None
        ),
        yes=yes,
    )
    rows = [(item.file, item.letter, item.stage or item.why_not) for item in found]
    text = [
        f"Took {output.count(_taken(found), 'report')} of {output.count(len(found), 'file')}.",
        *output.rows("", ("File", "Letter", "Now"), rows),
    ]
    run.show({"reports": found}, text)


def _taken(found: Sequence[Taken]) -> int:
    """How many files say something new about a letter."""
    return sum(item.stage is not None for item in found)


def correct(context: typer.Context, number: LetterNumber, reason: Reason, dry_run: DryRun = False) -> None:
    """Write a letter anew, to the applicant as on record today.

    The new letter has a number of its own, names the old one, and waits for release. A wrong address is corrected
    first, with party correct.
    """
    from pipgrants.services.letter_corrections import correct as correct_letter
    from pipgrants.services.letters import letter_number

    run = run_of(context)
    new = correct_letter(run.workspace, run.who, run.now, letter=number, reason=reason, dry_run=dry_run)
    text = [
        f"{letter_number(new.number)} takes the place of {number}.",
        *output.next_steps(f"pipgrants letters release {new.call}", f"pipgrants letters send {new.call}"),
    ]
    run.show({"call": new.call, "letter": new.number}, text, dry_run=dry_run)


def register(
    context: typer.Context,
    call: CallName,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The .csv or .xlsx file to write.")],
) -> None:
    """Write the register of the letters of a call.

    Number, recipient, kind, language, hashes, stage and times of every letter; the access log says who wrote it.
    """
    from pipgrants.services.letter_register import write_register

    run = run_of(context)
    count = write_register(run.workspace, run.who, run.now, call=call, path=out)
    run.show(
        {"call": call, "count": count, "file": out}, [f"Wrote {output.count(count, 'letter')} of {call} to {out}."]
    )
