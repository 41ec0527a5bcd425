"""Parties on record that may be one: by the same tax number, or by near-equal names that no tax numbers tell apart.

Not every name is compared with every other: names are sorted by their words and by their letters read backwards, and
each is compared with those that follow it closely (sorted neighbourhood in several passes: M. A. Hernández and
S. J. Stolfo, "The Merge/Purge Problem for Large Databases", SIGMOD 1995). Among as many parties as ``NEIGHBOURS`` or
fewer, every pair is compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import chain, combinations
from typing import NamedTuple

from pipgrants.domain.likeness import NOT_ALIKE, compared_words, likeness

NEAR_EQUAL = Fraction(87, 100)
"""How alike near-equal names are at least: *Coop. San Juan* and *Cooperativa San Juan* are, by 0.873."""

NEIGHBOURS = 10
"""How many names that follow in the order a name is compared with."""


class KnownParty(NamedTuple):
    """What a party is known by; one that others were merged into stands there under each of its names."""

    number: str
    name: str
    tax_country: str = ""
    tax_number: str | None = None
    """As it is compared (``application.match_tax_number``)."""


class Duplicate(NamedTuple):
    """Two parties that may be one; ``likeness`` is that of their names, with ``same_tax_number`` by the tax office."""

    one: KnownParty
    other: KnownParty
    same_tax_number: bool
    likeness: Decimal


class _Compared(NamedTuple):
    party: KnownParty
    words: tuple[str, ...]


def find_duplicates(parties: Iterable[KnownParty], among: Collection[str] | None = None) -> list[Duplicate]:
    """The pairs of parties that may be one, each once, by number; where given, those with a number of ``among``."""
    compared = [_Compared(party, compared_words(party.name)) for party in parties]
    asked = frozenset(item.party.number for item in compared) if among is None else frozenset(among)
    found: dict[tuple[str, str], Duplicate] = {}
    for one, other in chain(_of_one_tax_number(compared), _neighbours(compared)):
        pair = _pair(one, other) if one.party.number in asked or other.party.number in asked else None
        if pair is not None:
            found.setdefault((pair.one.number, pair.other.number), pair)
    return [found[key] for key in sorted(found)]


def _pair(one: _Compared, other: _Compared) -> Duplicate | None:
    """Two parties as a pair where they may be one."""
    if one.party.number == other.party.number or _are_told_apart(one.party, other.party):
        return None
    first, second = sorted((one.party, other.party))
    is_same = _has_same_tax_number(first, second)
    alike = likeness(one.words, other.words, NOT_ALIKE if is_same else NEAR_EQUAL)
    return Duplicate(first, second, is_same, _shown(alike)) if is_same or alike >= NEAR_EQUAL else None


def _shown(alike: Fraction) -> Decimal:
    return Decimal(round(alike * 1000)).scaleb(-3)


def _has_same_tax_number(one: KnownParty, other: KnownParty) -> bool:
    """Whether both have one number, of one country as far as that is known."""
    is_of_one = one.tax_country == other.tax_country or not (one.tax_country and other.tax_country)
    return one.tax_number is not None and one.tax_number == other.tax_number and is_of_one


def _are_told_apart(one: KnownParty, other: KnownParty) -> bool:
    """Whether both tax numbers are known, and are two."""
    are_known = one.tax_number is not None and other.tax_number is not None
    return are_known and not _has_same_tax_number(one, other)


def _of_one_tax_number(compared: Iterable[_Compared]) -> Iterator[tuple[_Compared, _Compared]]:
    by_number: defaultdict[str, list[_Compared]] = defaultdict(list)
    for item in compared:
        if item.party.tax_number is not None:
            by_number[item.party.tax_number].append(item)
    for items in by_number.values():
        yield from combinations(items, 2)


def _neighbours(compared: Sequence[_Compared]) -> Iterator[tuple[_Compared, _Compared]]:
    """The pairs whose names stand close to each other, in either order; none where tax numbers tell all apart."""
    if all(item.party.tax_number is not None for item in compared):
        return
    forwards = sorted(compared, key=lambda item: (item.words, item.party.number, item.party.name))
    backwards = sorted(forwards, key=lambda item: " ".join(item.words)[::-1])
    for ordered in (forwards, backwards):
        for place, item in enumerate(ordered):
            yield from ((item, other) for other in ordered[place + 1 : place + 1 + NEIGHBOURS])
