"""Figures of monitoring as commands show them, and the options that its commands share."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output

if TYPE_CHECKING:
    from pipgrants.domain.monitoring.ratios import Figure

FrameworkFile = Annotated[Path, typer.Argument(metavar="FRAMEWORK", help="The logical framework, a YAML file.")]
RecordFile = Annotated[
    Path, typer.Argument(metavar="RECORD", help="What was measured: a workbook, or a folder of CSV files.")
]
On = Annotated[
    datetime | None,
    typer.Option("--on", metavar="DATE", formats=["%Y-%m-%d"], help="The day that is asked about; else today."),
]
CurrencyCode = Annotated[str, typer.Option("--currency", metavar="CODE", help="The currency of all amounts.")]
FirstYear = Annotated[int, typer.Option("--from", min=1900, max=2099, help="The year of the baseline.")]


def day_of(on: datetime | None, now: datetime) -> date:
    """The day that is asked about."""
    return now.date() if on is None else on.date()


def percent(share: Decimal | None) -> str:
    """A share as per cent, with two decimals at most."""
    if share is None:
        return output.NOTHING
    rounded = f"{share * 100:.2f}".rstrip("0").rstrip(".")
    return f"{output.figure(rounded)} %"


def told(figure: Figure, *, as_share: bool = True, decimals: int = 2) -> str:
    """A figure, or why it is not computable."""
    if figure.ratio is None:
        return f"not computable: {output.words(figure.reason or '')}"
    return percent(figure.value) if as_share else str(output.figure(figure.ratio.value(decimals).normalize()))


def points(figure: Figure) -> str:
    """A difference of two shares, in points of per cent."""
    return told(figure).replace(" %", " points")


def plain_figure(figure: Figure) -> dict[str, object]:
    """A figure with the exact quotient that it is, as JSON."""
    ratio = figure.ratio
    return {
        "value": figure.value,
        "numerator": ratio and ratio.numerator,
        "denominator": ratio and ratio.denominator,
        "reason": figure.reason,
    }
