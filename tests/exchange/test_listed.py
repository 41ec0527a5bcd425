"""Lists whose rows are values of one kind."""

from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.errors import ImportRefusedError, NotFoundError
from pipgrants.exchange.cells import NO_MONEY, RowReader
from pipgrants.exchange.fields import Field, Kind
from pipgrants.exchange.listed import read_list

FIELDS = (Field("name", required=True), Field("value", Kind.NUMBER))


def value_of(reader: RowReader) -> tuple[str, Decimal | None]:
    return reader.text("name") or "", reader.number_between("value", Decimal(0), Decimal(10))


def written(folder: Path, *rows: str) -> Path:
    path = folder / "list.csv"
    path.write_text("\n".join(("name,value", *rows)) + "\n", encoding="utf-8")
    return path


def test_rows_are_values_in_their_order(tmp_path: Path) -> None:
    path = written(tmp_path, "b,2", "a,", "b,3")
    assert read_list(path, FIELDS, NO_MONEY, value_of) == (("b", Decimal(2)), ("a", None), ("b", Decimal(3)))


def test_every_mistake_is_listed_and_the_second_row_of_a_key_is_one(tmp_path: Path) -> None:
    path = written(tmp_path, "b,2", ",3", "b,11", "b,3")
    with pytest.raises(ImportRefusedError) as refused:
        read_list(path, FIELDS, NO_MONEY, value_of, lambda item: item[0])
    assert [str(item) for item in refused.value.problems] == [
        "list.csv:3: name: this cell must be filled in",
        "list.csv:4: value: expected a number from 0 to 10 with 10 decimals at most (seen: '11')",
        "list.csv:5: name: row 2 already says this (seen: 'b')",
    ]


def test_a_list_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_list(tmp_path / "list.csv", FIELDS, NO_MONEY, value_of)
