"""Who takes part in projects: technical teams, firms that register, and activities with their participants.

Amounts are whole minor units of the currency of the call, but in ``figures``: there they stand as firms gave them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Table

from pipgrants.domain.firm_data import FirmData, Registration
from pipgrants.domain.monitoring.firms import FirmFact
from pipgrants.domain.technical_team import Service
from pipgrants.errors import NotFoundError
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows, read_rows, update_guarded


class TeamMemberRow(NamedTuple):
    """A member of a technical team, and how they were selected; ``name`` and ``email`` are None once redacted.

    ``criteria`` are lines of one text.
    """

    project: str
    number: int
    position: str
    engagement: str
    published_on: str
    published_in: str
    criteria: str
    candidates_count: int
    selected_on: str
    minutes: str
    without_firms: str | None
    starts_on: str
    ends_on: str
    name: str | None
    email: str | None
    salt: bytes | None
    left_on: str | None = None

    @property
    def service(self) -> Service:
        """The time of the member."""
        left_on = date.fromisoformat(self.left_on) if self.left_on else None
        return Service(date.fromisoformat(self.starts_on), date.fromisoformat(self.ends_on), left_on)


class SelectionPartRow(NamedTuple):
    """What a firm did in selecting a member."""

    project: str
    member: int
    party: str
    part: str


class RegistrationRow(NamedTuple):
    """A firm as it registered with a project."""

    project: str
    party: str
    registered_on: str
    consent_on: str
    year: int
    figures: str
    salt: bytes
    withdrawn_on: str | None = None

    @property
    def registration(self) -> Registration:
        """The registration as the rules read it."""
        return Registration(
            self.party,
            date.fromisoformat(self.registered_on),
            date.fromisoformat(self.consent_on),
            data_of(self.year, self.figures),
            date.fromisoformat(self.withdrawn_on) if self.withdrawn_on else None,
        )


class ActivityRow(NamedTuple):
    """An activity; ``people`` counts everybody present."""

    project: str
    code: str
    kind: str
    component: str
    held_on: str
    cost_minor: int
    people: int
    title: str
    result: str
    minutes: str | None
    salt: bytes
    voided_on: str | None = None


class ActivityPeopleRow(NamedTuple):
    """How many of those present belong to a group."""

    project: str
    activity: str
    people_group: str
    people: int


class ParticipationRow(NamedTuple):
    """A firm or another party that took part; ``agreed`` to the minutes is 1 or 0, None where it was not asked."""

    project: str
    activity: str
    party: str
    is_firm: int
    agreed: int | None
    year: int | None
    figures: str | None
    salt: bytes | None

    @property
    def data(self) -> FirmData | None:
        """What a firm gave."""
        return None if self.year is None or self.figures is None else data_of(self.year, self.figures)


def figures_text(data: FirmData) -> str:
    """What a firm gave as it is stored and sealed: canonical JSON."""
    return orjson.dumps(
        {fact.value: f"{value:f}" for fact, value in data.figures.items()}, option=orjson.OPT_SORT_KEYS
    ).decode()


def data_of(year: int, figures: str) -> FirmData:
    """The inverse of ``figures_text``."""
    return FirmData(year, {FirmFact(name): Decimal(value) for name, value in orjson.loads(figures).items()})


class Participation:
    """The technical teams, firms and activities of projects."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def team(self, project: str) -> list[TeamMemberRow]:
        """The members of a technical team, by number, those who left among them."""
        return [TeamMemberRow(*row) for row in self._of(tables.team_member, project)]

    def member(self, project: str, number: int) -> TeamMemberRow:
        """One member of a technical team. Raises NotFoundError."""
        found = next((row for row in self.team(project) if row.number == number), None)
        if found is None:
            next_step = f"pipgrants team list {project}"
            raise NotFoundError(f"the technical team of {project} has no member {number}", next_step=next_step)
        return found

    def selection_parts(self, project: str) -> dict[int, dict[str, list[str]]]:
        """What firms did in selecting, by member and firm."""
        found: defaultdict[int, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for row in map(SelectionPartRow._make, self._of(tables.selection_part, project)):
            found[row.member][row.party].append(row.part)
        return {member: dict(firms) for member, firms in found.items()}

    def add_member(self, row: TeamMemberRow, parts: Iterable[SelectionPartRow]) -> None:
        """Writes down a member of a technical team, and what firms did in the selection."""
        insert_rows(self._connection, tables.team_member, [row])
        insert_rows(self._connection, tables.selection_part, parts)

    def leave(self, row: TeamMemberRow, left_on: str) -> None:
        """Writes down the last day that a member served. Raises ConcurrentChangeError."""
        query = "UPDATE team_member SET left_on = ? WHERE project = ? AND number = ? AND left_on IS NULL"
        update_guarded(self._connection, query, [(left_on, row.project, row.number)])

    def redact_member(self, row: TeamMemberRow) -> None:
        """Removes the name, the e-mail and the salt that links their hashes to them. Raises ConcurrentChangeError."""
        query = (
            "UPDATE team_member SET name = NULL, email = NULL, salt = NULL "
            "WHERE project = ? AND number = ? AND salt IS NOT NULL"
        )
        update_guarded(self._connection, query, [(row.project, row.number)])

    def registrations(self, project: str) -> dict[str, RegistrationRow]:
        """The firms that registered with a project, by number."""
        return {row.party: row for row in map(RegistrationRow._make, self._of(tables.firm_registration, project))}

    def put_registrations(self, rows: Iterable[RegistrationRow]) -> None:
        """Writes registrations, each in the place of the one before of its firm."""
        kept = list(rows)
        for row in kept:
            query = "DELETE FROM firm_registration WHERE project = ? AND party = ?"
            self._connection.exec_driver_sql(query, (row.project, row.party))
        insert_rows(self._connection, tables.firm_registration, kept)

    def withdraw_consent(self, row: RegistrationRow, withdrawn_on: str) -> None:
        """Writes down from which day a consent holds no longer. Raises ConcurrentChangeError."""
        query = "UPDATE firm_registration SET withdrawn_on = ? WHERE project = ? AND party = ? AND withdrawn_on IS NULL"
        update_guarded(self._connection, query, [(withdrawn_on, row.project, row.party)])

    def activities(self, project: str) -> list[ActivityRow]:
        """The activities of a project in their order, those that were voided among them."""
        rows = map(ActivityRow._make, self._of(tables.activity, project))
        return sorted(rows, key=lambda row: (row.held_on, row.code))

    def activity(self, project: str, code: str) -> ActivityRow:
        """One activity. Raises NotFoundError."""
        found = next((row for row in self.activities(project) if row.code == code), None)
        if found is None:
            next_step = f"pipgrants activity list {project}"
            raise NotFoundError(f"{project} has no activity {code!r}", next_step=next_step)
        return found

    def people(self, project: str) -> dict[str, dict[str, int]]:
        """How many of each group were present, by activity."""
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for row in map(ActivityPeopleRow._make, self._of(tables.activity_people, project)):
            found[row.activity][row.people_group] = row.people
        return found

    def participations(self, project: str) -> dict[str, list[ParticipationRow]]:
        """Who took part, by activity."""
        found: defaultdict[str, list[ParticipationRow]] = defaultdict(list)
        for row in map(ParticipationRow._make, self._of(tables.participation, project)):
            found[row.activity].append(row)
        return found

    def add_activities(
        self,
        rows: Iterable[ActivityRow],
        people: Iterable[ActivityPeopleRow],
        participations: Iterable[ParticipationRow],
    ) -> None:
        """Writes down activities, who was present and who took part."""
        insert_rows(self._connection, tables.activity, rows)
        insert_rows(self._connection, tables.activity_people, people)
        insert_rows(self._connection, tables.participation, participations)

    def void_activity(self, row: ActivityRow, voided_on: str) -> None:
        """Writes down that an activity does not count. Raises ConcurrentChangeError."""
        query = "UPDATE activity SET voided_on = ? WHERE project = ? AND code = ? AND voided_on IS NULL"
        update_guarded(self._connection, query, [(voided_on, row.project, row.code)])

    def _of(self, table: Table, project: str) -> Iterable[tuple[Any, ...]]:
        query = f'SELECT * FROM "{table.name}" WHERE project = ?'
        return read_rows(self._connection, query, (project,))
