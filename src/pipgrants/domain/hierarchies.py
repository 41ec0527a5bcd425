"""Which territory or sector code lies within which: declared hierarchies, read from the codes themselves."""

from __future__ import annotations

import re

ISIC_SECTIONS = {
    "A": (1, 3), "B": (5, 9), "C": (10, 33), "D": (35, 35), "E": (36, 39), "F": (41, 43), "G": (45, 47),
    "H": (49, 53), "I": (55, 56), "J": (58, 63), "K": (64, 66), "L": (68, 68), "M": (69, 75), "N": (77, 82),
    "O": (84, 84), "P": (85, 85), "Q": (86, 88), "R": (90, 93), "S": (94, 96), "T": (97, 98), "U": (99, 99),
}  # fmt: skip
"""The first and last division of each section of ISIC revision 4 (United Nations, ST/ESA/STAT/SER.M/4/Rev.4)."""

_ISIC_CODE = re.compile(r"([A-U]?)([0-9]{0,4})")
_TERRITORY_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,12})*")


def is_territory_code(code: str) -> bool:
    """Whether a code is written as a country's (ISO 3166-1), a subdivision's (ISO 3166-2) or one of a further level."""
    return bool(_TERRITORY_CODE.fullmatch(code))


def is_sector_code(code: str) -> bool:
    """Whether a code is one of ISIC revision 4: a section's letter, or 2 to 4 digits of a division that there is.

    The section's letter may stand before the digits (``C1071``) where it is theirs.
    """
    letter, digits = _isic_parts(code)
    return bool(letter) and len(digits) != 1 and (not digits or _section_of(digits) == letter)


def territory_lies_within(code: str, region: str) -> bool:
    """Whether a territory is ``region`` or below it: ``HN-FM-0801`` lies within ``HN-FM``; ``-`` and ``.`` divide."""
    return code == region or (code.startswith(region) and code[len(region)] in "-.")


def sector_lies_within(code: str, sector: str) -> bool:
    """Whether an ISIC revision 4 code is ``sector`` or below it.

    Divisions, groups and classes are digits (``1071`` lies within ``10``), with or without their section's letter
    (``C1071``); a letter alone is the whole section.
    """
    section, digits = _isic_parts(code)
    wanted_section, wanted_digits = _isic_parts(sector)
    if wanted_digits:
        return digits.startswith(wanted_digits)
    return bool(wanted_section) and section == wanted_section


def sector_levels_shared(code: str, other: str) -> int:
    """How many levels of ISIC revision 4 two codes share: 1 the section, 2 the division, 3 the group, 4 the class."""
    (section, digits), (other_section, other_digits) = _isic_parts(code), _isic_parts(other)
    if not section or section != other_section:
        return 0
    shared = next(
        (place for place, (one, two) in enumerate(zip(digits, other_digits, strict=False)) if one != two),
        min(len(digits), len(other_digits)),
    )
    return max(1, shared)


def country_of(territory: str) -> str:
    """The country of a territory: what stands before the first ``-`` or ``.`` of its code."""
    return re.split(r"[-.]", territory, maxsplit=1)[0]


def territory_distance(code: str, other: str) -> int:
    """0 where one territory lies within the other, 1 for another one of the same country, 2 for another country."""
    if territory_lies_within(code, other) or territory_lies_within(other, code):
        return 0
    return 1 if country_of(code) == country_of(other) else 2


def _isic_parts(code: str) -> tuple[str, str]:
    match = _ISIC_CODE.fullmatch(code.replace(".", ""))
    if match is None:
        return "", ""
    letter, digits = match.groups()
    return letter or _section_of(digits), digits


def _section_of(digits: str) -> str:
    division = int(digits[:2]) if len(digits) >= 2 else 0
    return next((letter for letter, (first, last) in ISIC_SECTIONS.items() if first <= division <= last), "")
