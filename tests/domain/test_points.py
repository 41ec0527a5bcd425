"""Points: what each criterion adds to the total, told so that the points add up to it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipgrants.domain.evaluation import Scorer
from pipgrants.domain.points import points, shown_mark
from pipgrants.domain.rubric import Criterion, Rubric, Scale
from pipgrants.domain.vocabulary import Stage

TO_TEN = Scale(Decimal(0), Decimal(10), Decimal("0.5"), {})


def rubric(decimals, **weights):
    criteria = tuple(Criterion(code, "proposal", {"en": code}, Decimal(weight)) for code, weight in weights.items())
    return Rubric("rules 6", scale=TO_TEN, criteria=criteria, decimals=decimals, evaluators_count=3)


def decimals(**texts):
    return {code: Decimal(text) for code, text in texts.items()}


def test_points_are_weight_times_the_exact_mark():
    rules = rubric(4, context="10", exports="2")
    assert points(rules, {"context": "11/3", "exports": "4.5"}) == decimals(context="36.6667", exports="9")


def test_points_that_would_add_up_to_more_than_the_total_give_way_in_the_order_of_the_rubric():
    rules = rubric(2, context="1", exports="1", trust="1")
    marks = dict.fromkeys(("context", "exports", "trust"), "11/3")
    assert points(rules, marks) == decimals(context="3.67", exports="3.67", trust="3.66")


def test_what_was_applicable_to_nobody_adds_the_part_that_the_others_reached():
    rules = rubric(1, context="3", exports="1")
    assert points(rules, {"context": "5", "exports": None}) == decimals(context="15", exports="5")


def test_no_points_where_nothing_was_applicable():
    assert points(rubric(4, context="1"), {"context": None}) == {}


@pytest.mark.parametrize(("mark", "shown"), [("11/3", "3.67"), ("3.5", "3.50"), ("7/2", "3.50"), ("1/200", "0.01")])
def test_mark_is_shown_rounded_half_up(mark, shown):
    assert str(shown_mark(mark, 2)) == shown


SHEETS = st.lists(
    st.lists(st.one_of(st.none(), st.sampled_from([Decimal(half) / 2 for half in range(21)])), min_size=4, max_size=4),
    min_size=3,
    max_size=3,
)
WEIGHTS = st.lists(st.decimals("0.1", "30", places=2), min_size=4, max_size=4)


@given(sheets=SHEETS, weights=WEIGHTS, places=st.integers(0, 6))
def test_points_add_up_to_the_total_and_none_is_a_unit_away_from_its_exact_value(sheets, weights, places):
    codes = ("context", "exports", "trust", "market")
    rules = rubric(places, **dict(zip(codes, map(str, weights), strict=True)))
    found = Scorer(rules, Stage.PROPOSAL).score([dict(zip(codes, sheet, strict=True)) for sheet in sheets])
    assume(found.total is not None)
    told = points(rules, found.exact_marks)
    assert sum(told.values()) == found.total
    finer = points(replace(rules, decimals=20), found.exact_marks)
    assert all(abs(told[code] - finer[code]) < Decimal(1).scaleb(-places) + Decimal(1).scaleb(-18) for code in told)


def test_points_count_by_the_weights_in_the_ranking():
    rules = rubric(2, excellence="1", impact="1")
    excellence, impact = rules.criteria
    rules = replace(rules, criteria=(excellence, replace(impact, ranking_weight=Decimal("1.5"))))
    assert points(rules, {"excellence": "4", "impact": "4"}) == decimals(excellence="4", impact="6")
