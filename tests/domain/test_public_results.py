"""Results as open data tells them: periods of what was measured, and of the target."""

from datetime import date
from decimal import Decimal

from pipgrants.domain.public_results import Measured, PublicPeriod, periods_of, results_of
from published import DESIGNED, SALES, STARTED, TRUST

TARGET = Measured(date(2027, 6, 22), Decimal(120))


def test_a_target_without_a_measure_stands_alone() -> None:
    assert periods_of(STARTED, TARGET, []) == (PublicPeriod(STARTED, TARGET.on, Decimal(120), None),)


def test_what_was_measured_without_a_target_has_periods_of_its_own() -> None:
    measured = [Measured(date(2027, 12, 31), Decimal(2)), Measured(date(2026, 12, 31), Decimal(1))]
    assert [(item.ends_on.year, item.target, item.actual) for item in periods_of(STARTED, None, measured)] == [
        (2026, None, 1),
        (2027, None, 2),
    ]


def test_a_value_from_before_the_start_is_none_of_the_project() -> None:
    assert periods_of(STARTED, TARGET, [Measured(STARTED, Decimal(100))]) == periods_of(STARTED, TARGET, [])


def test_a_value_of_the_day_of_the_target_is_what_was_reached() -> None:
    [period] = periods_of(STARTED, TARGET, [Measured(TARGET.on, Decimal(119))])
    assert (period.target, period.actual) == (120, 119)


def test_an_objective_without_numbers_is_told_by_its_words() -> None:
    [sales, trust] = results_of([SALES, TRUST], DESIGNED, STARTED, {"Encuesta": []})
    assert (sales.title, sales.indicator, sales.baseline) == ("Más ventas", "Ventas", (DESIGNED, Decimal("100.50")))
    assert (trust.baseline, trust.periods) == (None, ())
    [undated] = results_of([SALES], None, STARTED, {})
    assert undated.baseline == (STARTED, Decimal("100.50"))
