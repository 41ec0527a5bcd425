"""The empty form of a monitoring record: a workbook, or a folder of CSV files.

Row 1 holds the field names, row 2 the headings for people in square brackets, which reading skips.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipgrants.exchange.export import unknown_suffix
from pipgrants.exchange.fields import INSTRUCTIONS
from pipgrants.exchange.forms import heading_of, write_column
from pipgrants.exchange.monitoring import SHEETS
from pipgrants.exchange.wording import FormWording
from pipgrants.paths import written_whole

_INSTRUCTIONS_WIDTH = 110


def write_record_form(path: Path, currency: str, wording: FormWording, words: Mapping[str, str]) -> None:
    """Write the form to an ``.xlsx`` file or into a folder; ``words`` explains the words of the closed lists.

    Raises UsageError for another suffix.
    """
    suffix = path.suffix.lower()
    if suffix not in (".xlsx", ""):
        raise unknown_suffix(path)
    lines = [
        wording.sentence("title"),
        wording.sentence("filling", currency=currency),
        *(wording.sentence("sheet", sheet=sheet, text=wording.sheets[sheet]) for sheet in SHEETS),
    ]
    with written_whole(path) as unfinished:
        if suffix:
            _write_workbook(unfinished, lines, wording, words)
        else:
            _write_folder(unfinished, lines, wording)


def _write_workbook(path: Path, lines: Sequence[str], wording: FormWording, words: Mapping[str, str]) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment

    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    guide = workbook.create_sheet(INSTRUCTIONS)
    guide.column_dimensions["A"].width = _INSTRUCTIONS_WIDTH
    for number, line in enumerate(lines, 1):
        guide.cell(number, 1, line).alignment = Alignment(wrap_text=True, vertical="top")
    for sheet, fields in SHEETS.items():
        page = workbook.create_sheet(sheet)
        page.freeze_panes = "B3"
        for column, field in enumerate(fields, 1):
            write_column(page, column, field, wording, words)
    workbook.save(path)


def _write_folder(path: Path, lines: Sequence[str], wording: FormWording) -> None:
    path.mkdir(parents=True)
    (path / f"{INSTRUCTIONS}.txt").write_text("\n\n".join(lines) + "\n", encoding="utf-8-sig")
    for sheet, fields in SHEETS.items():
        with (path / f"{sheet}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([field.name for field in fields])
            writer.writerow([heading_of(field, wording) for field in fields])
