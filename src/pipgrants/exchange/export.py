"""Applications written as the form they can be read from again: a workbook, a folder of CSV files, or JSON.

Texts that a spreadsheet would take for formulas get an apostrophe before them, which reading takes away. What is
written is read back equal, as far as texts have no outer spaces and line ends of one kind, which is how they are read.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from pipgrants.domain.application import Application
from pipgrants.errors import RefusedError, UsageError
from pipgrants.exchange.fields import FORM, INSTRUCTIONS, PROPOSALS, names
from pipgrants.exchange.rows import Value, rows_of
from pipgrants.exchange.tabular import LONGEST_CELL, escaped
from pipgrants.paths import written_whole

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

EXACT_DIGITS = 15
"""Digits of a number that a spreadsheet holds exactly; longer numbers are written as text."""


def write_applications(applications: Iterable[Application], path: Path, labels: Sequence[str] = ()) -> None:
    """Write the applications to an ``.xlsx`` or ``.json`` file, or as CSV files into a folder (a path without suffix).

    ``labels``, as that the data are invented, stand where a form has its instructions.
    Raises UsageError for another suffix, RefusedError for a text that no cell can hold.
    """
    write = {".xlsx": _write_workbook, ".json": _write_document, "": _write_folder}.get(path.suffix.lower())
    if write is None:
        raise unknown_suffix(path)
    with written_whole(path) as unfinished:
        write(applications, unfinished, labels)


def unknown_suffix(path: Path) -> UsageError:
    """The error for a file that is none of the kinds that are written."""
    return UsageError(
        f"{path.name}: applications are not written as {path.suffix} files",
        next_step="name a file that ends in .xlsx or .json, or a folder for CSV files",
    )


def _write_folder(applications: Iterable[Application], path: Path, labels: Sequence[str]) -> None:
    path.mkdir(parents=True)
    if labels:
        (path / f"{INSTRUCTIONS}.txt").write_text("\n".join(labels) + "\n", encoding="utf-8-sig")
    with ExitStack() as stack:
        writers = {}
        for sheet, fields in FORM.items():
            file = stack.enter_context((path / f"{sheet}.csv").open("w", encoding="utf-8-sig", newline=""))
            writers[sheet] = csv.writer(file)
            writers[sheet].writerow(names(fields))
        for application in applications:
            for sheet, record in rows_of(application):
                writers[sheet].writerow([cell_text(record.get(name)) for name in names(FORM[sheet])])


def cell_text(value: Value) -> str:
    """A value as the text of a spreadsheet's cell. Raises RefusedError where it is longer than a cell."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    text = escaped(value)
    if len(text) > LONGEST_CELL:
        raise RefusedError(
            f"a text of {len(value)} characters fits no spreadsheet cell ({value[:40]!r}...)",
            next_step="write the applications as JSON",
        )
    return text


def _write_workbook(applications: Iterable[Application], path: Path, labels: Sequence[str]) -> None:
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    if labels:
        page = workbook.create_sheet(INSTRUCTIONS.capitalize())
        for label in labels:
            page.append([_cell(page, label)])
    sheets: dict[str, WriteOnlyWorksheet] = {}
    for sheet, fields in FORM.items():
        sheets[sheet] = workbook.create_sheet(sheet.capitalize())
        sheets[sheet].freeze_panes = "A2"
        sheets[sheet].append(list(names(fields)))
    try:
        for application in applications:
            for sheet, record in rows_of(application):
                sheets[sheet].append([_cell(sheets[sheet], record.get(name)) for name in names(FORM[sheet])])
    except RefusedError:
        for page in sheets.values():
            page.close()
        raise
    workbook.save(path)


def _cell(sheet: WriteOnlyWorksheet, value: Value) -> Cell | Decimal | int | None:
    from openpyxl.cell import WriteOnlyCell

    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Decimal) and len(value.as_tuple().digits) <= EXACT_DIGITS:
        return value
    cell = WriteOnlyCell(sheet, cell_text(value))
    cell.data_type = "s"
    return cell


def _write_document(applications: Iterable[Application], path: Path, labels: Sequence[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{{"{INSTRUCTIONS}": {json.dumps(labels, ensure_ascii=False)},\n"{PROPOSALS}": [')
        for index, application in enumerate(applications):
            file.write(",\n" if index else "\n")
            json.dump(_plain(application), file, ensure_ascii=False, indent=1)
        file.write("\n]}\n")


def _plain(application: Application) -> dict[str, object]:
    """The application as an object whose lists are its other sheets; amounts are texts, which keep every digit."""
    plain: dict[str, object] = {}
    lists: dict[str, list[dict[str, str | int]]] = {}
    for sheet, record in rows_of(application):
        filled = {name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in record.items()}
        present = {name: value for name, value in filled.items() if value is not None and value != ""}
        if sheet == PROPOSALS:
            plain.update(present)
        else:
            present.pop("reference", None)
            lists.setdefault(sheet, []).append(present)
    return {**plain, **lists}
