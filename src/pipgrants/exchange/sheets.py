"""The rows of a sheet whose columns are declared, without the headings for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipgrants.exchange.fields import Field, names
from pipgrants.exchange.tabular import Row, Table, is_heading_row


def data_rows(table: Table, fields: Sequence[Field]) -> Iterator[Row]:
    """The rows. Raises ImportRefusedError for an unknown column, or where one that must be filled in is missing."""
    check_columns(table, fields)
    for row in table.rows:
        if row.place.row != 2 or not is_heading_row(row):
            yield row


def check_columns(table: Table, fields: Sequence[Field]) -> None:
    """Raise ImportRefusedError for a column that is not declared, or where a required one is missing."""
    place = table.place._replace(row=1)
    for name in table.columns:
        if name not in names(fields):
            raise place.refusal("import.unknown_column", name, allowed=", ".join(names(fields)))
    require_columns(table, [field.name for field in fields if field.required])


def require_columns(table: Table, columns: Sequence[str]) -> None:
    """Raise ImportRefusedError where one of the columns is missing; an empty list of a document has none."""
    for name in columns:
        if table.columns and name not in table.columns:
            seen = ", ".join(table.columns)
            raise table.place._replace(row=1).refusal("import.missing_column", name, seen=seen)
