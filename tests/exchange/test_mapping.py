"""Mappings say how a list is written, and nothing is guessed beyond them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook

from pipgrants.domain.vocabulary import MemberType
from pipgrants.errors import DefinitionError, ImportRefusedError
from pipgrants.exchange.applications import ImportResult, read_applications
from pipgrants.exchange.mapping import ListMapping, MemberList, read_mapping
from pipgrants.reading import read_text

BASE = """
mapping: test
source: a test
columns:
  {ref: reference, name: title, applicant: lead.name, kind: lead.member_type, sum: total_amount, aid: grant_amount}
values: {member_type: {PRC: enterprise}}
"""


def mapping(extra: str = "") -> ListMapping:
    return read_text(BASE + extra, ListMapping, file="mapping.yaml")


@pytest.fixture
def read(tmp_path: Path):
    def read_list(rows: str, extra: str = "", **options) -> ImportResult:
        path = tmp_path / "list.csv"
        path.write_text("ref;name;applicant;kind;sum;aid;more\n" + rows, encoding="utf-8")
        return read_applications(path, currency="EUR", time_zone="UTC", mapping=mapping(extra), **options)

    return read_list


def test_every_shipped_mapping_is_well_formed(mappings: Path) -> None:
    names = sorted(path.stem for path in mappings.glob("*.yaml"))
    assert names == ["denmark", "ecsel", "lithuania", "participatory_budget"]
    assert [read_mapping(mappings / f"{name}.yaml").mapping for name in names] == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("decimal_point: ','", "unknown key, perhaps 'decimal_mark' is meant; allowed: mapping, source, columns"),
        ("constants: {colour: red}", "unknown field 'colour'; allowed: reference, title"),
        ("constants: {lead.colour: red}", "unknown field 'lead.colour'"),
        ("copied: {title: colour}", "unknown field 'colour'"),
        ("decimal_mark: ;", "decimal_mark is '.' or ','"),
        ("thousands_mark: .", "thousands_mark another mark"),
        ("zero_means: nothing", "expected one of: unknown, zero"),
        ("encoding: zip", "expected one of: utf-8"),
        ("dates: {order: ydm}", "expected one of: dmy, mdy, ymd"),
        ("delimiter: ';;'", "a delimiter is one character"),
        ("members: {column: more, separator: ''}", "separator that is not empty"),
        (
            "companion: {file: ../x.csv, joined_by: a, columns: {b: name}, lead: {column: r, value: c}}",
            "named without a folder",
        ),
    ],
)
def test_badly_written_mapping_is_refused(text: str, message: str) -> None:
    with pytest.raises(DefinitionError, match=message.replace("(", r"\(")):
        mapping(text)


def test_decimal_comma_and_dot_thousands_are_read_as_declared(read) -> None:
    result = read("1;A;X;PRC;1.234.567,89;1234,5;\n", "decimal_mark: ','\nthousands_mark: '.'")
    [located] = result.applications
    assert (located.application.total_amount, located.application.grant_amount) == (
        Decimal("1234567.89"),
        Decimal("1234.50"),
    )


@pytest.mark.parametrize("text", ["1.23", "1234.567", "1.2345", "12.34.567", ".123", "1,2,3", "1 234"])
def test_number_whose_marks_stand_wrongly_is_a_problem(read, text: str) -> None:
    result = read(f"1;A;X;PRC;{text};1;\n", "decimal_mark: ','\nthousands_mark: '.'")
    assert [(p.line, p.field, p.code) for p in result.problems] == [(2, "sum", "import.not_a_number")]
    assert dict(result.problems[0].values) == {"example": "1234,50"}


def test_a_name_that_makes_no_file_name_is_refused() -> None:
    with pytest.raises(DefinitionError, match="a name is 1 to 60 small letters a to z, digits, hyphens, underscores"):
        read_text(BASE.replace("mapping: test", "mapping: ../test"), ListMapping, file="mapping.yaml")


def test_zero_and_blank_mean_what_the_mapping_says(read) -> None:
    def amounts(extra: str) -> tuple[Decimal | None, Decimal | None]:
        application = read("1;A;X;PRC;0;;\n", extra).applications[0].application
        return application.total_amount, application.grant_amount

    assert amounts("") == (Decimal(0), None)
    assert amounts("zero_means: unknown") == (None, None)
    assert amounts("blank_means: zero") == (Decimal(0), Decimal(0))


def test_word_that_no_translation_explains_is_undetermined_with_a_warning(read) -> None:
    result = read("1;A;X;PRC;1;1;\n2;B;Y;PRC;PRC;1;1\n3;C;Z;XYZ;1;1;\n")
    types = {a.application.reference: a.application.members[0].member_type for a in result.applications}
    assert types == {"1": MemberType.ENTERPRISE, "3": None}
    assert [(w.line, w.field, w.code, w.value) for w in result.warnings] == [(4, "kind", "import.undetermined", "XYZ")]
    assert {problem.line for problem in result.problems} == {3}


def test_problems_name_the_columns_of_the_list(read) -> None:
    result = read("1;A;X;PRC;many;1;\n")
    assert [(p.file, p.line, p.field, p.value) for p in result.problems] == [("list.csv", 2, "sum", "many")]


def test_remainder_is_the_cash_counterpart_of_the_lead(read) -> None:
    result = read("1;A;X;PRC;100;40;\n2;B;Y;PRC;100;100.01;\n3;C;Z;PRC;;40;\n", "counterpart: remainder")
    lines = [a.application.counterpart_lines for a in result.applications]
    assert [[(line.party, line.amount) for line in listed] for listed in lines] == [[("1", Decimal(60))], [], []]
    assert result.warnings == ()


def test_only_rows_with_the_values_asked_for_are_read(read) -> None:
    result = read("1;A;X;PRC;1;1;here\n1;B;Y;PRC;1;1;there\n", only_where={"more": "there"})
    assert [a.application.title for a in result.applications] == ["B"]
    assert (result.problems, result.rows_read) == ((), 1)


def test_column_that_the_list_lacks_is_refused_with_those_it_has(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("ref,name\n1,A\n")
    with pytest.raises(ImportRefusedError) as refused:
        read_applications(path, currency="EUR", time_zone="UTC", mapping=mapping())
    [problem] = refused.value.problems
    assert (problem.field, problem.code, dict(problem.values)) == (
        "applicant",
        "import.missing_column",
        {"seen": "ref, name"},
    )


def test_numbers_of_a_workbook_are_understood_whatever_the_mark_of_its_texts(tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(["ref", "name", "applicant", "kind", "sum", "aid"])
    book.worksheets[0].append([1, "A", "X", "PRC", 1234.5, "1.234,5"])
    book.save(tmp_path / "list.xlsx")
    declared = mapping("decimal_mark: ','\nthousands_mark: '.'")
    result = read_applications(tmp_path / "list.xlsx", currency="EUR", time_zone="UTC", mapping=declared)
    [located] = result.applications
    assert (located.application.total_amount, located.application.grant_amount) == (Decimal("1234.50"),) * 2


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("A.", ["A"]),
        ("A. B.", ["A", "B"]),
        ("Nordisk Råd V.M.B.A.. B.dk.", ["Nordisk Råd V.M.B.A.", "B.dk"]),
        ("F.M.B.A..", ["F.M.B.A."]),
        ("P. Fournaise A/S. A .", ["P. Fournaise A/S", "A"]),
    ],
)
def test_members_are_split_where_names_hold_dots(text: str, names: list[str]) -> None:
    assert MemberList("parter", ". ", ".", ("P. Fournaise A/S",)).split(text) == names


COMPANION = """
mapping: test
source: a test
columns: {id: reference, title: title, grant: grant_amount}
companion:
  file: people.csv
  joined_by: id
  columns: {who: name, gets: grant_amount}
  lead: {column: role, value: coordinator}
