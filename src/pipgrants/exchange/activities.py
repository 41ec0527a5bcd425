"""Activities of a project: a workbook, or a folder of CSV files, with the sheets activities, firms and actors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from pipgrants.domain.activities import Activity, ActorPart, FirmPart
from pipgrants.domain.vocabulary import ActivityKind, Component, PeopleGroup
from pipgrants.errors import Problem
from pipgrants.exchange.cells import Notation, RowReader
from pipgrants.exchange.fields import INSTRUCTIONS, LONGEST_KEY, LONGEST_TEXT, Field, Kind, YesOrNo
from pipgrants.exchange.files import open_form
from pipgrants.exchange.firm_data import DATA, FIRM, read_data
from pipgrants.exchange.listed import read_rows, tables_by_sheet
from pipgrants.exchange.problems import Place, ProblemLog
from pipgrants.paths import called

T = TypeVar("T")

LARGEST_CROWD = 1_000_000

_ACTIVITY = Field("activity", required=True, longest=LONGEST_KEY)
_AGREED = Field("agreed", Kind.YES_OR_NO, words=YesOrNo)

SHEETS: dict[str, tuple[Field, ...]] = {
    "activities": (
        _ACTIVITY,
        Field("kind", Kind.WORD, required=True, words=ActivityKind),
        Field("component", Kind.WORD, required=True, words=Component),
        Field("held_on", Kind.DATE, required=True),
        Field("title", required=True),
        Field("cost", Kind.AMOUNT, required=True),
        Field("result", required=True, longest=LONGEST_TEXT),
        Field("minutes"),
        Field("people", Kind.WHOLE_NUMBER),
        *(Field(group.value, Kind.WHOLE_NUMBER) for group in PeopleGroup),
    ),
    "firms": (_ACTIVITY, FIRM, _AGREED, *DATA),
    "actors": (_ACTIVITY, Field("actor", required=True, longest=LONGEST_KEY), _AGREED),
}
"""The sheets, each with its columns; those of participants may be left out."""


class ActivitiesResult(NamedTuple):
    """The activities of a file, where each of them and each of its participants stands, and what is wrong with it.

    The key of a place is the code of the activity, with the number of the participant or None.
    """

    activities: tuple[Activity, ...]
    places: Mapping[tuple[str, str | None], Place]
    problems: tuple[Problem, ...]


class _Row(NamedTuple, Generic[T]):
    """What a row says of an activity, and the row."""

    activity: str
    value: T
    reader: RowReader


def read_activities(path: Path, currency: str) -> ActivitiesResult:
    """The activities of a file with the sheets of ``SHEETS``.

    Raises NotFoundError where there is no such file, ImportRefusedError where it cannot be read as a whole, or holds no
    activity.
    """
    log, notation = ProblemLog(called(path)), Notation(currency, ZoneInfo("UTC"))
    with open_form(path, tuple(SHEETS), INSTRUCTIONS, log.problem) as opened:
        tables = tables_by_sheet(opened, path, tuple(SHEETS), INSTRUCTIONS)

        def rows(sheet: str, read: Callable[[RowReader], T], key: Callable[[_Row[T]], Hashable]) -> tuple[_Row[T], ...]:
            def read_row(reader: RowReader) -> _Row[T]:
                return _Row(reader.text("activity") or "", read(reader), reader)

            return read_rows(tables[sheet], SHEETS[sheet], notation, log, read_row, key) if sheet in tables else ()

        heads = rows("activities", _activity, lambda row: row.activity)
        firms = rows("firms", _firm, lambda row: (row.activity, row.value.firm))
        actors = rows("actors", _actor, lambda row: (row.activity, row.value.actor))
    if not heads and not log.problems():
        raise Place(called(path)).refusal("import.no_activity")
    return _joined(heads, firms, actors, log)


def _joined(
    heads: Sequence[_Row[Activity]], firms: Sequence[_Row[FirmPart]], actors: Sequence[_Row[ActorPart]], log: ProblemLog
) -> ActivitiesResult:
    """The activities with their participants; what does not fit between the sheets is logged."""
    listed = {head.activity: head for head in heads}
    parts: tuple[_Row[FirmPart] | _Row[ActorPart], ...] = (*firms, *actors)
    for row in parts:
        head = listed.get(row.activity)
        if head is None:
            row.reader.problem("activity", "import.activity_not_listed", activity=row.activity)
        elif row.value.agreed is not None and head.value.minutes is None:
            row.reader.problem("agreed", "import.agreed_without_minutes")
    firms_of, actors_of = _by_activity(firms), _by_activity(actors)
    activities = tuple(
        head.value._replace(firms=tuple(firms_of[head.activity]), actors=tuple(actors_of[head.activity]))
        for head in heads
    )
    places: dict[tuple[str, str | None], Place] = {(head.activity, None): head.reader.row.place for head in heads}
    places |= {(row.activity, row.value[0]): row.reader.row.place for row in parts}
    return ActivitiesResult(activities, places, log.problems())


def _by_activity(rows: Iterable[_Row[T]]) -> defaultdict[str, list[T]]:
    found: defaultdict[str, list[T]] = defaultdict(list)
    for row in rows:
        found[row.activity].append(row.value)
    return found


def _activity(reader: RowReader) -> Activity:
    people = _people(reader, "people") or 0
    groups = {group: count for group in PeopleGroup if (count := _people(reader, group.value))}
    for group, count in groups.items():
        if count > people:
            reader.problem(group.value, "import.more_in_group", people=str(people))
    return Activity(
        code=reader.text("activity") or "",
        kind=reader.word("kind", ActivityKind) or ActivityKind.MEETING,
        component=reader.word("component", Component) or Component.COOPERATION,
        held_on=reader.date("held_on") or date.min,
        title=reader.text("title") or "",
        cost_amount=reader.amount("cost") or Decimal(0),
        result=reader.text("result") or "",
        people=people,
        groups=groups,
        minutes=reader.text("minutes"),
    )


def _people(reader: RowReader, name: str) -> int | None:
    text = reader.text(name)
    if text is None or (text.isascii() and text.isdigit() and int(text) <= LARGEST_CROWD):
        return None if text is None else int(text)
    reader.problem(name, "import.not_whole", limit=f"{LARGEST_CROWD:,}")
    return None


def _agreed(reader: RowReader) -> bool | None:
    return None if reader.text("agreed") is None else reader.answer("agreed")


def _firm(reader: RowReader) -> FirmPart:
    return FirmPart(reader.text("firm") or "", _agreed(reader), read_data(reader))


def _actor(reader: RowReader) -> ActorPart:
    return ActorPart(reader.text("actor") or "", _agreed(reader))
