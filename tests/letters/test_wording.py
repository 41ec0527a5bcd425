"""The catalogues of the three languages say the same things and cover every code of the domain."""

import re
from string import Template

import pytest

from pipgrants.domain import (
    allocation,
    counterpart,
    determination,
    eligible_costs,
    evaluation,
    grant,
    vocabulary,
)
from pipgrants.domain.facts import FACTS
from pipgrants.errors import DefinitionError, NotFoundError
from pipgrants.letters.wording import filled, read_wording

LANGUAGES = ("en", "es", "pt")
PARTS = ("labels", "words", "facts", "comparisons", "criteria", "notes", "reasons", "remedies", "sentences")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("language", ["es", "pt"])
def test_languages_have_the_same_keys_in_the_same_places(templates, part, language):
    assert list(getattr(templates.wording(language), part)) == list(getattr(templates.wording("en"), part))


@pytest.mark.parametrize("part", ["comparisons", "notes", "sentences"])
@pytest.mark.parametrize("language", ["es", "pt"])
def test_languages_have_the_same_placeholders(templates, part, language):
    def placeholders(wording):
        return {key: sorted(set(Template(text).get_identifiers())) for key, text in getattr(wording, part).items()}

    assert placeholders(templates.wording(language)) == placeholders(templates.wording("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_placeholder_is_malformed(templates, language):
    wording = templates.wording(language)
    texts = [text for part in ("comparisons", "notes", "sentences") for text in getattr(wording, part).values()]
    assert [text for text in texts if not Template(text).is_valid()] == []


OF_LETTERS = (vocabulary.LetterKind, vocabulary.LetterStage)
"""Words about letters, which stand in none."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_vocabulary_is_worded(templates, language):
    lists = [
        item
        for item in vars(vocabulary).values()
        if isinstance(item, type) and issubclass(item, vocabulary.StrEnum) and item is not vocabulary.StrEnum
    ]
    codes = {member.value for item in lists if item not in OF_LETTERS for member in item}
    assert sorted(codes - set(templates.wording(language).words)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fact_is_worded(templates, language):
    assert sorted(set(FACTS) - set(templates.wording(language).facts)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_note_and_criterion_of_the_domain_is_worded(templates, language):
    modules = (allocation, counterpart, determination, eligible_costs, evaluation, grant)
    codes = {
        value.rstrip(".")
        for module in modules
        for value in vars(module).values()
        if isinstance(value, str) and re.fullmatch(r"(?!pipgrants)[a-z_]+\.[a-z_.]+", value)
    }
    wording = templates.wording(language)
    assert sorted(codes - set(wording.notes) - set(wording.criteria)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_of_a_decision_has_a_row_with_the_values_of_its_sentence(templates, language):
    """What a letter says of a reason that comes from no finding: in its table, and from the values that it has."""
    wording = templates.wording(language)
    told = {code: text for code, text in wording.notes.items() if code.startswith(("allocation.", "appeal.", "invit"))}
    del told["appeal.stated_met"]
    assert sorted(wording.reasons) == sorted(told)
    for code, row in wording.reasons.items():
        known = set(Template(told[code]).get_identifiers())
        assert set(Template(f"{row.required} {row.seen}").get_identifiers()) <= known, code
        assert not Template(row.title).get_identifiers(), code


def test_unknown_code_is_shown_as_the_code(templates):
    wording = templates.wording("es")
    assert (wording.word("no_such"), wording.note("no.such", {}), wording.note("no.such", {"a": "1"})) == (
        "no_such",
        "no.such",
        "no.such (a: 1)",
    )


def test_missing_value_is_shown_as_a_dash_and_a_value_is_never_read_as_a_placeholder():
    assert filled("$a from $b", {"a": "$b"}) == "$b from —"


def test_language_without_catalogue_is_refused(sources):
    with pytest.raises(NotFoundError, match=r"wording/words\.fr\.yaml"):
        read_wording(sources, "fr")


def test_mistake_in_a_catalogue_names_its_line(sources):
    broken = {**sources, "wording/explain.en.yaml": "sentences:\n  a: b\nother: c\n"}
    with pytest.raises(DefinitionError, match=r"explain\.en\.yaml:3: other: unknown key"):
        read_wording(broken, "en")
