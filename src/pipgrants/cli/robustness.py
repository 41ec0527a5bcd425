"""``analysis robustness``: the table around the line, and what alters the list of those funded."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.analysis import SEED
from pipgrants.cli import output
from pipgrants.cli.advice import Seed, StageOption, show
from pipgrants.cli.context import CallName, run_of
from pipgrants.domain.vocabulary import Stage

if TYPE_CHECKING:
    from pipgrants.analysis.omissions import Omission
    from pipgrants.services.analysis.robustness import Robust, Robustness, WeightChange

HALF = Decimal("0.5")
AROUND = 10
"""So many proposals are shown on each side of the line."""
NAMED = 3
"""So many of those that enter or leave are named."""


def robustness(
    context: typer.Context,
    call: CallName,
    spread: Annotated[
        float | None,
        typer.Option(
            "--spread",
            metavar="SHARE",
            help="How far a weight may lie from the published one, as a share of it; without it, any weights.",
        ),
    ] = None,
    draws: Annotated[int, typer.Option("--draws", min=100, max=1_000_000, help="How many weights are drawn.")] = 10_000,
    seed: Seed = SEED,
    stage: StageOption = None,
) -> None:
    """Show how far those funded hang on the weights.

    The share of admissible weights under which each proposal is funded, the smallest change of a weight by which others
    are funded, who would enter and leave without a criterion or an evaluator, and points from the line.
    """
    from pipgrants.services.analysis.robustness import robustness as measure

    run = run_of(context)
    limit = None if spread is None else Decimal(str(spread))
    found = measure(run.workspace, run.who, run.now, call=call, stage=stage, spread=limit, draws=draws, seed=seed)
    show(run, found._asdict(), found.made_by, _text(found))


def _text(found: Robustness) -> list[str]:
    word = "invited" if found.stage is Stage.PROFILE else "funded"
    ranked = found.proposals
    funded, others = ([item for item in ranked if item.is_funded is wanted] for wanted in (True, False))
    facts = {
        "Weights drawn": f"{found.draws:,}, {_admissible(found)}",
        f"Always {word}": sum(item.funded_share == 1 for item in ranked),
        f"Never {word}": sum(item.funded_share == 0 for item in ranked),
        f"{word.title()}, under less than half": sum(item.funded_share < HALF for item in funded),
        f"Not {word}, under more than half": sum(item.funded_share > HALF for item in others),
    }
    return [
        f"{found.call}: {found.funded_count:,} {word} of {output.count(len(ranked), found.stage.value)} ranked.",
        *output.heading("", output.fields(facts)),
        *output.heading("To know", [line for note in _notes(found) for line in output.paragraph(note, width=78)]),
        *_around(found, word),
        *_changes(found.weight_changes),
        *_omissions("Criterion", found.without_criteria, word),
        *_omissions("Evaluator", found.without_evaluators, word),
    ]


def _admissible(found: Robustness) -> str:
    if found.spread is None:
        return "any weights"
    return f"each within {_share(found.spread, 0)} of the published one"


def _notes(found: Robustness) -> list[str]:
    keys, numbers = ", ".join(found.left_out), ", ".join(found.otherwise[:5])
    more = f" and {len(found.otherwise) - 5:,} more" if len(found.otherwise) > 5 else ""
    return [
        "Equal totals stand in the order of the published ranking.",
        *([f"Not followed under other weights: {keys}."] if found.left_out else []),
        *([f"Decided otherwise than on record even under the published weights: {numbers}{more}."] if numbers else []),
        *([] if found.is_decided else ["Not decided yet: the list is what the rule of the call comes to."]),
        *(
            ["The consensus of the evaluators counts: leaving out one of them says nothing."]
            if found.without_evaluators is None
            else []
        ),
    ]


def _around(found: Robustness, word: str) -> list[str]:
    last = max((place for place, item in enumerate(found.proposals, 1) if item.is_funded), default=0)
    shown = found.proposals[max(last - AROUND, 0) : last + AROUND]
    titles = ("Rank", "Proposal", "Total", word.title(), "From line", "Weights", "Ranks", "Mean")
    return output.rows("Around the line", titles, list(map(_row, shown)))


def _row(item: Robust) -> tuple[object, ...]:
    return (
        item.rank,
        item.proposal,
        item.total,
        "yes" if item.is_funded else "no",
        _signed(item.points_from_line),
        _share(item.funded_share),
        f"{item.best_rank}-{item.worst_rank}",
        item.mean_rank,
    )


def _changes(changes: Sequence[WeightChange]) -> list[str]:
    by_criterion = {item.criterion: item for item in changes}
    moved = {(item.criterion, item.is_rise): item.changed_weight for item in changes}
    rows = [
        (code, _share(item.weight, 2), _moved(moved[code, False]), _moved(moved[code, True]))
        for code, item in by_criterion.items()
    ]
    nearest = sorted((item for item in changes if item.changed_weight is not None), key=_size)[:NAMED]
    return [
        *output.rows("Where a weight changes who is funded", ("Criterion", "Weight", "Down to", "Up to"), rows),
        *output.listed("The smallest changes", [_change(item) for item in nearest]),
    ]


def _size(item: WeightChange) -> Decimal:
    return abs((item.changed_weight or item.weight) - item.weight)


def _moved(weight: Decimal | None) -> output.Figure:
    return output.Figure("none") if weight is None else _share(weight, 2)


def _change(item: WeightChange) -> str:
    crossing = f"{item.rises or 'a threshold'} passes {item.falls or 'a threshold'}"
    return (
        f"{item.criterion} at {_moved(item.changed_weight)}: {crossing}; "
        f"enter: {_named(item.enters) or 'nobody'}; leave: {_named(item.leaves) or 'nobody'}."
    )


def _omissions(of: str, found: Sequence[Omission] | None, word: str) -> list[str]:
    rows = [(item.left_out, _named(item.enters), _named(item.leaves)) for item in found or () if item.changes]
    if found and not rows:
        return ["", f"Without any one {of.lower()} the same are {word}."]
    same_count = len(found or ()) - len(rows)
    more = [f"{output.INDENT}Without any one of {same_count:,} others the same are {word}."] if same_count else []
    return [*output.beginning(f"Without one {of.lower()}", (of, "Enter", "Leave"), rows), *more]


def _named(numbers: Sequence[str]) -> str:
    more = f" and {len(numbers) - NAMED:,} more" if len(numbers) > NAMED else ""
    return ", ".join(numbers[:NAMED]) + more


def _share(share: Decimal, decimals: int = 1) -> output.Figure:
    return output.Figure(f"{100 * share:.{decimals}f} %")


def _signed(points: Decimal | None) -> output.Figure:
    return output.Figure(output.NOTHING if points is None else f"{points:+f}")
