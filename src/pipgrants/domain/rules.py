"""The closed rule vocabulary over documented facts, with three verdicts.

A rule is written in YAML as one of these words; a list under ``all_of``, ``any_of`` or ``none_of`` combines rules. An
unknown word is refused when the definition is read, an unknown fact by ``mistakes``, with the list of the allowed ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, NamedTuple, TypeAlias

from pipgrants.domain.bounds import Amount, Count, Day, Number, ShareOfAny, Words
from pipgrants.domain.facts import FACTS
from pipgrants.domain.hierarchies import is_sector_code, is_territory_code
from pipgrants.domain.plain import Kind
from pipgrants.domain.vocabulary import EvidenceKind, MemberType, PriorityGroup, SizeClass


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The fact is the value or more."""

    keyword: ClassVar[str] = "at_least"
    fact: str
    value: Number


@dataclass(frozen=True, slots=True)
class AtMost:
    """The fact is the value or less."""

    keyword: ClassVar[str] = "at_most"
    fact: str
    value: Number


@dataclass(frozen=True, slots=True)
class OneOf:
    """The fact is one of the values; a territory or sector code also matches the codes below it.

    Where the fact is several codes, each of them is one of the values.
    """

    keyword: ClassVar[str] = "one_of"
    fact: str
    values: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class OnOrAfter:
    """The date is this day or later."""

    keyword: ClassVar[str] = "on_or_after"
    fact: str
    date: Day


@dataclass(frozen=True, slots=True)
class OnOrBefore:
    """The date is this day or earlier."""

    keyword: ClassVar[str] = "on_or_before"
    fact: str
    date: Day


@dataclass(frozen=True, slots=True)
class IsTrue:
    """A yes-or-no fact is yes."""

    keyword: ClassVar[str] = "is_true"
    fact: str


@dataclass(frozen=True, slots=True)
class Present:
    """The fact is on record; its absence asks the applicant."""

    keyword: ClassVar[str] = "present"
    fact: str


@dataclass(frozen=True, slots=True)
class ShareOf:
    """One amount is at least or at most a share of another; the comparison is exact, the tolerance inclusive."""

    keyword: ClassVar[str] = "share_of"
    fact: str
    of: str
    at_least: ShareOfAny | None = None
    at_most: ShareOfAny | None = None
    tolerance_amount: Amount = Decimal(0)

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("share_of needs exactly one of at_least and at_most")


