"""The smallest change of a weight: by hand, and held against looking at thousands of weights one after the other."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competitions import competition, ranked
from pipgrants.analysis.competition import Competition, funded_under
from pipgrants.analysis.spending import Spending, Turn
from pipgrants.analysis.weight_changes import WeightChange, weight_changes

STEPS = 4_000


def change(given_: Competition, criterion: str, direction: int) -> WeightChange:
    return next(item for item in weight_changes(given_) if (item.criterion, item.direction) == (criterion, direction))


def test_two_lines_cross_where_algebra_says() -> None:
    """A (1, 0.2) and B (0.4, 0.9) cross where t + 0.2 (1 - t) = 0.4 t + 0.9 (1 - t): at 7/13."""
    found = change(competition([[1, 0.2], [0.4, 0.9]], [0.6, 0.4], places=1), "c1", -1)
    assert (found.weight + (found.change or 0), found.rises, found.falls) == (pytest.approx(7 / 13), "B", "A")
    assert (found.enters, found.leaves) == (("B",), ("A",))


def test_direction_in_which_nothing_changes_is_said() -> None:
    found = change(competition([[1, 0.2], [0.4, 0.9]], [0.6, 0.4], places=1), "c1", 1)
    assert (found.change, found.rises, found.enters) == (None, None, ())


def test_others_keep_their_proportions() -> None:
    """With c1 at t, c2 and c3 share 1 - t as 2 to 1: A is t, B is 0.6 x 2/3 (1 - t), level at 0.4 / 1.4."""
    found = change(competition([[1, 0, 0], [0, 0.6, 0]], [0.4, 0.4, 0.2], places=1), "c1", -1)
    assert found.weight + (found.change or 0) == pytest.approx(0.4 / 1.4)


def test_crossings_away_from_the_line_change_nothing() -> None:
    """A and B change places above the line at 0.5; the list changes where C passes B."""
    given_ = competition([[1, 0.5], [0.5, 1], [0.9, 0.1]], [0.45, 0.55], places=2)
    found = change(given_, "c1", 1)
    assert (found.rises, found.falls) == ("C", "B")
    assert found.weight + (found.change or 0) == pytest.approx(0.9 / 1.3)


def test_next_in_line_that_the_money_left_covers_enters() -> None:
    """B is too dear for the money left and ends the funding; once C stands before it, C is funded."""
    given_ = competition([[0.9, 0.9], [0.8, 0.6], [0.5, 0.8]], [0.5, 0.5], requests=[5, 9, 4], money=10)
    found = change(given_, "c2", 1)
    assert (found.rises, found.falls, found.enters, found.leaves) == ("C", "B", ("C",), ())
    assert found.weight + (found.change or 0) == pytest.approx(0.6)


def test_tie_at_the_line_is_broken_by_any_change() -> None:
    found = change(competition([[0.8, 0.6], [0.6, 0.8]], [0.5, 0.5], places=1), "c2", 1)
    assert (found.change, found.rises, found.enters) == (0.0, "B", ("B",))


def test_threshold_in_total_is_met() -> None:
    """B, at 0.4 t + 0.9 (1 - t), falls to the threshold of 0.55 at 0.7."""
    given_ = replace(competition([[1, 0.2], [0.4, 0.9]], [0.6, 0.4], places=2), minimum_total=550_000)
    assert funded_under(given_, given_.weights[None, :])[0].tolist() == [True, True]
    found = change(given_, "c1", 1)
    assert (found.rises, found.falls, found.leaves) == (None, "B", ("B",))
    assert found.weight + (found.change or 0) == pytest.approx(0.7)


def test_one_criterion_has_no_weight_to_change() -> None:
    assert weight_changes(competition([[1], [0.5]], [1.0], places=1)) == ()


@st.composite
def competitions(draw: st.DrawFn) -> Competition:
    source = np.random.default_rng(draw(st.integers(0, 2**32)))
    count, criteria_count = draw(st.integers(2, 8)), draw(st.integers(2, 4))
    marks = source.random((count, criteria_count))
    if draw(st.booleans()):
        marks[:, 1:][source.random((count, criteria_count - 1)) < 0.25] = np.nan
    weights = source.random(criteria_count) + 0.1
    requests = source.integers(1, 10, count)
    viable = np.maximum((requests * draw(st.sampled_from([1.0, 0.5]))).astype(np.int64), 1)
    turn, places = draw(st.sampled_from(Turn)), draw(st.sampled_from([None, 3]))
    spending = Spending(turn, int(requests.sum() // 2), requests, viable, None if turn is Turn.FILLING else places)
    given_ = competition(marks.tolist(), (weights / weights.sum()).tolist())
    points = source.integers(0, 100_000, count) * draw(st.booleans())
    least = draw(st.sampled_from([None, 400_000]))
    held = replace(given_, spending=spending, points=points, minimum_total=least)
    return ranked(replace(held, minimum_score=draw(st.sampled_from([None, 450_000]))))


@settings(max_examples=150, deadline=None)
@given(given_=competitions())
def test_no_smaller_change_alters_the_list(given_) -> None:
    fine = replace(
        given_,
        reach=1e12,
        points=given_.points * 10**6,
        minimum_total=None if given_.minimum_total is None else given_.minimum_total * 10**6,
        minimum_score=None if given_.minimum_score is None else given_.minimum_score * 10**6,
    )
    for item in weight_changes(given_):
        place = given_.criteria.index(item.criterion)
        weight, others = given_.weights[place], given_.weights / (1 - given_.weights[place])
        most = (1 - weight if item.direction > 0 else weight) * (1 - 1e-6)
        distances = np.linspace(0, most, STEPS)
        weights = (1 - weight - item.direction * distances)[:, None] * others
        weights[:, place] = weight + item.direction * distances
        lists = funded_under(fine, weights)
        differing = np.flatnonzero((lists != lists[0]).any(axis=1))
        if item.change is not None and abs(item.change) > 0:
            before = distances < abs(item.change)
            assert not (lists[before] != lists[0]).any()
        if len(differing):
            assert item.change is not None
            assert abs(item.change) <= distances[differing[0]] + 1e-6
