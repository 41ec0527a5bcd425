"""The proposals that must be screened before their scores are closed or they are ranked."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from pipgrants.errors import in_words
from pipgrants.services.definitions import Terms, proposal_engine
from pipgrants.services.parties import CORRECTED, MERGING
from pipgrants.services.party_details import FACTS
from pipgrants.services.states import screened_states, unscreened_states
from pipgrants.services.workspace import Act
from pipgrants.store.unit import Unit


def unscreened(act: Act, terms: Terms) -> list[str]:
    """The proposals that wait for screening or for the applicant, each with how it stands.

    Those that were screened wait again where what decisions read of a party was corrected since, or who it is.
    """
    engine = proposal_engine(act.unit.calls, terms.row)
    waiting = act.unit.proposals.rows(terms.row.call, unscreened_states(engine))
    screened = screened_states(engine, scores_closed=terms.row.scores_closed_at is not None)
    return [
        *(f"{row.number} ({in_words(row.state)})" for row in waiting),
        *_corrected_since(act.unit, terms.row.call, screened),
    ]


def _corrected_since(unit: Unit, call: str, states: tuple[str, ...]) -> Iterator[str]:
    """The proposals of a call, in some states, with a party that was corrected or merged after the last screening."""
    for party, change in sorted(_changed(unit, _last_screening(unit, call))):
        for row in unit.proposals.with_member(party):
            if row.call == call and row.state in states:
                yield f"{row.number} ({party} was {change} after the screening)"


def _last_screening(unit: Unit, call: str) -> int:
    """The entry of the last screening of a call, 0 before the first."""
    entries = unit.ledger.entries(subject=f"call/{call}")
    return max((item.sequence for item in entries if "excluded" in orjson.loads(item.content)["inputs"]), default=0)


def _changed(unit: Unit, after: int) -> set[tuple[str, str]]:
    """The parties of which something that decisions read was changed after an entry, each with what was done."""
    found: set[tuple[str, str]] = set()
    for entry in unit.ledger.of_parties(after):
        party, inputs = entry.subject.partition("/")[2], orjson.loads(entry.content)["inputs"]
        if entry.act == CORRECTED and not set(FACTS).isdisjoint(inputs["fields"]):
            found.add((party, "corrected"))
        elif entry.act in MERGING:
            found |= {(number, MERGING[entry.act]) for number in (party, inputs["kept"])}
    return found
