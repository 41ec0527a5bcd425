"""Until when the decisions of a call can be appealed against."""

from __future__ import annotations

from datetime import date

import orjson

from pipgrants.domain.vocabulary import APPEALABLE_LETTERS
from pipgrants.errors import RefusedError, in_words
from pipgrants.services.deadlines import appeal_until
from pipgrants.services.definitions import Terms
from pipgrants.services.letters import letter_number
from pipgrants.store.unit import Unit


def appeals_ended_on(unit: Unit, terms: Terms, today: date) -> date:
    """The last day on which any letter of a call could be appealed against.

    A letter can be appealed against for as long as it says, and longer where the call was amended so since. Raises
    RefusedError naming the letter that waits for release, or whose time runs, and until when.
    """
    call = terms.row.call
    letter = unit.letters.last_to_leave(call, APPEALABLE_LETTERS)
    named = f"{letter_number(letter.number)} ({in_words(letter.kind)})" if letter else "any letter"
    if letter is None or letter.released_on is None or letter.release is None:
        raise RefusedError(
            f"the decisions of {call} are not final: {named} waits for release, where the time to appeal begins",
            next_step=f"pipgrants letters release {call} --as OFFICER",
        )
    promised = date.fromisoformat(orjson.loads(letter.release)["appeal_until"])
    until = max(promised, appeal_until(date.fromisoformat(letter.released_on), terms.call))
    if today <= until:
        raise RefusedError(
            f"appeals can still be filed: {named}, released on {letter.released_on}, can be appealed against "
            f"until {until}",
            next_step=f"pipgrants call archive {call} --as OFFICER, after {until}",
        )
    return until
