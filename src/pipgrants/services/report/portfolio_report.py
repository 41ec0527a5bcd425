"""``report portfolio``: a portfolio of operations that people look at, from a list and without a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from pipgrants import __version__
from pipgrants.domain.monitoring.portfolio import (
    ALL,
    DIMENSIONS,
    REGIONAL,
    YEAR,
    Operation,
    PortfolioGroup,
    portfolio_by,
)
from pipgrants.domain.vocabulary import Language
from pipgrants.exchange.portfolio import read_portfolio
from pipgrants.paths import called
from pipgrants.reports.charts import Bars, Series
from pipgrants.reports.page import Cell, Figure, Report, Section, Table
from pipgrants.services.report.pages import refuse_unwritable, write_page
from pipgrants.services.report.words import ReportWords, report_words
from pipgrants.services.shipped import shipped

_MILLION = Decimal(1_000_000)


class WrittenPortfolio(NamedTuple):
    """The report that was written."""

    path: Path
    operations_count: int
    figures: Sequence[str]
    bytes_count: int


def portfolio_report(file: Path, out: Path, now: datetime, language: Language = Language.ENGLISH) -> WrittenPortfolio:
    """Writes the report of a list of operations; the same list gives the same bytes, a PDF with the same date.

    Raises ImportRefusedError for a list with mistakes, RefusedError and UsageError where it cannot be written.
    """
    refuse_unwritable(out)
    operations, templates = read_portfolio(file), shipped("templates")
    report = _report(report_words(templates, language), called(file), operations)
    bytes_count = write_page(report, out, (templates / "fonts",), now)
    figures = [figure.title for section in report.sections for figure in section.figures]
    return WrittenPortfolio(out, len(operations), figures, bytes_count)


def _report(words: ReportWords, name: str, operations: Sequence[Operation]) -> Report:
    say, whole = words.text, portfolio_by(operations, "instrument")[-1]
    budget = words.number(whole.pip_budget_amount or 0, ",.0f")
    return Report(
        language=words.language,
        title=say("portfolio.title", count=len(operations)),
        advisory=say("portfolio.as_stated"),
        facts={
            say("portfolio.list"): name,
            say("portfolio.operations"): words.number(whole.operations_count),
            say("portfolio.amount"): f"USD {words.number(whole.amount, ',.0f')}",
            say("portfolio.budget"): say("portfolio.budget_stated", amount=budget, count=whole.not_stated_count),
        },
        sections=[
            Section(
                say("portfolio.operations"),
                [say("portfolio.note")],
                [_figure(words, dimension, portfolio_by(operations, dimension)) for dimension in DIMENSIONS],
            ),
            Section(say("portfolio.list"), [], [_listed(words, operations)]),
        ],
        made_by=say("portfolio.made_by", version=__version__, list=name),
    )


def _figure(words: ReportWords, dimension: str, groups: Sequence[PortfolioGroup]) -> Figure:
    say, title = words.text, words.text(f"portfolio.by.{dimension}")
    *parts, _ = groups
    amounts = [(group.pip_budget_amount or Decimal(0)) / _MILLION for group in parts]
    written = [
        say("portfolio.not_stated") if group.pip_budget_amount is None else words.number(amount, ",.2f")
        for group, amount in zip(parts, amounts, strict=True)
    ]
    chart = Bars(
        [_name(words, dimension, group.name) for group in parts],
        [Series(say("portfolio.budget"), amounts)],
        [written],
        say("portfolio.million"),
    )
    told = (dimension, "operations", "amount", "of_all", "budget", "without")
    rows = [_row(words, dimension, group) for group in groups]
    table = Table([say(f"portfolio.{name}") for name in told], rows)
    says = say("portfolio.says", by=title[0].lower() + title[1:])
    return Figure(f"by-{dimension.replace('_', '-')}", title, says, table, chart)


def _name(words: ReportWords, dimension: str, code: str) -> str:
    """A group of a dimension; countries and years are their own names."""
    is_own_name = dimension in ("country", YEAR) and code not in (REGIONAL, ALL)
    return code if is_own_name else words.text(f"portfolio.of.{code}")


def _row(words: ReportWords, dimension: str, group: PortfolioGroup) -> tuple[Cell, ...]:
    return (
        _name(words, dimension, group.name),
        group.operations_count,
        _whole(group.amount),
        words.share(group.share.value),
        _whole(group.pip_budget_amount),
        group.not_stated_count,
    )


def _whole(amount: Decimal | None) -> Decimal | None:
    """An amount without decimals where it has none."""
    return amount if amount is None or amount != int(amount) else Decimal(int(amount))


def _listed(words: ReportWords, operations: Sequence[Operation]) -> Figure:
    rows: list[tuple[Cell, ...]] = [
        (
            item.project,
            _name(words, "country", item.country or REGIONAL),
            str(item.year_approved),
            _name(words, "instrument", item.instrument.value),
            item.executing_agency,
            _whole(item.amount),
            _whole(item.pip_budget_amount),
        )
        for item in operations
    ]
    told = ("project", "country", "year", "instrument", "agency", "amount", "budget")
    table = Table([words.text(f"portfolio.{name}") for name in told], rows)
    return Figure("operations", words.text("portfolio.all_operations"), words.text("portfolio.every"), table)
