"""A report as one page, read as browsers and screen readers read it."""

from decimal import Decimal

from paged import Page
from pipgrants.reports.charts import Bars, Series
from pipgrants.reports.page import Figure, Report, Section, Table, to_html

TABLE = Table(
    ("Territory", "Proposals", "Awarded", "Share", "Decision"),
    [
        ("HN-FM", 1_200, Decimal("1234567.5"), "12.5\u00a0%", "award"),
        ("<b>", 3, Decimal(7), None, "decline"),
    ],
)
FIGURE = Figure("money", "Money", "Most went to HN-FM.", TABLE, Bars(["HN-FM"], [Series("USD", [1])], [["1"]], "USD"))
REPORT = Report(
    language="en",
    title="Report of <the> round",
    advisory="Advisory: the rule decides.",
    facts={"Call": "pip"},
    sections=[Section("Scores", ["Note"], [FIGURE]), Section("Envelopes", ["None"])],
    made_by="Made by pipgrants.",
    banners=["SYNTHETIC"],
)


PAGE = Page(to_html(REPORT))


def test_advisory_is_the_first_line_and_the_banner_follows() -> None:
    assert PAGE.texts[:3] == ["Advisory: the rule decides.", "SYNTHETIC", "Report of <the> round"]


def test_page_says_its_language_and_its_headings_are_in_order() -> None:
    assert PAGE.all("html") == [{"lang": "en"}]
    assert [tag for tag, _ in PAGE.elements if tag in {"h1", "h2", "h3", "h4"}] == ["h1", "h2", "h3", "h2"]


def test_page_fetches_nothing_and_runs_nothing() -> None:
    tags = {tag for tag, _ in PAGE.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "base", "form", "a"}
    policy = next(item["content"] for item in PAGE.all("meta") if item.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_figure_stands_with_its_data_open() -> None:
    assert PAGE.all("svg")[0]["role"] == "img"
    assert PAGE.all("details") == [{"open": None}]
    region = next(item for item in PAGE.all("div") if item.get("role") == "region")
    assert region["tabindex"] == "0"
    assert region["aria-label"] == "Data: Money"
    assert [item["scope"] for item in PAGE.all("th")] == ["col"] * 5 + ["row"] * 2


def test_numbers_of_a_column_stand_right_with_as_many_decimals() -> None:
    assert TABLE.numeric == {1, 2, 3}
    assert TABLE.written("en") == [
        ["HN-FM", "1,200", "1,234,567.5", "12.5\u00a0%", "award"],
        ["<b>", "3", "7.0", "–", "decline"],
    ]


def test_table_without_rows_is_written() -> None:
    empty = Table(("Envelope", "Cost"), [])
    assert (empty.numeric, empty.written("en")) == (frozenset(), [])


def test_figure_without_a_chart_is_its_data() -> None:
    page = Page(to_html(Report("en", "T", "A", {}, [Section("S", [], [Figure("f", "F", "Says", TABLE)])], "M")))
    assert page.all("svg") == []
    assert len(page.all("table")) == 1
