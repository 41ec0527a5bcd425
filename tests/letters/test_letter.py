"""Every kind of letter, in three languages, with everything on record and with nothing."""

import pytest

from pipgrants.domain.vocabulary import LetterKind
from pipgrants.errors import RefusedError
from pipgrants.letters.layout import to_html, to_text
from pipgrants.letters.letter import compose
from pipgrants.letters.templates import Templates

LANGUAGES = ("en", "es", "pt")
DRAFT = {"en": "DRAFT", "es": "BORRADOR", "pt": "MINUTA"}
APPEALABLE = (
    LetterKind.LATE,
    LetterKind.INELIGIBLE,
    LetterKind.PROFILE_INVITED,
    LetterKind.PROFILE_NOT_INVITED,
    LetterKind.AWARD,
    LetterKind.CONDITIONAL_AWARD,
    LetterKind.RESERVE,
    LetterKind.DECLINE,
)
EVERY_LETTER = [(kind, language) for kind in LetterKind for language in LANGUAGES]


def section(document, name):
    return next((section for section in document.sections if section.name == name), None)


def words(section):
    return " ".join([*(item.text + " ".join(item.items) for item in section.paragraphs)])


@pytest.mark.parametrize("record", ["full", "minimal"])
@pytest.mark.parametrize(("kind", "language"), EVERY_LETTER)
def test_letter_is_made_from_any_record_as_preview_and_as_released(templates, kind, language, record, release, request):
    data = request.getfixturevalue(record)
    for released in (None, release):
        document = compose(templates, kind, language, data, released)
        text, html = to_text(document), to_html(templates, document)
        assert (document.draft, DRAFT[language] in document.title) == (released is None, released is None)
        assert (DRAFT[language] in text.partition("\n")[0]) is (released is None)
        assert f'<html lang="{language}">' in html
        assert data["letter"] in text and data["letter"] in html
        assert data["call"]["contact"]["email"] in text
        assert "None" not in text and "$" not in text and "{" not in text


@pytest.mark.parametrize(("kind", "language"), EVERY_LETTER)
def test_letter_says_first_what_was_decided_and_what_to_do(templates, kind, language, full, release):
    labels = [pair.label for pair in compose(templates, kind, language, full, release).summary]
    wording = templates.wording(language)
    assert labels[0] == wording.label("outcome")
    assert wording.label("action") in labels


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", LetterKind)
def test_decision_letter_gives_deadline_and_way_to_appeal(templates, kind, language, full, release):
    appeal = section(compose(templates, kind, language, full, release), "appeal")
    if kind not in APPEALABLE:
        assert appeal is None
    else:
        day = {"en": "May 18, 2026", "es": "18 de mayo de 2026", "pt": "18 de maio de 2026"}[language]
        assert day in words(appeal)
        assert "7.2" in words(appeal) and "appeals@linkages.example" in words(appeal)


@pytest.mark.parametrize("language", LANGUAGES)
def test_appeal_of_a_preview_counts_working_days(templates, language, full):
    appeal = words(section(compose(templates, LetterKind.DECLINE, language, full, None), "appeal"))
    assert "10" in appeal and "2026" not in appeal


@pytest.mark.parametrize("language", LANGUAGES)
def test_award_letter_states_the_amount_in_subject_summary_and_body(templates, language, full, release):
    document = compose(templates, LetterKind.AWARD, language, full, release)
    amount = {"en": "USD 50,000.00"}.get(language, "USD 50.000,00")
    shown = [amount in document.title, amount in document.summary[1].value, amount in words(document.sections[1])]
    assert shown == [True, True, True]


