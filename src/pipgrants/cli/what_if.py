"""``call what-if``: who would move if a call's definition said something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import CallName, run_of
from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import UsageError

if TYPE_CHECKING:
    from pipgrants.services.audit.standing import Standing
    from pipgrants.services.audit.what_if import Move, WhatIf

MOST = 50


def what_if(
    context: typer.Context,
    call: CallName,
    values: Annotated[
        list[str],
        typer.Option("--set", metavar="PATH=VALUE", help="A value of the definition; may be given several times."),
    ],
    stage: Annotated[
        Stage | None, typer.Option("--stage", help="The stage; without it, the one that the call is selecting.")
    ] = None,
) -> None:
    """Show who would move if the definition said something else.

    PATH names a value by its keys in the YAML file, joined by dots; an item of a list by its code, or by its place from
    1: counterpart.minimum_share=0.4, envelope_amount=12000000, rubric.criteria.business_ideas.weight=4,
    prerequisites.minimum_enterprises.rule.any_of.1.all_of.2.count_of.at_least=6.

    The stage is derived again in memory, as it is and as it would be, and nothing is written but a line in the access
    log. The values may be laxer than the programme.
    """
    from pipgrants.services.audit.what_if import what_if as derive

    run = run_of(context)
    changes = dict(_change(value) for value in values)
    with output.progress("entries read") as progress:
        found = derive(run.workspace, run.who, run.now, call=call, changes=changes, stage=stage, progress=progress)
    run.show(found._asdict(), _text(found))


def _change(given: str) -> tuple[str, str]:
    path, sign, value = given.partition("=")
    if not (path.strip() and sign and value.strip()):
        raise UsageError(f"{given!r} is no change", next_step="write --set PATH=VALUE, for example envelope_amount=1")
    return path.strip(), value.strip()


def _text(found: WhatIf) -> list[str]:
    decided = [move for move in found.moves if move.is_decided_otherwise]
    changes = [(item.path, item.before, item.after) for item in found.changes]
    totals = [
        (output.words(outcome), was.proposals, would_be.proposals, _amount(was.amount), _amount(would_be.amount))
        for outcome, (was, would_be) in found.totals.items()
    ]
    titles = ("Outcome", "Is", "Would be", f"{found.currency} is", f"{found.currency} would be")
    return [
        f"{found.call}: {output.count(found.proposals_count, found.stage.value)}, derived again with other values.",
        "Nothing was changed.",
        *output.rows("Values", ("Path", "Is", "Would be"), changes),
        *output.rows("Outcomes", titles, totals),
        *_moves(found, decided),
        *output.listed("To be scored first: they would newly compete", found.to_be_scored, most=MOST),
        *output.listed("To be clarified first: the applicant was never asked", found.to_be_clarified, most=MOST),
        *output.heading("To know", [line for note in _notes(found) for line in output.paragraph(note, width=78)]),
    ]


def _moves(found: WhatIf, decided: list[Move]) -> list[str]:
    rows = [
        (
            move.proposal,
            output.words(move.before.outcome),
            output.words(move.after.outcome),
            _amount(move.before.amount),
            _amount(move.after.amount),
            _ranks(move.before, move.after),
        )
        for move in decided[:MOST]
    ]
    titles = ("Proposal", "Is", "Would be", "Amount is", "Would be", "Rank")
    unlisted, others = len(decided) - len(rows), len(found.moves) - len(decided)
    return [
        *(output.rows("Who would move", titles, rows) or ["", "No decision would be another."]),
        *([f"{output.INDENT}and {unlisted:,} more (--json lists all)"] if unlisted else []),
        *([f"{output.INDENT}{output.count(others, 'other')} would change rank only."] if others else []),
    ]


def _notes(found: WhatIf) -> list[str]:
    ties = f"{output.count(len(found.undrawn), 'proposal')} tied without a draw on record stand in number order."
    pools = (
        f"{output.count(len(found.drawn_anew), 'proposal')} would be in a pool that was not drawn so; the key of the "
        "draw on record orders it here, and another draw might not."
    )
    still = ", ".join(f"{criterion} ({count:,})" for criterion, count in found.still_unmet.items())
    kept_out = f"Some would meet a criterion that they do not, and stay ineligible for another: {still}."
    return [
        *([kept_out] if still else []),
        *(f"Laxer than the programme: {message}." for message in found.laxer),
        *([ties] if found.undrawn else []),
        *([pools] if found.drawn_anew else []),
    ]


def _amount(amount: str | None) -> output.Figure:
    return output.figure(amount)


def _ranks(before: Standing, after: Standing) -> str:
    if before.rank == after.rank:
        return f"{after.rank}" if after.rank else ""
    return f"{before.rank or output.NOTHING} > {after.rank or output.NOTHING}"
