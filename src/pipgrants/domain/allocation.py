"""Allocation: the envelope spent over the ranking by the rule the call declares, and the reserve list.

Going down the ranking, a proposal that failed a threshold is passed over; any other asks for its amount in full.
- ``stop_at_first``: the first one that the money left does not cover ends the funding.
- ``skip_and_fill``: one that does not fit is skipped, and the next are tried.
- ``minimum_score_then_fill``: the same for the totals that reach the minimum; those below it are never funded.
- ``rank_and_cut``: the first ``maximum_awards``, ending also at the first that the money left does not cover.
- ``fund_next_if_rest_covers``: the first one that the money left does not cover receives the rest where that is the
  declared share of what it asked for, and ends the funding.
- ``optimise``: those are funded together whose objective is greatest (``selection``), whatever their turn. Money that
  comes free later goes down the ranking as by ``skip_and_fill``: awards stand, so nothing is selected anew.
With partial funding ``last_only`` the first that does not fit receives the rest where that is viable, and nobody else
while that award stands; with ``pro_rata`` and ``constrained_equal`` as many share the money, best first, as can each
receive a viable grant (``partial_funding``).

The money left to a proposal is what its envelopes hold for it (``envelopes``); where one of them ends the funding, it
ends for those that draw on it. When nobody more can be funded, what floors and earmarks kept is released, and those
that wait are tried again in rank order. Whoever was funded in part waits for the rest: an award of this run is topped
up before those below it have their turn, one that stands from an earlier run is never changed.

Among proposals that all tie-breaks before ``territory_not_yet_funded`` leave together, those of a territory without an
award have their turn first. Proposals that every declared tie-break leaves together, for whom a place is left, and that
money or places do not all cover, stand at the line: ``ties_at_line`` says what becomes of them.
- ``strict_order``: they have their turns in the order of the ranking, which holds the draw.
- ``fund_all_if_money_allows``: all are funded where the money covers them, though places do not; else in strict order.
- ``fund_none``: none of them is funded.

An award excludes the applicant's other proposals where the call gives each one award, and proposals recorded as
mutually exclusive with the one awarded; the last award that a locality can receive excludes its other proposals. The
reserve list is the next ``reserve_count`` of those that only money or places kept out, in the order in which money that
becomes free would come to them: by rank, and among equals a territory without an award first, as the awards stand and
as if each that comes before were funded. Awards that are ``frozen`` stand: they are drawn first, and only those that
wait are decided. One that stands and waits is asked to be made larger: it is excluded by nobody and takes
no further place.

A proposal that receives nothing changes no other award under ``skip_and_fill`` and ``minimum_score_then_fill``, with
any envelopes, in strict order. Elsewhere the call says that it does: the first that does not fit ends the funding, one
that is tied at the line holds back those it is tied with, one that shares money would lower the share of others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import chain, islice
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple

from pipgrants.domain.allocation_terms import ENDING, ZERO, AllocationRule, AllocationTerms, PartialFunding, TiesAtLine
from pipgrants.domain.appeal import FUNDED_FROM_MARGIN
from pipgrants.domain.circumstances import NOTHING_KNOWN, Circumstances, Holders
from pipgrants.domain.envelopes import MARGIN, Groups, Purse
from pipgrants.domain.finding import Note, Plain
from pipgrants.domain.partial_funding import funded_count, least_share, shared, viable_amount
from pipgrants.domain.plain import plain_amount, plain_number
from pipgrants.domain.ranking import RankedProposal
from pipgrants.domain.vocabulary import Outcome
from pipgrants.errors import RefusedError
from pipgrants.money import EXACT, Money

FUNDED = "allocation.funded"
FUNDED_IN_PART = "allocation.funded_in_part"
ENVELOPE_EXHAUSTED = "allocation.envelope_exhausted"
CAP_REACHED = "allocation.cap_reached"
BEYOND_MAXIMUM_AWARDS = "allocation.beyond_maximum_awards"
AFTER_FIRST = "allocation.after_first_that_did_not_fit"
TIED_AT_LINE = "allocation.tied_at_line"
NOT_VIABLE = "allocation.share_not_viable"
SELECTED = "allocation.selected"
NOT_SELECTED = "allocation.not_selected"
BELOW_MINIMUM_SCORE = "allocation.below_minimum_score"
BELOW_THRESHOLD = "allocation.below_threshold"
APPLICANT_HAS_AWARD = "allocation.applicant_has_award"
EXCLUDED_BY_AWARD = "allocation.excluded_by_award"
LOCALITY_LIMIT = "allocation.locality_limit"
LOCALITY_NOT_STATED = "locality_not_stated"
"""The word for the locality of proposals that state none."""

WAITING = frozenset(
    {ENVELOPE_EXHAUSTED, CAP_REACHED, BEYOND_MAXIMUM_AWARDS, AFTER_FIRST, TIED_AT_LINE, NOT_VIABLE, NOT_SELECTED}
)
"""The reasons by which only money or places kept a proposal out."""

_NO_GROUPS: Groups = frozenset()


class AllocationLine(NamedTuple):
    """What one proposal receives: ``outcome`` is award, reserve or decline, ``amount`` the money awarded.

    ``left_amount`` is the money left to it when its turn came last; ``reserve_position`` counts from 1 on the reserve
    list.
    """

    rank: int
    number: str
    outcome: Outcome
    requested_amount: Decimal
    amount: Decimal
    left_amount: Decimal
    reason: Note
    reserve_position: int | None = None


class Standing(NamedTuple):
    """An allocation that stands: the awards by number, and the numbers of those that wait for money.

    ``by_margin`` is what the margin kept for appeals pays of awards, by number: it is not drawn from the rest of the
    envelope. Those ``held_back`` wait in their places, and nobody is given what they would receive; they receive it
    once they can be promoted. ``has_last`` says that one of the awards is in part: the one that ``last_only`` makes.
    """

    frozen: Mapping[str, Decimal]
    waiting: frozenset[str]
    by_margin: Mapping[str, Decimal] = MappingProxyType({})
    held_back: frozenset[str] = frozenset()
    has_last: bool = False

    @property
    def drawn(self) -> dict[str, Decimal]:
        """What each award draws from the envelope without the margin kept for appeals, by number."""
        return {
            number: EXACT.subtract(amount, self.by_margin.get(number, ZERO)) for number, amount in self.frozen.items()
        }


def allocate(
    ranked: Sequence[RankedProposal],
    requests: Mapping[str, Decimal],
    envelope: Money,
    terms: AllocationTerms,
    below_threshold: Collection[str] = frozenset(),
    known: Circumstances = NOTHING_KNOWN,
    standing: Standing | None = None,
    selected: Collection[str] | None = None,
) -> tuple[AllocationLine, ...]:
    """One line for each ranked proposal, or for each that waits where an allocation stands, in rank order.

    ``requests`` gives the amount asked for by proposal number, in the envelope's currency; ``below_threshold`` are the
    numbers of those that failed a threshold of the rubric. The envelope is spent but for the margin kept for appeals,
    which pays those only that ``known`` says may draw on it. ``selected`` are the numbers that the rule ``optimise``
    funds; no other rule asks for them, nor does an allocation that stands.
    Raises RefusedError where a request is absent or negative, ValueError where the rule asks for a selection and none
    is given.
    """
    if terms.rule is AllocationRule.OPTIMISE and selected is None and standing is None:
        raise ValueError("the rule optimise funds a selection, and none is given")
    places = sorted(ranked, key=attrgetter("rank"))
    spending = _Spending(requests, envelope, terms, below_threshold, known)
    tied = known.tied(places)
    if standing is not None:
        spending.has_last = standing.has_last
        for number, amount in sorted(standing.frozen.items()):
            spending.freeze(number, amount, standing.by_margin.get(number, ZERO))
        tied = [left for group in tied if (left := [place for place in group if place.number in standing.waiting])]
    check_requests([place for group in tied for place in group], requests)
    if selected is not None:
        spending.select(places, selected)
    elif terms.partial is not None and terms.shares_money:
        spending.share(tied, terms.partial)
    else:
        spending.run(tied)
    lines = sorted(spending.lines.values(), key=attrgetter("rank"))
    return tuple(_with_reserve(lines, list(islice(spending.queue(tied), terms.reserve_count))))


def reserve_order(
    ranked: Sequence[RankedProposal], terms: AllocationTerms, known: Circumstances, standing: Standing
) -> list[str]:
    """The numbers of those that wait where an allocation stands, in the order in which free money would come to them.

    ``ranked`` are the places in the order of their turns.
    """
    holders = Holders(known, terms)
    for number in standing.frozen:
        holders.add(number)
    groups = ([place for place in group if place.number in standing.waiting] for group in known.tied(ranked))
    return [place.number for place in holders.queue(groups)]


class _Spending:
    """The envelope while it is being spent; ``lines`` are what each proposal that had its turn receives.

    ``has_last`` says that one stands funded in part, where only the last one is.
    """

    def __init__(
        self,
        requests: Mapping[str, Decimal],
        envelope: Money,
        terms: AllocationTerms,
        below_threshold: Collection[str],
        known: Circumstances,
    ) -> None:
        self._requests = requests
        self._currency = envelope.currency
        self._terms = terms
        self._below_threshold = below_threshold
        self._known = known
        margin = terms.appeal_margin_amount
        self._purse = Purse(EXACT.subtract(envelope.amount, margin), terms.envelopes, margin)
        self._holders = Holders(known, terms)
        self.has_last = False
        self._after_first = cache(lambda rank: self._note(AFTER_FIRST, first={"number": str(rank)}))
        self.lines: dict[str, AllocationLine] = {}

    def freeze(self, number: str, amount: Decimal, by_margin: Decimal) -> None:
        """Draws an award that stands."""
        self._purse.charge(amount, self._groups(number), by_margin)
        self._holders.add(number)

    def run(self, tied: Sequence[Sequence[RankedProposal]]) -> None:
        """Gives every proposal its turn, and those that wait another one each time that money is released.

        Whoever waits at the end, and is excluded by an award made after its turn, does not wait any more.
        """
        for group in tied:
            self._decide(group)
        goes_on = self._terms.rule not in ENDING
        while self._terms.envelopes and goes_on and self._try_again(tied):
            pass
        for _ in self._purse.releases():
            while self._try_again(tied) and goes_on:
                pass
        if self._holders.exclude:
            for place in (place for group in tied for place in self._waiting(group)):
                if not self._holders.admits(place.number):
                    self._turn(place)

    def select(self, places: Sequence[RankedProposal], selected: Collection[str]) -> None:
        """Funds a selection, and says of the others what keeps them out."""
        objective: Plain = {"code": str(self._terms.objective)}
        for place in places:
            if place.number in selected:
                self.freeze(place.number, self._requests[place.number], ZERO)
        for place in places:
            asked, left = self._requests[place.number], self._purse.available(self._groups(place.number))
            told: dict[str, Plain] = {"asked": self._amount(asked), "objective": objective}
            if place.number in selected:
                note = self._note(SELECTED, **told)
                line = AllocationLine(place.rank, place.number, Outcome.AWARD, asked, asked, left, note)
            else:
                line = self._refused(place, self._bar(place) or self._note(NOT_SELECTED, **told), left)
            self.lines[place.number] = line

    def queue(self, tied: Iterable[Sequence[RankedProposal]]) -> Iterator[RankedProposal]:
        """Those that wait at the end, in the order in which more money would come to them."""
        return self._holders.queue(map(self._waiting, tied))

    def _waiting(self, group: Iterable[RankedProposal]) -> list[RankedProposal]:
        """Those that only money or places kept out so far."""
        return [place for place in group if self.lines[place.number].reason.code in WAITING]

    def _try_again(self, tied: Sequence[Sequence[RankedProposal]]) -> bool:
        """Gives those that wait another turn; whether it funded any, which may have met a floor that kept money."""
        before, has_more = len(self._holders), False
        for group in tied:
            for place in group:
                has_more |= self.lines[place.number].reason.code == FUNDED_IN_PART and self._top_up(place)
            if waiting := self._waiting(group):
                self._decide(waiting)
        return has_more or len(self._holders) > before

    def _top_up(self, place: RankedProposal) -> bool:
        """Adds to an award in part what is left to it now, which the margin kept for appeals is not; whether it did."""
        groups, given = self._groups(place.number) - {MARGIN}, self.lines[place.number].amount
        if self._bar(place) is not None:
            return False
        lacking, left = EXACT.subtract(self._requests[place.number], given), self._purse.available(groups)
        ended, added = self._purse.ended_by(lacking, groups), min(lacking, left)
        if added:
            self._purse.spend(added, groups)
            self.lines[place.number] = self._funded(place, EXACT.add(given, added), EXACT.add(given, left))
        if added == lacking:
            self.has_last = False
        elif self._terms.rule in ENDING:
            self._purse.close(ended, place.rank)
        return added > ZERO

    def _decide(self, group: Sequence[RankedProposal]) -> None:
        """Decides proposals that are tied."""
        ties = self._terms.ties_at_line
        if len(group) == 1 or ties is TiesAtLine.STRICT_ORDER:
            for place in self._holders.in_turn(group):
                self._turn(place)
            return
        open_to = [place for place in group if self._bar(place) is None]
        allows = ties is TiesAtLine.FUND_ALL_IF_MONEY_ALLOWS
        has_places = self._places_left != 0
        trial = self._without_room(open_to, beyond_places=allows)
        if trial is not None and not allows and len(open_to) > 1:
            self._refuse_tied(group, open_to, trial)
            return
        for place in group:
            self._turn(place, beyond_places=allows and trial is None and has_places)

    def _without_room(self, tied: Sequence[RankedProposal], *, beyond_places: bool) -> Purse | None:
        """None where money, and places unless they do not matter, cover in full all that can be funded beside others.

        Otherwise the purse as it is when the first does not fit, closed where the money ended.
        """
        purse, beside = self._purse.copy(), self._holders.beside()
        places_left = None if beyond_places else self._places_left
        for place in tied:
            asked, groups = self._requests[place.number], self._groups(place.number)
            if not beside.admits(place.number):
                continue
            if len(beside) == places_left:
                purse.close_all(tied[0].rank)
                return purse
            if asked > purse.available(groups):
                purse.close(purse.ended_by(asked, groups), tied[0].rank)
                return purse
            purse.spend(asked, groups)
            beside.add(place.number)
        return None

    def _refuse_tied(self, group: Sequence[RankedProposal], tied: Sequence[RankedProposal], trial: Purse) -> None:
        """Refuses all that are tied at the line; by a rule that ends there, what covers them not, or not all, ends."""
        note = self._note(TIED_AT_LINE, tied={"number": str(len(tied))})
        for place in group:
            self._take(self._refused(place, self._bar(place) or note))
        if self._terms.rule in ENDING:
            short = [self._purse.ended_by(self._requests[place.number], self._groups(place.number)) for place in tied]
            self._purse.close_like(trial)
            self._purse.close(chain.from_iterable(short), group[0].rank)

    def share(self, tied: Sequence[Sequence[RankedProposal]], partial: PartialFunding) -> None:
        """Lets the best ranked, as many as can each receive a viable grant, share the money."""
        left, taking, group_of = self._purse.available(_NO_GROUPS), [], []
        beside = self._holders.beside()
        for index, group in enumerate(tied):
            for place in self._holders.in_turn(group):
                if self._bar(place) is None and beside.admits(place.number):
                    beside.add(place.number)
                    taking.append(place)
                    group_of.append(index)
        requests = [self._requests[place.number] for place in taking[: self._places_left]]
        count = funded_count(requests, left, partial, self._currency)
        if self._terms.ties_at_line is TiesAtLine.FUND_NONE:
            while 0 < count < len(taking) and group_of[count] == group_of[count - 1]:
                count -= 1
        amounts = shared(requests[:count], left, partial.rule, self._currency)
        for place, amount in zip(taking, amounts, strict=False):
            self._take(self._funded(place, amount, left))
        for place in (place for group in tied for place in group if place.number not in self._holders):
            least = self._amount(viable_amount(self._requests[place.number], partial, self._currency))
            note = self._bar(place) or self._note(NOT_VIABLE, least=least, **self._asked_and_left(place, left))
            self._take(self._refused(place, note, left))

    def _turn(self, place: RankedProposal, *, beyond_places: bool = False) -> None:
        """Decides a proposal, now that its turn has come."""
        bar = self._bar(place, beyond_places=beyond_places)
        if bar is not None:
            self._take(self._refused(place, bar))
            return
        asked, groups = self._requests[place.number], self._groups(place.number)
        left = self._purse.available(groups)
        if asked <= left:
            self._take(self._funded(place, asked, left))
            return
        ended, least = self._purse.ended_by(asked, groups), self._least_rest(asked)
        if least is not None and least <= left > ZERO:
            self.has_last = True
            self._take(self._funded(place, left, left))
        else:
            self._take(self._refused(place, self._short(place, left), left))
        if self._terms.rule in ENDING:
            self._purse.close(ended, place.rank)

    def _short(self, place: RankedProposal, left: Decimal) -> Note:
        """What was asked for and left, with the cap that left no more where it is one."""
        values = self._asked_and_left(place, left)
        cap = self._purse.short_cap(self._requests[place.number], self._groups(place.number))
        if cap is None:
            return self._note(ENVELOPE_EXHAUSTED, **values)
        return self._note(CAP_REACHED, cap={"texts": dict(cap.title)}, **(values | {"clause": cap.clause}))

    def _least_rest(self, asked: Decimal) -> Decimal | None:
        """The least rest that the next proposal can be funded with, None where nobody more is funded in part."""
        terms = self._terms
        if terms.minimum_rest_share is not None:
            return least_share(asked, terms.minimum_rest_share, self._currency)
        if terms.partial is None or self.has_last:
            return None
        return viable_amount(asked, terms.partial, self._currency)

    def _bar(self, place: RankedProposal, *, beyond_places: bool = False) -> Note | None:
        """What keeps a proposal out whatever it asks for, None where nothing does."""
        terms, number = self._terms, place.number
        if number in self._below_threshold:
            return self._note(BELOW_THRESHOLD)
        if terms.minimum_score is not None and place.total < terms.minimum_score:
            return self._note(
                BELOW_MINIMUM_SCORE,
                required={"number": plain_number(terms.minimum_score)},
                seen={"number": plain_number(place.total)},
            )
        has_place = number in self._holders
        if not has_place and (excluded := self._excluded(number)):
            return excluded
        closed_at = self._purse.closed_at(self._groups(number))
        if closed_at is not None:
            return self._after_first(closed_at)
        if self._places_left == 0 and not (beyond_places or has_place):
            return self._note(BEYOND_MAXIMUM_AWARDS, maximum={"number": plain_number(terms.maximum_awards or 0)})
        return None

    def _excluded(self, number: str) -> Note | None:
        """What award excludes a proposal."""
        if other := self._holders.of_same_applicant(number):
            return self._note(APPLICANT_HAS_AWARD, other={"text": other})
        if other := self._holders.rival_of(number):
            return self._note(EXCLUDED_BY_AWARD, other={"text": other})
        return self._locality_limit(number) if self._holders.fills_locality_of(number) else None

    def _locality_limit(self, number: str) -> Note:
        maximum, locality = self._terms.maximum_awards_per_locality or 0, self._known.localities.get(number)
        values: dict[str, Plain] = {"maximum": {"number": str(maximum)}}
        return self._note(LOCALITY_LIMIT, locality={"code": locality or LOCALITY_NOT_STATED}, **values)

    @property
    def _places_left(self) -> int | None:
        maximum = self._terms.maximum_awards
        return None if maximum is None else max(maximum - len(self._holders), 0)

    def _take(self, line: AllocationLine) -> None:
        self.lines[line.number] = line
        if line.outcome is Outcome.AWARD:
            self._purse.spend(line.amount, self._groups(line.number))
            self._holders.add(line.number)

    def _groups(self, number: str) -> Groups:
        return self._known.groups.get(number, _NO_GROUPS)

    def _funded(self, place: RankedProposal, amount: Decimal, left: Decimal) -> AllocationLine:
        asked = self._requests[place.number]
        values = self._asked_and_left(place, left)
        if self._purse.is_paid_by_margin(amount, self._groups(place.number)):
            note = self._note(FUNDED_FROM_MARGIN, **self._asked_and_left(place, self._purse.margin))
        elif amount == asked:
            note = self._note(FUNDED, **values)
        else:
            note = self._note(FUNDED_IN_PART, granted=self._amount(amount), **values)
        return AllocationLine(place.rank, place.number, Outcome.AWARD, asked, amount, left, note)

    def _refused(self, place: RankedProposal, note: Note, left: Decimal | None = None) -> AllocationLine:
        asked = self._requests[place.number]
        left = self._purse.available(self._groups(place.number)) if left is None else left
        return AllocationLine(place.rank, place.number, Outcome.DECLINE, asked, ZERO, left, note)

    def _asked_and_left(self, place: RankedProposal, left: Decimal) -> dict[str, Plain]:
        return {"asked": self._amount(self._requests[place.number]), "left": self._amount(left)}

    def _amount(self, amount: Decimal) -> Plain:
        return {"amount": plain_amount(amount, self._currency), "currency": self._currency}

    def _note(self, code: str, **values: Plain) -> Note:
        return Note(code, {"clause": self._terms.clause, **values})


def _with_reserve(lines: Iterable[AllocationLine], reserve: Sequence[RankedProposal]) -> Iterator[AllocationLine]:
    """Lines with the places of the reserve list given to those on it."""
    positions = {place.number: position for position, place in enumerate(reserve, 1)}
    for line in lines:
        if line.number in positions:
            yield line._replace(outcome=Outcome.RESERVE, reserve_position=positions[line.number])
        else:
            yield line


def check_requests(ranked: Iterable[RankedProposal], requests: Mapping[str, Decimal]) -> None:
    """Raises RefusedError where a ranked proposal asks for no amount, or for a negative one."""
    numbers = [place.number for place in ranked]
    unusable = [number for number in numbers if number not in requests or requests[number] < 0]
    if unusable:
        raise RefusedError(
            f"{len(unusable)} ranked proposals ask for no amount, or for a negative one: " + ", ".join(unusable[:20]),
            next_step="record the grant each of them asks for, or determine it ineligible",
        )
