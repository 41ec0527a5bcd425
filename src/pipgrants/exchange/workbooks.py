"""XLSX workbooks: values only, a row at a time; formulas, merged cells and error values are seen and reported.

Of openpyxl only what reads values is used: its own way of opening a workbook holds whole parts in memory, of any size.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from defusedxml.ElementTree import fromstring
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from pipgrants.errors import ImportRefusedError
from pipgrants.exchange.problems import Place
from pipgrants.exchange.tabular import Report, Row, Table, clean, header, row_of, unescaped
from pipgrants.exchange.workbook_packages import (
    DAMAGED_PACKAGE,
    LARGEST_STRINGS_BYTES,
    STRING,
    Package,
    inspect_archive,
    rows_with_values,
    survey,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

EXACT_DIGITS = 15
"""Digits of a number that spreadsheets hold and show exactly."""

_TEXT = f"{{{SHEET_MAIN_NS}}}t"
_FORMATTED_TEXT = f"{{{SHEET_MAIN_NS}}}r/{_TEXT}"
_DAMAGED = (
    *DAMAGED_PACKAGE,
    *(ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, SyntaxError, TypeError, ValueError),
    InvalidFileException,
)
"""What openpyxl raises on a damaged workbook; the errors of its XML parser are syntax and value errors."""


class _Cell(NamedTuple):
    value: object
    kind: str
    """The data type that openpyxl tells: ``f`` is a formula, ``e`` an error value."""


_Cells: TypeAlias = dict[int, _Cell]
"""The cells of a row that stand in the file, by the number of their column."""


class _Sheet(WorkSheetParser):
    """Reads the rows of a sheet given one at a time; formulas are kept as they are written."""

    def parse_formula(self, element: Element) -> str:
        """The formula of a cell, which may be that of another cell shifted."""
        return f"={element.findtext(FORMULA_TAG) or ''}"

    def cells(self, row: Element) -> _Cells:
        """The cells of a row that hold something."""
        self.col_counter = 0
        found = [self.parse_cell(element) for element in row]
        cells = {int(str(cell["column"])): _Cell(cell["value"], str(cell["data_type"])) for cell in found}
        return {column: cell for column, cell in cells.items() if cell.value is not None}


class _Book(NamedTuple):
    """A workbook: what its cells refer to, and the name and part of each sheet."""

    package: Package
    reader: ExcelReader
    sheets: list[tuple[str, str]]


@contextmanager
def open_workbook(path: Path, report: Report, decimal_mark: str) -> Iterator[list[Table]]:
    """The sheets of a workbook as tables, blank sheets left out. Raises ImportRefusedError, also while reading rows."""
    inspect_archive(path)
    place = Place(path.name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _refusing_damage(place):
            package = Package(path)
        with package:
            with _refusing_damage(place):
                book = _book(package, path)
            tables = [
                _table(book, title, part, Place(place.file, title), report, decimal_mark) for title, part in book.sheets
            ]
            yield [table for table in tables if table]


@contextmanager
def _refusing_damage(place: Place) -> Iterator[None]:
    """Around nothing but calls of openpyxl and zipfile, whose errors on damage are of every kind."""
    try:
        yield
    except _DAMAGED as error:
        raise place.refusal("import.not_a_workbook") from error


def _book(package: Package, path: Path) -> _Book:
    """The workbook without the looks and charts of it; the formats of cells tell which numbers are dates."""
    reader = ExcelReader(path, read_only=True, keep_links=False)
    reader.archive.close()
    reader.archive = package
    reader.read_manifest()
    parts = [str(part.PartName)[1:] for part in reader.package.Override if part.ContentType == SHARED_STRINGS]
    if parts:
        reader.shared_strings = list(_strings(package, parts[0]))
    reader.read_workbook()
    apply_stylesheet(package, reader.wb)
    sheets = [
        (sheet.name, relation.target)
        for sheet, relation in reader.parser.find_sheets()
        if relation.target in reader.valid_files and "chartsheet" not in relation.Type
    ]
    if len({part for _, part in sheets}) < len(sheets):
        raise LookupError("two sheets are one part")
    return _Book(package, reader, sheets)


def _strings(package: Package, part: str) -> Iterator[str]:
    """The shared strings of a workbook: texts, and texts in several looks, without the phonetic hints."""
    package.require_at_most(LARGEST_STRINGS_BYTES, part)
    for element in package.elements(part, STRING):
        string = fromstring(element.document())[0]
        texts = (*string.iterfind(_TEXT), *string.iterfind(_FORMATTED_TEXT))
        yield "".join(text.text or "" for text in texts).replace("x005F_", "")


def _table(book: _Book, title: str, part: str, place: Place, report: Report, decimal_mark: str) -> Table | None:
    """The sheet as a table, None where it is blank; one without a usable header is refused when its rows are read."""
    with _refusing_damage(place):
        found = survey(book.package, part, place)
    if found.is_blank:
        return None
    rows = _read(book, part, place)
    try:
        columns = _header(next(rows), place)
    except ImportRefusedError as refused:
        return Table(place, title, (), _refusing(refused))
    return Table(place, title, columns, _rows(rows, columns, found.merged, place, report, decimal_mark))


def _read(book: _Book, part: str, place: Place) -> Iterator[tuple[int, _Cells]]:
    """The rows that hold something, with their numbers."""
    workbook = book.reader.wb
    formats = vars(workbook)
    sheet = _Sheet(
        b"",
        book.reader.shared_strings,
        epoch=workbook.epoch,
        date_formats=formats["_date_formats"],
        timedelta_formats=formats["_timedelta_formats"],
    )
    with _refusing_damage(place):
        for number, markup in rows_with_values(book.package, part, place):
            yield number, sheet.cells(fromstring(markup)[0])


def _header(first: tuple[int, _Cells], place: Place) -> tuple[str, ...]:
    number, cells = first
    here = place._replace(row=1)
    texts = [
        _header_text(cells[column], here) if column in cells else None for column in range(1, max(cells, default=0) + 1)
    ]
    return header(texts if number == 1 else [], here)


def _refusing(refused: ImportRefusedError) -> Iterator[Row]:
    raise refused
    yield


def _header_text(cell: _Cell, place: Place) -> str | None:
    code = _refused(cell)
    if code:
        raise place.refusal(code, value=str(cell.value))
    text = _text(cell.value)
    return clean(unescaped(text)) if text else None


def _rows(
    rows: Iterator[tuple[int, _Cells]],
    columns: tuple[str, ...],
    merged: tuple[str, ...],
    place: Place,
    report: Report,
    decimal_mark: str,
) -> Iterator[Row]:
    """The rows; where cells are merged, no row of the sheet is sound, for any of them may have lost its value."""
    for cells_range in merged:
        report(place.problem("import.merged_cells", range=cells_range))
    for number, cells in rows:
        if cells:
            row = _row(cells, columns, place._replace(row=number), report, decimal_mark)
            row = row._replace(sound=row.sound and not merged)
            if not row.sound or any(row.cells.values()):
                yield row


def _row(cells: _Cells, columns: tuple[str, ...], place: Place, report: Report, decimal_mark: str) -> Row:
    texts: list[str | None] = [None] * len(columns)
    sound = True
    for index, column in enumerate(columns):
        cell = cells.get(index + 1)
        code = _refused(cell) if cell else ""
        if cell and code:
            report(place.problem(code, column, str(cell.value)))
            sound = False
        elif cell:
            texts[index] = _text(cell.value, decimal_mark)
    beyond = sum(column > len(columns) for column in cells)
    if beyond:
        report(place.problem("import.too_many_cells", seen=str(len(columns) + beyond), expected=str(len(columns))))
    row = row_of(texts, columns, place, report)
    return row._replace(sound=row.sound and sound and not beyond)


def _refused(cell: _Cell) -> str:
    """The code of what makes a cell's value unusable, empty where nothing does."""
    if cell.kind == "f":
        return "import.formula"
    if cell.kind == "e":
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
