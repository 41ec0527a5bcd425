"""The score sheet of one evaluator as a workbook: what to mark, the marks that may be given, and where to write them.

The sheet ``Scores`` has one row for each proposal and criterion; row 1 holds the field names, row 2 the headings for
people in square brackets, and ``scores.read_scores`` reads it back. The other sheets are for reading only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipgrants.domain.plain import plain_number
from pipgrants.domain.rubric import Scale
from pipgrants.exchange.export import cell_text
from pipgrants.exchange.fields import INSTRUCTIONS, PROPOSALS, SCORES
from pipgrants.exchange.scores import NOT_APPLICABLE, SCORES_SHEET

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.worksheet import Worksheet

MOST_MARKS_LISTED = 1_000
"""Marks of a scale that a cell offers one by one; of a longer scale it asks for a number between its ends."""
FIRST_ROW = 3
_WIDTHS = {"criterion_title": 40, "comment": 60}
_WIDTH, _GUIDE_WIDTH = 18, 110
_CRITERIA, _MARKS = "Criteria", "Marks"


class SheetRow(NamedTuple):
    """One mark to be given; ``mark`` and ``comment`` are those on record, ``token`` that of the sheet, as text."""

    proposal: str
    evaluator: str
    criterion: str
    criterion_title: str
    mark: str | None
    comment: str
    token: str


class SheetText(NamedTuple):
    """What a score sheet tells in the language of its evaluator.

    ``guide`` are paragraphs; ``headings`` name the columns of the marks; ``criteria`` and ``proposals`` are tables
    whose first row is their header; ``off_scale`` is said of a mark that a cell does not take.
    """

    guide: Sequence[str]
    headings: Sequence[str]
    criteria: Sequence[Sequence[str]]
    proposals: Sequence[Sequence[str]]
    off_scale: str


def write_score_sheet(path: Path, rows: Sequence[SheetRow], scales: Mapping[str, Scale], text: SheetText) -> None:
    """Write the workbook; ``scales`` are those of the criteria by code. Raises RefusedError for a text too long."""
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    _table(workbook, INSTRUCTIONS.capitalize(), [[line] for line in text.guide], _GUIDE_WIDTH)
    page = _scores(workbook, rows, text.headings)
    workbook.active = len(workbook.worksheets) - 1
    _table(workbook, PROPOSALS.capitalize(), text.proposals)
    _table(workbook, _CRITERIA, text.criteria, _WIDTHS["comment"])
    _offer_marks(workbook, page, rows, scales, text.off_scale)
    workbook.save(path)


def allowed_marks(scale: Scale) -> tuple[Decimal, ...]:
    """The marks of a scale from the lowest to the highest; none of a scale that has too many to be listed."""
    count = int((scale.maximum - scale.minimum) / scale.step) + 1
    if count > MOST_MARKS_LISTED:
        return ()
    return tuple(scale.minimum + place * scale.step for place in range(count))


def _scores(workbook: Workbook, rows: Sequence[SheetRow], headings: Sequence[str]) -> Worksheet:
    from openpyxl.utils import get_column_letter

    page = _table(workbook, SCORES_SHEET.capitalize(), [[field.name for field in SCORES]])
    _write_row(page, 2, [f"[{heading}]" for heading in headings])
    for number, row in enumerate(rows, FIRST_ROW):
        _write_row(page, number, [getattr(row, field.name) for field in SCORES])
    for column, field in enumerate(SCORES, 1):
        page.column_dimensions[get_column_letter(column)].width = _WIDTHS.get(field.name, _WIDTH)
    page.freeze_panes = f"A{FIRST_ROW}"
    return page


def _table(workbook: Workbook, name: str, lines: Sequence[Sequence[str]], width: int = 30) -> Worksheet:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    page: Worksheet = workbook.create_sheet(name)
    for number, line in enumerate(lines, 1):
        _write_row(page, number, line)
    for column in range(1, max(map(len, lines), default=0) + 1):
        page.column_dimensions[get_column_letter(column)].width = width
        page.cell(1, column).font = Font(bold=True)
    return page


def _write_row(page: Worksheet, number: int, values: Sequence[str | None]) -> None:
    """Writes texts, which are never formulas."""
    from openpyxl.styles import Alignment

    for column, value in enumerate(values, 1):
        if value is not None:
            cell = page.cell(number, column, cell_text(value))
            cell.data_type = "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _offer_marks(
    workbook: Workbook, page: Worksheet, rows: Sequence[SheetRow], scales: Mapping[str, Scale], off_scale: str
) -> None:
    """Lets every cell for a mark take the marks of its criterion and n/a, which a sheet of their own lists."""
    from openpyxl.utils import get_column_letter

    listed: Worksheet = workbook.create_sheet(_MARKS)
    mark_letter = get_column_letter([field.name for field in SCORES].index("mark") + 1)
    for column, (code, scale) in enumerate(scales.items(), 1):
        marks = allowed_marks(scale)
        _write_row(listed, 1, [*[None] * (column - 1), code])
        offers: list[Decimal | str] = [*marks, NOT_APPLICABLE]
        for row, value in enumerate(offers, 2):
            listed.cell(row, column, value)
        letter = get_column_letter(column)
        offered = f"{_MARKS}!${letter}$2:${letter}${len(marks) + 2}" if marks else None
        cells = {
            f"{mark_letter}{place}": row.mark for place, row in enumerate(rows, FIRST_ROW) if row.criterion == code
        }
        page.add_data_validation(_rule(" ".join(cells), offered, scale, off_scale))
        for cell, mark in cells.items():
            if mark not in (None, NOT_APPLICABLE):
                page[cell] = Decimal(mark)


def _rule(cells: str, offered: str | None, scale: Scale, off_scale: str) -> DataValidation:
    """What cells may hold: the marks of a range, or, of a scale too long to list, a number between its ends."""
    from openpyxl.worksheet.cell_range import MultiCellRange
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = (
        DataValidation(type="list", formula1=offered, errorStyle="stop")
        if offered is not None
        else DataValidation(
            type="decimal",
            operator="between",
            formula1=plain_number(scale.minimum),
            formula2=plain_number(scale.maximum),
            errorStyle="warning",
        )
    )
    rule.sqref = MultiCellRange(cells)
    rule.allow_blank, rule.showErrorMessage, rule.error = True, True, off_scale
    return rule
