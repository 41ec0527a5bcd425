"""The projects of a programme: where the logical framework and the record of each are, and the days and years of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

from pipgrants.exchange.cells import NO_MONEY, RowReader
from pipgrants.exchange.fields import LONGEST_KEY, Field, Kind
from pipgrants.exchange.listed import read_list

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

    def read(reader: RowReader) -> ListedProject:
        return _project(reader, path.parent)

    return read_list(path, PROJECTS, NO_MONEY, read, lambda item: item.project)


def _project(reader: RowReader, folder: Path) -> ListedProject:
    return ListedProject(
        project=reader.text("project") or "",
        framework=folder / (reader.text("framework") or ""),
        record=folder / (reader.text("record") or ""),
        launched_on=reader.date("launched_on") or date.min,
        baseline_year=reader.year("baseline_year") or 0,
        end_year=reader.year("end_year") or 0,
    )
