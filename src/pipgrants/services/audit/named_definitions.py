"""The definitions that entries name by hash, read once each."""

from __future__ import annotations

from functools import cache
from typing import Any

from pipgrants.domain.call import Call
from pipgrants.domain.programme import Programme
from pipgrants.services.audit.stated import Content
from pipgrants.services.definitions import read_call, read_machine, read_programme
from pipgrants.store.calls import Calls
from pipgrants.workflow.definition import Machine, Transition


class NamedDefinitions:
    """Reads what entries name. Raises NotFoundError and TrailIntegrityError where it is not stored as it was."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.machine = cache(self._machine)
        self.read_call = cache(self._read_call)
        self._transitions = cache(self._read_transitions)

    def call(self, entry: Content) -> Call:
        """The call that an entry names."""
        return self.read_call(entry["definitions"]["call"])

    def programme(self, definition_hash: str) -> Programme:
        """The programme of a hash."""
        return read_programme(self._calls.definition(definition_hash))

    def trigger(self, entry: Content, machine: str) -> str | None:
        """The trigger that an entry tells of, None where it tells of no change of state.

        ``machine`` is the name under which the entry's definitions hold the machine.
        """
        transition = self.transition(entry, machine)
        return None if transition is None else transition.trigger

    def transition(self, entry: Content, machine: str) -> Transition | None:
        """The transition that an entry tells of; of those with its act and source, the last written."""
        if entry["to"] is None:
            return None
        return self._transitions(entry["definitions"][machine]).get((entry["act"], entry["from"]))

    def _machine(self, definition_hash: str) -> Machine:
        return read_machine(self._calls.definition(definition_hash))

    def _read_call(self, definition_hash: str) -> Call:
        return read_call(self._calls.definition(definition_hash))

    def _read_transitions(self, definition_hash: str) -> dict[tuple[Any, Any], Transition]:
        return {
            (transition.entry, source): transition
            for transition in self.machine(definition_hash).transitions
            for source, _ in transition.ways
        }
