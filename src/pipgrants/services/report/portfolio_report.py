"""``report portfolio``: a portfolio of operations that people look at, from a list and without a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from pipgrants import __version__
from pipgrants.domain.monitoring.portfolio import DIMENSIONS, Operation, PortfolioGroup, portfolio_by
from pipgrants.domain.vocabulary import Language
from pipgrants.exchange.portfolio import read_portfolio
from pipgrants.paths import called
from pipgrants.reports.charts import Bars, Series
from pipgrants.reports.page import Cell, Figure, Report, Section, Table
from pipgrants.services.report.pages import refuse_unwritable, write_page
from pipgrants.services.shipped import shipped

AS_STATED = "Amounts are those that the list states, in US dollars; what it leaves blank is not stated, and never zero."
_MILLION = Decimal(1_000_000)


class WrittenPortfolio(NamedTuple):
    """The report that was written."""

    path: Path
    operations_count: int
    figures: Sequence[str]
    bytes_count: int


def portfolio_report(file: Path, out: Path, now: datetime) -> WrittenPortfolio:
    """Writes the report of a list of operations; the same list gives the same bytes, a PDF with the same date.

    Raises ImportRefusedError for a list with mistakes, RefusedError and UsageError where it cannot be written.
    """
    refuse_unwritable(out)
    operations = read_portfolio(file)
    report = _report(called(file), operations)
    bytes_count = write_page(report, out, (shipped("templates") / "fonts",), now)
    figures = [figure.title for section in report.sections for figure in section.figures]
    return WrittenPortfolio(out, len(operations), figures, bytes_count)


def _report(name: str, operations: Sequence[Operation]) -> Report:
    whole = portfolio_by(operations, "instrument")[-1]
    return Report(
        language=Language.ENGLISH.value,
        title=f"Portfolio of {len(operations)} operations",
        advisory=AS_STATED,
        facts={
            "List": name,
            "Operations": f"{whole.operations_count:,}",
            "Amount": f"USD {whole.amount:,.0f}",
            "Productive integration": f"USD {whole.pip_budget_amount or 0:,.0f}, "
            f"not stated for {whole.not_stated_count:,}",
        },
        sections=[
            Section(
                "Operations",
                [
                    "The amount is that of the whole operation; of it, the productive integration budget is what the "
                    "list states as such."
                ],
                [_figure(dimension, portfolio_by(operations, dimension)) for dimension in DIMENSIONS],
            ),
            Section("List", [], [_listed(operations)]),
        ],
        made_by=f"Made by pipgrants {__version__} from {name}.",
    )


def _figure(dimension: str, groups: Sequence[PortfolioGroup]) -> Figure:
    title = dimension.replace("_", " ")
    *parts, _ = groups
    amounts = [group.pip_budget_amount or Decimal(0) for group in parts]
    chart = Bars(
        [_name(group) for group in parts],
        [Series("productive integration", [amount / _MILLION for amount in amounts])],
        [["not stated" if group.pip_budget_amount is None else f"{_millions(group)}" for group in parts]],
        "million USD",
    )
    columns = (title.capitalize(), "Operations", "Amount", "Of all", "Productive integration", "Not stated")
    says = f"Productive integration budgets by {title}; amounts of whole operations stand in the table."
    return Figure(f"by-{dimension.replace('_', '-')}", f"By {title}", says, Table(columns, [*map(_row, groups)]), chart)


def _name(group: PortfolioGroup) -> str:
    return _in_words(group.name)


def _in_words(code: str) -> str:
    return {"mif_grant": "MIF grant", "sep": "SEP project"}.get(code, code.replace("_", " "))


def _millions(group: PortfolioGroup) -> str:
    return f"{(group.pip_budget_amount or 0) / _MILLION:,.2f}"


def _row(group: PortfolioGroup) -> tuple[Cell, ...]:
    return (
        _name(group),
        group.operations_count,
        _whole(group.amount),
        _share(group.share.value),
        _whole(group.pip_budget_amount),
        group.not_stated_count,
    )


def _share(part: Decimal | None) -> str | None:
    return None if part is None else f"{100 * part:.1f}\u00a0%"


def _whole(amount: Decimal | None) -> Decimal | None:
    """An amount without decimals where it has none."""
    return amount if amount is None or amount != int(amount) else Decimal(int(amount))


def _listed(operations: Sequence[Operation]) -> Figure:
    rows: list[tuple[Cell, ...]] = [
        (
            item.project,
            item.country or "regional",
            str(item.year_approved),
            _in_words(item.instrument),
            item.executing_agency,
            _whole(item.amount),
            _whole(item.pip_budget_amount),
        )
        for item in operations
    ]
    columns = ("Project", "Country", "Year", "Instrument", "Executing agency", "Amount", "Productive integration")
    says = "Every operation of the list, in its order."
    return Figure("operations", "The operations", says, Table(columns, rows))
