"""``analysis optimum``: the selection of the greatest objective, beside the one that the rule makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.analysis import SECONDS
from pipgrants.cli import output
from pipgrants.cli.advice import show
from pipgrants.cli.announced import NAMES, SMALL_PROJECTS
from pipgrants.cli.context import CallName, run_of
from pipgrants.domain.vocabulary import Objective

if TYPE_CHECKING:
    from pipgrants.domain.selection import Selection
    from pipgrants.services.analysis.optimum import Funded, Optimum


def optimum(
    context: typer.Context,
    call: CallName,
    objective: Annotated[
        Objective, typer.Option("--objective", help="What is made as great as it can be.")
    ] = Objective.SUM_OF_SCORES,
    seconds: Annotated[
        int, typer.Option("--seconds", min=1, max=86_400, help="How long each search for it may take.")
    ] = SECONDS,
) -> None:
    """Show the best selection beside the rule's.

    The selection of full proposals with the greatest objective under the same envelopes, thresholds and exclusions: who
    would be funded by it, and by the rule alone. It is called proved only where no selection has more.
    """
    from pipgrants.services.analysis.optimum import optimum as measure

    run = run_of(context)
    with output.progress("entries read") as progress:
        found = measure(
            run.workspace, run.who, run.now, call=call, objective=objective, seconds=seconds, progress=progress
        )
    show(run, found._asdict(), found.made_by, _text(found))


def _text(found: Optimum) -> list[str]:
    name = NAMES[found.objective]
    rows = [("by the rule", *_figures(found.by_rule)), ("optimum", *_figures(found.by_optimum))]
    titles = ("Selection", name.capitalize(), "Awards", found.currency, "Mean award")
    return [
        f"{found.call}: {output.count(found.competing_count, 'proposal')} can be funded. The rule is {found.rule}.",
        *output.rows(f"Objective: {name}", titles, rows),
        "",
        *output.paragraph(_proof(found)),
        *_only("Funded by the rule only", found.only_by_rule),
        *_only("Funded by the optimum only", found.only_by_optimum),
        *output.heading("To know", [line for note in _notes(found) for line in output.paragraph(note, width=78)]),
    ]


def _figures(item: Selection) -> tuple[object, ...]:
    return output.figure(item.value), item.awards_count, output.figure(item.amount), output.figure(item.mean_amount)


def _proof(found: Optimum) -> str:
    name = NAMES[found.objective]
    if not found.is_proved:
        searches = output.count(found.seconds, "second")
        return (
            f"Not proved optimal by searches of {searches}: the greatest {name} is at most "
            f"{output.figure(found.bound)}, {found.gap * 100:.4f} % of it above the one found. Another run may find "
            "another selection."
        )
    equals = (
        "and none that reaches it is ranked better"
        if found.is_settled
        else f"but whether others that reach it are ranked better was not settled in {found.seconds} seconds"
    )
    return f"Proved optimal: no selection has a greater {name}, {equals}."


def _only(title: str, found: Sequence[Funded]) -> list[str]:
    rows = [(item.proposal, item.rank, item.total, output.figure(item.amount)) for item in found]
    return output.beginning(f"{title}, {len(rows):,}", ("Proposal", "Rank", "Total", "Amount"), rows)


def _notes(found: Optimum) -> list[str]:
    by_optimum, by_rule = (output.count(item.awards_count, "award") for item in (found.by_optimum, found.by_rule))
    counts = f"{by_optimum} by the optimum, {by_rule} by the rule"
    by_scores = f"{SMALL_PROJECTS}: {counts}."
    by_money = f"Score times amount counts every unit of money by the score of what it funds: {counts}."
    official = (
        "The call announced no objective: its rule decides."
        if found.announced is None
        else f"The call announced its objective, the {NAMES[found.announced]}: by it the decisions are prepared "
        f"(pipgrants allocate {found.call})."
    )
    protected = (
        "The optimum keeps to the envelopes, thresholds and exclusions of the call, and gives the groups of floors and "
        "earmarks what the rule gives them. A proposal is funded whole, or with the part that the rule gives it."
    )
    return [by_scores if found.objective is Objective.SUM_OF_SCORES else by_money, protected, official]
