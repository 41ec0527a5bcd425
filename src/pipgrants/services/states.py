"""Which states of a machine mean what an act needs to know, read from what the machine declares.

No act knows a state by its name: an agency names the states of its machines as it likes.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipgrants.domain.vocabulary import Outcome
from pipgrants.services.project_guards import ProjectCase
from pipgrants.services.rulebook import PreparedCase, ProposalCase
from pipgrants.workflow.definition import Machine
from pipgrants.workflow.engine import Engine


def destinations(machine: Machine, *triggers: str) -> frozenset[str]:
    """The states to which some triggers lead."""
    return frozenset(
        destination
        for transition in machine.transitions
        if transition.trigger in triggers
        for _, destination in transition.ways
    )


def is_in_force(engine: Engine[PreparedCase], state: str) -> bool:
    """Whether a programme is where activating or resuming it leads: calls may be drafted under it."""
    return state in destinations(engine.definition, "activate", "resume")


def is_public(engine: Engine[PreparedCase], state: str) -> bool:
    """Whether a call's notice is public: authorising and publishing it are over."""
    return not {"authorise", "publish"} & set(engine.possible(state))


def is_receiving(engine: Engine[PreparedCase], state: str) -> bool:
    """Whether a call receives applications: what comes next for it is to close."""
    return "close" in engine.possible(state)


def invites(machine: Machine, state: str) -> bool:
    """Whether a call waits for the full proposals of those whose profiles were selected."""
    return any(
        transition.trigger == "ratify" and "profile_stage" in transition.guards and transition.destination == state
        for transition in machine.transitions
    )


def holds_money(engine: Engine[PreparedCase], state: str) -> bool:
    """Whether a call holds money of its programme: it was authorised, and neither cancelled nor declared void."""
    return state != engine.definition.initial and state not in destinations(engine.definition, "cancel", "declare_void")


def states_with(engine: Engine[ProposalCase], trigger: str) -> tuple[str, ...]:
    """The states in which a trigger is possible."""
    return tuple(state for state in engine.definition.states if trigger in engine.possible(state))


def live_states(engines: Iterable[Engine[ProposalCase]]) -> frozenset[str]:
    """The states, in some machines, of proposals that can still be withdrawn."""
    return frozenset(state for engine in engines for state in states_with(engine, "withdraw"))


def given_up_states(engines: Iterable[Engine[ProposalCase]]) -> frozenset[str]:
    """The states, in some machines, of proposals that gave up what was decided: they hold nothing any more."""
    return frozenset(state for engine in engines for state in destinations(engine.definition, "renounce"))


def told_states(engine: Engine[ProposalCase]) -> frozenset[str]:
    """The states of proposals whose decision was told and is contested by nobody."""
    return destinations(engine.definition, "notify", "finalise")


def takes_requests(engine: Engine[ProjectCase], state: str) -> bool:
    """Whether a project is carried out: tranches can be asked for."""
    return "request_disbursement" in engine.possible(state)


def has_ended(engine: Engine[ProjectCase], state: str) -> bool:
    """Whether a project was completed, terminated or abandoned: it can be neither any more."""
    return not {"complete", "terminate", "abandon"} & set(engine.possible(state))


def competing_states(engine: Engine[ProposalCase]) -> tuple[str, ...]:
    """The states in which screening leaves proposals that compete: they can be determined other than ineligible."""
    screened = destinations(engine.definition, "screen")
    return tuple(state for state in _determined_to(engine, ineligible=False) if state in screened)


def screened_states(engine: Engine[ProposalCase], *, scores_closed: bool) -> tuple[str, ...]:
    """The states of proposals that an act of screening looks at.

    Once the scores are closed nobody joins those who compete: what is excluded stays so.
    """
    stays = excluded_states(engine) if scores_closed else ()
    return tuple(state for state in states_with(engine, "screen") if state not in stays)


def unscreened_states(engine: Engine[ProposalCase]) -> tuple[str, ...]:
    """The states of proposals that wait for screening or for the applicant: they neither compete nor are excluded."""
    settled = {*competing_states(engine), *excluded_states(engine)}
    return tuple(state for state in states_with(engine, "screen") if state not in settled)


def excluded_states(engine: Engine[ProposalCase]) -> tuple[str, ...]:
    """The states of proposals that screening excluded: they can only be determined ineligible."""
    return _determined_to(engine, ineligible=True)


def _determined_to(engine: Engine[ProposalCase], *, ineligible: bool) -> tuple[str, ...]:
    definition = engine.definition
    outcomes: dict[str, set[str | None]] = {}
    for transition in definition.transitions:
        if transition.trigger == "determine":
            for source, destination in transition.ways:
                outcomes.setdefault(source, set()).add(definition.states[destination].outcome)
    return tuple(state for state, found in outcomes.items() if (found == {Outcome.INELIGIBLE.value}) is ineligible)
