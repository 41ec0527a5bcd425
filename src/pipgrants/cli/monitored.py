"""``monitoring set-framework``, ``record``, ``set-baseline`` and ``show``: what is monitored of a project."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.baseline import baseline_data, baseline_text
from pipgrants.cli.context import DryRun, RowLanguage, rows_told, run_of
from pipgrants.cli.figures import FrameworkFile, On, RecordFile, day_of, plain_figure, points, told
from pipgrants.cli.monitoring_text import (
    progress_data,
    progress_text,
    ratings_data,
    ratings_text,
    targets_data,
    targets_text,
)
from pipgrants.domain.vocabulary import Language

if TYPE_CHECKING:
    from pipgrants.services.monitoring_views import MonitoringView

ProjectNumber = Annotated[str, typer.Argument(metavar="PROJECT", help="The number of the project.")]
Why = Annotated[
    str | None, typer.Option("--reason", metavar="TEXT", help="Why what was on record is replaced, or explained.")
]


def set_framework(
    context: typer.Context,
    project: ProjectNumber,
    framework: FrameworkFile,
    reason: Why = None,
    dry_run: DryRun = False,
) -> None:
    """Record the logical framework of a project.

    Its components are those of the budget. It stays in force until a launch validation changes it, or another is
    recorded with a reason.
    """
    from pipgrants.services.measurements import set_framework as record_it

    run = run_of(context)
    found = record_it(run.workspace, run.who, run.now, project=project, path=framework, reason=reason, dry_run=dry_run)
    counts = {
        "components": len(found.components),
        "activities": len(found.activities),
        "indicators": len(found.indicators),
    }
    text = [
        f"Recorded the logical framework of {project}.",
        *output.tally(counts),
        *output.next_steps(
            f"pipgrants monitoring template --project {project} --out FORM.xlsx",
            f"pipgrants monitoring record {project} FORM.xlsx --as OFFICER",
        ),
    ]
    run.show({"project": project, "framework": found.framework, **counts}, text, dry_run=dry_run)


def record(
    context: typer.Context,
    project: ProjectNumber,
    file: RecordFile,
    reason: Why = None,
    language: RowLanguage = Language.ENGLISH,
    dry_run: DryRun = False,
) -> None:
    """Import what was measured of a project.

    Rows that are on record already stay as they are, so that one workbook may grow; rows that say something else than
    before correct it, with a reason. What was paid is on record, and not imported again.
    """
    from pipgrants.services.measurements import record_values

    run = run_of(context)
    with rows_told(run, language):
        found = record_values(
            run.workspace, run.who, run.now, project=project, path=file, reason=reason, dry_run=dry_run
        )
    rows = ", ".join(f"{kind} {count:,}" for kind, count in found.rows.items())
    text = [
        f"Recorded {output.count(sum(found.rows.values()), 'row')} of {project}: {rows}.",
        *([f"Corrected: {found.corrected_count:,}."] if found.corrected_count else []),
        *([f"On record already: {found.unchanged_count:,}."] if found.unchanged_count else []),
        *output.next_steps(f"pipgrants monitoring show {project}"),
    ]
    run.show(found._asdict(), text, dry_run=dry_run)


def set_baseline(
    context: typer.Context,
    project: ProjectNumber,
    year: Annotated[int, typer.Option("--year", min=1900, max=2099, help="The year of the baseline.")],
    reason: Why = None,
    dry_run: DryRun = False,
) -> None:
    """Verify what firms reported, and make it the baseline.

    Values unlike those of firms of the same size, and sums that the territory cannot hold, need a reason that explains
    them.
    """
    from pipgrants.services.measurements import set_baseline as set_it

    run = run_of(context)
    found = set_it(run.workspace, run.who, run.now, project=project, year=year, reason=reason, dry_run=dry_run)
    text = [
        f"The baseline of {project} is that of {year}.",
        "",
        *baseline_text(found.check, year, found.unmeasured),
        *output.next_steps(f"pipgrants monitoring show {project}"),
    ]
    data = {"project": project, "year": year, "unmeasured": found.unmeasured, **baseline_data(found.check)}
    run.show(data, text, dry_run=dry_run)


def show(context: typer.Context, project: ProjectNumber, on: On = None) -> None:
    """Show what is on record of the monitoring of a project.

    Progress by component and activity, targets, baseline, ratings and the change of the firms. What was spent is taken
    from the payments of the project.
    """
    from pipgrants.services.monitoring_views import show_monitoring

    run = run_of(context)
    day = day_of(on, run.now)
    found = show_monitoring(run.workspace, project, day)
    data = {
        "project": project,
        "call": found.call,
        "on": day,
        "framework": found.framework,
        "launched_on": found.launched_on,
        "baseline_year": found.baseline_year,
        "currency": found.currency,
        "recorded": found.recorded,
        "targets": targets_data(found.targets),
        **progress_data(found.components, found.activities),
        "baseline": None if found.baseline is None else baseline_data(found.baseline),
        "ratings": ratings_data(found.ratings),
        "impacts": [
            item._asdict()
            | {name: plain_figure(getattr(item, name)) for name in ("nominal", "real", "comparison", "difference")}
            for item in found.impacts
        ],
        "indicators": [item._asdict() | {"figure": plain_figure(item.figure)} for item in found.indicators],
    }
    run.show(data, _text(found, day))


def _text(found: MonitoringView, day: date) -> list[str]:
    facts = {
        "Logical framework": found.framework or "not on record",
        "Launched on": found.launched_on or "not launched",
        "Baseline": str(found.baseline_year or "not on record"),
        "Amounts": found.currency,
        "On": day,
    }
    recorded = [(output.words(item.kind), item.rows_count, item.last_day) for item in found.recorded]
    impacts = [
        (output.words(item.fact), item.firms_count, told(item.nominal), told(item.real), points(item.difference))
        for item in found.impacts
    ]
    years = f"{found.impacts[0].first_year} to {found.impacts[0].last_year}" if found.impacts else ""
    return [
        *output.fields(facts),
        *output.rows("On record", ("Kind", "Rows", "Until"), recorded),
        *progress_text(found.components, found.activities),
        *targets_text(found.targets),
        *(["", *baseline_text(found.baseline, found.baseline_year or 0)] if found.baseline else []),
        *output.heading("Ratings", ratings_text(found.ratings)),
        *output.rows(
            f"Change of the firms, {years}", ("Fact", "Firms", "Nominal", "Real", "Against comparison"), impacts
        ),
        *output.next_steps(*_next(found)),
    ]


def _next(found: MonitoringView) -> list[str]:
    project = found.project
    if found.framework is None:
        return [f"pipgrants monitoring set-framework {project} FILE --as OFFICER"]
    if found.baseline_year is None:
        return [f"pipgrants monitoring set-baseline {project} --year YEAR --as OFFICER"]
    return [f"pipgrants report project {project} --out REPORT.html --as OFFICER"]
