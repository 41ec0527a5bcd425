"""``monitoring baseline`` and ``ratings``: what firms reported at the start, and how they rate what is done."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import RowLanguage, rows_told, run_of
from pipgrants.cli.figures import CurrencyCode, RecordFile, percent
from pipgrants.cli.monitoring_text import ratings_data, ratings_text
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import UsageError

if TYPE_CHECKING:
    from pipgrants.domain.monitoring.baseline import Aggregate, BaselineCheck


def baseline(
    context: typer.Context,
    record: RecordFile,
    year: Annotated[int, typer.Option("--year", min=1900, max=2099, help="The year of the baseline.")],
    framework: Annotated[
        Path | None, typer.Option("--framework", metavar="FILE", help="Whose purpose the baseline must measure.")
    ] = None,
    currency: CurrencyCode = "USD",
    language: RowLanguage = Language.ENGLISH,
) -> None:
    """Verify what firms reported at the baseline.

    Values unlike those of firms of the same size are errors, or to be explained; sums are compared with the GDP, the
    population, the production and the exports of the territory.
    """
    from pipgrants.services.monitoring import check_baseline

    run = run_of(context)
    with rows_told(run, language):
        found = check_baseline(record, currency=currency, year=year, framework=framework)
    data = baseline_data(found.check) | {"year": year, "unmeasured": found.unmeasured}
    run.answer(data, baseline_text(found.check, year, found.unmeasured))


def baseline_data(check: BaselineCheck) -> dict[str, object]:
    """What the verifications of a baseline found, as JSON."""
    sums = [item._asdict() | {"is_consistent": item.is_consistent} for item in check.aggregates]
    outliers = [item._asdict() | {"times": item.times} for item in check.outliers]
    return check._asdict() | {"outliers": outliers, "aggregates": sums}


def baseline_text(check: BaselineCheck, year: int, unmeasured: Sequence[str] = ()) -> list[str]:
    """What the verifications of a baseline found, as tables."""
    outliers = [
        (item.firm, output.words(item.fact), item.size_class, item.value, item.median, f"{item.times:,f} ×")
        for item in check.outliers
    ]
    titles = ("Firm", "Value", "Size", "Reported", "Median of size", "Times")
    return [
        f"The baseline of {year}: {output.count(check.firms_count, 'firm')}.",
        *(output.rows("To be explained", titles, outliers) or ["", "Firms of one size are alike."]),
        *output.rows("Beside the territory", ("Sum of", "Firms", "Territory", "Is", ""), _sums(check)),
        *output.listed("Too few firms to compare", _too_few(check)),
        *output.listed("Measured by the purpose, reported by nobody", [output.words(name) for name in unmeasured]),
    ]


def _sums(check: BaselineCheck) -> list[tuple[object, ...]]:
    return [
        (output.words(item.fact), item.total, item.of, f"of {output.words(item.figure)}", _consistency(item))
        for item in check.aggregates
    ]


def _consistency(item: Aggregate) -> str:
    if item.is_consistent is None:
        return "not computable: not recorded"
    if item.is_consistent:
        return "consistent"
    limit = f"INCONSISTENT: {'reaches' if item.is_reached_too else 'exceeds'} {percent(item.limit)}"
    cured = item._replace(total=item.without_outliers)
    return f"{limit}; not without the values to be explained" if cured.is_consistent else limit


def _too_few(check: BaselineCheck) -> list[str]:
    return [
        f"{item.size_class or 'firms of unknown size'}, {output.words(item.fact)}: "
        f"{output.count(item.firms_count, 'firm')}"
        for item in check.too_few
    ]


def ratings(
    context: typer.Context,
    record: RecordFile,
    lowest: Annotated[int, typer.Option("--lowest", min=0, max=100, help="The lowest mark of the scale.")] = 1,
    highest: Annotated[int, typer.Option("--highest", min=1, max=100, help="The highest mark of the scale.")] = 5,
    currency: CurrencyCode = "USD",
    language: RowLanguage = Language.ENGLISH,
) -> None:
    """Show how firms rate the activities, by kind of firm.

    To be looked at in depth are activities rated below the middle of the scale, and those that kinds of firm rate a
    quarter of its length apart or more.
    """
    from pipgrants.domain.monitoring.ratings import usual_terms
    from pipgrants.services.monitoring import check_ratings

    run = run_of(context)
    if lowest >= highest:
        raise UsageError("--lowest is below --highest", next_step="pipgrants monitoring ratings --help")
    with rows_told(run, language):
        found = check_ratings(record, currency=currency, terms=usual_terms(Decimal(lowest), Decimal(highest)))
    run.answer({"activities": ratings_data(found)}, ratings_text(found) or ["No rating is on record."])
