"""Lists whose rows are values of one kind, read as a whole: every mistake is listed, or every value is there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from pathlib import Path
from typing import TypeVar

from pipgrants.exchange.cells import Notation, RowReader
from pipgrants.exchange.fields import Field
from pipgrants.exchange.files import open_table, plain_name
from pipgrants.exchange.problems import CORRECT_ROWS, Place, ProblemLog, refusal_of_rows
from pipgrants.exchange.sheets import data_rows
from pipgrants.exchange.tabular import Row, Table
from pipgrants.paths import called

T = TypeVar("T")


def read_list(
    path: Path,
    fields: Sequence[Field],
    notation: Notation,
    read: Callable[[RowReader], T],
    key: Callable[[T], Hashable] | None = None,
) -> tuple[T, ...]:
    """The values of a file with one table; two rows of one ``key`` are a mistake.

    Raises NotFoundError where there is no such file, ImportRefusedError where it cannot be read or has mistakes.
    """
    log = ProblemLog(called(path))
    with open_table(path, log.problem) as table:
        found = read_rows(table, fields, notation, log, read, key)
    refuse_mistakes(path, log)
    return found


def read_rows(
    table: Table,
    fields: Sequence[Field],
    notation: Notation,
    log: ProblemLog,
    read: Callable[[RowReader], T],
    key: Callable[[T], Hashable] | None = None,
) -> tuple[T, ...]:
    """The values of the rows without a mistake; mistakes are logged, among them a row whose ``key`` another has."""
    found: list[T] = []
    seen: dict[Hashable, Row] = {}
    for row in data_rows(table, fields):
        reader = RowReader(row, fields, notation, log)
        value = read(reader)
        first = seen.setdefault(key(value), row) if key else row
        if first is not row and not reader.failed:
            reader.problem(fields[0].name, "import.stated_twice", row=str(first.place.row))
        if not reader.failed:
            found.append(value)
    return tuple(found)


def tables_by_sheet(tables: Sequence[Table], path: Path, sheets: Collection[str], unread: str) -> dict[str, Table]:
    """The tables of a form by the name of their sheet, but the one that is ``unread``.

    Raises ImportRefusedError for two of one name, for one that is none of ``sheets``, and where there is none.
    """
    found: dict[str, Table] = {}
    for table in tables:
        first = found.setdefault(plain_name(table.name), table)
        if first is not table:
            raise Place(called(path)).refusal("import.sheet_twice", names=f"{first.name}, {table.name}")
    found.pop(unread, None)
    if not found or not found.keys() <= set(sheets):
        seen = ", ".join(table.name or "a list" for table in tables) or "none"
        raise Place(called(path)).refusal("import.unexpected_sheets", expected=", ".join(sheets), seen=seen)
    return found


def refuse_mistakes(path: Path, log: ProblemLog) -> None:
    """Raises ImportRefusedError where mistakes were logged."""
    problems = log.problems()
    if problems:
        raise refusal_of_rows(called(path), problems, CORRECT_ROWS)
