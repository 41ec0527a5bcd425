"""Allocation: the envelope spent over the ranking by the rule the call declares, and the reserve list.

Going down the ranking, a proposal that failed a threshold is passed over; any other asks for its amount in full.
- ``stop_at_first``: the first one that the money left does not cover ends the funding.
- ``skip_and_fill``: one that does not fit is skipped, and the next are tried.
- ``minimum_score_then_fill``: the same for the totals that reach the minimum; those below it are never funded.
- ``rank_and_cut``: the first ``maximum_awards``, ending also at the first that the money left does not cover.
The reserve list is the next ``reserve_count`` in rank order of those that only money or places kept out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from pipgrants.domain.call import ZERO, AllocationRule, AllocationTerms
from pipgrants.domain.finding import Note, Plain
from pipgrants.domain.plain import plain_amount, plain_number
from pipgrants.domain.ranking import RankedProposal
from pipgrants.domain.vocabulary import Outcome
from pipgrants.errors import RefusedError
from pipgrants.money import EXACT, Money

FUNDED = "allocation.funded"
ENVELOPE_EXHAUSTED = "allocation.envelope_exhausted"
BEYOND_MAXIMUM_AWARDS = "allocation.beyond_maximum_awards"
AFTER_FIRST = "allocation.after_first_that_did_not_fit"
BELOW_MINIMUM_SCORE = "allocation.below_minimum_score"
BELOW_THRESHOLD = "allocation.below_threshold"

_WAITING = {ENVELOPE_EXHAUSTED, BEYOND_MAXIMUM_AWARDS, AFTER_FIRST}
_ENDING = {AllocationRule.STOP_AT_FIRST, AllocationRule.RANK_AND_CUT}


class AllocationLine(NamedTuple):
    """What one proposal receives: ``outcome`` is award, reserve or decline, ``amount`` the money awarded.

    ``left_amount`` is the money left when its turn came; ``reserve_position`` counts from 1 on the reserve list.
    """

    rank: int
    number: str
    outcome: Outcome
    requested_amount: Decimal
    amount: Decimal
    left_amount: Decimal
    reason: Note
    reserve_position: int | None = None


def allocate(
    ranked: Sequence[RankedProposal],
    requests: Mapping[str, Decimal],
    envelope: Money,
    terms: AllocationTerms,
    below_threshold: Collection[str] = frozenset(),
) -> tuple[AllocationLine, ...]:
    """One line for each ranked proposal, in rank order.

    ``requests`` gives the amount asked for by proposal number, in the envelope's currency; ``below_threshold`` are the
    numbers of those that failed a threshold of the rubric. Raises RefusedError where a request is absent or negative.
    """
    check_requests(ranked, requests)
    spending = _Spending(envelope, terms)
    return tuple(
        spending.turn(proposal, requests[proposal.number], proposal.number in below_threshold)
        for proposal in sorted(ranked, key=attrgetter("rank"))
    )


class _Spending:
    """The envelope while it is being spent."""

    def __init__(self, envelope: Money, terms: AllocationTerms) -> None:
        self._left, self._currency = envelope
        self._terms = terms
        self._awards_count = 0
        self._reserve_count = 0
        self._ended: Note | None = None

    def turn(self, proposal: RankedProposal, asked: Decimal, failed_threshold: bool) -> AllocationLine:
        """What the proposal receives now that its turn has come."""
        left = self._left
        reason = self._refusal(proposal, asked, failed_threshold)
        if reason is not None:
            position = self._reserve_position(reason)
            outcome = Outcome.DECLINE if position is None else Outcome.RESERVE
            return AllocationLine(proposal.rank, proposal.number, outcome, asked, ZERO, left, reason, position)
        self._left = EXACT.subtract(left, asked)
        self._awards_count += 1
        reason = self._note(FUNDED, **self._asked_and_left(asked, left))
        return AllocationLine(proposal.rank, proposal.number, Outcome.AWARD, asked, asked, left, reason)

    def _refusal(self, proposal: RankedProposal, asked: Decimal, failed_threshold: bool) -> Note | None:
        terms = self._terms
        if failed_threshold:
            return self._note(BELOW_THRESHOLD)
        if terms.minimum_score is not None and proposal.total < terms.minimum_score:
            return self._note(
                BELOW_MINIMUM_SCORE,
                required={"number": plain_number(terms.minimum_score)},
                seen={"number": plain_number(proposal.total)},
            )
        if self._ended is not None:
            return self._ended
        if terms.maximum_awards is not None and self._awards_count >= terms.maximum_awards:
            return self._note(BEYOND_MAXIMUM_AWARDS, maximum={"number": plain_number(terms.maximum_awards)})
        if asked > self._left:
            if terms.rule in _ENDING:
                self._ended = self._note(AFTER_FIRST, first={"number": str(proposal.rank)})
            return self._note(ENVELOPE_EXHAUSTED, **self._asked_and_left(asked, self._left))
        return None

    def _reserve_position(self, reason: Note) -> int | None:
        if reason.code not in _WAITING or self._reserve_count >= self._terms.reserve_count:
            return None
        self._reserve_count += 1
        return self._reserve_count

    def _asked_and_left(self, asked: Decimal, left: Decimal) -> dict[str, Plain]:
        return {"asked": self._amount(asked), "left": self._amount(left)}

    def _amount(self, amount: Decimal) -> Plain:
        return {"amount": plain_amount(amount, self._currency), "currency": self._currency}

    def _note(self, code: str, **values: Plain) -> Note:
        return Note(code, {**values, "clause": self._terms.clause})


def check_requests(ranked: Sequence[RankedProposal], requests: Mapping[str, Decimal]) -> None:
    """Raises RefusedError where a ranked proposal asks for no amount, or for a negative one."""
    unusable = [
        proposal.number for proposal in ranked if proposal.number not in requests or requests[proposal.number] < 0
    ]
    if unusable:
        raise RefusedError(
            f"{len(unusable)} ranked proposals ask for no amount, or for a negative one: " + ", ".join(unusable[:20]),
            next_step="record the grant each of them asks for, or determine it ineligible",
        )
