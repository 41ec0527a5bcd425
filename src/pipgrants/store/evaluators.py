"""The profiles of evaluators; the salt of one whose personal values were redacted is gone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from pipgrants.domain.evaluators import Organisation, Profile, Tie
from pipgrants.domain.vocabulary import Language, TieKind
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows


class ProfileRow(NamedTuple):
    """A profile with the secret salt of its personal values."""

    profile: Profile
    salt: bytes | None


class Evaluators:
    """What is on record of evaluators."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, rows: Iterable[ProfileRow]) -> None:
        """Keeps profiles in the place of those before."""
        kept = list(rows)
        for row in kept:
            self._connection.exec_driver_sql(
                "DELETE FROM evaluator_profile WHERE evaluator = ?", (row.profile.evaluator,)
            )
        insert_rows(self._connection, tables.evaluator_profile, (_values(row) for row in kept))

    def all(self) -> dict[str, ProfileRow]:
        """Every profile by evaluator."""
        rows = self._connection.exec_driver_sql("SELECT * FROM evaluator_profile ORDER BY evaluator")
        return {row[0]: _profile(*row) for row in rows}

    def profiles(self, names: Iterable[str]) -> dict[str, Profile]:
        """The profiles of some people, by short name; nothing is known of one without."""
        known = self.all()
        return {name: known[name].profile if name in known else Profile(name) for name in sorted(names)}


def ties_text(ties: Iterable[Tie]) -> str | None:
    """Ties as they are stored and sealed: canonical JSON; None without any."""
    lines = [[tie.kind.value, *tie.organisation, tie.until_on.isoformat() if tie.until_on else None] for tie in ties]
    return orjson.dumps(lines).decode() if lines else None


def _values(row: ProfileRow) -> tuple[object, ...]:
    profile = row.profile
    return (
        profile.evaluator,
        " ".join(profile.sectors),
        profile.territory,
        " ".join(profile.languages),
        profile.load_limit,
        profile.tax_country,
        profile.institution,
        profile.tax_number,
        profile.email,
        profile.postal_address,
        ties_text(profile.ties),
        row.salt,
    )


def _profile(
    evaluator: str,
    sectors: str,
    territory: str | None,
    languages: str,
    load_limit: int | None,
    tax_country: str | None,
    institution: str | None,
    tax_number: str | None,
    email: str | None,
    postal_address: str | None,
    ties: str | None,
    salt: bytes | None,
) -> ProfileRow:
    profile = Profile(
        evaluator=evaluator,
        sectors=tuple(sectors.split()),
        territory=territory,
        languages=tuple(map(Language, languages.split())),
        load_limit=load_limit,
        institution=institution,
        tax_country=tax_country,
        tax_number=tax_number,
        email=email,
        postal_address=postal_address,
        ties=tuple(_tie(line) for line in orjson.loads(ties)) if ties else (),
    )
    return ProfileRow(profile, salt)


def _tie(line: list[Any]) -> Tie:
    kind, name, country, number, until_on = line
    return Tie(TieKind(kind), Organisation(name, country, number), date.fromisoformat(until_on) if until_on else None)
