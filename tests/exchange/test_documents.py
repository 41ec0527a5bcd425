"""JSON documents: strict about shape and names, exact about numbers."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipgrants.errors import ImportRefusedError
from pipgrants.exchange import documents
from pipgrants.exchange.export import write_applications
from pipgrants.exchange.files import open_tables
from pipgrants.services.synthetic import applications


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


@pytest.mark.parametrize("item", ["{}", "1", '""'])
def test_document_of_very_many_small_things_is_refused_before_they_are_built(tmp_path: Path, item: str) -> None:
    path = tmp_path / "form.json"
    count = documents.MOST_OBJECTS if item == "{}" else documents.MOST_VALUES
    path.write_text(f"[{','.join([item] * (count + 2))}]", encoding="utf-8")
    tracemalloc.start()
    with pytest.raises(ImportRefusedError) as refused, open_tables(path, print):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    code = "import.too_many_rows" if item == "{}" else "import.too_many_values"
    assert [problem.code for problem in refused.value.problems] == [code]
    assert peak < 5 * path.stat().st_size


def test_object_of_very_many_columns_is_refused(tables_of) -> None:
    with pytest.raises(ImportRefusedError) as refused:
        tables_of(f"[{{{','.join(f'{chr(34)}{number}{chr(34)}: 1' for number in range(300))}}}]")
    assert [problem.code for problem in refused.value.problems] == ["import.too_many_columns"]


def test_ten_thousand_applications_are_within_the_limits(tmp_path: Path) -> None:
    opens, closes = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)
    path = tmp_path / "form.json"
    write_applications(applications(50, 7, opens, closes), path)
    written = path.read_text(encoding="utf-8")
    assert path.stat().st_size * 200 < documents.LARGEST_DOCUMENT_BYTES
    assert written.count("{") * 200 < documents.MOST_OBJECTS
    assert written.count(",") * 200 < documents.MOST_VALUES


def test_place_where_a_document_breaks_is_named(tables_of) -> None:
    with pytest.raises(ImportRefusedError) as refused:
        tables_of('[\n {"a": 1,\n  "b" 2}\n]')
    [problem] = refused.value.problems
    assert (problem.line, problem.values) == (3, (("position", "7"),))
    assert "JSON from character 7 of this line on" in problem.message
