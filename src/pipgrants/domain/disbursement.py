"""What of a tranche can be paid: the award, what was paid already, and the pace that the counterpart keeps.

The grant paid never runs ahead of the counterpart realised by more than the first tranche: where a share of the agreed
counterpart was realised, the same share of the grant can be paid besides it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from pipgrants.domain.counterpart import Contribution
from pipgrants.domain.finding import Finding, Note, Plain
from pipgrants.domain.implementation_terms import BehindPace, ImplementationTerms
from pipgrants.domain.plain import ZERO, plain_amount
from pipgrants.domain.vocabulary import Verdict
from pipgrants.money import EXACT, Rounding, divide, minor_digits

PACE = "disbursement.counterpart_pace"
AWARD = "disbursement.within_award"


class Progress(NamedTuple):
    """How far a project has come in money; ``advance_amount`` is the first tranche."""

    grant_amount: Decimal
    counterpart_amount: Decimal
    realised: Contribution
    held_amount: Decimal
    undisbursed_amount: Decimal
    advance_amount: Decimal


class Payable(NamedTuple):
    """What can be paid of a tranche, and the findings that say why no more."""

    amount: Decimal
    findings: tuple[Finding, ...]


def payable(terms: ImplementationTerms, progress: Progress, asked: Decimal, currency: str) -> Payable:
    """What can be paid of the amount asked for; nothing where the call holds a tranche that is behind the pace."""
    at_pace = max(EXACT.subtract(_paid_at_pace(progress, currency), progress.held_amount), ZERO)
    keeps_pace = at_pace >= asked
    by_pace = asked if keeps_pace else at_pace if terms.counterpart_behind_pace is BehindPace.REDUCE else ZERO
    needed = _realised_for(progress, EXACT.add(progress.held_amount, asked), currency)
    findings = (
        _finding(
            terms, PACE, keeps_pace, ("at_least", needed), progress.realised.amount, currency, progress.realised.notes
        ),
        _finding(
            terms,
            AWARD,
            asked <= progress.undisbursed_amount,
            ("at_most", progress.undisbursed_amount),
            asked,
            currency,
        ),
    )
    return Payable(min(by_pace, progress.undisbursed_amount), findings)


def _paid_at_pace(progress: Progress, currency: str) -> Decimal:
    """The most that can have been paid at what was realised so far; a fraction of the minor unit is left off."""
    if not progress.counterpart_amount:
        return EXACT.add(progress.advance_amount, progress.grant_amount)
    product = EXACT.multiply(progress.grant_amount, progress.realised.amount)
    matched = divide(product, progress.counterpart_amount, minor_digits(currency), Rounding.DOWN)
    return EXACT.add(progress.advance_amount, matched)


def _realised_for(progress: Progress, paid: Decimal, currency: str) -> Decimal:
    """The counterpart that must be realised for so much to be paid, for display: a fraction is left off."""
    beyond = max(EXACT.subtract(paid, progress.advance_amount), ZERO)
    if not progress.grant_amount:
        return ZERO
    product = EXACT.multiply(progress.counterpart_amount, beyond)
    needed = divide(product, progress.grant_amount, minor_digits(currency), Rounding.DOWN)
    return min(needed, progress.counterpart_amount)


def _finding(
    terms: ImplementationTerms,
    code: str,
    is_met: bool,
    required: tuple[str, Decimal],
    seen: Decimal,
    currency: str,
    notes: tuple[Note, ...] = (),
) -> Finding:
    comparison, limit = required
    wanted: Plain = {"comparison": comparison, "amount": plain_amount(limit, currency), "currency": currency}
    found: Plain = {"amount": plain_amount(seen, currency), "currency": currency}
    return Finding(code, Verdict.MET if is_met else Verdict.NOT_MET, wanted, found, terms.clause, notes)
