"""The indicators of the IDB: each with numerator, denominator and record, and not computable instead of zero."""

from datetime import date
from decimal import Decimal

import pytest

from pipgrants.domain.monitoring.baseline import Territory
from pipgrants.domain.monitoring.firms import FirmGroup, FirmValues
from pipgrants.domain.monitoring.idb_indicators import (
    Agreement,
    AgreementKind,
    ClusterRecord,
    JointActivity,
    Payment,
    Period,
    Run,
    idb_indicators,
)
from pipgrants.domain.monitoring.ratios import Reason

PERIOD = Period(2003, 2006, 2009, date(2006, 12, 31))
NEW = date(2007, 1, 1)


def firm(number: str, year: int, group: FirmGroup = FirmGroup.BENEFICIARY, **values: object) -> FirmValues:
    return FirmValues(number, year, group, **values)


def sold(number: str, group: FirmGroup, first: int, last: int) -> list[FirmValues]:
    return [
        firm(number, year, group, sales=Decimal(sales), employment=Decimal(10))
        for year, sales in ((2003, first), (2009, last))
    ]


def activity(year: int, firms_count: int, *actors: str) -> JointActivity:
    return JointActivity("fair", date(year, 5, 1), firms_count, frozenset(actors))


_A_BEFORE, _A_AFTER = sold("A", FirmGroup.BENEFICIARY, 100, 260)
_A_BEFORE = _A_BEFORE._replace(follows_strategy=False, position=Decimal(2))
RECORD = ClusterRecord(
    firms=[
        _A_BEFORE,
        _A_AFTER,
        *sold("B", FirmGroup.CLUSTER, 300, 390),
        *sold("C", FirmGroup.COMPARISON, 100, 150),
        firm("A", 2006, follows_strategy=True, position=Decimal(4)),
        firm("D", 2006, follows_strategy=True, position=Decimal(3)),
        firm("B", 2006, FirmGroup.CLUSTER, follows_strategy=False),
        firm("D", 2003, position=Decimal(3)),
    ],
    territory={
        2003: Territory(2003, gdp=Decimal(1000), national_gdp=Decimal(5000), price_index=Decimal(100)),
        2006: Territory(2006, cluster_firms_count=Decimal(8)),
        2009: Territory(2009, gdp=Decimal(1625), national_gdp=Decimal(6875), price_index=Decimal(125)),
    },
    activities=[
        activity(2003, 4, "chamber"),
        activity(2003, 3),
        activity(2006, 4, "chamber", "university"),
        activity(2006, 5, "university", "bank"),
        activity(2006, 3, "press"),
        activity(2005, 9, "nobody"),
    ],
    agreements=[
        Agreement(AgreementKind.INSTITUTIONAL_ARRANGEMENT, "council", date(2004, 3, 1), True),
        Agreement(AgreementKind.STRATEGIC_PLAN, "one", date(2004, 6, 1), True),
        Agreement(AgreementKind.STRATEGIC_PLAN, "two", date(2005, 6, 1), False),
        Agreement(AgreementKind.STRATEGIC_PLAN, "later", NEW, True),
    ],
    payments=[
        Payment(date(2004, 1, 1), Decimal("1000.50")),
        Payment(date(2006, 12, 31), Decimal(20)),
        Payment(NEW, Decimal(9)),
    ],
)


def values(record: ClusterRecord) -> dict[str, Decimal | None]:
    return {item.code: item.figure.value for item in idb_indicators(record, PERIOD)}


def test_indicators_are_computed_from_their_records() -> None:
    found = {code: value for code, value in values(RECORD).items() if value is not None}
    assert found == {
        code: Decimal(text)
        for code, text in {
            "local_gdp_growth": "0.3",
            "national_gdp_growth": "0.1",
            "local_less_national_gdp_growth": "0.2",
            "cluster_sales_change": "0.3",
            "cluster_sales_against_comparison": "0.1",
            "beneficiary_sales_change": "1.08",
            "beneficiary_employment_change": "0",
            "strategy_share_increase": "0.666667",
            "non_firm_actors_increase": "3",
            "joint_activities_increase": "1",
            "improved_position_share": "0.5",
            "institutional_arrangements": "1",
            "plans_by_consensus_share": "0.5",
            "participating_firms": "2",
            "participating_firms_share": "0.25",
            "subsidies_disbursed": "1020.5",
        }.items()
    }


def test_what_has_no_record_is_not_computable_and_never_zero() -> None:
    found = idb_indicators(ClusterRecord(), PERIOD)
    assert [(item.code, item.figure.value) for item in found if item.figure.value is not None] == []
    assert {item.figure.reason for item in found} == {
        Reason.NOT_RECORDED,
        Reason.NO_FIRM_AT_BOTH_TIMES,
    }


def test_recorded_zero_is_zero() -> None:
    record = ClusterRecord(activities=[activity(2003, 2), activity(2006, 2)], payments=[Payment(NEW, Decimal(9))])
    found = values(record)
    assert (found["joint_activities_increase"], found["subsidies_disbursed"]) == (Decimal(0), None)


def test_every_indicator_names_its_numerator_denominator_and_record() -> None:
    found = idb_indicators(RECORD, PERIOD)
    assert all(item.numerator and item.denominator and item.record for item in found)
    assert len({item.code for item in found}) == len(found)
    assert [run for run in Run if any(item.run is run for item in found)] == list(Run)


@pytest.mark.parametrize(("firms_count", "value"), [(3, "0"), (4, "1")])
def test_joint_activity_has_more_than_three_firms(firms_count: int, value: str) -> None:
    record = ClusterRecord(activities=[activity(2003, 3), activity(2006, firms_count)])
    assert values(record)["joint_activities_increase"] == Decimal(value)


def test_change_without_price_index_is_not_computable() -> None:
    territory = {year: item._replace(price_index=None) for year, item in RECORD.territory.items()}
    found = {item.code: item.figure for item in idb_indicators(RECORD._replace(territory=territory), PERIOD)}
    assert found["local_gdp_growth"].reason is Reason.NO_PRICE_INDEX
    assert found["cluster_sales_change"].reason is Reason.NO_PRICE_INDEX
    assert found["beneficiary_employment_change"].value == 0


def test_without_comparison_group_that_is_said() -> None:
    firms = [item for item in RECORD.firms if item.group is not FirmGroup.COMPARISON]
    found = {item.code: item.figure for item in idb_indicators(RECORD._replace(firms=firms), PERIOD)}
    assert found["cluster_sales_against_comparison"].reason is Reason.NO_COMPARISON_GROUP
