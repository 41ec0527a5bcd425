"""CSV files: UTF-8 or UTF-16 by byte order mark, or the declared encoding; delimiter read from the header."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from pipgrants.exchange.problems import Place
from pipgrants.exchange.tabular import MOST_ROWS, FileFormat, Report, Row, Table, clean, header, row_of

LONGEST_LINE = 4_000_000
_CHUNK_BYTES = 65_536
_ZIP_MAGIC = b"PK\x03\x04"
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def read_delimited(
    source: BinaryIO, path: Path, report: Report, file_format: FileFormat, holding: Collection[str]
) -> Table:
    """The table of an open CSV file; rows that do not hold these texts in any cell may be left out.

    Raises ImportRefusedError where the header cannot be read, and while rows are read.
    """
    place = Place(path.name)
    start = source.read(4)
    if start == _ZIP_MAGIC:
        raise place.refusal("import.is_a_workbook")
    mark, encoding = next(
        (pair for pair in _MARKS if start.startswith(pair[0])), (b"", file_format.encoding or "utf-8")
    )
    source.seek(len(mark))
    lines = _decoded(source, place, encoding)
    first = next(lines, "")
    records = _records(chain([first], lines), file_format.delimiter or _delimiter(first), place)
    columns = header([clean(name) for name in next(records, [])], place._replace(row=1))
    return Table(place, path.stem, columns, _rows(records, columns, place, report, holding))


def _decoded(source: BinaryIO, place: Place, encoding: str) -> Iterator[str]:
    """The lines of the file as text; a byte that is not of the encoding is refused with its line."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, pending = 1, ""
    while True:
        offset = source.tell() - len(decoder.getstate()[0])
        raw = source.read(_CHUNK_BYTES)
        try:
            *complete, pending = (pending + decoder.decode(raw, final=not raw)).split("\n")
        except UnicodeDecodeError as error:
            line += error.object[: error.start].count(b"\n")
            byte = str(offset + error.start)
            raise place._replace(row=line).refusal("import.not_text", encoding=encoding.upper(), byte=byte) from error
        for text in complete:
            yield f"{text}\n"
        line += len(complete)
        if len(pending) > LONGEST_LINE:
            raise place._replace(row=line).refusal("import.line_too_long", limit=str(LONGEST_LINE))
        if not raw:
            break
    if pending:
        yield pending


def _delimiter(line: str) -> str:
    """The mark among comma, semicolon and tab that stands most often in the header, outside quotation marks."""
    outside = "".join(line.split('"')[::2])
    return max(",;\t", key=outside.count)


def _records(lines: Iterator[str], delimiter: str, place: Place) -> Iterator[list[str]]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    try:
        for record in reader:
            number += 1
            yield record
    except csv.Error as error:
        raise place._replace(row=number + 1).refusal("import.broken_quotes") from error


def _rows(
    records: Iterator[list[str]], columns: tuple[str, ...], place: Place, report: Report, holding: Collection[str]
) -> Iterator[Row]:
    width = len(columns)
    for number, record in enumerate(records, 2):
        if number > MOST_ROWS:
            raise place.refusal("import.too_many_rows", limit=str(MOST_ROWS))
        together = "\n".join(record)
        if not together.strip() or not all(text in together for text in holding):
            continue
        here = Place(place.file, place.sheet, number)
        row = row_of(record, columns, here, report)
        if len(record) != width:
            code = "import.too_many_cells" if len(record) > width else "import.too_few_cells"
            report(here.problem(code, seen=str(len(record)), expected=str(width)))
            row = row._replace(sound=False)
        yield row
