"""What is wrong in how a call says that its envelope is spent: quotas that do not fit, and words that contradict."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pipgrants.domain.allocation_terms import (
    AllocationRule,
    AllocationTerms,
    EnvelopeKind,
    SubEnvelope,
    TiesAtLine,
)
from pipgrants.domain.appeal import FundedFrom
from pipgrants.domain.call import Call
from pipgrants.domain.envelopes import CALL, accounts_of, outer_floors
from pipgrants.domain.line import not_followed
from pipgrants.domain.mistakes import DefinitionMistake, rule_mistakes, unfit_amounts
from pipgrants.domain.plain import exact_sum
from pipgrants.domain.ranking import NUMBER, TERRITORY_NOT_YET_FUNDED
from pipgrants.domain.vocabulary import SubsidyType

ALLOCATION, ENVELOPES, TIES = "allocation", "allocation.envelopes", "allocation.ties_at_line"


def check_allocation(call: Call) -> Iterator[DefinitionMistake]:
    """All the ways in which the terms of the allocation contradict themselves, the ranking or the envelope."""
    terms = call.allocation
    yield from _amounts(call)
    yield from _margin(call)
    yield from _partial(terms)
    yield from _optimised(call)
    yield from _robustness(call)
    yield from _ties(call)
    yield from _reserve(call)
    yield from _localities(call)
    yield from _references(terms)
    if not list(_references(terms)):
        yield from _sizes(call)


def spendable_amount(call: Call) -> Decimal:
    """The envelope without what is kept back for appeals."""
    return call.envelope_amount - call.allocation.appeal_margin_amount


def _mistake(code: str, message: str, terms: AllocationTerms, key: str) -> DefinitionMistake:
    return DefinitionMistake(f"allocation.{code}", message, terms.clause, key)


def _amounts(call: Call) -> Iterator[DefinitionMistake]:
    terms, partial = call.allocation, call.allocation.partial
    amounts = {
        f"{ALLOCATION}.appeal_margin_amount": terms.appeal_margin_amount,
        f"{ALLOCATION}.partial.minimum_amount": partial.minimum_amount if partial else None,
        **{f"{ENVELOPES}.{item.code}.amount": item.amount for item in terms.envelopes},
    }
    yield from unfit_amounts(amounts, call.currency, terms.clause)
    if terms.appeal_margin_amount >= call.envelope_amount and terms.appeal_margin_amount:
        message = (
            f"allocation.appeal_margin_amount is {terms.appeal_margin_amount:,}, which leaves nothing of the envelope "
            f"of {call.envelope_amount:,} to the ranking"
        )
        yield _mistake("margin_takes_all", message, terms, f"{ALLOCATION}.appeal_margin_amount")
    if partial and partial.minimum_amount and partial.minimum_amount > spendable_amount(call):
        message = f"allocation.partial.minimum_amount is {partial.minimum_amount:,}; the envelope never covers it"
        yield _mistake("viable_out_of_reach", message, terms, f"{ALLOCATION}.partial.minimum_amount")


def _margin(call: Call) -> Iterator[DefinitionMistake]:
    """A margin that appeals are paid from and nobody keeps back, or that is kept back and nobody is paid from."""
    is_paid_from, margin = call.appeal.funded_from is FundedFrom.MARGIN, call.allocation.appeal_margin_amount
    if is_paid_from and not margin:
        message = (
            "appeals that are upheld are paid from the margin, and none is kept back; "
            "give allocation.appeal_margin_amount, or write funded_from: reserve_list"
        )
        yield DefinitionMistake("appeal.no_margin", message, call.appeal.clause, "appeal.funded_from")
    if margin and not is_paid_from:
        message = (
            f"allocation.appeal_margin_amount keeps {margin:,} from everybody: appeals that are upheld are paid from "
            "the reserve list; write funded_from: margin, or leave out appeal_margin_amount"
        )
        yield DefinitionMistake("appeal.margin_for_nobody", message, call.appeal.clause, "appeal.funded_from")


def _partial(terms: AllocationTerms) -> Iterator[DefinitionMistake]:
    key = f"{ALLOCATION}.partial"
    if terms.minimum_rest_share is not None and not terms.minimum_rest_share:
        message = "allocation.minimum_rest_share is 0: any rest would do; say how much of the request it must cover"
        yield _mistake("rest_covers_nothing", message, terms, f"{ALLOCATION}.minimum_rest_share")
    if terms.partial is None:
        return
    if terms.rule is AllocationRule.FUND_NEXT_IF_REST_COVERS:
        message = "fund_next_if_rest_covers funds one proposal in part already; leave out allocation.partial"
        yield _mistake("partial_twice", message, terms, key)
    if terms.shares_money and terms.rule is AllocationRule.SKIP_AND_FILL:
        message = (
            f"{terms.partial.rule} shares the money, so that no proposal fails to fit and none is passed over; "
            "the rule is stop_at_first, rank_and_cut or minimum_score_then_fill"
        )
        yield _mistake("nothing_to_skip", message, terms, key)
    if terms.shares_money and terms.envelopes:
        message = (
            f"{terms.partial.rule} shares one envelope, and the call has others within it; "
            "leave out one of them, or write a call for each envelope"
        )
        yield _mistake("shares_one_envelope", message, terms, ENVELOPES)


def _optimised(call: Call) -> Iterator[DefinitionMistake]:
    """What asks for turns, or for parts of the money, where those are funded together whose objective is greatest."""
    terms = call.allocation
    if terms.rule is not AllocationRule.OPTIMISE:
        return
    if terms.partial is not None:
        message = (
            "optimise chooses among awards whose amounts do not depend on who else is funded; leave out "
            "allocation.partial, or choose another rule"
        )
        yield _mistake("optimum_in_part", message, terms, f"{ALLOCATION}.partial")
    if terms.ties_at_line is not TiesAtLine.STRICT_ORDER:
        message = (
            f"optimise draws no line at which proposals could be tied; leave out {terms.ties_at_line}: of selections "
            "that are equal the best ranked is funded"
        )
        yield _mistake("optimum_without_line", message, terms, TIES)
    if TERRITORY_NOT_YET_FUNDED in call.ranking.tie_breaks:
        message = f"{TERRITORY_NOT_YET_FUNDED} asks who is funded before whom; optimise funds all of them together"
        yield _mistake("no_turns", message, terms, "ranking.tie_breaks")


def _robustness(call: Call) -> Iterator[DefinitionMistake]:
    """Shares of weights in letters, where they could not be told by the rules of the call."""
    terms, others = call.allocation, list(not_followed(call))
    if terms.robustness_in_letters and others:
        message = (
            "under other weights these rules of the call are not followed, so that no share of weights can be told: "
            f"{', '.join(others)}; leave out robustness_in_letters"
        )
        yield _mistake("robustness_not_computable", message, terms, f"{ALLOCATION}.robustness_in_letters")


def _ties(call: Call) -> Iterator[DefinitionMistake]:
    terms, words = call.allocation, call.ranking.tie_breaks
    how, waits = terms.ties_at_line, TERRITORY_NOT_YET_FUNDED in words
    if how is not TiesAtLine.STRICT_ORDER and NUMBER in words:
        message = f"the tie-break {NUMBER!r} leaves no ties, so that {how} never happens; leave out one of them"
        yield _mistake("no_ties_left", message, terms, TIES)
    if how is not TiesAtLine.STRICT_ORDER and waits:
        message = f"{TERRITORY_NOT_YET_FUNDED} gives each of the tied a turn of its own; {how} gives them none"
        yield _mistake("ties_decided_twice", message, terms, TIES)
    if how is TiesAtLine.FUND_ALL_IF_MONEY_ALLOWS and terms.maximum_awards is None:
        message = f"{how} funds the tied beyond maximum_awards; without rank_and_cut it changes nothing"
        yield _mistake("no_places", message, terms, TIES)
    if terms.shares_money and (how is TiesAtLine.FUND_ALL_IF_MONEY_ALLOWS or waits):
        word = TERRITORY_NOT_YET_FUNDED if waits else how
        message = f"{word} asks who is funded before whom; where the money is shared, all are funded together"
        yield _mistake("no_turns", message, terms, TIES)
    if waits and NUMBER in words[: words.index(TERRITORY_NOT_YET_FUNDED)]:
        message = f"the tie-break {NUMBER!r} leaves no ties to {TERRITORY_NOT_YET_FUNDED}, which comes after it"
        yield _mistake("no_ties_left", message, terms, "ranking.tie_breaks")


def _reserve(call: Call) -> Iterator[DefinitionMistake]:
    terms, key = call.allocation, f"{ALLOCATION}.reserve_expires_on"
    if terms.reserve_expires_on is None:
        return
    if not terms.reserve_count:
        message = "reserve_expires_on goes with a reserve list; give reserve_count, too"
        yield _mistake("no_reserve", message, terms, key)
    closing = (call.second_window or call.window).closes_at.date()
    if terms.reserve_expires_on <= closing:
        message = (
            f"the reserve list expires on {terms.reserve_expires_on}, before there is one: the call closes on {closing}"
        )
        yield _mistake("reserve_expires_early", message, terms, key)


def _localities(call: Call) -> Iterator[DefinitionMistake]:
    terms = call.allocation
    if terms.maximum_awards_per_locality is not None and call.subsidy_type is not SubsidyType.PREPARATION_SUPPORT:
        message = (
            f"maximum_awards_per_locality counts the awards of calls that support the preparation of proposals; leave "
            f"it out, or write subsidy_type: {SubsidyType.PREPARATION_SUPPORT}"
        )
        yield _mistake("locality_without_support", message, terms, f"{ALLOCATION}.maximum_awards_per_locality")


def _references(terms: AllocationTerms) -> Iterator[DefinitionMistake]:
    """What envelopes name that is not listed before them, and rules that are mistaken."""
    before: dict[str, SubEnvelope] = {}
    for item in terms.envelopes:
        key = f"{ENVELOPES}.{item.code}"
        yield from rule_mistakes(item.rule, f"envelope {item.code}", item.clause, f"{key}.rule")
        for name, code in (("within", item.within), ("leftovers_to", item.leftovers_to)):
            if code is not None and code not in before:
                listed = ", ".join(before) or "none"
                message = f"{key}.{name} is {code!r}; it names an envelope listed before this one: {listed}"
                yield DefinitionMistake("allocation.unknown_envelope", message, item.clause, f"{key}.{name}")
        target = before.get(item.leftovers_to or "")
        if target is not None and target.kind is not EnvelopeKind.EARMARK:
            message = f"{key}.leftovers_to is {target.code!r}, a {target.kind}; money can be left to an earmark only"
            yield DefinitionMistake("allocation.unfit_leftovers", message, item.clause, f"{key}.leftovers_to")
        before[item.code] = item


def _sizes(call: Call) -> Iterator[DefinitionMistake]:
    """Envelopes that hold nothing, that bound nothing, or that keep more than there is around them."""
    envelopes, whole = call.allocation.envelopes, spendable_amount(call)
    listed = {item.code: item for item in envelopes}
    accounts, floors = accounts_of(envelopes), outer_floors(envelopes)
    kept_in: dict[str, list[SubEnvelope]] = {}
    for item in envelopes:
        outer = item.within
        around = whole if outer is None else listed[outer].amount
        if item.kind is not EnvelopeKind.CAP:
            kept_in.setdefault(floors.get(item.code) or accounts[item.code], []).append(item)
        elif item.amount >= around:
            yield _size(item, f"a cap of {item.amount:,} bounds nothing: there is no more than {around:,} around it")
        if item.kind is not EnvelopeKind.CAP and (not item.amount or item.amount > around):
            yield _size(item, f"a {item.kind} of {item.amount:,} does not fit: there is {around:,} around it")
    for code, inner in kept_in.items():
        room = whole if code == CALL else listed[code].amount
        kept = exact_sum(item.amount for item in inner)
        if kept > room and len(inner) > 1:
            names = ", ".join(item.code for item in inner)
            yield _size(inner[-1], f"{names} keep {kept:,} together, of {room:,} around them")


def _size(item: SubEnvelope, message: str) -> DefinitionMistake:
    key = f"{ENVELOPES}.{item.code}.amount"
    return DefinitionMistake("allocation.unfit_envelope", f"{key}: {message}", item.clause, key)
