"""What a state machine is: states with a meaning, and transitions that say who may fire them and when.

These dataclasses are the schema of ``workflows/machines/*.yaml``; nothing is inferred from a name or a position.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

STAYS = "stays"
"""The destination of a transition that leaves the record in the state it is in; no state has this name."""


class Duty(StrEnum):
    """The two duties that one role never holds in the same machine (PIP, table 2: duties are separated)."""

    PREPARES = "prepares"
    APPROVES = "approves"


@dataclass(frozen=True, slots=True)
class State:
    """A condition that a record can be in.

    ``outcome`` makes the state a determination; ``tier`` is the one whose turn it is; ``final`` ends the record's way.
    """

    meaning: str
    outcome: str | None = None
    tier: str | None = None
    final: bool = False
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Transition:
    """One way from any of the states ``source`` to ``destination``, a state or ``stays``.

    ``tier`` and ``role`` say who may fire it; every guard must hold; ``letter`` is the kind of letter recorded with
    it; ``entry`` is the past participle written in the trail, for example ``ProposalScreened``.
    """

    trigger: str
    source: tuple[str, ...]
    destination: str
    tier: tuple[str, ...]
    role: tuple[str, ...]
    entry: str = ""
    guards: tuple[str, ...] = ()
    reason_required: bool = False
    letter: str | None = None
    duty: Duty | None = None
    line: int = field(default=0, compare=False)

    @property
    def ways(self) -> tuple[tuple[str, str], ...]:
        """Each source with the state that a record in it is led to."""
        return tuple((source, source if self.destination == STAYS else self.destination) for source in self.source)


@dataclass(frozen=True, slots=True)
class Machine:
    """A whole definition. Transitions of one trigger and source are tried in the order written until guards hold."""

    machine: str
    initial: str
    states: Mapping[str, State]
    transitions: tuple[Transition, ...]
    title: str = ""
    line: int = field(default=0, compare=False)
