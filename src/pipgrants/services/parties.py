"""Parties: one number each. Numbers are found by tax number, else by name; redaction and the exclusion list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from pipgrants.domain.application import Application, Exclusion, PartyDetails
from pipgrants.domain.finding import Plain
from pipgrants.errors import NotFoundError, RefusedError
from pipgrants.services.correspondence import recipient_of
from pipgrants.services.letters import REDACTED, remove_files
from pipgrants.services.mailing import outbox_settings, remove_mail
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.calls import FormTaker
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


SUPPLIED_LATER = (
    "country",
    "legal_form",
    "size_class",
    "sector",
    "territory",
    "language",
    "email",
    "postal_address",
    "data_consent_on",
)
"""What an application supplies of a party on record where it was missing there; what is on record never changes so."""


class Registered(NamedTuple):
    """A party as it enters the record, or as an application completes what was on record."""

    number: str
    details: PartyDetails
    salt: bytes
    is_new: bool = True

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
        completed: dict[str, Plain] = {} if self.is_new else {"completed": True}
        return {**{name: value for name, value in plain.items() if value not in (None, [])}, **personal, **completed}


class Register:
    """Finds or gives the numbers of the parties of many applications within one act."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._next = unit.parties.next_number()
        self._by_tax: dict[tuple[str, str], str] = {}
        self._by_name: dict[str, str] = {}
        self._known: dict[str, PartyRow | Registered] = {}

    def look_up(self, applications: Iterable[Application]) -> None:
        """Finds which parties of some applications are on record already; those of the last batch must be by now."""
        details = [member.details for application in applications for member in application.members]
        taxes = {key for item in details if (key := _tax_key(item)) and key not in self._by_tax}
        names = {name for item in details if (name := match_name(item.name)) not in self._by_name}
        self._by_tax.update(self._unit.parties.by_tax_number(sorted(taxes)))
        self._by_name.update(self._unit.parties.by_name(sorted(names)))
        found = {number for item in details if (number := self._find(item)) is not None}
        self._known = {**self._unit.parties.many(sorted(found))}

    def numbers(self, application: Application) -> tuple[dict[str, str], list[Registered]]:
        """The number of each member of an application by its key, and the parties that are new or completed."""
        numbers: dict[str, str] = {}
        registered: list[Registered] = []
        for member in sorted(application.members, key=lambda member: not member.is_lead):
            number = self._find(member.details)
            party = self._new(member.details) if number is None else self._completed(number, member.details)
            if party is not None:
                registered.append(party)
                self._known[party.number] = party
                number = party.number
            if number is not None:
                self._remember(member.details, number)
                numbers[member.key] = number
        return numbers, registered

    def _new(self, details: PartyDetails) -> Registered:
        number = f"E-{self._next:06d}"
        self._next += 1
        return Registered(number, details, new_salt())

    def _completed(self, number: str, given: PartyDetails) -> Registered | None:
        """A party on record with what was missing there, None where nothing is supplied."""
        known = self._known[number]
        supplied = {
            name: getattr(given, name)
            for name in SUPPLIED_LATER
            if getattr(known.details, name) is None and getattr(given, name) is not None
        }
        if not supplied or known.salt is None:
            return None
        return Registered(number, known.details._replace(**supplied), known.salt, is_new=False)

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


def write_parties(act: Act, registered: Sequence[Registered]) -> None:
    """Writes new and completed parties; their entry is the one of the application that brought them."""
    act.unit.parties.add([(party.number, party.details, party.salt) for party in registered if party.is_new])
    act.unit.parties.complete([(party.number, party.details) for party in registered if not party.is_new])


def redact(
    workspace: Workspace, who: Identity, now: datetime, *, party: str, reason: str, dry_run: bool = False
) -> None:
    """Removes a party's personal values: its own, those of its letters and papers, and of the forms it took.

    The trail stays, with hashes that say nothing any more. Raises RefusedError without a reason, and while the party
    stands on the exclusion list: nobody would find it there by its name.
    """
    settings = outbox_settings(workspace)
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("party.redact")
        row = act.unit.parties.get(party)
        _refuse_redaction(act, row, reason)
        act.unit.parties.redact(party, instant_text(now))
        papers = act.unit.evidence.redact_issuer(row.details.name, REDACTED)
        letters = _redact_letters(act, row, reason)
        inputs: dict[str, object] = {
            "fields": [field for field in PERSONAL_FIELDS if getattr(row.details, field)],
            "letters": [letter.number for letter in letters],
            "papers": [list(paper) for paper in papers],
        }
        act.record(Deed("PartyRedacted", f"party/{party}", reason=reason, inputs=inputs))
    if not dry_run:
        remove_files(workspace, letters)
        remove_mail(workspace, settings, letters)


