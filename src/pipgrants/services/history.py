"""Reading the decision trail."""

from __future__ import annotations

from itertools import islice

import orjson

from pipgrants.services.workspace import Workspace


def entries(
    workspace: Workspace, *, subject: str | None = None, call: str | None = None, after: int = 0, limit: int = 100
) -> list[dict[str, object]]:
    """Entries in order as plain data: of one subject (``proposal/NUMBER``) or one call where given."""
    with workspace.read() as unit:
        found = unit.ledger.entries(subject=subject, call=call, after=after)
        return [orjson.loads(entry.content) for entry in islice(found, limit)]