"""


def test_companion_file_gives_members_and_their_grants(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("id,title,grant\n7,A,30\n8,B,5\n")
    people = "id,who,role,gets\n7,X,participant,10\n7,Y,coordinator,20\n8,Z,coordinator,4\n9,Q,coordinator,1\n"
    (tmp_path / "people.csv").write_text(people)
    declared = read_text(COMPANION, ListMapping, file="mapping.yaml")
    result = read_applications(tmp_path / "list.csv", currency="EUR", time_zone="UTC", mapping=declared)
    first, second = (located.application for located in result.applications)
    assert [(m.key, m.details.name, m.is_lead) for m in first.members] == [("1", "X", False), ("2", "Y", True)]
    assert [(line.party, line.amount) for line in first.budget_lines] == [("1", Decimal(10)), ("2", Decimal(20))]
    assert [line.amount for line in second.budget_lines] == [Decimal(4)]
    assert [(w.file, w.line, w.code) for w in result.warnings] == [("list.csv", 3, "import.grant_sum_differs")]
    assert [(p.file, p.line, p.code) for p in result.problems] == [("people.csv", 5, "import.unknown_reference")]


def test_three_decimals_are_no_thousands_where_the_thousands_mark_is_declared(read) -> None:
    plain, declared = (read("1;A;X;PRC;1.500;1;\n", extra) for extra in ("", "thousands_mark: ','"))
    assert [problem.code for problem in plain.problems] == ["import.thousands_mark"]
    assert [found.application.total_amount for found in declared.applications] == [Decimal("1.50")]
