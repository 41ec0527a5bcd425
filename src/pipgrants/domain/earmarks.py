"""What the awards of a rule draw from earmarks, and what other awards must draw for earmarks to be kept as well.

Every cent is drawn from one earmark only. Awards draw from the earmarks they belong to, the last listed first; then the
earmarks are released, the last listed first, and what one leaves can be drawn where it goes (``envelopes``).

Other awards can draw as much from each earmark exactly where those of every union of earmarks receive together what is
to be drawn from these (Gale 1957, of feasible flows). Only unions of earmarks that share proposals need be looked at,
each with all the earmarks whose proposals are all in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from pipgrants.domain.allocation_terms import EnvelopeKind, SubEnvelope
from pipgrants.domain.envelopes import CALL, Groups, accounts_of
from pipgrants.errors import RefusedError

MOST_UNIONS = 1_000
"""How many unions of earmarks that share proposals are looked at."""


def drawn_from_earmarks(
    envelopes: Sequence[SubEnvelope], amounts: Mapping[str, int], spent: Mapping[Groups, int]
) -> dict[str, int]:
    """By code, what awards draw from each earmark, but for those that nothing is drawn from.

    ``amounts`` are those of the envelopes, ``spent`` what was awarded by the envelopes that proposals belong to, both
    in minor units.
    """
    earmarks = [item for item in envelopes if item.kind is EnvelopeKind.EARMARK]
    accounts = accounts_of(envelopes)
    left = Counter({item.code: amounts[item.code] for item in earmarks})
    for item in earmarks:
        left[accounts[item.code]] -= amounts[item.code]
    owed, drawn = dict(spent), Counter[str]()

    def draw() -> None:
        for groups in sorted(owed, key=sorted):
            for item in reversed(earmarks):
                units = min(owed[groups], left[item.code]) if item.code in groups else 0
                owed[groups] -= units
                left[item.code] -= units
                drawn[item.code] += units

    draw()
    for item in reversed(earmarks):
        target = item.leftovers_to or accounts[item.code]
        left[target] += left.pop(item.code)
        if target != CALL:
            draw()
    return {code: units for code, units in drawn.items() if units}


def unions(belonging: Iterable[Groups]) -> list[frozenset[str]]:
    """The unions of earmarks to look at, given the earmarks of each proposal. Raises RefusedError where too many."""
    kinds = set(belonging)
    touching = {
        code: frozenset(kind for kind in kinds if code in kind) for code in sorted(frozenset[str]().union(*kinds))
    }
    found: set[frozenset[str]] = set()
    waiting = [_closed({code}, touching) for code in touching]
    while waiting:
        union = waiting.pop()
        if union in found:
            continue
        found.add(union)
        if len(found) > MOST_UNIONS:
            raise RefusedError(
                f"the earmarks of the call share proposals in more than {MOST_UNIONS:,} ways",
                next_step="leave out some of them, or let those that belong together lie within one",
            )
        near = {code for code in touching.keys() - union for inner in union if touching[code] & touching[inner]}
        waiting += [_closed(union | {code}, touching) for code in near]
    return sorted(found, key=sorted)


def _closed(union: AbstractSet[str], touching: Mapping[str, frozenset[Groups]]) -> frozenset[str]:
    """A union with all the earmarks whose proposals are all in it."""
    kinds = frozenset[Groups]().union(*(touching[code] for code in union))
    return frozenset(code for code, own in touching.items() if own <= kinds)
