"""Whether a proposal satisfies a rule: met, not met, or undetermined where a fact is missing.

The combinations follow Kleene's three-valued logic, and a count of members whose facts are missing is an interval: the
verdict is open only while the missing facts can still change it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache, partial
from typing import NamedTuple, TypeAlias, cast
from zoneinfo import ZoneInfo

from pipgrants.domain.facts import FACTS, RECEIVED_ON
from pipgrants.domain.finding import Plain
from pipgrants.domain.hierarchies import sector_lies_within, territory_lies_within
from pipgrants.domain.plain import FactValue, plain_share, plain_writer, required_share
from pipgrants.domain.proposal import Member, Proposal
from pipgrants.domain.rules import (
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Comparison,
    CountOf,
    HasEvidence,
    IsTrue,
    NoneOf,
    OneOf,
    OnOrAfter,
    OnOrBefore,
    Present,
    Rule,
    ShareOf,
    facts_of,
    mistakes,
)
from pipgrants.domain.vocabulary import PriorityGroup, Stage, Verdict
from pipgrants.money import reaches_share, within_share

Evaluation: TypeAlias = tuple[Verdict, Plain, Plain]
"""The verdict, what was required and what was seen; the plain values are shared and never changed."""

Check: TypeAlias = Callable[[Proposal], Evaluation]


def evaluate(rule: Rule, proposal: Proposal, currency: str) -> Evaluation:
    """The verdict of a rule on a proposal. Raises ValueError where the rule itself is mistaken (see ``mistakes``)."""
    return check_of(rule, currency)(proposal)


def requirement(rule: Rule, currency: str) -> dict[str, Plain]:
    """What a rule requires, as the ``parts`` of a combined rule that has seen nothing.

    Raises ValueError where the rule itself is mistaken.
    """
    _, _, seen = check_of(AllOf((rule,)), currency)(_NOTHING_ON_RECORD)
    return cast(dict[str, Plain], seen)


_NOTHING_ON_RECORD = Proposal("", "", Stage.PROPOSAL, "", "", datetime.min.replace(tzinfo=UTC))


@lru_cache(maxsize=1024)
def check_of(rule: Rule, currency: str, time_zone: str = "UTC") -> Check:
    """The rule made ready for many proposals. The day of receipt is that of the time zone.

    Raises ValueError where the rule itself is mistaken.
    """
    found = mistakes(rule)
    if found:
        raise ValueError("; ".join(mistake.message for mistake in found))
    check = _check(rule, currency)
    if RECEIVED_ON not in facts_of([rule]):
        return check
    zone = ZoneInfo(time_zone)
    return lambda proposal: check(proposal._replace(received_at=proposal.received_at.astimezone(zone)))


def _check(rule: Rule, currency: str) -> Check:
    match rule:
        case AtLeast() | AtMost() | OnOrAfter() | OnOrBefore() | IsTrue() | Present():
            return _comparison(rule, currency)
        case OneOf():
            return _one_of(rule, currency)
        case ShareOf():
            return _share_of(rule, currency)
        case CountOf():
            return _count_of(rule, currency)
        case HasEvidence():
            return _has_evidence(rule)
        case AllOf() | AnyOf() | NoneOf():
            return _combination(rule, currency)


def _comparison(rule: Comparison, currency: str) -> Check:
    fact = FACTS[rule.fact]
    limit, holds = _limit(rule)
    read, write = fact.read, plain_writer(fact.kind, currency)
    required: Plain = {"comparison": rule.keyword, **({} if limit is None else write(limit))}

    def check(proposal: Proposal) -> Evaluation:
        value = read(proposal)
        if value is None:
            return Verdict.UNDETERMINED, required, None
        return (Verdict.MET if holds(value) else Verdict.NOT_MET), required, write(value)

    return check


def _limit(rule: Comparison) -> tuple[FactValue, Callable[[FactValue], bool]]:
    """What a fact is compared with, None where it stands for itself, and whether it passes."""
    match rule:
        case AtLeast():
            return rule.value, partial(operator.le, rule.value)
        case AtMost():
            return rule.value, partial(operator.ge, rule.value)
        case OnOrAfter():
            return rule.date, partial(operator.le, rule.date)
        case OnOrBefore():
            return rule.date, partial(operator.ge, rule.date)
        case IsTrue():
            return None, bool
        case Present():
            return None, lambda _: True


def _one_of(rule: OneOf, currency: str) -> Check:
    fact = FACTS[rule.fact]
    read, write = fact.read, plain_writer(fact.kind, currency)
    required: Plain = {"comparison": "one_of", "codes": list(rule.values)}
    is_among = _membership(rule.values, fact.lies_within)

    def check(proposal: Proposal) -> Evaluation:
        value = read(proposal)
        if value is None:
            return Verdict.UNDETERMINED, required, None
        codes = value if isinstance(value, tuple) else (value,)
        verdict = _conjunction([_UNKNOWN if code is None else _DECIDED[is_among(code)] for code in codes])
        return verdict, required, write(value)

    return check


_UNKNOWN = Verdict.UNDETERMINED
_DECIDED = {True: Verdict.MET, False: Verdict.NOT_MET}


def _membership(codes: Iterable[str], lies_within: Callable[[str, str], bool] | None) -> Callable[[object], bool]:
    """Whether a code is among ``codes`` or, in a hierarchy, below one of them."""
    listed = frozenset(codes)
    if lies_within is None:
        return listed.__contains__
    return lambda code: code in listed or any(lies_within(str(code), wanted) for wanted in listed)


def _share_of(rule: ShareOf, currency: str) -> Check:
    part_of, whole_of = FACTS[rule.fact], FACTS[rule.of]
    write = plain_writer(part_of.kind, currency)
    word, share = ("at_least", rule.at_least) if rule.at_least is not None else ("at_most", rule.at_most)
    share = cast(Decimal, share)
    holds = reaches_share if word == "at_least" else within_share
    required = required_share(word, share, rule.of, rule.tolerance_amount, currency)

    def check(proposal: Proposal) -> Evaluation:
        part, whole = cast(Decimal | None, part_of.read(proposal)), cast(Decimal | None, whole_of.read(proposal))
        if part is None or whole is None:
            return Verdict.UNDETERMINED, required, None if part is None else write(part)
        if not whole and word == "at_least":
            return Verdict.UNDETERMINED, required, write(part)
        part, whole = Decimal(part), Decimal(whole)
        verdict = _DECIDED[holds(part, whole, share, rule.tolerance_amount)]
        return verdict, required, {"share": plain_share(part, whole, word), **write(part)}

    return check


class _Characteristic(NamedTuple):
    """What one position of a member must be."""

    position: int
    is_wanted: Callable[[object], bool]


def _characteristics(rule: CountOf) -> list[_Characteristic]:
    wanted: dict[str, Callable[[object], bool]] = {}
    for name, values, lies_within in (
        ("member_type", rule.member_type, None),
        ("size_class", rule.size_class, None),
        ("legal_form", rule.legal_form, None),
        ("territory", rule.territory, territory_lies_within),
        ("sector", rule.sector, sector_lies_within),
    ):
        if values:
            wanted[name] = _membership(values, lies_within)
    if rule.priority_group:
        groups = frozenset(rule.priority_group)
        wanted["priority_groups"] = lambda has: not groups.isdisjoint(cast(frozenset[PriorityGroup], has))
    return [_Characteristic(Member._fields.index(name), is_wanted) for name, is_wanted in wanted.items()]


def _count_of(rule: CountOf, currency: str) -> Check:
    if rule.at_least is not None and rule.at_most is not None:
        bounds = AllOf((replace(rule, at_most=None), replace(rule, at_least=None)))
        return _combination(bounds, currency)
    word, limit = ("at_least", rule.at_least) if rule.at_least is not None else ("at_most", rule.at_most)
    limit = cast(int, limit)
    required: dict[str, Plain] = {"comparison": word, "number": str(limit)}
    for name in ("member_type", "size_class", "legal_form", "territory", "sector", "priority_group"):
        if values := getattr(rule, name):
            required[name] = [str(value) for value in values]
    characteristics = _characteristics(rule)

    def check(proposal: Proposal) -> Evaluation:
        if proposal.members is None:
            return Verdict.UNDETERMINED, required, None
        certain, possible = _count_members(proposal.members, characteristics)
        seen: dict[str, Plain] = {"number": str(certain)}
        if possible > certain:
            seen["possible_number"] = str(possible)
        if word == "at_least":
            return _within(certain >= limit, possible >= limit), required, seen
        return _within(possible <= limit, certain <= limit), required, seen

    return check


def _count_members(members: Iterable[Member], characteristics: list[_Characteristic]) -> tuple[int, int]:
    """How many different parties match for certain, and how many may: who states no priority group may be in one."""
    certain, possible = set(), set()
    for member in members:
        is_certain = True
        for position, is_wanted in characteristics:
            value = member[position]
            if not value:
                is_certain = False
            elif not is_wanted(value):
                break
        else:
            possible.add(member.party)
            if is_certain:
                certain.add(member.party)
    return len(certain), len(possible)


def _within(certainly: bool, possibly: bool) -> Verdict:
    if certainly:
        return Verdict.MET
    return Verdict.UNDETERMINED if possibly else Verdict.NOT_MET


def _has_evidence(rule: HasEvidence) -> Check:
    required: Plain = {"comparison": "present", "code": rule.kind.value}
    seen: Plain = {"code": rule.kind.value}

    def check(proposal: Proposal) -> Evaluation:
        for paper in proposal.evidence or ():
            if paper.kind is rule.kind:
                return Verdict.MET, required, seen
        return Verdict.UNDETERMINED, required, None

    return check


def _combination(rule: AllOf | AnyOf | NoneOf, currency: str) -> Check:
    checks = [(_part_name(part), _check(part, currency)) for part in rule.rules]
    required: Plain = {"comparison": rule.keyword}
    combine = _COMBINE[rule.keyword]

    def check(proposal: Proposal) -> Evaluation:
        parts: list[Plain] = []
        verdicts = []
        for name, part in checks:
            verdict, part_required, part_seen = part(proposal)
            verdicts.append(verdict)
            parts.append({**name, "required": part_required, "seen": part_seen, "verdict": str(verdict)})
        return combine(verdicts), required, {"parts": parts}

    return check


def _part_name(rule: Rule) -> dict[str, Plain]:
    if isinstance(rule, CountOf | HasEvidence | AllOf | AnyOf | NoneOf):
        return {"rule": rule.keyword}
    return {"fact": rule.fact}


def _conjunction(verdicts: Sequence[Verdict]) -> Verdict:
    """Kleene's *and*: one unmet is enough to fail, one open to wait."""
    if Verdict.NOT_MET in verdicts:
        return Verdict.NOT_MET
    return Verdict.UNDETERMINED if Verdict.UNDETERMINED in verdicts else Verdict.MET


def _disjunction(verdicts: Sequence[Verdict]) -> Verdict:
    """Kleene's *or*: one met is enough."""
    if Verdict.MET in verdicts:
        return Verdict.MET
    return Verdict.UNDETERMINED if Verdict.UNDETERMINED in verdicts else Verdict.NOT_MET


_OPPOSITE = {
    Verdict.MET: Verdict.NOT_MET,
    Verdict.NOT_MET: Verdict.MET,
    Verdict.UNDETERMINED: Verdict.UNDETERMINED,
}

_COMBINE: dict[str, Callable[[Sequence[Verdict]], Verdict]] = {
    AllOf.keyword: _conjunction,
    AnyOf.keyword: _disjunction,
    NoneOf.keyword: lambda verdicts: _OPPOSITE[_disjunction(verdicts)],
}
