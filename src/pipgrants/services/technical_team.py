"""The technical team of a project: members selected with the firms, those who leave, and names redacted for good."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.technical_team import TeamSelection, selection_mistakes
from pipgrants.errors import RefusedError
from pipgrants.reading import read_source
from pipgrants.services.mailing import outbox_settings
from pipgrants.services.participation import TEAM, deed_of, firms_of, permitted_facts, today_of
from pipgrants.services.projects import read_checked
from pipgrants.services.traces import Traces, remove_traces
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.participation import SelectionPartRow, TeamMemberRow
from pipgrants.trail.sealing import new_salt, seal

PERSONAL_OF_TEAMS = ("name", "email")
"""What redaction removes of a member, and what enters the trail as salted hashes."""

SELECTED, LEFT, REDACTED = "TeamMemberSelected", "TeamMemberLeft", "TeamMemberRedacted"


class Selected(NamedTuple):
    """Who was selected, and the number of the member in the team."""

    project: str
    number: int
    name: str
    position: str


def select_member(
    workspace: Workspace, who: Identity, now: datetime, *, project: str, path: Path, dry_run: bool = False
) -> Selected:
    """Writes down who was selected for the team, how, and with which part of the firms.

    Raises DefinitionError listing everything for which the selection was not transparent, or not made with the firms.
    """
    text = read_source(path)
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = permitted_facts(act, "team.select", project)
        firms, today = firms_of(facts), today_of(act, facts)
        selection = read_checked(text, TeamSelection, path.name, lambda found: selection_mistakes(found, firms, today))
        row = _row(project, len(act.unit.participation.team(project)) + 1, selection)
        parts = [
            SelectionPartRow(project, row.number, firm, part.value)
            for firm, done in sorted(selection.firms.items())
            for part in sorted(done)
        ]
        act.unit.participation.add_member(row, parts)
        inputs = {"member": _as_plain(row), "firms": [[part.party, part.part] for part in parts]}
        act.record(deed_of(facts, SELECTED, f"{TEAM}{project}/{row.number}", inputs))
    return Selected(project, row.number, selection.name, selection.position)


def _row(project: str, number: int, selection: TeamSelection) -> TeamMemberRow:
    return TeamMemberRow(
        project=project,
        number=number,
        position=selection.position,
        engagement=selection.engagement,
        published_on=selection.published_on.isoformat(),
        published_in=selection.published_in,
        criteria="\n".join(selection.criteria),
        candidates_count=selection.candidates_count,
        selected_on=selection.selected_on.isoformat(),
        minutes=selection.minutes,
        without_firms=selection.without_firms,
        starts_on=selection.starts_on.isoformat(),
        ends_on=selection.ends_on.isoformat(),
        name=selection.name,
        email=selection.email,
        salt=new_salt(),
    )


def _as_plain(row: TeamMemberRow) -> dict[str, object]:
    """A member as the entry holds it: name and address are salted hashes."""
    plain = {name: value for name, value in row._asdict().items() if name not in ("project", "number", "salt")}
    sealed = {name: seal(row.salt or b"", name, getattr(row, name)) for name in PERSONAL_OF_TEAMS}
    return {name: value for name, value in {**plain, **sealed}.items() if value is not None}


def record_leave(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    project: str,
    number: int,
    left_on: date,
    reason: str,
    dry_run: bool = False,
) -> TeamMemberRow:
    """Writes down the last day that a member served, and why.

    Raises RefusedError for whoever left already, and for a day before the first or after the last day agreed on, or to
    come.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = permitted_facts(act, "team.leave", project)
        row = act.unit.participation.member(project, number)
        if row.left_on is not None:
            raise RefusedError(
                f"member {number} of {project} left on {row.left_on}", next_step=f"pipgrants team list {project}"
            )
        last = min(row.service.ends_on, today_of(act, facts))
        if not row.service.starts_on <= left_on <= last:
            raise RefusedError(
                f"member {number} of {project} cannot have left on {left_on}",
                next_step=f"give the last day served, from {row.starts_on} to {last}",
            )
        act.unit.participation.leave(row, left_on.isoformat())
        left = row._replace(left_on=left_on.isoformat())
        inputs = {"left_on": left.left_on, "early": left.service.left_early}
        act.record(deed_of(facts, LEFT, f"{TEAM}{project}/{number}", inputs, reason))
    return left


def redact_member(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    project: str,
    number: int,
    reason: str,
    dry_run: bool = False,
) -> Traces | None:
    """Removes the name and the address of a member; how they were selected and how long they served stays.

    Raises RefusedError without a reason, and where they were removed before.
    """
    settings = outbox_settings(workspace)
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = permitted_facts(act, "team.redact", project)
        row = act.unit.participation.member(project, number)
        if row.salt is None:
            raise RefusedError(f"nothing personal is on record of member {number} of {project}")
        act.unit.participation.redact_member(row)
        inputs = {"fields": [name for name in PERSONAL_OF_TEAMS if getattr(row, name)]}
        act.record(deed_of(facts, REDACTED, f"{TEAM}{project}/{number}", inputs, reason))
    return None if dry_run else remove_traces(workspace, settings, ())
