"""Promoting from the reserve list: the call's rule runs again over it, with every award frozen.

An award that was given up, or money that came back, is free in the envelope that it was drawn from. What follows is a
package that management ratifies, like the allocation; letters follow when it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from pipgrants.domain.allocation import Standing, reserve_order
from pipgrants.domain.allocation_consistency import spendable_amount
from pipgrants.domain.call import Call
from pipgrants.domain.duties import Duty
from pipgrants.domain.plain import exact_sum, plain_amount
from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import RefusedError
from pipgrants.money import EXACT, Money, from_minor
from pipgrants.services.allocate import Held, Proposed, circumstances, inputs_hash, open_findings
from pipgrants.services.appealed_lines import moved_on_appeal, places_of
from pipgrants.services.appeals import open_appeals
from pipgrants.services.corrected_ranking import corrected
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, call_engine, terms_of
from pipgrants.services.determinations import Ground, totals, undetermined
from pipgrants.services.holdings import holdings
from pipgrants.services.packages import PackageKind, prepare
from pipgrants.services.promotions import Promotions, decide_promotions, first_in_reserve
from pipgrants.services.returned_money import returned_amounts
from pipgrants.services.segregation import refuse_who_judged
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.packages import RankingRow
from pipgrants.store.unit import Unit
from pipgrants.trail.canonical import digest

APPEAL_IS_OPEN, LETTER_WAITS = "its appeal is open", "its letter waits for release"
"""Why somebody on the reserve list cannot be promoted now."""


class Waiting(NamedTuple):
    """Somebody on the reserve list, the amount asked for, and why they cannot be promoted now, where they cannot."""

    proposal: str
    rank: int
    asked: str
    held_back: str | None


class Reserve(NamedTuple):
    """The reserve list of a call as it stands: who waits, in the order of turns, and the money that is free."""

    call: str
    currency: str
    free: str
    expires_on: str | None
    waiting: tuple[Waiting, ...]


def show_reserve(workspace: Workspace, call: str) -> Reserve:
    """The reserve list of a call. Raises NotFoundError where there is no such call."""
    with workspace.read() as unit:
        terms = terms_of(unit.calls, call)
        standing = holdings(unit, terms, returned_amounts(unit, call))
        expires_on = terms.call.allocation.reserve_expires_on
        currency = terms.call.currency
        ranking = list(unit.packages.ranking(call, Stage.PROPOSAL))
        on_appeal = moved_on_appeal(ranking, unit.packages.standing(call))
        rows = corrected(ranking, places_of(on_appeal), first_in_reserve(on_appeal))
        ground = _ground(unit, terms, rows, standing)
        ranks = {place.number: place.rank for place in ground.ranked}
        why = _why_held_back(unit, call, standing)
        waiting = (
            Waiting(number, ranks[number], plain_amount(ground.requests[number], currency), why.get(number))
            for number in reserve_order(ground.ranked, terms.call.allocation, ground.known, standing)
        )
        free = plain_amount(free_amount(terms.call, standing), currency)
        return Reserve(call, currency, free, expires_on.isoformat() if expires_on else None, tuple(waiting))


def free_amount(call: Call, standing: Standing) -> Decimal:
    """What the awards that stand leave of the envelope, without the margin kept for appeals and what it paid."""
    return max(EXACT.subtract(spendable_amount(call), exact_sum(standing.drawn.values())), Decimal(0))


def prepare_promotion(
    workspace: Workspace, who: Identity, now: datetime, *, call: str, dry_run: bool = False
) -> Proposed:
    """Stores the package that promotes from the reserve list whom the money that is free can fund.

    Who cannot be promoted now, for an appeal that is open, is not passed over: what they would receive is held.
    Raises RefusedError before the letters with the decisions are released, after the list expired, or where nobody can
    be promoted.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        act.permit("reserve.promote", terms.programme.stands_in)
        _refuse(act, terms)
        ranking = list(act.unit.packages.ranking(call, Stage.PROPOSAL))
        standing = holdings(act.unit, terms, returned_amounts(act.unit, call))
        on_appeal = moved_on_appeal(ranking, act.unit.packages.standing(call))
        promotions = decide_promotions(_ground(act.unit, terms, ranking, standing), standing, on_appeal)
        lines, held = promotions.lines, _held(act.unit, terms.call, standing, promotions)
        if not lines:
            raise _nobody_promoted(terms.call, standing, held)
        refuse_who_judged(act, call, {line.proposal for line in lines}, Duty.PREPARES)
        package = prepare(
            act,
            PackageKind.PROMOTION,
            programme=terms.row.programme,
            call=call,
            stage=Stage.PROPOSAL,
            definitions=terms.hashes,
            inputs=promotion_inputs(act.unit, terms, ranking),
            facts=promotion_facts(terms.call, standing, promotions),
            lines=lines,
        )
    currency = terms.call.currency
    return Proposed(package, lines, currency, totals(lines, currency), held=held)


