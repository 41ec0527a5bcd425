"""The report of a portfolio: sums that add up, and what is not stated."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from conftest import PROJECT
from paged import Page, faults, read_page
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import ImportRefusedError, RefusedError, UsageError
from pipgrants.services.report.portfolio_report import portfolio_report

OPERATIONS = PROJECT / "examples" / "idb_pip_portfolio" / "operations.csv"
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    out = tmp_path_factory.mktemp("portfolio") / "portfolio.html"
    found = portfolio_report(OPERATIONS, out, NOW)
    assert (found.operations_count, found.bytes_count) == (28, out.stat().st_size)
    return read_page(out)


def test_every_dimension_and_every_operation_is_shown(page: Page) -> None:
    assert [*page.tables] == ["By instrument", "By implementation", "By country", "By year approved", "The operations"]
    assert len(page.tables["The operations"]) == 1 + 28
    assert {tuple(rows[-1]) for title, rows in page.tables.items() if title != "The operations"} == {
        ("all", "28", "496,282,200", "100.0\u00a0%", "30,703,200", "5")
    }


def test_what_is_not_stated_is_no_zero(page: Page) -> None:
    rows = {row[0]: row for row in page.tables["By instrument"]}
    assert rows["innovation loan"] == ["innovation loan", "3", "21,800,000", "4.4\u00a0%", "–", "3"]
    assert rows["MIF grant"] == ["MIF grant", "11", "17,500,000", "3.5\u00a0%", "17,500,000", "0"]
    assert (
        "Amounts are those that the list states, in US dollars; what it leaves blank is not stated, and never zero."
        in (page.texts)
    )


def test_page_speaks_the_language_asked_for(page: Page, tmp_path: Path) -> None:
    found = portfolio_report(OPERATIONS, tmp_path / "page.html", NOW, Language.PORTUGUESE)
    other = read_page(found.path)
    assert [*other.tables][:2] == ["Por instrumento", "Por forma de execução"]
    assert other.tables["Por instrumento"][-1] == ["total", "28", "496.282.200", "100,0\u00a0%", "30.703.200", "5"]
    assert not {*other.texts} & {text for text in page.texts if " " in text}
    assert faults(other) == []


def test_same_list_gives_the_same_page(tmp_path: Path) -> None:
    one, other = (tmp_path / name for name in ("one.html", "other.html"))
    for out in (one, other):
        portfolio_report(OPERATIONS, out, NOW)
    assert one.read_bytes() == other.read_bytes()


def test_nothing_is_written_over_or_as_another_kind_of_file(tmp_path: Path) -> None:
    taken = tmp_path / "report.html"
    taken.write_text("mine")
    with pytest.raises(RefusedError, match="exists already"):
        portfolio_report(OPERATIONS, taken, NOW)
    with pytest.raises(UsageError, match="neither an HTML nor a PDF"):
        portfolio_report(OPERATIONS, tmp_path / "report.docx", NOW)
    with pytest.raises(ImportRefusedError):
        portfolio_report(PROJECT / "examples" / "reported_results" / "isabella.csv", tmp_path / "new.html", NOW)
    assert (taken.read_text(), sorted(file.name for file in tmp_path.iterdir())) == ("mine", ["report.html"])
