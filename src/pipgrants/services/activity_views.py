"""What people see of the activities of a project: each of them, and what they reach and cost by component."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from pipgrants.domain.activities import Activity, ActorPart, FirmPart, Involvement, by_component, involvement
from pipgrants.domain.plain import exact_sum
from pipgrants.domain.vocabulary import ActivityKind, Component, PeopleGroup
from pipgrants.errors import NotFoundError
from pipgrants.money import from_minor
from pipgrants.services.project_facts import ProjectFacts, facts_of
from pipgrants.services.workspace import Workspace
from pipgrants.store.participation import ActivityRow, ParticipationRow


class ActivityView(NamedTuple):
    """An activity; ``agreed`` are those who agreed to its minutes, ``disagreed`` those who did not."""

    code: str
    kind: str
    component: str
    held_on: str
    title: str
    cost: str
    result: str
    minutes: str | None
    people: int
    groups: Mapping[str, int]
    firms: tuple[str, ...]
    actors: tuple[str, ...]
    agreed: tuple[str, ...]
    disagreed: tuple[str, ...]
    voided_on: str | None


class ComponentView(NamedTuple):
    """A component: its budget, what was spent for it, and what its activities reached and cost."""

    component: str
    budget: str
    spent: str
    activities: Involvement


class ActivitiesView(NamedTuple):
    """The activities of a project, by component, and in all; those that were voided count nowhere."""

    project: str
    call: str
    currency: str
    activities: tuple[ActivityView, ...]
    components: tuple[ComponentView, ...]
    total: Involvement


def list_activities(workspace: Workspace, project: str) -> ActivitiesView:
    """The activities of a project in the order of their days. Raises NotFoundError without the project."""
    with workspace.read() as unit:
        facts = facts_of(unit, project)
        views = tuple(_view(facts, *item) for item in _recorded(facts))
        counted = counted_activities(facts)
        components = tuple(_components(facts, counted))
        call = facts.terms.row.call
        return ActivitiesView(project, call, facts.currency, views, components, involvement(counted))


def show_activity(workspace: Workspace, project: str, code: str) -> tuple[str, str, ActivityView]:
    """The call, its currency, and an activity of a project. Raises NotFoundError."""
    with workspace.read() as unit:
        facts = facts_of(unit, project)
        found = next((_view(facts, *item) for item in _recorded(facts) if item[0].code == code), None)
        if found is None:
            raise NotFoundError(f"{project} has no activity {code!r}", next_step=f"pipgrants activity list {project}")
        return facts.terms.row.call, facts.currency, found


def counted_activities(facts: ProjectFacts) -> list[Activity]:
    """The activities of a project that were not voided, in the order of their days."""
    return [activity for activity, voided_on in _recorded(facts) if voided_on is None]


def _recorded(facts: ProjectFacts) -> Iterator[tuple[Activity, str | None]]:
    """The activities on record, each with the day on which it was voided; who took part under the number kept."""
    merged = facts.unit.parties.merged()
    participation, project = facts.unit.participation, facts.number
    people, parts = participation.people(project), participation.participations(project)
    for row in participation.activities(project):
        took_part = [part._replace(party=merged.get(part.party, part.party)) for part in parts.get(row.code, ())]
        yield _activity(facts, row, people.get(row.code, {}), took_part), row.voided_on


def _activity(
    facts: ProjectFacts, row: ActivityRow, people: Mapping[str, int], parts: Sequence[ParticipationRow]
) -> Activity:
    return Activity(
        code=row.code,
        kind=ActivityKind(row.kind),
        component=Component(row.component),
        held_on=date.fromisoformat(row.held_on),
        title=row.title,
        cost_amount=from_minor(row.cost_minor, facts.currency),
        result=row.result,
        people=row.people,
        groups={PeopleGroup(group): count for group, count in people.items()},
        minutes=row.minutes,
        firms=tuple(FirmPart(part.party, _answer(part), part.data) for part in parts if part.is_firm),
        actors=tuple(ActorPart(part.party, _answer(part)) for part in parts if not part.is_firm),
    )


def _answer(part: ParticipationRow) -> bool | None:
    return None if part.agreed is None else bool(part.agreed)


def _view(facts: ProjectFacts, activity: Activity, voided_on: str | None) -> ActivityView:
    answers = {part.firm: part.agreed for part in activity.firms}
    answers |= {part.actor: part.agreed for part in activity.actors}
    return ActivityView(
        code=activity.code,
        kind=activity.kind,
        component=activity.component,
        held_on=activity.held_on.isoformat(),
        title=activity.title,
        cost=facts.money.plain(activity.cost_amount),
        result=activity.result,
        minutes=activity.minutes,
        people=activity.people,
        groups={group.value: count for group, count in activity.groups.items()},
        firms=tuple(part.firm for part in activity.firms),
        actors=tuple(part.actor for part in activity.actors),
        agreed=tuple(party for party, agreed in answers.items() if agreed is True),
        disagreed=tuple(party for party, agreed in answers.items() if agreed is False),
        voided_on=voided_on,
    )


def _components(facts: ProjectFacts, activities: Iterable[Activity]) -> Iterator[ComponentView]:
    """The components that have a budget, or an activity on record, in their order."""
    reached = by_component(activities)
    for component in Component:
        lines = {item.number: item.line for item in facts.money.lines if item.line.component is component}
        if lines or component in reached:
            budget = facts.money.plain(exact_sum(line.amount for line in lines.values()))
            spent = exact_sum(item.recognised_amount for item in facts.money.spent if item.line in lines)
            found = reached.get(component, involvement(()))
            yield ComponentView(component, budget, facts.money.plain(spent), found)
