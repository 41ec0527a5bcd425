"""Changes as an evaluation printed them: production, employment and productivity by period, as shares."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from pipgrants.domain.monitoring.impact import RecordedChanges
from pipgrants.exchange.cells import NO_MONEY, RowReader
from pipgrants.exchange.fields import Field, Kind
from pipgrants.exchange.listed import read_list

LARGEST_CHANGE = Decimal(1000)
_LEAST_CHANGE = Decimal("-0.9")

CHANGES = (
    Field("period", required=True),
    Field("production", Kind.NUMBER),
    Field("employment", Kind.NUMBER),
    Field("productivity", Kind.NUMBER),
)


def read_recorded_changes(path: Path) -> tuple[RecordedChanges, ...]:
    """The periods of a list with the columns of ``CHANGES``; a change of 0.24 is 24 %, and a blank is not available.

    Raises NotFoundError where there is no such file, ImportRefusedError where it cannot be read or has mistakes.
    """
    return read_list(path, CHANGES, NO_MONEY, _changes)


def _changes(reader: RowReader) -> RecordedChanges:
    production, employment, productivity = (
        reader.number_between(name, _LEAST_CHANGE, LARGEST_CHANGE)
        for name in ("production", "employment", "productivity")
    )
    return RecordedChanges(reader.text("period") or "", production, employment, productivity)
