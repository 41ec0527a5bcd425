"""The stored state held against the trail: every row is what the entries state, and no other row is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from pipgrants.errors import PipgrantsError
from pipgrants.services.audit.named_definitions import NamedDefinitions
from pipgrants.services.audit.stated import Content, Fault, StatedRows, compare
from pipgrants.services.audit.stated_proposals import COMPLETED, StatedProposals
from pipgrants.services.audit.stated_registers import StatedRegisters
from pipgrants.services.audit.stored_forms import StoredForms
from pipgrants.services.audit.trail import column_faults, read_entry, says_the_same
from pipgrants.store.stored import Stored, StoredEntry

BATCH = 200

UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, StopIteration, PipgrantsError)
"""What reading an entry raises that does not say what an entry of its kind says."""

OF_PROPOSALS = (
    "proposal",
    "member",
    "budget_line",
    "counterpart_line",
    "objective",
    "evidence",
    "evaluation",
    "letter",
)
"""The tables whose rows belong to one proposal each."""

REGISTERS = (
    "actor",
    "actor_key",
    "actor_role",
    "delegation",
    "programme",
    "call",
    "question",
    "form_taker",
    "evidence_settlement",
    "draw",
    "package",
)
"""The tables that the entries about everything else state whole."""


class StateCheck:
    """Compares what is stored with what is stated; ``registers`` hold what the entries about everything else state."""

    def __init__(self, stored: Stored, named: NamedDefinitions, forms: StoredForms) -> None:
        self._stored = stored
        self._forms = forms
        self._proposals = StatedProposals(named)
        self.registers = StatedRegisters(named)
        self._parties_count = 0
        self._parties = StatedRows()

    def tell(self) -> Iterator[Fault]:
        """Reads the entries about everything else, before anything is compared."""
        for entry in self._stored.entries_of_registers():
            try:
                content = read_entry(entry)
                yield from column_faults(entry, content)
                self.registers.take(content)
            except UNREADABLE as error:
                yield _unreadable(entry, error)

    def faults(self) -> Iterator[Fault]:
        """Every row that is not as stated."""
        yield from self._of_proposals()
        self.registers.redact(self.registers.rows)
        for table in REGISTERS:
            yield from self._compare(table, self.registers.rows, self._stored.all(table))
        yield from self._compare("letter", self.registers.rows, self._stored.letters_of_calls())
        stored_count = self._stored.count("party")
        if stored_count != self._parties_count:
            yield Fault("party", "", f"{stored_count} are stored; {self._parties_count} are stated")

    def _of_proposals(self) -> Iterator[Fault]:
        groups, after = self._stored.entries_by_proposal(), ""
        while batch := list(islice(groups, BATCH)):
            yield from self._batch(batch, after, batch[-1][0])
            after = batch[-1][0]
        yield from self._batch([], after, None)
        yield from self._left_parties()

    def _batch(self, batch: list[tuple[str, list[StoredEntry]]], after: str, until: str | None) -> Iterator[Fault]:
        """Some proposals, and what is stored of any after one number and until another."""
        rows = StatedRows()
        for number, entries in batch:
            yield from self._tell(number, entries, rows)
        self.registers.redact(rows)
        for table in OF_PROPOSALS:
            yield from self._compare(table, rows, self._stored.of_proposals(table, after, until))
        for package in self.registers.approved():
            yield from self._compare(
                "package_line", rows.only("package_line", package), self._stored.lines(package, after, until)
            )
        self._leave_parties(rows)

    def _leave_parties(self, rows: StatedRows) -> None:
        """Leaves for the end the parties that are not as one entry states them: a later one may have completed them."""
        stated = rows.of.get("party", {})
        self._parties_count += len(stated)
        stored = set(self._forms.of("party", self._stored.of_keys("party", sorted(stated))))
        for number, row in stated.items():
            if row[1] not in stored:
                self._parties.latest("party", number, row)

    def _left_parties(self) -> Iterator[Fault]:
        self.registers.redact(self._parties)
        numbers = sorted(self._parties.of.get("party", {}))
        stored = [
            row
            for start in range(0, len(numbers), BATCH)
            for row in self._stored.of_keys("party", numbers[start : start + BATCH])
        ]
        yield from self._compare("party", self._parties, stored)

    def _tell(self, number: str, entries: list[StoredEntry], rows: StatedRows) -> Iterator[Fault]:
        contents: list[Content] = []
        for entry in entries:
            try:
                content = read_entry(entry)
            except UNREADABLE as error:
                yield _unreadable(entry, error)
                continue
            if not says_the_same(entry, content):
                yield from column_faults(entry, content)
            contents.append(content)
        try:
            told = self._proposals.of(number, contents)
            for party, row in told.of.pop(COMPLETED, {}).items():
                self._parties.latest("party", party, row)
            rows.take_over(told)
        except UNREADABLE as error:
            message = f"its entries do not fit together: {type(error).__name__} {error}"
            yield Fault(f"proposal {number}", "", message, entries[0].sequence)

    def _compare(self, table: str, rows: StatedRows, stored: Iterable[tuple[Any, ...]]) -> Iterator[Fault]:
        return compare(table, rows.of.get(table, {}), self._forms.of(table, stored))


def _unreadable(entry: StoredEntry, error: Exception) -> Fault:
    message = f"it does not say what its kind says: {type(error).__name__} {error}"
    return Fault(f"entry {entry.sequence}", "content", message, entry.sequence)
