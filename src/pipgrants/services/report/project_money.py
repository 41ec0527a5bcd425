"""The figures of money that is carried out: by component and source, and the pace of the counterpart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from pipgrants.domain.accounts import Movement, accounts_of
from pipgrants.domain.monitoring.ratios import quotient
from pipgrants.domain.plain import ZERO, exact_sum
from pipgrants.domain.vocabulary import Component, FundingSource
from pipgrants.errors import in_words
from pipgrants.money import EXACT, from_minor
from pipgrants.reports.page import Cell, Figure, Section, Table
from pipgrants.services.monitored_project import MonitoredProject
from pipgrants.services.report.bars import bars, per_cent, share, unit_of

NO_BUDGET = "Not computable: no budget is agreed on yet."
NO_PAYMENT = "not computable: no payment is on record"
NOT_AGREED = "not computable: no counterpart is agreed on"
OF_NO_COMPONENT = "of no component"
MOST_QUARTERS = 20


class _Planned(NamedTuple):
    """Budget and spending of one component from one source; nothing is spent where no payment is on record."""

    component: Component | None
    source: FundingSource
    budget: Decimal
    spent: Decimal | None


_Name: TypeAlias = Callable[[_Planned], str]


def component_money(projects: Sequence[MonitoredProject], on: date, currency: str) -> Section:
    """Budgets and payments by component and by source, of one project or of several together."""
    planned = _planned(projects, on)
    if not planned:
        return Section("Money", [NO_BUDGET])
    by_component = _together(planned, lambda item: _named(item.component))
    by_source = _together(planned, lambda item: in_words(item.source))
    rows: list[tuple[Cell, ...]] = [
        (_named(item.component), in_words(item.source), item.budget, _told(item.spent), _left(item)) for item in planned
    ]
    says = "The budget in force, and the payments on record less what was disallowed of them."
    detail = Figure(
        "component-and-source",
        "Money by component and source",
        "Every component with each of its sources.",
        Table(("Component", "Source", "Budget", "Spent", "Left"), rows),
    )
    return Section(
        "Money",
        [f"Amounts are in {currency}. The source grant is the award; every other source is counterpart."],
        [
            _compared("by-component", "Money by component", says, "Component", by_component, currency),
            _compared("by-source", "Money by source", says, "Source", by_source, currency),
            detail,
        ],
    )


def _planned(projects: Sequence[MonitoredProject], on: date) -> list[_Planned]:
    found: dict[tuple[Component | None, FundingSource], _Planned] = {}
    for project in projects:
        keys = dict.fromkeys((item.line.component, item.line.source) for item in project.facts.money.lines)
        for component, source in keys:
            budget = exact_sum(
                item.line.amount
                for item in project.facts.money.lines
                if (item.line.component, item.line.source) == (component, source)
            )
            spent = project.spent_on(on, component, source)
            before = found.get((component, source), _Planned(component, source, ZERO, None))
            total = EXACT.add(before.budget, budget)
            found[component, source] = before._replace(budget=total, spent=_sum_of_known((before.spent, spent)))
    return sorted(found.values(), key=lambda item: (_order(item.component), list(FundingSource).index(item.source)))


def _order(component: Component | None) -> int:
    return len(Component) if component is None else list(Component).index(component)


def _together(planned: Iterable[_Planned], name: _Name) -> dict[str, _Planned]:
    found: dict[str, _Planned] = {}
    for item in planned:
        before = found.get(name(item), item._replace(budget=ZERO, spent=None))
        found[name(item)] = before._replace(
            budget=EXACT.add(before.budget, item.budget), spent=_sum_of_known((before.spent, item.spent))
        )
    return found


def _compared(name: str, title: str, says: str, column: str, by_name: dict[str, _Planned], currency: str) -> Figure:
    """Budget beside spending, drawn and as a table."""
    unit, axis = unit_of(currency, [item.budget for item in by_name.values()])
    chart = bars(
        list(by_name),
        {
            "spent": [None if item.spent is None else item.spent / unit for item in by_name.values()],
            "budget": [item.budget / unit for item in by_name.values()],
        },
        axis,
        missing="not recorded",
    )
    rows: list[tuple[Cell, ...]] = [
        (label, item.budget, _told(item.spent), share(quotient(item.spent, item.budget).value))
        for label, item in by_name.items()
    ]
    return Figure(name, title, says, Table((column, "Budget", "Spent", "Of the budget"), rows), chart if rows else None)


def _told(spent: Decimal | None) -> Cell:
    return NO_PAYMENT if spent is None else spent


def _left(item: _Planned) -> Cell:
    return None if item.spent is None else EXACT.subtract(item.budget, item.spent)


def _named(component: Component | None) -> str:
    return OF_NO_COMPONENT if component is None else in_words(component)


def _sum_of_known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return exact_sum(known) if known else None


class Pace(NamedTuple):
    """How far the grant is paid and the counterpart realised, with a label: a day, or a project."""

    label: str
    paid: Decimal
    award: Decimal
    realised: Decimal
    agreed: Decimal

    @property
    def paid_share(self) -> Decimal | None:
        """What was paid of the award."""
        return quotient(self.paid, self.award).value

    @property
    def realised_share(self) -> Decimal | None:
        """What was realised of the counterpart agreed on."""
        return quotient(self.realised, self.agreed).value


def pace_on(project: MonitoredProject, on: date, label: str) -> Pace:
    """The pace at the end of a day."""
    unit, currency = project.facts.unit, project.facts.currency
    accounts = accounts_of(
        (Movement(row.kind), from_minor(row.amount_minor, currency))
        for row in unit.projects.movements(project.number)
        if date.fromisoformat(row.moved_on) <= on
    )
    counted = {
        row.number for row in unit.projects.expenditures(project.number) if date.fromisoformat(row.paid_on) <= on
    }
    money = project.facts.money
    until = replace(money, spent=tuple(item for item in money.spent if item.number in counted))
    return Pace(label, accounts.held_amount, accounts.award_amount, until.realised.amount, money.counterpart_amount)


def project_pace(project: MonitoredProject, on: date) -> Section:
    """The pace of one project at the end of each quarter since its agreement, and on the day itself."""
    begun = project.facts.row.starts_on
    days = _quarters(date.fromisoformat(begun), on) if begun else [on]
    says = (
        "The share of the award that was paid, beside the share of the counterpart agreed on that was realised. "
        "The grant paid never runs ahead by more than the first tranche."
    )
    return pace_section([pace_on(project, day, day.isoformat()) for day in days], "On", says)


def _quarters(begins_on: date, on: date) -> list[date]:
    """The ends of the quarters between two days, the last of them, and the second day."""
    year, quarter, found = begins_on.year, (begins_on.month - 1) // 3, list[date]()
    while (ends_on := _end_of(year, quarter)) < on:
        if ends_on >= begins_on:
            found.append(ends_on)
        year, quarter = (year, quarter + 1) if quarter < 3 else (year + 1, 0)
    return [*found, on][-MOST_QUARTERS:]


def _end_of(year: int, quarter: int) -> date:
    following = date(year + 1, 1, 1) if quarter == 3 else date(year, 3 * quarter + 4, 1)
    return following - timedelta(days=1)


def pace_section(paces: Sequence[Pace], column: str, says: str) -> Section:
    """Shares paid and realised beside each other."""
    shares = {
        "counterpart realised": per_cent(item.realised_share for item in paces),
        "grant paid": per_cent(item.paid_share for item in paces),
    }
    chart = bars([item.label for item in paces], shares, "%", 1)
    rows: list[tuple[Cell, ...]] = [
        (
            item.label,
            item.paid,
            share(item.paid_share),
            item.realised,
            share(item.realised_share) or NOT_AGREED,
        )
        for item in paces
    ]
    columns = (column, "Paid", "Of the award", "Realised", "Of the agreed")
    figure = Figure("pace", "Pace of the counterpart", says, Table(columns, rows), chart if rows else None)
    return Section("Counterpart", [], [figure])
