"""Mistakes of an agency's wording files, with their lines."""

import pytest

from pipgrants.letters.check_wording import check_wording

FINDINGS = "wording/findings.pt.yaml"


def problems(sources, name, text):
    return [str(problem) for problem in check_wording({**sources, name: text}, sources)]


def test_shipped_wording_has_no_mistake(sources):
    assert list(check_wording(sources, sources)) == []


def test_other_words_are_no_mistake(sources):
    other = sources[FINDINGS].replace("somam $amount", "alcançam $amount")
    assert other != sources[FINDINGS]
    assert problems(sources, FINDINGS, other) == []


def test_a_misspelt_placeholder_is_found_with_its_line(sources):
    misspelt = sources[FINDINGS].replace("somam $amount;", "somam $amonut;", 1)
    line = misspelt[: misspelt.index("$amonut")].count("\n") + 1
    assert problems(sources, FINDINGS, misspelt) == [
        f"{FINDINGS}:{line}: notes.budget.total_differs: nothing fills $amonut; allowed: $amount, $stated_amount"
    ]


def test_a_placeholder_in_a_text_that_has_none_is_found(sources):
    name = "wording/words.es.yaml"
    (found,) = problems(sources, name, sources[name].replace("letter: Carta\n", "letter: Carta $number\n"))
    assert found.endswith("labels.letter: nothing fills $number; allowed: none")


def test_a_price_in_dollars_is_no_placeholder(sources):
    name = "wording/words.es.yaml"
    assert problems(sources, name, sources[name].replace("letter: Carta\n", "letter: Carta de US$ 5\n")) == []


@pytest.mark.parametrize("name", ["wording/words.es.yaml", "wording/form.es.yaml", "wording/import.es.yaml"])
def test_a_file_that_cannot_be_read_is_a_mistake_at_its_line(sources, name):
    (found,) = problems(sources, name, sources[name] + "  : [\n")
    line = sources[name].count("\n") + 1
    assert found.startswith(f"{name}:{line}: not valid YAML:")


def test_a_file_that_an_agency_lacks_is_the_shipped_one(sources):
    without = {name: text for name, text in sources.items() if name != FINDINGS}
    assert list(check_wording(without, sources)) == []
