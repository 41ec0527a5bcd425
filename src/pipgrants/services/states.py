"""Which states of a machine mean what an act needs to know, read from what the machine declares."""

from __future__ import annotations

from collections.abc import Iterable

from pipgrants.domain.vocabulary import Outcome
from pipgrants.services.rulebook import ProposalCase
from pipgrants.workflow.engine import Engine


def states_with(engine: Engine[ProposalCase], trigger: str) -> tuple[str, ...]:
    """The states in which a trigger is possible."""
    return tuple(state for state in engine.definition.states if trigger in engine.possible(state))


def live_states(engines: Iterable[Engine[ProposalCase]]) -> frozenset[str]:
    """The states, in some machines, of proposals that can still be withdrawn."""
    return frozenset(state for engine in engines for state in states_with(engine, "withdraw"))


def given_up_states(engines: Iterable[Engine[ProposalCase]]) -> frozenset[str]:
    """The states, in some machines, of proposals that gave up what was decided: they hold nothing any more."""
    transitions = (item for engine in engines for item in engine.definition.transitions)
    return frozenset(item.destination for item in transitions if item.trigger == "renounce")


def competing_states(engine: Engine[ProposalCase]) -> tuple[str, ...]:
    """The states in which screening leaves proposals that compete: they can be determined other than ineligible."""
    screened = {item.destination for item in engine.definition.transitions if item.trigger == "screen"}
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
