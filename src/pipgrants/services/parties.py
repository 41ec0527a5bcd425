"""Parties: one number each. Numbers are found by tax number, else by name; redaction and the exclusion list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from pipgrants.domain.application import Application, Exclusion, PartyDetails
from pipgrants.domain.finding import Plain
from pipgrants.errors import RefusedError
from pipgrants.services.correspondence import recipient_of
from pipgrants.services.letters import REDACTED, remove_files
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.letters import LetterRow
from pipgrants.store.parties import PartyRow, match_name
from pipgrants.store.unit import Unit
from pipgrants.trail.canonical import canonical
from pipgrants.trail.entry import Deed, instant_text
from pipgrants.trail.sealing import new_salt, seal

PERSONAL_FIELDS = ("name", "tax_number", "email", "postal_address")
"""What redaction removes, and what enters the trail as salted hashes."""

EXCLUSIONS_SALT = "exclusions_salt"
"""The setting with the salt of the exclusion list as last imported."""


class Registered(NamedTuple):
    """A party as it enters the record."""

    number: str
    details: PartyDetails
    salt: bytes

    def as_plain(self) -> dict[str, Plain]:
        """The party as it stands in an entry: personal values as salted hashes."""
        details = self.details
        plain: dict[str, Plain] = {
            "number": self.number,
            "tax_country": details.tax_country,
            "country": details.country,
            "legal_form": details.legal_form,
            "size_class": details.size_class,
            "sector": details.sector,
            "territory": details.territory,
            "language": details.language,
            "priority_groups": [group.value for group in sorted(details.priority_groups)],
            "data_consent_on": details.data_consent_on.isoformat() if details.data_consent_on else None,
        }
        personal = {field: seal(self.salt, field, getattr(details, field)) for field in PERSONAL_FIELDS}
        return {**{name: value for name, value in plain.items() if value not in (None, [])}, **personal}


class Register:
    """Finds or gives the numbers of the parties of many applications within one act."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._next = unit.parties.next_number()
        self._by_tax: dict[tuple[str, str], str] = {}
        self._by_name: dict[str, str] = {}

    def look_up(self, applications: Iterable[Application]) -> None:
        """Finds which parties of some applications are on record already."""
        details = [member.details for application in applications for member in application.members]
        taxes = {key for item in details if (key := _tax_key(item)) and key not in self._by_tax}
        names = {name for item in details if (name := match_name(item.name)) not in self._by_name}
        self._by_tax.update(self._unit.parties.by_tax_number(sorted(taxes)))
        self._by_name.update(self._unit.parties.by_name(sorted(names)))

    def numbers(self, application: Application) -> tuple[dict[str, str], list[Registered]]:
        """The number of each member of an application by its key, and the parties that are new."""
        numbers: dict[str, str] = {}
        new: list[Registered] = []
        for member in sorted(application.members, key=lambda member: not member.is_lead):
            number = self._find(member.details)
            if number is None:
                number = f"E-{self._next:06d}"
                self._next += 1
                new.append(Registered(number, member.details, new_salt()))
            self._remember(member.details, number)
            numbers[member.key] = number
        return numbers, new

    def _find(self, details: PartyDetails) -> str | None:
        tax = _tax_key(details)
        by_name = self._by_name.get(match_name(details.name))
        if tax is None:
            return by_name
        return self._by_tax.get(tax)

    def _remember(self, details: PartyDetails, number: str) -> None:
        tax = _tax_key(details)
        if tax is not None:
            self._by_tax.setdefault(tax, number)
        self._by_name.setdefault(match_name(details.name), number)


def _tax_key(details: PartyDetails) -> tuple[str, str] | None:
    if details.tax_number is None:
        return None
    return (details.tax_country or "", details.tax_number)


def add_parties(act: Act, new: Sequence[Registered]) -> None:
    """Writes new parties; their entry is the one of the application that brought them."""
    act.unit.parties.add([(party.number, party.details, party.salt) for party in new])


def redact(
    workspace: Workspace, who: Identity, now: datetime, *, party: str, reason: str, dry_run: bool = False
) -> None:
    """Removes a party's personal values: its own, those of its letters and papers, and of the forms it took.

    The trail stays, with hashes that say nothing any more. Raises RefusedError without a reason, and while the party
    stands on the exclusion list: nobody would find it there by its name.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("party.redact")
        row = act.unit.parties.get(party)
        _refuse_redaction(act, row, reason)
        act.unit.parties.redact(party, instant_text(now))
        act.unit.proposals.redact_issuer(row.details.name, REDACTED)
        letters = _redact_letters(act, row)
        fields: list[object] = [field for field in PERSONAL_FIELDS if getattr(row.details, field)]
        act.record(Deed("PartyRedacted", f"party/{party}", reason=reason, inputs={"fields": fields}))
    if not dry_run:
        remove_files(workspace, letters)


def _refuse_redaction(act: Act, row: PartyRow, reason: str) -> None:
    if not reason.strip():
        raise RefusedError("a redaction needs a reason", next_step="give it in words: --reason TEXT")
    if row.redacted_at:
        raise RefusedError(f"{row.number} was redacted on {row.redacted_at}")
    if row.number in act.unit.parties.excluded(act.now.date()):
        raise RefusedError(
            f"{row.number} stands on the exclusion list; without its name and tax number it would not be found there",
            next_step="redact it once the exclusion is over",
        )


def _redact_letters(act: Act, row: PartyRow) -> list[LetterRow]:
    """Removes a party from the letters sent to it, also as one who took the form, and from those that name it."""
    details = row.details
    recipients = [recipient_of(details)]
    for call in act.unit.calls.all():
        for taker in act.unit.calls.form_takers(call.call):
            if taker.email and details.email and taker.email.casefold() == details.email.casefold():
                recipients.append(recipient_of(PartyDetails(taker.name or "", email=taker.email)))
                act.unit.calls.redact_form_taker(call.call, taker.number)
    sent = [letter for recipient in recipients if recipient for letter in act.unit.letters.redact(recipient)]
    return sent + act.unit.letters.redact_cited(row.number)


def import_exclusions(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    exclusions: Sequence[Exclusion],
    source: dict[str, str],
    dry_run: bool = False,
) -> None:
    """Replaces the list of debarred parties; the list's content enters the trail as one salted hash."""
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("party.exclude")
        act.unit.parties.replace_exclusions(exclusions)
        salt, listed = new_salt(), canonical([[str(value) for value in item] for item in exclusions])
        act.unit.set(EXCLUSIONS_SALT, salt.hex())
        content = seal(salt, "exclusions", listed.decode())
        inputs = {"count": len(exclusions), "content": content, "source": source}
        act.record(Deed("ExclusionsImported", "exclusions", inputs=inputs))


def list_parties(workspace: Workspace) -> list[PartyRow]:
    """All parties in number order."""
    with workspace.read() as unit:
        return unit.parties.all()


def show_party(workspace: Workspace, party: str) -> PartyRow:
    """One party. Raises NotFoundError."""
    with workspace.read() as unit:
        return unit.parties.get(party)
