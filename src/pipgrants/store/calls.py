"""Programmes and calls with their states, the definitions they run from, questions, and who took the form."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection

from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import ConcurrentChangeError, NotFoundError, TrailIntegrityError
from pipgrants.money import from_minor, to_minor
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows
from pipgrants.trail.canonical import text_hash


class DefinitionRow(NamedTuple):
    """A definition as activated: its hash names it."""

    hash: str
    kind: str
    name: str
    content: str


class ProgrammeRow(NamedTuple):
    """A programme on record."""

    programme: str
    definition_hash: str
    machine_hash: str
    state: str


class CallRow(NamedTuple):
    """A call on record; ``stage`` is the one being selected now."""

    call: str
    programme: str
    definition_hash: str
    machine_hash: str
    proposal_machine_hash: str
    templates_hash: str
    number_prefix: str
    state: str
    stage: Stage
    currency: str
    envelope_amount: Decimal
    scores_closed_at: str | None
    released_at: str | None


class QuestionRow(NamedTuple):
    """A numbered public question with its answer."""

    number: int
    question: str
    asked_at: str
    answer: str | None
    answered_at: str | None


class FormTaker(NamedTuple):
    """Somebody who took the form and is told of amendments."""

    number: int
    name: str | None
    email: str | None
    language: str


class Calls:
    """Programmes, calls and their definitions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def store_definitions(self, rows: Iterable[DefinitionRow]) -> None:
        """Keeps definitions once, by hash."""
        for row in rows:
            self._connection.exec_driver_sql("INSERT OR IGNORE INTO definition VALUES (?, ?, ?, ?)", tuple(row))

    def definition(self, definition_hash: str) -> DefinitionRow:
        """A stored definition. Raises NotFoundError, and TrailIntegrityError where its text is not what was stored."""
        row = self._connection.exec_driver_sql("SELECT * FROM definition WHERE hash = ?", (definition_hash,)).first()
        if row is None:
            raise NotFoundError(f"no definition {definition_hash} is stored")
        found = DefinitionRow(*row)
        if text_hash(found.content) != found.hash:
            raise TrailIntegrityError(
                f"the stored {found.kind} {found.name} was changed: its text no longer has the hash {found.hash}",
                next_step="somebody changed the database past the program: keep a copy of it and tell the auditor",
            )
        return found

    def add_programme(self, row: ProgrammeRow) -> None:
        """Registers a programme, or the next version of one that is drafted."""
        self._connection.exec_driver_sql("INSERT OR REPLACE INTO programme VALUES (?, ?, ?, ?)", tuple(row))

    def find_programme(self, programme: str) -> ProgrammeRow | None:
        """A programme, None where unknown."""
        rows = self._connection.exec_driver_sql("SELECT * FROM programme WHERE programme = ?", (programme,))
        return next((ProgrammeRow(*row) for row in rows), None)

    def programme(self, programme: str) -> ProgrammeRow:
        """A programme. Raises NotFoundError."""
        found = self.find_programme(programme)
        if found is None:
            known = ", ".join(row.programme for row in self.programmes()) or "none yet"
            raise NotFoundError(
                f"there is no programme {programme!r}; on record: {known}", next_step="pipgrants programme draft FILE"
            )
        return found

    def programmes(self) -> list[ProgrammeRow]:
        """All programmes."""
        return [ProgrammeRow(*row) for row in self._connection.exec_driver_sql("SELECT * FROM programme ORDER BY 1")]

    def update_programme(self, row: ProgrammeRow, source: str) -> None:
        """Moves a programme from the state seen, and runs it by other definitions. Raises ConcurrentChangeError."""
        self._guarded(
            "UPDATE programme SET state = ?, definition_hash = ?, machine_hash = ? WHERE programme = ? AND state = ?",
            (row.state, row.definition_hash, row.machine_hash, row.programme, source),
            row.programme,
        )

    def add(self, row: CallRow) -> None:
        """Registers a call."""
        stored = row._asdict() | {"envelope_amount": to_minor(row.envelope_amount, row.currency)}
        insert_rows(self._connection, tables.call, [tuple(stored.values())])

    def find(self, call: str) -> CallRow | None:
        """A call, None where unknown."""
        return next(iter(self._select("WHERE call = ?", (call,))), None)

    def get(self, call: str) -> CallRow:
        """A call. Raises NotFoundError."""
        found = self.find(call)
        if found is None:
            known = ", ".join(row.call for row in self.all()) or "none yet"
            raise NotFoundError(f"there is no call {call!r}; on record: {known}", next_step="pipgrants call draft FILE")
        return found

    def all(self) -> list[CallRow]:
        """All calls."""
        return self._select("", ())

    def _select(self, where: str, values: tuple[str, ...]) -> list[CallRow]:
        rows = self._connection.exec_driver_sql(f'SELECT * FROM "call" {where} ORDER BY call', values)
        return [
            CallRow(*row)._replace(stage=Stage(row.stage), envelope_amount=from_minor(row.envelope_minor, row.currency))
            for row in rows
        ]

    def move(self, call: str, source: str, state: str) -> None:
        """Moves a call from the state seen. Raises ConcurrentChangeError."""
        self._guarded('UPDATE "call" SET state = ? WHERE call = ? AND state = ?', (state, call, source), call)

    def redefine(self, row: CallRow) -> None:
        """Runs a call from other definitions, if it is still in the state seen. Raises ConcurrentChangeError."""
        self._guarded(
            'UPDATE "call" SET definition_hash = ?, envelope_minor = ?, currency = ?, stage = ?, machine_hash = ?, '
            "proposal_machine_hash = ?, templates_hash = ?, programme = ?, number_prefix = ? "
            "WHERE call = ? AND state = ?",
            (
                row.definition_hash,
                to_minor(row.envelope_amount, row.currency),
                row.currency,
                row.stage,
                row.machine_hash,
                row.proposal_machine_hash,
                row.templates_hash,
                row.programme,
                row.number_prefix,
                row.call,
                row.state,
            ),
            row.call,
        )

    def open_stage(self, call: str, stage: Stage) -> None:
        """Begins the second stage: its scores are open again."""
        self._connection.exec_driver_sql(
            'UPDATE "call" SET stage = ?, scores_closed_at = NULL WHERE call = ?', (stage, call)
        )

    def close_scores(self, call: str, at: str) -> None:
        """Remembers when the scores were closed."""
        self._connection.exec_driver_sql('UPDATE "call" SET scores_closed_at = ? WHERE call = ?', (at, call))

    def release(self, call: str, at: str) -> None:
        """Remembers when the results were released."""
        self._connection.exec_driver_sql('UPDATE "call" SET released_at = ? WHERE call = ?', (at, call))

    def questions(self, call: str) -> list[QuestionRow]:
        """The numbered questions of a call."""
        rows = self._connection.exec_driver_sql(
            "SELECT number, question, asked_at, answer, answered_at FROM question WHERE call = ? ORDER BY number",
            (call,),
        )
        return [QuestionRow(*row) for row in rows]

    def ask(self, call: str, number: int, question: str, at: str) -> None:
        """Adds a question."""
        insert_rows(self._connection, tables.question, [(call, number, question, at, None, None)])

    def answer(self, call: str, number: int, answer: str, at: str) -> None:
        """Answers a question."""
        self._connection.exec_driver_sql(
            "UPDATE question SET answer = ?, answered_at = ? WHERE call = ? AND number = ?", (answer, at, call, number)
        )

    def form_takers(self, call: str) -> list[FormTaker]:
        """Who took the form of a call."""
        rows = self._connection.exec_driver_sql(
            "SELECT number, name, email, language FROM form_taker WHERE call = ? ORDER BY number", (call,)
        )
        return [FormTaker(*row) for row in rows]

    def add_form_taker(self, call: str, taker: FormTaker, salt: bytes) -> None:
        """Registers somebody who took the form."""
        insert_rows(self._connection, tables.form_taker, [(call, *taker, salt)])

    def redact_form_taker(self, call: str, number: int) -> None:
        """Removes the personal values of somebody who took the form."""
        self._connection.exec_driver_sql(
            "UPDATE form_taker SET name = NULL, email = NULL, salt = NULL WHERE call = ? AND number = ?", (call, number)
        )

    def _guarded(self, statement: str, values: tuple[str | int, ...], name: str) -> None:
        if self._connection.exec_driver_sql(statement, values).rowcount != 1:
            raise ConcurrentChangeError(
                f"{name} was changed by another command in the meantime",
                next_step="look at it with `pipgrants status` and run the command again",
            )
