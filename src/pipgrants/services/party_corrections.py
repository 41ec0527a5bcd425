"""What is on record of parties corrected: how they are reached, and what decisions read of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from pipgrants.domain.vocabulary import Language, LetterStage
from pipgrants.errors import RefusedError, UsageError
from pipgrants.letters.message import usable_address
from pipgrants.services.definitions import terms_of
from pipgrants.services.letters import letter_number
from pipgrants.services.parties import CORRECTED, bearing, refuse_merged
from pipgrants.services.party_details import FACTS, refuse_unfit, with_facts
from pipgrants.services.party_register import Registered
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.letters import LetterRow
from pipgrants.store.parties import PartyRow
from pipgrants.trail.entry import Deed

CORRECTABLE = ("language", "email", "postal_address", *FACTS)
ON_LETTERS = frozenset({"language", "email", "postal_address"})
"""What letters bear: those that have not arrived may be written anew where it was corrected."""

HAVE_NOT_ARRIVED = (LetterStage.PENDING, LetterStage.APPROVED, LetterStage.RELEASED, LetterStage.FAILED)
"""Stages of letters that can be written anew before, or because, nobody got them."""


class Corrected(NamedTuple):
    """What was corrected of a party, by field.

    ``proposals`` get their letters in the new language from now on; ``letters`` have not arrived, and still say what
    was on record before.
    """

    fields: tuple[str, ...]
    proposals: tuple[str, ...]
    letters: tuple[str, ...]


def correct_party(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    party: str,
    reason: str,
    language: Language | None = None,
    email: str | None = None,
    postal_address: str | None = None,
    facts: Mapping[str, str] = MappingProxyType({}),
    dry_run: bool = False,
) -> Corrected:
    """Corrects what is given; what is given without any text is removed.

    ``facts`` are values of ``party_details.FACTS`` as the form would hold them; screening looks at them again.

    The language is that of the letters about all proposals that the party leads in calls that have it. Letters on
    record stay as they are. The entry holds the party with its personal values as salted hashes, and which letters and
    forms bear what was on record before, for redaction to find them. The name identifies a party, and stays.

    Raises UsageError where nothing is given, or what the form would not take, RefusedError where nothing would change,
    where ``with_facts`` does, and for a party that was redacted or merged.
    """
    if language is email is postal_address is None and not facts:
        raise UsageError(
            "nothing is given to be corrected", next_step="pipgrants party correct --help lists what can be"
        )
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("party.correct")
        refuse_unfit({"reason": reason, "email": email or "", "postal_address": postal_address or ""})
        row = act.unit.parties.get(party)
        refuse_merged(act.unit, party)
        if row.salt is None:
            raise RefusedError(f"{party} was redacted on {row.redacted_at}; nothing of it is left to correct")
        known = row.details
        details = (with_facts(act, row, facts) if facts else known)._replace(
            language=language or known.language,
            email=known.email if email is None else _email(email),
            postal_address=known.postal_address if postal_address is None else _lines(postal_address),
        )
        fields = tuple(name for name in CORRECTABLE if getattr(details, name) != getattr(known, name))
        letters = _record(act, row, Registered(party, details, row.salt), fields, reason)
        proposals = _change_language(act, party, language, reason) if language else ()
        if not (fields or proposals):
            raise RefusedError(f"{party} has that on record already", next_step=f"pipgrants party show {party}")
    to_come = () if ON_LETTERS.isdisjoint(fields) else _still_to_come(letters)
    return Corrected(fields, proposals, tuple(to_come))


def _record(act: Act, row: PartyRow, corrected: Registered, fields: Sequence[str], reason: str) -> Sequence[LetterRow]:
    """Stores a party as corrected, and the entry of it; returns the letters that bear what was on record before."""
    letters, forms = bearing(act.unit, row)
    act.unit.parties.complete([(corrected.number, corrected.details)])
    inputs: dict[str, object] = {
        "fields": list(fields),
        "party": corrected.as_plain(),
        "letters": [letter.number for letter in letters],
        "forms": [[call, taker.number] for call, taker in forms],
    }
    act.record(Deed(CORRECTED, f"party/{corrected.number}", reason=reason, inputs=inputs))
    return letters


def _still_to_come(letters: Iterable[LetterRow]) -> Iterator[str]:
    """The numbers of those letters about proposals that can be written anew before, or because, nobody got them."""
    for letter in letters:
        if letter.proposal and letter.superseded_by is None and letter.stage in HAVE_NOT_ARRIVED:
            yield letter_number(letter.number)


def _email(given: str) -> str | None:
    if given.strip() and usable_address(given) is None:
        raise UsageError(f"{given!r} is no e-mail address", next_step="give one such as name@example.org")
    return given.strip() or None


def _lines(given: str) -> str | None:
    """A postal address, line by line, without what stands around them."""
    return "\n".join(filter(None, map(str.strip, given.splitlines()))) or None


def _change_language(act: Act, party: str, language: Language, reason: str) -> tuple[str, ...]:
    """Lets the letters about what a party leads be in another language, where the call has it; returns the numbers."""
    rows = [
        row
        for row in act.unit.proposals.led_by(party)
        if row.language != language and language in terms_of(act.unit.calls, row.call).call.languages
    ]
    inputs = {"language": language.value}
    act.record(
        *(
            Deed("LanguageCorrected", f"proposal/{row.number}", reason=reason, inputs=inputs, call=row.call)
            for row in rows
        )
    )
    act.unit.proposals.change_language([(language.value, row.number, row.state) for row in rows])
    return tuple(row.number for row in rows)
