"""Charts drawn: legible in grey, the same bytes each time, and told in words."""

import re
from decimal import Decimal

import matplotlib as mpl
import pytest
from defusedxml import ElementTree

from pipgrants.reports.charts import Bars, Chart, Histogram, Mark, Marks, Series
from pipgrants.reports.svg import draw

SVG = "{http://www.w3.org/2000/svg}"
BARS = Bars(["HN-FM", "A & B <$1$>"], [Series("awarded", [1, 2]), Series("requested", [3, 4])], [["1", "2"]] * 2, "USD")
MARKS = Marks(
    [Mark("1  P-1", 90, 80, 95), Mark("2  P-2", 70, 60, 85, is_filled=False)],
    "total",
    filled="awarded",
    hollow="not awarded",
    interval="90 % interval",
    line=75,
    line_name="line",
)
HISTOGRAM = Histogram([0, 10, 20], [Series("awarded", [0, 3]), Series("not awarded", [2, 1])], "total", "proposals", 12)


def drawn(chart: Chart, name: str = "chart") -> ElementTree:
    return ElementTree.fromstring(draw(chart, name, "Money", "Who was awarded how much.", "en"))


def texts(chart: Chart) -> list[str]:
    return [element.text or "" for element in drawn(chart).iter(f"{SVG}text")]


@pytest.mark.parametrize("chart", [BARS, MARKS, HISTOGRAM])
def test_same_chart_gives_the_same_bytes_whatever_the_settings_of_the_machine(chart: Chart) -> None:
    first = draw(chart, "chart", "Money", "Who was awarded how much.", "en")
    with mpl.rc_context({"font.size": 20, "svg.hashsalt": "another", "svg.fonttype": "path"}):
        assert draw(chart, "chart", "Money", "Who was awarded how much.", "en") == first


@pytest.mark.parametrize("chart", [BARS, MARKS, HISTOGRAM])
def test_chart_is_a_picture_with_its_alternative_in_words(chart: Chart) -> None:
    element = drawn(chart)
    assert element.get("role") == "img"
    by_id = {found.get("id"): found.text for found in element.iter() if found.get("id")}
    assert by_id[element.get("aria-labelledby")] == "Money"
    assert by_id[element.get("aria-describedby")] == "Who was awarded how much."


@pytest.mark.parametrize("chart", [BARS, MARKS, HISTOGRAM])
def test_names_inside_a_chart_are_its_own_and_are_found(chart: Chart) -> None:
    text = draw(chart, "own", "Money", "Words", "en")
    named = re.findall(r'\bid="([^"]*)"', text)
    used = {*re.findall(r'href="#([^"]*)"', text), *re.findall(r"url\(#([^)]*)\)", text)}
    assert all(name.startswith("own-") for name in named)
    assert len(named) == len(set(named))
    assert used <= set(named)


@pytest.mark.parametrize("chart", [BARS, MARKS, HISTOGRAM])
def test_chart_fetches_nothing_and_tells_no_date(chart: Chart) -> None:
    text = draw(chart, "chart", "Money", "Words", "en")
    assert set(re.findall(r"https?://[^\"' ]*", text)) == {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.search(r"<(script|style|image|metadata)\b|20\d\d-\d\d-\d\d", text)


def test_text_stays_text_as_it_was_given() -> None:
    assert {"HN-FM", "A & B <$1$>", "awarded", "requested", "USD"} <= set(texts(BARS))


def test_series_differ_in_more_than_colour() -> None:
    """The second is hatched: a pattern fills it."""
    assert len(list(drawn(BARS).iter(f"{SVG}pattern"))) == 1
    assert len(list(drawn(HISTOGRAM).iter(f"{SVG}pattern"))) == 1


def test_marks_differ_in_more_than_colour() -> None:
    fills = {
        fill
        for element in drawn(MARKS).iter(f"{SVG}use")
        for fill in re.findall(r"fill: (#\w+)", element.get("style") or "")
    }
    assert fills >= {"#17324d", "#ffffff"}


def test_legend_names_the_line_and_the_interval() -> None:
    assert {"awarded", "not awarded", "90 % interval", "line"} <= set(texts(MARKS))


def test_longer_chart_is_higher_and_as_wide() -> None:
    short, long = (
        drawn(Marks([Mark(str(place), place) for place in range(count)], "total")).get("viewBox").split()
        for count in (2, 40)
    )
    assert short[2] == long[2]
    assert float(short[3]) < float(long[3])


def test_numbers_are_written_as_the_language_does() -> None:
    chart = Bars(["HN-FM"], [Series("awarded", [Decimal("2500.5")])], [["2.500,5"]], "USD")
    told = [
        element.text
        for element in ElementTree.fromstring(draw(chart, "chart", "Money", "Words", "es")).iter(f"{SVG}text")
    ]
    assert {"1.000", "2.000"} <= set(told)


def test_counts_have_no_fractions_between_them() -> None:
    ticks = [text for text in texts(Bars(["A"], [Series("appeals", [1])], [["1"]], "appeals")) if text[0].isdigit()]
    assert sorted(set(ticks)) == ["0", "1"]


def test_long_names_of_a_legend_stand_under_each_other() -> None:
    """Beside each other they would be cut off by the edge of the picture."""

    def places(name: str) -> set[str]:
        chart = Histogram([0, 1], [Series(name, [1]), Series(f"not {name}", [1])], "total", "proposals")
        elements = drawn(chart).iter(f"{SVG}text")
        return {str(element.get("x")) for element in elements if name in (element.text or "")}

    assert len(places("awarded")) == 2
    assert len(places("awarded to somebody in the round")) == 1
