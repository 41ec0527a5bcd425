"""The activities of a project: imported with who took part, and set aside where they were none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from pipgrants.domain.activities import Activity, Known, activity_faults
from pipgrants.domain.plain import plain_amount
from pipgrants.errors import RefusedError
from pipgrants.exchange.activities import read_activities
from pipgrants.exchange.activity_form import write_activity_form
from pipgrants.exchange.problems import CORRECT_ROWS, refusal_of_rows
from pipgrants.exchange.wording import read_activity_wording
from pipgrants.money import to_minor
from pipgrants.paths import refuse_existing
from pipgrants.services.definitions import templates_of_today
from pipgrants.services.imports import source_of
from pipgrants.services.participation import (
    ACTIVITY,
    deed_of,
    known_as_firms,
    permitted_facts,
    registrations_of,
    today_of,
)
from pipgrants.services.project_facts import ProjectFacts, facts_of
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.participation import ActivityPeopleRow, ActivityRow, ParticipationRow, figures_text
from pipgrants.trail.entry import Deed
from pipgrants.trail.sealing import new_salt, seal

RECORDED, VOIDED = "ActivityRecorded", "ActivityVoided"
SEALED_OF_ACTIVITIES = ("title", "result", "minutes")
"""What may name people, and enters the trail as salted hashes."""


def import_activities(
    workspace: Workspace, who: Identity, now: datetime, *, project: str, path: Path, dry_run: bool = False
) -> tuple[Activity, ...]:
    """Writes down the activities of a file with their participants, all or none.

    Raises ImportRefusedError naming each that is none of the project, and each firm that may not be benefited, with its
    row and why; RefusedError before the agreement is signed.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = permitted_facts(act, "activity.import", project)
        if facts.row.starts_on is None:
            raise RefusedError(
                f"the agreement of {project} is not signed: nobody knows its components, nor when it runs",
                next_step=f"pipgrants project sign {project} FILE --as OFFICER",
            )
        found = read_activities(path, facts.currency)
        known = _known(facts, found.activities, today_of(act, facts))
        problems = [
            found.places[item.activity, item.party].problem(item.code, item.field, **item.values)
            for item in activity_faults(found.activities, known)
        ]
        if found.problems or problems:
            raise refusal_of_rows(path.name, (*found.problems, *problems), CORRECT_ROWS)
        source = source_of(path)
        act.record(*(_keep(facts, activity, source) for activity in found.activities))
    return found.activities


def write_form(workspace: Workspace, path: Path, *, project: str, language: str) -> None:
    """Writes the empty form of the activities of a project, in the currency of its call.

    Raises NotFoundError without the project, RefusedError where a file is there, UsageError for another suffix.
    """
    refuse_existing(path)
    with workspace.read() as unit:
        currency = facts_of(unit, project).currency
    templates = templates_of_today(workspace)
    wording = read_activity_wording(templates.sources, language)
    write_activity_form(path, currency, wording, templates.wording(language).words)


def _known(facts: ProjectFacts, activities: Sequence[Activity], today: date) -> Known:
    """What activities are held against."""
    named = [part.firm for item in activities for part in item.firms]
    named += [part.actor for item in activities for part in item.actors]
    return Known(
        date.fromisoformat(facts.row.starts_on or ""),
        min(date.fromisoformat(facts.row.ends_on or ""), today),
        {item.line.component for item in facts.money.lines if item.line.component is not None},
        {row.code for row in facts.unit.participation.activities(facts.number)},
        known_as_firms(facts, named),
        registrations_of(facts),
    )


def _keep(facts: ProjectFacts, activity: Activity, source: dict[str, str]) -> Deed:
    """Stores an activity with its participants; returns what is written down of it."""
    row = ActivityRow(
        facts.number,
        activity.code,
        activity.kind,
        activity.component,
        activity.held_on.isoformat(),
        to_minor(activity.cost_amount, facts.currency),
        activity.people,
        activity.title,
        activity.result,
        activity.minutes,
        new_salt(),
    )
    people = [
        ActivityPeopleRow(facts.number, activity.code, group.value, count) for group, count in activity.groups.items()
    ]
    parts = _participations(facts.number, activity)
    facts.unit.participation.add_activities([row], people, parts)
    inputs: dict[str, object] = {
        **{name: getattr(row, name) for name in ("kind", "component", "held_on", "people")},
        **{name: seal(row.salt, name, getattr(row, name)) for name in SEALED_OF_ACTIVITIES},
        "cost": plain_amount(activity.cost_amount, facts.currency),
        "groups": {item.people_group: item.people for item in people},
        "participants": [
            [part.party, part.is_firm, part.agreed, part.year, seal(part.salt or b"", "figures", part.figures)]
            for part in parts
        ],
        "source": source,
    }
    return deed_of(facts, RECORDED, f"{ACTIVITY}{facts.number}/{activity.code}", inputs)


def _participations(project: str, activity: Activity) -> list[ParticipationRow]:
    key = (project, activity.code)
    firms = [
        ParticipationRow(
            *key,
            part.firm,
            1,
            _number(part.agreed),
            part.data.year if part.data else None,
            figures_text(part.data) if part.data else None,
            new_salt() if part.data else None,
        )
        for part in activity.firms
    ]
    actors = [ParticipationRow(*key, part.actor, 0, _number(part.agreed), None, None, None) for part in activity.actors]
    return [*firms, *actors]


def _number(answer: bool | None) -> int | None:
    return None if answer is None else int(answer)


def void_activity(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    project: str,
    code: str,
    reason: str,
    dry_run: bool = False,
) -> None:
    """Writes down that an activity on record was none, and does not count; its code is not given again.

    Raises RefusedError without a reason, and where it was voided before.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = permitted_facts(act, "activity.void", project)
        row = act.unit.participation.activity(project, code)
        if row.voided_on is not None:
            raise RefusedError(
                f"the activity {code} of {project} was voided on {row.voided_on}",
                next_step=f"pipgrants activity list {project}",
            )
        day = today_of(act, facts).isoformat()
        act.unit.participation.void_activity(row, day)
        inputs = {"voided_on": day}
        act.record(deed_of(facts, VOIDED, f"{ACTIVITY}{project}/{code}", inputs, reason))
