"""Whether the scores of a call can still change."""

from __future__ import annotations

from pipgrants.errors import RefusedError
from pipgrants.services.definitions import Terms


def refuse_closed(terms: Terms) -> None:
    """Refuses what would change the scores once they are closed."""
    if terms.row.scores_closed_at is not None:
        raise RefusedError(
            f"the scores of {terms.row.call} were closed at {terms.row.scores_closed_at}",
            next_step="scores cannot change any more; an appeal is the way to have one looked at again",
        )
