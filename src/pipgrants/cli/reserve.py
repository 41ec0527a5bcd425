"""``reserve``: the reserve list of a call, and promoting from it when an award is given up or money comes back."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import CallName, Commands, DryRun, ProposalNumber, Reason, run_of
from pipgrants.cli.decisions import DECISION_TITLES, decision_rows
from pipgrants.errors import UsageError
from pipgrants.scalars import parse_scalar

commands = Commands(name="reserve")


@commands.verb("list")
def list_waiting(context: typer.Context, call: CallName) -> None:
    """List the proposals on the reserve list of a call.

    Best ranked first, with the money that is free.
    """
    from pipgrants.services.reserve import show_reserve

    run = run_of(context)
    found = show_reserve(run.workspace, call)
    facts = {"Free": output.figure(found.free, found.currency), "Expires on": found.expires_on}
    rows = [(item.rank, item.proposal, output.figure(item.asked), item.held_back) for item in found.waiting]
    titles = ("Rank", "Proposal", "Asks for", "Held back")
    text = [
        *output.fields({name: value for name, value in facts.items() if value}),
        *output.heading("", output.table(titles, rows) if rows else ["Nobody waits."]),
    ]
    run.show(found._asdict(), text)


@commands.verb()
def promote(context: typer.Context, call: CallName, dry_run: DryRun = False) -> None:
    """Prepare awards from the reserve list of a call.

    Its rule runs again over the money that is free, with every award frozen. Who has an open appeal is not passed over:
    the money is held. The decisions are a package; its hash is what management ratifies.
    """
    from pipgrants.services.reserve import prepare_promotion
    from pipgrants.services.views import decisions

    run = run_of(context)
    found = prepare_promotion(run.workspace, run.who, run.now, call=call, dry_run=dry_run)
    proposed = decisions(found.decisions, found.currency)
    text = [
        f"Prepared promotions from the reserve list of {call}.",
        *output.heading("Package", [found.package]),
        *output.rows("Decisions", DECISION_TITLES, decision_rows(proposed)),
        *output.rows("Money held", ("Proposal", "Amount", "Because"), found.held),
        *output.next_steps(f"pipgrants ratify {found.package[:12]} --as MANAGER"),
    ]
    data = {"call": call, "package": found.package, "decisions": proposed, "held": found.held}
    run.show(data, text, dry_run=dry_run)


@commands.verb("record-return")
def record_return(
    context: typer.Context,
    proposal: ProposalNumber,
    amount: Annotated[str, typer.Option("--amount", metavar="AMOUNT", help="How much of the award came back.")],
    reason: Reason,
    dry_run: DryRun = False,
) -> None:
    """Record that money of an award came back.

    It is free for the reserve list, in the envelope it was drawn from.
    """
    from pipgrants.services.returned_money import record_return as record

    run = run_of(context)
    left = record(
        run.workspace,
        run.who,
        run.now,
        proposal=proposal,
        amount=_amount(amount),
        reason=reason,
        dry_run=dry_run,
    )
    text = [
        f"Recorded that {amount} of {proposal} came back; {left} of the award stand.",
        *output.next_steps("pipgrants reserve promote CALL --as OFFICER"),
    ]
    run.show({"proposal": proposal, "amount": amount, "left": left.amount, "reason": reason}, text, dry_run=dry_run)


def _amount(text: str) -> Decimal:
    try:
        amount = parse_scalar(text, Decimal)
    except ValueError:
        amount = None
    if not isinstance(amount, Decimal):
        raise UsageError(f"{text!r} is no amount", next_step="write it as 25000 or 25000.50")
    return amount
