"""The reports of a project and of a programme: what their figures tell is what the record says."""

from datetime import date
from pathlib import Path

import pytest

from measured import AFTER, grown, measured
from paged import Page, read_page
from pipgrants.errors import NotAuthorisedError, NotFoundError, RefusedError
from pipgrants.services.report.programme_report import programme_report
from pipgrants.services.report.project_report import FROM_RECORD, WrittenReport, project_report
from projected import RUNNING, go, opened, pay, repay, sign, spend, start, told_awards
from rounds import FUND, Round, as_, open_workspace

MID_TERM = date(2026, 10, 5)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A project with an agreement, of which nothing is measured."""
    round_ = told_awards(open_workspace(tmp_path_factory.mktemp("reported") / "agency"))
    opened(round_)
    sign(round_)
    return round_


@pytest.fixture(scope="module")
def whole(bare: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A project with all that is measured until its end, beside one that is not agreed on yet."""
    round_ = bare.copy(tmp_path_factory.mktemp("reported") / "agency")
    start(round_)
    pay(round_, 1)
    spend(round_, "1,2026-09-10,15000,F-1", "2,2026-09-12,20000,F-2")
    return grown(measured(round_))


def write(round_: Round, out: Path, on: date = MID_TERM) -> WrittenReport:
    number = round_.numbers["first"]
    return project_report(round_.workspace, as_("olga"), AFTER, project=number, out=out, on=on)


@pytest.fixture(scope="module")
def page(whole: Round) -> Page:
    return read_page(write(whole, whole.workspace.folder / "project.html").path)


def test_money_is_told_by_component_and_source(page: Page) -> None:
    assert page.texts[0] == FROM_RECORD
    assert page.tables["Money by component and source"] == [
        ["Component", "Source", "Budget", "Spent", "Left"],
        ["cooperation", "grant", "100,000.00", "15,000.00", "85,000.00"],
        ["markets", "own funds", "100,000.00", "20,000.00", "80,000.00"],
    ]
    assert page.tables["Money by source"][1:] == [
        ["grant", "100,000.00", "15,000.00", "15.0\u00a0%"],
        ["own funds", "100,000.00", "20,000.00", "20.0\u00a0%"],
    ]


def test_pace_of_the_counterpart_is_told_by_quarter(page: Page) -> None:
    assert page.tables["Pace of the counterpart"][1:] == [
        ["2026-09-30", "0.00", "0.0\u00a0%", "20,000.00", "20.0\u00a0%"],
        ["2026-10-05", "40,000.00", "40.0\u00a0%", "20,000.00", "20.0\u00a0%"],
    ]


def test_award_that_stands_is_what_was_paid_and_kept(bare: Round, tmp_path: Path) -> None:
    round_ = bare.copy(tmp_path / "agency")
    start(round_)
    pay(round_, 1)
    go(round_, "complete", "olga")
    repay(round_, "10000")
    found = read_page(write(round_, tmp_path / "ended.html").path)
    assert found.tables["Pace of the counterpart"][-1][:3] == ["2026-10-05", "30,000.00", "100.0\u00a0%"]


def test_indicators_stand_against_their_targets(page: Page) -> None:
    rows = page.tables["Indicators against targets"][1:]
    assert [(row[2], row[3], row[4]) for row in rows] == [
        ("more than 20.0\u00a0%", "not computable: not recorded", "undetermined: not due"),
        ("at least 1", "1", "met"),
        ("at least 2", "not computable: not recorded", "undetermined: not due"),
    ]


def test_progress_and_ratings_are_told(page: Page) -> None:
    activities = {row[0]: row[3:] for row in page.tables["Activities in time"][1:]}
    assert activities["Ferias"] == ["0.0\u00a0%", "–", "–", "–", "not due"]
    assert page.tables["Components in time and money"][1][:2] == ["cooperation", "100,000.00"]
    assert page.tables["Activities rated by firms"][1][:3] == ["workshops", "6", "3.00"]


def test_change_of_the_firms_names_its_years(page: Page, whole: Round, tmp_path: Path) -> None:
    assert "Not computable: no firm reported a year after 2025." in page.texts
    later = read_page(write(whole, tmp_path / "later.html", date(2028, 10, 2)).path)
    assert later.tables["Change against the baseline"][2] == [
        "sales",
        "6",
        "10,000.00",
        "12,500.00",
        "25.0\u00a0%",
        "25.0\u00a0%",
    ]
    assert later.tables["Against the comparison group"][2] == [
        "sales",
        "25.0\u00a0%",
        *["not computable: no comparison group"] * 2,
        "12.50\u00a0% simple, 11.80\u00a0% compound",
    ]
    assert "not computable: not recorded" in {row[2] for row in later.tables["Indicators of the IDB"][1:]}


def test_firms_are_told_by_size_and_group(page: Page) -> None:
    assert page.tables["Firms by size and group"][1:] == [["small", "6"], ["no group named", "6"]]
    assert "The project takes place in HN-FM." in page.texts


def test_what_is_not_on_record_is_not_zero(bare: Round, tmp_path: Path) -> None:
    page = read_page(write(bare, tmp_path / "bare.html").path)
    assert {row[3] for row in page.tables["Money by component and source"][1:]} == {
        "not computable: no payment is on record"
    }
    assert "No logical framework is on record, so that there is nothing to compare with." in page.texts
    assert "Not computable: no rating is on record." in page.texts
    assert "Not computable: no baseline is on record." in page.texts


def test_same_record_and_day_give_the_same_page(whole: Round, page: Page, tmp_path: Path) -> None:
    first = whole.workspace.folder / "project.html"
    assert write(whole, tmp_path / "other.html").path.read_bytes() == first.read_bytes() != b""
    assert page.tables


def test_programme_shows_its_projects_together(whole: Round, tmp_path: Path) -> None:
    own = {"programme": FUND, "on": date(2028, 10, 2)}
    page = read_page(programme_report(whole.workspace, as_("marcos"), AFTER, out=tmp_path / "fund.html", **own).path)
    first, second = (whole.numbers[name] for name in ("first", "second"))
    assert page.tables["Pace of the counterpart"][1:] == [
        [first, "40,000.00", "40.0\u00a0%", "20,000.00", "20.0\u00a0%"],
        [second, "0.00", "0.0\u00a0%", "0.00", "not computable: no counterpart is agreed on"],
    ]
    assert page.tables["Targets by project"][1:] == [[first, "2", "0", "1"]]
    productivity = {row[0]: row[3] for row in page.tables["Productivity by project"][1:]}
    assert productivity == dict.fromkeys((first, second), "not computable: not recorded")
    assert page.tables["Money by territory"][1][1:3] == ["2", "200,000.00"]


def test_reports_are_for_who_may_and_of_what_there_is(whole: Round, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    with pytest.raises(NotAuthorisedError):
        project_report(whole.workspace, as_("eva"), AFTER, project=whole.numbers["first"], out=out, on=MID_TERM)
    with pytest.raises(NotFoundError):
        project_report(whole.workspace, as_("olga"), AFTER, project="PIP1-000009", out=out, on=MID_TERM)
    with pytest.raises(NotFoundError):
        programme_report(whole.workspace, as_("olga"), AFTER, programme="other", out=out, on=MID_TERM)
    assert not out.exists()


def test_programme_without_projects_is_refused(tmp_path: Path) -> None:
    workspace = told_awards(open_workspace(tmp_path / "agency")).workspace
    with pytest.raises(RefusedError, match="is a project yet"):
        programme_report(workspace, as_("olga"), RUNNING, programme=FUND, out=tmp_path / "fund.html", on=MID_TERM)
