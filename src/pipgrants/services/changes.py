"""What an amendment changes in a call: each value with what it was and what it becomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeAlias, cast

from pipgrants.domain.allocation_terms import SubEnvelope
from pipgrants.domain.calendar import instant_utc
from pipgrants.domain.call import Call, Prerequisite, Priority, RandomSource
from pipgrants.domain.eligibility import requirement
from pipgrants.domain.plain import plain_amount, plain_number
from pipgrants.domain.rubric import Criterion
from pipgrants.domain.rules import Rule
from pipgrants.domain.vocabulary import Language
from pipgrants.letters.data import ChangeData, TypedValue
from pipgrants.trail.entry import instant_text

SHARES_BY_SIZE = "grant.maximum_share_by_size"
AMOUNTS = (
    "envelope_amount",
    "grant.minimum_amount",
    "grant.maximum_amount",
    "grant.tolerance_amount",
    "counterpart.tolerance_amount",
    "allocation.amount",
    "allocation.appeal_margin_amount",
    "allocation.partial.minimum_amount",
)
SHARES = (
    "allocation.minimum_rest_share",
    "allocation.largest_gap_share",
    "allocation.partial.minimum_share",
    "grant.maximum_share",
    "counterpart.minimum_share",
    "counterpart.in_kind_cap.maximum_share",
)
NUMBERS = (
    "allocation.minimum_score",
    "allocation.maximum_awards",
    "allocation.reserve_count",
    "appeal.working_days",
    "clarification.working_days",
    "invitation.minimum_total",
    "invitation.maximum_count",
    "invitation.requests_times_envelope",
    "invitation.requests_times_envelope_minimum",
    "rubric.minimum_total",
)
INSTANTS = ("window.opens_at", "window.closes_at", "second_window.opens_at", "second_window.closes_at")
CODES = ("required_evidence", "languages", "eligible_costs.categories", "counterpart.ineligible_sources")
NAMED = (*AMOUNTS, *SHARES, *NUMBERS, *INSTANTS, *CODES, SHARES_BY_SIZE)
"""The terms of a call that have a name of their own; any other is named by its part, its entry and its key."""

Entry: TypeAlias = Prerequisite | Criterion | Priority | RandomSource | SubEnvelope
ENTRIES = (Prerequisite, Criterion, Priority, RandomSource, SubEnvelope)
EMPTY: tuple[object, ...] = (None, "", (), {})


class Place(NamedTuple):
    """Where a value stands: the code of the entry of a list, empty outside lists, and the dotted path."""

    entry: str
    path: str


class Value(NamedTuple):
    """A value, with the title of its entry and the clause that it belongs to."""

    value: object
    title: TypedValue | None
    clause: str | None


def changed_terms(before: Call, after: Call) -> tuple[str, ...]:
    """The keys of a call's definition that differ."""
    return tuple(item.name for item in fields(Call) if getattr(before, item.name) != getattr(after, item.name))


def changes(before: Call, after: Call) -> list[ChangeData]:
    """Everything in which a call differs after an amendment, in the order of its definition.

    Instants are those of the call's time zone, in UTC.
    """
    return [
        change
        for name in changed_terms(before, after)
        for change in _of_part(name, getattr(before, name), getattr(after, name), after)
    ]


def _of_part(name: str, old: object, new: object, call: Call) -> Iterator[ChangeData]:
    """The values of one part that differ; where none does, its entries stand in another order."""
    was, becomes = dict(_values(name, old)), dict(_values(name, new))
    found = [place for place in {**was, **becomes} if _plain(was, place) != _plain(becomes, place)]
    for place in found:
        yield _change(name, place, was.get(place), becomes.get(place), call)
    if not found:
        yield ChangeData(part=name, clauses=[], old=_order(was), new=_order(becomes), key="order")


def _order(side: Mapping[Place, Value]) -> TypedValue:
    """The entries of a list as they follow one another."""
    titles = {place.entry: item.title for place, item in side.items() if item.title is not None}
    return {
        "codes": list(titles),
        "titles": {code: title.get("texts") or title["text"] for code, title in titles.items()},
    }


