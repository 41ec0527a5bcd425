"""What monitoring measures, read from one workbook (a sheet for each kind of record) or a folder of CSV files.

Sheets may be left out. The columns are ``SHEETS``; amounts are in one currency.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from pipgrants.domain.monitoring.baseline import Territory
from pipgrants.domain.monitoring.firms import FirmGroup, FirmValues, last_full_year
from pipgrants.domain.monitoring.idb_indicators import Agreement, AgreementKind, JointActivity, Payment
from pipgrants.domain.monitoring.progress import Report
from pipgrants.domain.monitoring.ratings import Rating
from pipgrants.domain.monitoring.record import Measured, MonitoringRecord, key_of
from pipgrants.domain.monitoring.targets import Reported
from pipgrants.domain.vocabulary import SizeClass
from pipgrants.exchange.cells import Notation, RowReader
from pipgrants.exchange.fields import LONGEST_KEY, LONGEST_TEXT, Field, Kind, YesOrNo
from pipgrants.exchange.files import open_form, plain_name
from pipgrants.exchange.listed import read_rows, refuse_mistakes
from pipgrants.exchange.problems import Place, ProblemLog
from pipgrants.exchange.tabular import Row, Table
from pipgrants.paths import called

T = TypeVar("T")
M = TypeVar("M", bound=Measured)

LARGEST_NUMBER = Decimal(10) ** 12

_ZERO, _ONE = Decimal(0), Decimal(1)
_SMALLEST_INDEX = Decimal("0.000001")
_NO_DAY = date.min
"""Stands in a row that is not used, because its day cannot be read."""

_INSTRUCTIONS = "instructions"


def _key(name: str, *, required: bool = True) -> Field:
    return Field(name, required=required, longest=LONGEST_KEY)


def _amount(name: str, *, required: bool = False) -> Field:
    return Field(name, Kind.AMOUNT, required)


def _number(name: str, *, required: bool = False) -> Field:
    return Field(name, Kind.NUMBER, required)


def _day(name: str, *, required: bool = False) -> Field:
    return Field(name, Kind.DATE, required)


_YEAR = _number("year", required=True)
_TITLE = Field("title", required=True)

SHEETS: dict[str, tuple[Field, ...]] = {
    "firms": (
        _key("firm"),
        _YEAR,
        Field("group", Kind.WORD, required=True, words=FirmGroup),
        Field("size_class", Kind.WORD, words=SizeClass),
        _amount("production"),
        _number("employment"),
        _amount("sales"),
        _amount("exports"),
        _amount("value_added"),
        _amount("investment"),
        Field("follows_strategy", Kind.YES_OR_NO, words=YesOrNo),
        _number("position"),
    ),
    "territory": (
        _YEAR,
        _amount("gdp"),
        _amount("national_gdp"),
        _number("population"),
        _amount("production"),
        _amount("exports"),
        _number("cluster_firms"),
        _number("price_index"),
    ),
    "indicators": (
        _key("indicator"),
        _day("on", required=True),
        _number("value", required=True),
        _key("firm", required=False),
    ),
    "progress": (
        _key("activity"),
        _day("on", required=True),
        _number("done_share", required=True),
        _amount("spent_amount"),
        _day("started_on"),
        _day("finished_on"),
    ),
    "ratings": (_key("activity"), _key("firm"), _key("kind"), _number("mark", required=True)),
    "activities": (
        _TITLE,
        _day("on", required=True),
        _number("firms", required=True),
        Field("actors", longest=LONGEST_TEXT),
    ),
    "agreements": (
        Field("kind", Kind.WORD, required=True, words=AgreementKind),
        _TITLE,
        _day("on", required=True),
        Field("by_consensus", Kind.YES_OR_NO, required=True, words=YesOrNo),
    ),
    "payments": (_key("reference"), _day("on", required=True), _amount("amount", required=True)),
}
"""The sheets of a monitoring record, each with its columns."""


STATED: dict[str, frozenset[str]] = {
    "firms": frozenset({"firm", "year", "group", "size_class"}),
    "territory": frozenset({"year"}),
    "indicators": frozenset({"indicator", "on", "firm"}),
    "progress": frozenset({"activity", "on"}),
    "ratings": frozenset({"activity", "firm", "kind"}),
}
"""What a form may state already of a row. One in which nobody filled in anything else is not reported."""


class Allowed(NamedTuple):
    """What a record may speak of: codes of the logical framework, None where any may stand, and beneficiary firms.

    No row is as of a day after ``until``; marks of ratings lie on the scale from ``lowest`` to ``highest``.
    """

    indicators: Sequence[str] | None = None
    activities: Sequence[str] | None = None
    is_firm: Callable[[str], bool] = bool
    until: date = date.max
    lowest: Decimal = _ZERO
    highest: Decimal = LARGEST_NUMBER


ANYTHING = Allowed()


def read_monitoring(path: Path, currency: str, allowed: Allowed = ANYTHING) -> MonitoringRecord:
    """The record of a workbook or a folder of CSV files, every mistake of it listed.

    Raises NotFoundError where there is no such file, ImportRefusedError where it cannot be read or has mistakes.
    """
    log = ProblemLog(called(path))
    notation = Notation(currency, ZoneInfo("UTC"))
    with open_form(path, tuple(SHEETS), _INSTRUCTIONS, log.problem) as opened:
        source = _Source(_by_sheet(opened, path), notation, log)
        found = MonitoringRecord(
            firms=source.rows("firms", _firm(allowed)),
            territory=source.rows("territory", _territory(allowed)),
            indicators=source.rows("indicators", _reported(allowed)),
            progress=source.rows("progress", _progress(allowed)),
            ratings=source.rows("ratings", _rating(allowed)),
            activities=source.rows("activities", _activity(allowed)),
            agreements=source.rows("agreements", _agreement(allowed)),
            payments=tuple(payment for _, payment in source.listed("payments", _payment, lambda item: item[0])),
        )
    refuse_mistakes(path, log)
    return found


@dataclass(frozen=True, slots=True)
class _Source:
    tables: dict[str, Table]
    notation: Notation
    log: ProblemLog

    def rows(self, name: str, read: Callable[[RowReader], M]) -> tuple[M, ...]:
        """The rows of a sheet of what is measured; two of one key are a mistake."""
        found = self.tables.get(name)
        if found is not None and name in STATED:
            self.tables[name] = found._replace(rows=(row for row in found.rows if _is_reported(row, STATED[name])))
        return self.listed(name, read, lambda item: key_of(name, item))

    def listed(self, name: str, read: Callable[[RowReader], T], key: Callable[[T], Hashable]) -> tuple[T, ...]:
        """The rows of a sheet."""
        if name not in self.tables:
            return ()
        return read_rows(self.tables[name], SHEETS[name], self.notation, self.log, read, key)


def _is_reported(row: Row, stated: frozenset[str]) -> bool:
    """Whether a row says more than what a form stated; one that says nothing at all is read, and refused."""
    return (
        not row.sound
        or any(cell for name, cell in row.cells.items() if name not in stated)
        or not any(row.cells.values())
    )


def _by_sheet(tables: Sequence[Table], path: Path) -> dict[str, Table]:
    found: dict[str, Table] = {}
    for table in tables:
        first = found.setdefault(plain_name(table.name), table)
        if first is not table:
            raise Place(called(path)).refusal("import.sheet_twice", names=f"{first.name}, {table.name}")
    found.pop(_INSTRUCTIONS, None)
    if not found or not found.keys() <= SHEETS.keys():
        seen = ", ".join(table.name or "a list" for table in tables) or "none"
        raise Place(called(path)).refusal("import.unexpected_sheets", expected=", ".join(SHEETS), seen=seen)
    return found


def _whole(reader: RowReader, name: str) -> Decimal | None:
    value = reader.number_between(name, _ZERO, LARGEST_NUMBER)
    if value is not None and value != int(value):
        reader.problem(name, "import.not_whole", limit=f"{LARGEST_NUMBER:,}")
        return None
    return value


def _known(reader: RowReader, name: str, code: str, allowed: Sequence[str] | None) -> str:
    text = reader.text(name) or ""
    if text and allowed is not None and text not in allowed:
        reader.problem(name, code, allowed=", ".join(allowed))
    return text


def _beneficiary(reader: RowReader, allowed: Allowed) -> str:
    firm = reader.text("firm") or ""
    if firm and not allowed.is_firm(firm):
        reader.problem("firm", "import.unknown_firm")
    return firm


def _day_until(reader: RowReader, name: str, until: date) -> date | None:
    day = reader.date(name)
    if day is not None and day > until:
        reader.problem(name, "import.day_to_come", day=until.isoformat())
    return day


def _year_until(reader: RowReader, until: date) -> int:
    """A year that is over: what is reported of it is as of its last day."""
    year = reader.year("year") or 0
    if year > last_full_year(until):
        reader.problem("year", "import.year_to_come", year=str(last_full_year(until)))
    return year


def _firm(allowed: Allowed) -> Callable[[RowReader], FirmValues]:
    def read(reader: RowReader) -> FirmValues:
        group = reader.word("group", FirmGroup) or FirmGroup.BENEFICIARY
        is_beneficiary = group is FirmGroup.BENEFICIARY
        return FirmValues(
            firm=_beneficiary(reader, allowed) if is_beneficiary else reader.text("firm") or "",
            year=_year_until(reader, allowed.until),
            group=group,
            size_class=reader.word("size_class", SizeClass),
            production=reader.amount("production"),
            employment=reader.number_between("employment", _ZERO, LARGEST_NUMBER),
            sales=reader.amount("sales"),
            exports=reader.amount("exports"),
            value_added=reader.amount("value_added"),
            investment=reader.amount("investment"),
            follows_strategy=reader.answer("follows_strategy") if reader.text("follows_strategy") else None,
            position=reader.number_between("position", _ZERO, LARGEST_NUMBER),
        )

    return read


def _territory(allowed: Allowed) -> Callable[[RowReader], Territory]:
    def read(reader: RowReader) -> Territory:
        return Territory(
            year=_year_until(reader, allowed.until),
            gdp=reader.amount("gdp"),
            national_gdp=reader.amount("national_gdp"),
            population=_whole(reader, "population"),
            production=reader.amount("production"),
            exports=reader.amount("exports"),
            cluster_firms_count=_whole(reader, "cluster_firms"),
            price_index=reader.number_between("price_index", _SMALLEST_INDEX, LARGEST_NUMBER),
        )

    return read


def _reported(allowed: Allowed) -> Callable[[RowReader], Reported]:
    def read(reader: RowReader) -> Reported:
        return Reported(
            indicator=_known(reader, "indicator", "import.unknown_indicator", allowed.indicators),
            on=_day_until(reader, "on", allowed.until) or _NO_DAY,
            value=reader.number_between("value", -LARGEST_NUMBER, LARGEST_NUMBER) or _ZERO,
            firm=_beneficiary(reader, allowed) or None,
        )

    return read


def _progress(allowed: Allowed) -> Callable[[RowReader], Report]:
    def read(reader: RowReader) -> Report:
        return Report(
            activity=_known(reader, "activity", "import.unknown_activity", allowed.activities),
            on=_day_until(reader, "on", allowed.until) or _NO_DAY,
            done_share=reader.number_between("done_share", _ZERO, _ONE) or _ZERO,
            spent_amount=reader.amount("spent_amount"),
            started_on=_day_until(reader, "started_on", allowed.until),
            finished_on=_day_until(reader, "finished_on", allowed.until),
        )

    return read


def _rating(allowed: Allowed) -> Callable[[RowReader], Rating]:
    def read(reader: RowReader) -> Rating:
        return Rating(
            activity=_known(reader, "activity", "import.unknown_activity", allowed.activities),
            firm=_beneficiary(reader, allowed),
            kind=reader.text("kind") or "",
            mark=reader.number_between("mark", allowed.lowest, allowed.highest) or _ZERO,
        )

    return read


def _activity(allowed: Allowed) -> Callable[[RowReader], JointActivity]:
    def read(reader: RowReader) -> JointActivity:
        actors = (reader.text("actors") or "").split(";")
        return JointActivity(
            title=reader.text("title") or "",
            on=_day_until(reader, "on", allowed.until) or _NO_DAY,
            firms_count=int(_whole(reader, "firms") or 0),
            actors=frozenset(name.strip() for name in actors if name.strip()),
        )

    return read


def _agreement(allowed: Allowed) -> Callable[[RowReader], Agreement]:
    def read(reader: RowReader) -> Agreement:
        return Agreement(
            kind=reader.word("kind", AgreementKind) or AgreementKind.STRATEGIC_PLAN,
            title=reader.text("title") or "",
            on=_day_until(reader, "on", allowed.until) or _NO_DAY,
            by_consensus=reader.answer("by_consensus"),
        )

    return read


def _payment(reader: RowReader) -> tuple[str, Payment]:
    payment = Payment(on=reader.date("on") or _NO_DAY, amount=reader.amount("amount") or _ZERO)
    return reader.text("reference") or "", payment
