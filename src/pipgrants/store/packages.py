"""Rankings, draws, and the packages that one person prepares and another approves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import ConcurrentChangeError, NotFoundError, UsageError
from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows, read_rows

_RANKING = "rank, proposal, total, tie_broken_by, drawn_among, passes_thresholds, detail"


class RankingRow(NamedTuple):
    """One place of a ranking; ``detail`` is the canonical bytes of the score, ``drawn_among`` numbers with spaces."""

    rank: int
    proposal: str
    total: str
    tie_broken_by: str | None
    drawn_among: str | None
    passes_thresholds: bool
    detail: bytes


class PackageRow(NamedTuple):
    """What was prepared: ``content`` is canonical bytes, and the hash names them together with the lines."""

    hash: str
    kind: str
    programme: str | None
    call: str | None
    stage: str | None
    state: str
    prepared_by: str
    prepared_at: str
    content: bytes


class PackageLine(NamedTuple):
    """The determination proposed for one proposal; ``detail`` is the canonical bytes of its reasons."""

    proposal: str
    rank: int | None
    outcome: str
    amount_minor: int | None
    detail: bytes


class DrawRow(NamedTuple):
    """The random numbers entered for a draw, as the key of RFC 3797."""

    key: str
    evidence_sha256: str


class Packages:
    """Rankings and packages."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def replace_ranking(self, call: str, stage: Stage, rows: Sequence[RankingRow]) -> None:
        """Writes the ranking of a stage in the place of the last."""
        self._connection.exec_driver_sql("DELETE FROM ranking_line WHERE call = ? AND stage = ?", (call, stage))
        insert_rows(self._connection, tables.ranking_line, ((call, stage, *row) for row in rows))

    def ranking(self, call: str, stage: Stage) -> Iterator[RankingRow]:
        """The ranking of a stage, best first."""
        query = f"SELECT {_RANKING} FROM ranking_line WHERE call = ? AND stage = ? ORDER BY rank"
        return map(RankingRow._make, read_rows(self._connection, query, (call, stage)))

    def rank_of(self, call: str, stage: Stage, proposal: str) -> RankingRow | None:
        """The place of one proposal, None where it was not ranked."""
        rows = self._connection.exec_driver_sql(
            f"SELECT {_RANKING} FROM ranking_line WHERE call = ? AND stage = ? AND proposal = ?",
            (call, stage, proposal),
        )
        return next((RankingRow(*row) for row in rows), None)

    def draw(self, call: str, stage: Stage) -> DrawRow | None:
        """The draw of a stage, None where none was entered."""
        rows = self._connection.exec_driver_sql(
            "SELECT key, evidence_sha256 FROM draw WHERE call = ? AND stage = ?", (call, stage)
        )
        return next((DrawRow(*row) for row in rows), None)

    def enter_draw(self, call: str, stage: Stage, row: DrawRow) -> None:
        """Writes down the random numbers of a draw, once."""
        insert_rows(self._connection, tables.draw, [(call, stage, *row)])

    def add(self, row: PackageRow, lines: Sequence[PackageLine] = ()) -> None:
        """Writes a package; preparing the same again changes nothing but who prepared it last."""
        self._connection.exec_driver_sql("DELETE FROM package_line WHERE package = ?", (row.hash,))
        self._connection.exec_driver_sql("DELETE FROM package WHERE hash = ?", (row.hash,))
        insert_rows(self._connection, tables.package, [row])
        insert_rows(self._connection, tables.package_line, ((row.hash, *line) for line in lines))

    def get(self, package_hash: str) -> PackageRow:
        """A package by the beginning of its hash, or the one that waits for a call or programme of that name.

        Raises NotFoundError without one, UsageError where several begin so.
        """
        rows = self._connection.exec_driver_sql(
            "SELECT * FROM package WHERE (length(?1) >= 8 AND substr(hash, 1, length(?1)) = ?1) "
            "OR (coalesce(call, programme) = ?1 AND state = 'prepared')",
            (package_hash,),
        ).all()
        if not rows:
            raise NotFoundError(
                f"no package begins with {package_hash!r} or waits under that name",
                next_step="pipgrants status lists the packages waiting for approval",
            )
        if len(rows) > 1:
            raise UsageError(
                f"several packages begin with {package_hash}", next_step="give more characters of the hash"
            )
        return PackageRow(*rows[0])

    def waiting(self) -> list[PackageRow]:
        """Packages prepared and not yet approved or returned."""
        rows = self._connection.exec_driver_sql("SELECT * FROM package WHERE state = 'prepared' ORDER BY prepared_at")
        return [PackageRow(*row) for row in rows]

    def of_call(self, call: str) -> list[PackageRow]:
        """All packages of a call, oldest first."""
        rows = self._connection.exec_driver_sql("SELECT * FROM package WHERE call = ? ORDER BY prepared_at", (call,))
        return [PackageRow(*row) for row in rows]

    def lines(self, package_hash: str) -> Iterator[PackageLine]:
        """The lines of a package in proposal order."""
        query = (
            "SELECT proposal, rank, outcome, amount_minor, detail FROM package_line WHERE package = ? ORDER BY proposal"
        )
        return map(PackageLine._make, read_rows(self._connection, query, (package_hash,)))

    def determined(self, call: str) -> dict[str, PackageLine]:
        """The line by which each proposal of a call was decided last, by number."""
        query = (
            "SELECT line.proposal, line.rank, line.outcome, line.amount_minor, line.detail FROM proposal "
            "JOIN package_line AS line ON line.package = proposal.determination_package "
            "AND line.proposal = proposal.number WHERE proposal.call = ? ORDER BY proposal.number"
        )
        return {row[0]: PackageLine(*row) for row in read_rows(self._connection, query, (call,))}

    def line(self, package_hash: str, proposal: str) -> PackageLine | None:
        """The line of one proposal."""
        rows = self._connection.exec_driver_sql(
            "SELECT proposal, rank, outcome, amount_minor, detail FROM package_line WHERE package = ? AND proposal = ?",
            (package_hash, proposal),
        )
        return next((PackageLine(*row) for row in rows), None)

    def standing(self, call: str) -> Iterator[PackageLine]:
        """The decision that stands on each proposal of a call, in proposal order."""
        query = (
            "SELECT line.proposal, rank, outcome, amount_minor, detail FROM package_line AS line "
            "JOIN proposal ON proposal.number = line.proposal AND proposal.determination_package = line.package "
            "WHERE proposal.call = ? ORDER BY line.proposal"
        )
        return map(PackageLine._make, read_rows(self._connection, query, (call,)))

    def totals(self, package_hash: str) -> dict[str, tuple[int, int]]:
        """For each outcome of a package: how many, and how many minor units."""
        rows = self._connection.exec_driver_sql(
            "SELECT outcome, count(*), coalesce(sum(amount_minor), 0) FROM package_line WHERE package = ? "
            "GROUP BY outcome ORDER BY outcome",
            (package_hash,),
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def settle(self, package_hash: str, state: str) -> None:
        """Marks a package ratified, returned or superseded. Raises ConcurrentChangeError where it no longer waits."""
        changed = self._connection.exec_driver_sql(
            "UPDATE package SET state = ? WHERE hash = ? AND state = 'prepared'", (state, package_hash)
        ).rowcount
        if changed != 1:
            raise ConcurrentChangeError(
                f"package {package_hash[:12]} no longer waits for approval",
                next_step="look at it with `pipgrants status`",
            )

    def supersede(self, programme: str, call: str | None, kind: str | None = None) -> None:
        """Sets aside what still waits for a call, or for its programme, because it no longer can be approved."""
        self._connection.exec_driver_sql(
            "UPDATE package SET state = 'superseded' "
            "WHERE programme = ? AND call IS ? AND kind = coalesce(?, kind) AND state = 'prepared'",
            (programme, call, kind),
        )
