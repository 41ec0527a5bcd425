"""Stored rows in the form in which entries state them: personal values as salted hashes, long texts as hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson

from pipgrants.services.letters import REDACTED
from pipgrants.services.parties import PERSONAL_FIELDS
from pipgrants.services.receive import paper_label
from pipgrants.services.stated import POSITIONS, Values
from pipgrants.store.parties import match_name
from pipgrants.trail.canonical import digest
from pipgrants.trail.entry import instant_text
from pipgrants.trail.sealing import seal


class StoredForms:
    """Brings the rows of each table to the form of what is stated; ``paper_salt`` is that of the papers."""

    def __init__(self, paper_salt: bytes) -> None:
        self._paper_salt = paper_salt
        self._forms: dict[str, Callable[[Values], None]] = {
            "actor": lambda row: _seal("actor", row, "name"),
            "actor_role": lambda row: _in_utc("actor_role", row, "since", "until"),
            "evidence": self._evidence,
            "form_taker": lambda row: _seal("form_taker", row, "name", "email"),
            "letter": _letter,
            "package": _package,
            "party": _party,
            "proposal": lambda row: _in_utc("proposal", row, "received_at"),
        }

    def of(self, table: str, row: tuple[Any, ...]) -> Values:
        """A row of a table as an entry would state it."""
        values = list(row)
        form = self._forms.get(table)
        if form is not None:
            form(values)
        return values

    def _evidence(self, row: Values) -> None:
        """Issuer, file and reference as the one hash that vouches for them; nothing where they were redacted."""
        place = POSITIONS["evidence"]
        issuer, file_name, reference = row[place["issuer"]], row[place["file_name"]], row[place["reference"]]
        is_redacted = issuer == REDACTED and file_name is None
        row[place["issuer"]] = None if is_redacted else paper_label(self._paper_salt, issuer, file_name, reference)
        row[place["file_name"]] = row[place["reference"]] = None


def _seal(table: str, row: Values, *fields: str) -> None:
    """Hashes personal values with the salt of the row; without a salt they stand as they are, and fit no entry."""
    place = POSITIONS[table]
    salt, row[place["salt"]] = row[place["salt"]], None
    if salt is not None:
        for field in fields:
            row[place[field]] = seal(salt, field, row[place[field]])


def _in_utc(table: str, row: Values, *fields: str) -> None:
    """Instants as entries write them; what is no instant stays as it is."""
    for field in fields:
        place = POSITIONS[table][field]
        try:
            row[place] = row[place] and instant_text(datetime.fromisoformat(row[place]))
        except (TypeError, ValueError):
            continue


def _party(row: Values) -> None:
    place = POSITIONS["party"]
    name = row[place["name"]]
    if row[place["match_name"]] == (None if name is None else match_name(str(name))):
        row[place["match_name"]] = None
    _seal("party", row, *PERSONAL_FIELDS)


def _letter(row: Values) -> None:
    """The data as their hash. Without a salt the recipient was redacted, and nothing vouches for what is left of it."""
    place = POSITIONS["letter"]
    row[place["data"]] = hashlib.sha256(row[place["data"]]).hexdigest()
    if row[place["salt"]] is None:
        row[place["recipient"]] = None
    _seal("letter", row, "recipient")


def _package(row: Values) -> None:
    content = POSITIONS["package"]["content"]
    try:
        row[content] = digest(orjson.loads(row[content]))
    except (TypeError, ValueError):
        row[content] = hashlib.sha256(bytes(row[content])).hexdigest()
