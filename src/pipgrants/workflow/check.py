"""Static verification of a state machine: every problem is found and placed, none is raised.

The rules, in order: names are plain and known; words come from the vocabulary; every state is reached and leads to an
end; no transition stands in another's shadow; a determination sends a letter; duties are separated.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipgrants.errors import Problem
from pipgrants.workflow.definition import STAYS, Duty, Machine, Transition

ANOTHER_PERSON = "prepared_by_another_person"
"""The guard that every approving transition needs: who prepares a decision does not approve it."""

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_ENTRY = re.compile(r"([A-Z][a-z0-9]*){2,}")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words a definition may use. ``roles`` gives each role its tier; a role of no tier fires nothing."""

    guards: Collection[str]
    roles: Mapping[str, str | None]
    letters: Collection[str]
    outcomes: Collection[str]
    tiers: Collection[str]


@dataclass(frozen=True, slots=True)
class _Mistake:
    line: int
    field: str
    message: str
    value: str = ""


def check(definition: Machine, vocabulary: Vocabulary, file: str) -> tuple[Problem, ...]:
    """All problems of a definition in the order of their lines; ``file`` names it in them."""
    rules = (
        _unusable_names(definition),
        _unknown_words(definition, vocabulary),
        _roles_of_other_tiers(definition, vocabulary),
        _unreachable_states(definition),
        _states_without_an_end(definition),
        _shadowed_transitions(definition),
        _incomplete_transitions(definition),
        _mixed_duties(definition),
    )
    return _placed((mistake for rule in rules for mistake in rule), file)


def check_names(definition: Machine, guards: Collection[str], file: str) -> tuple[Problem, ...]:
    """The problems that would keep a definition from running at all: names that are not plain or not known."""
    unknown_guards = (
        _unknown(transition.line, f"{place}.guards", guard, guards)
        for place, transition in _numbered(definition)
        for guard in transition.guards
        if guard not in guards
    )
    return _placed((*_unusable_names(definition), *unknown_guards), file)


def _placed(mistakes: Iterable[_Mistake], file: str) -> tuple[Problem, ...]:
    ordered = sorted(mistakes, key=lambda mistake: mistake.line)
    return tuple(
        Problem(file, mistake.line or None, mistake.field, mistake.message, mistake.value) for mistake in ordered
    )


def _numbered(definition: Machine) -> Iterator[tuple[str, Transition]]:
    for number, transition in enumerate(definition.transitions, 1):
        yield f"transitions[{number}]", transition


def _unknown(line: int, field: str, word: str, allowed: Collection[str]) -> _Mistake:
    return _Mistake(line, field, f"unknown name; allowed: {', '.join(sorted(allowed)) or 'none'}", word)


def _unusable_names(definition: Machine) -> Iterator[_Mistake]:
    plain = "a name is lower-case words joined by underscores"
    reserved = "as a destination this word leaves a record where it is; no state is called so"
    states = definition.states
    for name, state in states.items():
        if name == STAYS or not _NAME.fullmatch(name):
            yield _Mistake(state.line, "states", reserved if name == STAYS else plain, name)
    if not _NAME.fullmatch(definition.machine):
        yield _Mistake(definition.line, "machine", plain, definition.machine)
    if definition.initial not in states:
        yield _unknown(definition.line, "initial", definition.initial, states)
    for place, transition in _numbered(definition):
        if not _NAME.fullmatch(transition.trigger):
            yield _Mistake(transition.line, f"{place}.trigger", plain, transition.trigger)
        for source in transition.source:
            if source not in states:
                yield _unknown(transition.line, f"{place}.source", source, states)
        if transition.destination not in (*states, STAYS):
            yield _unknown(transition.line, f"{place}.destination", transition.destination, (*states, STAYS))


def _unknown_words(definition: Machine, vocabulary: Vocabulary) -> Iterator[_Mistake]:
    for name, state in definition.states.items():
        if state.outcome is not None and state.outcome not in vocabulary.outcomes:
            yield _unknown(state.line, f"states.{name}.outcome", state.outcome, vocabulary.outcomes)
        if state.tier is not None and state.tier not in vocabulary.tiers:
            yield _unknown(state.line, f"states.{name}.tier", state.tier, vocabulary.tiers)
    for place, transition in _numbered(definition):
        letters = () if transition.letter is None else (transition.letter,)
        for key, words, allowed in (
            ("tier", transition.tier, vocabulary.tiers),
            ("role", transition.role, vocabulary.roles),
            ("guards", transition.guards, vocabulary.guards),
            ("letter", letters, vocabulary.letters),
        ):
            for word in words:
                if word not in allowed:
                    yield _unknown(transition.line, f"{place}.{key}", word, allowed)


