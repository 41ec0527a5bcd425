"""The public list of results."""

import pytest

from pipgrants.domain.vocabulary import Stage
from pipgrants.letters.layout import to_html, to_text
from pipgrants.letters.results import compose_results

CALL = {
    "call": "pip-two-stage",
    "stage": Stage.PROPOSAL,
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
    document = compose_results(templates, CALL, ROWS, language)
    text, page = to_text(document), to_html(templates, document)
    assert templates.wording(language).word("ineligible") in text
    assert f'<html lang="{language}">' in page and "<b>" not in page
    assert max(map(len, text.splitlines())) <= 78


def test_results_count_the_outcomes_decided_first(templates):
    rows = [row("P-3", "withdrawn"), row("P-4", "late"), row("P-5", "lapsed"), *ROWS]
    pairs = compose_results(templates, CALL, rows, "en").summary
    assert [(pair.label, pair.value) for pair in pairs] == [
        ("Grant awarded", "1"),
        ("Not funded", "1"),
        ("Not eligible", "2"),
        ("Received late", "1"),
        ("Invited, no full proposal submitted", "1"),
        ("Withdrawn", "1"),
    ]


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Results of the profiles: Productive integration"),
        ("es", "Resultados de los perfiles: Productive integration"),
        ("pt", "Resultados dos perfis: Productive integration"),
    ],
)
def test_results_of_profiles_have_no_amounts(templates, language, title):
    rows = [row("P-1", "profile_invited", 1, "80"), row("P-2", "profile_not_invited", 2, "60.5")]
    document = compose_results(templates, CALL | {"stage": Stage.PROFILE}, rows, language)
    wording = templates.wording(language)
    table = document.sections[0].tables[0]
    assert (document.title, table.columns[4:]) == (title, (wording.label("rank"), wording.label("total")))
    assert [cells[3:5] for cells in table.rows] == [
        (wording.word("profile_invited"), "1"),
        (wording.word("profile_not_invited"), "2"),
    ]


OPTIMUM = {
    "objective": "sum_of_scores",
    "value": "246",
    "awards": 3,
    "bound": "250",
    "gap": "0.000012",
    "proved": False,
    "plain": {"value": "102", "awards": 1},
}


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "none can have more than 250, of which this one lacks 0.01%."),
        ("es", "ninguna puede alcanzar más de 250, de lo que a esta le falta el 0,01 %."),
        ("pt", "nenhuma pode alcançar mais de 250, dos quais a esta falta 0,01%."),
    ],
)
def test_what_is_not_proved_of_an_announced_objective_is_published_with_its_bound(templates, language, told):
    document = compose_results(templates, {**CALL, "optimum": OPTIMUM}, ROWS, language)
    texts = [item.text.replace("\u00a0", " ") for item in document.sections[0].paragraphs]
    assert len(texts) == 5
    assert "246" in texts[1] and "102" in texts[2]
    assert told in texts[3]


def test_an_objective_by_amounts_says_nothing_of_small_projects(templates):
    by_money = {**OPTIMUM, "objective": "sum_of_score_times_amount", "proved": True}
    document = compose_results(templates, {**CALL, "optimum": by_money}, ROWS, "en")
    assert [item.text for item in document.sections[0].paragraphs][3:] == [
        "It is proved that no other selection has more."
    ]
