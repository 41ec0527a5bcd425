"""``letters``: drafts, release, and the files of what was released."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.checkpoint import checkpoint_lines
from pipgrants.cli.context import CallName, Commands, DryRun, ProposalNumber, SigningKey, Yes, run_of
from pipgrants.cli.outbox import bounce, correct, register, reports, resolve, send, status
from pipgrants.errors import DefinitionError, TrailIntegrityError

if TYPE_CHECKING:
    from pipgrants.services.release import Released

MOST_SHOWN = 20

commands = Commands(name="letters")


@commands.verb()
def preview(
    context: typer.Context,
    proposal: ProposalNumber,
    html: Annotated[bool, typer.Option("--html", help="The page instead of the text.")] = False,
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="FILE", help="Write it as PDF into a new file.")] = None,
    edited: Annotated[
        bool, typer.Option("--edited", help="Made from templates/ as it stands, not from what the call keeps.")
    ] = False,
) -> None:
    """Show the last letter about a proposal.

    It is marked draft until it is released, and with --edited in any case.
    """
    from pipgrants.services.letters import preview as preview_letter
    from pipgrants.services.letters import preview_pdf

    run = run_of(context)
    if pdf is None:
        found = preview_letter(run.workspace, proposal, edited=edited)
        run.show(
            {name: value for name, value in found._asdict().items() if name != "pdf"},
            (found.html if html else found.text).splitlines(),
            is_labelled=True,
        )
    else:
        found = preview_pdf(run.workspace, proposal, pdf, edited=edited)
        run.show(
            {"proposal": proposal, "letter": found.number, "file": pdf},
            [f"Wrote the letter about {proposal} to {pdf}."],
        )


@commands.verb()
def check(context: typer.Context) -> None:
    """List all mistakes of the templates.

    Those of letters and call notices: names that they do not have, missing languages, and what a letter or notice must
    say and does not; and placeholders of the wording that nothing fills. Outside a workspace the shipped ones are
    checked.
    """
    from pipgrants.services.machines import check_texts

    run = run_of(context)
    workspace = run.workspace_if_any
    where = f"the templates of {workspace.folder}" if workspace else "the shipped templates"
    problems = check_texts(workspace)
    run.answer({"checked": where, "problems": problems}, [] if problems else [f"No mistake in {where}."])
    if problems:
        raise DefinitionError(f"{output.count(len(problems), 'mistake')} in {where}:", problems)


@commands.verb("list")
def list_all(context: typer.Context, call: CallName) -> None:
    """List the letters of a call."""
    from pipgrants.services.letters import letter_number, list_letters

    run = run_of(context)
    found = list_letters(run.workspace, call)
    letters = [
        {
            "number": letter_number(item.number),
            "proposal": item.proposal,
            "kind": item.kind,
            "language": item.language,
            "stage": item.stage,
            "released_on": item.released_on,
        }
        for item in found
    ]
    rows = [
        (
            item["number"],
            item["proposal"],
            output.words(item["kind"] or ""),
            item["language"],
            item["released_on"] or item["stage"],
        )
        for item in letters
    ]
    titles = ("Letter", "Proposal", "Kind", "Language", "Released")
    run.show({"call": call, "letters": letters}, output.table(titles, rows) if rows else [f"{call} has no letter yet."])


@commands.verb()
def release(
    context: typer.Context,
    call: CallName,
    pdf: Annotated[bool, typer.Option("--pdf", help="Make each letter a PDF as well.")] = False,
    key: SigningKey = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Release every letter of a call that waits.

    They are dated, their hashes enter the trail, and their files are written, PDFs signed with the certificate that
    workflows/outbox.yaml names, if any. A letter that cannot be made waits on, and holds up no other.
    """
    from pipgrants.services.release import release as release_letters

    run = run_of(context)

    def act(dry: bool) -> Released:
        with output.progress("letters made") as progress:
            return release_letters(
                run.workspace, run.who, run.now, call=call, pdf=pdf, key=key, dry_run=dry, progress=progress
            )

    found = run.carry_out(
        act,
        lambda would: _question(call, would),
        yes=yes,
        dry_run=dry_run,
    )
    written = [] if dry_run else output.files([found.folder])
    overtaken = {"Requests overtaken since": found.superseded_count} if found.superseded_count else {}
    unwritten = {"Letters released before": found.unwritten_count} if found.unwritten_count else {}
    text = [
        f"Released {output.count(sum(found.kinds.values()), 'letter')} of {call}.",
        *output.heading("Letters", output.tally(found.kinds)),
        *output.heading("Not sent", output.fields(overtaken)),
        *output.heading("Files that were missing", output.fields(unwritten)),
        *output.heading("Written to", written),
        *checkpoint_lines(found.checkpoint),
        *output.next_steps(f"pipgrants letters send {call}", f"pipgrants status {call}"),
    ]
    if found.problem:
        output.unfinished("its letters were not all written", found.problem, f"pipgrants letters write {call}")
    run.show({"call": call, **found._asdict()}, text, dry_run=dry_run)
    if found.refused:
        from pipgrants.services.letters import letters_refused

        raise letters_refused(call, found.refused, "wait on, because they could not be made", "the others are released")


