"""The stored state held against the trail: every row is what the entries state, and no other row is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import orjson

from pipgrants.errors import PipgrantsError
from pipgrants.services.audit.named_definitions import NamedDefinitions
from pipgrants.services.audit.stated import POSITIONS, Fault, StatedRows, compare
from pipgrants.services.audit.stated_groups import TABLES_OF_GROUPS
from pipgrants.services.audit.stated_knowledge import TABLES_OF_KNOWLEDGE
from pipgrants.services.audit.stated_participation import TABLES_OF_PARTICIPATION
from pipgrants.services.audit.stated_projects import TABLES_OF_PROJECTS
from pipgrants.services.audit.stated_proposals import COMPLETED, StatedProposals
from pipgrants.services.audit.stated_registers import EVIDENCE_SETTLED, StatedRegisters
from pipgrants.services.audit.stored_forms import StoredForms
from pipgrants.services.audit.trail import column_faults, said_by
from pipgrants.store.stored import PROPOSAL, Row, Stored

BATCH = 100

UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, StopIteration, PipgrantsError)
"""What reading an entry raises that does not say what an entry of its kind says."""

OF_PROPOSALS = (
    "proposal",
    "member",
    "budget_line",
    "counterpart_line",
    "objective",
    "evidence",
    "clarification_answer",
    "appeal",
    "evaluation",
    "consensus",
    "letter",
)
"""The tables whose rows belong to one proposal each."""

REGISTERS = (
    "actor",
    "actor_key",
    "actor_role",
    "evaluator_profile",
    "delegation",
    "programme",
    "call",
    "question",
    "form_taker",
    "evidence_settlement",
    "draw",
    "package",
    "project",
    "monitored_project",
    *TABLES_OF_PROJECTS,
    *TABLES_OF_GROUPS,
    *TABLES_OF_PARTICIPATION,
    "merged_party",
    *TABLES_OF_KNOWLEDGE,
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
                content = orjson.loads(entry.content)
                yield from column_faults(entry, content)
                self.registers.take(content)
            except UNREADABLE as error:
                yield _unreadable(entry.sequence, error)

    def faults(self) -> Iterator[Fault]:
        """Every row that is not as stated."""
        yield from self._of_proposals()
        self.registers.change_elsewhere(self.registers.rows)
        for table in REGISTERS:
            yield from self._compare(table, self.registers.rows, self._stored.all(table))
        yield from self._compare("letter", self.registers.rows, self._stored.letters_of_calls())
        stored_count = self._stored.count("party")
        if stored_count != self._parties_count:
            yield Fault("party", "", f"{stored_count} are stored; {self._parties_count} are stated")

    def kept_files(self) -> set[str]:
        """The hashes of the files that acts kept, once ``faults`` has read the entries: papers, draws, practices.

        An application may name the hash of a file that nobody attached.
        """
        return self._proposals.files | {
            values[POSITIONS[table]["evidence_sha256"]]
            for table in ("draw", "practice")
            for _, values in self.registers.rows.of[table].values()
        }

    def mappings(self) -> Mapping[str, int]:
        """What lists were read by, with the first entry that names it, once ``faults`` has read the entries."""
        return self._proposals.mappings

    def named_roots(self) -> Mapping[tuple[int, str], int]:
        """The sizes and roots of the trail that letters name, once ``faults`` has read the entries."""
        return self.registers.named_roots | self._proposals.named_roots

    def _of_proposals(self) -> Iterator[Fault]:
        numbers, after = self._stored.numbers(), None
        while batch := list(islice(numbers, BATCH)):
            rows, until = self._with_project_letters(batch), batch[-1]
            yield from self._tell(self._stored.entries_of_proposals(batch[0], until), rows)
            yield from self._batch(rows, after, until)
            after = until
        yield from self._batch(StatedRows(), after, None)
        yield from self._left_parties()

    def _with_project_letters(self, numbers: Iterable[str]) -> StatedRows:
        """The letters about the projects of some proposals, whose own entries tell what became of them."""
        rows = StatedRows()
        for number in numbers:
            rows.of["letter"].update(self.registers.project_letters.get(number, {}))
        return rows

    def _batch(self, rows: StatedRows, after: str | None, until: str | None) -> Iterator[Fault]:
        """What is stated of some proposals, and what is stored of any after one number and until another."""
        self._leave_parties(rows)
        self.registers.change_elsewhere(rows)
        for table in OF_PROPOSALS:
            yield from self._compare(table, rows, self._stored.of_proposals(table, after, until))
        for package in self.registers.approved():
            yield from self._compare(
                "package_line", rows.only("package_line", package), self._stored.lines(package, after, until)
            )

    def _leave_parties(self, rows: StatedRows) -> None:
        """Leaves for the end the parties that are not as one entry states them: a later one may say otherwise."""
        for number, row in rows.of[COMPLETED].items():
            self._parties.latest("party", number, row)
        stated = rows.of["party"]
        self._parties_count += len(stated)
        stored = {row[0]: row for row in self._forms.of("party", self._stored.of_keys("party", sorted(stated)))}
        for number, row in stated.items():
            if stored.get(number) != row[1]:
                self._parties.latest("party", number, row)

    def _left_parties(self) -> Iterator[Fault]:
        added = self.registers.rows.of["party"]
        self._parties_count += len(added)
        for number, row in (*added.items(), *self.registers.corrected.items()):
            self._parties.latest("party", number, row)
        self.registers.change_elsewhere(self._parties)
        numbers = sorted(self._parties.of["party"])
        stored = [
            row
            for start in range(0, len(numbers), BATCH)
            for row in self._stored.of_keys("party", numbers[start : start + BATCH])
        ]
        yield from self._compare("party", self._parties, stored)

    def _tell(self, entries: Iterable[Row], rows: StatedRows) -> Iterator[Fault]:
        """What entries state of some proposals, told in the order of the trail: one kind follows the other for many."""
        unfit: set[str] = set()
        for entry in entries:
            try:
                content = orjson.loads(entry[-1])
                if said_by(content) != entry[:-1]:
                    yield from column_faults(entry, content)
                if content["act"] == EVIDENCE_SETTLED:
                    self.registers.take(content)
            except UNREADABLE as error:
                yield _unreadable(entry[0], error)
                continue
            number = entry[2].removeprefix(PROPOSAL)
            try:
                if number not in unfit:
                    self._proposals.take(rows, number, content)
            except UNREADABLE as error:
                unfit.add(number)
                message = f"its entries do not fit together: {type(error).__name__} {error}"
                yield Fault(f"proposal {number}", "", message, entry[0])

    def _compare(self, table: str, rows: StatedRows, stored: Iterable[tuple[Any, ...]]) -> Iterator[Fault]:
        return compare(table, rows.of[table], self._forms.of(table, stored))


def _unreadable(sequence: int, error: Exception) -> Fault:
    message = f"it does not say what its kind says: {type(error).__name__} {error}"
    return Fault(f"entry {sequence}", "content", message, sequence)
