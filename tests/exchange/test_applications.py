"""The form read strictly: every mistake located, nothing guessed, warnings that block nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from pipgrants.domain.vocabulary import Language, MemberType, PriorityGroup
from pipgrants.errors import ImportRefusedError
from pipgrants.exchange.applications import read_applications


def test_sound_form_is_read_without_problem_or_warning(workbook, changed, import_form) -> None:
    result = import_form(workbook(changed()))
    assert (result.problems, result.warnings, result.rows_read) == ((), (), 7)
    [located] = result.applications
    assert (located.place.file, located.place.row) == ("form.xlsx", 2)
    application = located.application
    assert (application.reference, application.total_amount) == ("A-1", Decimal(1000))
    assert [(member.key, member.is_lead, member.member_type) for member in application.members] == [
        ("1", True, MemberType.ENTERPRISE),
        ("2", False, None),
    ]
    assert [line.amount for line in application.budget_lines] == [Decimal(500), Decimal(500)]
    assert [line.evidence for line in application.counterpart_lines] == ["L1"]


def test_form_in_json_is_the_form_in_a_workbook(workbook, document, changed, import_form) -> None:
    from_workbook, from_document = import_form(workbook(changed())), import_form(document(changed()))
    assert [a.application for a in from_document.applications] == [a.application for a in from_workbook.applications]


@pytest.mark.parametrize(
    ("sheet", "cells", "code"),
    [
        ("proposals", {"total_amount": "1000,50"}, "import.decimal_comma"),
        ("proposals", {"total_amount": "1.000.000"}, "import.thousands_mark"),
        ("proposals", {"total_amount": "1,000"}, "import.thousands_mark"),
        ("proposals", {"total_amount": "1.000"}, "import.thousands_mark"),
        ("proposals", {"total_amount": "200.500"}, "import.thousands_mark"),
        ("proposals", {"total_amount": "1.005"}, "import.too_many_decimals"),
        ("proposals", {"total_amount": "1e3"}, "import.not_a_number"),
        ("proposals", {"total_amount": "about 1000"}, "import.not_a_number"),
        ("proposals", {"total_amount": "NaN"}, "import.not_a_number"),
        ("proposals", {"total_amount": "１０００"}, "import.not_a_number"),
        ("proposals", {"total_amount": "-1"}, "import.negative_amount"),
        ("proposals", {"total_amount": "0.001"}, "import.too_many_decimals"),
        ("proposals", {"total_amount": "1000000000000000.01"}, "import.amount_too_large"),
        ("proposals", {"design_on": "31/01/2026"}, "import.not_a_date"),
        ("proposals", {"design_on": "2026-02-30"}, "import.not_a_date"),
        ("proposals", {"duration_months": "18.5"}, "import.not_whole"),
        ("proposals", {"received_at": "yesterday"}, "import.not_an_instant"),
        ("proposals", {"project_type": "network"}, "import.unknown_word"),
        ("proposals", {"language": "fr"}, "import.unknown_word"),
        ("proposals", {"title": " "}, "import.required"),
        ("members", {"email": "coop at example.org"}, "import.not_an_email"),
        ("members", {"tax_number": "0801", "tax_country": "Honduras"}, "import.not_a_country"),
        ("members", {"tax_number": "0801"}, "import.tax_country_missing"),
        ("members", {"is_lead": "perhaps"}, "import.unknown_word"),
        ("members", {"priority_groups": "women_led; tall"}, "import.unknown_words"),
        ("members", {"reference": "A-9"}, "import.unknown_reference"),
        ("budget", {"member": "7"}, "import.unknown_member"),
        ("budget", {"source": None}, "import.required"),
        ("counterpart", {"evidence": "L9"}, "import.unknown_evidence"),
        ("evidence", {"sha256": "abc"}, "import.not_a_sha256"),
    ],
)
def test_cell_that_is_not_what_its_column_asks_for_is_located(
    workbook, changed, import_form, sheet, cells, code
) -> None:
    result = import_form(workbook(changed(sheet, 0, **cells)))
    column = "tax_country" if code == "import.not_a_country" else next(iter(cells))
    problem = result.problems[0]
    assert (problem.file, problem.line, problem.field) == ("form.xlsx", 2, f"{sheet.capitalize()}.{column}")
    assert problem.code == code
    assert result.applications == () or code == "import.unknown_reference"


def test_problem_suggests_the_number_to_write(workbook, changed, import_form) -> None:
    comma, thousands = (
        import_form(workbook(changed("proposals", 0, total_amount=text))).problems[0]
        for text in ("1.234,50", "1,234.50")
    )
    assert dict(comma.values)["suggestion"] == "1234.50"
    assert dict(thousands.values)["suggestion"] == "1234.50"


def test_all_problems_of_an_application_are_reported_at_once(workbook, changed, import_form, seen) -> None:
    sheets = changed("proposals", 0, total_amount="lots", design_on="soon")
    sheets["budget"][1]["amount"] = "some"
    sheets["counterpart"][0]["evidence"] = "L9"
    assert seen(import_form(workbook(sheets)).problems) == [
        (2, "Proposals.design_on", "import.not_a_date"),
        (2, "Proposals.total_amount", "import.not_a_number"),
        (3, "Budget.amount", "import.not_a_number"),
        (2, "Counterpart.evidence", "import.unknown_evidence"),
    ]


def test_application_with_a_problem_leaves_the_others_standing(workbook, changed, import_form) -> None:
    sheets = changed()
    sheets["proposals"].append({"reference": "A-2", "title": "Honey", "total_amount": "x"})
    sheets["members"].append({"reference": "A-2", "member": "1", "name": "Apicultores", "is_lead": "yes"})
    result = import_form(workbook(sheets))
    assert [located.application.reference for located in result.applications] == ["A-1"]
    assert [problem.line for problem in result.problems] == [3]


def test_reference_written_twice_spoils_both_rows(workbook, changed, import_form, seen) -> None:
    sheets = changed()
    sheets["proposals"].append(dict(sheets["proposals"][0]))
    result = import_form(workbook(sheets))
    assert (result.applications, seen(result.problems)) == ((), [(3, "Proposals.reference", "import.reference_twice")])


def test_consortium_without_lead_or_with_two_is_a_problem(workbook, changed, import_form) -> None:
    none = import_form(workbook(changed("members", 0, is_lead="no")))
    two = import_form(workbook(changed("members", 1, is_lead="sí")))
    assert [problem.code for problem in none.problems] == ["import.no_lead"]
    assert [(problem.code, dict(problem.values)) for problem in two.problems] == [("import.two_leads", {"count": "2"})]


def test_lead_repeated_as_partner_is_dropped_with_a_warning_and_keeps_its_lines(workbook, changed, import_form) -> None:
    sheets = changed("members", 1, name=" COOP. SAN JUAN ")
    sheets["budget"][1]["member"] = "2"
    result = import_form(workbook(sheets))
    [located] = result.applications
    assert [member.key for member in located.application.members] == ["1"]
    assert [line.party for line in located.application.budget_lines] == ["1", "1"]
    assert [(warning.line, warning.code) for warning in result.warnings] == [(3, "import.lead_repeated_as_partner")]


def test_partner_repeated_is_dropped_with_a_warning(workbook, changed, import_form) -> None:
    sheets = changed()
    sheets["members"].append({"reference": "A-1", "member": "3", "name": "universidad zamorano", "is_lead": "no"})
    result = import_form(workbook(sheets))
    assert [member.key for member in result.applications[0].application.members] == ["1", "2"]
    assert [warning.code for warning in result.warnings] == ["import.partner_repeated"]


def test_same_name_with_two_tax_numbers_is_two_entities(workbook, changed, import_form) -> None:
    sheets = changed("members", 0, tax_number="1", tax_country="HN")
    sheets["members"][1] |= {"name": "Coop. San Juan", "tax_number": "2", "tax_country": "HN"}
    result = import_form(workbook(sheets))
    assert (len(result.applications[0].application.members), result.warnings) == (2, ())


@pytest.mark.parametrize("again", ["08-1990 A", "081990a", "08.1990/a"])
def test_same_tax_number_under_two_names_is_one_entity(workbook, changed, import_form, again) -> None:
    sheets = changed("members", 0, tax_number="08-1990 A", tax_country="HN")
    sheets["members"][1] |= {"tax_number": again, "tax_country": "HN"}
    result = import_form(workbook(sheets))
    assert [member.key for member in result.applications[0].application.members] == ["1"]
    assert [warning.code for warning in result.warnings] == ["import.lead_repeated_as_partner"]


def test_key_given_to_two_entities_or_papers_is_a_problem(workbook, changed, import_form) -> None:
    members = import_form(workbook(changed("members", 1, member="1")))
    sheets = changed()
    sheets["evidence"].append({**sheets["evidence"][0], "issuer": "Bank"})
    papers = import_form(workbook(sheets))
    assert [(p.line, p.code) for p in members.problems] == [(3, "import.member_twice")]
    assert [(p.line, p.code) for p in papers.problems] == [(3, "import.evidence_twice")]


def test_sums_that_differ_are_warned_of_and_block_nothing(workbook, changed, import_form) -> None:
    result = import_form(workbook(changed("budget", 0, amount="499.99")))
    assert len(result.applications) == 1
    assert [(warning.code, dict(warning.values)) for warning in result.warnings] == [
        ("import.budget_sum_differs", {"seen": "999.99", "expected": "1000.00"}),
        ("import.grant_sum_differs", {"seen": "499.99", "expected": "500.00"}),
    ]


def test_counterpart_and_grant_that_differ_from_the_total_are_warned_of(workbook, changed, import_form) -> None:
    result = import_form(workbook(changed("counterpart", 0, amount="499.99")))
    assert len(result.applications) == 1
    assert [(warning.code, warning.field, dict(warning.values)) for warning in result.warnings] == [
        ("import.parts_differ_from_total", "Proposals.total_amount", {"seen": "999.99", "expected": "1000.00"}),
    ]


@pytest.mark.parametrize(
    ("sheet", "unknown"), [("proposals", "total_amount"), ("proposals", "grant_amount"), ("counterpart", None)]
)
def test_parts_are_compared_with_the_total_where_all_are_known(workbook, changed, import_form, sheet, unknown) -> None:
    sheets = {**changed("counterpart", 0, amount="1"), "budget": []}
    sheets[sheet] = [{**sheets[sheet][0], unknown: None}] if unknown else []
    assert import_form(workbook(sheets)).warnings == ()


def test_received_at_is_local_time_of_the_call(workbook, changed, import_form) -> None:
    result = import_form(workbook(changed("proposals", 0, received_at="2026-03-01 17:00")))
    assert result.applications[0].application.received_at == datetime(2026, 3, 1, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize("local", ["2026-03-29 02:30", "2026-10-25 02:30"])
def test_time_that_the_clock_change_makes_unclear_needs_its_offset(workbook, changed, local) -> None:
    def read(text: str):
        path = workbook(changed("proposals", 0, received_at=text))
        return read_applications(path, currency="EUR", time_zone="Europe/Copenhagen")

    assert [problem.code for problem in read(local).problems] == ["import.clock_change"]
    assert read(f"{local}+01:00").problems == ()


def test_language_that_the_call_does_not_answer_in_is_a_problem(workbook, changed) -> None:
    path = workbook(changed("proposals", 0, language="pt"))
    read = read_applications(path, currency="USD", time_zone="UTC", languages=[Language.SPANISH])
    assert [(p.code, dict(p.values)) for p in read.problems] == [("import.unknown_word", {"allowed": "es"})]


def test_spreadsheet_values_are_read_as_they_are_shown(workbook, changed, import_form) -> None:
    sheets = changed("proposals", 0, total_amount=0.1 + 0.2, grant_amount=0.1, design_on=date(2026, 1, 31))
    sheets["budget"] = []
    sheets["members"][0] |= {"tax_number": 26349303, "tax_country": "hn", "priority_groups": "women_led, indigenous"}
    application = import_form(workbook(sheets)).applications[0].application
    assert (application.total_amount, application.grant_amount) == (Decimal("0.30"), Decimal("0.10"))
    assert application.design_on == date(2026, 1, 31)
    lead = application.members[0].details
    assert (lead.tax_number, lead.tax_country) == ("26349303", "HN")
    assert lead.priority_groups == {PriorityGroup.WOMEN_LED, PriorityGroup.INDIGENOUS}


def test_blank_amount_is_unknown_and_zero_is_zero(workbook, changed, import_form) -> None:
    sheets = changed("proposals", 0, total_amount=None, grant_amount=0)
    sheets["budget"] = []
    application = import_form(workbook(sheets)).applications[0].application
    assert (application.total_amount, application.grant_amount) == (None, Decimal(0))


def test_currency_without_cents_refuses_them(workbook, changed) -> None:
    path = workbook(changed("proposals", 0, total_amount="1000.50"))
    [problem] = read_applications(path, currency="CLP", time_zone="UTC").problems
    assert (problem.code, dict(problem.values)) == (
        "import.too_many_decimals",
        {"currency": "CLP", "digits": "0"},
    )


def test_unknown_column_is_refused_with_the_list_of_the_allowed(workbook, changed, import_form) -> None:
    path = workbook(changed())
    book = load_workbook(path)
    book["Budget"]["H1"] = "colour"
    book.save(path)
    with pytest.raises(ImportRefusedError) as refused:
        import_form(path)
    [problem] = refused.value.problems
    assert (problem.field, problem.code) == ("Budget.colour", "import.unknown_column")
    assert dict(problem.values)["allowed"].startswith("reference, member, component")


def test_more_than_a_thousand_problems_are_counted(workbook, changed, import_form) -> None:
    sheets = changed()
    sheets["proposals"] += [{"reference": f"B-{n}", "title": "t", "total_amount": "x"} for n in range(1_500)]
    for row in sheets["proposals"][1:]:
        sheets["members"].append({"reference": row["reference"], "member": "1", "name": "n", "is_lead": "yes"})
    problems = import_form(workbook(sheets)).problems
    assert len(problems) == 1_001
    assert (problems[-1].code, dict(problems[-1].values)) == ("import.more_problems", {"count": "500"})


def test_csv_form_is_a_folder(tmp_path: Path, import_form) -> None:
    (tmp_path / "proposals.csv").write_text("reference,title\nA-1,Coffee\n", encoding="utf-8")
    (tmp_path / "members.csv").write_text("reference;member;name;is_lead\nA-1;1;Coop;yes\n", encoding="utf-8")
    [located] = import_form(tmp_path).applications
    assert (located.place.file, located.place.row, located.application.title) == ("proposals.csv", 2, "Coffee")
    with pytest.raises(ImportRefusedError) as refused:
        import_form(tmp_path / "proposals.csv")
    assert [problem.code for problem in refused.value.problems] == ["import.single_csv"]


@pytest.mark.parametrize("sector", ["coffee", "04", "1", "10790", "V"])
@pytest.mark.parametrize("sheet", ["proposals", "members"])
def test_sector_of_no_division_is_a_problem(workbook, changed, import_form, seen, sheet: str, sector: str) -> None:
    result = import_form(workbook(changed(sheet, sector=sector)))
    assert seen(result.problems) == [(2, f"{sheet.capitalize()}.sector", "import.not_isic")]


def test_sector_is_a_section_or_a_code_of_a_division(workbook, changed, import_form) -> None:
    [located] = import_form(workbook(changed(sector="c10"))).applications
    assert located.application.sector == "C10"


def test_territory_that_is_not_declared_is_kept_with_a_warning(workbook, changed, seen) -> None:
    path = workbook(changed("members", territory="HN-99") | {"proposals": changed(territory="HN-FM")["proposals"]})
    options = {"currency": "USD", "time_zone": "UTC"}
    result = read_applications(path, territories={"HN", "HN-FM"}, **options)
    assert seen(result.warnings) == [(2, "Members.territory", "import.unknown_territory")]
    [located] = result.applications
    assert located.application.members[0].details.territory == "HN-99"
    assert read_applications(path, **options).warnings == ()


@pytest.mark.parametrize("mark", [*"\x85\x9f\ufeff\ufdd0\U0001fffe\u200e\u2028"])
def test_character_that_no_letter_can_hold_is_refused_with_its_field(workbook, changed, import_form, mark: str) -> None:
    [problem] = import_form(workbook(changed("members", postal_address=f"Calle{mark} 1"))).problems
    assert (problem.field, problem.code) == ("Members.postal_address", "import.control_character")
    assert dict(problem.values) == {"character": f"U+{ord(mark):04X}"}


@pytest.mark.parametrize("mark", [*"\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"])
def test_mark_that_turns_the_direction_of_writing_is_refused(workbook, changed, import_form, mark: str) -> None:
    [problem] = import_form(workbook(changed(title=f"Coffee {mark}gnp.exe"))).problems
    assert (problem.field, problem.code) == ("Proposals.title", "import.control_character")
    assert dict(problem.values) == {"character": f"U+{ord(mark):04X}"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The least that a folder of CSV files holds: an application and its lead."""
    (tmp_path / "proposals.csv").write_text("reference,title\nA-1,Coffee\n", encoding="utf-8")
    (tmp_path / "members.csv").write_text("reference,member,name,is_lead\nA-1,1,Coop,yes\n", encoding="utf-8")
    return tmp_path


