"""What usually comes next for a call, as commands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

_BEFORE_AND_AFTER: Mapping[str, Sequence[str]] = {
    "authorise": ("pipgrants call authorise PACKAGE --as MANAGER",),
    "publish": ("pipgrants call publish {call} --as OFFICER",),
    "release": (
        "pipgrants letters release {call} --as OFFICER",
        "pipgrants call results {call}, once the letters are released",
    ),
    "close": (
        "pipgrants proposal template {call} --out FORM.xlsx",
        "pipgrants proposal import {call} FILE --as OFFICER",
        "pipgrants screen {call} --as OFFICER, once the deadline is past",
    ),
    "archive": (
        "pipgrants letters send {call} --as OFFICER",
        "pipgrants call results {call}",
        "pipgrants explain PROPOSAL",
        "pipgrants reserve promote {call} --as OFFICER, if an award was given up or money came back",
        "pipgrants appeal file PROPOSAL --grounds TEXT --as OFFICER, where an applicant appeals",
        "pipgrants call archive {call} --as OFFICER, once the time for appeals is over",
    ),
}
_SELECTING: Mapping[str, Sequence[str]] = {
    "ratify": ("pipgrants ratify PACKAGE --as MANAGER",),
    "prepare": ("pipgrants allocate {call} --as OFFICER",),
    "rank": ("pipgrants rank run {call} --as OFFICER",),
    "close_scores": (
        "pipgrants evaluation assign {call} --as OFFICER",
        "pipgrants evaluation import {call} FILE --as OFFICER",
        "pipgrants evaluation close {call} --as OFFICER",
    ),
    "screen": ("pipgrants screen {call} --as OFFICER",),
}
"""The last of these that is possible leads on; the others go back."""


def next_steps(call: str, possible: Collection[str]) -> list[str]:
    """The commands that usually follow, where these triggers of the call's machine are possible."""
    selecting = next((steps for trigger, steps in _SELECTING.items() if trigger in possible), ())
    others = (step for trigger, steps in _BEFORE_AND_AFTER.items() if trigger in possible for step in steps)
    return [step.format(call=call) for step in (*others, *selecting)]
