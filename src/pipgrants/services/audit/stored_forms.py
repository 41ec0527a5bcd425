"""Stored rows in the form in which entries state them: personal values as salted hashes, long texts as hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import TypeAlias

import orjson

from pipgrants.domain.application import match_name, match_tax_number
from pipgrants.services.activities import SEALED_OF_ACTIVITIES
from pipgrants.services.appeals import GROUNDS
from pipgrants.services.application_records import paper_label
from pipgrants.services.audit.stated import POSITIONS, SEALED, Values
from pipgrants.services.contracts import CONFIDENTIAL
from pipgrants.services.evaluation import sealed_comments
from pipgrants.services.evaluators import PERSONAL_OF_EVALUATORS
from pipgrants.services.letters import REDACTED
from pipgrants.services.party_register import PERSONAL_FIELDS
from pipgrants.services.technical_team import PERSONAL_OF_TEAMS
from pipgrants.store.stored import Row
from pipgrants.trail.canonical import digest
from pipgrants.trail.sealing import seal

Form: TypeAlias = Callable[[Values], None]
"""Brings one row to its form, in place."""


class StoredForms:
    """Brings the rows of each table to the form of what is stated; ``paper_salt`` is that of the papers."""

    def __init__(self, paper_salt: bytes) -> None:
        self._paper_salt = paper_salt
        self._forms: dict[str, Form] = {
            "activity": _sealing("activity", *SEALED_OF_ACTIVITIES),
            "actor": _sealing("actor", "name"),
            "appeal": _sealing_text("appeal", "grounds", GROUNDS),
            "clarification_answer": _sealing_text("clarification_answer", "text", "answer"),
            "evaluation": _evaluation,
            "evaluator_profile": _sealing("evaluator_profile", *PERSONAL_OF_EVALUATORS),
            "evidence": self._evidence,
            "expenditure": _sealing("expenditure", "document", "description"),
            "service_contract": _sealing("service_contract", *CONFIDENTIAL),
            "group_conflict": _sealing("group_conflict", "about"),
            "group_conflict_step": _sealing("group_conflict_step", "mediator", "statement"),
            "firm_registration": _sealing("firm_registration", "figures"),
            "form_taker": _sealing("form_taker", "name", "email"),
            "letter": _letter,
            "opportunity": _sealing("opportunity", "firms", "description"),
            "measurement": _sealing_text("measurement", "content", "content"),
            "package": _package,
            "participation": _sealing("participation", "figures"),
            "party": _party,
            "team_member": _sealing("team_member", *PERSONAL_OF_TEAMS),
        }

    def of(self, table: str, rows: Iterable[Row]) -> list[Values]:
        """Rows of a table as entries would state them."""
        formed = list(map(list, rows))
        form = self._forms.get(table)
        if form is not None:
            for values in formed:
                form(values)
        return formed

    def _evidence(self, row: Values) -> None:
        """Issuer, file and reference as the one hash that vouches for them; nothing where they were redacted."""
        issuer, file_name, reference = row[_ISSUER], row[_FILE_NAME], row[_REFERENCE]
        is_redacted = issuer == REDACTED and file_name is None and isinstance(reference, str)
        row[_ISSUER] = None if is_redacted else paper_label(self._paper_salt, issuer, file_name, reference)
        row[_FILE_NAME] = row[_REFERENCE] = None


def _sealing(table: str, *fields: str) -> Form:
    """Hashes personal texts with the salt of the row; those without a salt fit no entry, nor does one without texts."""
    salt_place = POSITIONS[table]["salt"]
    places = [(POSITIONS[table][field], field) for field in fields]

    def sealed(row: Values) -> None:
        salt = row[salt_place]
        if salt is None:
            return
        for place, field in places:
            if isinstance(row[place], str):
                row[place], row[salt_place] = seal(salt, field, row[place]), None

    return sealed


_ISSUER, _FILE_NAME, _REFERENCE = (POSITIONS["evidence"][name] for name in ("issuer", "file_name", "reference"))
_NAME, _MATCH_NAME = POSITIONS["party"]["name"], POSITIONS["party"]["match_name"]
_TAX_NUMBER, _MATCH_TAX_NUMBER = POSITIONS["party"]["tax_number"], POSITIONS["party"]["match_tax_number"]
_DATA, _RECIPIENT, _SALT = (POSITIONS["letter"][name] for name in ("data", "recipient", "salt"))
_CONTENT = POSITIONS["package"]["content"]

_seal_party = _sealing("party", *PERSONAL_FIELDS)


def _party(row: Values) -> None:
    """What names and tax numbers are compared by follows from them, and no entry says it."""
    name, tax_number = row[_NAME], row[_TAX_NUMBER]
    if row[_MATCH_NAME] == (None if name is None else match_name(name)):
        row[_MATCH_NAME] = None
    if row[_MATCH_TAX_NUMBER] == (match_tax_number(tax_number or "") or None):
        row[_MATCH_TAX_NUMBER] = None
    _seal_party(row)


def _letter(row: Values) -> None:
    """The data as their hash. Without a salt the recipient was redacted, and nothing vouches for what is left of it."""
    row[_DATA] = hashlib.sha256(row[_DATA]).hexdigest()
    salt, row[_SALT] = row[_SALT], None
    if isinstance(row[_RECIPIENT], str):
        row[_RECIPIENT] = None if salt is None else seal(salt, "recipient", row[_RECIPIENT])


_COMMENTS, _COMMENTS_SALT = (POSITIONS["evaluation"][name] for name in ("comments", "salt"))


def _sealing_text(table: str, column: str, field: str) -> Form:
    """Hashes a text that always has a salt, as its entry names the field."""
    place, salt_place = POSITIONS[table][column], POSITIONS[table]["salt"]

    def sealed(row: Values) -> None:
        salt, text = row[salt_place], row[place]
        if isinstance(salt, bytes) and isinstance(text, str):
            row[place], row[salt_place] = seal(salt, field, text), SEALED

    return sealed


def _evaluation(row: Values) -> None:
    """Comments by their salted hashes; they have no salt where an entry of an older format holds them as written."""
    salt, stored = row[_COMMENTS_SALT], row[_COMMENTS]
    if not isinstance(salt, bytes) or not isinstance(stored, str):
        return
    comments = orjson.loads(stored)
    if comments and _sorted_json(comments) == stored:
        row[_COMMENTS], row[_COMMENTS_SALT] = _sorted_json(sealed_comments(comments, salt)), SEALED


def _sorted_json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _package(row: Values) -> None:
    try:
        row[_CONTENT] = digest(orjson.loads(row[_CONTENT]))
    except (TypeError, ValueError):
        row[_CONTENT] = hashlib.sha256(bytes(row[_CONTENT])).hexdigest()
