"""A list written for people: one table as a CSV file or a workbook, whose texts no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipgrants.errors import UsageError
from pipgrants.exchange.export import cell_text
from pipgrants.paths import written_whole

SUFFIXES = (".csv", ".xlsx")

Values = Sequence[str | int | None]


def require_listing(path: Path) -> None:
    """Raises UsageError where a list is not written to a file of that name."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{path.name}: lists are not written as {path.suffix or 'such'} files",
            next_step="name a file that ends in .csv or .xlsx",
        )


def require_suffix(path: Path, *suffixes: str) -> None:
    """Raises UsageError where a file has none of some suffixes."""
    if path.suffix.lower() not in suffixes:
        expected = " or ".join(suffixes)
        raise UsageError(
            f"{path.name}: this is not written as {path.suffix or 'such'} files",
            next_step=f"name a file that ends in {expected}",
        )


def write_listing(path: Path, name: str, columns: Sequence[str], rows: Iterable[Values]) -> int:
    """Writes a table, in a workbook as the sheet of a name; returns how many rows. Raises UsageError, RefusedError."""
    require_listing(path)
    listed = [[value if isinstance(value, int) else cell_text(value) for value in row] for row in rows]
    with written_whole(path) as unfinished:
        if path.suffix.lower() == ".csv":
            _write_text(unfinished, [columns, *listed])
        else:
            _write_workbook(unfinished, name, [columns, *listed])
    return len(listed)


def _write_text(path: Path, rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def _write_workbook(path: Path, name: str, rows: Iterable[Sequence[object]]) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(name)
    sheet.freeze_panes = "A2"
    for row in rows:
        cells = [value if isinstance(value, int) else WriteOnlyCell(sheet, str(value)) for value in row]
        for cell in cells:
            if not isinstance(cell, int):
                cell.data_type = "s"
        sheet.append(cells)
    workbook.save(path)
