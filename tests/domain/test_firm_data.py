"""Without consent and data a firm receives no benefit."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.firm_data import (
    ASKED,
    FirmData,
    Registration,
    benefit_fault,
    data_fault,
    missing_facts,
    values_by_year,
)
from pipgrants.domain.monitoring.firms import REPORTED_FACTS, FirmFact, FirmValues

FIRM, DAY = "E-000001", date(2026, 9, 1)
DATA = FirmData(2025, {FirmFact.EMPLOYMENT: Decimal(12), FirmFact.SALES: Decimal(23637)})
REGISTRATION = Registration(FIRM, DAY, date(2026, 1, 10), DATA)


def code(registration: Registration | None, on: date) -> str | None:
    fault = benefit_fault(FIRM, registration, on)
    return None if fault is None else fault.code.removeprefix("import.")


def test_a_firm_is_benefited_from_its_registration_until_it_withdraws_its_consent() -> None:
    withdrawn = REGISTRATION._replace(withdrawn_on=date(2026, 10, 1))
    assert [code(withdrawn, day) for day in (DAY - timedelta(1), DAY, date(2026, 9, 30), date(2026, 10, 1))] == [
        "firm_not_registered",
        None,
        None,
        "no_consent",
    ]


def test_a_firm_that_did_not_register_receives_nothing() -> None:
    assert code(None, DAY) == "firm_not_registered"


@given(*[st.dates(date(2026, 1, 1), date(2026, 12, 31)) for _ in range(4)])
def test_no_day_without_consent_is_a_day_of_benefit(registered: date, agreed: date, withdrawn: date, on: date) -> None:
    found = benefit_fault(FIRM, Registration(FIRM, registered, agreed, DATA, withdrawn), on)
    assert (found is None) is (max(registered, agreed) <= on < withdrawn)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (None, ("employment", "no_firm_data")),
        (FirmData(2025, {FirmFact.SALES: Decimal(1)}), ("employment", "no_firm_data")),
        (FirmData(2025, {FirmFact.EMPLOYMENT: Decimal(0)}), ("sales", "no_firm_data")),
        (DATA._replace(year=2027), ("year", "data_of_later_year")),
        (DATA._replace(year=2026), None),
    ],
)
def test_data_that_say_nothing_of_size_or_growth_are_none(data: FirmData | None, expected: object) -> None:
    fault = data_fault(FIRM, data, DAY)
    assert (fault and (fault.field, fault.code.removeprefix("import."))) == expected


@given(st.dictionaries(st.sampled_from(REPORTED_FACTS), st.just(Decimal(1))))
def test_what_is_missing_is_what_is_asked_and_not_given(figures: dict[FirmFact, Decimal]) -> None:
    assert {*missing_facts(figures)} == {*ASKED} - {*figures}


def test_of_each_fact_the_last_that_was_given_counts() -> None:
    later = FirmData(2025, {FirmFact.SALES: Decimal(24000), FirmFact.EXPORTS: Decimal(0)})
    next_year = FirmData(2026, {FirmFact.SALES: Decimal(30000)})
    assert values_by_year(FIRM, [DATA, next_year, later]) == (
        FirmValues(FIRM, 2025, employment=Decimal(12), sales=Decimal(24000), exports=Decimal(0)),
        FirmValues(FIRM, 2026, sales=Decimal(30000)),
    )
