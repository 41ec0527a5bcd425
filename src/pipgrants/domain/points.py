"""Points: what each criterion adds to the total by which a proposal is ranked, told so that they add up to it.

1. A criterion that was applicable adds its weight in the ranking times exact combined mark.
2. One that was applicable to nobody adds of its own highest points the part that the others reached of theirs. Scaling
   the total of the others up (``evaluation``, rule 3) comes to the same.
3. Points are rounded down to the rubric's decimals. The units that the rounded total then has more than they are given,
   one each, to those that lost most, in the order of the rubric where they lost the same (largest remainder).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from math import floor

from pipgrants.domain.evaluation import half_up, scale_of
from pipgrants.domain.rubric import Rubric


def shown_mark(mark: str, decimals: int) -> Decimal:
    """An exact combined mark (``Score.exact_marks``) as it is shown."""
    return half_up(*Fraction(mark).as_integer_ratio(), decimals)


def points(rubric: Rubric, exact_marks: Mapping[str, str | None]) -> dict[str, Decimal]:
    """The points of each criterion marked (``Score.exact_marks``); empty where none was applicable."""
    exact = _exact_points(rubric, exact_marks)
    unit = Fraction(1, 10**rubric.decimals)
    units = {code: floor(value / unit) for code, value in exact.items()}
    lost = {code: value - units[code] * unit for code, value in exact.items()}
    total = half_up(*sum(exact.values(), Fraction()).as_integer_ratio(), rubric.decimals)
    missing = int(Fraction(total) / unit) - sum(units.values())
    for code in sorted(lost, key=lambda code: lost[code], reverse=True)[:missing]:
        units[code] += 1
    return {code: Decimal(count).scaleb(-rubric.decimals) for code, count in units.items()}


def _exact_points(rubric: Rubric, exact_marks: Mapping[str, str | None]) -> dict[str, Fraction]:
    marked = {item.code: item for item in rubric.criteria if item.code in exact_marks}
    weights = {code: Fraction(item.weight_in_ranking) for code, item in marked.items()}
    highest = {code: weights[code] * Fraction(scale_of(rubric, item).maximum) for code, item in marked.items()}
    added = {code: weights[code] * Fraction(mark) for code in marked if (mark := exact_marks[code]) is not None}
    if not added or len(added) == len(marked):
        return added
    reached = sum(added.values(), Fraction()) / sum((highest[code] for code in added), Fraction())
    return {code: added.get(code, highest[code] * reached) for code in marked}
