"""The findings that entries of screening hold, made whole from the definitions that those entries name."""

from __future__ import annotations

from collections.abc import Sequence

from pipgrants.domain.finding import Finding
from pipgrants.domain.screening import Screener
from pipgrants.domain.vocabulary import Stage
from pipgrants.services.definitions import read_call
from pipgrants.store.unit import Unit


class RecordedFindings:
    """Reads findings back: what a criterion requires, and its clause, are those of the call as it stood then."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._screeners: dict[str, Screener] = {}

    def of(self, entries: Sequence[int]) -> dict[int, tuple[Finding, ...]]:
        """The findings of some entries of screening, by sequence."""
        found = self._unit.ledger.findings(entries)
        return {entry: tuple(map(self._screener(definition).read, findings)) for entry, definition, findings in found}

    def _screener(self, definition: str) -> Screener:
        """The criteria of a definition, those of a profile among those of the full proposal."""
        if definition not in self._screeners:
            call = read_call(self._unit.calls.definition(definition))
            self._screeners[definition] = Screener(call, Stage.PROPOSAL)
        return self._screeners[definition]
