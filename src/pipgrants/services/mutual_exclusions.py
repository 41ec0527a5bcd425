"""Proposals recorded as mutually exclusive: where one is funded, the others are not. The entries are the record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson

from pipgrants.errors import RefusedError, UsageError
from pipgrants.services.definitions import proposal_engine, terms_of
from pipgrants.services.states import live_states
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed

MUTUAL_EXCLUSION = "MutualExclusionRecorded"
"""The act on a call that names proposals which exclude each other."""


def mutual_exclusions(unit: Unit, call: str) -> list[list[str]]:
    """The groups of proposals of a call of which one award excludes the others, oldest record first."""
    entries = unit.ledger.entries(subject=f"call/{call}")
    return [orjson.loads(entry.content)["inputs"]["proposals"] for entry in entries if entry.act == MUTUAL_EXCLUSION]


def record_mutual_exclusion(
    workspace: Workspace, who: Identity, now: datetime, *, proposals: Sequence[str], reason: str, dry_run: bool = False
) -> list[str]:
    """Writes down that of some proposals of one call only one can be funded; returns their numbers in order.

    Raises UsageError for fewer than two, RefusedError without a reason, where they belong to several calls, or where
    one of them was decided already.
    """
    numbers = sorted(set(proposals))
    if len(numbers) < 2:
        raise UsageError("one proposal excludes nobody", next_step="name the proposals that exclude each other")
    if not reason.strip():
        raise RefusedError("a mutual exclusion needs a reason", next_step="give it in words: --reason TEXT")
    with workspace.act(who, now, dry_run=dry_run) as act:
        rows = [act.unit.proposals.get(number) for number in numbers]
        calls = sorted({row.call for row in rows})
        if len(calls) > 1:
            raise RefusedError(f"the proposals belong to several calls: {', '.join(calls)}")
        terms = terms_of(act.unit.calls, calls[0])
        act.permit("proposal.exclude", terms.programme.stands_in)
        live = live_states([proposal_engine(act.unit.calls, terms.row)])
        decided = [row.number for row in rows if row.state not in live]
        if decided:
            raise RefusedError(
                f"{', '.join(decided)} {'is' if len(decided) == 1 else 'are'} decided already, or ended",
                next_step=f"pipgrants explain {decided[0]}",
            )
        inputs: dict[str, object] = {"proposals": numbers}
        definitions = {"call": terms.row.definition_hash}
        subject = f"call/{calls[0]}"
        act.record(
            Deed(MUTUAL_EXCLUSION, subject, reason=reason, inputs=inputs, definitions=definitions, call=calls[0])
        )
    return numbers
