"""The papers of proposals: who pledges which, for whom a contested one counts, and which files they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from pipgrants.domain.application import match_name
from pipgrants.domain.counterpart import Pledge
from pipgrants.domain.proposal import Evidence
from pipgrants.money import from_minor
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows, read_rows
from pipgrants.store.proposal_lines import evidence_values

HOLDING_OUTCOMES = ("award", "conditional_award", "reserve")
"""Determinations with which a proposal goes on holding the evidence it pledged."""


_LIKENESS, _MARK = ("substr(line.evidence, 1, 70)", "substr(line.evidence, 72)")
"""The parts of a paper's identity by which several proposals may pledge the same (``domain/papers.py``)."""

_BY_SEVERAL = "GROUP BY 1 HAVING min(proposal) <> max(proposal)"


class ListedPaper(NamedTuple):
    """A paper as lists of evidence show it; the hash and the name are those of its file, where one is attached."""

    proposal: str
    reference: str
    kind: str
    issuer: str
    sha256: str | None
    file_name: str | None


class EvidencePapers:
    """The papers of every proposal of the workspace."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def pledges(self, live_states: Sequence[str], given_up_states: Sequence[str]) -> Iterator[Pledge]:
        """The pledges, by a proposal of any call that is live or holds an award, of papers that may be contested.

        Those papers are what several proposals pledge, and what says how much it commits. A proposal in a state of
        ``given_up_states`` holds nothing.
        """
        states, outcomes, given_up = (
            ", ".join("?" * len(words)) for words in (live_states, HOLDING_OUTCOMES, given_up_states)
        )
        rows = read_rows(
            self._connection,
            "SELECT line.evidence, line.proposal, line.amount_minor, (SELECT min(committed_minor) FROM evidence "
            "WHERE evidence.proposal = line.proposal AND evidence.identity = line.evidence), currency "
            "FROM counterpart_line AS line JOIN proposal ON proposal.number = line.proposal "
            'JOIN "call" ON "call".call = proposal.call '
            "LEFT JOIN package_line AS decided ON decided.package = proposal.determination_package "
            "AND decided.proposal = proposal.number "
            f"WHERE (proposal.state IN ({states}) "
            f"OR (decided.outcome IN ({outcomes}) AND proposal.state NOT IN ({given_up}))) "
            "AND (line.evidence IN (SELECT identity FROM evidence WHERE committed_minor IS NOT NULL) "
            f"OR {_LIKENESS} IN (SELECT {_LIKENESS} FROM counterpart_line AS line {_BY_SEVERAL}) "
            f"OR {_MARK} IN (SELECT {_MARK} FROM counterpart_line AS line {_BY_SEVERAL}))",
            (*live_states, *HOLDING_OUTCOMES, *given_up_states),
        )
        for evidence, proposal, units, committed, currency in rows:
            limit = None if committed is None else from_minor(committed, currency)
            yield Pledge(evidence, proposal, from_minor(units, currency), currency, limit)

    def pledged_in(self, call: str, states: Sequence[str], papers: Sequence[str]) -> dict[str, list[str]]:
        """Which of some papers the proposals of a call pledge that are in some states, by number."""
        found: dict[str, list[str]] = {}
        rows = read_rows(
            self._connection,
            "SELECT DISTINCT line.proposal, line.evidence FROM counterpart_line AS line "
            "JOIN proposal ON proposal.number = line.proposal "
            f"WHERE call = ? AND state IN ({', '.join('?' * len(states))}) "
            "AND line.evidence IN (SELECT value FROM json_each(?)) ORDER BY line.proposal, line.evidence",
            (call, *states, orjson.dumps(papers).decode()),
        )
        for proposal, paper in rows:
            found.setdefault(proposal, []).append(paper)
        return found

    def settlements(self) -> dict[str, str]:
        """Which proposal a contested paper counts for, where its source has said so."""
        return {row[0]: row[1] for row in self._connection.exec_driver_sql("SELECT * FROM evidence_settlement")}

    def settlements_in(self, call: str) -> dict[str, str]:
        """The same of the papers that proposals of a call pledge, or that may be the same as those."""
        pledged = (
            "FROM counterpart_line AS line JOIN proposal ON proposal.number = line.proposal WHERE proposal.call = ?"
        )
        rows = self._connection.exec_driver_sql(
            "SELECT identity, proposal FROM evidence_settlement "
            f"WHERE substr(identity, 1, 70) IN (SELECT {_LIKENESS} {pledged}) "
            f"OR substr(identity, 72) IN (SELECT {_MARK} {pledged})",
            (call, call),
        )
        return {row[0]: row[1] for row in rows}

    def settlements_of(self, proposal: str) -> dict[str, str]:
        """The same of the papers of one proposal, whichever they count for."""
        rows = self._connection.exec_driver_sql(
            "SELECT identity, proposal FROM evidence_settlement "
            "WHERE identity IN (SELECT identity FROM evidence WHERE proposal = ?)",
            (proposal,),
        )
        return {row[0]: row[1] for row in rows}

    def settle(self, identity: str, proposal: str) -> None:
        """Writes down which proposal a paper counts for."""
        self._connection.exec_driver_sql(
            "INSERT OR REPLACE INTO evidence_settlement VALUES (?, ?)", (identity, proposal)
        )

    def attach(self, proposal: str, before: str, paper: Evidence) -> None:
        """Names the stored file of a paper, which from then on has another identity, also where it is pledged."""
        self._connection.exec_driver_sql(
            "UPDATE evidence SET file_name = ?, sha256 = ?, identity = ? WHERE proposal = ? AND identity = ?",
            (paper.file_name, paper.sha256, paper.identity, proposal, before),
        )
        self._connection.exec_driver_sql(
            "UPDATE counterpart_line SET evidence = ? WHERE proposal = ? AND evidence = ?",
            (paper.identity, proposal, before),
        )

    def references(self, numbers: Sequence[str]) -> dict[str, dict[str, str]]:
        """What the applicants of some proposals call their papers: by proposal, then by the paper's identity."""
        marks = ", ".join("?" * len(numbers))
        query = f"SELECT proposal, identity, reference FROM evidence WHERE reference <> '' AND proposal IN ({marks})"
        found: dict[str, dict[str, str]] = {}
        for proposal, identity, reference in read_rows(self._connection, query, numbers):
            found.setdefault(proposal, {})[identity] = reference
        return found

    def listed(self, call: str, proposal: str | None) -> Iterator[ListedPaper]:
        """The papers of the proposals of a call, or of one of them, in the order in which each gives them."""
        rows = read_rows(
            self._connection,
            "SELECT paper.proposal, paper.reference, paper.kind, paper.issuer, paper.sha256, paper.file_name "
            "FROM evidence AS paper JOIN proposal AS of ON of.number = paper.proposal "
            "WHERE of.call = ? AND of.number = coalesce(?, of.number) ORDER BY paper.proposal, paper.position",
            (call, proposal),
        )
        return map(ListedPaper._make, rows)

    def add(self, proposal: str, paper: Evidence, currency: str) -> None:
        """Adds a paper to a proposal."""
        position = self._connection.exec_driver_sql(
            "SELECT coalesce(max(position), 0) + 1 FROM evidence WHERE proposal = ?", (proposal,)
        ).one()[0]
        insert_rows(self._connection, tables.evidence, [(proposal, position, *evidence_values(paper, currency))])

    def redact_issuer(self, name: str, words: str) -> list[tuple[str, int]]:
        """Writes ``words`` for an issuer of papers, and removes the names of their files; identities stay.

        Returns the papers, by proposal and position.
        """
        papers: list[tuple[str, int]] = []
        issuers = self._connection.exec_driver_sql("SELECT DISTINCT issuer FROM evidence").all()
        for (issuer,) in issuers:
            if match_name(issuer) == match_name(name):
                rows = self._connection.exec_driver_sql(
                    "UPDATE evidence SET issuer = ?, file_name = NULL WHERE issuer = ? RETURNING proposal, position",
                    (words, issuer),
                )
                papers += [(row[0], row[1]) for row in rows]
        return sorted(papers)
