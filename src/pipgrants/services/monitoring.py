"""Monitoring and evaluation over files: the logical framework of a project, and the record of what was measured.

Nothing here needs a workspace, and nothing is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.monitoring.baseline import BaselineCheck, verify_baseline
from pipgrants.domain.monitoring.firms import FirmFact, FirmGroup
from pipgrants.domain.monitoring.framework_consistency import framework_mistakes
from pipgrants.domain.monitoring.idb_indicators import IdbIndicator, Period, idb_indicators
from pipgrants.domain.monitoring.impact import Consistency, Impact, Return, check_changes, impact, impacts, return_on
from pipgrants.domain.monitoring.logical_framework import FirmChange, LogicalFramework
from pipgrants.domain.monitoring.portfolio import DIMENSIONS, PortfolioGroup, portfolio_by
from pipgrants.domain.monitoring.programme_evaluation import (
    EvaluatedProject,
    ProgrammeEvaluation,
    evaluate_programme,
)
from pipgrants.domain.monitoring.progress import ActivityProgress, ComponentProgress, by_component, progress_of
from pipgrants.domain.monitoring.ratings import ActivityRating, RatingTerms, rate_activities
from pipgrants.domain.monitoring.record import MonitoringRecord
from pipgrants.domain.monitoring.targets import TargetResult, evaluate_targets
from pipgrants.errors import NotFoundError, Problem, RefusedError
from pipgrants.exchange.monitoring import Allowed, read_monitoring
from pipgrants.exchange.monitoring_form import EMPTY, Asked, write_record_form
from pipgrants.exchange.portfolio import read_portfolio
from pipgrants.exchange.projects import ListedProject, read_projects
from pipgrants.exchange.recorded_changes import read_recorded_changes
from pipgrants.exchange.wording import read_record_wording
from pipgrants.letters.templates import Templates, read_sources
from pipgrants.paths import refuse_existing
from pipgrants.reading import mistakes_in, read_source
from pipgrants.services.definitions import examined
from pipgrants.services.shipped import shipped
from pipgrants.services.workspace import Workspace


def examine_framework(path: Path) -> tuple[LogicalFramework | None, tuple[Problem, ...]]:
    """The logical framework of a file, None where it cannot be told, and every mistake with its line."""
    return examined(read_source(path), LogicalFramework, path.name, framework_mistakes)


def read_framework(path: Path) -> LogicalFramework:
    """The logical framework of a file. Raises DefinitionError listing every mistake."""
    framework, problems = examine_framework(path)
    if framework is None or problems:
        raise mistakes_in(path.name, problems)
    return framework


def unmeasured_at_baseline(framework: LogicalFramework, record: MonitoringRecord, year: int) -> tuple[str, ...]:
    """The facts of firms that the purpose is measured by, and that no beneficiary reported at the baseline."""
    wanted = [item.measure.of for item in framework.purpose.indicators if isinstance(item.measure, FirmChange)]
    firms = [item for item in record.firms if item.year == year and item.group is FirmGroup.BENEFICIARY]
    needed = {
        fact: (FirmFact.VALUE_ADDED, FirmFact.EMPLOYMENT) if fact is FirmFact.PRODUCTIVITY else (fact,)
        for fact in wanted
    }
    return tuple(
        fact.value
        for fact, parts in needed.items()
        if not any(all(firm.reported(part) is not None for part in parts) for firm in firms)
    )


FIRST_LAUNCH, LAST_LAUNCH = date(1950, 1, 1), date(2099, 12, 31)


class BaselineFound(NamedTuple):
    """What the verifications of a baseline found; ``unmeasured`` are facts of the purpose that nobody reported."""

    year: int
    check: BaselineCheck
    unmeasured: tuple[str, ...]


def check_baseline(record: Path, *, currency: str, year: int, framework: Path | None = None) -> BaselineFound:
    """Verifies the baseline of a year. Raises NotFoundError where no firm, or no territory, is on record for it."""
    found = read_monitoring(record, currency)
    territory = next((item for item in found.territory if item.year == year), None)
    if territory is None:
        raise NotFoundError(
            f"{record.name} has no row of {year} in the sheet territory",
            next_step="add the territory's GDP, population, production and exports of the year of the baseline",
        )
    check = verify_baseline(found.firms, territory)
    if not check.firms_count:
        raise NotFoundError(
            f"{record.name} has no row of {year} in the sheet firms",
            next_step="name the year of the baseline, or add what firms reported of it",
        )
    unmeasured = unmeasured_at_baseline(read_framework(framework), found, year) if framework else ()
    return BaselineFound(year, check, unmeasured)


class TargetsFound(NamedTuple):
    """How the targets of a framework stand."""

    framework: LogicalFramework
    results: tuple[TargetResult, ...]


def check_targets(framework: Path, record: Path, *, launched_on: date, on: date) -> TargetsFound:
    """How every target stands at the end of a day. Raises RefusedError for a launch that cannot be."""
    _require_launch(launched_on)
    read = read_framework(framework)
    values = _record_of(read, record).values
    return TargetsFound(read, evaluate_targets(read, launched_on, values, on))


def _record_of(framework: LogicalFramework, record: Path) -> MonitoringRecord:
    """A record whose indicators and activities are those of a framework."""
    codes = Allowed([item.code for item in framework.indicators], [item.code for item in framework.activities])
    return read_monitoring(record, framework.currency, codes)


class ProgressFound(NamedTuple):
    """The progress of a project by component and activity."""

    framework: LogicalFramework
    components: tuple[ComponentProgress, ...]
    activities: tuple[ActivityProgress, ...]


def check_progress(framework: Path, record: Path, *, launched_on: date, on: date) -> ProgressFound:
    """Plan against actual at the end of a day. Raises RefusedError for a launch that cannot be."""
    _require_launch(launched_on)
    read = read_framework(framework)
    activities = progress_of(read, launched_on, _record_of(read, record).progress, on)
    return ProgressFound(read, by_component(activities, read.currency), activities)


def check_ratings(record: Path, *, currency: str, terms: RatingTerms) -> tuple[ActivityRating, ...]:
    """The ratings of the mid-term evaluation. Raises RefusedError where a mark lies off the scale."""
    ratings = read_monitoring(record, currency).ratings
    off = [item for item in ratings if not terms.minimum <= item.mark <= terms.maximum]
    if off:
        named = ", ".join(f"{item.mark} of {item.firm} on {item.activity}" for item in off[:5])
        raise RefusedError(
            f"{len(off)} of {len(ratings)} marks lie off the scale from {terms.minimum} to {terms.maximum}: {named}",
            next_step="correct the marks, or name the scale with --lowest and --highest",
        )
    return rate_activities(ratings, terms)


class ImpactFound(NamedTuple):
    """The impact on the beneficiary firms, and what each dollar returned; None where no benefit was named."""

    impacts: tuple[Impact, ...]
    returned: Return | None


def check_impact(
    record: Path,
    *,
    currency: str,
    first_year: int,
    last_year: int,
    benefit_amount: Decimal | None = None,
    programme_amount: Decimal | None = None,
    fund_share: Decimal | None = None,
) -> ImpactFound:
    """The change against the baseline and against the comparison group. Raises RefusedError for years out of order."""
    _require_order(first_year, last_year)
    found = read_monitoring(record, currency)
    returned = None if benefit_amount is None else return_on(benefit_amount, programme_amount, fund_share)
    return ImpactFound(impacts(found.firms, first_year, last_year, found.cluster.price_index), returned)


def _require_launch(launched_on: date) -> None:
    if not FIRST_LAUNCH <= launched_on <= LAST_LAUNCH:
        raise RefusedError(
            f"no project was launched on {launched_on}", next_step=f"name a day from {FIRST_LAUNCH} to {LAST_LAUNCH}"
        )


def _require_order(*years: int) -> None:
    if any(later <= earlier for earlier, later in pairwise(years)):
        raise RefusedError(
            f"the years {', '.join(map(str, years))} are not in order", next_step="name the baseline first"
        )


def check_indicators(record: Path, *, currency: str, period: Period) -> tuple[IdbIndicator, ...]:
    """The indicators of the bank. Raises RefusedError for years out of order."""
    _require_order(period.baseline_year, period.end_year, period.long_run_year)
    return idb_indicators(read_monitoring(record, currency).cluster, period)


def show_portfolio(path: Path, *, by: Sequence[str] = tuple(DIMENSIONS)) -> dict[str, tuple[PortfolioGroup, ...]]:
    """The operations of a list by each dimension."""
    operations = read_portfolio(path)
    return {dimension: portfolio_by(operations, dimension) for dimension in by}


def check_programme(path: Path, *, on: date) -> ProgrammeEvaluation:
    """The projects of a list beside each other at the end of a day. Raises RefusedError for several currencies."""
    projects = [_evaluated(item, on) for item in read_projects(path)]
    currencies = sorted({item.framework.currency for item in projects})
    if len(currencies) > 1:
        raise RefusedError(
            f"the projects of {path.name} have amounts in {' and '.join(currencies)}, which do not add up",
            next_step="give those of one currency a list of their own",
        )
    return evaluate_programme(projects)


def _evaluated(item: ListedProject, on: date) -> EvaluatedProject:
    _require_launch(item.launched_on)
    _require_order(item.baseline_year, item.end_year)
    framework = read_framework(item.framework)
    record = _record_of(framework, item.record)
    progress = progress_of(framework, item.launched_on, record.progress, on)
    years = (item.baseline_year, item.end_year)
    return EvaluatedProject(
        project=item.project,
        framework=framework,
        results=evaluate_targets(framework, item.launched_on, record.values, on),
        components=by_component(progress, framework.currency),
        productivity=impact(record.firms, FirmFact.PRODUCTIVITY, *years, record.cluster.price_index),
    )


def check_consistency(path: Path) -> tuple[Consistency, ...]:
    """Whether the changes that a list records agree with each other."""
    return tuple(map(check_changes, read_recorded_changes(path)))


def write_form(workspace: Workspace | None, path: Path, *, language: str, currency: str, asked: Asked = EMPTY) -> None:
    """Writes the form of a monitoring record, worded by the workspace where there is one.

    Raises RefusedError where something stands at the path, UsageError for a file of another kind.
    """
    refuse_existing(path)
    own, ours = workspace.roots("templates") if workspace else (None, shipped("templates"))
    sources = read_sources(ours, own)
    words = Templates(sources).wording(language).words
    write_record_form(path, currency, read_record_wording(sources, language), words, asked)
