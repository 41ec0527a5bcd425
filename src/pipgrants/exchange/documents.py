"""JSON documents: a list of objects, whose lists of objects become tables of their own.

The list may stand under ``proposals`` in an object, beside ``instructions`` for whoever opens the file, like the sheets
of a workbook. Numbers are kept as they are written, so that no binary float comes between the file and the decimal.
"""

from __future__ import annotations

import json
from pathlib import Path

from pipgrants.exchange.fields import INSTRUCTIONS, PROPOSALS
from pipgrants.exchange.problems import Place
from pipgrants.exchange.tabular import MOST_COLUMNS, Report, Row, Table, row_of

LARGEST_DOCUMENT_BYTES = 100_000_000
MOST_OBJECTS = 500_000
"""Ten thousand applications are some 225,000 objects, of 2 million values; an object takes about 1 kB."""
MOST_VALUES = 3_000_000
JOINED_BY = "reference"
"""The field that an object's lists inherit from it."""


def read_document(path: Path, report: Report, decimal_mark: str) -> list[Table]:
    """The objects of the list as a table named ``""``, then one table for each list inside them.

    A row's number is the position of its object in the outer list. Raises ImportRefusedError for what is not JSON of
    this shape, names a key twice in one object, or is too large.
    """
    place = Place(path.name)
    document = _list_of(_parsed(path, place, decimal_mark))
    if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
        raise place.refusal("import.json_shape")
    rows: dict[str, list[Row]] = {"": []}
    for number, item in enumerate(document, 1):
        here = place._replace(row=number)
        rows[""].append(_row(_scalars(item), here, report))
        reference = _text(item.get(JOINED_BY))
        for name, children in _lists(item).items():
            for position, child in enumerate(children, 1):
                there = here._replace(sheet=f"{name}[{position}]")
                if _lists(child):
                    raise there.refusal("import.json_shape")
                row = _row(_scalars(child), there, report)
                if not row.sound or any(row.cells.values()):
                    rows.setdefault(name, []).append(row._replace(cells={JOINED_BY: reference, **row.cells}))
    return [Table(place, name, _columns(listed), iter(listed)) for name, listed in rows.items()]


def _list_of(document: object) -> object:
    """The list of a document that has instructions beside it."""
    if isinstance(document, dict) and PROPOSALS in document and document.keys() <= {INSTRUCTIONS, PROPOSALS}:
        return document[PROPOSALS]
    return document


def _parsed(path: Path, place: Place, decimal_mark: str) -> object:
    size = path.stat().st_size
    if size > LARGEST_DOCUMENT_BYTES:
        raise place.refusal("import.file_too_large", seen=str(size), limit=str(LARGEST_DOCUMENT_BYTES))
    text = _text_of(path, place)
    _refuse_many(text, place)

    def no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(pairs) > MOST_COLUMNS:
            raise place.refusal("import.too_many_columns", limit=str(MOST_COLUMNS))
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            raise place.refusal("import.json_key_twice", next(name for name in names if names.count(name) > 1))
        return found

    def no_such_number(text: str) -> object:
        raise place.refusal("import.json_number", seen=text)

    try:
        parsed: object = json.loads(
            text,
            object_pairs_hook=no_key_twice,
            parse_float=lambda text: text.replace(".", decimal_mark),
            parse_int=str,
            parse_constant=no_such_number,
        )
    except json.JSONDecodeError as error:
        raise place._replace(row=error.lineno).refusal("import.not_json", position=str(error.colno)) from error
    except RecursionError as error:
        raise place.refusal("import.json_nesting") from error
    return parsed


def _refuse_many(text: str, place: Place) -> None:
    """Counted by their marks, before anything is built of them; marks within texts count too, and are few."""
    if text.count("{") > MOST_OBJECTS:
        raise place.refusal("import.too_many_rows", limit=str(MOST_OBJECTS))
    if text.count(",") > MOST_VALUES:
        raise place.refusal("import.too_many_values", limit=str(MOST_VALUES))


def _text_of(path: Path, place: Place) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise place.refusal("import.not_text", encoding="UTF-8", byte=str(error.start)) from error


def _lists(item: dict[str, object]) -> dict[str, list[dict[str, object]]]:
    return {
        name: value
        for name, value in item.items()
        if isinstance(value, list) and value and all(isinstance(child, dict) for child in value)
    }


def _scalars(item: dict[str, object]) -> dict[str, object]:
    nested = _lists(item)
    return {name: value for name, value in item.items() if name not in nested and value != []}


def _row(cells: dict[str, object], place: Place, report: Report) -> Row:
    texts: list[str | None] = []
    for name, value in cells.items():
        if isinstance(value, dict) or (isinstance(value, list) and not all(isinstance(part, str) for part in value)):
            raise place.refusal("import.json_shape", name)
        texts.append(_text(value))
    return row_of(texts, list(cells), place, report, escapes=False)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return ";".join(str(part) for part in value) if isinstance(value, list) else None


def _columns(rows: list[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for row in rows for name in row.cells))
