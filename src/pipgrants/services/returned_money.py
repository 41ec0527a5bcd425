"""Money that comes back of an award: it is free for the reserve list. The entries are the record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from pipgrants.domain.mistakes import fits_currency
from pipgrants.domain.plain import plain_amount
from pipgrants.errors import RefusedError
from pipgrants.money import EXACT, Money
from pipgrants.services.definitions import terms_of
from pipgrants.services.holdings import holdings
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed

MONEY_RETURNED = "MoneyReturned"
"""The act on a call that says how much of an award came back."""


def returned_amounts(unit: Unit, call: str) -> dict[str, Decimal]:
    """By number, what came back of the awards of a call."""
    amounts: dict[str, Decimal] = {}
    for entry in unit.ledger.entries(subject=f"call/{call}"):
        if entry.act == MONEY_RETURNED:
            add_returned(amounts, orjson.loads(entry.content)["inputs"])
    return amounts


def add_returned(amounts: dict[str, Decimal], inputs: Mapping[str, Any]) -> None:
    """Adds what one entry says came back."""
    number = inputs["proposal"]
    amounts[number] = EXACT.add(amounts.get(number, Decimal(0)), Decimal(inputs["amount"]))


def record_return(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    proposal: str,
    amount: Decimal,
    reason: str,
    dry_run: bool = False,
) -> Money:
    """Writes down that money of an award came back; returns what is left of the award.

    Raises RefusedError without a reason, or where the proposal holds no award of as much.
    """
    if not reason.strip():
        raise RefusedError("money that came back needs a reason", next_step="give it in words: --reason TEXT")
    with workspace.act(who, now, dry_run=dry_run) as act:
        row = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, row.call)
        act.permit("reserve.record_return", terms.programme.stands_in)
        _refuse_project(act, proposal)
        currency = terms.call.currency
        held = holdings(act.unit, terms, returned_amounts(act.unit, row.call)).frozen.get(proposal)
        if held is None:
            raise RefusedError(f"{proposal} holds no award", next_step=f"pipgrants explain {proposal}")
        if not (0 < amount <= held and fits_currency(amount, currency)):
            raise RefusedError(
                f"{amount} cannot come back of {proposal}: the award is {Money(held, currency)}",
                next_step=f"give an amount above zero and up to {plain_amount(held, currency)}",
            )
        inputs: dict[str, object] = {"proposal": proposal, "amount": plain_amount(amount, currency)}
        definitions = {"call": terms.row.definition_hash}
        subject = f"call/{row.call}"
        act.record(Deed(MONEY_RETURNED, subject, reason=reason, inputs=inputs, definitions=definitions, call=row.call))
    return Money(EXACT.subtract(held, amount), currency)


def _refuse_project(act: Act, proposal: str) -> None:
    """Money of a project comes back by its own accounts."""
    if act.unit.projects.find(proposal) is not None:
        raise RefusedError(
            f"{proposal} is a project; what comes back of its award is told by its accounts",
            next_step=f"pipgrants project record-return {proposal} --amount AMOUNT --reason TEXT --as OFFICER",
        )
