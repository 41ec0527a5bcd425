"""Charts drawn as SVG by matplotlib: the same chart gives the same bytes, and says in words what it shows.

Every picture reads in grey: series differ in lightness and hatching, marks in being filled or hollow. Its text is text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from html import escape
from itertools import pairwise
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from pipgrants.reports.charts import Bars, Chart, Histogram, Marks, Number
from pipgrants.reports.numbers import written

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import BarContainer

WIDTH = 3.9
"""Inches, of 72 SVG units: narrow, so that the text is legible on a phone."""
ROW = 0.19
LEGEND_WIDTH = 43
"""Characters of the two longest names of a legend that fit beside each other."""
AXIS_WIDTH = 36
"""Characters of the name of an axis in one line."""
INK, SOFT = "#17324d", "#9db4c8"
STYLES = (
    {"facecolor": INK, "edgecolor": INK},
    {"facecolor": "#dbe5ee", "edgecolor": INK, "hatch": "////"},
    {"facecolor": "white", "edgecolor": INK},
)
"""How the first, second and third series are filled: dark, hatched, white."""
STYLE = Path(__file__).with_name("charts.mplstyle")
_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_NAMES = re.compile(r'(\bid="|href="#|url\(#)')
_OPENING = re.compile(r'<svg\b[^>]*?viewBox="([^"]*)"[^>]*>')


def draw(chart: Chart, name: str, title: str, description: str, language: str) -> str:
    """The chart as an SVG element for a page; ``name`` is unique in the page. Numbers are those of a language.

    ``title`` and ``description`` are its alternative in words.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rc_file(STYLE)
        figure = Figure(figsize=(WIDTH, _height(chart)), layout="constrained")
        axes = figure.add_subplot()
        _DRAWN[type(chart)](axes, chart)
        axes.xaxis.set_major_formatter(lambda value, _: written(Decimal(f"{value:.10g}"), language))
        names = sorted(map(len, axes.get_legend_handles_labels()[1]), reverse=True)
        if names:
            columns = 2 if sum(names[:2]) <= LEGEND_WIDTH else 1
            figure.legend(loc="outside upper left", ncols=columns, handlelength=1.6, columnspacing=1.2)
        document = io.StringIO()
        figure.savefig(document, format="svg", metadata=_METADATA)
    return _element(document.getvalue(), name, title, description)


def _element(document: str, name: str, title: str, description: str) -> str:
    """The element of an SVG document, as large as its page lets it be, with names of its own."""
    opening = _OPENING.search(document)
    if opening is None:
        raise AssertionError("matplotlib wrote no SVG element with a viewBox")
    drawn = _NAMES.sub(rf"\g<1>{name}-", document[opening.end() :])
    drawn = re.sub(r"<style\b.*?</style>|<!--.*?-->", "", drawn, flags=re.DOTALL)
    return (
        f'<svg viewBox="{opening[1]}" role="img" aria-labelledby="{name}-title" aria-describedby="{name}-description" '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-description">{escape(description)}</desc>{drawn.strip()}'
    )


def _height(chart: Chart) -> float:
    """Inches."""
    if isinstance(chart, Bars):
        return 0.9 + ROW * 1.25 * len(chart.labels) * len(chart.series)
    return 1.2 + ROW * len(chart.marks) if isinstance(chart, Marks) else 3.0


def _bars(axes: Axes, chart: Bars) -> None:
    each = 0.8 / len(chart.series)
    values = [_floats(series.values) for series in chart.series]
    reach = max((abs(value) for of in values for value in of), default=0) or 1
    for place, (series, ends) in enumerate(zip(chart.series, chart.written, strict=True)):
        middles = [row + (place - (len(chart.series) - 1) / 2) * each for row in range(len(chart.labels))]
        name = series.name if len(chart.series) > 1 else None
        _fill(axes.barh(middles, values[place], height=each * 0.9, label=name), place)
        for middle, value, text in zip(middles, values[place], ends, strict=True):
            axes.text(max(value, 0) + reach * 0.015, middle, text, va="center", fontsize=9)
    _rows(axes, chart.labels)
    least = min((value for of in values for value in of), default=0)
    axes.set_xlim(min(0, least * 1.05), reach * 1.25)
    axes.axvline(0, color=INK, linewidth=0.8)
    _x_axis(
        axes, chart.axis, is_count=all(isinstance(value, int) for series in chart.series for value in series.values)
    )


def _marks(axes: Axes, chart: Marks) -> None:
    for row, mark in enumerate(chart.marks):
        if mark.low is not None and mark.high is not None:
            axes.plot((float(mark.low), float(mark.high)), (row, row), color=SOFT, linewidth=4, solid_capstyle="butt")
    for is_filled, name in ((True, chart.filled), (False, chart.hollow)):
        chosen = [(float(mark.value), row) for row, mark in enumerate(chart.marks) if mark.is_filled is is_filled]
        if chosen:
            inside = INK if is_filled else "white"
            axes.plot(
                *zip(*chosen, strict=True),
                "o",
                color=INK,
                markerfacecolor=inside,
                markersize=5,
                label=name or None,
                zorder=2.3,
            )
    if chart.interval and any(mark.low is not None for mark in chart.marks):
        axes.plot((), (), color=SOFT, linewidth=4, label=chart.interval)
    _line(axes, chart.line, chart.line_name)
    _rows(axes, [mark.label for mark in chart.marks])
    if chart.limits is not None:
        axes.set_xlim(*_floats(chart.limits))
    axes.grid(axis="x", color="#e3e8ec", linewidth=0.6)
    axes.set_axisbelow(True)
    _x_axis(axes, chart.axis)


def _histogram(axes: Axes, chart: Histogram) -> None:
    edges = _floats(chart.edges)
    widths = [high - low for low, high in pairwise(edges)]
    bottoms = [0.0] * len(widths)
    for place, series in enumerate(chart.series):
        values = _floats(series.values)
        _fill(axes.bar(edges[:-1], values, widths, bottoms, align="edge", label=series.name), place)
        bottoms = [bottom + value for bottom, value in zip(bottoms, values, strict=True)]
    axes.set_ylim(0, max(bottoms, default=0) * 1.05 or 1)
    _line(axes, chart.line, chart.line_name)
    axes.set_ylabel(chart.counted)
    axes.locator_params(axis="y", integer=True)
    _x_axis(axes, chart.axis)


def _floats(values: Sequence[Number]) -> list[float]:
    return [float(value) for value in values]


def _fill(bars: BarContainer, place: int) -> None:
    for bar in bars:
        bar.set(linewidth=0.8, **STYLES[place])


def _line(axes: Axes, place: Number | None, name: str) -> None:
    """A dashed line that is seen on dark and on light, behind the marks."""
    if place is not None:
        axes.axvline(float(place), color="white", linewidth=2.5, zorder=2.1)
        axes.axvline(float(place), color="black", linewidth=1.2, linestyle=(0, (5, 3)), label=name, zorder=2.2)


def _rows(axes: Axes, labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(axis="y", length=0, labelsize=9)
    axes.set_ylim(len(labels) - 0.4, -0.6)


def _x_axis(axes: Axes, name: str, *, is_count: bool = False) -> None:
    axes.set_xlabel(fill(name, AXIS_WIDTH))
    axes.locator_params(axis="x", nbins=6, integer=is_count)


_DRAWN: dict[type[Chart], Callable[..., None]] = {Bars: _bars, Marks: _marks, Histogram: _histogram}