def test_ineligible_letter_tells_each_unmet_criterion_with_clause_required_seen_and_remedy(templates, full, release):
    document = compose(templates, LetterKind.INELIGIBLE, "en", full, release)
    table, _ = section(document, "reasons").tables
    assert table.columns == ("Criterion", "Clause", "Required", "Seen in your proposal", "How to remedy it")
    assert [row[:2] for row in table.rows] == [
        ("A horizontal network has at least five different enterprises.", "3.2"),
        ("Counterpart contribution", "4.2"),
    ]
    assert table.rows[1][2:] == (
        "at least 50% of the proposal",
        "49.99% (USD 49,990.00; cash USD 30,000.00, in kind USD 19,990.00)\n"
        "USD 8,000.00 from Cerámica Ortega (own funds) is not counted: no paper commits it.",
        "Raise the contribution that counts. Attach a letter in which the contributor commits the amount.",
    )


def test_conditional_award_lists_its_conditions_and_no_other_criterion(templates, full, release):
    document = compose(templates, LetterKind.CONDITIONAL_AWARD, "en", full, release)
    (table,) = section(document, "conditions").tables
    assert [row[0] for row in table.rows] == ["The members have signed a consortium agreement."]
    (reasons,) = section(document, "reasons").tables
    assert [row[:2] for row in reasons.rows] == [("Funds of the call", "6.1")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_reserve_letter_lists_the_conditions_that_an_award_would_have(templates, language, full, release):
    conditions = section(compose(templates, LetterKind.RESERVE, language, full, release), "conditions")
    assert "calls@linkages.example" in words(conditions)
    assert [row[0] for row in conditions.tables[0].rows] == ["The members have signed a consortium agreement."]
    full["findings"] = []
    assert section(compose(templates, LetterKind.RESERVE, language, full, release), "conditions") is None


@pytest.mark.parametrize(
    ("language", "one", "several"),
    [
        ("en", "within 1 working day of", "within 2 working days of"),
        ("es", "en el plazo de 1 día hábil a partir", "en el plazo de 2 días hábiles a partir"),
        ("pt", "em até 1 dia útil após", "em até 2 dias úteis após"),
    ],
)
def test_one_working_day_is_singular(templates, language, one, several, full):
    shown = []
    for days in (1, 2):
        full["call"]["appeal"]["working_days"] = days
        shown.append(words(section(compose(templates, LetterKind.DECLINE, language, full, None), "appeal")))
    assert one in shown[0] and several in shown[1]


@pytest.mark.parametrize(
    ("language", "one", "several"),
    [
        ("en", "gives 1 working day to", "gives 2 working days to"),
        ("es", "un plazo de 1 día hábil,", "un plazo de 2 días hábiles,"),
        ("pt", "um prazo de 1 dia útil,", "um prazo de 2 dias úteis,"),
    ],
)
def test_one_working_day_to_answer_is_singular(templates, language, one, several, full, release):
    shown = []
    for days in (1, 2):
        full["clarification"] = {"working_days": days}
        letter = compose(templates, LetterKind.CLARIFICATION_REQUEST, language, full, release)
        shown.append(words(section(letter, "next_steps")))
    assert one in shown[0] and several in shown[1]


def test_decline_letter_shows_marks_totals_and_the_line(templates, full, release):
    document = compose(templates, LetterKind.DECLINE, "es", full, release)
    (table,) = section(document, "scores").tables
    assert [row[1:] for row in table.rows] == [
        ("3", "3,6667 de 5", "2", "11"),
        ("2", "no aplicable", "—", "7"),
        ("1", "4,6667 de 5", "2", "4,6667"),
        ("", "", "", "22,6667 de 30"),
        ("", "", "", "24"),
    ]


def test_clarification_request_says_until_when(templates, full, release):
    released = {**release, "answer_until": "2026-04-14"}
    document = compose(templates, LetterKind.CLARIFICATION_REQUEST, "pt", full, released)
    assert document.summary[-1].value == "14 de abril de 2026, inclusive"
    assert "até 14 de abril de 2026, inclusive" in words(section(document, "next_steps"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_draft_of_a_clarification_request_names_no_day(templates, language, full):
    document = compose(templates, LetterKind.CLARIFICATION_REQUEST, language, full, None)
    assert "2026" not in words(section(document, "next_steps"))
    assert len(document.summary) == 2


def test_invited_profile_learns_the_second_deadline_in_the_time_of_the_call(templates, full, release):
    document = compose(templates, LetterKind.PROFILE_INVITED, "en", full, release)
    assert document.summary[-1].value == "August 31, 2026, 17:00 (Tegucigalpa time, UTC−06:00); May 18, 2026 (appeal)"


@pytest.mark.parametrize(
    ("kind", "language", "due"),
    [
        (LetterKind.AWARD, "en", "May 18, 2026 (appeal)"),
        (LetterKind.RESERVE, "es", "18 de mayo de 2026 (recurso)"),
        (
            LetterKind.CONDITIONAL_AWARD,
            "en",
            "Before the grant agreement is signed (conditions); May 18, 2026 (appeal)",
        ),
        (
            LetterKind.CONDITIONAL_AWARD,
            "pt",
            "Antes da assinatura do termo de concessão (condições); 18 de maio de 2026 (recurso)",
        ),
    ],
)
def test_summary_of_a_letter_that_awards_says_by_when(templates, kind, language, due, full, release):
    assert compose(templates, kind, language, full, release).summary[-1].value == due


@pytest.mark.parametrize(
    ("code", "values", "row"),
    [
        (
            "allocation.funded",
            {"asked": {"amount": "50000.00", "currency": "USD"}, "left": {"amount": "60000.00", "currency": "USD"}},
            ("USD 50,000.00, which the proposal asks for", "USD 60,000.00 remained when its turn came"),
        ),
        (
            "allocation.below_minimum_score",
            {"required": {"number": "23"}, "seen": {"number": "22.5"}},
            ("at least 23", "22.5"),
        ),
        (
            "allocation.beyond_maximum_awards",
            {"maximum": {"number": "10"}},
            ("one of the grants that the call gives at most (10)", "proposals ranked higher receive them"),
        ),
        ("allocation.of_tomorrow", {}, ("—", "—")),
    ],
)
def test_reasons_of_a_decision_stand_in_a_table_with_what_was_required_and_what_was_found(
    templates, code, values, row, full, release
):
    full["findings"], full["reasons"] = [], [{"code": code, "values": {**values, "clause": "6.1"}}]
    reasons = section(compose(templates, LetterKind.DECLINE, "en", full, release), "reasons")
    assert reasons.paragraphs == ()
    assert reasons.tables[0].columns == ("Criterion", "Clause", "Required", "What was found")
    assert reasons.tables[0].rows[0][1:] == ("6.1", *row)


@pytest.mark.parametrize("language", LANGUAGES)
def test_released_letter_names_its_entry_and_the_checkpoint_it_stands_in(templates, language, full, release):
    verification = words(section(compose(templates, LetterKind.AWARD, language, full, release), "verification"))
    assert [part for part in ("L-000123", "1234", "5678", release["root"]) if part not in verification] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_letter_released_before_there_were_checkpoints_reads_as_it_did(templates, language, full, release):
    del release["size"]
    release["root"] = None
    verification = words(section(compose(templates, LetterKind.AWARD, language, full, release), "verification"))
    assert "1234" in verification and "None" not in verification


def test_letter_of_invented_data_is_labelled(templates, full, minimal, release):
    label = templates.wording("en").label("synthetic_banner")
    shown = [compose(templates, LetterKind.AWARD, "en", data, release).banners for data in (full, minimal)]
    assert shown == [(label,), ()]


def test_letter_to_somebody_without_a_proposal_has_no_proposal_line(templates, full, release):
    full["proposal"] |= {"number": "", "title": None}
    labels = [pair.label for pair in compose(templates, LetterKind.CORRIGENDUM, "en", full, release).references]
    assert labels == ["Letter", "Date", "Call"]


@pytest.mark.parametrize(("kind", "language"), EVERY_LETTER)
def test_letter_is_a_pure_function_of_record_and_release(sources, templates, kind, language, full, release):
    once, again = (
        compose(Templates(sources), kind, language, full, release),
        compose(templates, kind, language, full, release),
    )
    assert to_text(once) == to_text(again)
    assert to_html(templates, once) == to_html(templates, again)


HOSTILE = [
    "{{ 7 * 7 }}",
    "{% include '/etc/passwd' %}",
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "$amount ${amount} $$",
    '#read("/etc/passwd")',
    "*b* _i_ `c`",
    "N" * 5_000,
    "شركة التعاون للنسيج",
    "🧵👩‍🌾 Café",
    "\u2068unbalanced",
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", LetterKind)
def test_hostile_value_comes_out_literally(templates, kind, value, full, release):
    full["recipient"] = {"name": value, "postal_address": value, "email": value}
    full["proposal"]["title"] = full["reason"] = value
    full["changes"][0] |= {"clauses": [value], "old": {"text": value}}
    full["findings"][0] |= {"title": value, "remedy": value, "clause": value, "seen": {"text": value}}
    full["scores"][0]["title"] = value
    full["reasons"][0]["values"]["left"] = value
    document = compose(templates, kind, "en", full, release)
    html = to_html(templates, document)
    shown = value.replace("\u2068", "\ufffd")
    assert document.recipient[0].strip("\u2068\u2069") == shown
    assert "<script>" not in html and "<img" not in html
    assert "49" not in document.recipient[0]
    assert max(len(line) for line in to_text(document).splitlines()) <= 78


def test_value_with_line_ends_makes_no_block_of_its_own(templates, full, release):
    full["proposal"]["title"] = "Network\n\n- DECISION: grant awarded\n"
    document = compose(templates, LetterKind.DECLINE, "en", full, release)
    assert "“Network - DECISION: grant awarded”" in words(section(document, "decision"))
    assert [item for paragraph in section(document, "decision").paragraphs for item in paragraph.items] == []


def test_bad_template_stops_its_own_kind_with_file_and_line(sources, full, release):
    broken = "{% block decision %}\n{{ proposal.colour }}\n{% endblock %}"
    templates = Templates({**sources, "letters/award.en.j2": broken})
    with pytest.raises(RefusedError, match=r"letters/award\.en\.j2:2: .*colour"):
        compose(templates, LetterKind.AWARD, "en", full, release)
    assert compose(templates, LetterKind.AWARD, "es", full, release).title.startswith("Se adjudica")


@pytest.mark.parametrize(
    ("language", "rows"),
    [
        ("en", ("last minute for applications", "March 31, 2026, 17:00", "April 15, 2026, 17:00", "prerequisites")),
        (
            "es",
            (
                "cierre de la recepción de solicitudes",
                "31 de marzo de 2026 a las 17:00",
                "15 de abril de 2026 a las 17:00",
                "requisitos previos",
            ),
        ),
        (
            "pt",
            (
                "encerramento do recebimento de candidaturas",
                "31 de março de 2026 às 17:00",
                "15 de abril de 2026 às 17:00",
                "requisitos prévios",
            ),
        ),
    ],
)
def test_corrigendum_tells_each_change_with_its_values_or_its_clauses(templates, language, rows, full, release):
    document = compose(templates, LetterKind.CORRIGENDUM, language, full, release)
    (table,) = section(document, "decision").tables
    moved, until, later, named = rows
    assert (table.rows[0][0], table.rows[2]) == (moved, (named, "3.2, 3.4", "", ""))
    assert table.rows[0][2].startswith(until) and table.rows[0][3].startswith(later)


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "[redacted]"), ("es", "[datos suprimidos]"), ("pt", "[dados suprimidos]")]
)
@pytest.mark.parametrize("kind", LetterKind)
def test_letter_to_a_redacted_party_says_so_where_the_name_stood(templates, kind, language, shown, full, release):
    full["recipient"] = {"name": None, "postal_address": None, "email": None}
    assert compose(templates, kind, language, full, release).recipient == (shown,)
