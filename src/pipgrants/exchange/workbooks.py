"""XLSX workbooks: values only, streamed; formulas, merged cells and error values are seen and reported.

openpyxl reads its XML with defusedxml where that is installed, which is a dependency of pipgrants.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from pipgrants.errors import ImportRefusedError
from pipgrants.exchange.archive import DAMAGED_PACKAGE, Extent, extent_of, inspect_archive
from pipgrants.exchange.problems import Place
from pipgrants.exchange.tabular import Report, Row, Table, clean, header, row_of, unescaped

if TYPE_CHECKING:
    from openpyxl.cell import Cell, MergedCell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    SheetRow: TypeAlias = "tuple[Cell | MergedCell, ...]"

EXACT_DIGITS = 15
"""Digits of a number that spreadsheets hold and show exactly."""

_DAMAGED = (
    *DAMAGED_PACKAGE,
    *(ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, SyntaxError, TypeError, ValueError),
    InvalidFileException,
)
"""What openpyxl raises on a damaged workbook; the errors of its XML parser are syntax and value errors."""


@contextmanager
def open_workbook(path: Path, report: Report, decimal_mark: str) -> Iterator[list[Table]]:
    """The sheets of a workbook as tables, blank sheets left out. Raises ImportRefusedError, also while reading rows."""
    inspect_archive(path)
    place = Place(path.name)
    with _refusing_damage(place), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        workbook = load_workbook(path, read_only=True, data_only=False, keep_links=False)
    try:
        yield [
            _table(sheet, extent, Place(place.file, sheet.title), report, decimal_mark)
            for sheet, extent in _extents(workbook, path)
            if extent.last_row
        ]
    finally:
        workbook.close()


@contextmanager
def _refusing_damage(place: Place) -> Iterator[None]:
    """Around nothing but calls of openpyxl and zipfile, whose errors on damage are of every kind."""
    try:
        yield
    except _DAMAGED as error:
        raise place.refusal("import.not_a_workbook") from error


def _extents(workbook: Workbook, path: Path) -> Iterator[tuple[Worksheet, Extent]]:
    for sheet in workbook.worksheets:
        place = Place(path.name, sheet.title)
        with _refusing_damage(place), zipfile.ZipFile(path) as archive:
            extent = extent_of(archive, str(vars(sheet)["_worksheet_path"]), place)
        sheet.reset_dimensions()
        yield sheet, extent


def _table(sheet: Worksheet, extent: Extent, place: Place, report: Report, decimal_mark: str) -> Table:
    """The sheet as a table; one without a usable header is refused when its rows are read, not before."""
    rows = _read(sheet.iter_rows(min_row=1, max_row=extent.last_row), place)
    try:
        columns = header([_header_text(cell, place) for cell in next(rows, ())], place._replace(row=1))
    except ImportRefusedError as refused:
        return Table(place, sheet.title, (), _refusing(refused))
    return Table(place, sheet.title, columns, _rows(rows, columns, extent, place, report, decimal_mark))


def _read(rows: Iterator[SheetRow], place: Place) -> Iterator[SheetRow]:
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except _DAMAGED as error:
            raise place.refusal("import.not_a_workbook") from error
        yield cells


def _refusing(refused: ImportRefusedError) -> Iterator[Row]:
    raise refused
    yield


def _header_text(cell: Cell | MergedCell, place: Place) -> str | None:
    code = _refused(cell)
    if code:
        raise place._replace(row=1).refusal(code, value=str(cell.value))
    text = _text(cell.value)
    return clean(unescaped(text)) if text else None


def _rows(
    rows: Iterator[SheetRow],
    columns: tuple[str, ...],
    extent: Extent,
    place: Place,
    report: Report,
    decimal_mark: str,
) -> Iterator[Row]:
    """The rows; where cells are merged, no row of the sheet is sound, for any of them may have lost its value."""
    for merged in extent.merged:
        report(place.problem("import.merged_cells", range=merged))
    for number, cells in enumerate(rows, 2):
        if any(cell.value is not None for cell in cells):
            row = _row(cells, columns, Place(place.file, place.sheet, number), report, decimal_mark)
            row = row._replace(sound=row.sound and not extent.merged)
            if not row.sound or any(row.cells.values()):
                yield row


def _row(cells: SheetRow, columns: tuple[str, ...], place: Place, report: Report, decimal_mark: str) -> Row:
    texts: list[str | None] = []
    sound = True
    for column, cell in zip(columns, cells, strict=False):
        code = _refused(cell)
        if code:
            report(place.problem(code, column, str(cell.value)))
            sound = False
        texts.append(None if code else _text(cell.value, decimal_mark))
    beyond = [cell for cell in cells[len(columns) :] if cell.value is not None]
    if beyond:
        report(place.problem("import.too_many_cells", seen=str(len(columns) + len(beyond)), expected=str(len(columns))))
    row = row_of(texts, columns, place, report)
    return row._replace(sound=row.sound and sound and not beyond)


def _refused(cell: Cell | MergedCell) -> str:
    """The code of what makes a cell's value unusable, empty where nothing does."""
    if cell.data_type == "f":
        return "import.formula"
    if cell.data_type == "e":
        return "import.error_value"
    if isinstance(cell.value, int | float) and abs(cell.value) >= 10**EXACT_DIGITS:
        return "import.number_not_exact"
    return ""


def _text(value: object, decimal_mark: str = ".") -> str | None:
    """The value as text: numbers as the spreadsheet shows them, dates and times in ISO form."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value).replace(".", decimal_mark)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def _number(value: float) -> str:
    """The digits a spreadsheet shows: 0.1 stays 0.1, and 0.1 + 0.2 is 0.3 as in its cell."""
    text = f"{Decimal(f'{value:.{EXACT_DIGITS}g}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
