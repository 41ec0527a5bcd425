"""Runs a definition on one shared ``transitions`` machine, for one record or for hundreds of thousands.

1. The trigger must be possible from the state, and one of the actor's roles must be able to fire it.
2. The transitions of that trigger and state are tried in the order written; the first whose guards all hold decides
   where it leads. Facts decide the destination, never who fires.
3. One of the actor's roles must be able to fire the transition found, and a reason must be given where it asks for one.

``fire`` runs the machine; ``fire_all`` runs a table compiled from that machine's events, about ten times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeAlias, TypeVar, cast

import transitions
from transitions.core import Condition, Event, EventData

from pipgrants.errors import NotAuthorisedError, PipgrantsError, RefusedError, in_words
from pipgrants.reading import mistakes_in
from pipgrants.workflow.check import check_names
from pipgrants.workflow.definition import Machine, Transition

Context = TypeVar("Context")


@dataclass(frozen=True)
class Guard(Generic[Context]):
    """A condition on a transition: a pure function of the context, and what to tell the reader when it is False.

    A refusal in words is told with those of the other ways; one made from the context names what was found, and what
    to do about it.
    """

    name: str
    check: Callable[[Context], bool]
    refusal: str | Callable[[Context], PipgrantsError]


class Fired(NamedTuple):
    """What happened: from which state to which, by which transition of the definition."""

    source: str
    destination: str
    transition: Transition


class _Subject:
    """What the shared machine moves: a state, and afterwards what was fired. It is never registered as a model."""

    __slots__ = ("fired", "state")

    def __init__(self, state: str) -> None:
        self.state = state
        self.fired: Fired | None = None


class _MachineTransition(transitions.Transition):
    """A transition of the machine that remembers what it stands for in the definition."""

    def __init__(self, fired: Fired, conditions: list[_Condition]) -> None:
        super().__init__(fired.source, fired.destination)
        self.conditions = [Condition(condition) for condition in conditions]
        self.fired = fired

    def execute(self, event_data: EventData) -> bool:
        executed = super().execute(event_data)
        if executed and isinstance(event_data.model, _Subject):
            event_data.model.fired = self.fired
        return executed


_Condition: TypeAlias = Callable[..., bool]
_Candidate: TypeAlias = tuple[tuple[_Condition, ...], Fired]
"""The conditions of one transition of the machine, and what it fires."""


class Engine(Generic[Context]):
    """Fires the triggers of one definition. Raises DefinitionError where it names unknown states or guards."""

    def __init__(self, definition: Machine, guards: Iterable[Guard[Context]]) -> None:
        self.definition = definition
        self._guards = {guard.name: guard for guard in guards}
        problems = check_names(definition, self._guards, definition.machine)
        if problems:
            raise mistakes_in(definition.machine, problems)
        self._machine = self._build()
        self._table = _compile(self._machine)

    def possible(self, state: str) -> tuple[str, ...]:
        """The triggers that lead on from a state, in the order of the definition, whatever their guards say."""
        return tuple(trigger for trigger, source in self._table if source == state)

    def require(self, state: str, trigger: str, *, roles: frozenset[str]) -> None:
        """Raises what ``fire`` raises whatever the facts: the trigger is not possible, or not for these roles."""
        self._candidates(state, trigger, roles)

    def fire(
        self, state: str, trigger: str, context: Context, *, roles: frozenset[str], reason: str | None = None
    ) -> Fired:
        """Where a trigger leads one record.

        Raises RefusedError where it is not possible from the state, every way is refused by a guard, or a reason is
        missing, or what a guard itself refuses with; NotAuthorisedError where none of the actor's roles may fire it.
        """
        candidates = self._candidates(state, trigger, roles)
        subject = _Subject(state)
        self._machine.events[trigger].trigger(subject, context)
        return self._settled(subject.fired, candidates, context, roles, reason)

    def fire_all(
        self, items: Iterable[tuple[str, Context]], trigger: str, *, roles: frozenset[str], reason: str | None = None
    ) -> Iterator[Fired]:
        """Where a trigger leads each record, lazily and in order; equal to ``fire`` on each.

        Raises what ``fire`` raises, at the first item refused: it is the one last taken from ``items``.
        """
        known: dict[str, Sequence[_Candidate]] = {}
        for state, context in items:
            candidates = known.get(state) or known.setdefault(state, self._candidates(state, trigger, roles))
            fired = _first_holding(candidates, context)
            yield self._settled(fired, candidates, context, roles, reason)

    def _build(self) -> transitions.Machine:
        machine = transitions.Machine(
            model=None,
            states=list(self.definition.states),
            initial=self.definition.initial,
            auto_transitions=False,
            send_event=False,
        )
        conditions = {name: _condition(guard.check) for name, guard in self._guards.items()}
        for transition in self.definition.transitions:
            event = machine.events.setdefault(transition.trigger, Event(transition.trigger, machine))
            for source, destination in transition.ways:
                fired = Fired(source, destination, transition)
                event.add_transition(_MachineTransition(fired, [conditions[name] for name in transition.guards]))
        return machine

    def _candidates(self, state: str, trigger: str, roles: frozenset[str]) -> Sequence[_Candidate]:
        candidates = self._table.get((trigger, state))
        if candidates is None:
            raise self._impossible(state, trigger)
        if all(roles.isdisjoint(fired.transition.role) for _, fired in candidates):
            raise _not_authorised([fired.transition for _, fired in candidates], roles)
        return candidates

    def _settled(
        self,
        fired: Fired | None,
        candidates: Sequence[_Candidate],
        context: Context,
        roles: frozenset[str],
        reason: str | None,
    ) -> Fired:
        if fired is None:
            raise self._refused_by_guards([item for _, item in candidates], context)
        if roles.isdisjoint(fired.transition.role):
            raise _not_authorised([fired.transition], roles)
        if fired.transition.reason_required and not (reason and reason.strip()):
            message = f"{in_words(fired.transition.trigger)} needs a reason"
            raise RefusedError(message, next_step="give the reason in words; it is written in the trail")
        return fired

    def _impossible(self, state: str, trigger: str) -> RefusedError:
        name = self.definition.machine
        if state not in self.definition.states:
            message = f"{state!r} is not a state of the machine {name!r}"
            return RefusedError(message, next_step="run the definition that this record was started with")
        meaning = self.definition.states[state].meaning
        message = f"{in_words(trigger)} is not possible in the state {in_words(state)}. {meaning}"
        return RefusedError(message)

    def _refused_by_guards(self, ways: Sequence[Fired], context: Context) -> PipgrantsError:
        words: dict[str, None] = {}
        for way in ways:
            refusing = (self._guards[name] for name in way.transition.guards)
            refusal = next(guard.refusal for guard in refusing if not guard.check(context))
            if not isinstance(refusal, str):
                return refusal(context)
            words[refusal] = None
        return RefusedError(f"{in_words(ways[0].transition.trigger)} is not possible now: {'; '.join(words)}")


def _condition(check: Callable[[Context], bool]) -> _Condition:
    """A check whose answer is exactly True or False: ``transitions`` compares with ``== True``."""

    def holds(context: Context) -> bool:
        return bool(check(context))

    return holds


def _compile(machine: transitions.Machine) -> dict[tuple[str, str], tuple[_Candidate, ...]]:
    """What the machine would try for each trigger and state, in its own order."""
    return {
        (trigger, source): tuple(_candidate(cast(_MachineTransition, way)) for way in ways)
        for trigger, event in machine.events.items()
        for source, ways in event.transitions.items()
    }


def _candidate(way: _MachineTransition) -> _Candidate:
    return tuple(cast(_Condition, condition.func) for condition in way.conditions), way.fired


def _first_holding(candidates: Sequence[_Candidate], context: object) -> Fired | None:
    for conditions, fired in candidates:
        for condition in conditions:
            if not condition(context):
                break
        else:
            return fired
    return None


def _not_authorised(ways: Sequence[Transition], roles: frozenset[str]) -> NotAuthorisedError:
    tiers = " or ".join(dict.fromkeys(tier for way in ways for tier in way.tier))
    allowed = " or ".join(dict.fromkeys(role for way in ways for role in way.role))
    own = ", ".join(sorted(roles)) or "no role"
    message = f"{in_words(ways[0].trigger)} is for {allowed} of the {tiers} tier; the actor has {own}"
    return NotAuthorisedError(message, next_step="let somebody with that role do it (pipgrants actor list)")
