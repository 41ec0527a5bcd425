"""What an amendment changes in a call: a value with what it was and what it becomes, or a part by its clauses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal

from pipgrants.domain.calendar import instant_utc
from pipgrants.domain.call import Call
from pipgrants.domain.plain import plain_amount, plain_number
from pipgrants.letters.data import ChangeData, TypedValue
from pipgrants.trail.entry import instant_text

SHARES_BY_SIZE = "grant.maximum_share_by_size"
AMOUNTS = (
    "envelope_amount",
    "grant.minimum_amount",
    "grant.maximum_amount",
    "grant.tolerance_amount",
    "counterpart.tolerance_amount",
)
SHARES = ("grant.maximum_share", "counterpart.minimum_share", "counterpart.in_kind_cap.maximum_share")
NUMBERS = (
    "allocation.minimum_score",
    "allocation.maximum_awards",
    "allocation.reserve_count",
    "appeal.working_days",
    "clarification.working_days",
    "invitation.minimum_total",
    "invitation.maximum_count",
    "rubric.minimum_total",
)
INSTANTS = ("window.opens_at", "window.closes_at", "second_window.opens_at", "second_window.closes_at")
CODES = ("required_evidence", "languages", "eligible_costs.categories", "counterpart.ineligible_sources")
VALUED = (*AMOUNTS, *SHARES, *NUMBERS, *INSTANTS, *CODES, SHARES_BY_SIZE)
"""The terms of a call that are told by their values; of any other it is said that it changes, and by which clauses."""


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
    """The values of one part that differ, then the part itself where anything else in it does."""
    was, becomes = dict(_leaves(name, old)), dict(_leaves(name, new))
    changed = [path for path in {**was, **becomes} if was.get(path) != becomes.get(path)]
    clauses = _clauses(old, new)
    for path in changed:
        if (part := _valued(path)) is not None:
            values = (_typed(path, leaves.get(path), call) for leaves in (was, becomes))
            yield ChangeData(part=part, clauses=clauses, old=next(values), new=next(values))
    if any(_valued(path) is None for path in changed):
        yield ChangeData(part=name, clauses=clauses, old=None, new=None)


def _leaves(path: str, value: object) -> Iterator[tuple[str, object]]:
    """The values inside a part by their paths (``counterpart.in_kind_cap.of``); lists and texts are whole."""
    if is_dataclass(value):
        for item in fields(value):
            yield from _leaves(f"{path}.{item.name}", getattr(value, item.name))
    elif path == SHARES_BY_SIZE and isinstance(value, Mapping):
        yield from ((f"{path}.{size}", share) for size, share in value.items())
    else:
        yield path, value


def _valued(path: str) -> str | None:
    """The term told by its values that a path leads to, None where there is none."""
    group, _, _ = path.rpartition(".")
    return next((term for term in (path, group) if term in VALUED), None)


def _typed(path: str, value: object, call: Call) -> TypedValue | None:
    match value:
        case None:
            return None
        case datetime():
            return {"instant": instant_text(instant_utc(value, call.time_zone))}
        case tuple():
            return {"codes": [str(code) for code in value]}
        case Decimal() if path in AMOUNTS:
            return {"amount": plain_amount(value, call.currency), "currency": call.currency}
        case Decimal() if path in SHARES:
            return {"share": plain_number(value)}
        case Decimal() if path not in NUMBERS:
            return {"share": plain_number(value), "code": path.rpartition(".")[2]}
        case Decimal() | int():
            return {"number": plain_number(value)}
    raise TypeError(f"{path} has no value to tell: {value!r}")


def _clauses(old: object, new: object) -> list[str]:
    """The clauses of a part, or of those of its entries that differ, each once."""
    was, becomes = (item if isinstance(item, tuple) else (item,) for item in (old, new))
    differing = [item for item in was if item not in becomes] + [item for item in becomes if item not in was]
    return list(dict.fromkeys(str(clause) for item in differing if (clause := getattr(item, "clause", None))))
