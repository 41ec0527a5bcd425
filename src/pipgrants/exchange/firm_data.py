"""Firms that register with a project: one row for each, with the day of its consent and the data that it gives."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pipgrants.domain.firm_data import FirmData
from pipgrants.domain.monitoring.firms import REPORTED_FACTS, FirmFact
from pipgrants.errors import Problem
from pipgrants.exchange.cells import Notation, RowReader
from pipgrants.exchange.fields import LONGEST_KEY, Field, Kind
from pipgrants.exchange.files import open_table
from pipgrants.exchange.listed import read_rows
from pipgrants.exchange.problems import Place, ProblemLog
from pipgrants.paths import called

LARGEST_NUMBER = Decimal(10) ** 12
_ZERO = Decimal(0)

FIRM = Field("firm", required=True, longest=LONGEST_KEY)
DATA = (
    Field("year", Kind.NUMBER),
    *(Field(fact.value, Kind.NUMBER if fact is FirmFact.EMPLOYMENT else Kind.AMOUNT) for fact in REPORTED_FACTS),
)
"""The columns of what firms give: the year, and what they report of it."""

REGISTRATIONS = (
    FIRM,
    Field("registered_on", Kind.DATE, required=True),
    Field("consent_on", Kind.DATE),
    *DATA,
)


class RegisteringFirm(NamedTuple):
    """A firm as a file registers it; without ``consent_on`` it agreed on the day that is on record of it."""

    firm: str
    registered_on: date
    consent_on: date | None
    data: FirmData | None
    place: Place


def read_registrations(path: Path, currency: str) -> tuple[tuple[RegisteringFirm, ...], tuple[Problem, ...]]:
    """The firms of a file with the columns of ``REGISTRATIONS``, and what is wrong with its rows.

    Raises ImportRefusedError where the file as a whole cannot be read, or holds no row.
    """
    log, notation = ProblemLog(called(path)), Notation(currency, ZoneInfo("UTC"))
    with open_table(path, log.problem) as table:
        found = read_rows(table, REGISTRATIONS, notation, log, _registration, lambda item: item.firm)
    if not found and not log.problems():
        raise Place(called(path)).refusal("import.no_firm")
    return found, log.problems()


def _registration(reader: RowReader) -> RegisteringFirm:
    return RegisteringFirm(
        firm=reader.text("firm") or "",
        registered_on=reader.date("registered_on") or date.min,
        consent_on=reader.date("consent_on"),
        data=read_data(reader),
        place=reader.row.place,
    )


def read_data(reader: RowReader) -> FirmData | None:
    """What a firm gives in a row; None where it gives nothing. Figures need the year that they are of."""
    figures: dict[FirmFact, Decimal] = {}
    for fact in REPORTED_FACTS:
        value = _figure(reader, fact)
        if value is not None:
            figures[fact] = value
    year = reader.year("year")
    if figures and reader.text("year") is None:
        reader.problem("year", "import.required")
    return FirmData(year or 0, figures) if figures or year else None


def _figure(reader: RowReader, fact: FirmFact) -> Decimal | None:
    if reader.text(fact.value) is None:
        return None
    if fact is FirmFact.EMPLOYMENT:
        return reader.number_between(fact.value, _ZERO, LARGEST_NUMBER)
    return reader.amount(fact.value)
