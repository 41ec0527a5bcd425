"""The monitoring record of a project: everything that was measured, by kind of record.

Each kind is a sheet of the form. Two values of one ``key`` speak of the same thing: of those the later counts.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Hashable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import NamedTuple, TypeAlias

from pipgrants.domain.monitoring.baseline import Territory
from pipgrants.domain.monitoring.firms import FirmGroup, FirmValues
from pipgrants.domain.monitoring.idb_indicators import Agreement, ClusterRecord, JointActivity, Payment
from pipgrants.domain.monitoring.progress import Report
from pipgrants.domain.monitoring.ratings import Rating
from pipgrants.domain.monitoring.targets import MonitoringValues, Reported
from pipgrants.scalars import parse_scalar

Measured: TypeAlias = FirmValues | Territory | Reported | Report | Rating | JointActivity | Agreement
"""One row of what was measured."""


class MonitoringRecord(NamedTuple):
    """Everything that was measured."""

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

    @property
    def measured(self) -> Iterable[tuple[str, Measured]]:
        """Every row with its kind; payments are no measurement."""
        return ((name, item) for name in KINDS for item in getattr(self, name))


KINDS: dict[str, type[Measured]] = {
    "firms": FirmValues,
    "territory": Territory,
    "indicators": Reported,
    "progress": Report,
    "ratings": Rating,
    "activities": JointActivity,
    "agreements": Agreement,
}
"""What is measured, by kind of record."""

KEYS: dict[str, tuple[str, ...]] = {
    "firms": ("firm", "year"),
    "territory": ("year",),
    "indicators": ("indicator", "on", "firm"),
    "progress": ("activity", "on"),
    "ratings": ("activity", "firm"),
    "activities": ("title", "on"),
    "agreements": ("kind", "title", "on"),
}
"""The fields that say what a row speaks of."""


def key_of(kind: str, item: Measured) -> Hashable:
    """What a row speaks of."""
    return tuple(getattr(item, name) for name in KEYS[kind])


def as_of(item: Measured) -> date | None:
    """The day that a row speaks of, the last of a year; None of a rating, which has none."""
    year: int | None = getattr(item, "year", None)
    if year:
        return date(year, 12, 31)
    day: date | None = getattr(item, "on", None)
    return day


def firm_of(item: Measured) -> str | None:
    """The beneficiary firm that a row is the statement of; other firms are no parties of the project."""
    if isinstance(item, FirmValues) and item.group is not FirmGroup.BENEFICIARY:
        return None
    firm: str | None = getattr(item, "firm", None)
    return firm


def as_plain(item: Measured) -> dict[str, str]:
    """A row as text by field; what is not reported is left out."""
    return {name: _written(value) for name, value in item._asdict().items() if value is not None}


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, frozenset):
        return ";".join(sorted(value))
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def from_plain(kind: str, plain: Mapping[str, str]) -> Measured:
    """The row that was written so: the inverse of ``as_plain``. Raises ValueError where it is no such row."""
    values = {name: _read(text, _types(kind)[name]) for name, text in plain.items()}
    return KINDS[kind](**typing.cast(dict[str, typing.Any], values))


@cache
def _types(kind: str) -> dict[str, object]:
    return typing.get_type_hints(KINDS[kind])


def _read(text: str, kind: object) -> object:
    if typing.get_origin(kind) is types.UnionType:
        kind = next(item for item in typing.get_args(kind) if item is not types.NoneType)
    if typing.get_origin(kind) is frozenset:
        return frozenset(name for name in text.split(";") if name)
    return parse_scalar(text, kind)


def latest(rows: Iterable[tuple[str, Measured]]) -> MonitoringRecord:
    """The record that rows make in the order in which they were stated: of those of one key the last counts."""
    found: dict[str, dict[Hashable, Measured]] = {kind: {} for kind in KINDS}
    for kind, item in rows:
        found[kind][key_of(kind, item)] = item
    by_kind = {kind: tuple(items.values()) for kind, items in found.items()}
    return MonitoringRecord(**typing.cast(dict[str, typing.Any], by_kind))
