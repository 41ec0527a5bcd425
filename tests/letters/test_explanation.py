"""``explain`` answers why, in three languages, from what is on record."""

import pytest

from pipgrants.letters.explanation import explain

LANGUAGES = ("en", "es", "pt")


def act(entry, name, at, actor, tier, *, role="coordination_officer", on_behalf_of=None, fingerprint=None):
    return {
        "entry": entry,
        "at": at,
        "act": name,
        "actor": actor,
        "on_behalf_of": on_behalf_of,
        "role": role,
        "tier": tier,
        "fingerprint": fingerprint,
    }


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
        "tie_broken_by": "criterion:collective",
        "ties": {
            "tied_count": 3,
            "rules": ["priority", "criterion:collective", "draw"],
            "next_broken_by": "draw",
            "drawn_count": 2,
            "draw_key": "1.2./3.4./",
        },
        "prepared": act(1_350, "PackagePrepared", "2026-05-03T15:00:00Z", "ana", "coordination"),
        "approved": act(
            1_360, "AllocationRatified", "2026-05-04T15:00:00Z", "luis", "management", fingerprint="SHA256:abc"
        ),
        "line": {"envelope": "12000000", "last_funded_rank": 11, "last_funded_total": "74.25"},
        "decision": full["decision"] | {"amount": None},
        "reasons": full["reasons"],
        "history": [
            act(1_207, "ProposalReceived", "2026-03-31T21:59:00Z", "ana", "coordination"),
            act(1_300, "ProposalScored", "2026-05-02T15:00:00Z", None, "coordination", role="evaluator"),
            act(1_400, "SomethingNew", "2026-05-04T15:00:00Z", "luis", None, on_behalf_of="marta"),
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
        "ties": None,
        "prepared": None,
        "approved": None,
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
        "3 proposals have this total.",
        "The call breaks ties in this order: the proposal of a priority group comes first; "
        "the higher mark in “Competitiveness through collective action, innovative and replicable” comes first; the "
        "order drawn by lot.",
        "It had the same total as the proposal ranked just above it; the tie was broken by this rule: the higher mark",
        "The proposal ranked just below it has the same total; it was placed lower by this rule: the order drawn",
        "It was drawn among 2 proposals, as RFC 3797 says, with the key 1.2./3.4./.",
        "The envelope of USD 12,000,000.00 reached down to rank 11, which had a total of 74.25.",
        "Prepared by: Ana",
        "Approved by: Luis",
        "ana prepared the decision (entry 1350).",
        "luis approved it (entry 1360), signed with the key SHA256:abc.",
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
    acts = text[text.index("What was done") :]
    assert "proposal received" in acts and "March 31, 2026, 15:59" in acts and "SomethingNew" in acts
    assert [line.split()[-1] for line in acts.splitlines() if "Entry: " in line] == ["1207", "1300", "1400"]


def test_explanation_says_for_whom_somebody_acted_and_names_no_evaluator(templates, data):
    acts = " ".join(explain(templates, data, "en").partition("What was done")[2].split())
    assert "evaluator" in acts and "(for" in acts and "marta)" in acts


def test_explanation_says_where_an_approval_bears_no_signature(templates, data):
    data["approved"] |= {"fingerprint": None, "on_behalf_of": "marta"}
    text = " ".join(explain(templates, data, "es").split())
    assert "luis (en nombre de marta) la aprobó (asiento 1360), sin firma." in text


def test_explanation_shows_the_marks_that_each_mark_was_combined_from(templates, data):
    data["scores"] = [{**data["scores"][0], "given": ["1.5", "2", "4"]}, *data["scores"][1:]]
    text = explain(templates, data, "en")
    assert "Marks given" in text and "1.5; 2; 4" in " ".join(text.split())


def test_explanation_of_what_is_not_decided_says_so(templates, bare):
    text = explain(templates, bare, "es")
    assert "Todavía no se ha tomado ninguna decisión." in text


@pytest.mark.parametrize(
    ("language", "one", "several"),
    [
        ("en", "within one working day of its release", "within 10 working days of its release"),
        ("es", "dentro del día hábil siguiente a su emisión", "dentro de los 10 días hábiles siguientes a su emisión"),
        ("pt", "em até um dia útil depois da sua emissão", "em até 10 dias úteis depois da sua emissão"),
    ],
)
def test_one_day_to_appeal_is_one_day(templates, data, language, one, several):
    def told(days):
        way = {"letter": "L-000001", "until": None, "working_days": days, "clause": "7.2", "addressee": "Committee"}
        ending = {"kind": "late", "at": "2026-04-01T00:00:00Z", "deadline": "2026-03-31T23:00:00Z", "appeal": way}
        return " ".join(explain(templates, data | {"ending": ending}, language).split())

    assert (one in told(1), several in told(1), several in told(10)) == (True, False, True)
