"""What monitoring measures, read from one workbook (a sheet for each kind of record) or a folder of CSV files.

Sheets may be left out. The columns are ``SHEETS``; amounts are in one currency.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from pipgrants.domain.monitoring.baseline import Territory
from pipgrants.domain.monitoring.firms import FirmGroup, FirmValues
from pipgrants.domain.monitoring.idb_indicators import Agreement, AgreementKind, ClusterRecord, JointActivity, Payment
from pipgrants.domain.monitoring.progress import Report
from pipgrants.domain.monitoring.ratings import Rating
from pipgrants.domain.monitoring.targets import MonitoringValues, Reported
from pipgrants.domain.vocabulary import SizeClass
from pipgrants.exchange.cells import Notation, RowReader
from pipgrants.exchange.fields import LONGEST_KEY, LONGEST_TEXT, Field, Kind, YesOrNo
from pipgrants.exchange.files import open_form, plain_name
from pipgrants.exchange.listed import read_rows, refuse_mistakes
from pipgrants.exchange.problems import Place, ProblemLog
from pipgrants.exchange.tabular import Table
from pipgrants.paths import called

T = TypeVar("T")

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
        _amount("spent_amount", required=True),
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


class MonitoringRecord(NamedTuple):
    """Everything that a file holds."""

    firms: tuple[FirmValues, ...] = ()
    territory: tuple[Territory, ...] = ()
    indicators: tuple[Reported, ...] = ()
    progress: tuple[Report, ...] = ()
    ratings: tuple[Rating, ...] = ()
    activities: tuple[JointActivity, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    payments: tuple[Payment, ...] = ()

    @property
    def cluster(self) -> ClusterRecord:
        """What the indicators of a cluster are computed from."""
        by_year = {item.year: item for item in self.territory}
        return ClusterRecord(self.firms, by_year, self.activities, self.agreements, self.payments)

    @property
    def values(self) -> MonitoringValues:
        """What targets are compared with."""
        return MonitoringValues(self.firms, self.indicators, self.cluster.price_index)


def read_monitoring(
    path: Path, currency: str, indicators: Sequence[str] | None = None, activities: Sequence[str] | None = None
) -> MonitoringRecord:
    """The record of a workbook or a folder of CSV files, every mistake of it listed.

    ``indicators`` and ``activities`` are the codes of a logical framework: rows of any other are refused, where given.
    Raises NotFoundError where there is no such file, ImportRefusedError where it cannot be read or has mistakes.
    """
    log = ProblemLog(called(path))
    notation = Notation(currency, ZoneInfo("UTC"))
    with open_form(path, tuple(SHEETS), _INSTRUCTIONS, log.problem) as opened:
        source = _Source(_by_sheet(opened, path), notation, log)
        found = MonitoringRecord(
            firms=_FIRMS.rows(source),
            territory=_TERRITORY.rows(source),
            indicators=_Sheet(
                "indicators", _reported(indicators), lambda item: (item.indicator, item.on, item.firm)
            ).rows(source),
            progress=_Sheet("progress", _progress(activities), lambda item: (item.activity, item.on)).rows(source),
            ratings=_RATINGS.rows(source),
            activities=_ACTIVITIES.rows(source),
            agreements=_AGREEMENTS.rows(source),
            payments=tuple(payment for _, payment in _PAYMENTS.rows(source)),
        )
    refuse_mistakes(path, log)
    return found


@dataclass(frozen=True, slots=True)
class _Source:
    tables: Mapping[str, Table]
    notation: Notation
    log: ProblemLog


@dataclass(frozen=True, slots=True)
class _Sheet(Generic[T]):
    """A sheet whose rows are values of one kind; two rows of one ``key`` are a mistake."""

    name: str
    read: Callable[[RowReader], T]
    key: Callable[[T], Hashable]

    def rows(self, source: _Source) -> tuple[T, ...]:
        if self.name not in source.tables:
            return ()
        return read_rows(source.tables[self.name], SHEETS[self.name], source.notation, source.log, self.read, self.key)


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


def _firm(reader: RowReader) -> FirmValues:
    return FirmValues(
        firm=reader.text("firm") or "",
        year=reader.year("year") or 0,
        group=reader.word("group", FirmGroup) or FirmGroup.BENEFICIARY,
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


def _territory(reader: RowReader) -> Territory:
    return Territory(
        year=reader.year("year") or 0,
        gdp=reader.amount("gdp"),
        national_gdp=reader.amount("national_gdp"),
        population=_whole(reader, "population"),
        production=reader.amount("production"),
        exports=reader.amount("exports"),
        cluster_firms_count=_whole(reader, "cluster_firms"),
        price_index=reader.number_between("price_index", _SMALLEST_INDEX, LARGEST_NUMBER),
    )


def _reported(indicators: Sequence[str] | None) -> Callable[[RowReader], Reported]:
    def read(reader: RowReader) -> Reported:
        return Reported(
            indicator=_known(reader, "indicator", "import.unknown_indicator", indicators),
            on=reader.date("on") or _NO_DAY,
            value=reader.number_between("value", -LARGEST_NUMBER, LARGEST_NUMBER) or _ZERO,
            firm=reader.text("firm"),
        )

    return read


def _progress(activities: Sequence[str] | None) -> Callable[[RowReader], Report]:
    def read(reader: RowReader) -> Report:
        return Report(
            activity=_known(reader, "activity", "import.unknown_activity", activities),
            on=reader.date("on") or _NO_DAY,
            done_share=reader.number_between("done_share", _ZERO, _ONE) or _ZERO,
            spent_amount=reader.amount("spent_amount") or _ZERO,
            started_on=reader.date("started_on"),
            finished_on=reader.date("finished_on"),
        )

    return read


def _rating(reader: RowReader) -> Rating:
    return Rating(
        activity=reader.text("activity") or "",
        firm=reader.text("firm") or "",
        kind=reader.text("kind") or "",
        mark=reader.number_between("mark", _ZERO, LARGEST_NUMBER) or _ZERO,
    )


def _activity(reader: RowReader) -> JointActivity:
    actors = (reader.text("actors") or "").split(";")
    return JointActivity(
        title=reader.text("title") or "",
        on=reader.date("on") or _NO_DAY,
        firms_count=int(_whole(reader, "firms") or 0),
        actors=frozenset(name.strip() for name in actors if name.strip()),
    )


def _agreement(reader: RowReader) -> Agreement:
    return Agreement(
        kind=reader.word("kind", AgreementKind) or AgreementKind.STRATEGIC_PLAN,
        title=reader.text("title") or "",
        on=reader.date("on") or _NO_DAY,
        by_consensus=reader.answer("by_consensus"),
    )


def _payment(reader: RowReader) -> tuple[str, Payment]:
    payment = Payment(on=reader.date("on") or _NO_DAY, amount=reader.amount("amount") or _ZERO)
    return reader.text("reference") or "", payment


_FIRMS = _Sheet("firms", _firm, lambda item: (item.firm, item.year))
_TERRITORY = _Sheet("territory", _territory, lambda item: item.year)
_RATINGS = _Sheet("ratings", _rating, lambda item: (item.activity, item.firm))
_ACTIVITIES = _Sheet("activities", _activity, lambda item: (item.title, item.on))
_AGREEMENTS = _Sheet("agreements", _agreement, lambda item: (item.kind, item.title, item.on))
_PAYMENTS = _Sheet("payments", _payment, lambda item: item[0])
