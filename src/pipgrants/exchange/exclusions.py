"""Exclusion lists: the parties that may not receive money, with the reason and the day until which it holds."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.application import Exclusion
from pipgrants.errors import Problem
from pipgrants.exchange.cells import NO_MONEY, RowReader
from pipgrants.exchange.fields import EXCLUSIONS
from pipgrants.exchange.files import open_table
from pipgrants.exchange.problems import ProblemLog
from pipgrants.exchange.sheets import data_rows


class ExclusionsResult(NamedTuple):
    """The parties of a list, and what is wrong with the other rows."""

    exclusions: tuple[Exclusion, ...]
    problems: tuple[Problem, ...]
    rows_read: int


def read_exclusions(path: Path) -> ExclusionsResult:
    """The parties of an exclusion list with the columns name, tax_country, tax_number, reason and until_on.

    Raises ImportRefusedError where the file as a whole cannot be read.
    """
    log = ProblemLog(path.name)
    exclusions = []
    rows_read = 0
    with open_table(path, log.problem) as table:
        for row in data_rows(table, EXCLUSIONS):
            rows_read += 1
            reader = RowReader(row, EXCLUSIONS, NO_MONEY, log)
            exclusion = _exclusion(reader)
            if not reader.failed:
                exclusions.append(exclusion)
    return ExclusionsResult(tuple(exclusions), log.problems(), rows_read)


def _exclusion(reader: RowReader) -> Exclusion:
    if reader.text("tax_number") and not reader.text("tax_country"):
        reader.problem("tax_number", "import.tax_country_missing")
    return Exclusion(
        name=reader.text("name") or "",
        reason=reader.text("reason") or "",
        tax_country=reader.country("tax_country"),
        tax_number=reader.text("tax_number"),
        until_on=reader.date("until_on"),
    )
