"""Selection rates beside the highest one, with the examples of the agencies that made the four-fifths rule."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from pipgrants.analysis.fairness import Passed, beside, compared_with, ratio

counts = st.integers(1, 60).flatmap(lambda total: st.builds(Passed, st.integers(0, total), st.just(total)))


RATES = {
    "white": Passed(60, 100),
    "american_indian": Passed(45, 100),
    "hispanic": Passed(48, 100),
    "black": Passed(51, 100),
}


class TestPublishedExamples:
    """Questions and Answers on the Uniform Guidelines (44 FR 11996, 1979), on 29 CFR 1607.4(D)."""

    def test_highest_rate_is_the_one_compared_with(self) -> None:
        assert compared_with(RATES, "unknown") == "white"
        assert RATES["white"].rate == Fraction("0.60")

    @pytest.mark.parametrize(
        ("group", "expected", "is_below"),
        [("american_indian", "0.75", True), ("hispanic", "0.80", False), ("black", "0.85", False)],
    )
    def test_impact_ratios(self, group: str, expected: str, is_below: bool) -> None:
        found = beside(group, RATES[group], RATES["white"])
        assert (found.ratio, found.is_below_four_fifths) == (Fraction(expected), is_below)

    def test_one_selection_that_turns_small_numbers_is_said(self) -> None:
        """Three of twenty men and one of ten women: with one woman more and one man less, hers is the higher rate."""
        found = beside("women", Passed(1, 10), Passed(3, 20))
        assert (found.ratio, found.turns_with_one, found.has_small_counts) == (Fraction(2, 3), True, True)

    def test_one_selection_is_given_to_the_group_and_taken_from_the_other(self) -> None:
        """Three of ten would be more than five of twenty, and no more than six of twenty."""
        assert beside("women", Passed(2, 10), Passed(6, 20)).turns_with_one

    def test_one_selection_does_not_turn_larger_numbers(self) -> None:
        found = beside("other", Passed(12, 40), Passed(48, 80))
        assert (found.ratio, found.turns_with_one, found.has_small_counts) == (Fraction(1, 2), False, False)


class TestExactInterval:
    def test_convicted_twins_of_fisher(self) -> None:
        """Fisher (1935): of 13 identical twins of convicts 10 were convicted, of 17 others 2.

        Conditional estimate 21.305, exact interval from 2.753 to 300.7, p 0.0005367, as R's fisher.test gives them;
        its root finding leaves the upper end a quarter of a per cent short.
        """
        found = beside("identical", Passed(10, 13), Passed(2, 17))
        assert found.odds_ratio[:3] == pytest.approx((21.30533, 2.753438, 300.682787), rel=3e-3)
        assert found.odds_ratio.value == pytest.approx(21.30533, rel=1e-5)
        assert found.p_value == pytest.approx(0.0005367, abs=1e-7)

    @settings(max_examples=60, deadline=None)
    @given(group=counts, highest=counts)
    def test_interval_holds_the_estimate_and_agrees_with_the_test(self, group: Passed, highest: Passed) -> None:
        found = beside("group", group, highest)
        odds, table = found.odds_ratio, [[item.passed, item.total - item.passed] for item in (group, highest)]
        if 0 in (sum(column) for column in zip(*table, strict=True)):
            assert (odds.value, odds.reason, found.p_value) == (None, "all passed, or nobody did", None)
            return
        assert found.p_value == pytest.approx(fisher_exact(table).pvalue)
        if odds.value is not None:
            assert (odds.low or 0) <= odds.value <= (odds.high or odds.value)
        one_sided = [fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
        if min(one_sided) > 0.026:
            assert (odds.low or 0) <= 1 <= (odds.high or 1)


class TestComparedWith:
    def test_unknown_is_never_compared_with(self) -> None:
        groups = {"yes": Passed(1, 10), "no": Passed(2, 10), "unknown": Passed(10, 10)}
        assert compared_with(groups, "unknown") == "no"

    def test_group_below_two_percent_is_not_compared_with(self) -> None:
        groups = {"micro": Passed(40, 98), "small": Passed(50, 99), "large": Passed(1, 1)}
        assert compared_with(groups, "unknown") == "small"

    def test_larger_of_equal_rates_is_compared_with(self) -> None:
        assert compared_with({"a": Passed(5, 10), "b": Passed(10, 20)}, "unknown") == "b"

    @pytest.mark.parametrize(
        "groups", [{}, {"no": Passed(1, 2)}, {"unknown": Passed(1, 2)}, {"no": Passed(1, 2), "yes": Passed(0, 0)}]
    )
    def test_nothing_is_compared_without_two_groups(self, groups: dict[str, Passed]) -> None:
        assert compared_with(groups, "unknown") is None

    @settings(max_examples=60, deadline=None)
    @given(groups=st.dictionaries(st.sampled_from("abcdef"), counts, min_size=2))
    def test_no_ratio_beside_the_highest_is_above_one(self, groups: dict[str, Passed]) -> None:
        largest = max(item.total for item in groups.values())
        even = {name: Passed(item.passed * largest // item.total, largest) for name, item in groups.items()}
        highest = even[compared_with(even, "unknown") or ""]
        assert all((ratio(item, highest) or 0) <= 1 for item in even.values())


def test_nobody_at_the_step_is_no_rate() -> None:
    found = beside("yes", Passed(0, 0), Passed(5, 10))
    assert (found.ratio, found.is_below_four_fifths, found.turns_with_one) == (None, False, False)
    assert found.odds_ratio.reason == "nobody of the group came to the step"
