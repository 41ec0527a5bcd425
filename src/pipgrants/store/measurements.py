"""Monitoring: the logical framework in force of each project, the year of its baseline, and what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from pipgrants.store import tables
from pipgrants.store.bulk import insert_rows, read_rows


class MonitoredRow(NamedTuple):
    """A project whose logical framework is on record; ``baseline_year`` is None until its baseline is."""

    project: str
    framework_hash: str
    baseline_year: int | None = None


class MeasurementRow(NamedTuple):
    """A row of what was measured, as the text of its fields; content and salt are None where they were redacted.

    ``firm`` is the beneficiary whose statement it is, ``as_of`` the day that it speaks of.
    """

    project: str
    number: int
    kind: str
    as_of: str | None
    firm: str | None
    content: str | None
    salt: bytes | None


class Measurements:
    """What is monitored of projects."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, project: str) -> MonitoredRow | None:
        """The framework and baseline of a project, None without a framework."""
        query = "SELECT * FROM monitored_project WHERE project = ?"
        return next(map(MonitoredRow._make, read_rows(self._connection, query, (project,))), None)

    def put(self, row: MonitoredRow) -> None:
        """Writes the framework and baseline of a project in the place of the last."""
        self._connection.exec_driver_sql("INSERT OR REPLACE INTO monitored_project VALUES (?, ?, ?)", tuple(row))

    def of(self, project: str) -> list[MeasurementRow]:
        """What was measured of a project, in the order in which it was recorded."""
        query = "SELECT * FROM measurement WHERE project = ? ORDER BY number"
        return list(map(MeasurementRow._make, read_rows(self._connection, query, (project,))))

    def add(self, rows: Iterable[MeasurementRow]) -> None:
        """Writes down what was measured."""
        insert_rows(self._connection, tables.measurement, rows)

    def last_days(self, project: str) -> dict[str, str | None]:
        """The kinds of record that a project has, each with the last day that one speaks of."""
        query = "SELECT kind, max(as_of) FROM measurement WHERE project = ? GROUP BY kind ORDER BY kind"
        return dict(read_rows(self._connection, query, (project,)))

    def redact(self, firm: str) -> Sequence[tuple[str, int]]:
        """Removes what a firm stated; returns project and number of each row."""
        query = "SELECT project, number FROM measurement WHERE firm = ? AND content IS NOT NULL ORDER BY 1, 2"
        found = list(read_rows(self._connection, query, (firm,)))
        query = "UPDATE measurement SET content = NULL, salt = NULL WHERE firm = ?"
        self._connection.exec_driver_sql(query, (firm,))
        return found
