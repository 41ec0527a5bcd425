"""Krippendorff's alpha: the values he published, and its definition by coincidences."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipgrants.analysis import agreement
from pipgrants.analysis.agreement import Metric, alpha
from pipgrants.analysis.estimate import Estimate

_ = None
OBSERVERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3),
    (_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _),
)
"""Krippendorff (2011), section D: four observers, twelve units, missing data."""

units = st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=4), min_size=1, max_size=7)
metrics = st.sampled_from(Metric)


def found(marks: Sequence[Sequence[float | None]], metric: Metric) -> Estimate:
    """Alpha of marks given by unit."""
    places = [unit for unit, sheet in enumerate(marks) for _ in sheet]
    values = [np.nan if mark is None else float(mark) for sheet in marks for mark in sheet]
    return alpha(np.array(places), np.array(values), metric)


def by_coincidences(marks: Sequence[Sequence[int]], metric: Metric) -> Fraction:
    """Alpha from the matrix of coincidences, as the paper goes."""
    coincidences: dict[tuple[int, int], Fraction] = {}
    for sheet in marks:
        for one, other in permutations(sheet, 2):
            so_far = coincidences.get((one, other), Fraction())
            coincidences[one, other] = so_far + Fraction(1, len(sheet) - 1)
    counts: dict[int, Fraction] = {}
    for (one, _other), weight in coincidences.items():
        counts[one] = counts.get(one, Fraction()) + weight

    def difference(one: int, other: int) -> Fraction:
        low, high = sorted((one, other))
        between = sum((count for value, count in counts.items() if low <= value <= high), Fraction())
        return {
            Metric.NOMINAL: Fraction(one != other),
            Metric.ORDINAL: (between - (counts[one] + counts[other]) / 2) ** 2,
            Metric.INTERVAL: Fraction(one - other) ** 2,
            Metric.RATIO: Fraction(one - other, one + other) ** 2 if one + other else Fraction(),
        }[metric]

    observed = sum((weight * difference(*pair) for pair, weight in coincidences.items()), Fraction())
    expected = sum(
        (counts[one] * counts[other] * difference(one, other) for one in counts for other in counts), _zero()
    )
    return 1 - (sum(counts.values(), _zero()) - 1) * observed / expected


def _zero() -> Fraction:
    return Fraction()


@pytest.mark.parametrize(
    ("metric", "value"),
    [(Metric.NOMINAL, 0.743), (Metric.ORDINAL, 0.815), (Metric.INTERVAL, 0.849), (Metric.RATIO, 0.797)],
)
def test_alpha_as_krippendorff_published_it(metric: Metric, value: float) -> None:
    estimate = found(list(zip(*OBSERVERS, strict=True)), metric).value
    assert estimate is not None
    assert round(estimate, 3) == value


@given(units, metrics)
def test_alpha_is_what_the_coincidences_say(marks: list[list[int]], metric: Metric) -> None:
    pairable = [sheet for sheet in marks if len(sheet) > 1]
    assume(len({mark for sheet in pairable for mark in sheet}) > 1)
    assert found(marks, metric).value == pytest.approx(float(by_coincidences(pairable, metric)), abs=1e-9)


@given(units)
def test_alpha_does_not_depend_on_who_gave_which_mark(marks: list[list[int]]) -> None:
    turned = [sheet[::-1] for sheet in marks[::-1]]
    one, other = found(marks, Metric.ORDINAL), found(turned, Metric.ORDINAL)
    assert one.reason == other.reason
    assert one.value == pytest.approx(other.value) if one.value is not None else other.value is None


def test_ordinal_alpha_sees_the_order_alone() -> None:
    marks = [[1, 2], [2, 3, 3], [5, 3], [1, 1]]
    stretched = [[{1: 1, 2: 10, 3: 11, 5: 400}[mark] for mark in given] for given in marks]
    assert found(stretched, Metric.ORDINAL) == found(marks, Metric.ORDINAL)
    assert found(stretched, Metric.INTERVAL) != found(marks, Metric.INTERVAL)


def test_alpha_is_one_where_all_agree_and_below_zero_where_they_oppose_each_other() -> None:
    assert found([[1, 1], [4, 4], [5, 5, 5]], Metric.INTERVAL).value == 1
    opposed = found([[1, 5], [5, 1], [1, 5]], Metric.INTERVAL).value
    assert opposed is not None
    assert opposed < 0


def test_two_zeros_do_not_differ_by_ratio() -> None:
    assert found([[0, 0], [1, 1]], Metric.RATIO).value == 1


def test_expected_differences_are_summed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = [[1, 2], [2, 3], [4, 6], [1, 5]]
    whole = found(marks, Metric.RATIO)
    monkeypatch.setattr(agreement, "CELLS", 3)
    assert found(marks, Metric.RATIO).value == pytest.approx(whole.value)


@pytest.mark.parametrize(
    ("marks", "reason"),
    [
        ([[3, 3], [3, 3]], "all marks are equal"),
        ([[3, 3, None]], "all marks are equal"),
        ([[1], [2], [3]], "no proposal has two marks"),
        ([[None, None], [None, 2]], "no proposal has two marks"),
        ([], "no proposal has two marks"),
    ],
)
def test_alpha_that_is_not_computable_says_why(marks: list[list[float | None]], reason: str) -> None:
    for metric in Metric:
        assert found(marks, metric) == Estimate(reason=reason)
