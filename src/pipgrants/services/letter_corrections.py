"""Letters that take the place of others: the old one stays as it was, the new one names it and is released anew."""

from __future__ import annotations

from datetime import datetime

import orjson

from pipgrants.domain.vocabulary import LetterStage, stage_when_written
from pipgrants.errors import RefusedError, in_words
from pipgrants.services.correspondence import cited, recipient_of, vouched
from pipgrants.services.definitions import terms_of
from pipgrants.services.letter_stages import letter_changes, letter_subject
from pipgrants.services.letters import letter_number, number_of
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.letters import LetterRow
from pipgrants.trail.canonical import canonical
from pipgrants.trail.entry import Deed, instant_text
from pipgrants.trail.sealing import new_salt

NEVER_LEFT = (LetterStage.PENDING, LetterStage.APPROVED, LetterStage.RELEASED)


def correct(
    workspace: Workspace, who: Identity, now: datetime, *, letter: str, reason: str, dry_run: bool = False
) -> LetterRow:
    """Writes the letter about a proposal anew: to the applicant as on record today, in today's language and templates.

    It waits for release.

    Returns the new letter. Raises RefusedError where the letter is about no proposal, may be on its way, or was
    corrected or redacted already.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        old = act.unit.letters.get(number_of(letter))
        terms = terms_of(act.unit.calls, old.call)
        act.permit("letters.correct", terms.programme.stands_in)
        _refuse_uncorrectable(old)
        head = act.unit.proposals.get(str(old.proposal))
        details = act.unit.parties.contacts([head.lead])[head.lead]
        named = act.unit.parties.names(sorted(cited(orjson.loads(old.data)).parties))
        recipient = recipient_of(details, named)
        templates = terms.row.templates_hash
        return _supersede(act, old, reason=reason, recipient=recipient, language=head.language, templates=templates)


def _refuse_uncorrectable(row: LetterRow) -> None:
    number, why = letter_number(row.number), ""
    if row.proposal is None:
        why = f"{number} is about no proposal, and goes to whoever took the form under the address given then"
    elif row.superseded_by is not None:
        why = f"{letter_number(row.superseded_by)} took the place of {number} already"
    elif row.recipient is None:
        why = f"{number} was redacted"
    elif row.stage in (LetterStage.SENDING, LetterStage.IN_DOUBT, LetterStage.SUPERSEDED):
        why = f"{number} is {in_words(row.stage)}"
    if why:
        raise RefusedError(f"{why}; it is not corrected", next_step=f"pipgrants letters status {row.call}")


def _supersede(
    act: Act, old: LetterRow, *, reason: str, recipient: str | None, language: str, templates: str
) -> LetterRow:
    """Writes a letter in the place of another, from the same facts; returns the new one.

    What never left will not leave any more; what did stays as it was, and names the one that took its place.
    """
    data = {**orjson.loads(old.data), "corrects": old.number}
    new = LetterRow(
        number=act.unit.letters.next_number(),
        call=old.call,
        proposal=old.proposal,
        kind=old.kind,
        language=language,
        stage=stage_when_written(old.kind),
        template_hash=templates,
        entry=act.unit.ledger.next_sequence(),
        data=canonical(data),
        recipient=recipient,
        salt=new_salt(),
    )
    never_left = old.stage in NEVER_LEFT
    inputs: dict[str, object] = {"letter": vouched(new), "corrects": old.number, "never_left": never_left}
    definitions = {"templates": templates}
    deed = Deed(
        "LetterCorrected", letter_subject(old), reason=reason, inputs=inputs, definitions=definitions, call=old.call
    )
    act.record(deed)
    act.unit.letters.add([new])
    act.unit.letters.change(old.number, old.stage, letter_changes(deed.act, inputs, instant_text(act.now)))
    return new
