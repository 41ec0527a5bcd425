"""What applicants answered to clarification requests, in their words."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows


class Answers:
    """The answers of each proposal, in the order in which they were given."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, proposal: str, text: str, salt: bytes) -> None:
        """Keeps an answer, with the secret salt of its hash."""
        position = len(self.of(proposal)) + 1
        insert_rows(self._connection, tables.clarification_answer, [(proposal, position, text, salt)])

    def of(self, proposal: str) -> list[str | None]:
        """The answers of a proposal; None for one that was redacted."""
        query = "SELECT text FROM clarification_answer WHERE proposal = ? ORDER BY position"
        return [row[0] for row in self._connection.exec_driver_sql(query, (proposal,))]

    def redact(self, proposals: Sequence[str]) -> list[tuple[str, int]]:
        """Removes the words and the salts; returns the answers, by proposal and position."""
        marks = ", ".join("?" * len(proposals))
        rows = self._connection.exec_driver_sql(
            "UPDATE clarification_answer SET text = NULL, salt = NULL "
            f"WHERE text IS NOT NULL AND proposal IN ({marks}) RETURNING proposal, position",
            tuple(proposals),
        )
        return sorted((row[0], row[1]) for row in rows)
