"""The projects of a programme: where the logical framework and the record of each are, and the days and years of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

from pipgrants.exchange.cells import NO_MONEY, RowReader
from pipgrants.exchange.fields import LONGEST_KEY, Field, Kind
from pipgrants.exchange.files import open_table
from pipgrants.exchange.problems import CORRECT_ROWS, ProblemLog, refusal_of_rows
from pipgrants.exchange.sheets import data_rows
from pipgrants.paths import called

PROJECTS = (
    Field("project", required=True, longest=LONGEST_KEY),
    Field("framework", required=True),
    Field("record", required=True),
    Field("launched_on", Kind.DATE, required=True),
    Field("baseline_year", Kind.NUMBER, required=True),
    Field("end_year", Kind.NUMBER, required=True),
)


class ListedProject(NamedTuple):
    """A project of a list; its files are named from the folder of the list."""

    project: str
    framework: Path
    record: Path
    launched_on: date
    baseline_year: int
    end_year: int


def read_projects(path: Path) -> tuple[ListedProject, ...]:
    """The projects of a list with the columns of ``PROJECTS``, each of which stands once.

    Raises NotFoundError where there is no such file, ImportRefusedError where it cannot be read or has mistakes.
    """
    log = ProblemLog(called(path))
    found: dict[str, ListedProject] = {}
    rows: dict[str, int | None] = {}
    with open_table(path, log.problem) as table:
        for row in data_rows(table, PROJECTS):
            reader = RowReader(row, PROJECTS, NO_MONEY, log)
            project = _project(reader, path.parent)
            if project.project in rows:
                reader.problem("project", "import.stated_twice", row=str(rows[project.project]))
            rows.setdefault(project.project, row.place.row)
            if not reader.failed:
                found[project.project] = project
    if log.problems():
        raise refusal_of_rows(called(path), log.problems(), CORRECT_ROWS)
    return tuple(found.values())


def _project(reader: RowReader, folder: Path) -> ListedProject:
    return ListedProject(
        project=reader.text("project") or "",
        framework=folder / (reader.text("framework") or ""),
        record=folder / (reader.text("record") or ""),
        launched_on=reader.date("launched_on") or date.min,
        baseline_year=reader.year("baseline_year") or 0,
        end_year=reader.year("end_year") or 0,
    )
