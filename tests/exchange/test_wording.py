"""Row errors in the three languages that applicants are answered in."""

from __future__ import annotations

import re

import pytest

from pipgrants.errors import NotFoundError
from pipgrants.exchange.problems import CORRECT_ROWS, MORE, SENTENCES, Place, refusal_of_rows
from pipgrants.exchange.wording import describe, read_messages, reworded

PLACEHOLDER = re.compile(r"\$(\w+)")


def test_english_messages_are_those_of_the_commands(wording_sources) -> None:
    messages = read_messages(wording_sources, "en")
    assert {code: text for code, text in messages.items() if code.startswith("import.")} == SENTENCES


@pytest.mark.parametrize("language", ["es", "pt"])
def test_translation_words_every_problem_with_the_same_values(wording_sources, language: str) -> None:
    english, translated = (read_messages(wording_sources, code) for code in ("en", language))
    assert translated.keys() == english.keys()
    for code, text in translated.items():
        assert sorted(set(PLACEHOLDER.findall(text))) == sorted(set(PLACEHOLDER.findall(english[code]))), code


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "form.xlsx, row 7, column Budget.amount: leave out the thousands marks (1234)"),
        ("es", "form.xlsx, fila 7, columna Budget.amount: quite las marcas de millares (1234)"),
        ("pt", "form.xlsx, linha 7, coluna Budget.amount: retire as marcas de milhares (1234)"),
    ],
)
def test_problem_is_described_with_place_reason_and_value(wording_sources, language: str, sentence: str) -> None:
    problem = Place("form.xlsx", "Budget", 7).problem("import.thousands_mark", "amount", "1,234", suggestion="1234")
    described = describe(problem, read_messages(wording_sources, language))
    assert described.startswith(sentence)
    assert described.endswith(": 1,234)")


def test_problem_of_a_whole_file_names_no_row(wording_sources) -> None:
    described = describe(Place("form.xlsx").problem("import.macros"), read_messages(wording_sources, "es"))
    assert described == "form.xlsx: el libro contiene macros; guárdelo como .xlsx sin macros"


@pytest.mark.parametrize(
    ("language", "sheet", "row"),
    [
        ("en", "form.xlsx, sheet Budget: the cells A2:A3", "form.xlsx, sheet Budget, row 7: the row has 9 cells"),
        ("es", "form.xlsx, hoja Budget: las celdas A2:A3", "form.xlsx, hoja Budget, fila 7: la fila tiene 9 celdas"),
        (
            "pt",
            "form.xlsx, planilha Budget: as células A2:A3",
            "form.xlsx, planilha Budget, linha 7: a linha tem 9 células",
        ),
    ],
)
def test_problem_of_no_column_names_its_sheet(wording_sources, language: str, sheet: str, row: str) -> None:
    messages = read_messages(wording_sources, language)
    merged = Place("form.xlsx", "Budget").problem("import.merged_cells", range="A2:A3")
    wide = Place("form.xlsx", "Budget", 7).problem("import.too_many_cells", seen="9", expected="8")
    assert describe(merged, messages).startswith(sheet)
    assert describe(wide, messages).startswith(row)


def test_problem_of_a_list_names_it(wording_sources) -> None:
    problem = Place("form.json").problem("import.json_key_twice", "title")
    assert describe(problem, read_messages(wording_sources, "pt")).startswith("form.json, title: ")


def test_refusal_is_reworded_whole(wording_sources) -> None:
    place = Place("form.csv", row=7)
    problems = [place.problem("import.required", "title"), Place("form.csv").problem(MORE, count="41")]
    error = refusal_of_rows("form.csv", problems, CORRECT_ROWS)
    told = reworded(error, read_messages(wording_sources, "es"))
    assert error.message == "form.csv has 42 problems; nothing was stored:"
    assert told.message == "form.csv tiene 42 problemas; no se guardó nada:"
    assert told.next_step == "corrija las filas indicadas y entregue el archivo de nuevo"
    assert told.problems[0].message == "esta celda debe rellenarse"
    assert told.lines[0] == "form.csv, fila 7, columna title: esta celda debe rellenarse"
    assert (told.labels.error, told.labels.next) == ("Error", "Siguiente paso")


def test_value_with_a_dollar_sign_is_shown_as_it_is(wording_sources) -> None:
    problem = Place("a.csv", "", 2).problem("import.decimal_comma", "amount", "$file 1,5", suggestion="$row")
    described = describe(problem, read_messages(wording_sources, "en"))
    assert described.startswith("a.csv, row 2, column amount: write the decimals after a point ($row)")
    assert described.endswith("(written: $file 1,5)")


def test_language_without_wording_is_named(wording_sources) -> None:
    with pytest.raises(NotFoundError, match=r"wording/import\.fr\.yaml"):
        read_messages(wording_sources, "fr")
