"""What people see of the technical team and of the firms of a project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from pipgrants.domain.activities import Activity
from pipgrants.domain.firm_data import FirmData, benefit_fault, values_by_year
from pipgrants.domain.monitoring.firms import FirmValues
from pipgrants.domain.technical_team import Turnover, turnover_by_year
from pipgrants.domain.vocabulary import ActivityKind
from pipgrants.errors import NotFoundError
from pipgrants.services.activity_views import counted_activities
from pipgrants.services.deadlines import local_day
from pipgrants.services.participation import firms_of, registered
from pipgrants.services.project_facts import ProjectFacts, facts_of
from pipgrants.services.workspace import Workspace
from pipgrants.store.participation import RegistrationRow, TeamMemberRow


class MemberView(NamedTuple):
    """A member of a technical team; ``firms`` says what each firm did in the selection."""

    number: int
    name: str | None
    email: str | None
    position: str
    engagement: str
    starts_on: str
    ends_on: str
    left_on: str | None
    left_early: bool
    published_on: str
    published_in: str
    criteria: tuple[str, ...]
    candidates_count: int
    selected_on: str
    minutes: str
    firms: Mapping[str, Sequence[str]]
    without_firms: str | None


class TeamView(NamedTuple):
    """The technical team of a project, and how it changed in each year."""

    project: str
    call: str
    members: tuple[MemberView, ...]
    turnover: tuple[Turnover, ...]


class FirmView(NamedTuple):
    """A firm of a project; ``barred`` is the code of why it receives no benefit today, if it does not."""

    firm: str
    name: str | None
    registered_on: str | None
    consent_on: str | None
    withdrawn_on: str | None
    last_year: int | None
    activities_count: int
    services_count: int
    barred: str | None


class FirmRecord(NamedTuple):
    """A firm of a project with all that it gave: on which day, of which year, and on what occasion."""

    project: str
    call: str
    currency: str
    firm: FirmView
    given: tuple[tuple[str, str, FirmData], ...]
    values: tuple[FirmValues, ...]


def show_team(workspace: Workspace, project: str, now: datetime) -> TeamView:
    """The technical team of a project, those who left among it. Raises NotFoundError without the project."""
    with workspace.read() as unit:
        facts = facts_of(unit, project)
        rows, parts = unit.participation.team(project), unit.participation.selection_parts(project)
        members = tuple(_member(row, parts.get(row.number, {})) for row in rows)
        turnover = turnover_by_year((row.service for row in rows), local_day(now, facts.terms.call))
        return TeamView(project, facts.terms.row.call, members, turnover)


def show_member(workspace: Workspace, project: str, number: int) -> tuple[str, MemberView]:
    """A member of a technical team, and the call. Raises NotFoundError."""
    with workspace.read() as unit:
        facts = facts_of(unit, project)
        row, parts = unit.participation.member(project, number), unit.participation.selection_parts(project)
        return facts.terms.row.call, _member(row, parts.get(number, {}))


def _member(row: TeamMemberRow, firms: Mapping[str, Sequence[str]]) -> MemberView:
    return MemberView(
        row.number,
        row.name,
        row.email,
        row.position,
        row.engagement,
        row.starts_on,
        row.ends_on,
        row.left_on,
        row.service.left_early,
        row.published_on,
        row.published_in,
        tuple(row.criteria.splitlines()),
        row.candidates_count,
        row.selected_on,
        row.minutes,
        firms,
        row.without_firms,
    )


def list_firms(workspace: Workspace, project: str, now: datetime) -> tuple[str, list[FirmView]]:
    """The call and the firms of a project, by number. Raises NotFoundError without the project."""
    with workspace.read() as unit:
        facts = facts_of(unit, project)
        firms = sorted(firms_of(facts))
        return facts.terms.row.call, _firms(facts, firms, local_day(now, facts.terms.call))


def show_firm(workspace: Workspace, project: str, firm: str, now: datetime) -> FirmRecord:
    """A firm of a project with all that it gave. Raises NotFoundError."""
    with workspace.read() as unit:
        facts = facts_of(unit, project)
        if firm not in firms_of(facts):
            raise NotFoundError(f"{project} has no firm {firm!r}", next_step=f"pipgrants firm list {project}")
        [view] = _firms(facts, [firm], local_day(now, facts.terms.call))
        given = tuple(_given(facts, firm))
        values = values_by_year(firm, (data for _, _, data in given))
        return FirmRecord(project, facts.terms.row.call, facts.currency, view, given, values)


def _given(facts: ProjectFacts, firm: str) -> list[tuple[str, str, FirmData]]:
    """What a firm gave, in the order of the days on which it did."""
    row = registered(facts).get(firm)
    found = [] if row is None else [(row.registered_on, "registration", row.registration.data)]
    for activity in counted_activities(facts):
        parts = [part for part in activity.firms if part.firm == firm]
        found += [(activity.held_on.isoformat(), activity.code, part.data) for part in parts if part.data is not None]
    return sorted(found, key=lambda item: item[0])


def _firms(facts: ProjectFacts, firms: Sequence[str], today: date) -> list[FirmView]:
    activities, rows = counted_activities(facts), registered(facts)
    names = facts.unit.parties.names(firms)
    return [_firm(firm, names.get(firm), rows.get(firm), activities, today) for firm in firms]


def _firm(
    firm: str, name: str | None, row: RegistrationRow | None, activities: Iterable[Activity], today: date
) -> FirmView:
    barred = benefit_fault(firm, None if row is None else row.registration, today)
    parts = [(activity.kind, part) for activity in activities for part in activity.firms if part.firm == firm]
    years = [part.data.year for _, part in parts if part.data is not None]
    return FirmView(
        firm,
        name,
        row.registered_on if row else None,
        row.consent_on if row else None,
        row.withdrawn_on if row else None,
        max([*years, *([row.year] if row else [])], default=None),
        len(parts),
        sum(kind is ActivityKind.SERVICE_USE for kind, _ in parts),
        None if barred is None else barred.code.removeprefix("import."),
    )
