"""``trail``: the record of every act."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pipgrants.cli import output
from pipgrants.cli.checkpoint import checkpoint_lines
from pipgrants.cli.context import Commands, SigningKey, run_of
from pipgrants.errors import UsageError

LONGEST_SUBJECT = 28

commands = Commands(name="trail")


@commands.verb()
def show(
    context: typer.Context,
    proposal: Annotated[
        str | None, typer.Option("--proposal", metavar="NUMBER", help="Only the entries of this proposal.")
    ] = None,
    call: Annotated[str | None, typer.Option("--call", metavar="CALL", help="Only the entries of this call.")] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="KIND/NAME", help="Only this subject, such as actor/olga.")
    ] = None,
    after: Annotated[int, typer.Option("--after", metavar="N", min=0, help="Begin after this entry.")] = 0,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most so many entries.")] = 100,
) -> None:
    """Show who did what, when, and how they were known.

    In the order of the entries; with --json every entry is shown whole.
    """
    from pipgrants.services.history import entries

    if proposal and subject:
        raise UsageError("--proposal and --subject are two ways to name one subject", next_step="give one of them")
    run = run_of(context)
    subject = f"proposal/{proposal}" if proposal else subject
    found: list[dict[str, Any]] = entries(run.workspace, subject=subject, call=call, after=after, limit=limit)
    text = [line for entry in found for line in _entry(entry)] or ["No entry is there."]
    more = []
    if len(found) == limit:
        same = " ".join(
            f"--{name} {value}" for name, value in (("subject", subject), ("call", call)) if value is not None
        )
        more = output.next_steps(f"pipgrants trail show {same} --after {found[-1]['sequence']}".replace("  ", " "))
    run.show({"entries": found}, [*text, *more])


def _entry(entry: dict[str, Any]) -> list[str]:
    """An entry in a few lines: what was done, by whom, for which tier it stood in, and the reason where it has one."""
    who = f"{entry['actor']} ({output.words(entry['role'])}, {output.words(entry['known_by']['method'])})"
    moved = output.words(f"{entry['from'] or 'new'} -> {entry['to']}") if entry["to"] else ""
    subject = entry["subject"]
    lines = [
        f"{entry['sequence']:>6}  {output.moment(entry['at'])}  {entry['act']:<24}  "
        + (subject if len(subject) <= LONGEST_SUBJECT else f"{subject[: LONGEST_SUBJECT - 3]}..."),
        f"{'':8}{who:<42}  {moved}",
    ]
    if "stands_in_for" in entry:
        tiers = (output.words(entry[name]) for name in ("tier", "stands_in_for"))
        lines.append(f"{'':8}{' tier, which stands in for the '.join(tiers)} tier")
    if entry["reason"]:
        lines += [f"{'':8}{line}" for line in output.paragraph(entry["reason"], width=output.WIDTH - 8)]
    return [line.rstrip() for line in lines]


@commands.verb()
def checkpoint(context: typer.Context, key: SigningKey = None) -> None:
    """Write the checkpoint of the trail as it stands, and sign it.

    Its three lines are the origin, the number of entries and the root. Whoever keeps them can prove later whether the
    trail they are shown still extends it.
    """
    from pipgrants.services.checkpoints import keep_current

    run = run_of(context)
    kept = keep_current(run.workspace, key)
    steps = output.next_steps(f"pipgrants audit verify --against {output.files([kept.path])[0]}")
    run.show(kept._asdict(), [*checkpoint_lines(kept)[1:], *steps])
