"""The technical team: a selection is transparent and made with the firms; turnover is told of any days."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.monitoring.ratios import Reason
from pipgrants.domain.technical_team import (
    Service,
    TeamSelection,
    selection_mistakes,
    turnover,
    turnover_by_year,
)
from pipgrants.domain.vocabulary import Engagement, SelectionPart

TODAY = date(2026, 10, 5)
FIRMS = {"E-000001", "E-000002"}
SELECTION = TeamSelection(
    position="Coordinator",
    engagement=Engagement.PERMANENT,
    published_on=date(2026, 8, 25),
    published_in="La Tribuna",
    criteria=("Five years with associative firms",),
    candidates_count=7,
    selected_on=date(2026, 9, 14),
    minutes="Minutes 4",
    name="Ana Paz",
    starts_on=date(2026, 10, 1),
    ends_on=date(2028, 8, 2),
    firms={"E-000001": (SelectionPart.INTERVIEWS, SelectionPart.CHOICE)},
)


def codes(selection: TeamSelection) -> list[tuple[str, str]]:
    return [(item.code.removeprefix("selection."), item.key) for item in selection_mistakes(selection, FIRMS, TODAY)]


def test_a_selection_made_public_before_it_was_made_with_the_firms_has_no_mistake() -> None:
    assert codes(SELECTION) == []


def test_a_selection_without_firms_says_why() -> None:
    alone = replace(SELECTION, firms={})
    assert codes(alone) == [("no_firm", "firms")]
    assert codes(replace(alone, without_firms="Ten days of a translator")) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"firms": {"E-000009": (SelectionPart.CHOICE,)}}, [("unknown_firm", "firms.E-000009")]),
        ({"firms": {"E-000001": (SelectionPart.CHOICE,) * 2}}, [("part_twice", "firms.E-000001")]),
        ({"without_firms": "None came"}, [("firms_and_none", "without_firms")]),
        ({"published_on": date(2026, 9, 15)}, [("order", "selected_on")]),
        ({"starts_on": date(2026, 9, 13)}, [("order", "starts_on")]),
        ({"ends_on": date(2026, 9, 30)}, [("order", "ends_on")]),
        ({"selected_on": date(2026, 10, 6), "starts_on": date(2026, 10, 7)}, [("future", "selected_on")]),
    ],
)
def test_what_is_not_transparent_is_told_with_its_key(changes: dict[str, object], expected: list[object]) -> None:
    assert codes(replace(SELECTION, **changes)) == expected


DAYS = st.dates(date(2026, 1, 1), date(2029, 12, 31))


@st.composite
def services(draw: st.DrawFn) -> Service:
    starts_on, ends_on = sorted((draw(DAYS), draw(DAYS)))
    left_on = draw(st.none() | st.dates(starts_on, ends_on))
    return Service(starts_on, ends_on, left_on)


TEAMS = st.lists(services(), max_size=6)


@given(TEAMS, DAYS, DAYS, DAYS)
def test_what_is_told_of_two_periods_is_what_is_told_of_both(
    team: list[Service], one: date, two: date, three: date
) -> None:
    first, middle, last = sorted((one, two, three))
    parts = [turnover(team, first, middle)]
    if middle < last:
        parts.append(turnover(team, middle + timedelta(days=1), last))
    whole = turnover(team, first, last)
    for name in ("joined_count", "left_count", "served_days"):
        assert sum(getattr(part, name) for part in parts) == getattr(whole, name)


@given(TEAMS, DAYS, DAYS)
def test_the_average_team_is_no_larger_than_all_of_its_members(team: list[Service], one: date, two: date) -> None:
    first, last = sorted((one, two))
    average = turnover(team, first, last).team.ratio
    assert average is not None
    assert 0 <= average.numerator <= len(team) * average.denominator


@given(TEAMS, DAYS)
def test_years_are_told_without_a_gap_until_today(team: list[Service], today: date) -> None:
    years = turnover_by_year(team, today)
    begun = [member for member in team if member.starts_on <= today]
    assert [item.from_on.year for item in years] == sorted({item.until_on.year for item in years})
    assert sum(item.joined_count for item in years) == len(begun)
    assert all(item.until_on <= today for item in years)


def test_turnover_is_who_left_early_over_the_average_team() -> None:
    whole_year = Service(date(2026, 1, 1), date(2027, 12, 31))
    left_early = Service(date(2026, 1, 1), date(2027, 12, 31), date(2026, 6, 30))
    as_agreed = Service(date(2026, 7, 1), date(2026, 9, 30), date(2026, 9, 30))
    found = turnover([whole_year, left_early, as_agreed], date(2026, 1, 1), date(2026, 12, 31))
    assert (found.joined_count, found.left_count, found.served_days) == (3, 1, 365 + 181 + 92)
    assert (found.team.value, found.share.value) == (Decimal("1.747945"), Decimal("0.572100"))


def test_the_turnover_of_no_team_is_not_computable() -> None:
    found = turnover([], date(2026, 1, 1), date(2026, 12, 31))
    assert (found.team.value, found.share.reason) == (Decimal(0), Reason.NOTHING_TO_DIVIDE_BY)
    assert turnover_by_year([], TODAY) == ()
