"""The records of letters: written with the decision, rendered only from what stands here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from pipgrants.errors import NotFoundError
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows, read_rows, update_guarded


class LetterRow(NamedTuple):
    """One letter: ``data`` and ``release`` are canonical bytes, ``recipient`` JSON text that redaction removes.

    ``settled_at`` is when it was delivered or failed, ``reply`` the code with which its last attempt ended.
    """

    number: int
    call: str
    proposal: str | None
    kind: str
    language: str
    stage: str
    template_hash: str
    entry: int
    data: bytes
    recipient: str | None
    salt: bytes | None
    released_on: str | None = None
    release: bytes | None = None
    attempts: int = 0
    next_attempt_at: str | None = None
    sent_at: str | None = None
    settled_at: str | None = None
    reply: str | None = None
    superseded_by: int | None = None


class Letters:
    """The letters of the workspace."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_number(self) -> int:
        """The first number not given yet."""
        return int(self._connection.exec_driver_sql("SELECT coalesce(max(number), 0) + 1 FROM letter").one()[0])

    def add(self, rows: Sequence[LetterRow]) -> None:
        """Writes letters."""
        insert_rows(self._connection, tables.letter, rows)

    def get(self, number: int) -> LetterRow:
        """One letter. Raises NotFoundError."""
        row = self._connection.exec_driver_sql("SELECT * FROM letter WHERE number = ?", (number,)).first()
        if row is None:
            raise NotFoundError(f"there is no letter {number}", next_step="pipgrants letters list CALL")
        return LetterRow(*row)

    def begun_with(self, row: LetterRow) -> LetterRow:
        """The letter that a chain of corrections begins with: the row itself where it corrects none."""
        corrects = orjson.loads(row.data).get("corrects")
        return row if corrects is None else self.begun_with(self.get(corrects))

    def of_proposal(self, proposal: str) -> list[LetterRow]:
        """The letters about one proposal, oldest first."""
        rows = self._connection.exec_driver_sql("SELECT * FROM letter WHERE proposal = ? ORDER BY number", (proposal,))
        return [LetterRow(*row) for row in rows]

    def of_call(self, call: str, stage: str | None = None) -> Iterator[LetterRow]:
        """The letters of a call, in one stage where given, by number."""
        query = "SELECT * FROM letter WHERE call = ?" + (" AND stage = ?" if stage else "") + " ORDER BY number"
        values = (call, stage) if stage else (call,)
        return (LetterRow(*row) for row in read_rows(self._connection, query, values))

    def waiting(self, call: str, after: int, most: int) -> list[LetterRow]:
        """The next letters of a call that are not released and not superseded, by number."""
        query = (
            "SELECT * FROM letter WHERE call = ? AND stage IN ('pending', 'approved') AND number > ? "
            "ORDER BY number LIMIT ?"
        )
        return [LetterRow(*row) for row in read_rows(self._connection, query, (call, after, most))]

    def released(self, call: str) -> Iterator[LetterRow]:
        """The letters of a call that were released, whatever became of them since, by number."""
        query = "SELECT * FROM letter WHERE call = ? AND release IS NOT NULL ORDER BY number"
        return (LetterRow(*row) for row in read_rows(self._connection, query, (call,)))

    def last_to_leave(self, call: str, kinds: Iterable[str]) -> LetterRow | None:
        """Of a call's letters of some kinds, one that waits for release; without any, the one released last."""
        wanted = sorted(kinds)
        query = (
            f"SELECT * FROM letter WHERE call = ? AND kind IN ({', '.join('?' * len(wanted))}) "
            "AND stage != 'superseded' ORDER BY released_on IS NULL DESC, released_on DESC, number LIMIT 1"
        )
        return next((LetterRow(*row) for row in read_rows(self._connection, query, (call, *wanted))), None)

    def about(self, call: str, kind: str) -> set[str]:
        """The proposals of a call about which there is a letter of a kind."""
        query = "SELECT DISTINCT proposal FROM letter WHERE call = ? AND kind = ? AND proposal IS NOT NULL"
        return {row[0] for row in read_rows(self._connection, query, (call, kind))}

    def counts(self, call: str) -> dict[tuple[str, str], int]:
        """How many letters there are by kind and stage."""
        rows = self._connection.exec_driver_sql(
            "SELECT kind, stage, count(*) FROM letter WHERE call = ? GROUP BY kind, stage ORDER BY kind, stage", (call,)
        )
        return {(row[0], row[1]): row[2] for row in rows}

    def release(self, rows: Sequence[tuple[int, str, bytes]]) -> None:
        """Marks letters released, given as (number, day, release data). Raises ConcurrentChangeError."""
        update_guarded(
            self._connection,
            "UPDATE letter SET stage = 'released', released_on = ?, release = ? "
            "WHERE number = ? AND stage IN ('pending', 'approved')",
            [(day, data, number) for number, day, data in rows],
        )

    def reword(self, call: str, template_hash: str) -> list[int]:
        """Lets the letters of a call that wait for release be made from other templates; returns their numbers."""
        waiting = "call = ? AND stage IN ('pending', 'approved')"
        rows = self._connection.exec_driver_sql(f"SELECT number FROM letter WHERE {waiting} ORDER BY number", (call,))
        numbers = [int(row[0]) for row in rows]
        self._connection.exec_driver_sql(f"UPDATE letter SET template_hash = ? WHERE {waiting}", (template_hash, call))
        return numbers

    def change(self, number: int, seen: str, columns: Mapping[str, object]) -> None:
        """Changes some columns of a letter that was seen in a stage. Raises ConcurrentChangeError."""
        names = ", ".join(f"{name} = ?" for name in columns)
        values = (*columns.values(), number, seen)
        update_guarded(self._connection, f"UPDATE letter SET {names} WHERE number = ? AND stage = ?", [values])

    def sent_to(self, recipient: str) -> list[LetterRow]:
        """The letters to a recipient, by number.

        An address that was supplied later is missing in letters written before; they are of the same recipient.
        """
        is_sent_to_it = "json_extract(recipient, '$.name') = json_extract(?1, '$.name')" + "".join(
            f" AND coalesce(json_extract(recipient, '$.{field}'), json_extract(?1, '$.{field}'), '')"
            f" = coalesce(json_extract(?1, '$.{field}'), '')"
            for field in ("email", "postal_address")
        )
        rows = self._connection.exec_driver_sql(
            f"SELECT * FROM letter WHERE {is_sent_to_it} ORDER BY number", (recipient,)
        )
        return [LetterRow(*row) for row in rows]

    def redact(self, rows: Iterable[LetterRow]) -> None:
        """Removes the recipients of letters, and the salts that link their hashes to them."""
        for row in rows:
            self._connection.exec_driver_sql(
                "UPDATE letter SET recipient = NULL, salt = NULL WHERE number = ?", (row.number,)
            )

    def redact_cited(self, party: str) -> list[LetterRow]:
        """Removes the name of a party from the letters that cite it, and returns those letters as they were."""
        name = (f'$.parties."{party}"',)
        cites_it = "json_extract(recipient, ?) IS NOT NULL"
        rows = self._connection.exec_driver_sql(f"SELECT * FROM letter WHERE {cites_it}", name).all()
        self._connection.exec_driver_sql(
            f"UPDATE letter SET recipient = json_remove(recipient, ?), salt = NULL WHERE {cites_it}", name * 2
        )
        return [LetterRow(*row) for row in rows]