def _question(call: str, would: Released) -> str:
    if would.unwritten_count and not would.kinds:
        return f"Write the missing files of {output.count(would.unwritten_count, 'released letter')} of {call}?"
    return f"Release the letters of {call} ({output.counts(would.kinds)})? What is released stays said."


@commands.verb("print")
def print_all(
    context: typer.Context,
    call: CallName,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.pdf", help="The new file.")],
    everybody: Annotated[
        bool, typer.Option("--all", help="Also the letters of those who have an e-mail address.")
    ] = False,
) -> None:
    """Put the letters that go by post into one PDF.

    They come in the order of their postal addresses, each on sheets of its own.
    """
    from pipgrants.services.printing import merge_letters

    run = run_of(context)
    found = merge_letters(run.workspace, run.who, run.now, call=call, path=out, everybody=everybody)
    pages = output.count(found.pages_count, "page")
    text = [
        f"Put {output.count(len(found.letters), 'letter')} of {call} on {pages} of {out}.",
        *output.next_steps(f"pipgrants letters posted {call}"),
    ]
    run.show({"call": call, "file": out, **found._asdict()}, text)


@commands.verb()
def posted(
    context: typer.Context,
    call: CallName,
    letters: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NUMBER]...", help="Only these letters, also where they have an e-mail address."),
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Say that printed letters were posted.

    Without numbers, all that letters print puts together. They are on record as sent by post; what comes back is
    recorded with letters bounce.
    """
    from pipgrants.services.printing import post

    run = run_of(context)
    found = run.carry_out(
        lambda dry: post(run.workspace, run.who, run.now, call=call, letters=letters or (), dry_run=dry),
        lambda would: f"Put on record that {output.count(len(would), 'letter')} of {call} left by post?",
        yes=yes,
        dry_run=dry_run,
    )
    text = [
        f"Put on record that {output.count(len(found), 'letter')} of {call} left by post.",
        *output.listed("Letters", found, most=MOST_SHOWN),
        *output.next_steps(f"pipgrants letters status {call}"),
    ]
    run.show({"call": call, "letters": found}, text, dry_run=dry_run)


@commands.verb()
def verify(context: typer.Context, call: CallName) -> None:
    """Make every released letter again and compare its bytes.

    They must be those that the trail vouches for. Where other versions made a letter, its stored files are compared
    instead; of a signed PDF, what was there before the signature, which pdfsig FILE checks.
    """
    from pipgrants.services.letter_verification import verify_letters

    run = run_of(context)
    with output.progress("letters verified") as progress:
        found = verify_letters(run.workspace, run.who, run.now, call=call, progress=progress)
    counted = Counter(letter.standing.value for letter in found.letters)
    reasons = sorted(
        {letter.message for letter in found.letters if letter.message} - {item.message for item in found.different}
    )
    text = [
        f"Verified {output.count(len(found.letters), 'released letter')} of {call}.",
        *output.heading("How they stand", output.tally(counted)),
        *output.listed("Not repeated", reasons),
    ]
    run.show({"call": call, **found._asdict()}, text)
    if found.different:
        listed = "; ".join(f"{item.letter}: {item.message}" for item in found.different[:MOST_SHOWN])
        raise TrailIntegrityError(
            f"{output.count(len(found.different), 'letter')} of {call} not as released: {listed}",
            next_step="pipgrants audit verify names what was altered; pipgrants letters write makes files again",
        )


@commands.verb()
def write(context: typer.Context, call: CallName) -> None:
    """Write the files of released letters again.

    They are made from the record, as PDF too where they were released so. PDFs are signed with the certificate that
    workflows/outbox.yaml names, if it names one. A file that other versions made, and that today's make otherwise, is
    left as it stands if it is what was released.
    """
    from pipgrants.services.letter_files import write_letters

    run = run_of(context)
    with output.progress("letters written") as progress:
        found = write_letters(run.workspace, call, run.now, progress)
    folder = run.workspace.folder / "letters" / call
    left = output.count(found.left_count, "letter")
    text = [
        f"Wrote {output.count(found.written_count, 'letter')} of {call} to {output.files([folder])[0]}.",
        *([f"Left {left} as released: other versions made what stands there."] if found.left_count else []),
    ]
    run.show({"call": call, "count": found.written_count, "left_count": found.left_count, "folder": folder}, text)


for verb in (send, status, resolve, bounce, reports, correct, register):
    commands.verb()(verb)
