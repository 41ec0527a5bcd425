"""Finding the selection that a call funds which announced its objective, or taking it from the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from importlib.util import find_spec
from typing import Any, TypeAlias

from pipgrants.analysis import SECONDS
from pipgrants.domain.allocation_terms import AllocationTerms
from pipgrants.domain.announced import Found, announced, as_plain, read_found, refuse_unproved
from pipgrants.domain.selection import SelectionCase
from pipgrants.domain.vocabulary import Objective
from pipgrants.errors import RefusedError

Find: TypeAlias = Callable[[SelectionCase, Objective], Found]


def search(seconds: int = SECONDS) -> Find:
    """Finds the best selection by searches of up to some seconds each (``analysis.optimum``)."""

    def find(case: SelectionCase, objective: Objective) -> Found:
        if not case.candidates:
            return Found(frozenset(), Decimal(0), True, seconds)
        if find_spec("scipy") is None:
            raise RefusedError(
                "allocating by an announced objective needs the package scipy",
                next_step="pip install 'pipgrants[analysis]'",
            )
        from pipgrants.analysis.optimum import maximise

        best = maximise(case.program(objective), case.places(case.awarded), seconds)
        numbers = frozenset(case.candidates[place].number for place in best.chosen)
        return Found(numbers, case.value(best.bound, objective), best.is_settled, seconds)

    return find


def recorded(told: Mapping[str, Any] | None) -> Find:
    """Takes the selection that an entry tells of."""

    def find(_case: SelectionCase, _objective: Objective) -> Found:
        if told is None:
            raise RefusedError("the entry tells of no selection, and the call announced an objective")
        return read_found(told)

    return find


class Optimiser:
    """Selects by an announced objective; ``told`` is what entries and packages hold of the last selection."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self.told: dict[str, Any] | None = None

    def select(self, case: SelectionCase, terms: AllocationTerms) -> frozenset[str]:
        """The numbers funded. Raises RefusedError where the selection found may not decide."""
        if terms.objective is None:
            raise ValueError("the terms announce no objective")
        item = announced(case, terms.objective, self._find(case, terms.objective))
        refuse_unproved(item, terms)
        self.told = as_plain(item, case.envelope.currency)
        return frozenset(item.numbers)
