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
from pipgrants.cli.figures import CurrencyCode, FrameworkFile, On, RecordFile, day_of, percent, plain_figure, told
from pipgrants.cli.impact import consistency, impact, indicators, portfolio
from pipgrants.cli.monitored_programme import programme
from pipgrants.domain.vocabulary import Language

if TYPE_CHECKING:
    from pipgrants.domain.monitoring.logical_framework import FrameworkRow, Indicator, LogicalFramework
    from pipgrants.domain.monitoring.targets import TargetResult
    from pipgrants.services.monitoring import ProgressFound, TargetsFound

commands = Commands(name="monitoring")

ENGLISH = "en"
CHANGES = ("firm_change", "change")
"""The measures whose values are shares of a baseline."""

Launch = Annotated[
    datetime, typer.Option("--launch", metavar="DATE", formats=["%Y-%m-%d"], help="The day of the launch.")
]


@commands.verb()
def check(context: typer.Context, framework: FrameworkFile) -> None:
    """Say what a logical framework means, and what is wrong in it."""
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
    return indicator.due_month, term, _limit(indicator), indicator.title.get(ENGLISH)


def _limit(indicator: Indicator) -> str:
    """A target in words: ``more than 20 %``, ``at least 60``."""
    target, keyword = indicator.target, indicator.measure.keyword
    limit = percent(target.limit) if keyword in CHANGES else output.figure(target.limit.normalize())
    return f"{output.words(target.keyword)} {limit}"


@commands.verb()
def template(
    context: typer.Context,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="An .xlsx file, or a folder for CSV files; none may exist.")
    ],
    language: Annotated[Language, typer.Option("--language", help="The language of the form.")] = Language.ENGLISH,
    currency: CurrencyCode = "USD",
) -> None:
    """Write the empty form of what is measured.

    A sheet for each kind of record; those that are not needed may be left out.
    """
    from pipgrants.services.monitoring import write_form

    run = run_of(context)
    write_form(run.workspace_if_any, out, language=language.value, currency=currency)
    text = [
        f"Wrote the form of a monitoring record to {out}.",
        *output.next_steps(f"pipgrants monitoring baseline {out} --year YEAR"),
    ]
    run.answer({"file": out, "language": language}, text)


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
    data = [
        {
            "indicator": item.indicator.code,
            "due_on": item.due_on,
            "verdict": item.verdict,
            "reason": item.reason,
            "measured_on": item.measured_on,
            "reached_on": item.reached_on,
            "target": item.indicator.target.limit,
            "comparison": item.indicator.target.keyword,
            **plain_figure(item.figure),
        }
        for item in found.results
    ]
    run.answer({"framework": found.framework.framework, "on": day, "targets": data}, _targets_text(found, day))


def _targets_text(found: TargetsFound, day: date) -> list[str]:
    rows = [
        (
            item.indicator.code,
            item.due_on,
            _limit(item.indicator),
            _value(item),
            f"{output.words(item.verdict)}{f': {output.words(item.reason)}' if item.reason else ''}",
        )
        for item in found.results
    ]
    verdicts = Counter(item.verdict.value for item in found.results)
    return [
        f"{found.framework.framework} on {day}: {output.counts(verdicts)}.",
        *output.rows("Targets", ("Indicator", "Due", "Target", "Value", "Verdict"), rows),
    ]


def _value(item: TargetResult) -> str:
    if item.figure.ratio is None:
        return output.NOTHING
    return told(item.figure, as_share=item.indicator.measure.keyword in CHANGES)


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
    activities = [
        {
            "component": item.component,
            "activity": item.activity.code,
            "from_on": item.from_on,
            "until_on": item.until_on,
            "planned_share": item.planned_share.value(),
            "delay": item.delay,
            "budget_amount": item.activity.budget_amount,
            "is_over_budget": item.is_over_budget,
            "report": item.report,
        }
        for item in found.activities
    ]
    components = [item._asdict() | {"spent_share": plain_figure(item.spent_share)} for item in found.components]
    data = {"on": day, "currency": found.framework.currency, "components": components, "activities": activities}
    run.answer(data, _progress_text(found, day))


def _progress_text(found: ProgressFound, day: date) -> list[str]:
    components = [
        (
            output.words(item.component),
            item.budget_amount,
            item.planned_amount,
            item.spent_amount,
            item.finished_count,
            item.late_count,
            item.unreported_count,
        )
        for item in found.components
    ]
    activities = [
        (
            item.activity.code,
            item.until_on,
            percent(item.planned_share.value()),
            percent(item.report.done_share if item.report else None),
            item.report.spent_amount if item.report else None,
            f"{output.words(item.delay)}{', over budget' if item.is_over_budget else ''}",
        )
        for item in found.activities
    ]
    return [
        f"{found.framework.framework} on {day}, amounts in {found.framework.currency}.",
        *output.rows(
            "Components", ("Component", "Budget", "Planned", "Spent", "Finished", "Late", "Unreported"), components
        ),
        *output.rows("Activities", ("Activity", "Until", "Planned", "Done", "Spent", "Stands"), activities),
    ]


for verb in (baseline, ratings, impact, indicators, consistency, programme, portfolio):
    commands.verb()(verb)
