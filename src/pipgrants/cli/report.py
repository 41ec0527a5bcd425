"""``report``: what people look at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipgrants.analysis import SEED
from pipgrants.cli import output
from pipgrants.cli.advice import AnyMember, Seed, StageOption
from pipgrants.cli.context import CallName, Commands, rows_told, run_of
from pipgrants.domain.vocabulary import Language

commands = Commands(name="report")


@commands.verb("round")
def round_(
    context: typer.Context,
    call: CallName,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The .html or .pdf file to write; none may exist.")
    ],
    draws: Annotated[
        int, typer.Option("--draws", min=100, max=100_000, help="How many rankings and weights are drawn.")
    ] = 10_000,
    seed: Seed = SEED,
    stage: StageOption = None,
    any_member: AnyMember = False,
    language: Annotated[
        Language | None, typer.Option("--language", help="Its language; without it, the call's first.")
    ] = None,
) -> None:
    """Write the report of a round, for a browser or a printer.

    Funnel, scores and expected ranks around the line, robustness, money by group, evaluators' leniency, what each
    envelope costs, and the optimum beside the rule: every figure with its data. It is advisory, and names evaluators:
    it is not for applicants.
    """
    from pipgrants.services.analysis.advice import ADVISORY
    from pipgrants.services.report.round_report import round_report

    run = run_of(context)
    found = round_report(
        run.workspace,
        run.who,
        run.now,
        call=call,
        out=out,
        language=language,
        stage=stage,
        by_any_member=any_member,
        draws=draws,
        seed=seed,
    )
    text = [
        ADVISORY,
        "",
        f"Wrote the report of {call} ({found.bytes_count:,} bytes).",
        *output.heading("Written to", output.files([found.path])),
        *output.listed("Figures", found.figures),
        "",
        *output.paragraph("It names evaluators, and is not for applicants."),
    ]
    run.show({"advisory": ADVISORY, **found._asdict()}, text)


@commands.verb()
def portfolio(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The list of operations.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The .html or .pdf file to write; none may exist.")
    ],
    language: Annotated[Language, typer.Option("--language", help="Its language, and that of row errors.")] = (
        Language.ENGLISH
    ),
) -> None:
    """Write the report of a portfolio of operations.

    By instrument, way of implementing, country and year, with every operation. It needs no workspace.
    """
    from pipgrants.services.report.portfolio_report import portfolio_report

    run = run_of(context)
    with rows_told(run, language):
        found = portfolio_report(file, out, run.now, language)
    text = [
        f"Wrote the report of {output.count(found.operations_count, 'operation')} ({found.bytes_count:,} bytes).",
        *output.heading("Written to", output.files([found.path])),
        *output.listed("Figures", found.figures),
    ]
    run.answer(found._asdict(), text)
