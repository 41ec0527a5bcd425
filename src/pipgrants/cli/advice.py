"""What the verbs of ``analysis`` have in common: their options, and what stands above and below every answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli.context import Run
from pipgrants.domain.vocabulary import Stage

if TYPE_CHECKING:
    from pipgrants.services.analysis.advice import Provenance

StageOption = Annotated[
    Stage | None, typer.Option("--stage", help="The stage; without it, the one that the call is selecting.")
]
AnyMember = Annotated[
    bool, typer.Option("--any-member", help="Count a proposal for the groups of any of its members, not of its lead.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="The seed of the random numbers: the same figures again.")]


def show(run: Run, found: Mapping[str, object], made_by: Provenance, text: Sequence[str]) -> None:
    """Shows an analysis between the line that says it is advisory and the one that says how to make it again."""
    from pipgrants.services.analysis.advice import ADVISORY

    seed = "" if made_by.seed is None else f", seed {made_by.seed}"
    again = f"Made by pipgrants {made_by.version}{seed} from the inputs {made_by.inputs[:16]}."
    run.show({"advisory": ADVISORY, **found}, [ADVISORY, "", *text, "", again])
