"""``explain`` answers why, in three languages, from what is on record."""

import pytest

from pipgrants.letters.explanation import explain

LANGUAGES = ("en", "es", "pt")


@pytest.fixture
def data(full):
    return {
        "proposal": full["proposal"]
        | {
            "state": "notified",
            "currency": "USD",
            "time_zone": "America/Tegucigalpa",
            "prepared_by": "Ana",
            "approved_by": "Luis",
        },
        "findings": full["findings"],
        "scores": full["scores"],
        "total": "71.5000",
        "maximum_total": "100",
        "rank": 12,
        "ranked_count": 40,
        "tie_broken_by": "criterion:collective_action",
        "line": {"envelope": "12000000", "last_funded_rank": 11, "last_funded_total": "74.25"},
        "decision": full["decision"] | {"amount": None},
        "reasons": full["reasons"],
        "history": [
            {"at": "2026-03-31T21:59:00Z", "act": "ProposalReceived", "actor": "ana", "tier": "coordination"},
            {"at": "2026-05-04T15:00:00Z", "act": "SomethingNew", "actor": "luis", "tier": None},
        ],
    }


@pytest.fixture
def bare(minimal):
    return {
        "proposal": minimal["proposal"] | {"state": "registered"},
        "findings": [],
        "scores": [],
        "total": None,
        "maximum_total": None,
        "rank": None,
        "ranked_count": None,
        "tie_broken_by": None,
        "line": None,
        "decision": None,
        "reasons": [],
        "history": [],
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_explanation_fits_the_terminal_and_leaves_nothing_unfilled(templates, data, bare, language):
    for record in (data, bare):
        text = explain(templates, record, language)
        assert max(map(len, text.splitlines())) <= 80
        assert "None" not in text and "$" not in text


def test_explanation_tells_decision_reason_rank_tie_and_line(templates, data):
    text = " ".join(explain(templates, data, "en").split())
    for sentence in (
        "The decision on the proposal: not funded.",
        "The proposal asks for USD 50,000.00. When its turn came in the ranking, USD 1,234.50 of the call's funds",
        "It ranks 12 of 40 with a total of 71.5.",
        "the higher mark in “Competitiveness through collective action, innovative and replicable” comes first.",
        "The envelope of USD 12,000,000.00 reached down to rank 11, which had a total of 74.25.",
        "Prepared by: Ana",
        "Approved by: Luis",
    ):
        assert sentence in text


def test_explanation_shows_every_criterion_with_its_verdict(templates, data):
    text = explain(templates, data, "en")
    assert [line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("   Verdict")] == [
        "not met",
        "not met",
        "condition of the award",
        "met",
    ]


def test_explanation_tells_the_acts_in_local_time_and_shows_an_unknown_act_as_it_is(templates, data):
    text = explain(templates, data, "en")
    assert "proposal received" in text and "March 31, 2026, 15:59" in text and "SomethingNew" in text


def test_explanation_of_what_is_not_decided_says_so(templates, bare):
    text = explain(templates, bare, "es")
    assert "Todavía no se ha tomado ninguna decisión." in text
