"""The form of a monitoring record: a workbook, or a folder of CSV files.

Row 1 holds the field names, row 2 the headings for people in square brackets, which reading skips; rows after them
state what is asked of whom, where a project asks for it.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipgrants.exchange.export import unknown_suffix
from pipgrants.exchange.fields import INSTRUCTIONS, Field
from pipgrants.exchange.forms import heading_of, write_column
from pipgrants.exchange.monitoring import SHEETS
from pipgrants.exchange.wording import FormWording
from pipgrants.paths import written_whole

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_INSTRUCTIONS_WIDTH = 110


class Asked(NamedTuple):
    """The columns of each sheet of a form, and the cells of rows that it states already, by column."""

    sheets: Mapping[str, Sequence[Field]] = SHEETS
    rows: Mapping[str, Sequence[Mapping[str, str]]] = {}


EMPTY = Asked()


def write_record_form(
    path: Path, currency: str, wording: FormWording, words: Mapping[str, str], asked: Asked = EMPTY
) -> None:
    """Write the form to an ``.xlsx`` file or into a folder; ``words`` explains the words of the closed lists.

    Raises UsageError for another suffix.
    """
    suffix = path.suffix.lower()
    if suffix not in (".xlsx", ""):
        raise unknown_suffix(path)
    lines = [
        wording.sentence("title"),
        wording.sentence("filling", currency=currency),
        *(wording.sentence("sheet", sheet=sheet, text=wording.sheets[sheet]) for sheet in asked.sheets),
    ]
    with written_whole(path) as unfinished:
        if suffix:
            _write_workbook(unfinished, lines, wording, words, asked)
        else:
            _write_folder(unfinished, lines, wording, asked)


def _write_workbook(
    path: Path, lines: Sequence[str], wording: FormWording, words: Mapping[str, str], asked: Asked
) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment

    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    guide = workbook.create_sheet(INSTRUCTIONS)
    guide.column_dimensions["A"].width = _INSTRUCTIONS_WIDTH
    for number, line in enumerate(lines, 1):
        guide.cell(number, 1, line).alignment = Alignment(wrap_text=True, vertical="top")
    for sheet, fields in asked.sheets.items():
        page = workbook.create_sheet(sheet)
        page.freeze_panes = "B3"
        for column, field in enumerate(fields, 1):
            write_column(page, column, field, wording, words)
            _write_cells(page, column, [row.get(field.name) for row in asked.rows.get(sheet, ())])
    workbook.save(path)


def _write_cells(page: Worksheet, column: int, cells: Sequence[str | None]) -> None:
    for row, cell in enumerate(cells, 3):
        if cell is not None:
            page.cell(row, column, cell).data_type = "s"


def _write_folder(path: Path, lines: Sequence[str], wording: FormWording, asked: Asked) -> None:
    path.mkdir(parents=True)
    (path / f"{INSTRUCTIONS}.txt").write_text("\n\n".join(lines) + "\n", encoding="utf-8-sig")
    for sheet, fields in asked.sheets.items():
        with (path / f"{sheet}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([field.name for field in fields])
            writer.writerow([heading_of(field, wording) for field in fields])
            for row in asked.rows.get(sheet, ()):
                writer.writerow([row.get(field.name, "") for field in fields])
