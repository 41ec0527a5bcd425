"""How many awards the support calls of a programme made in each locality: a call limits them with those of the others.

An award that was given up counts no more. Proposals that state no locality are one, None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from pipgrants.domain.call import Call
from pipgrants.domain.vocabulary import SubsidyType
from pipgrants.services.definitions import proposal_engine, read_call
from pipgrants.services.rulebook import AWARDS
from pipgrants.services.states import given_up_states
from pipgrants.store.calls import CallRow
from pipgrants.store.unit import Unit

NONE_HELPED: Mapping[str | None, int] = MappingProxyType({})


def is_support_beside(other: Call, call: Call) -> bool:
    """Whether another call of the same programme supports the preparation of proposals, too."""
    is_other = other.call != call.call and other.programme == call.programme
    return is_other and other.subsidy_type is SubsidyType.PREPARATION_SUPPORT


def helped_localities(unit: Unit, call: Call) -> Mapping[str | None, int]:
    """How many awards of the programme's other support calls stand, by locality; none where the call limits none."""
    if call.allocation.maximum_awards_per_locality is None:
        return NONE_HELPED
    counts: Counter[str | None] = Counter()
    for row in unit.calls.all():
        if is_support_beside(read_call(unit.calls.definition(row.definition_hash)), call):
            counts.update(_awarded_localities(unit, row))
    return counts


def _awarded_localities(unit: Unit, row: CallRow) -> list[str | None]:
    """The locality of each award of a call that stands."""
    engine = proposal_engine(unit.calls, row)
    given_up = given_up_states([engine])
    standing = [state for state in engine.definition.states if state not in given_up]
    lines = unit.packages.determined(row.call)
    return [
        topic.territory
        for number, topic in unit.proposals.topics(row.call, standing)
        if number in lines and lines[number].outcome in AWARDS
    ]
