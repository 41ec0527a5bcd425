"""The parts of a call's definition refuse what they cannot mean."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.call import EligibleCosts
from pipgrants.domain.rubric import Scale


def scale(minimum, maximum, step):
    return Scale(Decimal(minimum), Decimal(maximum), Decimal(step), {})


@pytest.mark.parametrize("step", ["0", "-1"])
def test_scale_rises_in_positive_steps(step):
    with pytest.raises(ValueError, match="positive steps"):
        scale("0", "5", step)


def test_scale_ends_a_whole_number_of_steps_above_its_minimum():
    with pytest.raises(ValueError, match="whole number of steps"):
        scale("0", "5", "0.3")
    with pytest.raises(ValueError, match="whole number of steps"):
        scale("0", f"5.{'0' * 40}1", "1")


@pytest.mark.parametrize("zeros", [30, 200])
def test_mark_a_hair_off_a_step_is_not_on_the_scale(zeros):
    hair = f"{'0' * zeros}1"
    assert scale("0", "5", "0.5").allows(Decimal("4.5"))
    assert not scale("0", "5", "0.5").allows(Decimal(f"4.5{hair}"))


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(1, 40), st.integers(-2, 42))
def test_marks_on_the_scale_are_the_whole_steps_from_minimum_to_maximum(minimum, step, count, place):
    end = Decimal(minimum + step * count)
    marks = Scale(Decimal(minimum), end, Decimal(step), {})
    mark = Decimal(minimum + step * place)
    assert marks.allows(mark) is (0 <= place <= count)
    assert not marks.allows(mark + Decimal(step) / 2)


def test_eligible_costs_name_a_category():
    with pytest.raises(ValueError, match="at least one category"):
        EligibleCosts("3.9", ())
