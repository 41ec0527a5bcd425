"""Opening a file or a folder of files as tables, by its kind."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from pipgrants.exchange.delimited import read_delimited
from pipgrants.exchange.documents import read_document
from pipgrants.exchange.problems import Place
from pipgrants.exchange.tabular import SELF_EVIDENT, FileFormat, Report, Table
from pipgrants.paths import called, require_existing

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls")
DOCUMENT_SUFFIX = ".json"
TABLE_SUFFIXES = (*TEXT_SUFFIXES, *WORKBOOK_SUFFIXES, DOCUMENT_SUFFIX)


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
    place = Place(called(path))
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
def open_folder(path: Path, names: Sequence[str], unread: str, report: Report) -> Iterator[list[Table]]:
    """The CSV files of these names (``proposals`` is read from ``proposals.csv``) that the folder holds.

    Capitals and outer spaces of a name do not matter. Raises ImportRefusedError for another table beside them, but the
    one whose name is ``unread``, and for a link: an applicant's folder leads nowhere else.
    """
    found = [file for file in _visible_files(path) if file.suffix.lower() in TABLE_SUFFIXES]
    tables = [file for file in found if plain_name(file.stem) != unread]
    expected = ", ".join(f"{name}.csv" for name in names)
    if not tables:
        raise Place(called(path)).refusal("import.no_forms_in_folder", expected=expected)
    links = [file.name for file in tables if file.is_symlink()]
    if links:
        raise Place(called(path)).refusal("import.linked_files", seen=", ".join(links))
    others = [file.name for file in tables if file.suffix.lower() != ".csv" or plain_name(file.stem) not in names]
    if others:
        raise Place(called(path)).refusal("import.unexpected_files", expected=expected, seen=", ".join(others))
    with ExitStack() as stack:
        yield [table for file in tables for table in stack.enter_context(open_tables(file, report))]


def open_form(
    path: Path, sheets: Sequence[str], instructions: str, report: Report
) -> AbstractContextManager[list[Table]]:
    """The tables of a form: a workbook, a JSON document, or a folder with a CSV file for each sheet.

    Raises NotFoundError where there is no such file, ImportRefusedError for a single CSV file.
    """
    require_existing(path)
    if path.is_dir():
        return open_folder(path, sheets, instructions, report)
    if path.suffix.lower() in TEXT_SUFFIXES:
        expected = ", ".join(f"{sheet}.csv" for sheet in sheets)
        raise Place(called(path)).refusal("import.single_csv", expected=expected)
    return open_tables(path, report)


def files_of(path: Path) -> list[Path]:
    """The files that a file or folder is read from."""
    return [file for file in _visible_files(path) if file.suffix.lower() == ".csv"] if path.is_dir() else [path]


def _visible_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith((".", "~$")))


def plain_name(name: str) -> str:
    """The name of a sheet or a file without outer spaces and capitals, by which it is known."""
    return name.strip().lower()


@contextmanager
def open_table(
    path: Path,
    report: Report,
    file_format: FileFormat = SELF_EVIDENT,
    sheet: str | None = None,
    holding: Collection[str] = (),
    among: str = "",
) -> Iterator[Table]:
    """The one table of a file, or its sheet of that name; where there are several, the one known as ``among``.

    Raises ImportRefusedError where there is not exactly one.
    """
    with open_tables(path, report, file_format, holding) as tables:
        chosen = [table for table in tables if sheet is None or table.name == sheet]
        if len(chosen) > 1 and among:
            chosen = [table for table in chosen if plain_name(table.name) == among] or chosen
        seen = ", ".join(table.name or "a list" for table in tables)
        if len(chosen) != 1 and sheet:
            raise Place(called(path)).refusal("import.unexpected_sheets", expected=sheet, seen=seen or "none")
        if len(chosen) != 1:
            raise Place(called(path)).refusal("import.one_sheet_expected", seen=seen or "none")
        yield chosen[0]
