"""Opening a file or a folder of files as tables, by its kind."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pipgrants.exchange.delimited import read_delimited
from pipgrants.exchange.documents import read_document
from pipgrants.exchange.problems import Place
from pipgrants.exchange.tabular import SELF_EVIDENT, FileFormat, Report, Table
from pipgrants.paths import require_existing

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls")
DOCUMENT_SUFFIX = ".json"


@contextmanager
def open_tables(
    path: Path, report: Report, file_format: FileFormat = SELF_EVIDENT, holding: Collection[str] = ()
) -> Iterator[list[Table]]:
    """The tables of a CSV file, a workbook or a JSON document.

    The file stays open, and rows are read as they are asked for, until the context ends. Rows that do not hold the
    texts ``holding`` in any cell may be left out, to spare the reading of them. Raises NotFoundError where there is no
    such file, ImportRefusedError for any other kind of file.
    """
    require_existing(path)
    place = Place(path.name)
    suffix = path.suffix.lower()
    try:
        if suffix in TEXT_SUFFIXES:
            with path.open("rb") as source:
                yield [read_delimited(source, path, report, file_format, holding)]
        elif suffix in WORKBOOK_SUFFIXES:
            from pipgrants.exchange.workbooks import open_workbook

            with open_workbook(path, report, file_format.decimal_mark) as tables:
                yield tables
        elif suffix == DOCUMENT_SUFFIX:
            yield read_document(path, report, file_format.decimal_mark)
        else:
            raise place.refusal("import.unknown_format")
    except OSError as error:
        raise place.refusal("import.unreadable_file") from error


@contextmanager
def open_folder(path: Path, names: Sequence[str], report: Report) -> Iterator[list[Table]]:
    """The CSV files of these names (``proposals`` is read from ``proposals.csv``) that the folder holds."""
    present = [path / f"{name}.csv" for name in names if (path / f"{name}.csv").is_file()]
    if not present:
        expected = ", ".join(f"{name}.csv" for name in names)
        raise Place(path.name).refusal("import.no_forms_in_folder", expected=expected)
    with ExitStack() as stack:
        yield [table for file in present for table in stack.enter_context(open_tables(file, report))]


@contextmanager
def open_table(
    path: Path,
    report: Report,
    file_format: FileFormat = SELF_EVIDENT,
    sheet: str | None = None,
    holding: Collection[str] = (),
) -> Iterator[Table]:
    """The one table of a file, or its sheet of that name. Raises ImportRefusedError where there is not exactly one."""
    with open_tables(path, report, file_format, holding) as tables:
        chosen = [table for table in tables if sheet is None or table.name == sheet]
        seen = ", ".join(table.name or "a list" for table in tables)
        if len(chosen) != 1 and sheet:
            raise Place(path.name).refusal("import.unexpected_sheets", expected=sheet, seen=seen or "none")
        if len(chosen) != 1:
            raise Place(path.name).refusal("import.one_sheet_expected", seen=seen or "none")
        yield chosen[0]
