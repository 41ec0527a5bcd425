"""Whether targets are met: strict where they say so, undetermined where nothing was measured."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import PROJECT
from monitored import END_YEAR, LAUNCH_YEAR, firms, grown
from pipgrants.domain.monitoring.firms import FirmValues
from pipgrants.domain.monitoring.logical_framework import LogicalFramework
from pipgrants.domain.monitoring.ratios import Reason
from pipgrants.domain.monitoring.targets import MonitoringValues, Reported, TargetResult, evaluate_targets
from pipgrants.domain.vocabulary import Verdict
from pipgrants.reading import read_file, read_text

ANNEX_2 = read_file(PROJECT / "examples" / "logical_framework" / "pip-annex-2.yaml", LogicalFramework)
LAUNCH = date(2004, 1, 15)
DUE = date(2007, 1, 15)
AFTER = date(2007, 6, 30)
PRICES = {LAUNCH_YEAR: Decimal(100), END_YEAR: Decimal("112.5")}
INFLATION = Decimal("1.125")


def results(values: MonitoringValues, on: date = AFTER) -> dict[str, TargetResult]:
    return {item.indicator.code: item for item in evaluate_targets(ANNEX_2, LAUNCH, values, on)}


def measured_firms(times: Decimal, extra: Decimal = Decimal(0)) -> MonitoringValues:
    """Generated firms whose real growth is exactly so many times, one of them with something more."""
    first = firms(11, 20)
    last = grown(first, times * INFLATION)
    last[0] = last[0]._replace(sales=last[0].sales + extra, value_added=last[0].value_added + extra)
    return MonitoringValues([*first, *last], (), PRICES)


@pytest.mark.parametrize(
    ("code", "times"), [("sales", "1.2"), ("productivity", "1.1")], ids=["sales 20 %", "productivity 10 %"]
)
def test_more_than_is_strict_for_generated_firms(code: str, times: str) -> None:
    exactly, a_cent_more, a_cent_less = (
        results(measured_firms(Decimal(times), Decimal(extra)))[code] for extra in ("0", "0.01", "-0.01")
    )
    assert (exactly.verdict, exactly.figure.value) == (
        Verdict.NOT_MET,
        Decimal(times).quantize(Decimal("0.000001")) - 1,
    )
    assert a_cent_more.verdict is Verdict.MET
    assert a_cent_less.verdict is Verdict.NOT_MET


def test_at_least_is_met_by_the_limit_itself() -> None:
    assert results(measured_firms(Decimal("1.2")))["exports"].verdict is Verdict.MET


def test_nominal_growth_alone_does_not_meet_a_real_target() -> None:
    assert results(measured_firms(Decimal("1.2") / INFLATION))["sales"].verdict is Verdict.NOT_MET


def test_target_in_real_terms_is_undetermined_without_a_price_index() -> None:
    values = measured_firms(Decimal(2))._replace(price_index={})
    found = results(values)["sales"]
    assert (found.verdict, found.reason) == (Verdict.UNDETERMINED, Reason.NO_PRICE_INDEX)


def test_exports_are_those_of_firms_that_exported_at_the_baseline() -> None:
    first = [FirmValues("A", 2003, exports=Decimal(100)), FirmValues("B", 2003, exports=Decimal(0))]
    last = [FirmValues("A", 2006, exports=Decimal(110)), FirmValues("B", 2006, exports=Decimal(900))]
    found = results(MonitoringValues([*first, *last], (), dict.fromkeys(PRICES, Decimal(1))))["exports"]
    assert (found.verdict, found.figure.value) == (Verdict.NOT_MET, Decimal("0.100000"))


def reported(code: str, *values: tuple[date, str]) -> MonitoringValues:
    return MonitoringValues(reported=[Reported(code, day, Decimal(text)) for day, text in values])


SIX_MONTHS = date(2004, 7, 15)


@pytest.mark.parametrize(
    ("measured_on", "value", "on", "verdict", "reason"),
    [
        (SIX_MONTHS, "20", SIX_MONTHS, Verdict.MET, None),
        (SIX_MONTHS, "19", SIX_MONTHS, Verdict.NOT_MET, None),
        (SIX_MONTHS, "20", SIX_MONTHS - timedelta(days=1), Verdict.UNDETERMINED, Reason.NOT_DUE),
        (date(2004, 4, 16), "20", AFTER, Verdict.MET, None),
        (date(2004, 4, 15), "20", AFTER, Verdict.UNDETERMINED, Reason.NOT_MEASURED_WHEN_DUE),
        (SIX_MONTHS + timedelta(days=1), "20", AFTER, Verdict.UNDETERMINED, Reason.NOT_MEASURED_WHEN_DUE),
        (AFTER + timedelta(days=1), "20", AFTER, Verdict.UNDETERMINED, Reason.NOT_RECORDED),
    ],
    ids=["met on the day", "missed", "not due", "last quarter", "before it", "too late", "after the day asked"],
)
def test_verdict_is_by_the_last_value_of_the_quarter_before_the_deadline(
    measured_on: date, value: str, on: date, verdict: Verdict, reason: Reason | None
) -> None:
    found = results(reported("officials_trained", (measured_on, value)), on)["officials_trained"]
    assert (found.due_on, found.verdict, found.reason) == (SIX_MONTHS, verdict, reason)


def test_day_on_which_a_target_was_reached_is_told_early_or_late() -> None:
    late = reported("officials_trained", (SIX_MONTHS, "12"), (date(2005, 1, 10), "25"))
    found = results(late)["officials_trained"]
    assert (found.verdict, found.reached_on) == (Verdict.NOT_MET, date(2005, 1, 10))


def test_value_that_fell_back_below_the_target_does_not_meet_it() -> None:
    values = reported("participants", (date(2006, 1, 1), "61"), (date(2007, 1, 1), "59"))
    found = results(values)["participants"]
    assert (found.verdict, found.reached_on) == (Verdict.NOT_MET, date(2006, 1, 1))


def test_what_was_so_at_the_launch_is_no_result() -> None:
    found = results(reported("joint_brand", (LAUNCH, "1")))["joint_brand"]
    assert (found.verdict, found.reached_on) == (Verdict.UNDETERMINED, None)


def test_change_is_against_the_value_reported_at_the_launch() -> None:
    values = reported("costs_of_assisted", (LAUNCH, "80"), (DUE, "76"))
    found = results(values)["costs_of_assisted"]
    assert (found.verdict, found.figure.value) == (Verdict.MET, Decimal("-0.050000"))


def test_change_without_a_baseline_is_undetermined() -> None:
    found = results(reported("costs_of_assisted", (DUE, "76")))["costs_of_assisted"]
    assert (found.verdict, found.reason) == (Verdict.UNDETERMINED, Reason.NO_BASELINE)


def test_nothing_measured_meets_and_misses_nothing() -> None:
    found = results(MonitoringValues())
    assert {(item.verdict, item.reason) for item in found.values()} == {(Verdict.UNDETERMINED, Reason.NOT_RECORDED)}
    assert len(found) == len(ANNEX_2.indicators)


@settings(deadline=None, max_examples=30)
@given(st.dates(LAUNCH, DUE - timedelta(days=1)), st.integers(0, 200))
def test_no_target_is_decided_before_its_deadline(on: date, value: int) -> None:
    found = results(reported("participants", (on, str(value))), on)["participants"]
    assert found.verdict is Verdict.UNDETERMINED


@settings(deadline=None, max_examples=30)
@given(st.decimals(Decimal("0.5"), Decimal(3), places=4), st.decimals(0, 1, places=4))
def test_more_growth_never_turns_a_target_from_met_to_missed(times: Decimal, more: Decimal) -> None:
    less, better = (results(measured_firms(value))["sales"].verdict for value in (times, times + more))
    assert (less, better) != (Verdict.MET, Verdict.NOT_MET)


TRUST = """
    - code: trust
      title: {en: Trust, es: Confianza, pt: Confiança}
      horizon: long_term
      due_month: 18
      measure:
        mark:
          scale:
            minimum: 1
            maximum: 3
            step: 1
            anchors:
              "1": {en: Keeps orders secret, es: Oculta pedidos, pt: Oculta pedidos}
              "2": {en: Talks about orders, es: Habla de pedidos, pt: Fala de pedidos}
              "3": {en: Shares orders, es: Comparte pedidos, pt: Partilha pedidos}
      target: {at_least: 2}
  means_of_verification:
"""


@pytest.mark.parametrize(
    ("marks", "value", "verdict"),
    [("1 2 3", "2", Verdict.MET), ("1 1 3", "1", Verdict.NOT_MET), ("1 2", "1.5", Verdict.NOT_MET)],
)
def test_qualitative_target_is_met_by_the_median_of_the_marks(marks: str, value: str, verdict: Verdict) -> None:
    text = (PROJECT / "examples" / "logical_framework" / "pip-annex-2.yaml").read_text(encoding="utf-8")
    with_trust = text.replace("  means_of_verification:\n", TRUST[1:], 1)
    framework = read_text(with_trust, LogicalFramework, file="trust.yaml")
    due = date(2005, 7, 15)
    given_marks = [Reported("trust", due, Decimal(mark), f"F{n}") for n, mark in enumerate(marks.split())]
    results = evaluate_targets(framework, LAUNCH, MonitoringValues(reported=given_marks), AFTER)
    found = next(item for item in results if item.indicator.code == "trust")
    assert (found.verdict, found.figure.value) == (verdict, Decimal(value).quantize(Decimal("0.000001")))
