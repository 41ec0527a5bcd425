"""Invented allocations with envelopes, for the laws: trees of caps, floors and earmarks that fit each other."""

from decimal import Decimal

from hypothesis import strategies as st

from pipgrants.domain.allocation_terms import AllocationRule, AllocationTerms, EnvelopeKind, SubEnvelope
from pipgrants.domain.circumstances import Circumstances
from pipgrants.domain.ranking import RankedProposal
from pipgrants.domain.rules import OneOf
from pipgrants.money import Money

EVERYBODY = OneOf("proposal.territory", ("HN",))


def envelope(code, kind, amount, within=None, leftovers_to=None):
    title = {"en": code, "es": code, "pt": code}
    return SubEnvelope(code, "6.2", title, EnvelopeKind(kind), Decimal(amount), EVERYBODY, within, leftovers_to)


def places(*totals):
    return [RankedProposal(rank, f"P-{rank}", Decimal(total)) for rank, total in enumerate(totals, 1)]


def groups(**members):
    """By number, the envelopes a proposal belongs to, from the members of each."""
    numbers = {number for listed in members.values() for number in listed}
    return {number: frozenset(code for code, listed in members.items() if number in listed) for number in numbers}


@st.composite
def trees(draw, total, kinds=tuple(EnvelopeKind)):
    """Envelopes, each within the call's or one listed before; what floors and earmarks keep fits what is around."""
    listed = []
    room = {None: total}
    for index in range(draw(st.integers(0, 5))):
        within = draw(st.sampled_from([None, *(item.code for item in listed)]))
        kind = draw(st.sampled_from(kinds))
        most = total if kind is EnvelopeKind.CAP else _room(room, within, listed)
        amount = draw(st.integers(0, most))
        code = f"e{index}"
        earmarks = [item.code for item in listed if item.kind is EnvelopeKind.EARMARK]
        leftovers = draw(st.sampled_from([None, *earmarks])) if kind is EnvelopeKind.EARMARK else None
        listed.append(envelope(code, kind, amount, within, leftovers))
        if kind is not EnvelopeKind.CAP:
            _take(room, within, listed, amount)
            room[code] = amount
    return tuple(listed)


def _chain(within, listed):
    """The floors and earmarks around, the nearest first, and the call's envelope."""
    by_code = {item.code: item for item in listed}
    while within is not None and by_code[within].kind is EnvelopeKind.CAP:
        within = by_code[within].within
    return within


def _room(room, within, listed):
    return room[_chain(within, listed)]


def _take(room, within, listed, amount):
    room[_chain(within, listed)] -= amount


@st.composite
def enveloped_rounds(draw, rules=None, kinds=tuple(EnvelopeKind)):
    """A ranking, requests, an envelope, terms with envelopes, and who belongs to which."""
    count = draw(st.integers(1, 12))
    ranked = places(*sorted(draw(st.lists(st.integers(0, 100), min_size=count, max_size=count)), reverse=True))
    requests = {place.number: Decimal(draw(st.integers(0, 60))) for place in ranked}
    total = draw(st.integers(0, 200))
    envelopes = draw(trees(total, kinds))
    belongs = {}
    for place in ranked:
        mine = set()
        for item in envelopes:
            if (item.within is None or item.within in mine) and draw(st.booleans()):
                mine.add(item.code)
        belongs[place.number] = frozenset(mine)
    rule = draw(st.sampled_from(rules or [AllocationRule.SKIP_AND_FILL, AllocationRule.STOP_AT_FIRST]))
    more = {"minimum_rest_share": Decimal("0.5")} if rule is AllocationRule.FUND_NEXT_IF_REST_COVERS else {}
    terms = AllocationTerms("6.1", rule, reserve_count=draw(st.integers(0, 12)), envelopes=envelopes, **more)
    return ranked, requests, Money(Decimal(total), "USD"), terms, Circumstances(groups=belongs)
