"""What monitoring measures, read from workbooks and folders, with every mistake located."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from pipgrants.domain.monitoring.baseline import Territory
from pipgrants.domain.monitoring.firms import FirmGroup, FirmValues
from pipgrants.domain.monitoring.idb_indicators import Agreement, AgreementKind, JointActivity, Payment
from pipgrants.domain.monitoring.progress import Report
from pipgrants.domain.monitoring.ratings import Rating
from pipgrants.domain.monitoring.record import MonitoringRecord
from pipgrants.domain.monitoring.targets import Reported
from pipgrants.domain.vocabulary import SizeClass
from pipgrants.errors import ImportRefusedError, NotFoundError
from pipgrants.exchange.monitoring import Allowed, read_monitoring

SHEETS = {
    "firms": "firm,year,group,size_class,sales,employment,follows_strategy\nF-1,2003,beneficiary,micro,1500.50,4,sí\n",
    "territory": "year,gdp,population,cluster_firms,price_index\n2003,9000000,40000,60,101.5\n",
    "indicators": "indicator,on,value,firm\ntrust,2005-07-15,3,F-1\n",
    "progress": "activity,on,done_share,spent_amount,started_on\nfairs,2004-06-30,0.5,120,2004-05-01\n",
    "ratings": "activity,firm,kind,mark\nfairs,F-1,micro,4\n",
    "activities": "title,on,firms,actors\nFair,2004-05-01,4,chamber; university\n",
    "agreements": "kind,title,on,by_consensus\nstrategic_plan,Plan,2004-03-01,yes\n",
    "payments": "reference,on,amount\nT-1,2004-02-01,1000\n",
}
EXPECTED = MonitoringRecord(
    firms=(
        FirmValues(
            "F-1",
            2003,
            FirmGroup.BENEFICIARY,
            SizeClass.MICRO,
            sales=Decimal("1500.50"),
            employment=Decimal(4),
            follows_strategy=True,
        ),
    ),
    territory=(
        Territory(
            2003,
            gdp=Decimal(9_000_000),
            population=Decimal(40_000),
            cluster_firms_count=Decimal(60),
            price_index=Decimal("101.5"),
        ),
    ),
    indicators=(Reported("trust", date(2005, 7, 15), Decimal(3), "F-1"),),
    progress=(Report("fairs", date(2004, 6, 30), Decimal("0.5"), Decimal(120), date(2004, 5, 1)),),
    ratings=(Rating("fairs", "F-1", "micro", Decimal(4)),),
    activities=(JointActivity("Fair", date(2004, 5, 1), 4, frozenset({"chamber", "university"})),),
    agreements=(Agreement(AgreementKind.STRATEGIC_PLAN, "Plan", date(2004, 3, 1), True),),
    payments=(Payment(date(2004, 2, 1), Decimal(1000)),),
)


def folder(path: Path, **sheets: str) -> Path:
    for name, text in sheets.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


def seen(path: Path, **codes: Any) -> list[tuple[int | None, str, str]]:
    with pytest.raises(ImportRefusedError) as refused:
        read_monitoring(path, "USD", Allowed(**codes))
    return [(problem.line, problem.field, problem.code) for problem in refused.value.problems]


def test_folder_of_csv_files_is_read(tmp_path: Path) -> None:
    assert read_monitoring(folder(tmp_path, **SHEETS), "USD") == EXPECTED


def test_workbook_is_read_the_same(tmp_path: Path) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, text in SHEETS.items():
        page = book.create_sheet(name.capitalize())
        for line in text.splitlines():
            page.append(line.split(","))
    book.save(tmp_path / "record.xlsx")
    assert read_monitoring(tmp_path / "record.xlsx", "USD") == EXPECTED


def test_sheets_may_be_left_out(tmp_path: Path) -> None:
    found = read_monitoring(folder(tmp_path, firms=SHEETS["firms"]), "USD")
    assert found == MonitoringRecord(firms=EXPECTED.firms)


def test_every_mistake_is_located(tmp_path: Path) -> None:
    rows = [
        "F-1,2003,beneficiary,1500,4",
        "F-1,2003,beneficiary,1500,4",
        ",2003,beneficiary,1500,4",
        "F-2,203,beneficiary,1500,4",
        "F-3,2003,friend,1500,4",
        "F-4,2003,cluster,1.500,4",
        "F-5,2003,cluster,-1,4",
        "F-6,2003,cluster,1,-4",
        "F-7,2003,cluster,,",
    ]
    path = folder(tmp_path, firms="\n".join(["firm,year,group,sales,employment", *rows]) + "\n")
    assert seen(path) == [
        (3, "firm", "import.stated_twice"),
        (4, "firm", "import.required"),
        (5, "year", "import.not_a_year"),
        (6, "group", "import.unknown_word"),
        (7, "sales", "import.thousands_mark"),
        (8, "sales", "import.negative_amount"),
        (9, "employment", "import.number_out_of_bounds"),
    ]


@pytest.mark.parametrize(
    ("sheet", "row", "field", "code"),
    [
        ("territory", "2003,9000000,40000.5,60,101.5", "population", "import.not_whole"),
        ("territory", "2003,9000000,40000,60,0", "price_index", "import.number_out_of_bounds"),
        ("progress", "fairs,2004-06-30,1.01,120,", "done_share", "import.number_out_of_bounds"),
        ("progress", "fairs,30/06/2004,1,120,", "on", "import.not_a_date"),
        ("indicators", "trust,2005-07-15,three,F-1", "value", "import.not_a_number"),
        ("indicators", "trust,2005-07-15,0.12345678901,F-1", "value", "import.number_out_of_bounds"),
        ("agreements", "strategic_plan,Plan,2004-03-01,perhaps", "by_consensus", "import.unknown_word"),
        ("activities", "Fair,2004-05-01,many,", "firms", "import.not_a_number"),
        ("payments", "T-1,2004-02-01,", "amount", "import.required"),
        ("payments", "T-1,2004-02-01,=1+1", "amount", "import.not_a_number"),
    ],
)
def test_cell_that_does_not_fit_is_refused(tmp_path: Path, sheet: str, row: str, field: str, code: str) -> None:
    head = SHEETS[sheet].splitlines()[0]
    assert [item[1:] for item in seen(folder(tmp_path, **{sheet: f"{head}\n{row}\n"}))] == [(field, code)]


def test_codes_are_those_of_the_logical_framework(tmp_path: Path) -> None:
    path = folder(tmp_path, indicators=SHEETS["indicators"], progress=SHEETS["progress"])
    assert read_monitoring(path, "USD", Allowed(["trust"], ["fairs"])).values.reported
    assert seen(path, indicators=["sales"], activities=["workshops"]) == [
        (2, "indicator", "import.unknown_indicator"),
        (2, "activity", "import.unknown_activity"),
    ]


@pytest.mark.parametrize("name", ["other.csv", "firms.txt"])
def test_file_that_is_no_sheet_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(ImportRefusedError):
        read_monitoring(tmp_path, "USD")


def test_unknown_column_is_refused_with_the_list_of_all(tmp_path: Path) -> None:
    path = folder(tmp_path, payments="reference,on,amount,note\nT-1,2004-02-01,1,x\n")
    with pytest.raises(ImportRefusedError, match="reference, on, amount"):
        read_monitoring(path, "USD")


def test_single_csv_file_says_that_a_folder_is_expected(tmp_path: Path) -> None:
    folder(tmp_path, firms=SHEETS["firms"])
    with pytest.raises(ImportRefusedError, match=r"firms\.csv, territory\.csv"):
        read_monitoring(tmp_path / "firms.csv", "USD")


def test_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_monitoring(tmp_path / "record.xlsx", "USD")


def test_row_that_says_no_more_than_the_form_is_not_reported(tmp_path: Path) -> None:
    path = folder(
        tmp_path,
        firms="firm,year,group,size_class,sales\nF-1,2003,beneficiary,micro,\n",
        territory="year,gdp\n2003,\n",
        indicators="indicator,on,value\ntrust,2005-07-15,\n",
        progress="activity,on,done_share\nfairs,2004-06-30,\n",
        ratings="activity,firm,kind,mark\nfairs,F-1,micro,\n",
    )
    assert read_monitoring(path, "USD") == MonitoringRecord()


def test_record_of_a_project_keeps_to_its_firms_its_days_and_its_scale(tmp_path: Path) -> None:
    path = folder(
        tmp_path,
        firms="firm,year,group,sales\nE-2,2003,beneficiary,1\nE-1,2005,beneficiary,1\nX,2003,comparison,1\n",
        indicators="indicator,on,value\ntrust,2005-07-16,1\n",
        ratings="activity,firm,kind,mark\nfairs,E-1,micro,6\n",
    )
    assert seen(path, is_firm={"E-1"}.__contains__, until=date(2005, 7, 15), lowest=Decimal(1), highest=Decimal(5)) == [
        (2, "firm", "import.unknown_firm"),
        (2, "on", "import.day_to_come"),
        (2, "mark", "import.number_out_of_bounds"),
        (3, "year", "import.year_to_come"),
    ]
