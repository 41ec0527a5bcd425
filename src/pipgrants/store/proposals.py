"""Proposals and their lines: written once, read as streams of domain values, a batch of line rows at a time."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Table

from pipgrants.domain.evaluators import Organisation, Topic
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.vocabulary import Language, ProjectType, Stage
from pipgrants.errors import NotFoundError
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows, read_rows, update_guarded
from pipgrants.store.merged import NUMBERS_OF_ONE, kept
from pipgrants.store.proposal_lines import (
    LINE_WRITERS,
    LINES,
    PARTY_FACTS,
    LineReader,
    to_day,
    to_iso,
    to_units,
)
from pipgrants.trail.entry import instant_text

READ_BATCH = 200
Line = TypeVar("Line")


class NewProposal(NamedTuple):
    """A proposal to be written, with what only the record knows about it."""

    proposal: Proposal
    reference: str
    language: str
    lead: str


class ProposalRow(NamedTuple):
    """What is known of a proposal without its lines; ``counterpart_minor`` is what the last screening counted."""

    number: str
    call: str
    stage: Stage
    state: str
    reference: str
    title: str
    language: str
    lead: str
    received_at: str
    total_minor: int | None
    grant_minor: int | None
    clarification_due_on: str | None
    screening_entry: int | None
    has_open_findings: bool
    counterpart_minor: int | None
    determination_package: str | None


class Partner(NamedTuple):
    """A member of a consortium that somebody else is in, too, with what is known of the proposal of both."""

    proposal: str
    call: str
    state: str
    received_at: str
    duration_months: int | None
    package: str | None
    party: str


_ROW = (
    f"number, call, stage, state, reference, title, language, {kept('proposal.lead')}, received_at, total_minor, "
    "grant_minor, clarification_due_on, screening_entry, has_open_findings, counterpart_minor, determination_package"
)
LEFT_BY_THE_ROUND = 5
"""The last columns of a proposal hold what screening and ratifying left on it."""
_ROW_LENGTH = len(ProposalRow._fields)
_WHOLE_ROW = f"{_ROW}, project_type, territory, sector, design_on, duration_months, source_state"


class Screened(NamedTuple):
    """What screening writes on a proposal: ``seen`` is the state it was in, ``entry`` the entry with its findings."""

    state: str
    entry: int
    has_open_findings: bool
    clarification_due_on: str | None
    counterpart_minor: int | None
    number: str
    seen: str


class Proposals:
    """The proposals of the workspace."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_serial(self, call: str) -> int:
        """The serial of the next proposal of a call."""
        return int(
            self._connection.exec_driver_sql("SELECT count(*) + 1 FROM proposal WHERE call = ?", (call,)).one()[0]
        )

    def by_reference(self, call: str) -> dict[str, ProposalRow]:
        """The proposals of a call by the applicants' references."""
        return {row.reference: row for row in self.rows(call)}

    def add(self, proposals: Sequence[NewProposal], currency: str) -> None:
        """Writes proposals with all their lines."""
        insert_rows(self._connection, tables.proposal, [_proposal_row(new, currency) for new in proposals])
        self._add_lines(proposals, currency)

    def _add_lines(self, proposals: Sequence[NewProposal], currency: str) -> None:
        for table, rows_of in LINE_WRITERS.items():
            rows = [
                (new.proposal.number, position, *row)
                for new in proposals
                for position, row in enumerate(rows_of(new.proposal, currency), 1)
            ]
            insert_rows(self._connection, table, rows)

    def replace(self, new: NewProposal, currency: str) -> None:
        """Writes a full proposal in the place of its profile; nothing found of the profile stands any more."""
        self._overwrite(new, currency, len(tables.proposal.columns))

    def correct(self, new: NewProposal, currency: str) -> None:
        """Writes a corrected application in the place of the last; what screening left stands until the next one."""
        self._overwrite(new, currency, len(tables.proposal.columns) - LEFT_BY_THE_ROUND)

    def _overwrite(self, new: NewProposal, currency: str, columns: int) -> None:
        number = new.proposal.number
        for table in LINE_WRITERS:
            self._connection.exec_driver_sql(f'DELETE FROM "{table.name}" WHERE proposal = ?', (number,))
        names = [column.name for column in tables.proposal.columns][1:columns]
        assignments = ", ".join(f'"{name}" = ?' for name in names)
        self._connection.exec_driver_sql(
            f"UPDATE proposal SET {assignments} WHERE number = ?",
            (*_proposal_row(new, currency)[1:columns], number),
        )
        self._add_lines([new], currency)

    def heads(self, numbers: Sequence[str]) -> dict[str, ProposalRow]:
        """Proposals without their lines, by number."""
        query = f"SELECT {_ROW} FROM proposal WHERE number IN ({', '.join('?' * len(numbers))})"
        return {row[0]: _row(row) for row in read_rows(self._connection, query, numbers)}

    def get(self, number: str) -> ProposalRow:
        """One proposal without its lines. Raises NotFoundError."""
        row = self._connection.exec_driver_sql(
            f"SELECT {_ROW} FROM proposal WHERE number = ?",
            (number,),
        ).first()
        if row is None:
            raise NotFoundError(f"there is no proposal {number}", next_step="pipgrants proposal list CALL")
        return _row(row)

    def rows(self, call: str, states: Sequence[str] | None = None) -> Iterator[ProposalRow]:
        """The proposals of a call in number order, in some states where given."""
        where, values = _in_states(call, states)
        query = f"SELECT {_ROW} FROM proposal WHERE {where} ORDER BY number"
        return map(_row, read_rows(self._connection, query, values))

    def topics(self, call: str, states: Sequence[str]) -> Iterator[tuple[str, Topic]]:
        """What decides who fits each proposal of a call in some states, in number order."""
        where, values = _in_states(call, states)
        query = f"SELECT number, sector, territory, language FROM proposal WHERE {where} ORDER BY number"
        for number, sector, territory, language in read_rows(self._connection, query, values):
            yield number, Topic(sector, territory, Language(language))

    def consortia(self, call: str) -> Iterator[tuple[str, list[tuple[str, Organisation]]]]:
        """The members of each proposal of a call as (party, organisation), in number order; redacted ones left out.

        A party that others were merged into is there under each of its names and tax numbers.
        """
        query = (
            f"SELECT member.proposal, {kept('member.party')}, name, tax_country, tax_number FROM member "
            "JOIN proposal ON proposal.number = member.proposal JOIN party ON party.number = member.party "
            "WHERE proposal.call = ? AND name IS NOT NULL ORDER BY member.proposal, member.position"
        )
        merged = self._merged()
        for number, rows in groupby(read_rows(self._connection, query, (call,)), itemgetter(0)):
            known = [(party, Organisation(*names)) for _, party, *names in rows]
            others = [item for party, _ in known for item in merged.get(party, ())]
            yield number, list(dict.fromkeys([*known, *others])) if others else known

    def _merged(self) -> dict[str, list[tuple[str, Organisation]]]:
        """By number, every name and tax number of the parties that others were merged into."""
        query = (
            "SELECT kept, name, tax_country, tax_number FROM merged_party "
            "JOIN party ON party.number IN (merged_party.party, kept) WHERE name IS NOT NULL ORDER BY kept, number"
        )
        found: defaultdict[str, list[tuple[str, Organisation]]] = defaultdict(list)
        for party, *names in read_rows(self._connection, query):
            found[party].append((party, Organisation(*names)))
        return found

    def led_by(self, party: str) -> list[ProposalRow]:
        """The proposals that a party leads, in number order."""
        query = f"SELECT {_ROW} FROM proposal WHERE lead IN {NUMBERS_OF_ONE} ORDER BY number"
        return list(map(_row, read_rows(self._connection, query, (party,))))

    def with_member(self, party: str) -> list[ProposalRow]:
        """The proposals in whose consortium a party is, in number order."""
        among = f"SELECT proposal FROM member WHERE member.party IN {NUMBERS_OF_ONE}"
        query = f"SELECT {_ROW} FROM proposal WHERE number IN ({among}) ORDER BY number"
        return list(map(_row, read_rows(self._connection, query, (party,))))

    def partners(self, party: str) -> Iterator[Partner]:
        """Who is in a consortium with a party, in the order of proposals."""
        query = (
            "SELECT proposal.number, call, state, received_at, duration_months, determination_package, "
            f"{kept('member.party')} FROM proposal JOIN member ON member.proposal = proposal.number "
            f"WHERE number IN (SELECT proposal FROM member WHERE member.party IN {NUMBERS_OF_ONE}) "
            f"AND member.party NOT IN {NUMBERS_OF_ONE} "
            "ORDER BY number, position"
        )
        return map(Partner._make, read_rows(self._connection, query, (party,)))

    def state_counts(self, call: str) -> dict[str, int]:
        """How many proposals of a call are in each state."""
        rows = self._connection.exec_driver_sql(
            "SELECT state, count(*) FROM proposal WHERE call = ? GROUP BY state ORDER BY state", (call,)
        )
        return {row[0]: row[1] for row in rows}

    def batches(
        self,
        call: str,
        currency: str,
        needs: frozenset[str],
        *,
        states: Sequence[str] | None = None,
        excluded: frozenset[str] = frozenset(),
    ) -> Iterator[list[tuple[ProposalRow, Proposal]]]:
        """The proposals of a call with the lines named in ``needs``, in number order, a batch at a time."""
        where, values = _in_states(call, states)
        query = f"SELECT {_WHOLE_ROW} FROM proposal WHERE {where} AND number > ? ORDER BY number LIMIT {READ_BATCH}"
        last = ""
        while rows := list(read_rows(self._connection, query, (*values, last))):
            last = rows[-1][0]
            yield self._with_lines(rows, currency, needs, excluded)

    def one(self, number: str, currency: str, excluded: frozenset[str] = frozenset()) -> Proposal:
        """One proposal with all its lines."""
        query = f"SELECT {_WHOLE_ROW} FROM proposal WHERE number = ?"
        rows = list(read_rows(self._connection, query, (number,)))
        return self._with_lines(rows, currency, frozenset(LINES), excluded)[0][1]

    def _with_lines(
        self, rows: Sequence[tuple[Any, ...]], currency: str, needs: frozenset[str], excluded: frozenset[str]
    ) -> list[tuple[ProposalRow, Proposal]]:
        first, last = rows[0][0], rows[-1][0]
        read = LineReader(currency, excluded)
        lines = {name: self._lines(LINES[name], getattr(read, name), first, last) for name in sorted(needs)}
        return [
            (_row(row), _proposal(row, read, {name: found.get(row[0], ()) for name, found in lines.items()}))
            for row in rows
        ]

    def _lines(
        self, query: str, build: Callable[[Sequence[Any]], Line], first: str, last: str
    ) -> dict[str, tuple[Line, ...]]:
        grouped: dict[str, list[Line]] = defaultdict(list)
        for row in read_rows(self._connection, query, (first, last)):
            grouped[row[0]].append(build(row))
        return {number: tuple(found) for number, found in grouped.items()}

    def fingerprint(self, call: str) -> str:
        """The hash of every stored value of the proposals of a call: lines, evaluations, facts of the members."""
        hasher = hashlib.sha256()
        numbers = self._connection.exec_driver_sql(
            f"SELECT min(number), max(number) FROM (SELECT number, row_number() OVER (ORDER BY number) AS place "
            f"FROM proposal WHERE call = ?) GROUP BY (place - 1) / {READ_BATCH} ORDER BY 1",
            (call,),
        ).all()
        for first, last in numbers:
            for query in _FINGERPRINTS:
                for (lines,) in read_rows(self._connection, query, (first, last)):
                    hasher.update(f"[{lines or ''}]".encode())
        return hasher.hexdigest()

    def move(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Moves proposals given as (state, number, state seen). Raises ConcurrentChangeError."""
        update_guarded(self._connection, "UPDATE proposal SET state = ? WHERE number = ? AND state = ?", rows)

    def give_time(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Sets the last day to answer what was asked: (day, number, state seen). Raises ConcurrentChangeError."""
        update_guarded(
            self._connection, "UPDATE proposal SET clarification_due_on = ? WHERE number = ? AND state = ?", rows
        )

    def change_language(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Sets the language of the letters: (language, number, state seen). Raises ConcurrentChangeError."""
        update_guarded(self._connection, "UPDATE proposal SET language = ? WHERE number = ? AND state = ?", rows)

    def screened(self, rows: Sequence[Screened]) -> None:
        """Moves screened proposals. Raises ConcurrentChangeError."""
        update_guarded(
            self._connection,
            "UPDATE proposal SET state = ?, screening_entry = ?, has_open_findings = ?, clarification_due_on = ?, "
            "counterpart_minor = ? WHERE number = ? AND state = ?",
            rows,
        )

    def determined(self, rows: Sequence[tuple[str, str, str, str]]) -> None:
        """Moves determined proposals: (state, package, number, state seen)."""
        update_guarded(
            self._connection,
            "UPDATE proposal SET state = ?, determination_package = ? WHERE number = ? AND state = ?",
            rows,
        )


def _in_states(call: str, states: Sequence[str] | None) -> tuple[str, tuple[str, ...]]:
    if states is None:
        return "call = ?", (call,)
    return f"call = ? AND state IN ({', '.join('?' * len(states))})", (call, *states)


_STAGES: Mapping[str, Stage] = {stage.value: stage for stage in Stage}
_TYPES: Mapping[Any, ProjectType] = {word.value: word for word in ProjectType}


def _row(row: Sequence[Any]) -> ProposalRow:
    number, call, stage, *others = row[:_ROW_LENGTH]
    return ProposalRow(number, call, _STAGES[stage], *others)


def _proposal(row: Sequence[Any], read: LineReader, lines: Mapping[str, Any]) -> Proposal:
    number, call, stage, state, _, title, _, _, received, total, grant, *_ = row
    kind, territory, sector, design, months, source = row[_ROW_LENGTH:]
    return Proposal(
        number,
        call,
        _STAGES[stage],
        state,
        title,
        datetime.fromisoformat(received),
        _TYPES.get(kind),
        territory,
        sector,
        to_day(design),
        months,
        read.amount(total),
        read.amount(grant),
        source,
        **lines,
    )


def _proposal_row(new: NewProposal, currency: str) -> tuple[object, ...]:
    proposal = new.proposal
    return (
        proposal.number,
        proposal.call,
        proposal.stage,
        proposal.state,
        new.reference,
        proposal.title,
        new.language,
        new.lead,
        proposal.project_type,
        proposal.territory,
        proposal.sector,
        instant_text(proposal.received_at),
        to_iso(proposal.design_on),
        proposal.duration_months,
        to_units(proposal.total_amount, currency),
        to_units(proposal.grant_amount, currency),
        proposal.source_state,
        None,
        None,
        0,
        None,
        None,
    )


def _fingerprint_query(table: Table, key: str) -> str:
    """All values of a table's rows between two proposals in order, as JSON arrays; not those redaction removes."""
    values = [f'"{column.name}"' for column in table.columns if column.name not in ("issuer", "file_name", "salt")]
    order = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    source = f'"{table.name}"'
    if table is tables.member:
        values = [kept("member.party") if value == '"party"' else value for value in values]
        values.append(PARTY_FACTS)
        source += f" JOIN party ON party.number = {kept('member.party')}"
    return (
        f"SELECT group_concat(line) FROM (SELECT json_array({', '.join(values)}) AS line FROM {source} "
        f'WHERE "{key}" BETWEEN ? AND ? ORDER BY {order})'
    )


_FINGERPRINTS = (
    _fingerprint_query(tables.proposal, "number"),
    *(_fingerprint_query(table, "proposal") for table in (*LINE_WRITERS, tables.evaluation)),
)
