"""CommonGrants data: the schemas of the four models, money as text, identifiers that are the same each time."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipgrants.domain.public_record import Standing
from pipgrants.exchange.common_grants import common_grants
from published import APPLICATIONS, CARRIED_OUT, LABEL, award, record, released
from standards import mistakes_of_common_grants

Document = dict[str, list[dict[str, Any]]]


def document(**known: Any) -> Document:
    return json.loads(common_grants(record(**known)))


def test_models_keep_to_their_schemas(shared_data: Path) -> None:
    assert mistakes_of_common_grants(shared_data / "standards", common_grants(record())) == []


BREAKS: dict[str, Callable[[Document], object]] = {
    "money as a number": lambda found: found["awards"][0]["funding"]["awardedAmount"].update(amount=99999.9),
    "money with a thousands mark": lambda found: found["awards"][0]["funding"]["awardedAmount"].update(amount="99,999"),
    "no status": lambda found: found["opportunities"][0].pop("status"),
    "unknown status": lambda found: found["applications"][0]["status"].update(value="awarded"),
    "unknown key": lambda found: found["awards"][0].update(applicant="Taller 1"),
    "identifier that is no UUID": lambda found: found["competitions"][0].update(id="pip-two-stage"),
    "day that is no day": lambda found: found["awards"][0]["keyDates"]["awardDate"].update(date="2026-02-30"),
    "instant without a zone": lambda found: found["awards"][0].update(createdAt="2026-06-24T15:00:00"),
    "no forms": lambda found: found["competitions"][0].pop("forms"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_broken_models_are_refused(shared_data: Path, name: str) -> None:
    broken = document()
    BREAKS[name](broken)
    assert mistakes_of_common_grants(shared_data / "standards", json.dumps(broken).encode())


def test_models_refer_to_each_other() -> None:
    found = document()
    [opportunity], [competition] = found["opportunities"], found["competitions"]
    assert competition["opportunityId"] == opportunity["id"]
    assert {item["competitionId"] for item in found["applications"]} == {competition["id"]}
    assert {item["opportunityId"] for item in found["applications"]} == {opportunity["id"]}
    assert [item["application"]["id"] for item in found["awards"]] == [item["id"] for item in found["applications"][:2]]
    assert {item["opportunity"]["id"] for item in found["awards"]} == {opportunity["id"]}
    assert len({item["id"] for kind in found.values() for item in kind}) == 9


def test_identifiers_are_of_the_publisher() -> None:
    ours, others = document(), document(identifier="XX-INVENTED-0002")
    assert ours["awards"][0]["id"] == document()["awards"][0]["id"]
    assert not {item["id"] for item in ours["awards"]} & {item["id"] for item in others["awards"]}


def test_money_has_the_decimals_of_its_currency() -> None:
    assert document()["awards"][0]["funding"] == {"awardedAmount": {"amount": "99999.90", "currency": "USD"}}


@pytest.mark.parametrize(
    ("standing", "status"),
    list(zip(Standing, ("awarded", "awarded", "awarded", "completed", "completed", "cancelled"), strict=True)),
)
def test_project_is_the_status_of_its_award(shared_data: Path, standing: Standing, status: str) -> None:
    content = common_grants(record(award(project=CARRIED_OUT._replace(standing=standing))))
    assert mistakes_of_common_grants(shared_data / "standards", content) == []
    [found] = json.loads(content)["awards"]
    assert (found["status"]["value"], found["funding"]["disbursedAmount"]["amount"]) == (status, "35000.05")


def test_what_became_of_applications_is_their_status() -> None:
    assert [item["status"] for item in document()["applications"]] == [
        {"value": "accepted"},
        {"value": "accepted"},
        {"value": "custom", "customValue": "reserve"},
        {"value": "rejected"},
        {"value": "custom", "customValue": "withdrawn"},
    ]


def test_applications_do_not_say_who_made_them() -> None:
    assert "Taller" not in json.dumps(document()["applications"])


def test_label_stands_on_every_model() -> None:
    for kind in document().values():
        for item in kind:
            assert LABEL in item.get("description", "") or item["customFields"]["label"]["value"] == LABEL


@pytest.mark.parametrize(
    ("known", "status"),
    [
        ({"is_receiving": True}, {"value": "open"}),
        ({}, {"value": "closed"}),
        ({"is_cancelled": True}, {"value": "custom", "customValue": "cancelled"}),
    ],
)
def test_status_of_a_call_is_that_of_its_opportunity_and_competition(
    known: dict[str, bool], status: dict[str, str]
) -> None:
    found = document(call=released(applications=APPLICATIONS[:0], released_at=None, **known))
    assert [found["opportunities"][0]["status"], found["competitions"][0]["status"]] == [status, status]
    assert (found["applications"], found["awards"]) == ([], [])
