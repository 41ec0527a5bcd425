"""Reading the decision trail."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

import orjson

from pipgrants.errors import NotFoundError
from pipgrants.services.workspace import Workspace
from pipgrants.store.stored import PROPOSAL
from pipgrants.store.unit import Unit


def entries(
    workspace: Workspace, *, subject: str | None = None, call: str | None = None, after: int = 0, limit: int = 100
) -> list[dict[str, object]]:
    """Entries in order as plain data: of one subject (``proposal/NUMBER``) or one call where given.

    Raises NotFoundError where no entry at all is about the subject, or the call is not on record.
    """
    with workspace.read() as unit:
        if call is not None:
            unit.calls.get(call)
        if subject is not None and next(iter(unit.ledger.entries(subject=subject)), None) is None:
            raise NotFoundError(
                f"no entry is about {subject!r}",
                next_step="pipgrants status lists the calls, pipgrants proposal list CALL the proposals",
            )
        found = unit.ledger.entries(subject=subject, call=call, after=after)
        return [orjson.loads(entry.content) for entry in islice(found, limit)]


def decided_at(unit: Unit, proposal: str, package: str) -> datetime:
    """When a proposal was decided by a package, as its entry says."""
    contents = (orjson.loads(entry.content) for entry in unit.ledger.entries(subject=PROPOSAL + proposal))
    return datetime.fromisoformat(next(item["at"] for item in contents if item["inputs"].get("package") == package))
