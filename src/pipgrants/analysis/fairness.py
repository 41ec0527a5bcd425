"""Whether groups pass a step of the selection at different rates, beside the group with the highest rate.

- The ratio of selection rates, and whether it is below four fifths (29 CFR 1607.4(D)); exactly four fifths is not.
- Compared is with the highest rate. A group that is unknown, or makes up less than 2 % of those at the step (29 CFR
  1607.15(A)(2)(a) asks for determinations from 2 % on), is told, but not compared with unless no other is left.
- The odds ratio with its exact 95 % interval, by the conditional distribution of Fisher's exact test (Fisher 1935;
  ``scipy.stats.contingency.odds_ratio``), and the two-sided p of that test. The interval is that of the odds ratio; the
  ratio of rates has none here.
- Counts are small where either group has fewer than 5 expected to pass, or not to pass, at their common rate (Cochran
  1954). One selection turns the ratio where, given to the group instead of to the one compared with, it would make the
  group's rate the higher one (question 21 of the agencies' Questions and Answers, 44 FR 11996 of 1979).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from pipgrants.analysis.estimate import Estimate, not_computable

FOUR_FIFTHS = Fraction(4, 5)
LEAST_SHARE = Fraction(2, 100)
LEAST_EXPECTED = 5
LEVEL = 0.95


@dataclass(frozen=True)
class Passed:
    """How many of a group passed a step, of how many that came to it; or, weighted, how much of what was asked for."""

    passed: int
    total: int

    @property
    def rate(self) -> Fraction | None:
        """The share that passed, None where nobody came to the step."""
        return Fraction(self.passed, self.total) if self.total else None


@dataclass(frozen=True)
class Beside:
    """A group beside the one with the highest rate.

    ``ratio`` is that of the rates, None where nobody came to the step or nobody passed; ``odds_ratio`` has its exact
    interval; ``p_value`` is that of Fisher's exact test.
    """

    group: str
    ratio: Fraction | None
    is_below_four_fifths: bool
    odds_ratio: Estimate
    p_value: float | None
    has_small_counts: bool
    turns_with_one: bool


def compared_with(groups: Mapping[str, Passed], unknown: str) -> str | None:
    """The group with the highest rate, the larger among equal ones; None where there are no two groups to compare."""
    came = {name: item for name, item in groups.items() if item.total and name != unknown}
    least = LEAST_SHARE * sum(item.total for item in groups.values())
    enough = {name: item for name, item in came.items() if item.total >= least} or came
    if sum(item.total > 0 for item in groups.values()) < 2 or not enough:
        return None
    return max(enough, key=lambda name: (enough[name].rate or Fraction(0), enough[name].total, name))


def ratio(group: Passed, highest: Passed) -> Fraction | None:
    """The rate of a group as a share of the highest one, exactly."""
    return group.rate / highest.rate if group.rate is not None and highest.rate else None


def beside(name: str, group: Passed, highest: Passed) -> Beside:
    """A group beside the one with the highest rate; both counts are of proposals."""
    found = ratio(group, highest)
    is_below = found is not None and found < FOUR_FIFTHS
    odds, p_value = _fisher(group, highest)
    return Beside(
        group=name,
        ratio=found,
        is_below_four_fifths=is_below,
        odds_ratio=odds,
        p_value=p_value,
        has_small_counts=_has_small_counts(group, highest),
        turns_with_one=is_below
        and Fraction(group.passed + 1, group.total) > Fraction(highest.passed - 1, highest.total),
    )


def _has_small_counts(group: Passed, highest: Passed) -> bool:
    both = Passed(group.passed + highest.passed, group.total + highest.total)
    smaller = min(group.total, highest.total)
    return both.rate is None or smaller * min(both.rate, 1 - both.rate) < LEAST_EXPECTED


def _fisher(group: Passed, highest: Passed) -> tuple[Estimate, float | None]:
    """The odds ratio of a group to the one compared with, by conditional maximum likelihood, and Fisher's p."""
    import math

    from scipy.stats import fisher_exact
    from scipy.stats.contingency import odds_ratio

    table = [[item.passed, item.total - item.passed] for item in (group, highest)]
    columns = [sum(column) for column in zip(*table, strict=True)]
    if not group.total:
        return not_computable("nobody of the group came to the step"), None
    if 0 in columns:
        return not_computable("all passed, or nobody did"), None
    found = odds_ratio(table)
    low, high = found.confidence_interval(LEVEL)
    value = float(found.statistic)
    bounded = Estimate(value, float(low), float(high) if math.isfinite(high) else None)
    p_value = float(fisher_exact(table).pvalue)
    return bounded if math.isfinite(value) else Estimate(None, float(low), None, "all of the group passed"), p_value
