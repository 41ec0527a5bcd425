"""A figure that may be impossible to compute, and then says why; never zero, and never "not a number"."""

from __future__ import annotations

from typing import NamedTuple


class Estimate(NamedTuple):
    """An estimate with its interval, None where no closed form gives one; or the reason why there is none."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str | None = None


def not_computable(reason: str) -> Estimate:
    """An estimate that cannot be made."""
    return Estimate(reason=reason)
