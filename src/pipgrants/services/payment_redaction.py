"""Payments of projects, redacted: what their papers are called may name people."""

from __future__ import annotations

from datetime import datetime

from pipgrants.errors import NotFoundError, RefusedError
from pipgrants.services.mailing import outbox_settings
from pipgrants.services.parties import refuse_without_reason
from pipgrants.services.project_facts import PROJECT, facts_of, hashes_of
from pipgrants.services.traces import Traces, remove_traces
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.trail.entry import Deed

PAYMENT_REDACTED = "PaymentRedacted"


def redact_payment(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    project: str,
    payment: int,
    reason: str,
    dry_run: bool = False,
) -> Traces | None:
    """Removes the document and the description of a payment, and their salt; line, day and amount stay.

    Returns what became of the values outside the tables; a dry run removes nothing there. Raises NotFoundError without
    the payment, RefusedError without a reason or where nothing is left to redact.
    """
    settings = outbox_settings(workspace)
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = facts_of(act.unit, project)
        act.permit("project.redact", facts.terms.programme.stands_in)
        refuse_without_reason(reason)
        if payment not in (item.number for item in facts.money.spent):
            raise NotFoundError(f"{project} has no payment {payment}", next_step=f"pipgrants project show {project}")
        if not act.unit.projects.redact_payments([project], payment):
            raise RefusedError(f"payment {payment} of {project} was redacted already")
        inputs: dict[str, object] = {"payment": payment, "fields": ["document", "description"]}
        hashes, call = hashes_of(facts.row, facts.terms), facts.terms.row.call
        act.record(
            Deed(PAYMENT_REDACTED, PROJECT + project, reason=reason, inputs=inputs, definitions=hashes, call=call)
        )
    return None if dry_run else remove_traces(workspace, settings, ())
