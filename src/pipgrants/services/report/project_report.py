"""``report project``: what an award became, for who follows it. It reads, and decides nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from pipgrants import __version__
from pipgrants.domain.groups import TERRITORY, UNKNOWN, groups_of
from pipgrants.domain.proposal import Member, Proposal
from pipgrants.domain.vocabulary import Language, MemberType, PriorityGroup
from pipgrants.errors import in_words
from pipgrants.money import Money
from pipgrants.reports.page import Cell, Figure, Report, Section, Table
from pipgrants.services.access import permitted_read
from pipgrants.services.letters import font_folders
from pipgrants.services.monitored_project import MonitoredProject, monitored
from pipgrants.services.project_facts import PROJECT, facts_of
from pipgrants.services.report.bars import bars
from pipgrants.services.report.pages import refuse_unwritable, write_page
from pipgrants.services.report.project_money import component_money, pace_on, project_pace
from pipgrants.services.report.project_results import change, progress, ratings, targets
from pipgrants.services.views import labels
from pipgrants.services.workspace import Identity, Workspace

FROM_RECORD = "Made from the record. What is not on record is not computable, and never zero."


class WrittenReport(NamedTuple):
    """The report that was written of a project or a programme, as of a day."""

    subject: str
    path: Path
    on: date
    figures: Sequence[str]
    bytes_count: int


def project_report(
    workspace: Workspace, who: Identity, now: datetime, *, project: str, out: Path, on: date
) -> WrittenReport:
    """Writes the report of a project at the end of a day, as one HTML page or as a PDF.

    The same record and day give the same bytes, a PDF with the same date. Raises RefusedError where a package is not
    installed or the file exists already, and UsageError for a file of another kind.
    """
    refuse_unwritable(out)
    with permitted_read(workspace, who, now, "report.project", PROJECT + project) as unit:
        found = monitored(facts_of(unit, project))
        report = _report(found, on, labels(workspace, found.facts.terms.row.call))
    return written_report(workspace, report, project, out, on, now)


def written_report(
    workspace: Workspace, report: Report, subject: str, out: Path, on: date, now: datetime
) -> WrittenReport:
    """Writes a report, and says what is in it."""
    bytes_count = write_page(report, out, font_folders(workspace), now)
    figures = [figure.title for section in report.sections for figure in section.figures]
    return WrittenReport(subject, out, on, figures, bytes_count)


def _report(found: MonitoredProject, on: date, banners: Sequence[str]) -> Report:
    return Report(
        language=Language.ENGLISH.value,
        title=f"Report of the project {found.number}",
        advisory=FROM_RECORD,
        banners=banners,
        facts=_facts(found, on),
        sections=[
            component_money([found], on, found.facts.currency),
            project_pace(found, on),
            progress(found, on),
            targets(found, on),
            ratings(found),
            change(found, on),
            _firms(found),
        ],
        made_by=f"Made by pipgrants {__version__} from the record of {found.number} on {on}.",
    )


def _facts(found: MonitoredProject, on: date) -> Mapping[str, str]:
    facts, row, pace = found.facts, found.facts.row, pace_on(found, on, found.number)
    agreed = {"Counterpart agreed": pace.agreed, "Counterpart realised": pace.realised} if row.signed_on else {}
    amounts = {"Award": pace.award, "Paid": pace.paid, **agreed}
    return {
        "Project": facts.head.title,
        "Call": facts.terms.row.call,
        "State": in_words(row.state),
        "Territory": facts.proposal.territory or "not on record",
        "Runs": f"{row.starts_on} to {row.ends_on}" if row.starts_on else "not agreed on",
        "Launched": str(found.launched_on or "not launched"),
        **{name: str(Money(amount, facts.currency)) for name, amount in amounts.items()},
        "Baseline": str(found.baseline_year or "not on record"),
        "As of": str(on),
    }


def _firms(found: MonitoredProject) -> Section:
    """The territory of the project, and its firms by size and group."""
    firms = [item for item in found.facts.proposal.members or () if item.member_type is MemberType.ENTERPRISE]
    sizes = Counter(item.size_class.value if item.size_class else UNKNOWN for item in firms)
    counts = {**sizes, **_by_group(firms)}
    chart = bars([*map(in_words, counts)], {"firms": [*map(Decimal, counts.values())]}, "firms", 0)
    rows: list[tuple[Cell, ...]] = [(in_words(name), count) for name, count in counts.items()]
    says = (
        f"The {len(firms)} firms of the proposal by size, and those that belong to a priority group; a firm counts for "
        "each group that it names."
    )
    figure = Figure("firms", "Firms by size and group", says, Table(("Size or group", "Firms"), rows), chart)
    return Section("Territory and groups", [_territory(found.facts.proposal)], [figure] if rows else [])


def _territory(proposal: Proposal) -> str:
    territory = groups_of(proposal)[TERRITORY]
    return "The territory is not on record." if territory == UNKNOWN else f"The project takes place in {territory}."


def _by_group(firms: Sequence[Member]) -> dict[str, int]:
    found = {group.value: sum(group in item.priority_groups for item in firms) for group in PriorityGroup}
    unanswered = sum(not item.priority_groups for item in firms)
    named = {name: count for name, count in found.items() if count}
    return {**named, **({"no group named": unanswered} if unanswered else {})}
