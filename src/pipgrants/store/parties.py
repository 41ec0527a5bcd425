"""Parties, one number each, and the exclusion list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from pipgrants.domain.application import Exclusion, PartyDetails
from pipgrants.domain.vocabulary import Language, PriorityGroup, SizeClass
from pipgrants.errors import NotFoundError
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows, read_rows

_DETAILS = (
    "name, tax_number, tax_country, country, legal_form, size_class, sector, territory, language, email, "
    "postal_address, priority_groups, data_consent_on"
)

NAMES_BATCH = 2_000


def match_name(name: str) -> str:
    """The form in which names are compared: without case and outer or repeated spaces."""
    return " ".join(name.split()).casefold()


class PartyRow(NamedTuple):
    """A party on record."""

    number: str
    details: PartyDetails
    salt: bytes | None
    redacted_at: str | None


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
        found: dict[tuple[str, str], str] = {}
        for country, tax_number in keys:
            row = self._connection.exec_driver_sql(
                "SELECT min(number) FROM party WHERE tax_country IS ? AND tax_number = ?", (country or None, tax_number)
            ).one()
            if row[0]:
                found[country, tax_number] = row[0]
        return found

    def by_name(self, names: Iterable[str]) -> dict[str, str]:
        """Party numbers by the compared form of the name, for those on record; the lowest number of several."""
        found: dict[str, str] = {}
        for name in names:
            row = self._connection.exec_driver_sql("SELECT min(number) FROM party WHERE match_name = ?", (name,)).one()
            if row[0]:
                found[name] = row[0]
        return found

    def add(self, rows: Sequence[tuple[str, PartyDetails, bytes]]) -> None:
        """Registers parties given as (number, details, salt)."""
        insert_rows(self._connection, tables.party, [_party_row(*row) for row in rows])

    def complete(self, rows: Iterable[tuple[str, PartyDetails]]) -> None:
        """Writes the facts and addresses of parties on record; their names, tax numbers and groups stay."""
        for number, details in rows:
            self._connection.exec_driver_sql(
                "UPDATE party SET country = ?, legal_form = ?, size_class = ?, sector = ?, territory = ?, "
                "language = ?, email = ?, postal_address = ?, data_consent_on = ? WHERE number = ?",
                (
                    details.country,
                    details.legal_form,
                    details.size_class,
                    details.sector,
                    details.territory,
                    details.language,
                    details.email,
                    details.postal_address,
                    _day(details.data_consent_on),
                    number,
                ),
            )

    def get(self, number: str) -> PartyRow:
        """One party. Raises NotFoundError."""
        return self.many([number])[number]

    def many(self, numbers: Sequence[str]) -> dict[str, PartyRow]:
        """Parties by number. Raises NotFoundError for one that is not on record."""
        marks = ", ".join("?" * len(numbers))
        query = f"SELECT number, salt, redacted_at, {_DETAILS} FROM party WHERE number IN ({marks})"
        rows = self._connection.exec_driver_sql(query, tuple(numbers)).all()
        found = {row[0]: PartyRow(row[0], _details(row[3:]), row[1], row[2]) for row in rows}
        for number in numbers:
            if number not in found:
                raise NotFoundError(f"there is no party {number}", next_step="pipgrants party list")
        return found

    def contacts(self, numbers: Sequence[str]) -> dict[str, PartyDetails]:
        """Name, address and e-mail of some parties, by number; a redacted one has none."""
        marks = ", ".join("?" * len(numbers))
        query = f"SELECT number, name, postal_address, email FROM party WHERE number IN ({marks})"
        rows = read_rows(self._connection, query, numbers)
        return {number: PartyDetails(name or "", postal_address=at, email=email) for number, name, at, email in rows}

    def all(self) -> list[PartyRow]:
        """All parties in number order."""
        query = f"SELECT number, salt, redacted_at, {_DETAILS} FROM party ORDER BY number"
        rows = self._connection.exec_driver_sql(query)
        return [PartyRow(row[0], _details(row[3:]), row[1], row[2]) for row in rows]

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
        wanted = list(numbers)
        names: dict[str, str] = {}
        for start in range(0, len(wanted), NAMES_BATCH):
            batch = tuple(wanted[start : start + NAMES_BATCH])
            marks = ", ".join("?" * len(batch))
            rows = self._connection.exec_driver_sql(f"SELECT number, name FROM party WHERE number IN ({marks})", batch)
            names.update((row[0], row[1]) for row in rows if row[1])
        return names


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _party_row(number: str, details: PartyDetails, salt: bytes) -> tuple[object, ...]:
    return (
        number,
        details.name,
        match_name(details.name),
        details.tax_number,
        details.tax_country,
        details.country,
        details.legal_form,
        details.size_class,
        details.sector,
        details.territory,
        details.language,
        details.email,
        details.postal_address,
        " ".join(sorted(details.priority_groups)),
        _day(details.data_consent_on),
        None,
        salt,
    )
