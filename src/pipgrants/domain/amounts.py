"""Whether the amounts that a proposal states are those of its budget.

Where they contradict each other, no share of them can be told: the applicant is asked which is right. Lines that are
not on record contradict nothing. What is pledged beyond the proposal is no contradiction: more never hurts.
"""

from __future__ import annotations

from decimal import Decimal

from pipgrants.domain.finding import Note
from pipgrants.domain.plain import exact_sum, plain_amount
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.vocabulary import FundingSource

TOTAL_DIFFERS = "budget.total_differs"
GRANT_DIFFERS = "budget.grant_differs"


def contradictions_of_total(proposal: Proposal, currency: str) -> list[Note]:
    """What contradicts the whole cost: budget lines with another sum, unless the grant alone pays them."""
    lines = proposal.budget_lines or ()
    if proposal.total_amount is None or all(line.source is FundingSource.GRANT for line in lines):
        return []
    return _difference(TOTAL_DIFFERS, exact_sum(line.amount for line in lines), proposal.total_amount, currency)


def contradictions_of_grant(proposal: Proposal, currency: str) -> list[Note]:
    """What contradicts the grant asked for: budget lines paid by the grant with another sum."""
    granted = [line.amount for line in proposal.budget_lines or () if line.source is FundingSource.GRANT]
    if not granted or proposal.grant_amount is None:
        return []
    return _difference(GRANT_DIFFERS, exact_sum(granted), proposal.grant_amount, currency)


def _difference(code: str, seen: Decimal, stated: Decimal, currency: str) -> list[Note]:
    if seen == stated:
        return []
    amount, stated_amount = plain_amount(seen, currency), plain_amount(stated, currency)
    return [Note(code, {"amount": amount, "stated_amount": stated_amount, "currency": currency})]
