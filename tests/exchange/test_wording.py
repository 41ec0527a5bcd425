"""Row errors in the three languages that applicants are answered in."""

from __future__ import annotations

import re

import pytest

from pipgrants.errors import NotFoundError
from pipgrants.exchange.problems import SENTENCES, Place
from pipgrants.exchange.wording import describe, read_messages

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


def test_value_with_a_dollar_sign_is_shown_as_it_is(wording_sources) -> None:
    problem = Place("a.csv", "", 2).problem("import.decimal_comma", "amount", "$file 1,5", suggestion="$row")
    described = describe(problem, read_messages(wording_sources, "en"))
    assert described.startswith("a.csv, row 2, column amount: write the decimals after a point ($row)")
    assert described.endswith("(written: $file 1,5)")


def test_language_without_wording_is_named(wording_sources) -> None:
    with pytest.raises(NotFoundError, match=r"wording/import\.fr\.yaml"):
        read_messages(wording_sources, "fr")
