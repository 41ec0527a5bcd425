"""Where what is recorded and what is derived differ: which entry, which proposal, which field, and both values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from pipgrants.domain.assignment import AssignmentCase, Pair, faults, total_affinity
from pipgrants.services.audit.stated import Content
from pipgrants.store.packages import PackageLine, RankingRow
from pipgrants.trail.canonical import canonical

WHOLE = "entry"
"""The field of a difference where a whole entry was not derived, or was derived and is not recorded."""

BYTES = "bytes"
"""The field of a difference where an entry says what was derived in other bytes than the canonical ones."""


class Difference(NamedTuple):
    """One value that does not follow from the record; ``field`` is its dotted path, None stands for no value.

    ``entry`` is the entry that says otherwise, or, where none says what was derived, the one that began the act.
    """

    entry: int
    act: str
    subject: str
    field: str
    recorded: object
    derived: object


def in_entry(entry: Content, content: bytes, derived: Content) -> Iterator[Difference]:
    """How an entry differs from what was derived of some of its fields; the bytes decide."""
    whole = canonical({**entry, **derived}) if derived else content
    if whole == content:
        return
    fields = list(_fields({name: entry.get(name) for name in derived}, derived))
    for field, one, other in fields or [(BYTES, content.decode(errors="replace"), whole.decode())]:
        yield Difference(entry["sequence"], entry["act"], entry["subject"], field, one, other)


def in_ranking(entry: Content, recorded: Iterable[RankingRow], derived: Iterable[RankingRow]) -> list[Difference]:
    """How the places of a ranking differ, by proposal: first those that are scored otherwise, then the others."""
    found = _in_rows(
        entry, {row.proposal: _place(row) for row in recorded}, {row.proposal: _place(row) for row in derived}
    )
    scored = {item.subject for item in found if item.field not in _PLACING}
    return sorted(found, key=lambda item: item.subject not in scored)


def in_lines(entry: Content, recorded: Iterable[PackageLine], derived: Iterable[PackageLine]) -> list[Difference]:
    """How the determinations of a package differ, by proposal."""
    return _in_rows(
        entry, {row.proposal: _line(row) for row in recorded}, {row.proposal: _line(row) for row in derived}
    )


class Assigning(NamedTuple):
    """An assignment that is being followed: its entry, what it was made from, and its pairs so far."""

    entry: Content
    case: AssignmentCase
    pairs: list[Pair]


def in_assignment(made: Assigning) -> Iterator[Difference]:
    """Where the pairs of an assignment break the rules, and where its figures are not theirs."""
    entry, case, pairs = made
    said, inputs = (entry["sequence"], entry["act"]), entry["inputs"]
    broken = list(faults(case, pairs))
    for fault in broken:
        subject = f"proposal/{fault.proposal}" if fault.proposal else entry["subject"]
        yield Difference(*said, subject, fault.rule.value if fault.rule else "evaluators", fault.evaluator, None)
    if broken:
        return
    demands = {demand.proposal: demand for demand in case.demands}
    figures = {
        "evaluations": len(pairs),
        "floor": min((case.affinity(name, demands[number]) for number, name in pairs), default=0),
        "objective": total_affinity(case, pairs),
    }
    for name, value in figures.items():
        if inputs[name] != value:
            yield Difference(*said, entry["subject"], f"inputs.{name}", inputs[name], value)


_PLACING = frozenset({"rank", "tie_broken_by", "drawn_among"})


def _place(row: RankingRow) -> dict[str, Any]:
    placing = {name: getattr(row, name) for name in _PLACING}
    return {**orjson.loads(row.detail), **placing}


def _line(row: PackageLine) -> dict[str, Any]:
    return {"rank": row.rank, "outcome": row.outcome, "amount_minor": row.amount_minor, **orjson.loads(row.detail)}


def _in_rows(entry: Content, recorded: Mapping[str, Content], derived: Mapping[str, Content]) -> list[Difference]:
    return [
        Difference(entry["sequence"], entry["act"], f"proposal/{number}", field, one, other)
        for number in sorted(recorded.keys() | derived.keys())
        for field, one, other in _fields(recorded.get(number, {}), derived.get(number, {}))
    ]


def _fields(recorded: object, derived: object, path: str = "") -> Iterator[tuple[str, object, object]]:
    """The dotted paths at which two plain values differ, with both values."""
    if recorded == derived and type(recorded) is type(derived):
        return
    one, other = _parts(recorded), _parts(derived)
    if one is None or other is None or (isinstance(recorded, list) and len(one) != len(other)):
        yield path, recorded, derived
        return
    for name in [*one, *(name for name in other if name not in one)]:
        yield from _fields(one.get(name), other.get(name), f"{path}.{name}" if path else name)


def _parts(value: object) -> Mapping[str, object] | None:
    """The named parts of a value: those of a mapping, or of a list the findings by criterion, or items by place."""
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        return None
    return {str(item.get("criterion", place)): item for place, item in enumerate(value, 1)}