def _why_held_back(unit: Unit, call: str, standing: Standing) -> dict[str, str]:
    """Why some of the reserve list cannot be promoted now, by number."""
    appealing = {row.proposal for row in open_appeals(unit, call)}
    return {number: APPEAL_IS_OPEN if number in appealing else LETTER_WAITS for number in sorted(standing.held_back)}


def _held(unit: Unit, call: Call, standing: Standing, promotions: Promotions) -> list[Held]:
    why = _why_held_back(unit, call.call, standing)
    return [
        Held(number, plain_amount(amount, call.currency), why[number])
        for number, amount in sorted(promotions.held.items())
    ]


def _nobody_promoted(call: Call, standing: Standing, held: Iterable[Held]) -> RefusedError:
    free = Money(free_amount(call, standing), call.currency)
    words = f"nobody on the reserve list of {call.call} can be promoted: {free} is free"
    if kept := ", ".join(f"{item.amount} for {item.proposal} ({item.reason})" for item in held):
        return RefusedError(
            f"{words}; held is {kept}",
            next_step=f"pipgrants appeal list {call.call}; pipgrants letters release {call.call} --as OFFICER",
        )
    return RefusedError(
        f"{words}, and by the call's rule it funds none of the {len(standing.waiting)} that wait",
        next_step=f"pipgrants reserve list {call.call}",
    )


def _refuse(act: Act, terms: Terms) -> None:
    call, today = terms.row.call, local_day(act.now, terms.call)
    if "promote" not in call_engine(act.unit.calls, terms.row).possible(terms.row.state):
        raise RefusedError(
            f"the reserve list of {call} is used once the letters with the decisions are released, and until the call "
            f"is archived; it is {terms.row.state}",
            next_step=f"pipgrants status {call}",
        )
    refuse_expired(terms, today)


def refuse_expired(terms: Terms, today: date) -> None:
    """Raises RefusedError after the last day of a call's reserve list."""
    expires_on = terms.call.allocation.reserve_expires_on
    if expires_on is not None and today > expires_on:
        raise RefusedError(f"the reserve list of {terms.row.call} expired on {expires_on}")


def _ground(unit: Unit, terms: Terms, ranking: list[RankingRow], standing: Standing) -> Ground:
    """What the promotion rests on, from what is on record."""
    currency = terms.call.currency
    heads = unit.proposals.heads(sorted(standing.waiting))
    requests = {number: from_minor(row.grant_minor or 0, currency) for number, row in heads.items()}
    open_entries = (
        (row.number, row.screening_entry)
        for row in heads.values()
        if row.has_open_findings and row.screening_entry is not None
    )
    conditions = {number: undetermined(found) for number, found in open_findings(unit, open_entries)}
    concerned = {*standing.waiting, *standing.frozen}
    states = sorted({row.state for row in unit.proposals.rows(terms.row.call) if row.number in concerned})
    known = circumstances(unit, terms.call, states)
    return Ground(terms.call, Stage.PROPOSAL, ranking, requests, conditions, known)


def promotion_inputs(unit: Unit, terms: Terms, ranking: Iterable[RankingRow]) -> str:
    """The hash of all that a promotion rests on: that of the allocation, with the awards that stand."""
    returned = returned_amounts(unit, terms.row.call)
    return digest([inputs_hash(unit, terms, ranking), {number: str(amount) for number, amount in returned.items()}])


def promotion_facts(call: Call, standing: Standing, promotions: Promotions) -> dict[str, object]:
    """What the package of a promotion shows to who approves it."""
    currency = call.currency
    counted = totals(promotions.lines, currency)
    return {
        "currency": currency,
        "envelope": str(call.envelope_amount),
        "free": plain_amount(free_amount(call, standing), currency),
        "held": {number: plain_amount(amount, currency) for number, amount in sorted(promotions.held.items())},
        "totals": {name: [count, str(amount)] for name, (count, amount) in counted.items()},
    }
