"""``monitoring``: the logical framework of a project, its targets and its progress, over files."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.baseline import baseline, ratings
from pipgrants.cli.context import Commands, RowLanguage, rows_told, run_of
from pipgrants.cli.figures import CurrencyCode, FrameworkFile, On, RecordFile, day_of
from pipgrants.cli.impact import consistency, impact, indicators, portfolio
from pipgrants.cli.monitored import record, set_baseline, set_framework, show
from pipgrants.cli.monitored_programme import programme
from pipgrants.cli.monitoring_text import limit_of, progress_data, progress_text, targets_data, targets_text
from pipgrants.domain.vocabulary import Language

if TYPE_CHECKING:
    from pipgrants.domain.monitoring.logical_framework import FrameworkRow, Indicator, LogicalFramework
    from pipgrants.services.monitoring import TargetsFound

commands = Commands(name="monitoring")

ENGLISH = "en"

Launch = Annotated[
    datetime, typer.Option("--launch", metavar="DATE", formats=["%Y-%m-%d"], help="The day of the launch.")
]


@commands.verb()
def check(context: typer.Context, framework: FrameworkFile) -> None:
    """Say what a logical framework means, and what is wrong."""
    from pipgrants.reading import mistakes_in
    from pipgrants.services.monitoring import examine_framework

    run = run_of(context)
    found, problems = examine_framework(framework)
    if found is not None:
        text = [*_described(found), "", *(() if problems else ["No mistake was found."])]
        run.answer({"framework": found.framework, "definition": found, "problems": problems}, text)
    if problems:
        raise mistakes_in(framework.name, problems)


def _described(framework: LogicalFramework) -> list[str]:
    lines = output.paragraph(f"{framework.framework}: {framework.title.get(ENGLISH, '')}")
    rows: list[tuple[str, FrameworkRow]] = [("Goal", framework.goal), ("Purpose", framework.purpose)]
    rows += [(output.words(item.component), item) for item in framework.components]
    for name, row in rows:
        lines += output.heading(name.capitalize(), output.paragraph(row.summary.get(ENGLISH, ""), width=78))
        lines += output.rows("Targets", ("Month", "Term", "Target", "Indicator"), [_target(i) for i in row.indicators])
        for title, listed in (("Means of verification", row.means_of_verification), ("Assumptions", row.assumptions)):
            lines += output.listed(title, [text.get(ENGLISH, "") for text in listed])
        activities = getattr(row, "activities", ())
        shown = [(a.from_month, a.to_month, a.budget_amount, a.title.get(ENGLISH)) for a in activities]
        lines += output.rows("Activities", ("From", "To", "Budget", "Activity"), shown)
    return lines


def _target(indicator: Indicator) -> tuple[object, ...]:
    term = output.words(indicator.horizon)
    return indicator.due_month, term, limit_of(indicator), indicator.title.get(ENGLISH)


@commands.verb()
def template(
    context: typer.Context,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="An .xlsx file, or a folder for CSV files; none may exist.")
    ],
    project: Annotated[
        str | None, typer.Option("--project", metavar="NUMBER", help="Whose firms, indicators and activities it asks.")
    ] = None,
    on: On = None,
    language: Annotated[Language, typer.Option("--language", help="The language of the form.")] = Language.ENGLISH,
    currency: CurrencyCode = "USD",
) -> None:
    """Write the form of what is measured.

    A sheet for each kind of record; those that are not needed may be left out. That of a project asks each firm, and
    each indicator and activity of its logical framework; rows that nobody fills in are not reported.
    """
    from pipgrants.services.monitoring import write_form
    from pipgrants.services.monitoring_views import write_project_form

    run, next_step = run_of(context), f"pipgrants monitoring baseline {out} --year YEAR"
    if project is None:
        write_form(run.workspace_if_any, out, language=language.value, currency=currency)
    else:
        day = day_of(on, run.now)
        write_project_form(run.workspace, out, project=project, language=language.value, on=day)
        next_step = f"pipgrants monitoring record {project} {out} --as OFFICER"
    text = [f"Wrote the form of a monitoring record to {out}.", *output.next_steps(next_step)]
    run.answer({"file": out, "language": language, "project": project}, text)


@commands.verb()
def targets(
    context: typer.Context,
    framework: FrameworkFile,
    record: RecordFile,
    launch: Launch,
    on: On = None,
    language: RowLanguage = Language.ENGLISH,
) -> None:
    """Say which targets of a logical framework are met.

    A target is undetermined until its deadline, and after it where nothing was measured in the reporting period before.
    """
    from pipgrants.services.monitoring import check_targets

    run = run_of(context)
    day = day_of(on, run.now)
    with rows_told(run, language):
        found = check_targets(framework, record, launched_on=launch.date(), on=day)
    data = {"framework": found.framework.framework, "on": day, "targets": targets_data(found.results)}
    run.answer(data, [_told_of(found, day), *targets_text(found.results)])


def _told_of(found: TargetsFound, day: date) -> str:
    verdicts = Counter(item.verdict.value for item in found.results)
    return f"{found.framework.framework} on {day}: {output.counts(verdicts)}."


@commands.verb()
def progress(
    context: typer.Context,
    framework: FrameworkFile,
    record: RecordFile,
    launch: Launch,
    on: On = None,
    language: RowLanguage = Language.ENGLISH,
) -> None:
    """Compare plan and actual in time and money.

    By component and activity. The plan of an activity goes on evenly from its first day to its last.
    """
    from pipgrants.services.monitoring import check_progress

    run = run_of(context)
    day = day_of(on, run.now)
    with rows_told(run, language):
        found = check_progress(framework, record, launched_on=launch.date(), on=day)
    data = {"on": day, "currency": found.framework.currency, **progress_data(found.components, found.activities)}
    told = f"{found.framework.framework} on {day}, amounts in {found.framework.currency}."
    run.answer(data, [told, *progress_text(found.components, found.activities)])


commands.verb("set-framework")(set_framework)
commands.verb("set-baseline")(set_baseline)
for verb in (record, show, baseline, ratings, impact, indicators, consistency, programme, portfolio):
    commands.verb()(verb)
