"""The charts of a report as plain data: what they show, apart from how it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeAlias

Number: TypeAlias = Decimal | int
"""What a chart is drawn from; only drawing makes floats of it."""


class Series(NamedTuple):
    """A value for each label of a chart, and its name in the legend."""

    name: str
    values: Sequence[Number]


@dataclass(frozen=True)
class Bars:
    """Horizontal bars, the first label on top; several series stand beside each other.

    ``written`` are the values at the ends of the bars, by series.
    """

    labels: Sequence[str]
    series: Sequence[Series]
    written: Sequence[Sequence[str]]
    axis: str


class Mark(NamedTuple):
    """One mark of a chart: its place, from where to where its interval reaches, and whether it is filled."""

    label: str
    value: Number
    low: Number | None = None
    high: Number | None = None
    is_filled: bool = True


@dataclass(frozen=True)
class Marks:
    """Marks under each other, the first on top, with their intervals.

    ``filled`` and ``hollow`` say in the legend what the marks are, ``interval`` what the bars behind them; ``line`` is
    the place of a vertical line, and ``line_name`` what it is.
    """

    marks: Sequence[Mark]
    axis: str
    filled: str = ""
    hollow: str = ""
    interval: str = ""
    line: Number | None = None
    line_name: str = ""
    limits: tuple[Number, Number] | None = None


@dataclass(frozen=True)
class Histogram:
    """How many lie between two edges; series stand on top of each other, each one value shorter than the edges."""

    edges: Sequence[Number]
    series: Sequence[Series]
    axis: str
    counted: str
    line: Number | None = None
    line_name: str = ""


Chart = Bars | Marks | Histogram
