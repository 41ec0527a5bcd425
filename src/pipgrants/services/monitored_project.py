"""What is monitored of a project, from the record: its framework, its baseline, what was measured, and its money."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import NamedTuple, TypeAlias

import orjson

from pipgrants.domain.accounts import Movement
from pipgrants.domain.monitoring.baseline import BaselineCheck, Territory, verify_baseline
from pipgrants.domain.monitoring.firms import FirmGroup, last_full_year
from pipgrants.domain.monitoring.idb_indicators import LONG_RUN_YEARS, IdbIndicator, Payment, Period, idb_indicators
from pipgrants.domain.monitoring.impact import Impact, impacts
from pipgrants.domain.monitoring.logical_framework import LogicalFramework
from pipgrants.domain.monitoring.progress import ActivityProgress, ComponentProgress, by_component, progress_of
from pipgrants.domain.monitoring.project_framework import budget_by_component
from pipgrants.domain.monitoring.ratings import ActivityRating, RatingTerms, rate_activities, usual_terms
from pipgrants.domain.monitoring.ratios import quotient
from pipgrants.domain.monitoring.record import MonitoringRecord, from_plain, latest
from pipgrants.domain.monitoring.targets import TargetResult, evaluate_targets
from pipgrants.domain.plain import exact_sum
from pipgrants.domain.vocabulary import Component, FundingSource
from pipgrants.money import from_minor
from pipgrants.reading import read_accepted
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import DEFINITIONS_KEPT
from pipgrants.services.project_facts import PROJECT, ProjectFacts, facts_of
from pipgrants.store.calls import DefinitionRow
from pipgrants.store.measurements import MonitoredRow
from pipgrants.store.unit import Unit

FRAMEWORK = "framework"
"""The kind of definition that a logical framework is stored as, and the name of its hash in entries."""
LAUNCHED = "ProjectLaunched"


class Spending(NamedTuple):
    """A payment that counts: what for, from which source, and when."""

    component: str | None
    activity: str
    source: FundingSource
    paid_on: date
    amount: Decimal


_Counts: TypeAlias = Callable[[Spending], bool]


@dataclass(frozen=True)
class MonitoredProject:
    """What is on record of the monitoring of a project; without a launch there is no deadline yet."""

    facts: ProjectFacts
    row: MonitoredRow | None

    @property
    def number(self) -> str:
        """The number of the project."""
        return self.facts.number

    @property
    def baseline_year(self) -> int | None:
        """The year of the baseline on record."""
        return self.row.baseline_year if self.row else None

    @cached_property
    def framework(self) -> LogicalFramework | None:
        """The logical framework in force."""
        return read_framework(self.facts.unit.calls.definition(self.row.framework_hash)) if self.row else None

    @cached_property
    def launched_on(self) -> date | None:
        """The day of the launch, in the time zone of the call."""
        entries = self.facts.unit.ledger.entries(subject=PROJECT + self.number)
        found = [entry for entry in entries if entry.act == LAUNCHED]
        if not found:
            return None
        at = datetime.fromisoformat(orjson.loads(found[-1].content)["at"])
        return local_day(at, self.facts.terms.call)

    @cached_property
    def record(self) -> MonitoringRecord:
        """What was measured, each as it was stated last, and what was paid out of the grant."""
        unit, currency = self.facts.unit, self.facts.currency
        rows = unit.measurements.of(self.number)
        stated = latest((row.kind, from_plain(row.kind, orjson.loads(row.content))) for row in rows if row.content)
        paid = tuple(
            Payment(date.fromisoformat(row.moved_on), from_minor(row.amount_minor, currency))
            for row in unit.projects.movements(self.number)
            if row.kind == Movement.DISBURSED
        )
        return stated._replace(payments=paid)

    @cached_property
    def spending(self) -> tuple[Spending, ...]:
        """The payments of the project, less what was disallowed of them."""
        found = []
        for row in self.facts.unit.projects.expenditures(self.number):
            amount = from_minor(row.amount_minor - row.disallowed_minor, self.facts.currency)
            day, source = date.fromisoformat(row.paid_on), FundingSource(row.source)
            found.append(Spending(row.component, row.activity, source, day, amount))
        return tuple(found)

    def baseline(self) -> BaselineCheck | None:
        """Both verifications of the baseline; None without one."""
        return None if self.baseline_year is None else self.verified(self.baseline_year)

    def verified(self, year: int) -> BaselineCheck:
        """Both verifications of what firms reported of a year."""
        territory = next((item for item in self.record.territory if item.year == year), Territory(year))
        return verify_baseline(self.record.firms, territory)

    def targets(self, on: date) -> tuple[TargetResult, ...]:
        """How every target stands at the end of a day; none without a framework or before the launch."""
        if self.framework is None or self.launched_on is None:
            return ()
        values = self.record.values._replace(baseline_year=self.baseline_year)
        return evaluate_targets(self.framework, self.launched_on, values, on)

    def activities(self, on: date) -> tuple[ActivityProgress, ...]:
        """Every activity against its plan; what was spent is of the payments whose budget line names it."""
        if self.framework is None or self.launched_on is None:
            return ()
        named = {item.line.activity for item in self.facts.money.lines}
        found = progress_of(self.framework, self.launched_on, self.record.progress, on)
        return tuple(self._with_spent(item, on) if item.activity.code in named else item for item in found)

    def _with_spent(self, item: ActivityProgress, on: date) -> ActivityProgress:
        if item.report is None:
            return item
        spent = self._spent(on, lambda paid: paid.activity == item.activity.code)
        return item._replace(report=item.report._replace(spent_amount=spent))

    def components(self, on: date) -> tuple[ComponentProgress, ...]:
        """Every component against its plan: the budget of the project, and the payments on record."""
        budget = budget_by_component(item.line for item in self.facts.money.lines)
        found = by_component(self.activities(on), self.facts.currency)
        return tuple(self._with_money(item, budget.get(item.component), on) for item in found)

    def _with_money(self, item: ComponentProgress, budget: Decimal | None, on: date) -> ComponentProgress:
        spent = self._spent(on, lambda paid: paid.component == item.component)
        return item._replace(budget_amount=budget, spent_amount=spent, spent_share=quotient(spent, budget))

    def spent_on(self, on: date, component: Component | None, source: FundingSource) -> Decimal | None:
        """What was spent of a component from a source; None where the project recorded no payment at all."""
        return self._spent(on, lambda paid: paid.component == component and paid.source is source)

    def _spent(self, on: date, counts: _Counts) -> Decimal | None:
        until = [item for item in self.spending if item.paid_on <= on]
        return exact_sum(item.amount for item in until if counts(item)) if until else None

    @property
    def scale(self) -> RatingTerms | None:
        """The scale of the marks that firms give activities."""
        if self.framework is None:
            return None
        return usual_terms(Decimal(self.framework.lowest_rating), Decimal(self.framework.highest_rating))

    def ratings(self) -> tuple[ActivityRating, ...]:
        """How firms rate the activities."""
        return rate_activities(self.record.ratings, self.scale) if self.scale else ()

    def impacts(self, on: date) -> Sequence[Impact]:
        """The change of the firms from the baseline to the last year that was over on a day and that they reported."""
        base, last = self.baseline_year, last_full_year(on)
        years = {item.year for item in self.record.firms if item.group is FirmGroup.BENEFICIARY}
        later = [year for year in years if base is not None and base < year <= last]
        if base is None or not later:
            return ()
        return impacts(self.record.firms, base, max(later), self.record.cluster.price_index)

    def indicators(self, on: date) -> Sequence[IdbIndicator]:
        """The indicators of the bank, for a project whose baseline and end are on record."""
        ends_on = self.facts.row.ends_on
        if self.baseline_year is None or ends_on is None:
            return ()
        end = max(date.fromisoformat(ends_on).year, self.baseline_year + 1)
        return idb_indicators(self.record.cluster, Period(self.baseline_year, end, end + LONG_RUN_YEARS, on))


@lru_cache(DEFINITIONS_KEPT)
def read_framework(row: DefinitionRow) -> LogicalFramework:
    """The logical framework that a stored definition describes, accepted by the bounds of its day."""
    return read_accepted(row.content, LogicalFramework, file=f"{row.name}.yaml")


def monitored(facts: ProjectFacts) -> MonitoredProject:
    """What is monitored of a project."""
    return MonitoredProject(facts, facts.unit.measurements.find(facts.number))


def monitored_projects(unit: Unit, numbers: Iterable[str]) -> list[MonitoredProject]:
    """What is monitored of some projects."""
    return [monitored(facts_of(unit, number)) for number in numbers]
