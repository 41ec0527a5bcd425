"""``call helped``: whether the groups that a support call helped later applied and won."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import CallName, run_of

if TYPE_CHECKING:
    from pipgrants.services.helped import Helped, HelpedGroup


def helped(
    context: typer.Context,
    call: CallName,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="A .csv or .xlsx file to write, too.")
    ] = None,
) -> None:
    """Show whether groups that were helped later won.

    Counted are the proposals of other calls, received after the support was ratified, in which somebody helped is a
    member. The access log says who asked.
    """
    from pipgrants.services.helped import helped_groups

    run = run_of(context)
    found = helped_groups(run.workspace, run.who, run.now, call=call, path=out)
    written = output.heading("Written", [str(out)]) if out is not None else []
    run.show(found._asdict() | {"file": out}, [*(_text(found) if found.groups else _empty(found)), *written])


def _empty(found: Helped) -> list[str]:
    if not found.is_support:
        said = f"{found.call} helps nobody to apply: its subsidy_type is not preparation_support."
        return [*output.paragraph(said), *output.next_steps("pipgrants call list")]
    return [f"{found.call} has helped nobody yet.", *output.next_steps(f"pipgrants status {found.call}")]


def _text(found: Helped) -> list[str]:
    totals = {
        "Groups helped": len(found.groups),
        "Applied since": found.applied_count,
        "Won": found.won_count,
        "Paid for support": output.figure(found.support_amount, found.currency),
    }
    won = {f"Won in {currency}": output.figure(amount) for currency, amount in found.won_amounts.items()}
    titles = ("Proposal", "Institution", "Locality", "Support", "Helped", "Calls", "Later proposals")
    return [
        f"{found.call}: what became of the groups it helped.",
        *output.heading("", output.fields(totals | won)),
        *output.rows("Groups", titles, list(map(_row, found.groups))),
    ]


def _row(group: HelpedGroup) -> tuple[object, ...]:
    later = (f"{item.proposal} {output.words(item.outcome or item.state)}" for item in group.later)
    calls = len({item.call for item in group.later})
    support = output.figure(group.amount)
    return group.proposal, group.institution, group.locality, support, len(group.members), calls, "; ".join(later)
