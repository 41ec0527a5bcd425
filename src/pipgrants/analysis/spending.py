"""The rules of ``domain.allocation`` over many rankings at once: who receives money, not why, and not how much.

Money is in whole minor units. Left out are the rules that ask more of a proposal than its place and its request: the
envelopes within the call's, one award for each applicant, mutual exclusions, limits by locality, and what becomes of
those that are tied at the line other than in strict order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipgrants.analysis.score_matrix import Array

LOOKS = 64
"""After so many places of a ranking it is seen whether anybody can still be funded."""


class Turn(StrEnum):
    """How money goes down a ranking: it ends at the first that does not fit, it goes on, or the first share it."""

    ENDING = "ending"
    FILLING = "filling"
    PRO_RATA = "pro_rata"
    CONSTRAINED_EQUAL = "constrained_equal"


@dataclass(frozen=True)
class Spending:
    """``requests`` and ``viable``, the least that each can be funded with, are by proposal.

    ``viable`` equals the request where nobody is funded in part, and is above zero where the request is. ``places`` is
    the most that can be funded.
    """

    turn: Turn
    money: int
    requests: Array
    viable: Array
    places: int | None = None


def funded(spending: Spending, placed: Array, may: Array) -> Array:
    """Whether each place of each ranking is funded; ``placed`` holds the proposals, ``may`` who of them can be."""
    import numpy as np

    asked = np.where(may, spending.requests[placed], 0)
    least = np.where(may, spending.viable[placed], 0)
    if spending.places is not None:
        may = may & (np.cumsum(may, axis=1) <= spending.places)
        asked, least = np.where(may, asked, 0), np.where(may, least, 0)
    return _TURNS[spending.turn](spending, asked, least, may)


def _ending(spending: Spending, asked: Array, least: Array, may: Array) -> Array:
    import numpy as np

    drawn = np.cumsum(asked, axis=1)
    fits = drawn <= spending.money
    first = ~fits & (np.cumsum(~fits, axis=1) == 1)
    rest = spending.money - (drawn - asked)
    in_part = first & (least <= rest)
    found: Array = may & (fits | in_part)
    return found


def _filling(spending: Spending, asked: Array, least: Array, may: Array) -> Array:
    import numpy as np

    left = np.full(len(asked), spending.money)
    found = np.zeros_like(may)
    smallest = int(np.min(spending.viable, initial=spending.money))
    for place in range(asked.shape[1]):
        wants, viable = asked[:, place], least[:, place]
        in_part = (wants > left) & (viable <= left)
        found[:, place] = may[:, place] & ((wants <= left) | in_part)
        left = left - np.where(found[:, place], np.minimum(wants, left), 0)
        if place % LOOKS == LOOKS - 1 and (left < smallest).all():
            break
    return found


def _sharing(spending: Spending, asked: Array, least: Array, may: Array) -> Array:
    """The first that can share the money so that each receives what is viable, as many as can, found by halving."""
    import numpy as np

    counted = np.cumsum(may, axis=1)
    low, high = np.zeros(len(may), dtype=np.int64), counted[:, -1]
    suffices = _pro_rata if spending.turn is Turn.PRO_RATA else _equal
    while (low < high).any():
        middle = (low + high + 1) // 2
        taking = may & (counted <= middle[:, None])
        enough = suffices(spending.money, np.where(taking, asked, 0), np.where(taking, least, 0))
        low, high = np.where(enough, middle, low), np.where(enough, high, np.maximum(middle - 1, low))
    found: Array = may & (counted <= low[:, None])
    return found


def _pro_rata(money: int, asked: Array, least: Array) -> Array:
    """A share of what is asked for, cut to whole units, is viable for everybody: asked x money // total >= viable."""
    import numpy as np

    total = asked.sum(axis=1)
    bound = np.full(asked.shape, np.inf)
    np.divide(asked * float(money), least, out=bound, where=least > 0)
    enough: Array = (total <= money) | (total <= bound.min(axis=1, initial=np.inf))
    return enough


def _equal(money: int, asked: Array, least: Array) -> Array:
    """The same amount for everybody, or what is asked for where that is less, is viable for everybody."""
    import numpy as np

    highest = least.max(axis=1, initial=0)
    return np.asarray(np.minimum(asked, highest[:, None]).sum(axis=1) <= money)


_TURNS: dict[Turn, Callable[[Spending, Array, Array, Array], Array]] = {
    Turn.ENDING: _ending,
    Turn.FILLING: _filling,
    Turn.PRO_RATA: _sharing,
    Turn.CONSTRAINED_EQUAL: _sharing,
}
