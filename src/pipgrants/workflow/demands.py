"""What the program's acts rely on in a machine: for each trigger, what its transitions must have.

An act fires its trigger and trusts the machine to have looked at the facts; a machine without the guard, the letter or
the determination named here would let it go wrong. Triggers that stand in no table are fired by no act.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipgrants.workflow.definition import Duty

ANOTHER_PERSON = "prepared_by_another_person"
"""The guard that every approving transition needs: who prepares a decision does not approve it."""

OUTCOME_IS = "outcome_is_"
"""How the guards begin that compare the decision with an outcome."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What each transition of a trigger must have: all ``guards``, one of ``one_of``, the duty, one of the ``letters``.

    Each of ``one_of`` has a transition, or the act would find no way for what it met. Without ``letters`` none is sent.
    ``asks``: the letter goes with those transitions, and those only, whose destination waits for the applicant (the
    trigger ``clarify``). ``determines``: it leads to an outcome, each of these has a way, with the letter of that
    outcome and the guard of no other. ``optional``: a machine may do without the trigger.
    """

    guards: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    duty: Duty | None = None
    letters: tuple[str, ...] = ()
    asks: bool = False
    determines: tuple[str, ...] = ()
    optional: bool = False


def _approves(*guards: str, one_of: tuple[str, ...] = (), letters: tuple[str, ...] = ()) -> Demand:
    return Demand((ANOTHER_PERSON, *guards), one_of, Duty.APPROVES, letters)


_CORRIGENDUM = Demand((ANOTHER_PERSON,), duty=Duty.APPROVES, letters=("corrigendum",), optional=True)
_DETERMINE = Demand(
    (ANOTHER_PERSON,),
    duty=Duty.APPROVES,
    determines=("award", "conditional_award", "reserve", "decline", "ineligible"),
)
_DETERMINE_IN_TWO_STAGES = replace(
    _DETERMINE, determines=(*_DETERMINE.determines, "profile_invited", "profile_not_invited")
)


_PROMOTE = Demand(
    (ANOTHER_PERSON, "holds_place"), duty=Duty.APPROVES, determines=("award", "conditional_award"), optional=True
)
_PROMOTE_ON_CALL = Demand((ANOTHER_PERSON, "package_unchanged", "reserve_in_force"), duty=Duty.APPROVES, optional=True)

_FREE = Demand(optional=True)

_PROGRAMME = {
    "activate": _approves(),
    "revise": _approves(),
    "suspend": _FREE,
    "resume": _FREE,
    "close": _FREE,
}

_CALL = {
    "authorise": _approves("within_operating_criteria", "within_envelope"),
    "publish": Demand(("closes_in_future",)),
    "extend": _CORRIGENDUM,
    "amend": _CORRIGENDUM,
    "close": Demand(("deadline_passed",)),
    "screen": Demand(),
    "close_scores": Demand(("nothing_undetermined_open", "all_scores_in")),
    "rank": Demand(("nothing_undetermined_open", "draw_recorded")),
    "prepare": Demand(duty=Duty.PREPARES),
    "return_package": Demand(),
    "ratify": _approves("package_unchanged", one_of=("proposal_stage", "profile_stage")),
    "release": Demand(),
    "promote": _PROMOTE_ON_CALL,
    "archive": Demand(("appeal_window_over",)),
    "cancel": _FREE,
    "declare_void": _FREE,
}

_PROPOSAL = {
    "receive": Demand(one_of=("in_time", "out_of_time"), letters=("receipt", "late")),
    "screen": Demand(
        one_of=("all_criteria_met", "some_criterion_not_met", "some_criterion_undetermined"),
        letters=("clarification_request",),
        asks=True,
    ),
    "clarify": Demand(("clarification_open",)),
    "determine": _DETERMINE,
    "notify": Demand(),
    "appeal": Demand(
        one_of=("appeal_window_open", "appeal_window_over"),
        letters=("appeal_receipt", "appeal_inadmissible"),
        optional=True,
    ),
    "settle": Demand(
        one_of=("appeal_is_inadmissible", "appeal_is_dismissed", "appeal_is_upheld"),
        letters=("appeal_inadmissible", "appeal_dismissed", "appeal_upheld"),
        optional=True,
    ),
    "verify": _FREE,
    "finalise": Demand(("appeal_window_over",)),
    "withdraw": Demand(letters=("withdrawal",)),
    "renounce": Demand(("holds_award_or_place",), letters=("withdrawal",), optional=True),
    "promote": _PROMOTE,
    "cancel": Demand(letters=("call_cancelled",)),
    "declare_void": Demand(letters=("call_void",)),
}

DEMANDS: Mapping[str, Mapping[str, Demand]] = {
    "programme": _PROGRAMME,
    "call": _CALL,
    "proposal_one_stage": _PROPOSAL,
    "proposal_two_stage": {
        **_PROPOSAL,
        "determine": _DETERMINE_IN_TWO_STAGES,
        "lapse": Demand(("deadline_passed",)),
    },
}
"""By machine and trigger. ``workflow check`` refuses a machine that does not meet them."""
