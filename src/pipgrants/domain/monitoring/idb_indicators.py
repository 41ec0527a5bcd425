"""The indicators of the Inter-American Development Bank for cluster projects (CBL, annex II).

Of the long run three years after the end, of the medium run at the end, of the short run during execution. Each names
its numerator, its denominator and the record that both come from; one whose record is missing is *not computable*, and
never zero. Changes of amounts are in the prices of the baseline year.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from pipgrants.domain.monitoring.baseline import Territory
from pipgrants.domain.monitoring.firms import CLUSTER_GROUPS, FirmFact, FirmGroup, FirmValues, group_by_firm
from pipgrants.domain.monitoring.impact import difference
from pipgrants.domain.monitoring.ratios import (
    Figure,
    Ratio,
    Reason,
    in_prices_of,
    not_computable,
    quotient,
    relative_change,
)
from pipgrants.domain.monitoring.targets import change_of_firms
from pipgrants.money import EXACT

MORE_THAN_FIRMS = 3
"""Activities count where they involve more firms than this (CBL, annex II: "more than three firms")."""


LONG_RUN_YEARS = 3
"""How long after its end the long run of a project is measured."""


class Unit(StrEnum):
    """What a figure is; ``points`` are a difference of two shares."""

    SHARE = "share"
    POINTS = "points"
    COUNT = "count"
    AMOUNT = "amount"


_NONE = "none"


class Run(StrEnum):
    """When an indicator is measured."""

    LONG = "long"
    MEDIUM = "medium"
    SHORT = "short"


class AgreementKind(StrEnum):
    """What the actors of a cluster agree on."""

    INSTITUTIONAL_ARRANGEMENT = "institutional_arrangement"
    STRATEGIC_PLAN = "strategic_plan"


class Agreement(NamedTuple):
    """An arrangement that was created, or a plan that was designed; ``by_consensus`` is whether all approved it."""

    kind: AgreementKind
    title: str
    on: date
    by_consensus: bool


class JointActivity(NamedTuple):
    """An activity for the competitiveness of the cluster: how many firms it involved, and which actors besides."""

    title: str
    on: date
    firms_count: int
    actors: frozenset[str] = frozenset()


class Payment(NamedTuple):
    """A subsidy disbursed for the improvement of competitiveness."""

    on: date
    amount: Decimal


class ClusterRecord(NamedTuple):
    """What is on record of a cluster; what nothing was recorded of is empty."""

    firms: Sequence[FirmValues] = ()
    territory: Mapping[int, Territory] = {}
    activities: Sequence[JointActivity] = ()
    agreements: Sequence[Agreement] = ()
    payments: Sequence[Payment] = ()

    @property
    def price_index(self) -> dict[int, Decimal]:
        """The deflator series by year."""
        return {year: item.price_index for year, item in self.territory.items() if item.price_index}


class Period(NamedTuple):
    """The years that are compared, and the day until which short-run indicators count."""

    baseline_year: int
    end_year: int
    long_run_year: int
    until_on: date


class IdbIndicator(NamedTuple):
    """One indicator: its figure over what, from which record."""

    code: str
    run: Run
    numerator: str
    denominator: str
    record: str
    figure: Figure
    unit: Unit = Unit.SHARE


_GDP_RECORD = "sheet territory, GDP and price index of both years"
_FIRMS_RECORD = "sheet firms, both years; sheet territory, price index"
_ACTIVITIES_RECORD = "sheet activities, both years"


def idb_indicators(record: ClusterRecord, period: Period) -> tuple[IdbIndicator, ...]:
    """All of them, from the long run to the short run."""
    return (*_long_run(record, period), *_medium_run(record, period), *_short_run(record, period))


def _long_run(record: ClusterRecord, period: Period) -> Iterator[IdbIndicator]:
    first, last = period.baseline_year, period.long_run_year
    local, national = (_gdp_growth(record, name, first, last) for name in ("gdp", "national_gdp"))
    yield _growth_of_gdp("local_gdp_growth", "local", local)
    yield _growth_of_gdp("national_gdp_growth", "national", national)
    yield IdbIndicator(
        "local_less_national_gdp_growth",
        Run.LONG,
        "growth of the local GDP less that of the national one",
        _NONE,
        _GDP_RECORD,
        difference(local, national),
        Unit.POINTS,
    )
    for fact in (FirmFact.PRODUCTIVITY, FirmFact.SALES, FirmFact.EXPORTS):
        change = _change(record, fact, first, last, CLUSTER_GROUPS)
        yield _change_of_firms(f"cluster_{fact}_change", fact, "firms of the cluster", change)
        yield _against_comparison(record, fact, first, last, change)
    for fact in (FirmFact.SALES, FirmFact.PRODUCTIVITY, FirmFact.EMPLOYMENT):
        change = _change(record, fact, first, last, (FirmGroup.BENEFICIARY,))
        yield _change_of_firms(f"beneficiary_{fact}_change", fact, "direct beneficiaries", change)


def _growth_of_gdp(code: str, whose: str, figure: Figure) -> IdbIndicator:
    return IdbIndicator(
        code,
        Run.LONG,
        f"{whose} GDP three years after the end, less that of the baseline year, in its prices",
        f"{whose} GDP of the baseline year",
        _GDP_RECORD,
        figure,
    )


def _gdp_growth(record: ClusterRecord, name: str, first_year: int, last_year: int) -> Figure:
    first, last = (getattr(record.territory.get(year), name, None) for year in (first_year, last_year))
    if first is None or last is None:
        return not_computable(Reason.NOT_RECORDED)
    deflated = in_prices_of(Ratio(last), last_year, first_year, record.price_index)
    return not_computable(Reason.NO_PRICE_INDEX) if deflated is None else relative_change(Ratio(first), deflated)


def _change(
    record: ClusterRecord, fact: FirmFact, first_year: int, last_year: int, groups: Iterable[FirmGroup]
) -> Figure:
    return change_of_firms(record.firms, fact, first_year, last_year, record.price_index, groups)


def _change_of_firms(code: str, fact: FirmFact, who: str, figure: Figure) -> IdbIndicator:
    return IdbIndicator(
        code,
        Run.LONG,
        f"average {fact.replace('_', ' ')} of the {who} that reported both years, the last less the first",
        "their average in the baseline year",
        _FIRMS_RECORD,
        figure,
    )


def _against_comparison(
    record: ClusterRecord, fact: FirmFact, first_year: int, last_year: int, change: Figure
) -> IdbIndicator:
    if any(item.group is FirmGroup.COMPARISON for item in record.firms):
        compared = _change(record, fact, first_year, last_year, (FirmGroup.COMPARISON,))
    else:
        compared = not_computable(Reason.NO_COMPARISON_GROUP)
    return IdbIndicator(
        f"cluster_{fact}_against_comparison",
        Run.LONG,
        f"change of {fact.replace('_', ' ')} in the cluster less that of the comparison group",
        _NONE,
        _FIRMS_RECORD,
        difference(change, compared),
        Unit.POINTS,
    )


def _medium_run(record: ClusterRecord, period: Period) -> Iterator[IdbIndicator]:
    years = (period.baseline_year, period.end_year)
    yield IdbIndicator(
        "strategy_share_increase",
        Run.MEDIUM,
        "share of the cluster's firms that follow competitive strategies at the end, less that of the baseline year",
        "in each share: the cluster's firms that answered in that year",
        "sheet firms, follows_strategy of both years",
        _increase([_strategy_share(record.firms, year).value for year in years]),
        Unit.POINTS,
    )
    yield IdbIndicator(
        "non_firm_actors_increase",
        Run.MEDIUM,
        "actors besides firms that took part in activities in the last year, less those of the baseline year",
        _NONE,
        _ACTIVITIES_RECORD,
        _increase([_actors(record.activities, year) for year in years]),
        Unit.COUNT,
    )
    yield IdbIndicator(
        "joint_activities_increase",
        Run.MEDIUM,
        "activities of more than three firms in the last year, less those of the baseline year",
        _NONE,
        _ACTIVITIES_RECORD,
        _increase([_joint(record.activities, year) for year in years]),
        Unit.COUNT,
    )
    improved, both = _improved(record.firms, *years)
    yield IdbIndicator(
        "improved_position_share",
        Run.MEDIUM,
        "participating firms whose mark of competitive position rose",
        "participating firms with a mark in both years",
        "sheet firms, position of both years",
        quotient(improved, both) if both else not_computable(Reason.NOT_RECORDED),
    )


def _increase(counts: Sequence[Decimal | None]) -> Figure:
    first, last = counts
    if first is None or last is None:
        return not_computable(Reason.NOT_RECORDED)
    return Figure(Ratio(EXACT.subtract(last, first)))


def _strategy_share(firms: Iterable[FirmValues], year: int) -> Figure:
    answers = [
        firm.follows_strategy
        for firm in firms
        if firm.year == year and firm.group in CLUSTER_GROUPS and firm.follows_strategy is not None
    ]
    return quotient(sum(answers), len(answers))


def _in_year(activities: Iterable[JointActivity], year: int) -> list[JointActivity]:
    return [activity for activity in activities if activity.on.year == year]


def _actors(activities: Iterable[JointActivity], year: int) -> Decimal | None:
    """How many different actors took part in a year; None where no activity of that year is on record."""
    found = _in_year(activities, year)
    return Decimal(len(frozenset().union(*(activity.actors for activity in found)))) if found else None


def _joint(activities: Iterable[JointActivity], year: int) -> Decimal | None:
    found = _in_year(activities, year)
    return Decimal(sum(activity.firms_count > MORE_THAN_FIRMS for activity in found)) if found else None


def _improved(firms: Sequence[FirmValues], first_year: int, last_year: int) -> tuple[int, int]:
    """How many participating firms have a better mark of their position, of how many with a mark in both years."""
    marks: dict[int, dict[str, Decimal]] = {first_year: {}, last_year: {}}
    group = group_by_firm(firms)
    for firm in firms:
        if group[firm.firm] is FirmGroup.BENEFICIARY and firm.position is not None and firm.year in marks:
            marks[firm.year][firm.firm] = firm.position
    first, last = marks[first_year], marks[last_year]
    both = first.keys() & last.keys()
    return sum(last[firm] > first[firm] for firm in both), len(both)


def _short_run(record: ClusterRecord, period: Period) -> Iterator[IdbIndicator]:
    agreed = [item for item in record.agreements if item.on <= period.until_on]
    arrangements = [item for item in agreed if item.kind is AgreementKind.INSTITUTIONAL_ARRANGEMENT]
    plans = [item for item in agreed if item.kind is AgreementKind.STRATEGIC_PLAN]
    yield IdbIndicator(
        "institutional_arrangements",
        Run.SHORT,
        "institutional arrangements created",
        _NONE,
        "sheet agreements",
        _counted(len(arrangements), is_recorded=bool(agreed)),
        Unit.COUNT,
    )
    yield IdbIndicator(
        "plans_by_consensus_share",
        Run.SHORT,
        "strategic plans approved by the consensus of all stakeholders",
        "strategic plans designed",
        "sheet agreements",
        quotient(sum(plan.by_consensus for plan in plans), len(plans))
        if plans
        else not_computable(Reason.NOT_RECORDED),
    )
    participating = len(
        {item.firm for item in record.firms if item.group is FirmGroup.BENEFICIARY and item.year == period.end_year}
    )
    yield IdbIndicator(
        "participating_firms",
        Run.SHORT,
        "firms that participate, by what they reported in the last year",
        _NONE,
        "sheet firms",
        _counted(participating, is_recorded=bool(participating)),
        Unit.COUNT,
    )
    territory = record.territory.get(period.end_year, Territory(period.end_year))
    yield IdbIndicator(
        "participating_firms_share",
        Run.SHORT,
        "firms that participate, by what they reported in the last year",
        "firms of the cluster",
        "sheet firms; sheet territory, cluster_firms of the last year",
        quotient(participating or None, territory.cluster_firms_count),
    )
    paid = [payment.amount for payment in record.payments if payment.on <= period.until_on]
    yield IdbIndicator(
        "subsidies_disbursed",
        Run.SHORT,
        "subsidies disbursed for the improvement of competitiveness",
        _NONE,
        "sheet payments",
        quotient(sum(paid, Decimal(0)) if paid else None, 1),
        Unit.AMOUNT,
    )


def _counted(number: int, *, is_recorded: bool) -> Figure:
    return quotient(number, 1) if is_recorded else not_computable(Reason.NOT_RECORDED)
