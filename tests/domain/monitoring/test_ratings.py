"""Ratings at mid-term: looked at in depth are the low ones and the asymmetric ones."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.monitoring.ratings import ActivityRating, Rating, rate_activities, usual_terms

TERMS = usual_terms(Decimal(1), Decimal(5))


def rated(**kinds: str) -> ActivityRating:
    """One activity rated by kinds of firm, a digit for each firm."""
    marks = [
        Rating("fairs", f"{kind}-{place}", kind, Decimal(mark))
        for kind, digits in kinds.items()
        for place, mark in enumerate(digits)
    ]
    return rate_activities(marks, TERMS)[0]


@pytest.mark.parametrize(
    ("micro", "medium", "flags"),
    [
        ("444", "444", (False, False)),
        ("333", "333", (False, False)),
        ("333", "332", (True, False)),
        ("333", "444", (False, True)),
        ("333", "443", (False, False)),
        ("222", "333", (True, True)),
        ("11", "5555", (False, False)),
    ],
    ids=["good", "middle", "low", "asymmetric", "less than a mark", "both", "too few to compare"],
)
def test_low_and_asymmetric_ratings_are_flagged(micro: str, medium: str, flags: tuple[bool, bool]) -> None:
    found = rated(micro=micro, medium=medium)
    assert (found.is_low, found.is_asymmetric, found.needs_a_look) == (*flags, any(flags))


def test_kind_of_few_firms_is_told_and_not_compared() -> None:
    found = rated(micro="11", medium="5555")
    assert [(item.kind, item.firms_count, item.is_compared) for item in found.kinds] == [
        ("medium", 4, True),
        ("micro", 2, False),
    ]


@given(st.text("12345", min_size=1, max_size=12), st.text("12345", min_size=1, max_size=12))
def test_overall_rating_is_of_firms_and_not_of_kinds(micro: str, medium: str) -> None:
    found = rated(micro=micro, medium=medium)
    marks = [Decimal(mark) for mark in micro + medium]
    assert (found.firms_count, found.mean.numerator, found.mean.denominator) == (len(marks), sum(marks), len(marks))
