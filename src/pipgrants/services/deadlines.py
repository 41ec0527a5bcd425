"""Windows and dates that follow from a call's terms and its calendar."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pipgrants.domain.calendar import add_working_days, ends_at_utc
from pipgrants.domain.call import Call, Window
from pipgrants.domain.vocabulary import Stage
from pipgrants.services.definitions import Terms, first_stage, read_machine
from pipgrants.services.states import invites
from pipgrants.store.calls import Calls


def current_stage(calls: Calls, terms: Terms) -> Stage:
    """The stage whose applications a call receives or selects: that of full proposals once profiles are invited."""
    machine = read_machine(calls.definition(terms.row.machine_hash))
    return Stage.PROPOSAL if invites(machine, terms.row.state) else terms.row.stage


def window_of(call: Call, stage: Stage) -> Window:
    """The window in which a stage's applications arrive."""
    if stage is first_stage(call) or call.second_window is None:
        return call.window
    return call.second_window


def windows_ahead(call: Call, now: datetime, changed: Collection[str]) -> list[str]:
    """The windows a corrigendum names: of those not over, the first, and those among the terms that changed."""
    windows = {"window": call.window, "second_window": call.second_window}
    ahead = [name for name, window in windows.items() if window and now < ends_at_utc(window, call.time_zone)]
    return [name for name in ahead if name == ahead[0] or name in changed]


def local_day(now: datetime, call: Call) -> date:
    """The day it is where the call is run."""
    return now.astimezone(ZoneInfo(call.time_zone)).date()


def working_days_after(day: date, count: int, call: Call) -> date:
    """The ``count``-th working day after a day, by the call's calendar."""
    return add_working_days(day, count, call.weekend, call.non_working_days)


def answer_until(released_on: date, call: Call) -> date:
    """The last day to answer a clarification request released on a day."""
    return working_days_after(released_on, call.clarification.working_days, call)


def appeal_until(released_on: date, call: Call) -> date:
    """The last day to appeal against a letter released on a day."""
    return working_days_after(released_on, call.appeal.working_days, call)
