"""How alike names are, by their words.

Words are compared by the measure of Jaro as Winkler refined it (W. E. Winkler, "String Comparator Metrics and Enhanced
Decision Rules in the Fellegi-Sunter Model of Record Linkage", 1990): 1 for equal words, 0 for words without a common
letter. Names are as alike as the least alike of their words, put in order. Words with a digit are equal or not alike:
*Cooperativa 18 de Julio* and *Cooperativa 19 de Julio* are two.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

PREFIX_PARTS = 10
LONGEST_PREFIX = 4
"""Each letter that both words begin with closes a tenth of the gap, and how many count (Winkler, 1990)."""

ALIKE, NOT_ALIKE = Fraction(1), Fraction(0)

_LEGAL_FORMS = frozenset(
    {"sa", "sas", "srl", "rl", "cv", "sc", "sl", "ltda", "lda", "cia", "inc", "ltd", "llc", "eirl"}
)
_SMALL_WORDS = frozenset(
    {"de", "del", "la", "las", "el", "los", "y", "e", "s", "da", "do", "das", "dos", "of", "the", "and"}
)
LEFT_OUT = _LEGAL_FORMS | _SMALL_WORDS
"""Legal forms and small words, which one writes and another leaves out."""

_POINT_OF_INITIAL = re.compile(r"\b(\w)\.")
_WORD = re.compile(r"[^\W_]+")


def plain_words(text: str) -> tuple[str, ...]:
    """The words of a text in its order, without case, accents and marks; ``S.A.`` is one word."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(mark for mark in letters if not unicodedata.combining(mark))
    return tuple(_WORD.findall(_POINT_OF_INITIAL.sub(r"\1", bare)))


def compared_words(name: str) -> tuple[str, ...]:
    """The words that a name is compared by, in alphabetical order; all of them where only words left out are in it."""
    words = plain_words(name)
    return tuple(sorted(word for word in words if word not in LEFT_OUT) or sorted(words))


def likeness(one: tuple[str, ...], other: tuple[str, ...], at_least: Fraction = NOT_ALIKE) -> Fraction:
    """How alike two names are, from 0 to 1, given by ``compared_words``; the same letters make the same name.

    Names that are less alike than is asked for are told as 0, which takes less time.
    """
    if one == other or "".join(one) == "".join(other):
        return ALIKE
    if len(one) != len(other):
        return NOT_ALIKE
    least = ALIKE
    for word, with_ in zip(one, other, strict=True):
        if word != with_:
            least = min(least, NOT_ALIKE if _has_digit(word + with_) else jaro_winkler(word, with_))
            if least < at_least:
                return NOT_ALIKE
    return least


def jaro_winkler(one: str, other: str) -> Fraction:
    """How alike two words are, from 0 to 1, whichever comes first."""
    one, other = sorted((one, other))
    if one == other:
        return ALIKE
    (alike, whole), prefix = _jaro(one, other), 0
    for mark, with_ in zip(one[:LONGEST_PREFIX], other, strict=False):
        if mark != with_:
            break
        prefix += 1
    return Fraction((PREFIX_PARTS - prefix) * alike + prefix * whole, PREFIX_PARTS * whole)


def _jaro(one: str, other: str) -> tuple[int, int]:
    """The mean of three shares, as a part and its whole.

    They are those of the letters of either word that match, and of the matches that stand in order.
    """
    reach = max(len(one), len(other)) // 2 - 1
    taken: list[int] = []
    matched: list[str] = []
    for place, mark in enumerate(one):
        for at in range(max(0, place - reach), min(len(other), place + reach + 1)):
            if other[at] == mark and at not in taken:
                taken.append(at)
                matched.append(mark)
                break
    if not matched:
        return 0, 1
    moved = sum(mark != other[at] for mark, at in zip(matched, sorted(taken), strict=True))
    count, both = len(matched), len(one) * len(other)
    shares = 2 * count * count * (len(one) + len(other)) + (2 * count - moved) * both
    return shares, 6 * count * both


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))
