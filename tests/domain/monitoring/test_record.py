"""What was measured, as the text that is stored, and which of two statements counts."""

from datetime import date
from decimal import Decimal

import pytest

from pipgrants.domain.monitoring.baseline import Territory
from pipgrants.domain.monitoring.firms import FirmGroup, FirmValues
from pipgrants.domain.monitoring.idb_indicators import Agreement, AgreementKind, JointActivity
from pipgrants.domain.monitoring.progress import Report
from pipgrants.domain.monitoring.ratings import Rating
from pipgrants.domain.monitoring.record import KEYS, KINDS, Measured, as_of, as_plain, firm_of, from_plain, latest
from pipgrants.domain.monitoring.targets import Reported
from pipgrants.domain.vocabulary import SizeClass

DAY = date(2027, 3, 1)
ROWS: dict[str, Measured] = {
    "firms": FirmValues(
        "E-1", 2026, FirmGroup.BENEFICIARY, SizeClass.MICRO, sales=Decimal("0.10"), follows_strategy=False
    ),
    "territory": Territory(2026, gdp=Decimal(10) ** 12),
    "indicators": Reported("trust", DAY, Decimal("-0.5"), "E-1"),
    "progress": Report("fairs", DAY, Decimal("0.25"), started_on=DAY),
    "ratings": Rating("fairs", "E-1", "micro", Decimal(4)),
    "activities": JointActivity("Fair", DAY, 4, frozenset({"chamber", "university"})),
    "agreements": Agreement(AgreementKind.STRATEGIC_PLAN, "Plan", DAY, by_consensus=True),
}


@pytest.mark.parametrize("kind", KINDS)
def test_row_comes_back_from_its_text(kind: str) -> None:
    assert from_plain(kind, as_plain(ROWS[kind])) == ROWS[kind]
    assert all(isinstance(text, str) for text in as_plain(ROWS[kind]).values())
    assert set(KEYS[kind]) <= set(KINDS[kind]._fields)


def test_of_two_statements_the_later_counts() -> None:
    first = Reported("trust", DAY, Decimal(1))
    other_firm, later = first._replace(firm="E-2"), first._replace(value=Decimal(3))
    assert latest([("indicators", item) for item in (first, other_firm, later)]).indicators == (later, other_firm)


def test_what_firms_report_is_as_of_the_last_day_of_the_year() -> None:
    assert [as_of(ROWS[kind]) for kind in ("firms", "indicators", "ratings")] == [date(2026, 12, 31), DAY, None]


def test_firms_beside_the_project_are_no_parties() -> None:
    comparison = FirmValues("X", 2026, FirmGroup.COMPARISON)
    assert [firm_of(item) for item in (ROWS["firms"], comparison, ROWS["territory"])] == ["E-1", None, None]
