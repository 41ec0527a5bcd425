"""Static verification of a state machine: every problem is found and placed, none is raised.

The rules, in order: names are plain and known; words come from the vocabulary; every state is reached and leads to an
end; no transition stands in another's shadow; a determination sends a letter; every trigger has what its act relies on
(``demands``); duties are separated.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipgrants.errors import Problem
from pipgrants.workflow.definition import STAYS, Duty, Machine, Transition
from pipgrants.workflow.demands import ANOTHER_PERSON, OUTCOME_IS, Demand

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_ENTRY = re.compile(r"([A-Z][a-z0-9]*){2,}")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a definition may say: the name of its machine, its words, and what each trigger must have.

    ``roles`` gives each role its tier; a role of no tier fires nothing. ``preparers`` are the roles that draft what
    the machine approves. Without ``demands`` triggers have any name.
    """

    machine: str
    guards: Collection[str]
    roles: Mapping[str, str | None]
    letters: Collection[str]
    outcomes: Collection[str]
    tiers: Collection[str]
    preparers: Collection[str]
    demands: Mapping[str, Demand]


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
        _another_name(definition, vocabulary),
        _unknown_words(definition, vocabulary),
        _roles_of_other_tiers(definition, vocabulary),
        _unreachable_states(definition),
        _states_without_an_end(definition),
        _shadowed_transitions(definition),
        _incomplete_transitions(definition),
        _unmet_demands(definition, vocabulary.demands),
        _mixed_duties(definition, vocabulary),
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


def _another_name(definition: Machine, vocabulary: Vocabulary) -> Iterator[_Mistake]:
    if definition.machine != vocabulary.machine and _NAME.fullmatch(definition.machine):
        message = f"a machine is called like its file: {vocabulary.machine}"
        yield _Mistake(definition.line, "machine", message, definition.machine)


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


def _unmet_demands(definition: Machine, demands: Mapping[str, Demand]) -> Iterator[_Mistake]:
    fired = {transition.trigger for transition in definition.transitions}
    for trigger, needed in demands.items():
        if trigger in fired:
            yield from _ways_lacking(definition, trigger, needed)
        elif not needed.optional:
            yield _Mistake(definition.line, "transitions", f"no transition has the trigger {trigger}")
    for place, transition in _numbered(definition):
        demand = demands.get(transition.trigger)
        if demand is not None:
            yield from _unmet(definition, transition, place, demand)
        elif demands and _NAME.fullmatch(transition.trigger):
            yield _unknown(transition.line, f"{place}.trigger", transition.trigger, demands)


def _ways_lacking(definition: Machine, trigger: str, demand: Demand) -> Iterator[_Mistake]:
    """What a trigger may meet, and no transition of it provides for."""
    fired = [transition for transition in definition.transitions if transition.trigger == trigger]
    guards = {guard for transition in fired for guard in transition.guards}
    entered = {name for transition in fired for _, name in transition.ways if name in definition.states}
    outcomes = {definition.states[name].outcome for name in entered}
    for guard in demand.one_of:
        if guard not in guards:
            yield _Mistake(fired[0].line, "transitions", f"no transition of {trigger} has the guard {guard}")
    for outcome in demand.determines:
        if outcome not in outcomes:
            yield _Mistake(fired[0].line, "transitions", f"no transition of {trigger} leads to the outcome {outcome}")


def _unmet(definition: Machine, transition: Transition, place: str, demand: Demand) -> Iterator[_Mistake]:
    """What one transition lacks."""
    trigger, line, guards = transition.trigger, transition.line, transition.guards
    if transition.entry not in demand.entries:
        message = f"{trigger} is told in the trail as {' or '.join(demand.entries)}"
        yield _Mistake(line, f"{place}.entry", message, transition.entry)
    for guard in demand.guards:
        if guard not in guards and guard != ANOTHER_PERSON:
            yield _Mistake(line, f"{place}.guards", f"{trigger} needs the guard {guard}")
    if demand.one_of and not set(demand.one_of) & set(guards):
        yield _Mistake(line, f"{place}.guards", f"{trigger} needs one of the guards {', '.join(demand.one_of)}")
    if demand.duty is not None and transition.duty is not demand.duty:
        yield _Mistake(line, f"{place}.duty", f"{trigger} needs duty: {demand.duty}")
    if not demand.letters and not demand.determines and transition.letter is not None:
        yield _Mistake(line, f"{place}.letter", f"{trigger} sends no letter", transition.letter)
    if demand.letters:
        yield from _unfit_letter(transition, place, demand, is_sent=not demand.asks or _asks(definition, transition))
    if demand.determines:
        outcomes = {definition.states[name].outcome for _, name in transition.ways if name in definition.states}
        yield from _undetermined(transition, place, outcomes)


def _unfit_letter(transition: Transition, place: str, demand: Demand, *, is_sent: bool) -> Iterator[_Mistake]:
    kinds = " or ".join(demand.letters)
    if is_sent and transition.letter not in demand.letters:
        message = f"{transition.trigger} needs the letter {kinds}"
        yield _Mistake(transition.line, f"{place}.letter", message, transition.letter or "")
    if not is_sent and transition.letter is not None:
        message = f"{transition.trigger} sends a letter only where the applicant is asked ({kinds})"
        yield _Mistake(transition.line, f"{place}.letter", message, transition.letter)


def _asks(definition: Machine, transition: Transition) -> bool:
    """Whether a transition leads to where the applicant's answer is waited for."""
    waiting = {source for item in definition.transitions if item.trigger == "clarify" for source in item.source}
    return any(destination in waiting for _, destination in transition.ways)


def _undetermined(transition: Transition, place: str, outcomes: Collection[str | None]) -> Iterator[_Mistake]:
    """A determination has the letter of its outcome, and no guard of another."""
    for outcome in sorted(outcomes, key=str):
        if outcome is None:
            message = f"{transition.trigger} leads to a state with an outcome"
            yield _Mistake(transition.line, f"{place}.destination", message, transition.destination)
            continue
        if transition.letter not in (None, outcome):
            message = f"the letter of a determination is that of its outcome, {outcome}"
            yield _Mistake(transition.line, f"{place}.letter", message, str(transition.letter))
        for guard in transition.guards:
            if guard.startswith(OUTCOME_IS) and guard != OUTCOME_IS + outcome:
                yield _Mistake(transition.line, f"{place}.guards", f"it leads to the outcome {outcome}", guard)


def _mixed_duties(definition: Machine, vocabulary: Vocabulary) -> Iterator[_Mistake]:
    """Who approves has no part in preparing, whether or not the machine marks the duty."""
    preparing = set(vocabulary.preparers)
    for transition in definition.transitions:
        if Duty.PREPARES in _duties(transition, vocabulary):
            preparing.update(transition.role)
    for place, transition in _numbered(definition):
        if Duty.APPROVES not in _duties(transition, vocabulary):
            continue
        for role in transition.role:
            if role in preparing:
                yield _Mistake(transition.line, f"{place}.role", "one role both prepares and approves", role)
        if ANOTHER_PERSON not in transition.guards:
            message = f"an approving transition needs the guard {ANOTHER_PERSON}"
            yield _Mistake(transition.line, f"{place}.guards", message)


def _duties(transition: Transition, vocabulary: Vocabulary) -> tuple[Duty | None, ...]:
    """The duty that a transition is marked with, and the one that its trigger has."""
    demand = vocabulary.demands.get(transition.trigger)
    return (transition.duty, demand.duty if demand else None)