def _plain(side: Mapping[Place, Value], place: Place) -> object:
    return side[place].value if place in side else None


def _change(name: str, place: Place, was: Value | None, becomes: Value | None, call: Call) -> ChangeData:
    old, new = (None if item is None else _typed(place.path, item.value, call) for item in (was, becomes))
    clauses = [item.clause for item in (was, becomes) if item is not None and item.clause]
    change = ChangeData(part=_named(place.path) or name, clauses=list(dict.fromkeys(clauses)), old=old, new=new)
    known = becomes or was
    if known is not None and known.title is not None:
        change["entry"] = known.title
    if change["part"] == name and place.path != name:
        change["key"] = place.path.removeprefix(f"{name}.")
    return change


def _values(
    path: str, value: object, entry: str = "", title: TypedValue | None = None, clause: str | None = None
) -> Iterator[tuple[Place, Value]]:
    """The values inside a part with their places, but empty ones: texts, rules and lists of codes are whole."""
    if value in EMPTY:
        return
    if isinstance(value, tuple) and value and isinstance(value[0], ENTRIES):
        part, _, _ = path.partition(".")
        for code, item in _coded(value):
            yield from _values(part, item, code, _title(item), clause)
    elif is_dataclass(value) and not isinstance(value, Rule):
        clause = getattr(value, "clause", clause)
        for told in fields(value):
            if told.compare and told.name != "code":
                yield from _values(f"{path}.{told.name}", getattr(value, told.name), entry, title, clause)
    elif isinstance(value, Mapping) and not _is_text(value):
        for key, inner in value.items():
            yield from _values(f"{path}.{key}", inner, entry, title, clause)
    else:
        yield Place(entry, path), Value(value, title, clause)


def _coded(entries: Iterable[Entry]) -> Iterator[tuple[str, Entry]]:
    """Entries by their code, which is counted where it stands twice; sources of random numbers go by name and stage."""
    seen: Counter[str] = Counter()
    for item in entries:
        code = f"{item.name} {item.stage}" if isinstance(item, RandomSource) else item.code
        seen[code] += 1
        yield (code if seen[code] == 1 else f"{code} {seen[code]}"), item


def _title(entry: Entry) -> TypedValue:
    return {"text": entry.name} if isinstance(entry, RandomSource) else {"texts": dict(entry.title)}


def _is_text(value: Mapping[object, object]) -> bool:
    return all(key in set(Language) for key in value)


def _named(path: str) -> str | None:
    """The term with a name of its own that a path leads to, None where there is none."""
    group, _, _ = path.rpartition(".")
    return next((term for term in (path, group) if term in NAMED), None)


def _typed(path: str, value: object, call: Call) -> TypedValue:
    match value:
        case bool():
            return {"flag": value}
        case Decimal() | int():
            return _number(path, Decimal(value), call)
        case datetime():
            return {"instant": instant_text(instant_utc(value, call.time_zone))}
        case date():
            return {"date": value.isoformat()}
        case tuple():
            return _listed(path, value, call)
        case Mapping():
            return {"texts": dict(value)}
        case StrEnum():
            return {"code": value.value}
        case str():
            return {"text": value}
    return requirement(cast(Rule, value), call.currency)


def _number(path: str, number: Decimal, call: Call) -> TypedValue:
    if path in AMOUNTS:
        return {"amount": plain_amount(number, call.currency), "currency": call.currency}
    if path in SHARES:
        return {"share": plain_number(number)}
    if path.startswith(SHARES_BY_SIZE):
        return {"share": plain_number(number), "code": path.rpartition(".")[2]}
    return {"number": plain_number(number)}


def _listed(path: str, values: Sequence[object], call: Call) -> TypedValue:
    if path == "ranking.tie_breaks":
        titles = {item.code: dict(item.title) for item in call.rubric.criteria}
        return {"tie_breaks": [str(word) for word in values], "titles": titles}
    kind = "dates" if isinstance(values[0], date) else "codes"
    return {kind: [str(value) for value in values]}
