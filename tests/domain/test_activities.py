"""Activities: what is none of a project, whom it may not benefit, and what activities reach."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.activities import (
    BENEFITS,
    Activity,
    ActorPart,
    FirmPart,
    Known,
    activity_faults,
    by_component,
    involvement,
)
from pipgrants.domain.firm_data import FirmData, Registration
from pipgrants.domain.monitoring.firms import FirmFact
from pipgrants.domain.vocabulary import ActivityKind, Component

DAY = date(2026, 9, 15)
DATA = FirmData(2025, {FirmFact.EMPLOYMENT: Decimal(12), FirmFact.SALES: Decimal(23637)})
KNOWN = Known(
    starts_on=date(2026, 8, 3),
    last_on=date(2026, 10, 5),
    components={Component.COOPERATION, Component.MARKETS},
    codes={"A0"},
    parties={"registered": True, "other": True, "chamber": False, "unknown": None},
    registrations={"registered": Registration("registered", DAY, DAY, DATA)},
)
FAIR = Activity("A1", ActivityKind.MISSION, Component.MARKETS, DAY, "Fair", Decimal(1000), "Two contracts")


def faults(activity: Activity) -> list[tuple[str | None, str, str]]:
    found = activity_faults([activity], KNOWN)
    return [(item.party, item.field, item.code.removeprefix("import.")) for item in found]


def test_a_registered_firm_takes_part_with_actors_of_any_kind() -> None:
    parts = FAIR._replace(firms=(FirmPart("registered"),), actors=(ActorPart("chamber"), ActorPart("unknown")))
    assert faults(parts) == []


@pytest.mark.parametrize("day", [date(2026, 8, 2), date(2026, 10, 6)])
def test_an_activity_is_held_while_the_project_runs(day: date) -> None:
    assert faults(FAIR._replace(held_on=day)) == [(None, "held_on", "activity_outside_project")]


def test_an_activity_is_of_a_component_that_has_a_budget_and_has_a_code_of_its_own() -> None:
    other = FAIR._replace(code="A0", component=Component.DISSEMINATION)
    assert faults(other) == [
        (None, "activity", "activity_on_record"),
        (None, "component", "component_without_budget"),
    ]


@pytest.mark.parametrize("kind", sorted(BENEFITS))
def test_a_firm_that_did_not_register_receives_no_benefit(kind: ActivityKind) -> None:
    given_data = FAIR._replace(kind=kind, firms=(FirmPart("other", data=DATA),))
    assert faults(given_data) == [("other", "firm", "firm_not_registered")]


def test_a_meeting_is_open_to_every_firm() -> None:
    meeting = FAIR._replace(kind=ActivityKind.MEETING, firms=(FirmPart("other"), FirmPart("unknown")))
    assert faults(meeting) == []


def test_a_firm_gives_its_data_at_each_service_that_it_uses() -> None:
    service = FAIR._replace(kind=ActivityKind.SERVICE_USE, firms=(FirmPart("registered"),))
    assert faults(service) == [("registered", "employment", "no_firm_data")]
    assert faults(service._replace(firms=(FirmPart("registered", data=DATA),))) == []


def test_data_that_are_given_unasked_are_looked_at_too() -> None:
    late = FAIR._replace(firms=(FirmPart("registered", data=DATA._replace(year=2027)),))
    assert faults(late) == [("registered", "year", "data_of_later_year")]


@pytest.mark.parametrize(
    ("firms", "actors", "expected"),
    [
        (("nobody",), (), [("nobody", "firm", "no_party")]),
        (("chamber",), (), [("chamber", "firm", "not_a_firm")]),
        ((), ("nobody",), [("nobody", "actor", "no_party")]),
        ((), ("other",), [("other", "actor", "is_a_firm")]),
        (("unknown",), ("unknown",), [("unknown", "actor", "is_a_firm")]),
    ],
)
def test_parties_stand_where_they_belong(
    firms: tuple[str, ...], actors: tuple[str, ...], expected: list[object]
) -> None:
    meeting = FAIR._replace(
        kind=ActivityKind.MEETING, firms=tuple(map(FirmPart, firms)), actors=tuple(map(ActorPart, actors))
    )
    assert faults(meeting) == expected


NAMES = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), unique=True)
ACTIVITIES = st.lists(
    st.builds(
        lambda kind, component, cost, firms, actors: FAIR._replace(
            kind=kind,
            component=component,
            cost_amount=cost,
            firms=tuple(map(FirmPart, firms)),
            actors=tuple(map(ActorPart, actors)),
        ),
        st.sampled_from(ActivityKind),
        st.sampled_from(Component),
        st.decimals(0, 10_000, places=2),
        NAMES,
        NAMES,
    )
)


@given(ACTIVITIES)
def test_components_together_are_all_activities(activities: list[Activity]) -> None:
    parts, whole = by_component(activities).values(), involvement(activities)
    for name in ("activities_count", "with_more_firms_count", "cost_amount"):
        assert sum(getattr(part, name) for part in parts) == getattr(whole, name)
    assert max((part.firms_count for part in parts), default=0) <= whole.firms_count


def test_who_takes_part_twice_counts_once_and_three_firms_are_not_more_than_three() -> None:
    three = FAIR._replace(firms=tuple(map(FirmPart, "abc")), actors=(ActorPart("u"),))
    four = three._replace(code="A2", firms=tuple(map(FirmPart, "abcd")))
    found = involvement([three, four])
    assert (found.with_more_firms_count, found.firms_count, found.actors_count) == (1, 4, 1)
