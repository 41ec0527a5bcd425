"""The public list of results."""

import pytest

from pipgrants.letters.results import compose_results, render_results

CALL = {
    "call": "pip-two-stage",
    "title": "Productive integration",
    "programme": "Competitiveness Fund",
    "currency": "USD",
    "released_on": "2026-05-04",
    "synthetic": True,
}


def row(number, outcome, rank=None, total=None, amount=None):
    return {
        "number": number,
        "title": f"Project {number} <b>",
        "applicant": "Coop",
        "outcome": outcome,
        "amount": amount,
        "rank": rank,
        "total": total,
    }


ROWS = [
    row("P-9", "ineligible"),
    row("P-2", "decline", 2, "60.50"),
    row("P-1", "award", 1, "80", "50000.00"),
    row("P-8", "ineligible"),
]


def test_results_follow_the_ranking_then_the_numbers(templates):
    document = compose_results(templates, CALL, ROWS, "en")
    assert [cells[1:] for cells in document.sections[0].tables[0].rows] == [
        ("P-1", "Coop", "grant awarded", "USD 50,000.00", "1", "80"),
        ("P-2", "Coop", "not funded", "—", "2", "60.5"),
        ("P-8", "Coop", "not eligible", "—", "—", "—"),
        ("P-9", "Coop", "not eligible", "—", "—", "—"),
    ]


@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_results_are_listed_in_each_language(templates, language):
    results = render_results(templates, CALL, ROWS, language)
    assert templates.wording(language).word("ineligible") in results.text
    assert f'<html lang="{language}">' in results.html and "<b>" not in results.html
    assert max(map(len, results.text.splitlines())) <= 78


def test_results_count_the_outcomes(templates):
    pairs = compose_results(templates, CALL, ROWS, "en").summary
    assert {pair.label: pair.value for pair in pairs} == {"Not eligible": "2", "Not funded": "1", "Grant awarded": "1"}