def redact_form_taker(
    workspace: Workspace, who: Identity, now: datetime, *, email: str, reason: str, dry_run: bool = False
) -> None:
    """Removes somebody who only took forms: the name and the address, from every call and the letters about it.

    Each form has its entry; no amendment is told to them any more. Raises NotFoundError where nobody took a form under
    the address, RefusedError without a reason, and where a party on record has the address: it is redacted whole.
    """
    settings = outbox_settings(workspace)
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("party.redact")
        _refuse_without_reason(reason)
        for row in act.unit.parties.all():
            if _is_same_address(row.details.email, email):
                raise RefusedError(
                    f"{email} is the address of {row.number}, whose forms are redacted with it",
                    next_step=f"pipgrants party redact {row.number} --reason TEXT",
                )
        taken = _forms_taken(act, email)
        if not taken:
            raise NotFoundError(f"nobody took a form under {email}", next_step="pipgrants party list shows the parties")
        letters = _redact_forms(act, taken, reason)
    if not dry_run:
        remove_files(workspace, letters)
        remove_mail(workspace, settings, letters)


def _refuse_without_reason(reason: str) -> None:
    if not reason.strip():
        raise RefusedError("a redaction needs a reason", next_step="give it in words: --reason TEXT")


def _refuse_redaction(act: Act, row: PartyRow, reason: str) -> None:
    _refuse_without_reason(reason)
    if row.redacted_at:
        raise RefusedError(f"{row.number} was redacted on {row.redacted_at}")
    if row.number in act.unit.parties.excluded(act.now.date()):
        raise RefusedError(
            f"{row.number} stands on the exclusion list; without its name and tax number it would not be found there",
            next_step="redact it once the exclusion is over",
        )


def _redact_letters(act: Act, row: PartyRow, reason: str) -> list[LetterRow]:
    """Removes a party from the letters sent to it, also as one who took forms, and from those that name it."""
    recipient = recipient_of(row.details)
    own = act.unit.letters.redact(recipient) if recipient else []
    forms = _redact_forms(act, _forms_taken(act, row.details.email), reason)
    return own + forms + act.unit.letters.redact_cited(row.number)


def _forms_taken(act: Act, email: str | None) -> list[tuple[str, FormTaker]]:
    """The calls whose form somebody took under an address, each with what is kept of it."""
    return [
        (call.call, taker)
        for call in act.unit.calls.all()
        for taker in act.unit.calls.form_takers(call.call)
        if _is_same_address(taker.email, email)
    ]


def _is_same_address(one: str | None, other: str | None) -> bool:
    return bool(one and other) and str(one).casefold() == str(other).casefold()


def _redact_forms(act: Act, taken: Iterable[tuple[str, FormTaker]], reason: str) -> list[LetterRow]:
    """Removes who took some forms, and from the letters that told them of amendments; returns those letters."""
    letters: list[LetterRow] = []
    for call, taker in taken:
        act.unit.calls.redact_form_taker(call, taker.number)
        recipient = recipient_of(PartyDetails(taker.name or "", email=taker.email))
        redacted = act.unit.letters.redact(recipient) if recipient else []
        letters += redacted
        inputs = {
            "number": taker.number,
            "fields": ["name", "email"],
            "letters": [letter.number for letter in redacted],
        }
        act.record(Deed("FormTakerRedacted", f"call/{call}", reason=reason, inputs=inputs, call=call))
    return letters


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
        salt = new_salt()
        act.unit.set(EXCLUSIONS_SALT, salt.hex())
        inputs = {"count": len(exclusions), "content": sealed_exclusions(act.unit, salt), "source": source}
        act.record(Deed("ExclusionsImported", "exclusions", inputs=inputs))


def sealed_exclusions(unit: Unit, salt: bytes) -> str | None:
    """The salted hash of the exclusion list as it is stored."""
    return seal(salt, "exclusions", canonical(unit.parties.exclusions()).decode())


def list_parties(workspace: Workspace) -> list[PartyRow]:
    """All parties in number order."""
    with workspace.read() as unit:
        return unit.parties.all()


def show_party(workspace: Workspace, party: str) -> PartyRow:
    """One party. Raises NotFoundError."""
    with workspace.read() as unit:
        return unit.parties.get(party)
