"""IATI activities: the schema, the codelists that it does not check, commitments, the counterpart, and results."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

import pytest

from pipgrants.domain.public_record import Standing
from pipgrants.domain.public_results import Measured, results_of
from pipgrants.domain.vocabulary import MemberType
from pipgrants.exchange.iati import iati_activities
from published import BARE, CARRIED_OUT, DESIGNED, SALES, STARTED, award, record
from standards import mistakes_of_iati

Changed = Callable[[Element], object]


def activity(*awards: Any, **publisher: Any) -> Element:
    return fromstring(iati_activities(record(*(awards or (award(),)), **publisher)))[0]


def test_activities_keep_to_the_schema_and_the_codelists(shared_data: Path) -> None:
    assert mistakes_of_iati(shared_data / "standards", iati_activities(record())) == []


def code(path: str, attribute: str, value: str) -> Changed:
    def change(root: Element) -> None:
        found = root.find(f"iati-activity/{path}")
        assert found is not None
        found.set(attribute, value)

    return change


def without(path: str) -> Changed:
    def change(root: Element) -> None:
        parent = root.find(f"iati-activity/{path}/..")
        found = root.find(f"iati-activity/{path}")
        assert parent is not None and found is not None
        parent.remove(found)

    return change


BREAKS: dict[str, Changed] = {
    "no identifier": without("iati-identifier"),
    "no title": without("title"),
    "elements in another order": lambda root: root[0].insert(0, root[0][5]),
    "day that is no day": code("activity-date", "iso-date", "2026-02-30"),
    "amount that is no number": lambda root: setattr(root.find(".//value"), "text", "99,999.90"),
    "unknown kind of transaction": code("transaction/transaction-type", "code", "14"),
    "unknown kind of organisation": code("reporting-org", "type", "12"),
    "unknown kind of provider": code("transaction/provider-org", "type", "75"),
    "unknown role": code("participating-org", "role", "5"),
    "unknown status": code("activity-status", "code", "7"),
    "unknown kind of date": code("activity-date", "type", "5"),
    "unknown sector": code("sector", "code", "999"),
    "unknown country": code("recipient-country", "code", "XX"),
    "unknown kind of result": code("result", "type", "4"),
    "unknown kind of flow": code("default-flow-type", "code", "20"),
    "unknown kind of finance": code("default-finance-type", "code", "111"),
    "unknown kind of aid": code("default-aid-type", "code", "C02"),
    "unknown tied status": code("default-tied-status", "code", "1"),
    "unknown measure": code("result/indicator", "measure", "6"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_broken_activities_are_refused(shared_data: Path, name: str) -> None:
    root = fromstring(iati_activities(record()))
    BREAKS[name](root)
    assert mistakes_of_iati(shared_data / "standards", tostring(root))


def transactions(found: Element) -> list[tuple[str | None, ...]]:
    return [
        (
            item.find("transaction-type").get("code"),
            item.findtext("value"),
            item.findtext("provider-org/narrative"),
            item.findtext("receiver-org/narrative"),
        )
        for item in found.iter("transaction")
    ]


def test_counterpart_comes_in_and_the_award_goes_out() -> None:
    us, them = "Agency for Productive Linkages (invented)", "Taller 1 & hijos"
    assert transactions(activity()) == [("11", "100000.10", them, us), ("2", "99999.90", us, them)]


@pytest.mark.parametrize("amount", [None, Decimal(0)])
def test_counterpart_that_was_not_counted_is_left_out(amount: Decimal | None) -> None:
    assert [kind for kind, *_ in transactions(activity(award(counterpart_amount=amount)))] == ["2"]


def test_money_of_a_project_moves_as_its_accounts_say(shared_data: Path) -> None:
    content = iati_activities(record(award(project=CARRIED_OUT)))
    assert mistakes_of_iati(shared_data / "standards", content) == []
    assert [
        (kind, item.find("transaction-date").get("iso-date"), amount)
        for item in fromstring(content).iter("transaction")
        for kind, amount in [(item.find("transaction-type").get("code"), item.findtext("value"))]
    ] == [
        ("11", "2026-06-22", "100000.10"),
        ("2", "2026-06-25", "99999.90"),
        ("2", "2026-08-24", "-20000.00"),
        ("3", "2026-10-05", "40000.10"),
        ("3", "2026-11-09", "-5000.05"),
    ]


def test_time_of_a_project_is_that_of_its_agreement() -> None:
    found = activity(award(project=CARRIED_OUT))
    dates = [(item.get("type"), item.get("iso-date")) for item in found.iter("activity-date")]
    assert dates == [("1", "2026-08-03"), ("3", "2028-08-02")]
    assert found.get("last-updated-datetime") == "2026-11-09T00:00:00+00:00"


@pytest.mark.parametrize(("standing", "listed"), list(zip(Standing, ("1", "2", "6", "3", "4", "5"), strict=True)))
def test_status_says_how_far_a_project_has_come(standing: Standing, listed: str) -> None:
    found = activity(award(project=CARRIED_OUT._replace(standing=standing)))
    assert found.find("activity-status").get("code") == listed


def results(found: Element) -> list[dict[str, str]]:
    return [
        {f"{item.tag}.{name}": value for item in result.find("indicator") for name, value in item.items()}
        | {
            f"{item.tag}.{name}": value
            for item in result.iterfind("indicator/period/*")
            for name, value in item.items()
        }
        for result in found.iter("result")
    ]


def test_objectives_are_results_with_baseline_and_target() -> None:
    assert results(activity()) == [
        {
            "baseline.year": "2025",
            "baseline.iso-date": "2025-11-03",
            "baseline.value": "100.5",
            "period-start.iso-date": "2026-06-22",
            "period-end.iso-date": "2027-06-22",
            "target.value": "120",
        },
        {},
    ]


def test_what_was_measured_stands_beside_the_target_of_its_time(shared_data: Path) -> None:
    measured = [Measured(date(2026, 12, 31), Decimal(108)), Measured(date(2027, 3, 31), Decimal("112.5"))]
    told = results_of([SALES], DESIGNED, STARTED, {"Ventas": [*measured, Measured(date(2027, 12, 31), Decimal(131))]})
    content = iati_activities(record(award(results=told)))
    assert mistakes_of_iati(shared_data / "standards", content) == []
    assert [
        {item.tag: item.get("value") or item.get("iso-date") for item in period}
        for period in fromstring(content).iter("period")
    ] == [
        {"period-start": "2026-06-22", "period-end": "2026-12-31", "actual": "108"},
        {"period-start": "2026-06-22", "period-end": "2027-06-22", "target": "120", "actual": "112.5"},
        {"period-start": "2026-06-22", "period-end": "2027-12-31", "actual": "131"},
    ]


def test_every_transaction_is_of_the_kind_that_the_programme_says() -> None:
    found = {item.tag: item.get("code") for item in activity() if item.tag.startswith("default-")}
    assert found == {
        "default-flow-type": "10",
        "default-finance-type": "110",
        "default-aid-type": "C01",
        "default-tied-status": "5",
    }
    said = activity(flow_type=None, finance_type=None, aid_type=None)
    assert [item.tag for item in said if item.tag.startswith("default-")] == ["default-tied-status"]


@pytest.mark.parametrize("months", [None, 0, -1, 1_201, 10**9])
def test_month_that_leads_to_no_day_gives_no_period(months: int | None) -> None:
    told = results_of([SALES._replace(due_month=months)], DESIGNED, STARTED, measured={})
    [found] = results(activity(award(results=told, duration_months=months)))
    assert found.keys() == {"baseline.year", "baseline.iso-date", "baseline.value"}


def test_planned_dates_run_from_the_award_for_the_duration() -> None:
    dates = [(item.get("type"), item.get("iso-date")) for item in activity().iter("activity-date")]
    assert dates == [("1", "2026-06-22"), ("3", "2028-06-22")]
    assert [item.get("type") for item in activity(BARE).iter("activity-date")] == ["1"]


@pytest.mark.parametrize(
    ("kind", "listed"),
    [
        (MemberType.ENTERPRISE, "70"),
        (MemberType.KNOWLEDGE_INSTITUTION, "80"),
        (MemberType.PUBLIC_BODY, "15"),
        (MemberType.ASSOCIATION, "22"),
        (MemberType.OTHER, "90"),
        (None, "90"),
    ],
)
def test_recipient_is_of_a_kind_that_iati_lists(kind: MemberType | None, listed: str) -> None:
    found = [item.get("type") for item in activity(award(recipient_type=kind)).iter("participating-org")]
    assert found == ["10", "10", listed]


def test_country_is_that_of_the_territory_or_the_publishers() -> None:
    def country(found: Element) -> str | None:
        return found.find("recipient-country").get("code")

    assert country(activity(award(territory="CO-VAC"))) == "CO"
    assert country(activity(BARE, country="NI")) == "NI"
    assert country(activity(award(territory="Hovedstaden"), country="DK")) == "DK"


def test_purpose_is_told_in_every_language_under_the_label() -> None:
    told = [item.text for item in activity().iterfind("description/narrative")]
    assert len(told) == 3
    assert all(text.startswith("SYNTHETIC: this workspace holds invented data. ") for text in told)


def test_character_that_xml_cannot_hold_is_replaced() -> None:
    assert (
        activity(award(title="Red\x00 de\ufffe talleres")).findtext("title/narrative") == "Red\ufffd de\ufffd talleres"
    )
