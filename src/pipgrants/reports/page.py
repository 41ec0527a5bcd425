"""A report as plain data, and as one HTML page: no script, and nothing that is fetched from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from jinja2 import Environment, StrictUndefined

from pipgrants.reports.charts import Chart
from pipgrants.reports.svg import draw

NOTHING = "–"

Cell: TypeAlias = str | int | Decimal | None


@dataclass(frozen=True)
class Table:
    """The data of a figure: the first cell of a row names it; numbers stand right."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Figure:
    """A chart with its title, what it says in words, and its data; without a chart it is its data alone.

    ``name`` is unique in the report: letters, digits and hyphens.
    """

    name: str
    title: str
    says: str
    table: Table
    chart: Chart | None = None

    @property
    def svg(self) -> str:
        """The chart drawn, as an SVG element; nothing without one."""
        return draw(self.chart, self.name, self.title, self.says) if self.chart else ""


@dataclass(frozen=True)
class Section:
    """Figures under a heading, after what is to be known to read them."""

    heading: str
    paragraphs: Sequence[str]
    figures: Sequence[Figure] = ()


@dataclass(frozen=True)
class Report:
    """The whole report; ``advisory`` stands first, ``banners`` (synthetic) above everything."""

    language: str
    title: str
    advisory: str
    facts: Mapping[str, str]
    sections: Sequence[Section]
    made_by: str
    banners: Sequence[str] = ()


def to_html(report: Report) -> str:
    """The report as one HTML page."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"shown": shown, "is_number": is_number}
    page = Path(__file__).with_name("page.html.j2").read_text(encoding="utf-8")
    return environment.from_string(page).render(report=report)


def shown(cell: Cell) -> str:
    """A cell as it is written: numbers with thousands marks."""
    if cell is None:
        return NOTHING
    return cell if isinstance(cell, str) else f"{cell:,}"


def is_number(cell: Cell) -> bool:
    """Whether a cell stands right: a number, a share, or nothing."""
    return not isinstance(cell, str) or cell.endswith("\u00a0%")
