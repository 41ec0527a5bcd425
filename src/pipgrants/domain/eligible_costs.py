"""Eligible costs: the budget holds only the cost categories that the call names (PIP, operating criteria).

A line of nothing spends nothing and is left out. One cost outside the categories is enough not to meet the criterion;
otherwise it is undetermined while a line has no category, and where there is no budget.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache

from pipgrants.domain.call import EligibleCosts
from pipgrants.domain.finding import Finding, Note, Plain
from pipgrants.domain.plain import ZERO, plain_amount
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.vocabulary import CostCategory, Verdict
from pipgrants.money import EXACT

CODE = "budget.eligible_costs"

INELIGIBLE_COST = "budget.ineligible_cost"
NO_CATEGORY = "budget.no_category"

_CATEGORIES = tuple(CostCategory)


def assess(rule: EligibleCosts, proposal: Proposal, currency: str) -> Finding:
    """The verdict on the costs of a proposal, with a note for each category outside and for what has no category."""
    spent = _by_category(proposal)
    named = [category for category in _CATEGORIES if category in spent]
    outside = [category for category in named if category not in rule.categories]
    notes = [
        Note(INELIGIBLE_COST, {"category": str(category), **_amount(spent[category], currency)}) for category in outside
    ]
    if None in spent:
        notes.append(Note(NO_CATEGORY, _amount(spent[None], currency)))
    is_open = not spent or None in spent
    verdict = Verdict.NOT_MET if outside else Verdict.UNDETERMINED if is_open else Verdict.MET
    seen: Plain = {"codes": [str(category) for category in named]} if named else None
    return Finding(CODE, verdict, _required(rule.categories), seen, rule.clause, tuple(notes))


@cache
def _required(categories: tuple[CostCategory, ...]) -> Plain:
    return {"comparison": "one_of", "codes": [str(category) for category in categories]}


def _by_category(proposal: Proposal) -> Mapping[CostCategory | None, Decimal]:
    spent: dict[CostCategory | None, Decimal] = {}
    for line in proposal.budget_lines or ():
        if line.amount:
            spent[line.cost_category] = EXACT.add(spent.get(line.cost_category, ZERO), line.amount)
    return spent


def _amount(amount: Decimal, currency: str) -> dict[str, Plain]:
    return {"amount": plain_amount(amount, currency), "currency": currency}
