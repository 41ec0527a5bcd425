"""``monitoring programme``: the projects of a programme beside each other, for management."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import RowLanguage, rows_told, run_of
from pipgrants.cli.figures import On, day_of, plain_figure, points, told
from pipgrants.domain.vocabulary import Language

if TYPE_CHECKING:
    from pipgrants.domain.monitoring.programme_evaluation import EvaluatedProject, ProgrammeEvaluation, Tally


def programme(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The list of its projects.")],
    on: On = None,
    language: RowLanguage = Language.ENGLISH,
) -> None:
    """Evaluate a programme by its projects.

    The list has the columns project, framework, record, launched_on, baseline_year and end_year; files are named from
    its folder. Targets are counted by project and by component; productivity is the real change of each project.
    """
    from pipgrants.services.monitoring import check_programme

    run = run_of(context)
    day = day_of(on, run.now)
    with rows_told(run, language):
        found = check_programme(file, on=day)
    data = {
        "on": day,
        "targets": _plain(found.targets),
        "spent_amount": found.spent_amount,
        "projects": [_project(item) for item in found.projects],
        "components": [item._asdict() | {"targets": _plain(item.targets)} for item in found.components],
    }
    run.answer(data, _text(found, str(day)))


def _plain(tally: Tally) -> dict[str, object]:
    return tally._asdict() | {"met_share": plain_figure(tally.met_share)}


def _project(item: EvaluatedProject) -> dict[str, object]:
    productivity = item.productivity
    return {
        "project": item.project,
        "targets": _plain(item.targets),
        "spent_amount": item.spent_amount,
        "firms_count": productivity.firms_count,
        "productivity": plain_figure(productivity.real),
        "productivity_against_comparison": plain_figure(productivity.difference),
    }


def _text(found: ProgrammeEvaluation, day: str) -> list[str]:
    projects = [
        (item.project, *item.targets, told(item.productivity.real), points(item.productivity.difference))
        for item in found.projects
    ]
    components = [
        (
            output.words(item.component),
            item.projects_count,
            *item.targets,
            told(item.targets.met_share),
            item.spent_amount,
        )
        for item in found.components
    ]
    tallied = output.counts({name: count for name, count in found.targets._asdict().items() if count})
    return [
        f"{output.count(len(found.projects), 'project')} on {day}; targets: {tallied}.",
        *output.rows("Projects", ("Project", "Met", "Not met", "Open", "Productivity", "Against comparison"), projects),
        *output.rows(
            "Components", ("Component", "Projects", "Met", "Not met", "Open", "Of decided", "Spent"), components
        ),
    ]
