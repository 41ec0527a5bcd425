"""Expected ranks: a funder's published ones, and what they must be by their definition."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipgrants.analysis import expected_rank
from pipgrants.analysis.expected_rank import draw_ranks, expected_ranks, grey_zone, percentile_ranks, score_interval
from pipgrants.analysis.hierarchy import Posterior, Variances, posterior, posterior_given
from pipgrants.analysis.variance_mixture import Mixture, mixture

PANEL = np.array(
    [
        [1, 1, 1, 2, 5],
        [1, 1, 2, 2, 6],
        [1, 2, 1, 3, 5],
        [1, 3, 2, 1, 5],
        [1, 2, 2, 3, 5],
        [1, 3, 1, 4, 5],
        [1, 2, 3, 4, 5],
        [1, 5, 2, 2, 5],
        [1, 3, 4, 3, 5],
        [1, 4, 2, 5, 5],
        [2, 3, 4, 4, 5],
        [2, 4, 3, 5, 5],
        [2, 5, 4, 4, 6],
        [2, 3, 4, 6, 6],
        [2, 5, 5, 4, 6],
    ]
)
"""Swiss National Science Foundation, ERforResearch 4.0.0, panel 1 of the mock data: 15 proposals, 5 assessors; 1 is the
best grade."""
PUBLISHED = [2.44, 4.06, 4.09, 4.12, 5.08, 6.19, 7.34, 7.26, 8.43, 9.42, 10.4, 11.4, 13.0, 13.0, 13.7]
"""Its expected ranks, as the demonstration of the package prints them."""
PUBLISHED_PERCENTILES = [12.9, 23.7, 24.0, 24.2, 30.6, 37.9, 45.6, 45.1, 52.9, 59.4, 66.3, 73.0, 83.1, 83.6, 87.9]


def certain(known: Posterior) -> Mixture:
    """A posterior whose variances are known."""
    return Mixture((known,), np.ones(1), 1e12)


def panel() -> Mixture:
    row, column = (places.ravel() for places in np.indices(PANEL.shape))
    values = (7 - PANEL).ravel().astype(float)
    return mixture(row, column, values, posterior(row, column, values).variances)


def independent(scores: list[float], deviation: float, shared: np.ndarray | None = None) -> Mixture:
    """Scores that are known independently of each other, equally well, but for what they share."""
    count = len(scores)
    own, shared = np.full(count, deviation), np.zeros((count, 1)) if shared is None else shared
    return certain(Posterior(Variances(1, 0, 1), np.array(scores, dtype=float), own, shared, np.zeros(1), np.zeros(1)))


def test_expected_ranks_agree_with_those_a_funder_published() -> None:
    """The funder draws the variances from priors of its own."""
    assert expected_ranks(panel()) == pytest.approx(PUBLISHED, abs=0.25)


def test_expected_ranks_are_the_published_ones_under_the_priors_of_the_funder() -> None:
    """Leniencies with standard deviation 0.5; those of proposals, interaction and errors even between 0 and 2.

    Interaction and errors are one where nobody marks twice: their joint deviation has the density of the distance from
    the corner of a square.
    """
    row, column = (places.ravel() for places in np.indices(PANEL.shape))
    values = (7 - PANEL).ravel().astype(float)
    same_row, same_column = row[:, None] == row, column[:, None] == column
    weights, ranks = [], []
    for of_proposal in np.linspace(0.05, 2, 20):
        for of_error in np.linspace(0.3, 2.8, 26):
            whole = of_proposal**2 * same_row + 0.25 * same_column + of_error**2 * np.eye(len(row))
            factor = np.linalg.cholesky(whole)
            left, ones = np.linalg.solve(factor, np.stack([values, np.ones(len(row))], axis=1)).T
            square = left @ left - (left @ ones) ** 2 / (ones @ ones)
            likelihood = -np.log(np.diag(factor)).sum() - np.log(ones @ ones) / 2 - square / 2
            angle = np.pi / 2 - (2 * np.arccos(2 / of_error) if of_error > 2 else 0)
            weights.append(np.exp(likelihood + 60) * of_error * angle)
            known = posterior_given(row, column, values, Variances(of_proposal**2, 0.25, of_error**2))
            ranks.append(expected_ranks(certain(known)))
    assert np.average(ranks, axis=0, weights=weights) == pytest.approx(PUBLISHED, abs=0.1)


def test_percentiles_are_the_published_ones_of_the_published_ranks() -> None:
    assert percentile_ranks(np.array(PUBLISHED)) == pytest.approx(PUBLISHED_PERCENTILES, abs=0.35)
    assert percentile_ranks(np.array([1.0, 2.0])) == pytest.approx([25, 75])


def test_an_expected_rank_is_one_plus_the_chances_of_the_others_to_be_better() -> None:
    apart = NormalDist().cdf(1 / (0.8 * 2**0.5))
    assert expected_ranks(independent([2, 1], 0.8)) == pytest.approx([2 - apart, 1 + apart])


positions = st.lists(st.floats(-5, 5), min_size=1, max_size=12)


@settings(deadline=None)
@given(positions, st.floats(0, 3))
def test_expected_ranks_add_up_to_those_of_any_ranking(scores: list[float], deviation: float) -> None:
    ranks = expected_ranks(independent(scores, deviation))
    assert ranks.sum() == pytest.approx(len(scores) * (len(scores) + 1) / 2)
    assert ranks.min() >= 1 - 1e-9
    assert ranks.max() <= len(scores) + 1e-9


def test_scores_that_are_certain_have_their_ranks_and_ties_share_them() -> None:
    assert expected_ranks(independent([1, 3, 2, 2], 0)) == pytest.approx([4, 1, 2.5, 2.5])


def test_what_two_proposals_share_does_not_blur_their_order() -> None:
    alone = independent([2, 1], 0.1)
    together = independent([2, 1], 0.1, np.full((2, 1), 50.0))
    assert expected_ranks(together) == pytest.approx(expected_ranks(alone))


def test_expected_ranks_are_the_same_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = expected_ranks(panel())
    monkeypatch.setattr(expected_rank, "CELLS", 31)
    assert expected_ranks(panel()) == pytest.approx(whole)


def test_drawn_ranks_have_the_expected_mean_and_the_same_seed_draws_them_again() -> None:
    known = panel()
    drawn = draw_ranks(known, 20_000, 1)
    assert drawn.ranks.mean(axis=1) == pytest.approx(expected_ranks(known), abs=0.05)
    assert (draw_ranks(known, 50, 1).ranks == draw_ranks(known, 50, 1).ranks).all()
    assert (draw_ranks(known, 50, 1).ranks != draw_ranks(known, 50, 2).ranks).any()


def test_every_draw_is_a_ranking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expected_rank, "CELLS", 40)
    drawn = draw_ranks(independent([1, 2, 3], 2), 300, 5)
    assert drawn.ranks.sum() == 300 * 6
    assert drawn.within(1).sum() == pytest.approx(1)
    assert drawn.within(3) == pytest.approx([1, 1, 1])


def test_draws_differ_by_what_proposals_share_unequally() -> None:
    """Both scores hang on one unknown, in opposite directions: the order is as open as a coin."""
    known = independent([1, 1.001], 0, np.array([[2.0], [-2.0]]))
    assert draw_ranks(known, 4_000, 1).within(1) == pytest.approx([0.5, 0.5], abs=0.03)
    assert expected_ranks(known) == pytest.approx([1.5, 1.5], abs=0.001)


def test_intervals_hold_their_share_of_the_draws() -> None:
    drawn = draw_ranks(panel(), 10_000, 3)
    low, high = drawn.interval(0.5)
    inside = ((drawn.ranks >= low[:, None]) & (drawn.ranks <= high[:, None])).mean(axis=1)
    assert inside.min() >= 0.5
    assert (low <= high).all()
    wide = drawn.interval(0.9)
    assert (wide[0] <= low).all()
    assert (wide[1] >= high).all()


def test_the_interval_of_a_score_is_normal() -> None:
    low, high = score_interval(independent([10], 2), 0.9)
    assert [*low, *high] == pytest.approx([10 - 2 * 1.6449, 10 + 2 * 1.6449], abs=1e-3)


def test_the_grey_zone_is_what_the_line_goes_through() -> None:
    """The package's demonstration: the line below 5 is the expected rank of the fifth; #1 is in, #10 to #15 are out."""
    known = panel()
    zone = grey_zone(expected_ranks(known), *draw_ranks(known, 10_000, 3).interval(0.5), 5)
    assert zone.line == pytest.approx(5.08, abs=0.25)
    assert zone.is_above[0]
    assert zone.is_grey[4]
    assert not (zone.is_above | zone.is_grey)[9:].any()


def test_who_is_last_above_the_line_stays_there_though_its_interval_does_not_hold_its_expected_rank() -> None:
    ranks = np.array([1.2, 1.8, 3.0])
    zone = grey_zone(ranks, np.array([1, 2, 3]), np.array([1, 2, 3]), 2)
    assert (zone.is_above.tolist(), zone.is_grey.tolist()) == ([True, True, False], [False, False, False])


def test_a_zone_with_no_more_proposals_than_places_is_none() -> None:
    ranks = np.array([1.0, 2.0, 3.0])
    zone = grey_zone(ranks, ranks, ranks, 2)
    assert (zone.is_above.tolist(), zone.is_grey.tolist()) == ([True, True, False], [False, False, False])
    tied = grey_zone(np.array([1.0, 2.5, 2.5]), np.array([1, 2, 2]), np.array([1, 3, 3]), 2)
    assert (tied.is_above.tolist(), tied.is_grey.tolist()) == ([True, False, False], [False, True, True])
