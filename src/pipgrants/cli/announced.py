"""The selection by which a call funds that announced its objective, beside that of the plain rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

import typer

from pipgrants.cli import output
from pipgrants.domain.vocabulary import Objective

Seconds = Annotated[
    int,
    typer.Option(
        "--seconds", min=1, max=86_400, help="How long each search may take where the call announced an objective."
    ),
]
NAMES = {
    Objective.SUM_OF_SCORES: "sum of scores",
    Objective.SUM_OF_SCORE_TIMES_AMOUNT: "sum of score times amount",
}
SMALL_PROJECTS = (
    "Maximising the sum of scores funds many small projects, for a small one adds as many points as a large one and "
    "leaves more money"
)
NAMED = 5
"""How many proposals are named that only one side funds."""


def optimum_lines(told: Mapping[str, Any] | None) -> list[str]:
    """Both selections, what was proved, and who is funded by one of them only."""
    if told is None:
        return []
    name, plain = NAMES[Objective(told["objective"])], told["plain"]
    rows = [("funded", *_figures(told)), (f"by {plain['rule']}", *_figures(plain))]
    by_scores = told["objective"] == Objective.SUM_OF_SCORES
    return [
        *output.rows(f"Objective: {name}", ("Selection", "Objective", "Awards", "Amount", "Mean award"), rows),
        "",
        *output.paragraph(_proof(told, name)),
        *output.paragraph(_others(told["funded"], plain["funded"], plain["rule"])),
        *(output.paragraph(f"{SMALL_PROJECTS}.") if by_scores else []),
    ]


def _figures(item: Mapping[str, Any]) -> tuple[object, ...]:
    return output.figure(item["value"]), item["awards"], output.figure(item["amount"]), output.figure(item["mean"])


def _proof(told: Mapping[str, Any], name: str) -> str:
    if not told["proved"]:
        share = f"{Decimal(told['gap']) * 100:.4f} %"
        return (
            f"Not proved optimal by searches of {output.count(told['seconds'], 'second')}: the greatest {name} is at "
            f"most {output.figure(told['bound'])}, {share} of it above the one funded, which the call accepts."
        )
    settled = ", and none that reaches it is ranked better" if told["settled"] else ""
    return f"Proved optimal: no selection has a greater {name}{settled}."


def _others(funded: Sequence[str], plain: Sequence[str], rule: str) -> str:
    here, there = set(funded), set(plain)
    only_here = [number for number in funded if number not in there]
    only_there = [number for number in plain if number not in here]
    return (
        f"Not funded by {rule}: {_named(only_here)}. Funded by {rule} and not so: {_named(only_there)}. The ranking "
        "alone does not decide."
    )


def _named(numbers: Sequence[str]) -> str:
    more = f" and {len(numbers) - NAMED:,} more" if len(numbers) > NAMED else ""
    return (", ".join(numbers[:NAMED]) or "nobody") + more
