"""Tables of located rows, whatever file they come from: CSV, XLSX or JSON.

A cell is text without outer spaces, or None where it is blank. Rows are numbered as a person sees them in a
spreadsheet. A row that cannot be trusted (a formula in it, too few cells) is reported and marked unsound. What makes a
whole file unusable raises ImportRefusedError. Rows are streamed; only JSON documents are held whole, up to a limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipgrants.errors import Problem
from pipgrants.exchange.problems import Place
from pipgrants.scalars import unfit_character

LONGEST_CELL = 32_767
"""Characters in a cell: the most that spreadsheets hold."""
MOST_ROWS = 1_048_576
"""Rows in a sheet: the most that spreadsheets hold."""
MOST_COLUMNS = 256

Report = Callable[[Problem], None]

_LIKE_A_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")


class Row(NamedTuple):
    """One row. ``sound`` is False where a problem with it has been reported."""

    place: Place
    cells: dict[str, str | None]
    sound: bool = True


class Table(NamedTuple):
    """The rows under one header; ``name`` is that of the sheet, file or JSON list."""

    place: Place
    name: str
    columns: tuple[str, ...]
    rows: Iterator[Row]


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How a file is written, where that cannot be told from the file itself.

    Numbers that a workbook or a document holds as numbers become text with ``decimal_mark``, as in the file's texts.
    """

    encoding: str | None = None
    delimiter: str | None = None
    decimal_mark: str = "."


SELF_EVIDENT = FileFormat()
"""A file that needs no declaration: encoding by byte order mark, delimiter by header, decimals after a point."""


def escaped(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if _LIKE_A_FORMULA.match(text) else text


def unescaped(text: str) -> str:
    """The text without the apostrophe that ``escaped`` put before it."""
    return text[1:] if _ESCAPED.match(text) else text


def clean(text: str) -> str | None:
    """The text without outer spaces and with one kind of line end; None where nothing is left."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip() or None


def header(names: Sequence[str | None], place: Place) -> tuple[str, ...]:
    """The column names of row 1, trailing blanks left out. Raises ImportRefusedError where one is absent or twice."""
    columns = [name or "" for name in names]
    while columns and not columns[-1]:
        columns.pop()
    if not columns:
        raise place.refusal("import.no_header")
    if len(columns) > MOST_COLUMNS:
        raise place.refusal("import.too_many_columns", limit=str(MOST_COLUMNS))
    for index, name in enumerate(columns):
        problem = text_problem(name, place, "")
        if problem:
            raise place.refusal(problem.code, **dict(problem.values))
        if not name:
            raise place.refusal("import.column_without_name", position=str(index + 1))
        if name in columns[:index]:
            raise place.refusal("import.column_twice", name)
    return tuple(columns)


def text_problem(text: str, place: Place, column: str) -> Problem | None:
    """What is wrong with the characters of a cell, if anything."""
    if len(text) > LONGEST_CELL:
        return place.problem("import.cell_too_long", column, text, seen=str(len(text)), limit=str(LONGEST_CELL))
    unfit = unfit_character(text)
    return place.problem("import.control_character", column, character=unfit) if unfit else None


def row_of(
    values: Sequence[str | None], columns: Sequence[str], place: Place, report: Report, *, escapes: bool = True
) -> Row:
    """The row of the raw texts under the columns, each checked and cleaned, and unescaped where the format escapes."""
    texts = [clean(unescaped(text) if escapes else text) if text else None for text in values]
    cells = dict(zip(columns, texts, strict=False))
    together = "".join(text for text in texts if text)
    if len(together) <= LONGEST_CELL and not unfit_character(together):
        return Row(place, cells)
    problems = [text_problem(text or "", place, column) for column, text in cells.items()]
    for problem in filter(None, problems):
        report(problem)
    return Row(place, cells, sound=not any(problems))


def is_heading_row(row: Row) -> bool:
    """Whether this is the row of headings for people under the header: all that is filled is in square brackets."""
    filled = [text for text in row.cells.values() if text]
    return bool(filled) and all(text.startswith("[") and text.endswith("]") for text in filled)
