"""A report as plain data, and as one HTML page: no script, and nothing that is fetched from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from jinja2 import Environment, StrictUndefined

from pipgrants.reports.charts import Chart
from pipgrants.reports.numbers import written
from pipgrants.reports.svg import draw

NOTHING = "–"
DATA = {"en": "Data", "es": "Datos", "pt": "Dados"}
"""What the data of a figure are called."""

Cell: TypeAlias = str | int | Decimal | None


@dataclass(frozen=True)
class Table:
    """The data of a figure: the first cell of a row names it."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    @property
    def numeric(self) -> frozenset[int]:
        """The columns that stand right: of numbers, shares, or nothing."""
        columns = enumerate(zip(*self.rows, strict=True))
        return frozenset(place for place, cells in columns if all(map(_is_number, cells)))

    def written(self, language: str) -> list[list[str]]:
        """The rows as a language writes them, with as many decimals as the number of a column with the most."""
        decimals = [max(map(_decimals, cells), default=0) for cells in zip(*self.rows, strict=True)]
        return [[_written(cell, most, language) for cell, most in zip(row, decimals, strict=True)] for row in self.rows]


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

    def svg(self, language: str) -> str:
        """The chart drawn, as an SVG element; nothing without one."""
        return draw(self.chart, self.name, self.title, self.says, language) if self.chart else ""


@dataclass(frozen=True)
class Section:
    """Figures under a heading, after what is to be known to read them."""

    heading: str
    paragraphs: Sequence[str]
    figures: Sequence[Figure] = ()


@dataclass(frozen=True)
class Report:
    """The whole report in a language; ``advisory`` stands first, ``banners`` (synthetic) above everything."""

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
    page = Path(__file__).with_name("page.html.j2").read_text(encoding="utf-8")
    return environment.from_string(page).render(report=report, data=DATA[report.language])


def _is_number(cell: Cell) -> bool:
    return not isinstance(cell, str) or cell.endswith("\u00a0%")


def _decimals(cell: Cell) -> int:
    return max(0, -int(cell.as_tuple().exponent)) if isinstance(cell, Decimal) else 0


def _written(cell: Cell, decimals: int, language: str) -> str:
    if cell is None:
        return NOTHING
    if isinstance(cell, Decimal):
        return written(cell, language, f",.{decimals}f")
    return written(cell, language) if isinstance(cell, int) else cell