def refused_code(read, path: Path) -> tuple[str, dict[str, str]]:
    with pytest.raises(ImportRefusedError) as refused:
        read(path)
    [problem] = refused.value.problems
    return problem.code, dict(problem.values)


EXPECTED = "proposals.csv, members.csv, budget.csv, counterpart.csv, objectives.csv, evidence.csv"


@pytest.mark.parametrize("name", ["counterparts.csv", "Presupuesto.CSV", "budget.tsv", "budget.xlsx", "budget.txt"])
def test_file_of_a_folder_that_is_none_of_the_form_is_refused(folder: Path, import_form, name: str) -> None:
    (folder / name).write_text("reference,amount\nA-1,5\n", encoding="utf-8")
    assert refused_code(import_form, folder) == ("import.unexpected_files", {"expected": EXPECTED, "seen": name})


def test_link_in_a_folder_is_refused_unread(import_form, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("root:x:0:0")
    folder = tmp_path / "form"
    folder.mkdir()
    (folder / "proposals.csv").symlink_to(tmp_path / "secret.txt")
    assert refused_code(import_form, folder) == ("import.linked_files", {"seen": "proposals.csv"})


@pytest.mark.parametrize("name", ["Budget.csv", "BUDGET.CSV", "budget .csv"])
def test_file_of_a_folder_is_known_by_its_name_in_any_capitals(folder: Path, import_form, name: str) -> None:
    (folder / name).write_text("reference,member,source,amount\nA-1,1,grant,5\n", encoding="utf-8")
    [located] = import_form(folder).applications
    assert [line.amount for line in located.application.budget_lines] == [Decimal(5)]


@pytest.mark.parametrize(
    "name", ["instructions.txt", ".~lock.budget.csv#", "._budget.csv", "~$budget.xlsx", "paper.pdf"]
)
def test_file_of_a_folder_that_is_no_table_is_left_alone(folder: Path, import_form, name: str) -> None:
    (folder / name).write_bytes(b"\0")
    assert len(import_form(folder).applications) == 1


def test_files_whose_names_differ_in_capitals_are_refused(folder: Path, import_form) -> None:
    (folder / "Members.csv").write_text("reference,member,name,is_lead\nA-1,1,Union,yes\n", encoding="utf-8")
    assert refused_code(import_form, folder) == ("import.sheet_twice", {"names": "Members, members"})


@pytest.mark.parametrize("name", ["budget ", "BUDGET"])
def test_sheets_whose_names_differ_in_capitals_or_spaces_are_refused(workbook, changed, import_form, name) -> None:
    path = workbook(changed())
    book = load_workbook(path)
    book.create_sheet("Other").append(["reference", "member", "source", "amount"])
    book["Other"].append(["A-1", "1", "grant", "7"])
    book["Other"]._WorkbookChild__title = name
    book.save(path)
    assert refused_code(import_form, path) == ("import.sheet_twice", {"names": f"Budget, {name}"})


def test_lists_of_a_document_whose_names_differ_in_capitals_are_refused(tmp_path: Path, import_form) -> None:
    path = tmp_path / "form.json"
    path.write_text('[{"reference": "A-1", "budget": [{"amount": 1}], "Budget": [{"amount": 2}]}]', encoding="utf-8")
    assert refused_code(import_form, path) == ("import.sheet_twice", {"names": "budget, Budget"})


@pytest.mark.parametrize(
    ("sheet", "column", "limit"),
    [
        ("proposals", "reference", 100),
        ("proposals", "title", 500),
        ("members", "name", 500),
        ("members", "tax_number", 100),
        ("members", "postal_address", 500),
        ("budget", "activity", 5_000),
        ("counterpart", "valuation_basis", 5_000),
        ("evidence", "issuer", 500),
    ],
)
def test_text_has_the_length_that_its_column_holds(workbook, changed, import_form, sheet, column, limit) -> None:
    longest = import_form(workbook(changed(sheet, 0, **{column: "x" * limit})))
    assert "import.text_too_long" not in {problem.code for problem in longest.problems}
    longer = import_form(workbook(changed(sheet, 0, **{column: "x" * (limit + 1)})))
    [problem] = [found for found in longer.problems if found.code == "import.text_too_long"]
    assert (problem.line, problem.field) == (2, f"{sheet.capitalize()}.{column}")
    assert problem.message == f"the text has {limit + 1} characters; expected at most {limit}"
