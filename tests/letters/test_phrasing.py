"""Typed values, requirements and notes in words."""

import pytest

from pipgrants.letters.phrasing import Phrasing


@pytest.fixture
def phrasing(templates):
    return Phrasing(templates.wording("en"), "USD")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (None, "not on record"),
        ({"amount": "1234.50", "currency": "EUR"}, "EUR 1,234.50"),
        ({"share": "0.4100"}, "41%"),
        ({"share": None, "amount": "5.00", "currency": "USD"}, "USD 5.00"),
        ({"number": "3", "possible_number": "5"}, "3, possibly 5"),
        ({"date": "2026-01-31"}, "January 31, 2026"),
        ({"code": "cluster"}, "cluster"),
        ({"codes": ["micro", "small"]}, "micro, small"),
        ({"flag": True}, "yes"),
        ({"flag": False}, "no"),
        ({"text": "{{ 7 }}"}, "{{ 7 }}"),
        ({}, "—"),
    ],
)
def test_typed_value_in_words(phrasing, typed, shown):
    assert phrasing.value(typed) == shown


@pytest.mark.parametrize(
    ("required", "shown"),
    [
        (None, "—"),
        ({"comparison": "at_least", "share": "0.5", "of": "proposal"}, "at least 50% of the proposal"),
        (
            {"comparison": "at_most", "share": "0.1", "of": "budget.total_amount"},
            "at most 10% of this: total of the budget",
        ),
        (
            {"comparison": "at_least", "share": "0.5", "of": "grant", "tolerance_amount": "0.01", "currency": "USD"},
            "at least 50% of the grant (tolerance: USD 0.01)",
        ),
        (
            {"comparison": "at_least", "number": "4", "member_type": ["enterprise"], "size_class": ["micro", "small"]},
            "at least 4 (enterprise; micro / small)",
        ),
        ({"comparison": "present", "code": "tax_certificate"}, "attached: tax certificate"),
        ({"comparison": "present"}, "on record"),
        ({"comparison": "is_true"}, "yes"),
        ({"comparison": "unknown_word", "number": "4"}, "4"),
    ],
)
def test_requirement_in_words(phrasing, required, shown):
    assert phrasing.required(required, None) == shown


def test_combined_rule_has_a_line_for_each_part(phrasing, full):
    finding = full["findings"][0]
    assert phrasing.required(finding["required"], finding["seen"]).split("\n") == [
        "at least one of the following:",
        "– all of the following:",
        "· type of project: one of: horizontal network",
        "· number of members: at least 5 (enterprise)",
        "– type of project: one of: cluster, local productive environment",
    ]
    assert phrasing.seen(finding["seen"], finding["required"]).split("\n") == [
        "– all of the following:",
        "· type of project: horizontal network (met)",
        "· number of members: 3, possibly 4 (not met)",
        "– type of project: horizontal network (not met)",
    ]


def test_share_by_size_names_each_member(phrasing):
    part = {
        "rule": "grant.maximum_share_by_size",
        "party": "E-7",
        "size_class": "large",
        "required": {"comparison": "at_most", "share": "0.4"},
        "seen": {"share": "0.4001", "amount": "40010.00", "currency": "USD"},
        "verdict": "not_met",
    }
    required, seen = {"comparison": "all_of"}, {"parts": [part]}
    assert phrasing.required(required, seen) == "all of the following:\n– E-7 (large): at most 40%"
    assert phrasing.seen(seen, required) == "– E-7 (large): 40.01% (USD 40,010.00) (not met)"


def test_reason_that_is_a_finding_names_its_criterion(phrasing):
    phrasing.learn({"prerequisite.minimum_members": "At least five members"})
    values = {
        "criterion": "prerequisite.minimum_members",
        "verdict": "not_met",
        "required": {"comparison": "at_least", "number": "5"},
        "seen": {"number": "3"},
        "clause": "3.2",
    }
    assert phrasing.notes([{"code": "screening.not_met", "values": values}]) == (
        "“At least five members” is not met (clause 3.2).",
    )


def test_threshold_below_its_minimum_is_put_in_words(phrasing):
    phrasing.learn({"business_ideas": "Business ideas"})
    values = {
        "criterion": "evaluation.minimum.business_ideas",
        "verdict": "not_met",
        "required": {"comparison": "at_least", "number": "2"},
        "seen": {"number": "1.6667"},
        "clause": "5.1",
    }
    assert phrasing.notes([{"code": "evaluation.below_minimum", "values": values}]) == (
        "“Minimum mark: Business ideas”: required at least 2; reached 1.6667.",
    )


def test_in_kind_above_its_cap_is_put_in_words(phrasing):
    values = {
        "amount": "30000.00",
        "counted_amount": "20000.00",
        "currency": "USD",
        "maximum_share": "0.4",
        "of": "counterpart",
    }
    assert phrasing.notes([{"code": "counterpart.in_kind_above_cap", "values": values}]) == (
        "Contributions in kind count up to 40% of the counterpart: of USD 30,000.00, USD 20,000.00 is counted.",
    )


