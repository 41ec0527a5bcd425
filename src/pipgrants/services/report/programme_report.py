"""``report programme``: the projects of all calls of a programme together, for management. It decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from pipgrants import __version__
from pipgrants.domain.groups import DIMENSIONS, NO, SIZE, TERRITORY, UNKNOWN, groups_of
from pipgrants.domain.monitoring.firms import FirmFact
from pipgrants.domain.monitoring.programme_evaluation import Tally, tally
from pipgrants.domain.monitoring.ratios import quotient
from pipgrants.domain.plain import exact_sum
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import RefusedError, in_words
from pipgrants.money import Money
from pipgrants.reports.charts import Bars
from pipgrants.reports.page import Cell, Figure, Report, Section, Table
from pipgrants.services.access import permitted_read
from pipgrants.services.monitored_project import MonitoredProject, monitored_projects
from pipgrants.services.report.bars import bars, per_cent, share
from pipgrants.services.report.pages import refuse_unwritable
from pipgrants.services.report.project_money import Pace, component_money, pace_on, pace_section
from pipgrants.services.report.project_report import FROM_RECORD, WrittenReport, written_report
from pipgrants.services.report.project_results import computed
from pipgrants.services.report.shown import MOST_AROUND_LINE
from pipgrants.services.views import labels
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.unit import Unit


def programme_report(
    workspace: Workspace, who: Identity, now: datetime, *, programme: str, out: Path, on: date
) -> WrittenReport:
    """Writes the report of a programme at the end of a day, as one HTML page or as a PDF.

    Raises NotFoundError without the programme, RefusedError where it has no project or several currencies, a package is
    not installed or the file exists already, and UsageError for a file of another kind.
    """
    refuse_unwritable(out)
    with permitted_read(workspace, who, now, "report.programme", f"programme/{programme}") as unit:
        unit.calls.programme(programme)
        found = _projects(unit, programme)
        report = _report(programme, found, on, labels(workspace))
    return written_report(workspace, report, programme, out, on, now)


def _projects(unit: Unit, programme: str) -> list[MonitoredProject]:
    calls = [row.call for row in unit.calls.all() if row.programme == programme]
    found = monitored_projects(unit, (row.proposal for call in calls for row in unit.projects.of_call(call)))
    if not found:
        raise RefusedError(
            f"no award of {programme} is a project yet", next_step="pipgrants project open CALL --as OFFICER"
        )
    currencies = sorted({project.facts.currency for project in found})
    if len(currencies) > 1:
        raise RefusedError(
            f"the projects of {programme} have amounts in {' and '.join(currencies)}, which do not add up",
            next_step="pipgrants report project NUMBER --out FILE shows one of them",
        )
    return found


def _report(programme: str, projects: Sequence[MonitoredProject], on: date, banners: Sequence[str]) -> Report:
    currency = projects[0].facts.currency
    shown = projects[:MOST_AROUND_LINE]
    says = "Each project: the share of its award that was paid, beside that of its counterpart that was realised."
    if len(shown) < len(projects):
        says += f" Shown are the first {len(shown)} of {len(projects):,}."
    return Report(
        language=Language.ENGLISH.value,
        title=f"Report of the programme {programme}",
        advisory=FROM_RECORD,
        banners=banners,
        facts=_facts(projects, on, currency),
        sections=[
            component_money(projects, on, currency),
            pace_section([pace_on(item, on, item.number) for item in shown], "Project", says),
            _results(projects, on),
            _groups(projects, on, currency),
        ],
        made_by=f"Made by pipgrants {__version__} from the record of {len(projects):,} projects on {on}.",
    )


def _facts(projects: Sequence[MonitoredProject], on: date, currency: str) -> Mapping[str, str]:
    paces = [pace_on(item, on, item.number) for item in projects]
    amounts = {
        "Awards": exact_sum(item.award for item in paces),
        "Paid": exact_sum(item.paid for item in paces),
        "Counterpart agreed": exact_sum(item.agreed for item in paces),
        "Counterpart realised": exact_sum(item.realised for item in paces),
    }
    states = [item.facts.row.state for item in projects]
    return {
        "Projects": f"{len(projects):,}",
        "States": ", ".join(f"{in_words(state)} {states.count(state):,}" for state in dict.fromkeys(states)),
        **{name: str(Money(amount, currency)) for name, amount in amounts.items()},
        "As of": str(on),
    }


def _results(projects: Sequence[MonitoredProject], on: date) -> Section:
    """Targets and the change of productivity, project by project; nothing is averaged over them."""
    tallies = {item.number: tally(item.targets(on)) for item in projects if item.targets(on)}
    unplanned = [item.number for item in projects if item.framework is None]
    notes = ["Targets are counted by project; averages over territories with prices of their own would mislead."]
    if unplanned:
        notes.append(f"Not computable for {len(unplanned):,} of {len(projects):,}: no logical framework is on record.")
    rows: list[tuple[Cell, ...]] = [(number, *found) for number, found in tallies.items()]
    columns = ("Project", "Met", "Not met", "Undetermined")
    says = "How many targets of each project are met, not met and undetermined."
    chart = _tallied(dict(list(tallies.items())[:MOST_AROUND_LINE]))
    counted = Figure("targets", "Targets by project", says, Table(columns, rows), chart)
    return Section("Indicators", notes, [*([counted] if rows else []), _productivities(projects, on)])


def _productivities(projects: Sequence[MonitoredProject], on: date) -> Figure:
    """The main indicator of a project, as the source paper says: the real change of productivity."""
    rows: list[tuple[Cell, ...]] = []
    for project in projects:
        impact = next((item for item in project.impacts(on) if item.fact is FirmFact.PRODUCTIVITY), None)
        years = f"{impact.first_year} to {impact.last_year}" if impact else None
        told = [computed(impact.real), computed(impact.difference)] if impact else ["not computable: not recorded"] * 2
        rows.append((project.number, in_words(project.facts.row.state), years, *told))
    columns = ("Project", "State", "Years", "Real change", "Against comparison")
    says = "Value added per employee of the firms that reported in both years, in the prices of the baseline."
    return Figure("productivity", "Productivity by project", says, Table(columns, rows))


def _tallied(tallies: Mapping[str, Tally]) -> Bars:
    names = ("undetermined", "not_met", "met")
    counts = {in_words(name): [Decimal(getattr(item, name)) for item in tallies.values()] for name in names}
    return bars(list(tallies), counts, "targets", 0)


def _groups(projects: Sequence[MonitoredProject], on: date, currency: str) -> Section:
    """Awards and payments by territory and by group of the lead."""
    groups = [(pace_on(item, on, item.number), groups_of(item.facts.proposal)) for item in projects]
    names = sorted({(dimension, of[dimension]) for _, of in groups for dimension in DIMENSIONS})
    by_name = {key: [item for item, of in groups if of[key[0]] == key[1]] for key in names}
    territories = {key[1]: of for key, of in by_name.items() if key[0] == TERRITORY}
    others = {
        f"{'size' if key[0] == SIZE else in_words(key[0])}: {key[1]}": of
        for key, of in by_name.items()
        if key[0] != TERRITORY and key[1] != NO
    }
    whole = exact_sum(item.award for item, _ in groups)
    notes = ["A project counts for the territory where it takes place, and for the groups of its lead."]
    return Section(
        "Territory and groups",
        notes,
        [
            _money("territories", "Money by territory", "Territory", territories, whole, currency),
            _money("groups", "Money by group", "Group", others, whole, currency),
        ],
    )


def _money(
    name: str,
    title: str,
    column: str,
    groups: Mapping[str, Sequence[Pace]],
    whole: Decimal,
    currency: str,
) -> Figure:
    awards = {label: exact_sum(item.award for item in of) for label, of in groups.items()}
    paid = {label: exact_sum(item.paid for item in of) for label, of in groups.items()}
    drawn = [label for label in groups if not label.endswith(UNKNOWN)]
    parts = {
        word: per_cent(quotient(of[label], whole).value for label in drawn)
        for word, of in (("paid", paid), ("award", awards))
    }
    chart = bars(drawn, parts, "% of all awards", 1)
    rows: list[tuple[Cell, ...]] = [
        (label, len(of), awards[label], share(quotient(awards[label], whole).value), paid[label])
        for label, of in groups.items()
    ]
    columns = (column, "Projects", "Award", "Of all awards", "Paid")
    says = f"What stands of the awards, and what of them was paid and not paid back, in {currency}."
    return Figure(name, title, says, Table(columns, rows), chart if drawn else None)
