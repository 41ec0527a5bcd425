"""Parties, one number each, and the exclusion list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection

from pipgrants.domain.application import Exclusion, PartyDetails, match_name
from pipgrants.domain.duplicates import KnownParty
from pipgrants.domain.vocabulary import Language, PartyKind, PriorityGroup, SizeClass
from pipgrants.errors import NotFoundError
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows, read_rows
from pipgrants.store.merged import kept

Key = TypeVar("Key")

_DETAILS = (
    "name, tax_number, tax_country, country, legal_form, size_class, sector, territory, language, email, "
    "postal_address, priority_groups, data_consent_on, kind"
)
_PARTIES = f"SELECT number, salt, redacted_at, {_DETAILS} FROM party"

ASKED_AT_ONCE = 2_000
"""Parties that one query asks for at the most; SQLite limits the values of a statement."""


class PartyRow(NamedTuple):
    """A party on record."""

    number: str
    details: PartyDetails
    salt: bytes | None
    redacted_at: str | None


def _party(row: Sequence[Any]) -> PartyRow:
    number, salt, redacted_at, *details = row
    return PartyRow(number, _details(details), salt, redacted_at)


def _details(row: Sequence[object]) -> PartyDetails:
    name, tax_number, tax_country, country, form, size, sector, territory, language, email, postal, groups, on, kind = (
        None if value is None else str(value) for value in row
    )
    return PartyDetails(
        name=name or "",
        tax_number=tax_number,
        tax_country=tax_country,
        country=country,
        legal_form=form,
        size_class=SizeClass(size) if size else None,
        sector=sector,
        territory=territory,
        language=Language(language) if language else None,
        email=email,
        postal_address=postal,
        priority_groups=frozenset(PriorityGroup(word) for word in (groups or "").split()),
        data_consent_on=date.fromisoformat(on) if on else None,
        kind=PartyKind(kind) if kind else None,
    )


class Parties:
    """The parties of the workspace."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_number(self) -> int:
        """The first number not given yet."""
        row = self._connection.exec_driver_sql("SELECT count(*) FROM party").one()
        return int(row[0]) + 1

    def by_tax_number(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
        """Party numbers, in their order, by country and tax number as compared (see ``PartyDetails.tax_key``)."""
        by_country: defaultdict[str, list[str]] = defaultdict(list)
        for country, tax_number in keys:
            by_country[country].append(tax_number)
        query = "SELECT match_tax_number, number FROM party WHERE tax_country IS ? AND match_tax_number IN ({marks})"
        return _in_order(
            ((country, tax_number), number)
            for country, tax_numbers in by_country.items()
            for tax_number, number in self._asked(query, tax_numbers, country or None)
        )

    def by_name(self, names: Iterable[str]) -> dict[str, list[str]]:
        """Party numbers, in their order, by the compared form of the name."""
        return _in_order(self._asked("SELECT match_name, number FROM party WHERE match_name IN ({marks})", names))

    def add(self, rows: Sequence[tuple[str, PartyDetails, bytes]]) -> None:
        """Registers parties given as (number, details, salt)."""
        insert_rows(self._connection, tables.party, [_party_row(*row) for row in rows])

    def complete(self, rows: Iterable[tuple[str, PartyDetails]]) -> None:
        """Writes the tax numbers, facts and addresses of parties on record; their names stay."""
        for number, details in rows:
            self._connection.exec_driver_sql(
                "UPDATE party SET tax_number = ?, tax_country = ?, match_tax_number = ?, country = ?, legal_form = ?, "
                "size_class = ?, sector = ?, territory = ?, language = ?, email = ?, postal_address = ?, "
                "priority_groups = ?, data_consent_on = ? WHERE number = ?",
                (
                    details.tax_number,
                    details.tax_country,
                    _compared_tax_number(details),
                    *_facts_and_addresses(details),
                    " ".join(sorted(details.priority_groups)),
                    _day(details.data_consent_on),
                    number,
                ),
            )

    def get(self, number: str) -> PartyRow:
        """One party. Raises NotFoundError."""
        return self.many([number])[number]

    def many(self, numbers: Sequence[str]) -> dict[str, PartyRow]:
        """Parties by number. Raises NotFoundError for one that is not on record."""
        found = {row[0]: _party(row) for row in self._asked(f"{_PARTIES} WHERE number IN ({{marks}})", numbers)}
        for number in numbers:
            if number not in found:
                raise NotFoundError(f"there is no party {number}", next_step="pipgrants party list")
        return found

    def contacts(self, numbers: Sequence[str]) -> dict[str, PartyDetails]:
        """Name, address and e-mail of some parties, by number; a redacted one has none."""
        rows = self._asked("SELECT number, name, postal_address, email FROM party WHERE number IN ({marks})", numbers)
        return {number: PartyDetails(name or "", postal_address=at, email=email) for number, name, at, email in rows}

    def all(self) -> list[PartyRow]:
        """All parties in number order."""
        return [_party(row) for row in self._connection.exec_driver_sql(f"{_PARTIES} ORDER BY number")]

    def redact(self, number: str, at: str) -> None:
        """Removes the personal values and the salt that links their hashes to them."""
        self._connection.exec_driver_sql(
            "UPDATE party SET name = NULL, match_name = NULL, tax_number = NULL, match_tax_number = NULL, "
            "email = NULL, postal_address = NULL, salt = NULL, redacted_at = ? WHERE number = ?",
            (at, number),
        )

    def merged(self) -> dict[str, str]:
        """The numbers that were merged, each with the one that stands for it."""
        query = "SELECT party, kept FROM merged_party ORDER BY party"
        return dict(read_rows(self._connection, query))

    def merge(self, number: str, into: str) -> None:
        """Lets a number stand for another one, and for all that this one stood for."""
        self._connection.exec_driver_sql("UPDATE merged_party SET kept = ? WHERE kept = ?", (into, number))
        insert_rows(self._connection, tables.merged_party, [(number, into)])

    def separate(self, number: str) -> None:
        """Lets a number that was merged stand for itself again."""
        self._connection.exec_driver_sql("DELETE FROM merged_party WHERE party = ?", (number,))

    def known(self) -> Iterator[KnownParty]:
        """What every party is known by that was not redacted, under the number that stands for it."""
        query = (
            f"SELECT {kept('party.number')}, name, coalesce(tax_country, ''), match_tax_number FROM party "
            "WHERE name IS NOT NULL ORDER BY number"
        )
        return map(KnownParty._make, read_rows(self._connection, query))

    def is_any_without_tax_number(self) -> bool:
        """Whether the tax number of any party is not known, and its name is."""
        query = "SELECT EXISTS (SELECT 1 FROM party WHERE match_tax_number IS NULL AND name IS NOT NULL)"
        return bool(next(read_rows(self._connection, query))[0])

    def replace_exclusions(self, exclusions: Iterable[Exclusion]) -> None:
        """The list as last imported."""
        self._connection.exec_driver_sql("DELETE FROM exclusion")
        rows = [
            (
                number,
                match_name(item.name) if item.name else None,
                item.tax_country,
                item.tax_number,
                item.reason,
                item.until_on.isoformat() if item.until_on else None,
            )
            for number, item in enumerate(exclusions, 1)
        ]
        insert_rows(self._connection, tables.exclusion, rows)

    def exclusions(self) -> list[list[object]]:
        """The values of the exclusion list, row by row in the order of the file."""
        return [list(row) for row in self._connection.exec_driver_sql("SELECT * FROM exclusion ORDER BY number")]

    def excluded(self, on: date) -> frozenset[str]:
        """Numbers of the parties that stand on the exclusion list on a day.

        An entity is on it by its tax number, or by its name unless both tax numbers are known. A party that others
        were merged into is on it by theirs, too.
        """
        rows = self._connection.exec_driver_sql(
            "SELECT match_name, tax_country, tax_number FROM exclusion WHERE until IS NULL OR until >= ?",
            (on.isoformat(),),
        )
        listed = [PartyDetails(name or "", tax_number, country) for name, country, tax_number in rows]
        keys = {item.tax_key for item in listed if item.tax_key}
        found = {number for numbers in self.by_tax_number(sorted(keys)).values() for number in numbers}
        by_name = self.by_name(sorted({item.name for item in listed}))
        known = self._with_tax_numbers(number for numbers in by_name.values() for number in numbers)
        for item in listed:
            named = by_name.get(item.name, ())
            found.update(number for number in named if item.tax_key is None or number not in known)
        merged = self.merged()
        return frozenset(merged.get(number, number) for number in found)

    def _with_tax_numbers(self, numbers: Iterable[str]) -> frozenset[str]:
        """Those of some parties whose tax number is on record."""
        query = "SELECT number FROM party WHERE match_tax_number IS NOT NULL AND number IN ({marks})"
        return frozenset(row[0] for row in self._asked(query, numbers))

    def names(self, numbers: Iterable[str]) -> Mapping[str, str]:
        """Names by number, for showing; a redacted party has none."""
        rows = self._asked("SELECT number, name FROM party WHERE number IN ({marks})", numbers)
        return {number: name for number, name in rows if name}

    def _asked(self, query: str, keys: Iterable[str], *before: object) -> Iterator[tuple[Any, ...]]:
        """The rows of a query with ``IN ({marks})`` for some keys, which stand behind other values."""
        asked = list(keys)
        for start in range(0, len(asked), ASKED_AT_ONCE):
            batch = asked[start : start + ASKED_AT_ONCE]
            marks = ", ".join("?" * len(batch))
            yield from self._connection.exec_driver_sql(query.format(marks=marks), (*before, *batch))


def _in_order(pairs: Iterable[tuple[Key, str]]) -> dict[Key, list[str]]:
    """Numbers by what they were found by, the lowest first."""
    found: defaultdict[Key, list[str]] = defaultdict(list)
    for key, number in sorted(pairs, key=itemgetter(1)):
        found[key].append(number)
    return dict(found)


def _compared_tax_number(details: PartyDetails) -> str | None:
    return details.tax_key[1] if details.tax_key else None


def _facts_and_addresses(details: PartyDetails) -> tuple[str | None, ...]:
    return (
        details.country,
        details.legal_form,
        details.size_class,
        details.sector,
        details.territory,
        details.language,
        details.email,
        details.postal_address,
    )


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _party_row(number: str, details: PartyDetails, salt: bytes) -> tuple[object, ...]:
    return (
        number,
        details.name,
        match_name(details.name),
        details.tax_number,
        details.tax_country,
        *_facts_and_addresses(details),
        " ".join(sorted(details.priority_groups)),
        _day(details.data_consent_on),
        None,
        salt,
        _compared_tax_number(details),
        details.kind,
    )
