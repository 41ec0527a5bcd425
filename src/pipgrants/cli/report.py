"""``report``: what people look at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.analysis import SEED
from pipgrants.cli import output
from pipgrants.cli.advice import AnyMember, Seed, StageOption
from pipgrants.cli.context import CallName, Commands, Run, rows_told, run_of
from pipgrants.cli.figures import On, day_of
from pipgrants.domain.vocabulary import Language

if TYPE_CHECKING:
    from pipgrants.services.report.project_report import WrittenReport

commands = Commands(name="report")

OutFile = Annotated[
    Path, typer.Option("--out", metavar="FILE", help="The .html or .pdf file to write; none may exist.")
]


@commands.verb("round")
def round_(
    context: typer.Context,
    call: CallName,
    out: OutFile,
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
def project(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="PROJECT", help="The number of the project.")],
    out: OutFile,
    on: On = None,
) -> None:
    """Write the report of a project.

    Money by component and source, the pace of the counterpart, progress, indicators against targets, ratings, the
    change of the firms, territory and groups. What is not on record is not computable, and never zero.
    """
    from pipgrants.services.report.project_report import project_report

    run = run_of(context)
    found = project_report(run.workspace, run.who, run.now, project=number, out=out, on=day_of(on, run.now))
    _tell(run, found)


@commands.verb()
def programme(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="PROGRAMME", help="The name of the programme.")],
    out: OutFile,
    on: On = None,
) -> None:
    """Write the report of a programme: its projects together.

    Money by component and source, the pace of each counterpart, targets by project, money by territory and group.
    """
    from pipgrants.services.report.programme_report import programme_report

    run = run_of(context)
    found = programme_report(run.workspace, run.who, run.now, programme=name, out=out, on=day_of(on, run.now))
    _tell(run, found)


def _tell(run: Run, found: WrittenReport) -> None:
    text = [
        f"Wrote the report of {found.subject} on {found.on} ({found.bytes_count:,} bytes).",
        *output.heading("Written to", output.files([found.path])),
        *output.listed("Figures", found.figures),
    ]
    run.show(found._asdict(), text)


@commands.verb()
def portfolio(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The list of operations.")],
    out: OutFile,
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
