"""The activities of a project: meetings, missions, pilots, training and services that firms use.

Each has its component, day, participants, cost and result. All but a meeting benefit the firms that take part, which
they do only with their consent and data (``firm_data``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from pipgrants.domain.firm_data import FirmData, Registration, benefit_fault, data_fault
from pipgrants.domain.monitoring.idb_indicators import MORE_THAN_FIRMS
from pipgrants.domain.plain import exact_sum
from pipgrants.domain.vocabulary import ActivityKind, Component, PeopleGroup

BENEFITS = frozenset(ActivityKind) - {ActivityKind.MEETING}
"""The kinds that benefit the firms that take part."""

ON_RECORD = "import.activity_on_record"
OUTSIDE = "import.activity_outside_project"
NO_BUDGET = "import.component_without_budget"
NO_PARTY = "import.no_party"
NOT_A_FIRM = "import.not_a_firm"
A_FIRM = "import.is_a_firm"


class FirmPart(NamedTuple):
    """A firm that took part: whether it agreed to the minutes (None: not asked), and the data that it gave."""

    firm: str
    agreed: bool | None = None
    data: FirmData | None = None


class ActorPart(NamedTuple):
    """Somebody else who took part, by number: a chamber, a university, a public body, who gave the service."""

    actor: str
    agreed: bool | None = None


class Activity(NamedTuple):
    """One activity; ``people`` counts everybody present, ``groups`` those of each group among them."""

    code: str
    kind: ActivityKind
    component: Component
    held_on: date
    title: str
    cost_amount: Decimal
    result: str
    people: int = 0
    groups: Mapping[PeopleGroup, int] = {}
    minutes: str | None = None
    firms: tuple[FirmPart, ...] = ()
    actors: tuple[ActorPart, ...] = ()


class Known(NamedTuple):
    """What activities are held against.

    ``parties`` says of each that is named whether it is a firm, None where nobody said so; one that is not on record is
    missing.
    """

    starts_on: date
    last_on: date
    components: Collection[Component]
    codes: Collection[str]
    parties: Mapping[str, bool | None]
    registrations: Mapping[str, Registration]


class ActivityFault(NamedTuple):
    """What is wrong with an activity, or with a participant of it: the field, a code, and the values told."""

    activity: str
    party: str | None
    field: str
    code: str
    values: Mapping[str, str]


def activity_faults(activities: Iterable[Activity], known: Known) -> Iterator[ActivityFault]:
    """Everything for which activities are none of a project, or benefit a firm that may not be benefited."""
    for activity in activities:
        for field, code, values in _own_faults(activity, known):
            yield ActivityFault(activity.code, None, field, code, values)
        for part in activity.firms:
            for field, code, values in _firm_faults(activity, part, known):
                yield ActivityFault(activity.code, part.firm, field, code, values)
        firms = {part.firm for part in activity.firms}
        for actor, _ in activity.actors:
            if actor not in known.parties:
                yield ActivityFault(activity.code, actor, "actor", NO_PARTY, {"party": actor})
            elif known.parties[actor] or actor in firms:
                yield ActivityFault(activity.code, actor, "actor", A_FIRM, {"party": actor})


def _own_faults(activity: Activity, known: Known) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    if activity.code in known.codes:
        yield "activity", ON_RECORD, {"activity": activity.code}
    if not known.starts_on <= activity.held_on <= known.last_on:
        yield "held_on", OUTSIDE, {"first": known.starts_on.isoformat(), "last": known.last_on.isoformat()}
    if activity.component not in known.components:
        yield "component", NO_BUDGET, {"allowed": ", ".join(sorted(known.components)) or "-"}


def _firm_faults(activity: Activity, part: FirmPart, known: Known) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    if part.firm not in known.parties:
        yield "firm", NO_PARTY, {"party": part.firm}
        return
    if known.parties[part.firm] is False:
        yield "firm", NOT_A_FIRM, {"party": part.firm}
        return
    if activity.kind in BENEFITS:
        barred = benefit_fault(part.firm, known.registrations.get(part.firm), activity.held_on)
        if barred is not None:
            yield barred
    if part.data is not None or activity.kind is ActivityKind.SERVICE_USE:
        fault = data_fault(part.firm, part.data, activity.held_on)
        if fault is not None:
            yield fault


class Involvement(NamedTuple):
    """What activities reach: how many, how many with more than three firms, and who took part in any of them."""

    activities_count: int
    with_more_firms_count: int
    firms_count: int
    actors_count: int
    cost_amount: Decimal


def involvement(activities: Iterable[Activity]) -> Involvement:
    """What activities reach (CBL, annex II: activities with more than three firms, non-firm actors involved)."""
    found = list(activities)
    return Involvement(
        len(found),
        sum(len(item.firms) > MORE_THAN_FIRMS for item in found),
        len({part.firm for item in found for part in item.firms}),
        len({part.actor for item in found for part in item.actors}),
        exact_sum(item.cost_amount for item in found),
    )


def by_component(activities: Iterable[Activity]) -> dict[Component, Involvement]:
    """The same for each component that has an activity, in the order of the components."""
    found = list(activities)
    parts = {component: [item for item in found if item.component is component] for component in Component}
    return {component: involvement(items) for component, items in parts.items() if items}
