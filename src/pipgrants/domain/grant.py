"""The limits of the grant: in amount, as a share of the proposal, and as a share of each member's costs by its size.

A share is compared exactly; the call's tolerance is an amount, inclusive. The share of the proposal is undetermined
while its lines contradict the amounts that it states. A member whose size is not on record is
within its limit if it would be whatever its size, beyond it if it would be whatever its size, and open in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from pipgrants.domain.amounts import contradictions_of_grant, contradictions_of_total
from pipgrants.domain.call import ONE, GrantLimits, MemberScope
from pipgrants.domain.finding import Finding, Note, Plain
from pipgrants.domain.plain import ZERO, plain_amount, plain_number, plain_share, required_share
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.vocabulary import FundingSource, SizeClass, Verdict
from pipgrants.money import EXACT, within_share

MINIMUM_AMOUNT = "grant.minimum_amount"
MAXIMUM_AMOUNT = "grant.maximum_amount"
MAXIMUM_SHARE = "grant.maximum_share"
MAXIMUM_SHARE_BY_SIZE = "grant.maximum_share_by_size"


class _Part(NamedTuple):
    """Whose costs are limited by size: an entity, its size, what the grant pays of its costs, and all of them."""

    party: str
    size_class: SizeClass | None
    grant_amount: Decimal
    total_amount: Decimal


def codes(limits: GrantLimits) -> tuple[str, ...]:
    """The codes of the limits that are set."""
    declared = {
        MINIMUM_AMOUNT: limits.minimum_amount is not None,
        MAXIMUM_AMOUNT: limits.maximum_amount is not None,
        MAXIMUM_SHARE: limits.maximum_share is not None,
        MAXIMUM_SHARE_BY_SIZE: bool(limits.maximum_share_by_size),
    }
    return tuple(code for code, is_set in declared.items() if is_set)


def assess(limits: GrantLimits, proposal: Proposal, currency: str) -> tuple[Finding, ...]:
    """One finding for each limit that is set, in the order of ``codes``."""
    return tuple(_findings(limits, proposal, currency))


def _findings(limits: GrantLimits, proposal: Proposal, currency: str) -> Iterator[Finding]:
    grant = proposal.grant_amount
    if limits.minimum_amount is not None:
        is_met = None if grant is None else grant >= limits.minimum_amount
        yield _of_amount(MINIMUM_AMOUNT, "at_least", limits.minimum_amount, grant, is_met, limits.clause, currency)
    if limits.maximum_amount is not None:
        is_met = None if grant is None else grant <= limits.maximum_amount
        yield _of_amount(MAXIMUM_AMOUNT, "at_most", limits.maximum_amount, grant, is_met, limits.clause, currency)
    if limits.maximum_share is not None:
        yield _of_share(limits, limits.maximum_share, proposal, currency)
    if limits.maximum_share_by_size:
        yield _by_size(limits, proposal, currency)


def _verdict(is_met: bool | None) -> Verdict:
    if is_met is None:
        return Verdict.UNDETERMINED
    return Verdict.MET if is_met else Verdict.NOT_MET


def _of_amount(
    code: str, comparison: str, limit: Decimal, grant: Decimal | None, is_met: bool | None, clause: str, currency: str
) -> Finding:
    seen: Plain = None if grant is None else {"amount": plain_amount(grant, currency), "currency": currency}
    return Finding(code, _verdict(is_met), _required_amount(comparison, limit, currency), seen, clause)


@cache
def _required_amount(comparison: str, limit: Decimal, currency: str) -> Plain:
    return {"comparison": comparison, "amount": plain_amount(limit, currency), "currency": currency}


def _of_share(limits: GrantLimits, maximum: Decimal, proposal: Proposal, currency: str) -> Finding:
    grant, total = proposal.grant_amount, proposal.total_amount
    required = required_share("at_most", maximum, "proposal", limits.tolerance_amount, currency)
    if grant is None or total is None:
        return Finding(MAXIMUM_SHARE, Verdict.UNDETERMINED, required, None, limits.clause)
    notes = tuple(_contradictions(proposal, currency))
    verdict = _verdict(None if notes else within_share(grant, total, maximum, limits.tolerance_amount))
    return Finding(MAXIMUM_SHARE, verdict, required, _seen_share(grant, total, currency), limits.clause, notes)


def _contradictions(proposal: Proposal, currency: str) -> list[Note]:
    return contradictions_of_total(proposal, currency) + contradictions_of_grant(proposal, currency)


def _seen_share(grant: Decimal, total: Decimal, currency: str) -> dict[str, Plain]:
    return {
        "share": plain_share(grant, total, "at_most"),
        "amount": plain_amount(grant, currency),
        "currency": currency,
    }


def _by_size(limits: GrantLimits, proposal: Proposal, currency: str) -> Finding:
    required: Plain = {"comparison": "all_of"}
    is_of_lead = limits.by_size_of is MemberScope.LEAD
    contradictions = _contradictions(proposal, currency) if is_of_lead else []
    parts = _lead_part(proposal) if is_of_lead else _member_parts(proposal)
    if not parts:
        return Finding(MAXIMUM_SHARE_BY_SIZE, Verdict.UNDETERMINED, required, None, limits.clause)
    verdicts = [_part_verdict(limits, part) for part in parts]
    plain: list[Plain] = [
        _plain_part(limits, part, verdict, currency) for part, verdict in zip(parts, verdicts, strict=True)
    ]
    missing = [Note("grant.size_missing", {"party": part.party}) for part in parts if part.size_class is None]
    worst = next((verdict for verdict in _FROM_WORST if verdict in verdicts), Verdict.MET)
    verdict = Verdict.UNDETERMINED if contradictions else worst
    notes = (*missing, *contradictions)
    return Finding(MAXIMUM_SHARE_BY_SIZE, verdict, required, {"parts": plain}, limits.clause, notes)


_FROM_WORST = (Verdict.NOT_MET, Verdict.UNDETERMINED)


def _lead_part(proposal: Proposal) -> Sequence[_Part]:
    if proposal.grant_amount is None or proposal.total_amount is None:
        return ()
    amounts = proposal.grant_amount, proposal.total_amount
    return [_Part(member.party, member.size_class, *amounts) for member in proposal.members or () if member.is_lead]


def _member_parts(proposal: Proposal) -> Sequence[_Part]:
    """Each entity's costs, by number; none where there is no budget or a line does not say who bears it."""
    sizes = {member.party: member.size_class for member in proposal.members or ()}
    costs: dict[str, tuple[Decimal, Decimal]] = {}
    for line in proposal.budget_lines or ():
        if line.party is None:
            return ()
        grant, total = costs.get(line.party, (ZERO, ZERO))
        if line.source is FundingSource.GRANT:
            grant = EXACT.add(grant, line.amount)
        costs[line.party] = grant, EXACT.add(total, line.amount)
    return [_Part(party, sizes.get(party), *costs[party]) for party in sorted(costs)]


