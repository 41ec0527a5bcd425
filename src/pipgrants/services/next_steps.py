"""What usually comes next for a call, as commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_AFTER: Mapping[str, Sequence[str]] = {
    "drafted": ("pipgrants call authorise PACKAGE --as MANAGER",),
    "authorised": ("pipgrants call publish {call} --as OFFICER",),
    "published": (
        "pipgrants proposal template {call} --out FORM.xlsx",
        "pipgrants proposal import {call} FILE --as OFFICER",
        "pipgrants screen {call} --as OFFICER, once the deadline is past",
    ),
    "extended": ("pipgrants proposal import {call} FILE --as OFFICER",),
    "closed": ("pipgrants screen {call} --as OFFICER",),
    "screened": (
        "pipgrants evaluation assign {call} --as OFFICER",
        "pipgrants evaluation import {call} FILE --as OFFICER",
        "pipgrants evaluation close {call} --as OFFICER",
    ),
    "scores_closed": ("pipgrants rank run {call} --as OFFICER",),
    "ranked": ("pipgrants allocate {call} --as OFFICER",),
    "prepared": ("pipgrants ratify PACKAGE --as MANAGER",),
    "invited": (
        "pipgrants letters release {call} --as OFFICER",
        "pipgrants call results {call}, once the letters are released",
        "pipgrants proposal template {call} --out FORM.xlsx",
        "pipgrants proposal import {call} FILE --as OFFICER",
        "pipgrants screen {call} --as OFFICER, once the deadline is past",
    ),
    "ratified": ("pipgrants letters release {call} --as OFFICER",),
    "released": (
        "pipgrants letters release {call} --as OFFICER",
        "pipgrants letters send {call} --as OFFICER",
        "pipgrants call results {call}",
        "pipgrants explain PROPOSAL",
        "pipgrants reserve promote {call} --as OFFICER, if an award was given up or money came back",
        "pipgrants appeal file PROPOSAL --grounds TEXT --as OFFICER, where an applicant appeals",
        "pipgrants call archive {call} --as OFFICER, once the time for appeals is over",
    ),
}
"""What usually follows each state of the shipped call machine; another machine's states have no suggestion."""


def next_steps(call: str, state: str) -> list[str]:
    """The commands that usually follow a state of a call."""
    return [step.format(call=call) for step in _AFTER.get(state, ())]