def test_unknown_note_shows_its_code_and_values(phrasing):
    assert phrasing.notes([{"code": "new.reason", "values": {"amount": "1.00"}}]) == ("new.reason (amount: USD 1.00)",)


def test_unknown_criterion_shows_its_code(phrasing, full):
    finding = full["findings"][1] | {"criterion": "prerequisite.unheard_of", "notes": []}
    assert (phrasing.title(finding), phrasing.remedy(finding)) == ("prerequisite.unheard_of", "")


@pytest.mark.parametrize(
    ("language", "title", "required", "notes"),
    [
        (
            "en",
            "Eligible costs",
            "one of: staff, training",
            ("USD 11.50 for works is not an eligible cost.", "USD 3.00 of the budget has no cost category."),
        ),
        (
            "es",
            "Gastos elegibles",
            "uno de los siguientes: personal, capacitación",
            ("USD 11,50 para obras no es un gasto elegible.", "USD 3,00 del presupuesto no tiene categoría de gasto."),
        ),
        (
            "pt",
            "Custos elegíveis",
            "um dos seguintes: pessoal, capacitação",
            ("USD 11,50 para obras não é um custo elegível.", "USD 3,00 do orçamento não tem categoria de custo."),
        ),
    ],
)
def test_costs_that_are_not_eligible_are_put_in_words(templates, full, language, title, required, notes):
    phrasing = Phrasing(templates.wording(language), "USD")
    finding = full["findings"][1] | {"criterion": "budget.eligible_costs"}
    seen = [
        {"code": "budget.ineligible_cost", "values": {"category": "works", "amount": "11.50", "currency": "USD"}},
        {"code": "budget.no_category", "values": {"amount": "3.00", "currency": "USD"}},
    ]
    assert phrasing.title(finding) == title
    assert phrasing.required({"comparison": "one_of", "codes": ["staff", "training"]}, None) == required
    assert phrasing.notes(seen) == notes


def test_parts_of_none_of_show_what_was_seen_without_their_verdicts(phrasing):
    inner = [
        {
            "fact": "members.any_excluded",
            "required": {"comparison": "is_true"},
            "seen": {"flag": False},
            "verdict": "not_met",
        }
    ]
    seen = {"parts": inner}
    assert phrasing.seen(seen, {"comparison": "none_of"}) == "– a member on an exclusion list: no"
    nested = {"parts": [{"rule": "none_of", "required": {"comparison": "none_of"}, "seen": seen, "verdict": "met"}]}
    assert phrasing.seen(nested, {"comparison": "all_of"}) == (
        "– none of the following:\n· a member on an exclusion list: no"
    )


@pytest.mark.parametrize(
    ("seen", "verdict", "told"),
    [
        (None, "undetermined", "State what is not on record. If it does not meet the requirement: Reduce it."),
        ({"number": "48"}, "not_met", "Reduce it."),
    ],
)
def test_nobody_is_told_to_reduce_what_is_not_on_record(phrasing, full, seen, verdict, told):
    required = {"comparison": "at_most", "number": "36"}
    finding = full["findings"][0] | {"required": required, "seen": seen, "verdict": verdict, "remedy": "Reduce it."}
    assert phrasing.remedy(finding | {"notes": []}) == told


def contested(full, verdict):
    values = {"amount": "1.00", "currency": "USD", "party": "E-7", "evidence": "paper:a20257", "source": "own_funds"}
    notes = [{"code": "counterpart.evidence_contested", "values": values}]
    return full["findings"][1] | {"notes": notes, "verdict": verdict}


@pytest.mark.parametrize(
    ("language", "remedy", "general"),
    [
        ("en", "Have the issuer of the contested paper state in writing", "Raise the contribution that counts. "),
        ("es", "Pida a quien emitió el documento en disputa que declare", "Aumente el aporte computable. "),
        ("pt", "Peça a quem emitiu o documento em disputa que declare", "Aumente a contrapartida computável. "),
    ],
)
def test_remedy_of_a_contested_paper_is_the_word_of_its_issuer(templates, full, language, remedy, general):
    phrasing = Phrasing(templates.wording(language), "USD")
    assert phrasing.remedy(contested(full, "undetermined")).startswith(remedy)
    assert phrasing.remedy(contested(full, "not_met")).startswith(general + remedy)


def test_paper_and_party_are_called_by_their_names_and_never_by_an_identity(phrasing, full):
    notes = contested(full, "undetermined")["notes"]
    assert "from E-7 is" in phrasing.notes(notes)[0] and "(paper)" in phrasing.notes(notes)[0]
    phrasing.learn({"E-7": "Cerámica Ortega", "paper:a20257": "Letter 7"})
    assert "from Cerámica Ortega is" in phrasing.notes(notes)[0] and "(Letter 7)" in phrasing.notes(notes)[0]


@pytest.mark.parametrize(
    ("language", "clause"), [("en", "required papers"), ("es", "documentos exigidos"), ("pt", "documentos exigidos")]
)
def test_papers_required_stand_under_a_clause_in_words(templates, full, language, clause):
    finding = full["findings"][2] | {"clause": "required_evidence"}
    table = Phrasing(templates.wording(language), "USD").findings_table([finding], "")
    assert table.rows[0][1] == clause
