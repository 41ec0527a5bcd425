"""Activities and registrations of firms, read from files."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from pipgrants.domain.activities import ActorPart, FirmPart
from pipgrants.domain.firm_data import FirmData
from pipgrants.domain.monitoring.firms import FirmFact
from pipgrants.domain.vocabulary import ActivityKind, Component, Language, PeopleGroup
from pipgrants.errors import ImportRefusedError, Problem, UsageError
from pipgrants.exchange.activities import SHEETS, ActivitiesResult, read_activities
from pipgrants.exchange.activity_form import write_activity_form
from pipgrants.exchange.firm_data import RegisteringFirm, read_registrations
from pipgrants.exchange.wording import read_activity_wording

Rows = Mapping[str, Sequence[Sequence[object]]]

ACTIVITY = ("A1", "service_use", "markets", "2026-09-15", "Quality seal", 1000, "Two seals", "Minutes 5", 20, 12)
ROWS: Rows = {
    "activities": [ACTIVITY],
    "firms": [("A1", "E-000001", "yes", 2025, None, 12, "23637.00"), ("A1", "E-000002")],
    "actors": [("A1", "E-000009", "no")],
}


def workbook(folder: Path, rows: Rows) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet, found in rows.items():
        page = book.create_sheet(sheet)
        page.append([field.name for field in SHEETS[sheet]])
        for row in found:
            page.append(list(row))
    path = folder / "activities.xlsx"
    book.save(path)
    return path


def folder_of(folder: Path, rows: Rows) -> Path:
    for sheet, found in rows.items():
        with (folder / f"{sheet}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([field.name for field in SHEETS[sheet]])
            writer.writerows([*row, *[""] * (len(SHEETS[sheet]) - len(row))] for row in found)
    return folder


@pytest.mark.parametrize("write", [workbook, folder_of])
def test_an_activity_is_read_with_who_took_part(tmp_path: Path, write: object) -> None:
    [found] = read_activities(write(tmp_path, ROWS), "USD").activities
    assert (found.kind, found.component) == (ActivityKind.SERVICE_USE, Component.MARKETS)
    assert (found.held_on, found.cost_amount, found.people) == (date(2026, 9, 15), Decimal(1000), 20)
    assert found.groups == {PeopleGroup.WOMEN: 12}
    given = FirmData(2025, {FirmFact.EMPLOYMENT: Decimal(12), FirmFact.SALES: Decimal(23637)})
    assert found.firms == (FirmPart("E-000001", True, given), FirmPart("E-000002"))
    assert found.actors == (ActorPart("E-000009", False),)


def problems(found: ActivitiesResult) -> list[tuple[object, ...]]:
    return [(item.file, *told(item)) for item in found.problems]


def told(problem: Problem) -> tuple[object, ...]:
    return problem.line, problem.field, problem.code.removeprefix("import.")


def test_every_mistake_is_located(tmp_path: Path) -> None:
    rows: Rows = {
        "activities": [
            ("A1", "party", "markets", "2026-09-15", "Fair", 10, "Sold", None, 20, 21),
            ("A2", "meeting", "markets", "2026-09-15", "Fair", 10, "Sold", None, -1),
            ("A3", "meeting", "markets", "2026-09-15", "Fair", 10, "Sold", None),
        ],
        "firms": [("A3", "E-000001", "yes"), ("A9", "E-000001"), ("A3", "E-000002", None, None, None, 3)],
        "actors": [("A3", "E-000009"), ("A3", "E-000009")],
    }
    assert sorted(problems(read_activities(folder_of(tmp_path, rows), "USD"))) == [
        ("activities.csv", 2, "kind", "unknown_word"),
        ("activities.csv", 2, "women", "more_in_group"),
        ("activities.csv", 3, "people", "not_whole"),
        ("actors.csv", 3, "activity", "stated_twice"),
        ("firms.csv", 2, "agreed", "agreed_without_minutes"),
        ("firms.csv", 3, "activity", "activity_not_listed"),
        ("firms.csv", 4, "year", "required"),
    ]


def test_a_file_without_activities_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="cannot be imported"):
        read_activities(folder_of(tmp_path, {"activities": []}), "USD")
    (tmp_path / "other.csv").write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(ImportRefusedError, match="cannot be imported"):
        read_activities(tmp_path, "USD")


@pytest.mark.parametrize("language", list(Language))
def test_the_form_holds_every_column_and_is_read_once_it_is_filled_in(
    tmp_path: Path, wording_sources: dict[str, str], language: Language
) -> None:
    path, wording = tmp_path / "form.xlsx", read_activity_wording(wording_sources, language)
    write_activity_form(path, "HNL", wording, {})
    book = load_workbook(path)
    assert book.sheetnames == ["instructions", *SHEETS]
    assert "HNL" in str(book["instructions"]["A2"].value)
    for sheet, rows in ROWS.items():
        assert [cell.value for cell in book[sheet][1]] == [field.name for field in SHEETS[sheet]]
        for row in rows:
            book[sheet].append(list(row))
    book.save(path)
    assert read_activities(path, "HNL").activities[0].actors == (ActorPart("E-000009", False),)


def test_the_forms_of_all_languages_say_the_same(wording_sources: dict[str, str]) -> None:
    english, *others = (read_activity_wording(wording_sources, language) for language in Language)
    for other in others:
        assert (list(other.sheets), list(other.fields), list(other.sentences)) == (
            list(english.sheets),
            list(english.fields),
            list(english.sentences),
        )


def test_a_form_is_a_workbook(tmp_path: Path, wording_sources: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        write_activity_form(tmp_path / "form.csv", "USD", read_activity_wording(wording_sources, "en"), {})


HEADER = "firm,registered_on,consent_on,year,employment,sales\n"


def test_firms_register_with_consent_and_data(tmp_path: Path) -> None:
    path = tmp_path / "firms.csv"
    path.write_text(f"{HEADER}E-000001,2026-09-01,,2025,12,23637\nE-000002,2026-09-01,2026-08-31,,,\n")
    found, mistakes = read_registrations(path, "USD")
    given = FirmData(2025, {FirmFact.EMPLOYMENT: Decimal(12), FirmFact.SALES: Decimal(23637)})
    assert mistakes == ()
    assert [item[:4] for item in found] == [
        ("E-000001", date(2026, 9, 1), None, given),
        ("E-000002", date(2026, 9, 1), date(2026, 8, 31), None),
    ]
    assert [item.place.row for item in found] == [2, 3]
    assert isinstance(found[0], RegisteringFirm)


def test_a_firm_that_stands_twice_is_a_mistake_and_an_empty_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "firms.csv"
    path.write_text(HEADER + "E-000001,2026-09-01,,2025,12,1\n" * 2)
    _, mistakes = read_registrations(path, "USD")
    assert [told(item) for item in mistakes] == [(3, "firm", "stated_twice")]
    path.write_text(HEADER)
    with pytest.raises(ImportRefusedError, match="cannot be imported"):
        read_registrations(path, "USD")
