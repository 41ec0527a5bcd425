"""Windows and last days of a call, by its own calendar and in its own time zone."""

from datetime import UTC, date, datetime

import pytest

from pipgrants.domain.call import Call
from pipgrants.domain.vocabulary import Stage
from pipgrants.reading import read_file
from pipgrants.services.deadlines import (
    answer_until,
    appeal_until,
    current_stage,
    local_day,
    window_of,
    windows_ahead,
)
from pipgrants.services.definitions import Terms, terms_of
from pipgrants.services.shipped import shipped
from rounds import CALL, Round

FIRST_ENDS = datetime(2026, 3, 31, 23, 1, tzinfo=UTC)
"""Of both shipped calls: 17:00 in Tegucigalpa, whose whole minute still counts."""
SECOND_ENDS = datetime(2026, 8, 31, 23, 1, tzinfo=UTC)
MIDNIGHT = datetime(2026, 4, 1, 6, 0, tzinfo=UTC)
"""In Tegucigalpa, where 1 April begins."""


def shipped_call(name: str) -> Call:
    return read_file(shipped("workflows") / "calls" / f"{name}.yaml", Call)


ONE_STAGE = shipped_call("pip-one-stage")
TWO_STAGES = shipped_call("pip-two-stage")


@pytest.fixture
def terms(published: Round) -> Terms:
    with published.workspace.read() as unit:
        return terms_of(unit.calls, CALL)


@pytest.mark.parametrize(
    ("call", "stage", "window"),
    [
        (ONE_STAGE, Stage.PROPOSAL, ONE_STAGE.window),
        (TWO_STAGES, Stage.PROFILE, TWO_STAGES.window),
        (TWO_STAGES, Stage.PROPOSAL, TWO_STAGES.second_window),
    ],
)
def test_each_stage_has_its_window(call: Call, stage: Stage, window: object) -> None:
    assert window_of(call, stage) == window


@pytest.mark.parametrize(
    ("now", "changed", "named"),
    [
        (FIRST_ENDS.replace(minute=0, second=59), (), ["window"]),
        (FIRST_ENDS.replace(minute=0, second=59), ("second_window", "envelope_amount"), ["window", "second_window"]),
        (FIRST_ENDS, ("window",), ["second_window"]),
        (SECOND_ENDS, ("window", "second_window"), []),
    ],
)
def test_a_corrigendum_names_the_next_window_and_the_changed_ones_that_are_not_over(
    now: datetime, changed: tuple[str, ...], named: list[str]
) -> None:
    assert windows_ahead(TWO_STAGES, now, changed) == named


def test_profiles_are_selected_until_full_proposals_are_invited(published: Round, terms: Terms) -> None:
    def stage_in(state: str) -> Stage:
        row = terms.row._replace(state=state, stage=Stage.PROFILE)
        with published.workspace.read() as unit:
            return current_stage(unit.calls, terms._replace(row=row))

    assert [stage_in(state) for state in ("published", "prepared", "invited")] == [
        Stage.PROFILE,
        Stage.PROFILE,
        Stage.PROPOSAL,
    ]


def test_a_day_begins_where_the_call_is_run() -> None:
    assert local_day(MIDNIGHT.replace(hour=5, minute=59), ONE_STAGE) == date(2026, 3, 31)
    assert local_day(MIDNIGHT, ONE_STAGE) == date(2026, 4, 1)


def test_ten_working_days_leave_out_weekends_and_holidays() -> None:
    """Of 2026 the call leaves out 2, 3 and 14 April (Easter, Day of the Americas) and 7 to 9 October."""
    assert answer_until(date(2026, 3, 31), ONE_STAGE) == date(2026, 4, 17)
    assert appeal_until(date(2026, 10, 2), ONE_STAGE) == date(2026, 10, 21)
