"""What coordination knows: the opportunities it noted, what they are linked to, and best practices."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from pipgrants.errors import NotFoundError
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows, read_rows


class OpportunityRow(NamedTuple):
    """An opportunity: where and in which sector (ISIC rev. 4), for which group of firms, and what it consists in."""

    number: int
    territory: str
    sector: str
    firms: str
    description: str
    noted_at: str
    salt: bytes


class LinkRow(NamedTuple):
    """The call or the proposal that followed an opportunity: one of both."""

    opportunity: int
    position: int
    call: str | None
    proposal: str | None


class PracticeRow(NamedTuple):
    """A best practice: what was done and what came of it, where, and the hash of the file that shows it."""

    number: int
    project_type: str
    sector: str
    component: str | None
    language: str
    title: str
    description: str
    result: str
    proposal: str | None
    evidence_sha256: str
    recorded_at: str


class Knowledge:
    """The opportunities and best practices of the workspace."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def opportunities(self) -> list[OpportunityRow]:
        """All opportunities in number order."""
        rows = read_rows(self._connection, "SELECT * FROM opportunity ORDER BY number")
        return list(map(OpportunityRow._make, rows))

    def opportunity(self, number: int) -> OpportunityRow:
        """One opportunity. Raises NotFoundError."""
        found = next((row for row in self.opportunities() if row.number == number), None)
        if found is None:
            raise NotFoundError(f"there is no opportunity {number}", next_step="pipgrants opportunity list")
        return found

    def note(self, row: OpportunityRow) -> None:
        """Writes down an opportunity."""
        insert_rows(self._connection, tables.opportunity, [row])

    def links(self) -> list[LinkRow]:
        """What followed opportunities, each in the order in which it was linked."""
        rows = read_rows(self._connection, "SELECT * FROM opportunity_link ORDER BY opportunity, position")
        return list(map(LinkRow._make, rows))

    def link(self, row: LinkRow) -> None:
        """Links what followed an opportunity to it."""
        insert_rows(self._connection, tables.opportunity_link, [row])

    def practices(self) -> list[PracticeRow]:
        """All best practices in number order."""
        return list(map(PracticeRow._make, read_rows(self._connection, "SELECT * FROM practice ORDER BY number")))

    def practice(self, number: int) -> PracticeRow:
        """One best practice. Raises NotFoundError."""
        found = next((row for row in self.practices() if row.number == number), None)
        if found is None:
            raise NotFoundError(f"there is no best practice {number}", next_step="pipgrants practice search")
        return found

    def record(self, row: PracticeRow) -> None:
        """Writes down a best practice."""
        insert_rows(self._connection, tables.practice, [row])
