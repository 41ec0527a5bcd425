"""One number for each party: found by its tax number, else by its name, or given anew.

An entity on record is the one that has the same tax number, compared by its letters and digits alone. Without such a
one it is the only one on record under the same name, unless both tax numbers are known; it keeps its number, and an
application supplies the tax number later. Without a tax number of its own an entity is the first of its name on record.
Whatever is found of a party that was merged is the one that it was merged into.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pipgrants.domain.application import Application, PartyDetails, match_name
from pipgrants.domain.finding import Plain
from pipgrants.services.workspace import Act
from pipgrants.store.parties import PartyRow
from pipgrants.store.unit import Unit
from pipgrants.trail.sealing import new_salt, seal

PERSONAL_FIELDS = ("name", "tax_number", "email", "postal_address")
"""What redaction removes, and what enters the trail as salted hashes."""

SUPPLIED_LATER = (
    "tax_number",
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

COMPARED = (
    "name",
    "country",
    "legal_form",
    "size_class",
    "sector",
    "territory",
    "language",
    "email",
    "postal_address",
    "priority_groups",
)
"""What an application may say otherwise of a party on record: not its tax number, nor the day of its consent."""


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
            "kind": details.kind,
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


class Difference(NamedTuple):
    """What a member of an application says of itself that its party on record does not: both in words."""

    member: str
    party: str
    field: str
    written: str
    on_record: str


class Register:
    """Finds or gives the numbers of the parties of many applications within one act."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._next = unit.parties.next_number()
        self._merged = unit.parties.merged()
        self._by_tax: dict[tuple[str, str], str] = {}
        self._by_name: defaultdict[str, list[str]] = defaultdict(list)
        self._known: dict[str, PartyRow | Registered] = {}

    def look_up(self, details: Iterable[PartyDetails]) -> None:
        """Finds which of some entities are on record already; those looked up before must be by now."""
        asked = list(details)
        taxes = {key for item in asked if (key := item.tax_key) and key not in self._by_tax}
        names = {name for item in asked if (name := match_name(item.name)) not in self._by_name}
        found = self._unit.parties.by_tax_number(sorted(taxes))
        named = self._unit.parties.by_name(sorted(names))
        self._by_tax.update({key: self._kept(numbers)[0] for key, numbers in found.items()})
        self._by_name.update({name: self._kept(numbers) for name, numbers in named.items()})
        numbers = {self._by_tax[key] for item in asked if (key := item.tax_key) in self._by_tax}
        numbers.update(number for item in asked for number in self._by_name.get(match_name(item.name), ()))
        self._known = {**self._unit.parties.many(sorted(numbers))}

    def _kept(self, numbers: Iterable[str]) -> list[str]:
        """The numbers that stand for some, each once."""
        return list(dict.fromkeys(self._merged.get(number, number) for number in numbers))

    def numbers(self, application: Application) -> tuple[dict[str, str], list[Registered]]:
        """The number of each member of an application by its key, and the parties that are new or completed."""
        numbers: dict[str, str] = {}
        registered: list[Registered] = []
        for member in sorted(application.members, key=lambda member: not member.is_lead):
            number = self.find(member.details)
            party = self.add(member.details) if number is None else self._completed(number, member.details)
            if party is not None:
                registered.append(party)
                number = party.number
            numbers[member.key] = str(number)
        return numbers, registered

    def differences(self, application: Application) -> Iterator[Difference]:
        """What the members of an application, all on record, say otherwise of themselves than the record does."""
        for member in application.members:
            number = str(self.find(member.details))
            for told in differences(self._known[number].details, member.details):
                yield Difference(member.key, number, *told)

    def find(self, details: PartyDetails) -> str | None:
        """The number of an entity that was looked up, None where it is not on record."""
        key = details.tax_key
        named = self._by_name.get(match_name(details.name), [])
        if key is None:
            return named[0] if named else None
        if key in self._by_tax:
            return self._by_tax[key]
        is_nameless = len(named) == 1 and self._known[named[0]].details.tax_key is None
        return named[0] if is_nameless else None

    def add(self, details: PartyDetails) -> Registered:
        """Gives an entity that is not on record the next number."""
        party = Registered(f"E-{self._next:06d}", details, new_salt())
        self._next += 1
        self._by_name[match_name(details.name)].append(party.number)
        return self._remembered(party)

    def _completed(self, number: str, given: PartyDetails) -> Registered | None:
        """A party on record with what was missing there, None where nothing is supplied."""
        known = self._known[number]
        details = completed(known.details, given)
        if details == known.details or known.salt is None:
            return None
        return self._remembered(Registered(number, details, known.salt, is_new=False))

    def _remembered(self, party: Registered) -> Registered:
        self._known[party.number] = party
        if party.details.tax_key is not None:
            self._by_tax[party.details.tax_key] = party.number
        return party


def completed(known: PartyDetails, given: PartyDetails) -> PartyDetails:
    """What is on record of a party, with what is given of it where it was missing there."""
    supplied = {
        name: getattr(given, name)
        for name in SUPPLIED_LATER
        if getattr(known, name) is None and getattr(given, name) is not None
    }
    if "tax_number" in supplied:
        supplied["tax_country"] = given.tax_country
    return known._replace(**supplied)


def differences(known: PartyDetails, given: PartyDetails) -> Iterator[tuple[str, str, str]]:
    """What is given of a party otherwise than it is on record: the field, what is given, and what is on record."""
    for field in COMPARED if known != given else ():
        written, on_record = getattr(given, field), getattr(known, field)
        if on_record is not None and _compared(written) not in (None, frozenset(), _compared(on_record)):
            yield field, _in_words(written), _in_words(on_record)


def _compared(value: object) -> object:
    """Texts are compared as names are."""
    return match_name(value) if isinstance(value, str) else value


def _in_words(value: object) -> str:
    return (", ".join(sorted(value)) or "-") if isinstance(value, frozenset) else str(value)


def write_parties(act: Act, registered: Sequence[Registered]) -> None:
    """Writes new and completed parties; their entry is the one of the application that brought them."""
    act.unit.parties.add([(party.number, party.details, party.salt) for party in registered if party.is_new])
    act.unit.parties.complete([(party.number, party.details) for party in registered if not party.is_new])