def _roles_of_other_tiers(definition: Machine, vocabulary: Vocabulary) -> Iterator[_Mistake]:
    for place, transition in _numbered(definition):
        known = [role for role in transition.role if role in vocabulary.roles]
        for role in known:
            tier = vocabulary.roles[role]
            if tier is None:
                yield _Mistake(transition.line, f"{place}.role", "a role of no tier changes nothing", role)
            elif tier not in transition.tier:
                yield _Mistake(transition.line, f"{place}.role", f"a role of the {tier} tier, not named here", role)
        present = {vocabulary.roles[role] for role in known}
        for tier in transition.tier:
            if tier in vocabulary.tiers and tier not in present and len(known) == len(transition.role):
                yield _Mistake(transition.line, f"{place}.tier", "no role of this tier is named", tier)


def _reached(starts: Iterable[str], steps: Mapping[str, Collection[str]]) -> set[str]:
    """The states that can be reached from ``starts``, themselves included."""
    reached: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(steps.get(name, ()))
    return reached


def _steps(definition: Machine) -> tuple[Mapping[str, Collection[str]], Mapping[str, Collection[str]]]:
    """Each state's successors, and each state's predecessors."""
    onward: defaultdict[str, set[str]] = defaultdict(set)
    backward: defaultdict[str, set[str]] = defaultdict(set)
    for transition in definition.transitions:
        for source, destination in transition.ways:
            onward[source].add(destination)
            backward[destination].add(source)
    return onward, backward


def _unreachable_states(definition: Machine) -> Iterator[_Mistake]:
    onward, _ = _steps(definition)
    reached = _reached([definition.initial], onward)
    for name, state in definition.states.items():
        if definition.initial in definition.states and name not in reached:
            yield _Mistake(state.line, f"states.{name}", f"no transition leads here from {definition.initial!r}")


def _states_without_an_end(definition: Machine) -> Iterator[_Mistake]:
    onward, backward = _steps(definition)
    finals = [name for name, state in definition.states.items() if state.final]
    ending = _reached(finals, backward)
    for name, state in definition.states.items():
        if state.final and name in onward:
            yield _Mistake(state.line, f"states.{name}", "a final state has no transition out of it")
        elif not state.final and name not in onward:
            yield _Mistake(state.line, f"states.{name}", "a dead end: nothing leads on from here and it is not final")
        elif name not in ending:
            yield _Mistake(state.line, f"states.{name}", "no final state can be reached from here")


def _shadowed_transitions(definition: Machine) -> Iterator[_Mistake]:
    """A later transition whose guards include all of an earlier one's is never tried with success."""
    earlier: defaultdict[tuple[str, str], list[Transition]] = defaultdict(list)
    for place, transition in _numbered(definition):
        for source in transition.source:
            rivals = earlier[transition.trigger, source]
            for rival in rivals:
                if set(rival.guards) <= set(transition.guards):
                    message = f"can never fire from {source!r}: the transition of line {rival.line} always goes first"
                    yield _Mistake(transition.line, place, message, transition.trigger)
                    break
            rivals.append(transition)


def _incomplete_transitions(definition: Machine) -> Iterator[_Mistake]:
    for name, state in definition.states.items():
        if not state.meaning.strip():
            yield _Mistake(state.line, f"states.{name}.meaning", "a state says in words what it means")
    for place, transition in _numbered(definition):
        for key, words in (("source", transition.source), ("tier", transition.tier), ("role", transition.role)):
            if not words:
                yield _Mistake(transition.line, f"{place}.{key}", "name at least one")
        if not _ENTRY.fullmatch(transition.entry):
            message = "the trail entry is named by a past participle such as ProposalScreened"
            yield _Mistake(transition.line, f"{place}.entry", message, transition.entry)
        for destination in dict.fromkeys(destination for _, destination in transition.ways):
            entered = definition.states.get(destination)
            if entered is not None and entered.outcome is not None and transition.letter is None:
                message = f"{destination!r} is a determination ({entered.outcome}), and no letter tells of it"
                yield _Mistake(transition.line, f"{place}.letter", message)


def _mixed_duties(definition: Machine) -> Iterator[_Mistake]:
    preparing = {role for item in definition.transitions if item.duty is Duty.PREPARES for role in item.role}
    for place, transition in _numbered(definition):
        if transition.duty is not Duty.APPROVES:
            continue
        for role in transition.role:
            if role in preparing:
                message = "one role both prepares and approves in this machine"
                yield _Mistake(transition.line, f"{place}.role", message, role)
        if ANOTHER_PERSON not in transition.guards:
            message = f"an approving transition needs the guard {ANOTHER_PERSON}"
            yield _Mistake(transition.line, f"{place}.guards", message)
