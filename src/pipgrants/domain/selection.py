"""Which proposals could be funded together, and what that is worth by an objective: a program in zeros and ones.

A selection funds proposals in full; one that the call's rule funds in part is taken at that part. It keeps to what the
call says, and to what the rule gives to the groups that the call protects, so that the rule's own awards are one:

1. The awards are no more than the envelope without the margin kept for appeals, and no more than each cap.
2. A floor's group receives as much as by the rule, up to the floor.
3. The groups of earmarks receive what the rule's awards draw from the earmarks, every cent counted once
   (``earmarks``).
4. One award for each applicant, one of proposals that are mutually exclusive, and as many in a locality as there may
   be, where the call says so; and as many awards as it allows, or as the rule made of proposals tied at the line.

Proposals that failed a threshold or the minimum score are left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from operator import attrgetter
from typing import NamedTuple, TypeVar

from pipgrants.domain.allocation import AllocationLine
from pipgrants.domain.allocation_terms import AllocationTerms, EnvelopeKind
from pipgrants.domain.binary_program import BinaryProgram, Row
from pipgrants.domain.circumstances import Circumstances
from pipgrants.domain.earmarks import drawn_from_earmarks, unions
from pipgrants.domain.envelopes import Groups
from pipgrants.domain.ranking import RankedProposal
from pipgrants.domain.vocabulary import Objective, Outcome
from pipgrants.money import EXACT, Money, divide, from_minor, minor_digits, to_minor

Key = TypeVar("Key", bound=Hashable)

_MILLIONTH = Decimal("0.000001")
_WIDE = Context(prec=100, rounding=ROUND_CEILING)


class Candidate(NamedTuple):
    """A proposal that can be funded; ``units`` are the minor units of its award."""

    number: str
    total: Decimal
    units: int


class Selection(NamedTuple):
    """What a selection comes to: the objective, how many awards and how much money, the mean award to minor units."""

    value: Decimal
    awards_count: int
    amount: Decimal
    mean_amount: Decimal


@dataclass(frozen=True)
class SelectionCase:
    """What a selection is made from; ``candidates`` in rank order, ``awarded`` the numbers that the rule funds."""

    candidates: tuple[Candidate, ...]
    awarded: frozenset[str]
    envelope: Money
    terms: AllocationTerms
    known: Circumstances

    def program(self, objective: Objective) -> BinaryProgram:
        """The program, a column for each candidate. Raises RefusedError where earmarks overlap in too many ways."""
        return BinaryProgram(tuple(self._gains(objective)), tuple(_Rows(self).all()))

    def _gains(self, objective: Objective) -> Iterator[int]:
        digits = self._decimals
        for candidate in self.candidates:
            score = int(EXACT.scaleb(candidate.total, digits))
            yield score if objective is Objective.SUM_OF_SCORES else score * candidate.units

    def value(self, gain: int, objective: Objective) -> Decimal:
        """A sum of gains as points, or as points times money."""
        money = 0 if objective is Objective.SUM_OF_SCORES else minor_digits(self.envelope.currency)
        return EXACT.scaleb(Decimal(gain), -self._decimals - money)

    def places(self, numbers: Collection[str]) -> frozenset[int]:
        """The columns of some numbers."""
        return frozenset(place for place, item in enumerate(self.candidates) if item.number in numbers)

    def selection(self, chosen: Collection[int], objective: Objective) -> Selection:
        """What the columns chosen come to."""
        currency, gains = self.envelope.currency, tuple(self._gains(objective))
        amount = from_minor(sum(self.candidates[place].units for place in chosen), currency)
        count = len(chosen)
        mean = divide(amount, Decimal(count), minor_digits(currency)) if count else amount
        return Selection(self.value(sum(gains[place] for place in chosen), objective), count, amount, mean)

    @property
    def _decimals(self) -> int:
        """The most decimals of any total."""
        exponents = (candidate.total.as_tuple().exponent for candidate in self.candidates)
        return max((-exponent for exponent in exponents if isinstance(exponent, int)), default=0)


def selection_case(
    ranked: Iterable[RankedProposal],
    requests: Mapping[str, Decimal],
    envelope: Money,
    terms: AllocationTerms,
    below_threshold: Collection[str],
    known: Circumstances,
    lines: Iterable[AllocationLine],
) -> SelectionCase:
    """The case of a ranking; ``lines`` are what ``allocate`` makes of the same values."""
    awards = {line.number: line.amount for line in lines if line.outcome is Outcome.AWARD}
    least = terms.minimum_score
    candidates = (
        Candidate(
            place.number, place.total, to_minor(awards.get(place.number, requests[place.number]), envelope.currency)
        )
        for place in sorted(ranked, key=attrgetter("rank"))
        if place.number not in below_threshold and (least is None or place.total >= least)
    )
    return SelectionCase(tuple(candidates), frozenset(awards), envelope, terms, known)


def relative_gap(bound: Decimal, value: Decimal) -> Decimal:
    """What lies between a value and what none exceeds, as a share of the latter to six decimals, rounded up."""
    missing = EXACT.subtract(bound, value)
    return _WIDE.divide(missing, bound).quantize(_MILLIONTH, context=_WIDE) if missing else missing


class _Rows:
    """The rows of a case."""

    def __init__(self, case: SelectionCase) -> None:
        self._terms = case.terms
        self._known = case.known
        self._envelope = case.envelope
        self._units = [candidate.units for candidate in case.candidates]
        self._groups = [case.known.groups.get(candidate.number, frozenset()) for candidate in case.candidates]
        self._places = {candidate.number: place for place, candidate in enumerate(case.candidates)}
        self._awarded = {self._places[number] for number in case.awarded}
        self._everybody = range(len(case.candidates))

    def all(self) -> Iterator[Row]:
        """Every row."""
        whole = EXACT.subtract(self._envelope.amount, self._terms.appeal_margin_amount)
        yield self._money_at_most(self._everybody, self._minor(whole))
        for envelope in self._terms.envelopes:
            members, amount = self._members(frozenset({envelope.code})), self._minor(envelope.amount)
            if envelope.kind is EnvelopeKind.CAP:
                yield self._money_at_most(members, amount)
            elif envelope.kind is EnvelopeKind.FLOOR:
                yield self._money_at_least(members, min(amount, sum(self._spent(members).values())))
        yield from self._earmarks()
        yield from self._exclusions()
        yield from self._localities()
        if self._terms.maximum_awards is not None:
            yield _awards_at_most(self._everybody, max(self._terms.maximum_awards, len(self._awarded)))

    def _minor(self, amount: Decimal) -> int:
        return to_minor(amount, self._envelope.currency)

    def _members(self, codes: Groups) -> list[int]:
        """The candidates that belong to any of some envelopes."""
        return [place for place in self._everybody if self._groups[place] & codes]

    def _spent(self, places: Iterable[int]) -> Counter[Groups]:
        """What the rule awards to some candidates, by the envelopes they belong to."""
        spent: Counter[Groups] = Counter()
        for place in self._awarded.intersection(places):
            spent[self._groups[place]] += self._units[place]
        return spent

    def _money_at_most(self, places: Sequence[int], limit: int) -> Row:
        return Row(places, [self._units[place] for place in places], limit)

    def _money_at_least(self, places: Sequence[int], limit: int) -> Row:
        return Row(places, [-self._units[place] for place in places], -limit)

    def _earmarks(self) -> Iterator[Row]:
        envelopes = self._terms.envelopes
        amounts = {item.code: self._minor(item.amount) for item in envelopes}
        drawn = drawn_from_earmarks(envelopes, amounts, self._spent(self._everybody))
        for union in unions(groups.intersection(drawn) for groups in self._groups):
            yield self._money_at_least(self._members(union), sum(drawn[code] for code in union))

    def _exclusions(self) -> Iterator[Row]:
        groups = set(_exclusive(self._known.rivals))
        if self._terms.one_award_per_applicant:
            groups.update(_sharing(self._known.applicants))
        for group in sorted(groups, key=sorted):
            places = sorted(self._places[number] for number in group & self._places.keys())
            if len(places) > 1:
                yield _awards_at_most(places, 1)

    def _localities(self) -> Iterator[Row]:
        most, known = self._terms.maximum_awards_per_locality, self._known
        if most is None:
            return
        for group in _sharing({number: known.localities.get(number) for number in self._places}):
            helped = known.helped.get(known.localities.get(min(group)), 0)
            yield _awards_at_most(sorted(self._places[number] for number in group), max(most - helped, 0))


def _awards_at_most(places: Sequence[int], limit: int) -> Row:
    return Row(places, [1] * len(places), limit)


def _sharing(names: Mapping[str, Key]) -> list[frozenset[str]]:
    """The groups of numbers that have the same name."""
    groups: defaultdict[Key, set[str]] = defaultdict(set)
    for number, name in names.items():
        groups[name].add(number)
    return [frozenset(group) for group in groups.values()]


def _exclusive(rivals: Mapping[str, frozenset[str]]) -> Iterator[frozenset[str]]:
    """The groups of which one can be funded: all rivals of each other together, else in pairs."""
    for number, others in rivals.items():
        group = others | {number}
        if all(group - {other} <= rivals.get(other, frozenset()) for other in others):
            yield group
        else:
            yield from (frozenset({number, other}) for other in others)
