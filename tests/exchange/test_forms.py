"""The form that applicants get: in their language, and readable again as it is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from pipgrants.domain.call import Call, EligibleCosts
from pipgrants.domain.vocabulary import CostCategory
from pipgrants.errors import ImportRefusedError
from pipgrants.exchange.applications import read_applications
from pipgrants.exchange.fields import FORM
from pipgrants.exchange.forms import applicant_fields, instructions, write_template
from pipgrants.exchange.wording import read_form_wording
from pipgrants.reading import read_file

PROJECT = Path(__file__).resolve().parents[2]
LANGUAGES = ["en", "es", "pt"]


@pytest.fixture(scope="module")
def call() -> Call:
    return read_file(PROJECT / "workflows" / "calls" / "pip-one-stage.yaml", Call)


@pytest.mark.parametrize("language", LANGUAGES)
def test_wording_of_the_form_is_complete(wording_sources, language: str) -> None:
    wording = read_form_wording(wording_sources, language)
    assert list(wording.sheets) == list(FORM)
    assert set(wording.fields) == {field.name for fields in FORM.values() for field in fields}
    assert set(wording.sentences) == set(read_form_wording(wording_sources, "en").sentences)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["form.xlsx", "folder"])
def test_form_that_nobody_filled_in_is_refused(tmp_path, call, wording_sources, language: str, name: str) -> None:
    write_template(call, call.window, tmp_path / name, language, read_form_wording(wording_sources, language), {})
    with pytest.raises(ImportRefusedError) as refused:
        read_applications(tmp_path / name, currency=call.currency, time_zone=call.time_zone)
    assert [problem.code for problem in refused.value.problems] == ["import.no_application"]


def test_form_filled_in_from_row_three_is_read(tmp_path, call, wording_sources) -> None:
    path = tmp_path / "form.xlsx"
    write_template(call, call.window, path, "es", read_form_wording(wording_sources, "es"), {})
    book = load_workbook(path)
    book["Proposals"]["A3"], book["Proposals"]["B3"] = "A-1", "Café"
    for column, value in zip("ABCD", ["A-1", "1", "Coop", "yes"], strict=True):
        book["Members"][f"{column}3"] = value
    book.save(path)
    [located] = read_applications(path, currency=call.currency, time_zone=call.time_zone).applications
    assert (located.place.row, located.application.title) == (3, "Café")


def test_form_has_headings_help_and_choices_in_the_language(tmp_path, call, wording_sources) -> None:
    path = tmp_path / "form.xlsx"
    write_template(call, call.window, path, "pt", read_form_wording(wording_sources, "pt"), {"enterprise": "empresa"})
    book = load_workbook(path)
    assert book.sheetnames == ["Instructions", *(sheet.capitalize() for sheet in FORM)]
    members = book["Members"]
    assert [cell.value for cell in members[1]] == [field.name for field in applicant_fields("members")]
    assert (members["E2"].value, members.freeze_panes) == ("[Tipo de entidade]", "B3")
    assert "enterprise = empresa" in members["E2"].comment.text
    choices = {str(item.sqref).split(":")[0]: item.formula1 for item in members.data_validations.dataValidation}
    assert choices["E3"] == '"enterprise,knowledge_institution,public_body,association,other"'
    assert choices["D3"] == '"yes,no"'


def test_choices_fit_the_length_that_spreadsheets_allow() -> None:
    lists = [",".join(field.words) for fields in FORM.values() for field in fields if field.words]
    assert max(map(len, lists)) <= 255


def test_office_columns_are_not_asked_of_applicants() -> None:
    asked = {field.name for field in applicant_fields("proposals")}
    assert asked.isdisjoint({"received_at", "source_state"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_instructions_state_deadline_prerequisites_and_counterpart(call, wording_sources, language: str) -> None:
    text = "\n".join(instructions(call, call.window, language, read_form_wording(wording_sources, language), {}))
    assert f"{call.window.closes_at:%Y-%m-%d %H:%M} ({call.time_zone})" in text
    for prerequisite in call.prerequisites:
        assert prerequisite.title[language] in text
    assert "50 %" in text
    assert call.contact.email in text
    assert "$" not in text


def test_instructions_name_the_eligible_costs_in_the_language(call, wording_sources) -> None:
    words = {"staff": "personal", "works": "obras"}
    limited = replace(call, eligible_costs=EligibleCosts("3.9", (CostCategory.STAFF, CostCategory.WORKS)))
    sentence = "El presupuesto solo puede incluir estos gastos (cláusula 3.9): personal, obras."
    wording = read_form_wording(wording_sources, "es")
    assert sentence in instructions(limited, limited.window, "es", wording, words)
    without = instructions(replace(call, eligible_costs=None), call.window, "es", wording, words)
    added = [line for line in instructions(limited, call.window, "es", wording, words) if line not in without]
    assert added == [sentence]


def test_json_skeleton_names_every_field(tmp_path, call, wording_sources) -> None:
    path = tmp_path / "form.json"
    write_template(call, call.window, path, "en", read_form_wording(wording_sources, "en"), {})
    form = json.loads(path.read_text())
    assert form["instructions"][0] == "Call for productive integration projects, one stage"
    [skeleton] = form["proposals"]
    assert set(skeleton) == {field.name for field in applicant_fields("proposals")} | (FORM.keys() - {"proposals"})
    skeleton |= {"reference": "A-1", "title": "Coffee"}
    skeleton["members"] = [{"member": "1", "name": "Coop", "is_lead": True}]
    path.write_text(json.dumps(form))
    result = read_applications(path, currency=call.currency, time_zone=call.time_zone)
    assert (len(result.applications), result.problems) == (1, ())
