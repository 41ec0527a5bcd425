"""``monitoring impact``, ``indicators``, ``consistency`` and ``portfolio``: whether it worked."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import RowLanguage, rows_told, run_of
from pipgrants.cli.figures import CurrencyCode, FirstYear, On, RecordFile, day_of, percent, plain_figure, points, told
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import UsageError

if TYPE_CHECKING:
    from pipgrants.domain.monitoring.idb_indicators import IdbIndicator
    from pipgrants.domain.monitoring.impact import Impact
    from pipgrants.domain.monitoring.ratios import Figure, GrowthRate


def impact(
    context: typer.Context,
    record: RecordFile,
    first_year: FirstYear,
    last_year: Annotated[int, typer.Option("--to", min=1900, max=2099, help="The year compared with it.")],
    benefit: Annotated[str | None, typer.Option("--benefit", metavar="AMOUNT", help="The social benefits.")] = None,
    cost: Annotated[str | None, typer.Option("--cost", metavar="AMOUNT", help="What the programme cost.")] = None,
    fund_share: Annotated[
        str | None, typer.Option("--fund-share", metavar="SHARE", help="The share of it that the fund paid, as 0.5.")
    ] = None,
    currency: CurrencyCode = "USD",
    language: RowLanguage = Language.ENGLISH,
) -> None:
    """Show the change against the baseline.

    In real terms where the territory has a price index. Compared are the firms that reported in both years, with
    those of the comparison group: a similar cluster without
    programme, or the rest of the sector as one row. Every rate of growth names its method.
    """
    from pipgrants.services.monitoring import check_impact

    run = run_of(context)
    with rows_told(run, language):
        found = check_impact(
            record,
            currency=currency,
            first_year=first_year,
            last_year=last_year,
            benefit_amount=_number("--benefit", benefit),
            programme_amount=_number("--cost", cost),
            fund_share=_number("--fund-share", fund_share),
        )
    figures = ("nominal", "real", "comparison", "difference")
    data = [item._asdict() | {name: plain_figure(getattr(item, name)) for name in figures} for item in found.impacts]
    returned = (
        {name: plain_figure(figure) for name, figure in found.returned._asdict().items()} if found.returned else None
    )
    shown = (
        {name: told(figure, as_share=False) for name, figure in _returns(found.returned._asdict())}
        if found.returned
        else {}
    )
    text = [
        f"From {first_year} to {last_year}, averages per firm in {currency}; productivity is per employee.",
        *(line for item in found.impacts for line in _impact_text(item)),
        *output.heading("Return", output.fields(shown)),
    ]
    run.answer({"impacts": data, "return": returned}, text)


def _number(option: str, text: str | None) -> Decimal | None:
    from pipgrants.scalars import parse_scalar

    if text is None:
        return None
    try:
        return Decimal(str(parse_scalar(text, Decimal)))
    except ValueError as error:
        raise UsageError(f"{option}: {error}", next_step="pipgrants monitoring impact --help") from error


def _returns(figures: dict[str, Figure]) -> Sequence[tuple[str, Figure]]:
    return [(output.words(name).capitalize(), figure) for name, figure in figures.items()]


def _impact_text(item: Impact) -> list[str]:
    shown = {
        "Average": f"{output.figure(item.first)} to {output.figure(item.last)}",
        "Firms": f"{item.firms_count:,} ({item.left_out_count:,} reported one year only)",
        "Nominal change": _with_rates(item.nominal, item.nominal_growth),
        "Real change": _with_rates(item.real, item.real_growth),
        "Comparison group": told(item.comparison),
        "Difference": points(item.difference),
    }
    return output.heading(output.words(item.fact).capitalize(), output.fields(shown))


def _with_rates(figure: Figure, rates: Sequence[GrowthRate]) -> str:
    yearly = [f"{percent(rate.rate)} a year {rate.method}" for rate in rates if rate.method != "total"]
    return ", ".join([told(figure), *yearly])


def indicators(
    context: typer.Context,
    record: RecordFile,
    baseline_year: FirstYear,
    end: Annotated[int, typer.Option("--end", min=1900, max=2099, help="The last year of the project.")],
    until: On = None,
    currency: CurrencyCode = "USD",
    language: RowLanguage = Language.ENGLISH,
) -> None:
    """Show the indicators of the IDB for clusters.

    Those of the long, the medium and the short run. The long run is three years after the end. Each tells its
    numerator, its denominator and its record; without a
    record it is not computable, and never zero.
    """
    from pipgrants.domain.monitoring.idb_indicators import LONG_RUN_YEARS, Period
    from pipgrants.services.monitoring import check_indicators

    run = run_of(context)
    period = Period(baseline_year, end, end + LONG_RUN_YEARS, day_of(until, run.now))
    with rows_told(run, language):
        found = check_indicators(record, currency=currency, period=period)
    data = [item._asdict() | {"figure": plain_figure(item.figure)} for item in found]
    text = [f"Baseline {baseline_year}, end {end}, long run {period.long_run_year}."]
    for item in found:
        shown = {
            "Value": _of_unit(item),
            "Numerator": item.numerator,
            "Denominator": item.denominator,
            "Record": item.record,
        }
        text += output.heading(f"{output.words(item.code).capitalize()} ({item.run} run)", output.fields(shown))
    run.answer({"period": period, "indicators": data}, text)


def _of_unit(item: IdbIndicator) -> str:
    return points(item.figure) if item.unit == "points" else told(item.figure, as_share=item.unit == "share")


def consistency(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The changes, by period.")],
    language: RowLanguage = Language.ENGLISH,
) -> None:
    """Check whether recorded changes agree.

    Productivity is production over employment. The file has the columns period, production, employment and
    productivity; 0.24 is 24 %, rounded to whole per cent.
    """
    from pipgrants.services.monitoring import check_consistency

    run = run_of(context)
    with rows_told(run, language):
        found = check_consistency(file)
    rows = [
        (
            item.period,
            percent(item.reported),
            output.NOTHING if item.lowest is None else f"{percent(item.lowest)} to {percent(item.highest)}",
            {True: "agrees", False: "DISAGREES", None: "not computable: not recorded"}[item.agrees],
        )
        for item in found
    ]
    titles = ("Period", "Productivity", "By production and employment", "Finding")
    run.answer({"periods": found}, output.table(titles, rows))


def portfolio(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The list of operations.")],
    language: RowLanguage = Language.ENGLISH,
) -> None:
    """Sum up a portfolio of operations.

    By instrument, way of implementing, country and year, in US dollars. Budgets of productive integration are summed
    where they are stated.
    """
    from pipgrants.services.monitoring import show_portfolio

    run = run_of(context)
    with rows_told(run, language):
        found = show_portfolio(file)
    data = {
        name: [item._asdict() | {"share": plain_figure(item.share)} for item in groups]
        for name, groups in found.items()
    }
    titles = ("", "Operations", "US dollars", "Share", "Integration", "Not stated")
    text = []
    for name, groups in found.items():
        rows = [
            (
                output.words(item.name),
                item.operations_count,
                _dollars(item.amount),
                output.Figure(told(item.share)),
                _dollars(item.pip_budget_amount),
                item.not_stated_count,
            )
            for item in groups
        ]
        text += output.rows(output.words(name).capitalize(), titles, rows)
    run.answer(data, text)


def _dollars(amount: Decimal | None) -> output.Figure:
    """An amount without decimals where it has none."""
    return output.figure(None if amount is None else amount.normalize())
