"""The empty form of the activities of a project: a workbook; row 2 holds headings for people, which reading skips."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pipgrants.exchange.activities import SHEETS
from pipgrants.exchange.export import unknown_suffix
from pipgrants.exchange.fields import INSTRUCTIONS
from pipgrants.exchange.forms import write_column
from pipgrants.exchange.wording import FormWording
from pipgrants.paths import written_whole

_INSTRUCTIONS_WIDTH = 110


def write_activity_form(path: Path, currency: str, wording: FormWording, words: Mapping[str, str]) -> None:
    """Write the form to an ``.xlsx`` file; ``words`` explains the words of the closed lists.

    Raises UsageError for another suffix.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment

    if path.suffix.lower() != ".xlsx":
        raise unknown_suffix(path)
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    guide = workbook.create_sheet(INSTRUCTIONS)
    guide.column_dimensions["A"].width = _INSTRUCTIONS_WIDTH
    lines = [
        wording.sentence("title"),
        wording.sentence("filling", currency=currency),
        *(wording.sentence("sheet", sheet=sheet, text=wording.sheets[sheet]) for sheet in SHEETS),
    ]
    for number, line in enumerate(lines, 1):
        guide.cell(number, 1, line).alignment = Alignment(wrap_text=True, vertical="top")
    for sheet, fields in SHEETS.items():
        page = workbook.create_sheet(sheet)
        page.freeze_panes = "B3"
        for column, field in enumerate(fields, 1):
            write_column(page, column, field, wording, words)
    with written_whole(path) as unfinished:
        workbook.save(unfinished)
