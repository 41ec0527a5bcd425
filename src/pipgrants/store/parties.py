"""Parties, one number each, and the exclusion list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection

from pipgrants.domain.application import Exclusion, PartyDetails
from pipgrants.domain.vocabulary import Language, PriorityGroup, SizeClass
from pipgrants.errors import NotFoundError
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows

_DETAILS = (
    "name, tax_number, tax_country, country, legal_form, size_class, sector, territory, language, email, "
    "postal_address, priority_groups, data_consent_on"
)
_PARTIES = f"SELECT number, salt, redacted_at, {_DETAILS} FROM party"

ASKED_AT_ONCE = 2_000
"""Parties that one query asks for at the most; SQLite limits the values of a statement."""


def match_name(name: str) -> str:
    """The form in which names are compared: without case and outer or repeated spaces."""
    return " ".join(name.split()).casefold()


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
    name, tax_number, tax_country, country, form, size, sector, territory, language, email, address, groups, on = (
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
        postal_address=address,
        priority_groups=frozenset(PriorityGroup(word) for word in (groups or "").split()),
        data_consent_on=date.fromisoformat(on) if on else None,
    )


class Parties:
    """The parties of the workspace."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_number(self) -> int:
        """The first number not given yet."""
        row = self._connection.exec_driver_sql("SELECT count(*) FROM party").one()
        return int(row[0]) + 1

    def by_tax_number(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Party numbers by (country, tax number), for those on record; the country is empty where none is given."""
        by_country: defaultdict[str, list[str]] = defaultdict(list)
        for country, tax_number in keys:
            by_country[country].append(tax_number)
        query = (
            "SELECT tax_number, min(number) FROM party WHERE tax_country IS ? AND tax_number IN ({marks}) "
            "GROUP BY tax_number"
        )
        return {
            (country, tax_number): number
            for country, tax_numbers in by_country.items()
            for tax_number, number in self._asked(query, tax_numbers, country or None)
        }

    def by_name(self, names: Iterable[str]) -> dict[str, str]:
        """Party numbers by the compared form of the name, for those on record; the lowest number of several."""
        query = "SELECT match_name, min(number) FROM party WHERE match_name IN ({marks}) GROUP BY match_name"
        return dict(self._asked(query, names))

    def add(self, rows: Sequence[tuple[str, PartyDetails, bytes]]) -> None:
        """Registers parties given as (number, details, salt)."""
        insert_rows(self._connection, tables.party, [_party_row(*row) for row in rows])

    def complete(self, rows: Iterable[tuple[str, PartyDetails]]) -> None:
        """Writes the facts and addresses of parties on record; their names, tax numbers and groups stay."""
        for number, details in rows:
            self._connection.exec_driver_sql(
                "UPDATE party SET country = ?, legal_form = ?, size_class = ?, sector = ?, territory = ?, "
                "language = ?, email = ?, postal_address = ?, data_consent_on = ? WHERE number = ?",
                (*_facts_and_addresses(details), _day(details.data_consent_on), number),
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
            "UPDATE party SET name = NULL, match_name = NULL, tax_number = NULL, email = NULL, postal_address = NULL, "
            "salt = NULL, redacted_at = ? WHERE number = ?",
            (at, number),
        )

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
        """Numbers of the parties that stand on the exclusion list on a day."""
        rows = self._connection.exec_driver_sql(
            "SELECT party.number FROM exclusion JOIN party ON party.tax_country = exclusion.tax_country "
            "AND party.tax_number = exclusion.tax_number WHERE exclusion.until IS NULL OR exclusion.until >= ? "
            "UNION SELECT party.number FROM exclusion JOIN party ON party.match_name = exclusion.match_name "
            "WHERE exclusion.tax_number IS NULL AND (exclusion.until IS NULL OR exclusion.until >= ?)",
            (on.isoformat(), on.isoformat()),
        )
        return frozenset(row[0] for row in rows)

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
    )
