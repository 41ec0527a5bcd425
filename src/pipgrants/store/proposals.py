"""Proposals and their lines: written once, read as streams of domain values, a batch of line rows at a time."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Table

from pipgrants.domain.counterpart import Pledge
from pipgrants.domain.proposal import BudgetLine, CounterpartLine, Evidence, Member, Objective, Proposal
from pipgrants.domain.vocabulary import (
    Component,
    ContributionForm,
    CostCategory,
    EvidenceKind,
    FundingSource,
    Horizon,
    MemberType,
    PriorityGroup,
    ProjectType,
    SizeClass,
    Stage,
)
from pipgrants.errors import NotFoundError
from pipgrants.money import from_minor, minor_digits, to_minor
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows, read_rows, update_guarded
from pipgrants.store.parties import match_name

READ_BATCH = 200
HOLDING_OUTCOMES = ("award", "conditional_award", "reserve")
"""Determinations with which a proposal goes on holding the evidence it pledged."""

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


_ROW = (
    "number, call, stage, state, reference, title, language, lead, received_at, total_minor, grant_minor, "
    "clarification_due_on, screening_entry, has_open_findings, counterpart_minor, determination_package"
)
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
        for table, rows_of in _LINE_WRITERS.items():
            rows = [
                (new.proposal.number, position, *row)
                for new in proposals
                for position, row in enumerate(rows_of(new.proposal, currency), 1)
            ]
            insert_rows(self._connection, table, rows)

    def replace(self, new: NewProposal, currency: str) -> None:
        """Writes the next version of a proposal in the place of the last: a full proposal, or an answer."""
        number = new.proposal.number
        for table in _LINE_WRITERS:
            self._connection.exec_driver_sql(f'DELETE FROM "{table.name}" WHERE proposal = ?', (number,))
        row = _proposal_row(new, currency)
        names = [column.name for column in tables.proposal.columns][1:]
        assignments = ", ".join(f'"{name}" = ?' for name in names)
        self._connection.exec_driver_sql(
            f"UPDATE proposal SET {assignments} WHERE number = ?",
            (*row[1:], number),
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

    def rows(self, call: str, states: Sequence[str] = ()) -> Iterator[ProposalRow]:
        """The proposals of a call in number order, in some states where given."""
        where, values = _in_states(call, states)
        query = f"SELECT {_ROW} FROM proposal WHERE {where} ORDER BY number"
        return map(_row, read_rows(self._connection, query, values))

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
        states: Sequence[str] = (),
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
        read = _Reader(currency, excluded)
        lines = {name: self._lines(LINES[name], getattr(read, name), first, last) for name in sorted(needs)}
        head = read.head
        return [(_row(row), head(row, {name: found.get(row[0], ()) for name, found in lines.items()})) for row in rows]

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
                for (values,) in read_rows(self._connection, query, (first, last)):
                    hasher.update(values.encode())
        return hasher.hexdigest()

    def pledges(self, live_states: Sequence[str]) -> Iterator[Pledge]:
        """The pledges, by a proposal of any call that is live or holds an award, of papers that may be contested.

        Those are the papers that several proposals pledge, and the ones that say how much they commit.
        """
        states, outcomes = ", ".join("?" * len(live_states)), ", ".join("?" * len(HOLDING_OUTCOMES))
        rows = read_rows(
            self._connection,
            "SELECT line.evidence, line.proposal, line.amount_minor, (SELECT min(committed_minor) FROM evidence "
            "WHERE evidence.proposal = line.proposal AND evidence.identity = line.evidence), currency "
            "FROM counterpart_line AS line JOIN proposal ON proposal.number = line.proposal "
            'JOIN "call" ON "call".call = proposal.call '
            "LEFT JOIN package_line AS decided ON decided.package = proposal.determination_package "
            "AND decided.proposal = proposal.number "
            f"WHERE (proposal.state IN ({states}) OR decided.outcome IN ({outcomes})) AND line.evidence IN ("
            "SELECT evidence FROM counterpart_line GROUP BY evidence HAVING min(proposal) <> max(proposal) "
            "UNION SELECT identity FROM evidence WHERE committed_minor IS NOT NULL)",
            (*live_states, *HOLDING_OUTCOMES),
        )
        for evidence, proposal, units, committed, currency in rows:
            limit = None if committed is None else from_minor(committed, currency)
            yield Pledge(evidence, proposal, from_minor(units, currency), limit)

    def settlements(self) -> dict[str, str]:
        """Which proposal a contested paper counts for, where its source has said so."""
        return {row[0]: row[1] for row in self._connection.exec_driver_sql("SELECT * FROM evidence_settlement")}

    def settle_evidence(self, identity: str, proposal: str) -> None:
        """Writes down which proposal a paper counts for."""
        self._connection.exec_driver_sql(
            "INSERT OR REPLACE INTO evidence_settlement VALUES (?, ?)", (identity, proposal)
        )

    def attach(self, proposal: str, paper: str, identity: str, file_name: str, sha256: str) -> None:
        """Names the stored file of a paper, which from then on has another identity, also where it is pledged."""
        self._connection.exec_driver_sql(
            "UPDATE evidence SET file_name = ?, sha256 = ?, identity = ? WHERE proposal = ? AND identity = ?",
            (file_name, sha256, identity, proposal, paper),
        )
        self._connection.exec_driver_sql(
            "UPDATE counterpart_line SET evidence = ? WHERE proposal = ? AND evidence = ?", (identity, proposal, paper)
        )

    def references(self, numbers: Sequence[str]) -> dict[str, dict[str, str]]:
        """What the applicants of some proposals call their papers: by proposal, then by the paper's identity."""
        marks = ", ".join("?" * len(numbers))
        query = f"SELECT proposal, identity, reference FROM evidence WHERE reference <> '' AND proposal IN ({marks})"
        found: dict[str, dict[str, str]] = {}
        for proposal, identity, reference in read_rows(self._connection, query, numbers):
            found.setdefault(proposal, {})[identity] = reference
        return found

    def add_evidence(self, proposal: str, paper: Evidence, currency: str) -> None:
        """Adds a paper to a proposal."""
        position = self._connection.exec_driver_sql(
            "SELECT coalesce(max(position), 0) + 1 FROM evidence WHERE proposal = ?", (proposal,)
        ).one()[0]
        insert_rows(self._connection, tables.evidence, [(proposal, position, *_evidence_values(paper, currency))])

    def redact_issuer(self, name: str, words: str) -> None:
        """Writes ``words`` for an issuer of papers, and removes the names of their files; identities stay."""
        issuers = self._connection.exec_driver_sql("SELECT DISTINCT issuer FROM evidence").all()
        for (issuer,) in issuers:
            if match_name(issuer) == match_name(name):
                self._connection.exec_driver_sql(
                    "UPDATE evidence SET issuer = ?, file_name = NULL WHERE issuer = ?", (words, issuer)
                )

    def move(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Moves proposals given as (state, number, state seen). Raises ConcurrentChangeError."""
        update_guarded(self._connection, "UPDATE proposal SET state = ? WHERE number = ? AND state = ?", rows)

    def reopen(self, state: str, number: str, seen: str) -> None:
        """Moves a proposal whose last screening no longer says where it stands. Raises ConcurrentChangeError."""
        update_guarded(
            self._connection,
            "UPDATE proposal SET state = ?, screening_entry = NULL, has_open_findings = 0, "
            "clarification_due_on = NULL, counterpart_minor = NULL WHERE number = ? AND state = ?",
            [(state, number, seen)],
        )

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


def _in_states(call: str, states: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    if not states:
        return "call = ?", (call,)
    return f"call = ? AND state IN ({', '.join('?' * len(states))})", (call, *states)


_STAGES: Mapping[str, Stage] = {stage.value: stage for stage in Stage}


def _row(row: Sequence[Any]) -> ProposalRow:
    number, call, stage, *others = row[:_ROW_LENGTH]
    return ProposalRow(number, call, _STAGES[stage], *others)


_PARTY_FACTS = "size_class, legal_form, sector, territory, country, priority_groups, data_consent_on"
_MEMBERS = (
    f"SELECT proposal, party, is_lead, member_type, {_PARTY_FACTS} FROM member "
    "JOIN party ON party.number = member.party WHERE proposal BETWEEN ? AND ? ORDER BY proposal, position"
)

LINES = {
    "members": _MEMBERS,
    "budget_lines": "SELECT proposal, party, component, activity, cost_category, source, amount_minor FROM budget_line "
    "WHERE proposal BETWEEN ? AND ? ORDER BY proposal, position",
    "counterpart_lines": "SELECT proposal, party, form, source, amount_minor, evidence, valuation_basis, description "
    "FROM counterpart_line WHERE proposal BETWEEN ? AND ? ORDER BY proposal, position",
    "objectives": "SELECT proposal, description, indicator, horizon, baseline, target, due_month FROM objective "
    "WHERE proposal BETWEEN ? AND ? ORDER BY proposal, position",
    "evidence": "SELECT proposal, identity, kind, issuer, issued_on, committed_minor, file_name, sha256, reference "
    "FROM evidence "
    "WHERE proposal BETWEEN ? AND ? ORDER BY proposal, position",
}


class _Reader:
    """Turns rows into domain values; words are looked up, not parsed, because there are millions of them."""

    components: Mapping[Any, Component] = {word.value: word for word in Component}
    categories: Mapping[Any, CostCategory] = {word.value: word for word in CostCategory}
    sources: Mapping[Any, FundingSource] = {word.value: word for word in FundingSource}
    forms: Mapping[Any, ContributionForm] = {word.value: word for word in ContributionForm}
    sizes: Mapping[Any, SizeClass] = {word.value: word for word in SizeClass}
    member_types: Mapping[Any, MemberType] = {word.value: word for word in MemberType}
    kinds: Mapping[Any, EvidenceKind] = {word.value: word for word in EvidenceKind}
    horizons: Mapping[Any, Horizon] = {word.value: word for word in Horizon}
    types: Mapping[Any, ProjectType] = {word.value: word for word in ProjectType}

    def __init__(self, currency: str, excluded: frozenset[str]) -> None:
        self._shift = -minor_digits(currency)
        self._excluded = excluded

    def amount(self, units: int | None) -> Decimal | None:
        return None if units is None else Decimal(units).scaleb(self._shift)

    def exact(self, units: int) -> Decimal:
        return Decimal(units).scaleb(self._shift)

    def head(self, row: Sequence[Any], lines: Mapping[str, Any]) -> Proposal:
        number, call, stage, state, _, title, _, _, received, total, grant, *_ = row
        kind, territory, sector, design, months, source = row[_ROW_LENGTH:]
        return Proposal(
            number,
            call,
            _STAGES[stage],
            state,
            title,
            datetime.fromisoformat(received),
            self.types.get(kind),
            territory,
            sector,
            _day(design),
            months,
            self.amount(total),
            self.amount(grant),
            source,
            **lines,
        )

    def members(self, row: Sequence[Any]) -> Member:
        _, party, lead, kind, size, form, sector, territory, country, groups, consent = row
        return Member(
            party,
            bool(lead),
            self.member_types.get(kind),
            self.sizes.get(size),
            form,
            sector,
            territory,
            country,
            frozenset(PriorityGroup(word) for word in groups.split()) if groups else frozenset(),
            _day(consent),
            party in self._excluded,
        )

    def budget_lines(self, row: Sequence[Any]) -> BudgetLine:
        _, party, component, activity, category, source, units = row
        return BudgetLine(
            party,
            self.components.get(component),
            activity,
            self.categories.get(category),
            self.sources[source],
            self.exact(units),
        )

    def counterpart_lines(self, row: Sequence[Any]) -> CounterpartLine:
        _, party, form, source, units, evidence, basis, description = row
        return CounterpartLine(
            party,
            self.forms[form],
            self.sources[source],
            self.exact(units),
            evidence,
            basis,
            description,
        )

    def objectives(self, row: Sequence[Any]) -> Objective:
        _, description, indicator, horizon, baseline, target, month = row
        return Objective(
            description,
            indicator,
            self.horizons.get(horizon),
            None if baseline is None else Decimal(baseline),
            None if target is None else Decimal(target),
            month,
        )

    def evidence(self, row: Sequence[Any]) -> Evidence:
        _, identity, kind, issuer, issued, committed, file_name, sha256, reference = row
        return Evidence(
            identity,
            self.kinds[kind],
            issuer,
            _day(issued),
            self.amount(committed),
            file_name,
            sha256,
            reference,
        )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _minor(amount: Decimal | None, currency: str) -> int | None:
    return None if amount is None else to_minor(amount, currency)


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
        proposal.received_at.isoformat(),
        _iso(proposal.design_on),
        proposal.duration_months,
        _minor(proposal.total_amount, currency),
        _minor(proposal.grant_amount, currency),
        proposal.source_state,
        None,
        None,
        0,
        None,
        None,
    )


def _evidence_values(paper: Evidence, currency: str) -> tuple[object, ...]:
    committed = _minor(paper.committed_amount, currency)
    return (
        paper.identity,
        paper.kind,
        paper.issuer,
        _iso(paper.issued_on),
        committed,
        paper.file_name,
        paper.sha256,
        paper.reference,
    )


Rows = Iterable[tuple[object, ...]]


def _member_rows(proposal: Proposal, _currency: str) -> Rows:
    return ((line.party, int(line.is_lead), line.member_type) for line in proposal.members or ())


def _budget_rows(proposal: Proposal, currency: str) -> Rows:
    return (
        (line.party, line.component, line.activity, line.cost_category, line.source, to_minor(line.amount, currency))
        for line in proposal.budget_lines or ()
    )


def _counterpart_rows(proposal: Proposal, currency: str) -> Rows:
    return (
        (
            line.party,
            line.form,
            line.source,
            to_minor(line.amount, currency),
            line.evidence,
            line.valuation_basis,
            line.description,
        )
        for line in proposal.counterpart_lines or ()
    )


def _objective_rows(proposal: Proposal, _currency: str) -> Rows:
    return (
        (
            line.description,
            line.indicator,
            line.horizon,
            None if line.baseline is None else str(line.baseline),
            None if line.target is None else str(line.target),
            line.due_month,
        )
        for line in proposal.objectives or ()
    )


def _evidence_rows(proposal: Proposal, currency: str) -> Rows:
    return (_evidence_values(paper, currency) for paper in proposal.evidence or ())


_LINE_WRITERS: dict[Table, Callable[[Proposal, str], Rows]] = {
    tables.member: _member_rows,
    tables.budget_line: _budget_rows,
    tables.counterpart_line: _counterpart_rows,
    tables.objective: _objective_rows,
    tables.evidence: _evidence_rows,
}


def _fingerprint_query(table: Table, key: str) -> str:
    """All values of a table's rows between two proposals in order, as one JSON text; not those redaction removes."""
    values = ", ".join(f'"{column.name}"' for column in table.columns if column.name not in ("issuer", "file_name"))
    order = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    return (
        f'SELECT json_group_array(json_array({values})) FROM (SELECT * FROM "{table.name}" '
        f'WHERE "{key}" BETWEEN ? AND ? ORDER BY {order})'
    )


_FINGERPRINTS = (
    _fingerprint_query(tables.proposal, "number"),
    *(_fingerprint_query(table, "proposal") for table in (*_LINE_WRITERS, tables.evaluation)),
    f"SELECT json_group_array(json_array(party, {_PARTY_FACTS})) FROM ({_MEMBERS})",
)
