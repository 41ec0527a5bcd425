"""``analysis``: how far a ranking can be trusted. Every verb reads only, and decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import CallName, Commands, Run, run_of
from pipgrants.domain.vocabulary import Stage

if TYPE_CHECKING:
    from pipgrants.services.analysis.advice import Figure, Provenance
    from pipgrants.services.analysis.reliability import Agreement, Reliability

commands = Commands(name="analysis", help="Show how far a ranking can be trusted.")

StageOption = Annotated[
    Stage | None, typer.Option("--stage", help="The stage; without it, the one that the call is selecting.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="The seed of the random numbers: the same figures again.")]


def show(run: Run, found: Mapping[str, object], made_by: Provenance, text: Sequence[str]) -> None:
    """Shows an analysis between the line that says it is advisory and the one that says how to make it again."""
    from pipgrants.services.analysis.advice import ADVISORY

    seed = "" if made_by.seed is None else f", seed {made_by.seed}"
    again = f"Made by pipgrants {made_by.version}{seed} from the inputs {made_by.inputs[:16]}."
    run.show({"advisory": ADVISORY, **found}, [ADVISORY, "", *text, "", again])


@commands.verb()
def reliability(
    context: typer.Context,
    call: CallName,
    steps: Annotated[
        float | None,
        typer.Option(
            "--steps",
            min=0,
            metavar="NUMBER",
            help="From how many steps of the scale on evaluators differ; without it, a fifth of the scale.",
        ),
    ] = None,
    stage: StageOption = None,
) -> None:
    """Show how far the evaluators agree.

    Krippendorff's alpha and intraclass correlations by criterion and in total, the proposals to be discussed or given
    one more evaluator, and whether the review graph holds together.
    """
    from pipgrants.services.analysis.reliability import reliability as measure

    run = run_of(context)
    limit = None if steps is None else Decimal(str(steps))
    found = measure(run.workspace, run.who, run.now, call=call, stage=stage, steps=limit)
    show(run, found._asdict(), found.made_by, _reliability(found))


def _reliability(found: Agreement) -> list[str]:
    marks = output.count(found.evaluations_count, "evaluation")
    proposals = output.count(found.proposals_count, found.stage.value)
    evaluators = output.count(found.evaluators_count, "evaluator")
    measured = [*found.by_criterion, found.in_total]
    reasons = {item.not_computable for row in measured for item in (*row.alpha.values(), *row.intraclass.values())}
    return [
        f"{found.call}: {marks} of {proposals} by {evaluators}.",
        *([] if found.is_ranked else ["Not ranked yet: these are the marks given so far."]),
        *_table("Krippendorff's alpha", measured, lambda item: item.alpha),
        *_table("Intraclass correlation", measured, lambda item: item.intraclass),
        *output.listed("Not computable", sorted(reason for reason in reasons if reason)),
        *_parts(found),
    ]


def _table(title: str, measured: Sequence[Reliability], of: Callable[[Reliability], Mapping[str, Figure]]) -> list[str]:
    rows = [(item.criterion or "in total", *(figure.value for figure in of(item).values())) for item in measured]
    return output.rows(title, ("Criterion", *of(measured[0])), rows)


def _parts(found: Agreement) -> list[str]:
    if len(found.parts) == 1:
        return ["", "The review graph is connected: evaluators can be compared."]
    return []
