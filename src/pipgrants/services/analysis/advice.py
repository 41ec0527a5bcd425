"""What all analyses have in common: they are advisory, logged, and say what makes their figures again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from pipgrants import __version__
from pipgrants.errors import RefusedError
from pipgrants.services.access import permitted_read
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.unit import Unit

if TYPE_CHECKING:
    from pipgrants.analysis.estimate import Estimate

ADVISORY = "Advisory: this analysis decides nothing; the published rule of the call does."


class Provenance(NamedTuple):
    """What makes the same figures again: the program's version, the hash of the inputs, and the seed where one is used.

    ``inputs`` is the SHA-256 of the score table (``ScoreTable.sha256``).
    """

    version: str
    inputs: str
    seed: int | None = None


def provenance(inputs: str, seed: int | None = None) -> Provenance:
    """The provenance of figures that this version makes."""
    return Provenance(__version__, inputs, seed)


class Figure(NamedTuple):
    """An estimate as it is shown, with its 95 % interval where there is one; or why it is not computable."""

    value: Decimal | None
    low: Decimal | None = None
    high: Decimal | None = None
    not_computable: str | None = None


def figure(estimate: Estimate, decimals: int = 3) -> Figure:
    """An estimate rounded for showing."""
    value, low, high = (None if item is None else rounded(item, decimals) for item in estimate[:3])
    return Figure(value, low, high, estimate.reason)


def rounded(value: float, decimals: int = 3) -> Decimal:
    """A computed figure, rounded for showing; minus zero is zero."""
    return Decimal(f"{value:.{decimals}f}") + 0


@contextmanager
def permitted_analysis(workspace: Workspace, who: Identity, now: datetime, did: str, call: str) -> Iterator[Unit]:
    """A reading transaction for an analysis of a call, written down in the access log; ``did`` is one of ``READS``.

    Raises RefusedError where the extra is not installed, and what ``permitted_read`` raises.
    """
    if find_spec("scipy") is None:
        raise RefusedError("an analysis needs the package scipy", next_step="pip install 'pipgrants[analysis]'")
    with permitted_read(workspace, who, now, did, f"call/{call}") as unit:
        yield unit
