"""``letters``: drafts, release, and the files of what was released."""

from __future__ import annotations

from typing import Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.checkpoint import checkpoint_lines
from pipgrants.cli.context import CallName, Commands, DryRun, ProposalNumber, SigningKey, Yes, run_of

commands = Commands(name="letters", help="Preview, list and release letters.")


@commands.verb()
def preview(
    context: typer.Context,
    proposal: ProposalNumber,
    html: Annotated[bool, typer.Option("--html", help="The page instead of the text.")] = False,
) -> None:
    """Show the last letter about a proposal.

    It is marked draft until it is released.
    """
    from pipgrants.services.letters import preview as preview_letter

    run = run_of(context)
    found = preview_letter(run.workspace, proposal)
    run.show(found._asdict(), (found.html if html else found.text).splitlines(), is_labelled=True)


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
    context: typer.Context, call: CallName, key: SigningKey = None, dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Release every letter of a call that waits.

    They are dated, their hashes enter the trail, and their files are written.
    """
    from pipgrants.services.release import release as release_letters

    run = run_of(context)
    found = run.carry_out(
        lambda dry: release_letters(run.workspace, run.who, run.now, call=call, key=key, dry_run=dry),
        lambda would: f"Release the letters of {call} ({output.counts(would.kinds)})? What is released stays said.",
        yes=yes,
        dry_run=dry_run,
    )
    written = [] if dry_run else output.files([found.folder])
    overtaken = {"Requests overtaken since": found.superseded_count} if found.superseded_count else {}
    text = [
        f"Released {output.count(sum(found.kinds.values()), 'letter')} of {call}.",
        *output.heading("Letters", output.tally(found.kinds)),
        *output.heading("Not sent", output.fields(overtaken)),
        *output.heading("Written to", written),
        *checkpoint_lines(found.checkpoint),
        *output.next_steps(f"pipgrants status {call}"),
    ]
    run.show({"call": call, **found._asdict()}, text, dry_run=dry_run)


@commands.verb()
def write(context: typer.Context, call: CallName) -> None:
    """Write the files of released letters again.

    They are made from the record.
    """
    from pipgrants.services.letters import write_letters

    run = run_of(context)
    count = write_letters(run.workspace, call)
    folder = run.workspace.folder / "letters" / call
    text = [f"Wrote {output.count(count, 'letter')} of {call} to {output.files([folder])[0]}."]
    run.show({"call": call, "count": count, "folder": folder}, text)