def _part_verdict(limits: GrantLimits, part: _Part) -> Verdict:
    lowest, highest = _limits_of(limits, part.size_class)
    if within_share(part.grant_amount, part.total_amount, lowest, limits.tolerance_amount):
        return Verdict.MET
    if within_share(part.grant_amount, part.total_amount, highest, limits.tolerance_amount):
        return Verdict.UNDETERMINED
    return Verdict.NOT_MET


def _limits_of(limits: GrantLimits, size_class: SizeClass | None) -> tuple[Decimal, Decimal]:
    """The lowest and highest share that may apply; a size that is not listed has no limit of its own."""
    shares = limits.maximum_share_by_size
    if size_class is not None:
        share = shares.get(size_class, ONE)
        return share, share
    possible = [shares.get(size, ONE) for size in SizeClass]
    return min(possible), max(possible)


def _plain_part(limits: GrantLimits, part: _Part, verdict: Verdict, currency: str) -> dict[str, Plain]:
    lowest, _ = _limits_of(limits, part.size_class)
    return {
        "rule": MAXIMUM_SHARE_BY_SIZE,
        "party": part.party,
        "size_class": None if part.size_class is None else part.size_class.value,
        "required": {"comparison": "at_most", "share": plain_number(lowest)},
        "seen": _seen_share(part.grant_amount, part.total_amount, currency),
        "verdict": verdict.value,
    }
