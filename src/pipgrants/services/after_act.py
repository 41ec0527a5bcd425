"""What follows an act that is on record already: no failure of it undoes the act, nor may say that it was refused."""

from __future__ import annotations

from collections.abc import Callable

from pipgrants.errors import PipgrantsError, reason_of


def problem_of(follow: Callable[[], object]) -> str | None:
    """Does what follows an act on record; returns what went wrong with it, None where nothing did."""
    try:
        follow()
    except (PipgrantsError, OSError) as error:
        return reason_of(error)
    return None
