"""Who scores what, and the marks: one row for each evaluator and proposal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from pipgrants.domain.vocabulary import Stage
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows, read_rows


class EvaluationRow(NamedTuple):
    """The marks of one evaluator for one proposal: by criterion as text, None for "not applicable"; None if not in.

    ``salt`` is the secret one of the comments, None where there are none.
    """

    proposal: str
    evaluator: str
    marks: dict[str, str | None] | None
    comments: dict[str, str]
    conflict: str | None
    salt: bytes | None


class ConsensusRow(NamedTuple):
    """What the evaluators of a proposal agreed on: marks by criterion as text, None for "not applicable".

    ``participants`` are those who took part, ``held_on`` the day in ISO form, ``minutes`` the SHA-256 of the file.
    """

    marks: dict[str, str | None]
    participants: tuple[str, ...]
    held_on: str
    minutes: str


class Evaluations:
    """Assignments and marks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def assign(self, stage: str, pairs: Sequence[tuple[str, str]]) -> None:
        """Assigns evaluators, given as (proposal, evaluator)."""
        rows = [(proposal, stage, evaluator, None, None, None, None) for proposal, evaluator in pairs]
        insert_rows(self._connection, tables.evaluation, rows)

    def score(self, stage: str, rows: Sequence[EvaluationRow]) -> None:
        """Writes marks in the place of any before."""
        self._connection.exec_driver_sql(
            "UPDATE evaluation SET marks = ?, comments = ?, salt = ? "
            "WHERE proposal = ? AND stage = ? AND evaluator = ?",
            [
                (
                    None if row.marks is None else orjson.dumps(row.marks, option=orjson.OPT_SORT_KEYS).decode(),
                    orjson.dumps(row.comments, option=orjson.OPT_SORT_KEYS).decode(),
                    row.salt,
                    row.proposal,
                    stage,
                    row.evaluator,
                )
                for row in rows
            ],
        )

    def remove(self, stage: Stage, proposal: str, evaluator: str) -> None:
        """Takes an evaluator off a panel."""
        self._connection.exec_driver_sql(
            "DELETE FROM evaluation WHERE proposal = ? AND stage = ? AND evaluator = ?", (proposal, stage, evaluator)
        )

    def declare_conflict(self, stage: Stage, proposal: str, evaluator: str, reason: str) -> None:
        """Writes down a conflict of interest: the evaluator no longer scores that proposal."""
        self._connection.exec_driver_sql(
            "UPDATE evaluation SET conflict = ?, marks = NULL WHERE proposal = ? AND stage = ? AND evaluator = ?",
            (reason, proposal, stage, evaluator),
        )

    def of_proposal(self, proposal: str, stage: str) -> list[EvaluationRow]:
        """The evaluations of one proposal."""
        rows = self._connection.exec_driver_sql(
            "SELECT proposal, evaluator, marks, comments, conflict, salt FROM evaluation "
            "WHERE proposal = ? AND stage = ? ORDER BY evaluator",
            (proposal, stage),
        )
        return [_row(*row) for row in rows]

    def evaluators_of(self, proposal: str) -> set[str]:
        """Everybody who scored a proposal or was to, at any stage and on any appeal."""
        query = "SELECT evaluator FROM evaluation WHERE proposal = ?"
        return {row[0] for row in self._connection.exec_driver_sql(query, (proposal,))}

    def of_call(self, call: str, stage: Stage) -> Iterator[EvaluationRow]:
        """The evaluations of a call in the order of proposals and evaluators."""
        rows = read_rows(
            self._connection,
            "SELECT evaluation.proposal, evaluator, marks, comments, conflict, salt FROM evaluation "
            "JOIN proposal ON proposal.number = evaluation.proposal "
            "WHERE proposal.call = ? AND evaluation.stage = ? ORDER BY evaluation.proposal, evaluator",
            (call, stage),
        )
        return (_row(*row) for row in rows)

    def counting(self, call: str, stage: Stage) -> Iterator[tuple[str, str, dict[str, str | None]]]:
        """The marks given in a stage as (proposal, evaluator, marks), in that order, conflicts of interest left out."""
        rows = read_rows(
            self._connection,
            "SELECT evaluation.proposal, evaluator, marks FROM evaluation "
            "JOIN proposal ON proposal.number = evaluation.proposal WHERE proposal.call = ? AND evaluation.stage = ? "
            "AND marks IS NOT NULL AND conflict IS NULL ORDER BY evaluation.proposal, evaluator",
            (call, stage),
        )
        return ((proposal, evaluator, orjson.loads(marks)) for proposal, evaluator, marks in rows)

    def marks_between(self, stage: Stage, first: str, last: str) -> defaultdict[str, list[dict[str, str | None]]]:
        """The complete or partial marks of the proposals between two numbers, conflicts of interest left out."""
        found: defaultdict[str, list[dict[str, str | None]]] = defaultdict(list)
        rows = read_rows(
            self._connection,
            "SELECT proposal, marks FROM evaluation WHERE proposal BETWEEN ? AND ? AND stage = ? "
            "AND marks IS NOT NULL AND conflict IS NULL ORDER BY proposal, evaluator",
            (first, last, stage),
        )
        for proposal, marks in rows:
            found[proposal].append(orjson.loads(marks))
        return found

    def agree(self, stage: Stage, proposal: str, row: ConsensusRow) -> None:
        """Writes a consensus in the place of any before."""
        self.set_aside_consensus(stage, proposal)
        marks = orjson.dumps(row.marks, option=orjson.OPT_SORT_KEYS).decode()
        values = (proposal, stage, marks, " ".join(row.participants), row.held_on, row.minutes)
        insert_rows(self._connection, tables.consensus, [values])

    def set_aside_consensus(self, stage: Stage, proposal: str) -> None:
        """Removes the consensus on a proposal, where there is one."""
        self._connection.exec_driver_sql("DELETE FROM consensus WHERE proposal = ? AND stage = ?", (proposal, stage))

    def consensus(self, stage: Stage, proposal: str) -> ConsensusRow | None:
        """The consensus on a proposal."""
        row = self._connection.exec_driver_sql(
            "SELECT marks, participants, held_on, minutes FROM consensus WHERE proposal = ? AND stage = ?",
            (proposal, stage),
        ).one_or_none()
        return None if row is None else ConsensusRow(orjson.loads(row[0]), tuple(row[1].split()), row[2], row[3])

    def agreed_between(self, stage: Stage, first: str, last: str) -> defaultdict[str, list[dict[str, str | None]]]:
        """The marks of the consensus on each of the proposals between two numbers, as the one sheet of marks."""
        found: defaultdict[str, list[dict[str, str | None]]] = defaultdict(list)
        rows = read_rows(
            self._connection,
            "SELECT proposal, marks FROM consensus WHERE proposal BETWEEN ? AND ? AND stage = ?",
            (first, last, stage),
        )
        for proposal, marks in rows:
            found[proposal].append(orjson.loads(marks))
        return found

    def agreed(self, call: str, stage: Stage) -> set[str]:
        """The proposals of a call on which there is a consensus."""
        rows = read_rows(
            self._connection,
            "SELECT consensus.proposal FROM consensus JOIN proposal ON proposal.number = consensus.proposal "
            "WHERE proposal.call = ? AND consensus.stage = ?",
            (call, stage),
        )
        return {proposal for (proposal,) in rows}

    def lacking(
        self, call: str, stage: Stage, states: Sequence[str], wanted: int, criteria_count: int
    ) -> tuple[int, int]:
        """How many proposals in some states have too few evaluators, and how many too few complete evaluations."""
        row = self._connection.exec_driver_sql(
            "SELECT count(*) FILTER (WHERE assigned < ?1), count(*) FILTER (WHERE complete < ?1) FROM ("
            "SELECT count(evaluator) AS assigned, "
            "count(evaluator) FILTER (WHERE (SELECT count(*) FROM json_each(marks)) >= ?2) AS complete "
            "FROM proposal LEFT JOIN evaluation "
            "ON evaluation.proposal = proposal.number AND evaluation.stage = ?3 AND conflict IS NULL "
            f"WHERE call = ?4 AND state IN ({', '.join('?' * len(states))}) GROUP BY proposal.number)",
            (wanted, criteria_count, stage, call, *states),
        ).one()
        return int(row[0]), int(row[1])

    def conflicts(self, call: str) -> defaultdict[str, set[str]]:
        """The evaluators who declared a conflict of interest in any stage, by proposal."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        rows = self._connection.exec_driver_sql(
            "SELECT proposal, evaluator FROM evaluation JOIN proposal ON proposal.number = evaluation.proposal "
            "WHERE proposal.call = ? AND conflict IS NOT NULL",
            (call,),
        )
        for proposal, evaluator in rows:
            found[proposal].add(evaluator)
        return found


def _row(
    proposal: str,
    evaluator: str,
    marks: str | None,
    comments: str | None,
    conflict: str | None,
    salt: bytes | None,
) -> EvaluationRow:
    return EvaluationRow(
        proposal,
        evaluator,
        None if marks is None else orjson.loads(marks),
        {} if comments is None else orjson.loads(comments),
        conflict,
        salt,
    )
