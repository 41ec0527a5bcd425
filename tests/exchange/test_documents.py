"""JSON documents: strict about shape and names, exact about numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipgrants.errors import ImportRefusedError
from pipgrants.exchange import documents
from pipgrants.exchange.files import open_tables


@pytest.fixture
def tables_of(tmp_path: Path):
    def read(text: str) -> dict[str, list[tuple[str, dict[str, str | None]]]]:
        path = tmp_path / "form.json"
        path.write_text(text, encoding="utf-8")
        with open_tables(path, lambda problem: None) as tables:
            return {table.name: [(row.place.sheet, row.cells) for row in table.rows] for table in tables}

    return read


def test_lists_become_tables_that_inherit_the_reference(tables_of) -> None:
    text = '[{"reference": "A", "budget": [{"amount": 1}, {"amount": null}, {"amount": 2}], "evidence": []}]'
    assert tables_of(text) == {
        "": [("", {"reference": "A"})],
        "budget": [
            ("budget[1]", {"reference": "A", "amount": "1"}),
            ("budget[3]", {"reference": "A", "amount": "2"}),
        ],
    }


def test_numbers_keep_every_digit(tables_of) -> None:
    text = '[{"a": 0.1, "b": 12345678901234567890.12345678901234567890, "c": 1e400, "d": true}]'
    [(_, cells)] = tables_of(text)[""]
    assert cells == {"a": "0.1", "b": "12345678901234567890.12345678901234567890", "c": "1e400", "d": "true"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[{]", "import.not_json"),
        ('[{"a": NaN}]', "import.json_number"),
        ("[" * 200_000, "import.json_nesting"),
        ('[{"a": 1, "a": 2}]', "import.json_key_twice"),
        ('{"a": 1}', "import.json_shape"),
        ("[1]", "import.json_shape"),
        ('[{"a": {"b": 1}}]', "import.json_shape"),
        ('[{"a": [1, [2]]}]', "import.json_shape"),
        ('[{"a": [{"b": [{"c": 1}]}]}]', "import.json_shape"),
    ],
)
def test_document_of_another_shape_is_refused(tables_of, text: str, code: str) -> None:
    with pytest.raises(ImportRefusedError) as refused:
        tables_of(text)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_document_that_is_too_large_is_refused(tables_of, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LARGEST_DOCUMENT_BYTES", 10)
    with pytest.raises(ImportRefusedError) as refused:
        tables_of('[{"a": 12345}]')
    assert [problem.code for problem in refused.value.problems] == ["import.file_too_large"]


def test_place_where_a_document_breaks_is_named(tables_of) -> None:
    with pytest.raises(ImportRefusedError) as refused:
        tables_of('[\n {"a": 1,\n  "b" 2}\n]')
    [problem] = refused.value.problems
    assert (problem.line, problem.values) == (3, (("position", "7"),))
    assert "JSON from character 7 of this line on" in problem.message
