"""Clarifications that nobody answered in time: which letter asked, and until when."""

from __future__ import annotations

from collections.abc import Iterable

from pipgrants.domain.vocabulary import LetterKind
from pipgrants.letters.data import AskedData
from pipgrants.services.letters import letter_number
from pipgrants.services.rulebook import ProposalCase
from pipgrants.services.screen import ends_a_time
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit
from pipgrants.workflow.engine import Engine


def unanswered(unit: Unit, engine: Engine[ProposalCase], heads: Iterable[ProposalRow]) -> dict[str, AskedData]:
    """By proposal, the request whose time was over at the last screening and that had not been answered in full."""
    ending = {item.entry for item in engine.definition.transitions if ends_a_time(item)}
    due = {head.screening_entry: head for head in heads if head.screening_entry and head.clarification_due_on}
    lapsed = [due[entry] for entry, content in unit.ledger.contents([*due]).items() if content["act"] in ending]
    found = {head.number: _asked(unit, head) for head in lapsed}
    return {number: asked for number, asked in found.items() if asked is not None}


def _asked(unit: Unit, head: ProposalRow) -> AskedData | None:
    """The last request that was released to the applicant."""
    letters = unit.letters.of_proposal(head.number)
    requests = [row for row in letters if row.kind == LetterKind.CLARIFICATION_REQUEST and row.released_on]
    if not requests:
        return None
    number, day = letter_number(requests[-1].number), str(requests[-1].released_on)
    return AskedData(letter=number, released_on=day, due_on=str(head.clarification_due_on))