@dataclass(frozen=True, slots=True)
class CountOf:
    """How many different members match every characteristic given; a member whose fact is missing may or may not."""

    keyword: ClassVar[str] = "count_of"
    at_least: Count | None = None
    at_most: Count | None = None
    member_type: tuple[MemberType, ...] = ()
    size_class: tuple[SizeClass, ...] = ()
    legal_form: tuple[Words, ...] = ()
    territory: tuple[Words, ...] = ()
    sector: tuple[Words, ...] = ()
    priority_group: tuple[PriorityGroup, ...] = ()

    def __post_init__(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise ValueError("count_of needs at_least or at_most")


@dataclass(frozen=True, slots=True)
class HasEvidence:
    """A paper of this kind is attached; its absence asks the applicant."""

    keyword: ClassVar[str] = "has_evidence"
    kind: EvidenceKind


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every rule holds."""

    keyword: ClassVar[str] = "all_of"
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one rule holds."""

    keyword: ClassVar[str] = "any_of"
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """No rule holds."""

    keyword: ClassVar[str] = "none_of"
    rules: tuple[Rule, ...]


Comparison: TypeAlias = AtLeast | AtMost | OnOrAfter | OnOrBefore | IsTrue | Present
Rule: TypeAlias = Comparison | OneOf | ShareOf | CountOf | HasEvidence | AllOf | AnyOf | NoneOf


class RuleMistake(NamedTuple):
    """What is wrong with a rule: a dotted code, an English sentence, and the values it speaks of."""

    code: str
    message: str
    values: dict[str, str]


_FITTING: dict[str, frozenset[Kind]] = {
    AtLeast.keyword: frozenset({Kind.AMOUNT, Kind.NUMBER}),
    AtMost.keyword: frozenset({Kind.AMOUNT, Kind.NUMBER}),
    OneOf.keyword: frozenset({Kind.CODE, Kind.CODES}),
    OnOrAfter.keyword: frozenset({Kind.DATE}),
    OnOrBefore.keyword: frozenset({Kind.DATE}),
    IsTrue.keyword: frozenset({Kind.FLAG}),
    Present.keyword: frozenset(Kind),
    ShareOf.keyword: frozenset({Kind.AMOUNT, Kind.NUMBER}),
}
"""The kinds of fact that each word can compare."""


def needs(rules: Iterable[Rule]) -> frozenset[str]:
    """The line tuples of a proposal that the rules read: ``members``, ``budget_lines`` and so on."""
    return frozenset(line for rule in rules for line in _needed_lines(rule))


def _needed_lines(rule: Rule) -> frozenset[str]:
    if isinstance(rule, AllOf | AnyOf | NoneOf):
        return needs(rule.rules)
    if isinstance(rule, CountOf):
        return frozenset({"members"})
    if isinstance(rule, HasEvidence):
        return frozenset({"evidence"})
    return frozenset().union(*(FACTS[name].lines for name in _facts(rule) if name in FACTS))


def facts_of(rules: Iterable[Rule]) -> frozenset[str]:
    """The names of the facts that the rules read."""
    names: set[str] = set()
    for rule in rules:
        names.update(facts_of(rule.rules) if isinstance(rule, AllOf | AnyOf | NoneOf) else _facts(rule))
    return frozenset(names)


def _facts(rule: Rule) -> tuple[str, ...]:
    if isinstance(rule, ShareOf):
        return rule.fact, rule.of
    return () if isinstance(rule, AllOf | AnyOf | NoneOf | CountOf | HasEvidence) else (rule.fact,)


def papers_asked(rule: Rule) -> Iterator[tuple[EvidenceKind, bool]]:
    """The papers that meet a rule, each with whether nothing else meets it in its place."""
    match rule:
        case HasEvidence():
            yield rule.kind, True
        case AllOf():
            for part in rule.rules:
                yield from papers_asked(part)
        case AnyOf():
            for part in rule.rules:
                yield from ((kind, is_only and len(rule.rules) == 1) for kind, is_only in papers_asked(part))


def mistakes(rule: Rule) -> tuple[RuleMistake, ...]:
    """Everything that is wrong with a rule: unknown facts and codes, words that do not fit, empty combinations."""
    return tuple(_mistakes(rule))


def _mistakes(rule: Rule) -> Iterator[RuleMistake]:
    if isinstance(rule, AllOf | AnyOf | NoneOf):
        if not rule.rules:
            yield RuleMistake(
                "rule.empty", f"{rule.keyword} combines no rule; list at least one", {"rule": rule.keyword}
            )
        for part in rule.rules:
            yield from _mistakes(part)
    elif isinstance(rule, CountOf):
        yield from _bounds_mistakes(rule)
    elif not isinstance(rule, HasEvidence):
        for name in _facts(rule):
            yield from _fact_mistakes(rule.keyword, name)
        if isinstance(rule, OneOf):
            yield from _code_mistakes(rule)
        if isinstance(rule, ShareOf):
            yield from _share_mistakes(rule)


def _bounds_mistakes(rule: CountOf) -> Iterator[RuleMistake]:
    low, high = rule.at_least or 0, rule.at_most
    if high is not None and high < low:
        values = {"at_least": str(rule.at_least), "at_most": str(high)}
        yield RuleMistake("rule.impossible_count", "no count can satisfy these bounds of count_of", values)


def _fact_mistakes(keyword: str, name: str) -> Iterator[RuleMistake]:
    fact = FACTS.get(name)
    if fact is None:
        allowed = ", ".join(sorted(FACTS))
        yield RuleMistake("rule.unknown_fact", f"unknown fact {name!r}; allowed: {allowed}", {"fact": name})
    elif fact.kind not in _FITTING[keyword]:
        words = ", ".join(word for word, kinds in _FITTING.items() if fact.kind in kinds)
        message = f"{keyword} does not fit {name}, which is of the kind {fact.kind}; fitting: {words}"
        yield RuleMistake("rule.unfit_comparison", message, {"rule": keyword, "fact": name, "kind": fact.kind.value})


def _code_mistakes(rule: OneOf) -> Iterator[RuleMistake]:
    if not rule.values:
        yield RuleMistake("rule.empty", f"one_of lists no value for {rule.fact}", {"rule": rule.keyword})
    fact = FACTS.get(rule.fact)
    if fact is None or fact.vocabulary is None:
        return
    for code in rule.values:
        if code not in fact.vocabulary:
            allowed = ", ".join(sorted(fact.vocabulary))
            message = f"{code!r} is no value of {rule.fact}; allowed: {allowed}"
            yield RuleMistake("rule.unknown_code", message, {"fact": rule.fact, "code": code})


def unwritten_codes(rule: Rule) -> Iterator[RuleMistake]:
    """The codes of open lists that are not written as sectors or territories are: nothing would ever match them."""
    match rule:
        case AllOf() | AnyOf() | NoneOf():
            for part in rule.rules:
                yield from unwritten_codes(part)
        case CountOf():
            yield from _unwritten("a member's territory", rule.territory, is_territory_code)
            yield from _unwritten("a member's sector", rule.sector, is_sector_code)
        case OneOf() if rule.fact in FACTS:
            yield from _unwritten(rule.fact, rule.values, FACTS[rule.fact].is_code)


def _unwritten(name: str, codes: Iterable[str], is_code: Callable[[str], bool] | None) -> Iterator[RuleMistake]:
    for code in codes:
        if is_code is not None and not is_code(code):
            message = f"{code!r} is no code for {name}; sectors are written 10, 1071 or C, territories HN, HN-FM"
            yield RuleMistake("rule.unknown_code", message, {"fact": name, "code": code})


def _share_mistakes(rule: ShareOf) -> Iterator[RuleMistake]:
    kinds = {fact.kind for fact in map(FACTS.get, _facts(rule)) if fact is not None}
    if len(kinds) > 1:
        message = f"share_of compares like with like; {rule.fact} and {rule.of} differ in kind"
        yield RuleMistake("rule.unlike_kinds", message, {"fact": rule.fact, "of": rule.of})
