"""Shares of admissible weights held against areas that can be computed by hand, and the laws that they keep."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competitions import competition
from pipgrants.analysis.acceptability import Acceptability, acceptability, anywhere, around

DRAWS = 20_000
CLOSE = 0.011
"""Three standard errors of a share of one half."""

marks = st.integers(2, 6).flatmap(
    lambda count: st.lists(
        st.lists(st.integers(0, 10).map(lambda tenths: tenths / 10), min_size=3, max_size=3),
        min_size=count,
        max_size=count,
    )
)


def shares(found: Acceptability, values: Iterable[float]) -> dict[str, float]:
    return dict(zip(found.numbers, values, strict=True))


def test_two_criteria_share_the_weights_at_the_crossings() -> None:
    """A (1, 0) beats C (0.6, 0.6) where its weight is above 0.6, B (0, 1) where that weight is below 0.4."""
    found = acceptability(competition([[1, 0], [0, 1], [0.6, 0.6]], places=1), seed=1, draws=DRAWS)
    assert shares(found, found.first) == pytest.approx({"A": 0.4, "B": 0.4, "C": 0.2}, abs=CLOSE)
    assert shares(found, found.funded) == shares(found, found.first)


def test_three_criteria_share_the_triangle_of_the_weights() -> None:
    """A corner of the triangle where one weight is above one half is a quarter of it; the middle is left to D."""
    corners = [[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0.5]]
    found = acceptability(competition(corners, places=1), seed=2, draws=DRAWS)
    assert shares(found, found.first) == pytest.approx(dict.fromkeys("ABCD", 0.25), abs=CLOSE)


def test_central_weights_are_the_middle_of_the_weights_that_fund() -> None:
    """The corner above one half has its centroid at (2/3, 1/6, 1/6); what is never funded has none."""
    given_ = competition([[1, 0, 0], [0.5, 0.5, 0.5], [0, 0, 0]], [0.6, 0.2, 0.2], places=1)
    found = acceptability(given_, seed=3, draws=DRAWS)
    assert found.central_weights[0] == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=CLOSE)
    assert np.isnan(found.central_weights[2]).all()


def test_weights_around_the_published_ones_share_an_interval() -> None:
    """The weight of A is uniform from 0.4 to 0.6; A (1, 0) beats B (0.55, 0.55) from 0.55 on."""
    found = acceptability(competition([[1, 0], [0.55, 0.55]], places=1), seed=4, draws=DRAWS, spread=0.2)
    assert shares(found, found.first) == pytest.approx({"A": 0.25, "B": 0.75}, abs=CLOSE)


def test_weights_around_the_published_ones_share_a_hexagon() -> None:
    """Of the hexagon |x|, |y|, |x + y| <= 1 the part where x is above one half is 0.625 of 3."""
    bar = (1 + 0.3 / 2) / 3
    found = acceptability(competition([[1, 0, 0], [bar] * 3], places=1), seed=5, draws=DRAWS, spread=0.3)
    assert shares(found, found.first)["A"] == pytest.approx(0.625 / 3, abs=CLOSE)


def test_funded_share_adds_up_the_ranks_above_a_line_that_does_not_move() -> None:
    rows = np.random.default_rng(6).random((12, 4)).tolist()
    found = acceptability(competition(rows, places=5), seed=6, draws=2_000)
    assert found.ranks[:, :5].sum(axis=1) == pytest.approx(found.funded)


@settings(max_examples=50, deadline=None)
@given(rows=marks, seed=st.integers(0, 2**32), spread=st.sampled_from([None, 0.25, 1.0]))
def test_acceptabilities_sum_to_one_by_rank_and_by_proposal(rows, seed, spread) -> None:
    found = acceptability(competition(rows, places=2), seed=seed, draws=300, spread=spread)
    assert found.ranks.sum(axis=0) == pytest.approx(np.ones(len(rows)))
    assert found.ranks.sum(axis=1) == pytest.approx(np.ones(len(rows)))
    assert found.ranks @ np.arange(1, len(rows) + 1) == pytest.approx(found.mean_rank)
    assert found.funded.sum() == pytest.approx(2)
    told = [np.flatnonzero(row) + 1 for row in found.ranks]
    assert [(row[0], row[-1]) for row in told] == list(zip(found.best_rank, found.worst_rank, strict=True))


@settings(max_examples=20, deadline=None)
@given(rows=marks, seed=st.integers(0, 2**32))
def test_same_seed_gives_the_same_figures(rows, seed) -> None:
    one, other = (acceptability(competition(rows, places=1), seed=seed, draws=300) for _ in range(2))
    assert one.funded.tolist() == other.funded.tolist()
    assert one.ranks.tolist() == other.ranks.tolist()


def test_dominated_proposal_is_never_funded_before_the_other() -> None:
    found = acceptability(competition([[0.9, 0.8], [0.8, 0.8]], places=1), seed=7, draws=500)
    assert found.funded.tolist() == [1.0, 0.0]


def test_ranks_of_a_long_list_are_told_around_its_line() -> None:
    rows = np.random.default_rng(8).random((100, 3)).tolist()
    names = [f"P{place}" for place in range(100)]
    found = acceptability(competition(rows, places=60, names=names), seed=8, draws=500, line=60)
    assert (found.from_rank, found.ranks.shape) == (41, (100, 40))
    assert found.ranks.sum(axis=0) == pytest.approx(np.ones(40))


@settings(max_examples=50, deadline=None)
@given(
    weights=st.lists(st.integers(1, 50), min_size=2, max_size=8),
    spread=st.floats(0.01, 1),
    seed=st.integers(0, 2**32),
)
def test_weights_drawn_around_the_published_ones_stay_there(weights, spread, seed) -> None:
    published = np.array(weights) / sum(weights)
    drawn = around(published, np.random.default_rng(seed), 50, spread)
    assert drawn.shape == (50, len(weights))
    assert drawn.sum(axis=1) == pytest.approx(np.ones(50))
    assert (np.abs(drawn - published) <= published * spread + 1e-12).all()


def test_weights_drawn_anywhere_fill_the_simplex_evenly() -> None:
    """A weight of three is above t in (1 - t)^2 of the triangle."""
    drawn = anywhere(3, np.random.default_rng(9), DRAWS)
    assert drawn.sum(axis=1) == pytest.approx(np.ones(DRAWS))
    for bar in (0.2, 0.5, 0.8):
        assert (drawn > bar).mean(axis=0) == pytest.approx([(1 - bar) ** 2] * 3, abs=CLOSE)


@pytest.mark.parametrize("spread", [0.0, -0.1, 1.5])
def test_spread_that_is_none_is_refused(spread: float) -> None:
    with pytest.raises(ValueError, match="spread"):
        acceptability(competition([[1, 0], [0, 1]], places=1), seed=1, draws=100, spread=spread)
