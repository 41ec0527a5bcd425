"""Stored rows in the form in which entries state them: personal values as salted hashes, long texts as hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from pipgrants.services.audit.stated import POSITIONS, Values
from pipgrants.services.letters import REDACTED
from pipgrants.services.parties import PERSONAL_FIELDS
from pipgrants.services.receive import paper_label
from pipgrants.store.parties import match_name
from pipgrants.trail.canonical import digest
from pipgrants.trail.sealing import seal


class StoredForms:
    """Brings the rows of each table to the form of what is stated; ``paper_salt`` is that of the papers."""

    def __init__(self, paper_salt: bytes) -> None:
        self._paper_salt = paper_salt
        self._forms: dict[str, Callable[[list[Any]], None]] = {
            "actor": lambda row: _seal("actor", row, "name"),
            "evidence": self._evidence,
            "form_taker": lambda row: _seal("form_taker", row, "name", "email"),
            "letter": _letter,
            "package": _package,
            "party": _party,
        }

    def of(self, table: str, rows: Iterable[Values]) -> list[Values]:
        """Rows of a table as entries would state them."""
        form = self._forms.get(table)
        if form is None:
            return list(rows)
        formed = []
        for row in rows:
            values = list(row)
            form(values)
            formed.append(tuple(values))
        return formed

    def _evidence(self, row: list[Any]) -> None:
        """Issuer, file and reference as the one hash that vouches for them; nothing where they were redacted."""
        place = POSITIONS["evidence"]
        issuer, file_name, reference = row[place["issuer"]], row[place["file_name"]], row[place["reference"]]
        is_redacted = issuer == REDACTED and file_name is None
        row[place["issuer"]] = None if is_redacted else paper_label(self._paper_salt, issuer, file_name, reference)
        row[place["file_name"]] = row[place["reference"]] = None


def _seal(table: str, row: list[Any], *fields: str) -> None:
    """Hashes personal values with the salt of the row; values without a salt fit no entry, nor one without values."""
    place = POSITIONS[table]
    salt = row[place["salt"]]
    if salt is None or all(row[place[field]] is None for field in fields):
        return
    row[place["salt"]] = None
    for field in fields:
        row[place[field]] = seal(salt, field, row[place[field]])


def _party(row: list[Any]) -> None:
    place = POSITIONS["party"]
    name = row[place["name"]]
    if row[place["match_name"]] == (None if name is None else match_name(str(name))):
        row[place["match_name"]] = None
    _seal("party", row, *PERSONAL_FIELDS)


def _letter(row: list[Any]) -> None:
    """The data as their hash. Without a salt the recipient was redacted, and nothing vouches for what is left of it."""
    place = POSITIONS["letter"]
    row[place["data"]] = hashlib.sha256(row[place["data"]]).hexdigest()
    salt, row[place["salt"]] = row[place["salt"]], None
    row[place["recipient"]] = None if salt is None else seal(salt, "recipient", row[place["recipient"]])


def _package(row: list[Any]) -> None:
    content = POSITIONS["package"]["content"]
    try:
        row[content] = digest(orjson.loads(row[content]))
    except (TypeError, ValueError):
        row[content] = hashlib.sha256(bytes(row[content])).hexdigest()
