"""Deeds and the letters they cause, written together: an entry for every letter, a letter for every entry that has one.

A letter's record holds plain data only; its text is made from it later. The recipient stands apart from the data,
because redaction removes it, and enters the trail as a salted hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pipgrants.domain.application import PartyDetails
from pipgrants.domain.vocabulary import LetterKind, stage_when_written
from pipgrants.services.definitions import Terms
from pipgrants.services.workspace import Act
from pipgrants.store.letters import LetterRow
from pipgrants.store.unit import Unit
from pipgrants.trail.canonical import canonical
from pipgrants.trail.entry import Deed
from pipgrants.trail.sealing import new_salt, seal

BATCH = 2_000


class Addressee(NamedTuple):
    """Whom a letter goes to: a party on record by its number, or somebody known by name and address only."""

    language: str
    party: str | None = None
    name: str | None = None
    email: str | None = None
    postal_address: str | None = None


class LetterDraft(NamedTuple):
    """A letter to be written with a deed; ``facts`` are the plain values its template may use."""

    kind: LetterKind
    proposal: str | None
    addressee: Addressee
    facts: Mapping[str, object]


class Correspondence:
    """Collects deeds and letters of one act, and writes them when what they speak of is on record."""

    def __init__(self, act: Act, terms: Terms) -> None:
        self._act = act
        self._templates = terms.row.templates_hash
        self._definition = terms.row.definition_hash
        self._call = terms.row.call
        self._queue: list[tuple[Deed, LetterDraft | None]] = []
        self._next = act.unit.letters.next_number()
        self.letters_count = 0

    def write(self, deed: Deed, letter: LetterDraft | None = None) -> None:
        """Queues a deed, and the letter it causes."""
        self._queue.append((deed, letter))

    def flush(self) -> list[int]:
        """Writes what is queued and returns the sequence numbers of its entries."""
        queue, self._queue = self._queue, []
        return [
            sequence for start in range(0, len(queue), BATCH) for sequence in self._write(queue[start : start + BATCH])
        ]

    def _write(self, queue: Sequence[tuple[Deed, LetterDraft | None]]) -> list[int]:
        unit = self._act.unit
        parties = {letter.addressee.party for _, letter in queue if letter and letter.addressee.party}
        known = unit.parties.contacts(sorted(parties))
        cited = _Citations(unit, [letter for _, letter in queue if letter])
        rows = [
            None if letter is None else self._row(letter, known, cited, entry)
            for entry, (_, letter) in enumerate(queue, unit.ledger.next_sequence())
        ]
        deeds = [
            deed if row is None else deed._replace(inputs={**(deed.inputs or {}), "letter": vouched(row)})
            for (deed, _), row in zip(queue, rows, strict=True)
        ]
        sequences = self._act.record(*deeds)
        written = [row for row in rows if row is not None]
        unit.letters.add(written)
        self.letters_count += len(written)
        return sequences

    def _row(self, letter: LetterDraft, known: Mapping[str, PartyDetails], cited: _Citations, entry: int) -> LetterRow:
        number = self._next
        self._next += 1
        addressee = letter.addressee
        details = (
            known[addressee.party]
            if addressee.party
            else PartyDetails(addressee.name or "", email=addressee.email, postal_address=addressee.postal_address)
        )
        data = {"definition": self._definition, "proposal": letter.proposal, **letter.facts}
        if references := cited.references(letter):
            data["references"] = references
        return LetterRow(
            number=number,
            call=self._call,
            proposal=letter.proposal,
            kind=str(letter.kind),
            language=addressee.language,
            stage=stage_when_written(letter.kind),
            template_hash=self._templates,
            entry=entry,
            data=canonical(data),
            recipient=recipient_of(details, cited.names(letter)),
            salt=new_salt(),
        )


class _Citations:
    """What the findings of some letters cite: papers as the applicant calls them, and parties by name."""

    def __init__(self, unit: Unit, letters: Sequence[LetterDraft]) -> None:
        self._cited = {letter.proposal: cited(letter.facts) for letter in letters if letter.proposal}
        papers = sorted(proposal for proposal, codes in self._cited.items() if codes.papers)
        self._references = unit.evidence.references(papers)
        self._names = unit.parties.names(sorted({party for codes in self._cited.values() for party in codes.parties}))

    def references(self, letter: LetterDraft) -> dict[str, str]:
        """What the applicant calls each paper cited, by its identity."""
        known = self._references.get(letter.proposal or "", {})
        return {paper: known[paper] for paper in self._of(letter).papers if paper in known}

    def names(self, letter: LetterDraft) -> dict[str, str]:
        """The name of each party cited that was not redacted, by its number."""
        return {party: self._names[party] for party in self._of(letter).parties if party in self._names}

    def _of(self, letter: LetterDraft) -> Cited:
        return self._cited.get(letter.proposal or "", NOTHING_CITED)


class Cited(NamedTuple):
    """The identities of papers and the numbers of parties in some findings."""

    papers: frozenset[str]
    parties: frozenset[str]


NOTHING_CITED = Cited(frozenset(), frozenset())


def cited(facts: Mapping[str, Any]) -> Cited:
    """What the findings among the facts of a letter cite."""
    reasons = (reason["values"] for reason in facts.get("reasons", ()))
    findings = [
        *facts.get("findings", ()),
        *facts.get("conditions", ()),
        *(values for values in reasons if "criterion" in values),
    ]
    return cited_in(findings) if findings else NOTHING_CITED


def cited_in(findings: Sequence[Mapping[str, Any]]) -> Cited:
    """The papers and parties in the notes of findings and in the parts of what was seen."""
    values = [note["values"] for finding in findings for note in finding.get("notes", ())]
    values += [part for finding in findings for part in (finding["seen"] or {}).get("parts", ())]
    papers, parties = ({str(item[key]) for item in values if item.get(key)} for key in ("evidence", "party"))
    return Cited(frozenset(papers), frozenset(parties))


def recipient_of(details: PartyDetails, parties: Mapping[str, str] | None = None) -> str | None:
    """The recipient as a letter's record holds it, with the names of the parties that its findings cite, by number.

    None where the personal values were redacted.
    """
    if not details.name:
        return None
    recipient = {"name": details.name, "postal_address": details.postal_address, "email": details.email}
    return canonical({**recipient, "parties": dict(parties)} if parties else recipient).decode()


def vouched(row: LetterRow) -> dict[str, object]:
    """What an entry says of its letter."""
    return {
        "number": row.number,
        "kind": row.kind,
        "language": row.language,
        "data": hashlib.sha256(row.data).hexdigest(),
        "recipient": seal(row.salt or b"", "recipient", row.recipient),
    }
