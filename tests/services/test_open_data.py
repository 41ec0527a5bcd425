"""Open data of a round: what is released leaves, and it is written down who took it; nothing of persons leaves."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from pipgrants.errors import NotFoundError, RefusedError, UsageError
from pipgrants.services.access import read_accesses
from pipgrants.services.answers import withdraw
from pipgrants.services.open_data import Exported, export_360giving, export_commongrants, export_iati
from pipgrants.services.parties import redact
from pipgrants.services.programmes import draft_programme
from pipgrants.services.workspace import Workspace
from projected import go, pay, running, told_awards
from rounds import (
    AFTER_DRAW,
    BEFORE_OPENING,
    CALL,
    FUND,
    Round,
    approve,
    as_,
    copied,
    edit,
    tamper,
)
from standards import mistakes_of_360giving, mistakes_of_common_grants, mistakes_of_iati

EXPORTS: dict[str, tuple[Callable[..., Exported], str, Callable[[Path, bytes], list[str]]]] = {
    "360giving": (export_360giving, "grants.json", mistakes_of_360giving),
    "commongrants": (export_commongrants, "calls.json", mistakes_of_common_grants),
    "iati": (export_iati, "activities.xml", mistakes_of_iati),
}
CODES = """  organisation_type: "10"
  country: HN
  sector: "250"
  # What IATI is told of every transaction: ODA, standard grant, project-type intervention, untied.
  flow_type: "10"
  finance_type: "110"
  aid_type: C01
  tied_status: "5"
"""
PUBLISHER = f"""publisher:
  name: Agency for Productive Linkages (invented)
  identifier: XX-INVENTED-0001
{CODES}"""


@pytest.fixture(scope="module")
def decided(packaged: tuple[Round, str], tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A round whose decisions are ratified, and not told yet: A1, A2 and A3 are awarded, A4 is not."""
    round_ = packaged[0].copy(tmp_path_factory.mktemp("decided") / "agency")
    round_.ratify(packaged[1])
    return round_


@pytest.fixture(scope="module")
def told(decided: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    round_ = decided.copy(tmp_path_factory.mktemp("told") / "agency")
    round_.release(AFTER_DRAW)
    return round_


@pytest.fixture
def own(told: Round, tmp_path: Path) -> Round:
    """A copy of the told round that a test may change."""
    return told.copy(tmp_path / "own")


def exported(workspace: Workspace, verb: str, folder: Path, name: str = CALL) -> bytes:
    export, file, _ = EXPORTS[verb]
    folder.mkdir(exist_ok=True)
    found = export(workspace, as_("olga"), AFTER_DRAW, name=name, out=folder / file)
    return found.file.read_bytes()


def grants(workspace: Workspace, folder: Path, name: str = CALL) -> list[dict[str, Any]]:
    return json.loads(exported(workspace, "360giving", folder, name))["grants"]


@pytest.mark.parametrize("verb", EXPORTS)
def test_exports_of_a_round_keep_to_their_standards(told: Round, tmp_path: Path, shared_data: Path, verb: str) -> None:
    content = exported(told.workspace, verb, tmp_path)
    assert EXPORTS[verb][2](shared_data / "standards", content) == []


@pytest.mark.parametrize("verb", EXPORTS)
def test_the_same_record_gives_the_same_bytes(told: Round, tmp_path: Path, verb: str) -> None:
    assert exported(told.workspace, verb, tmp_path / "one") == exported(told.workspace, verb, tmp_path / "two")


@pytest.mark.parametrize("verb", EXPORTS)
def test_nothing_of_persons_leaves(told: Round, tmp_path: Path, verb: str) -> None:
    text = exported(told.workspace, verb, tmp_path).decode()
    private = ["@example.org", "Calle", '"A1-1"', ">A1-1<", "A1-2", "Taller A4"]
    assert [word for word in private if word in text] == []
    assert "Taller A1-1" in text


def test_awards_are_those_of_the_results(told: Round, tmp_path: Path) -> None:
    assert {
        (item["id"], item["title"], item["amountAwarded"], item["awardDate"])
        for item in grants(told.workspace, tmp_path)
    } == {
        (f"XX-INVENTED-0001-{told.numbers[name]}", f"Red de talleres {name}", 100000.0, "2026-06-22")
        for name in ("A1", "A2", "A3")
    }


def test_applications_are_told_as_in_the_results(told: Round, tmp_path: Path) -> None:
    found = json.loads(exported(told.workspace, "commongrants", tmp_path))
    assert {item["title"]: item["status"]["value"] for item in found["applications"]} == {
        "Red de talleres A1": "accepted",
        "Red de talleres A2": "accepted",
        "Red de talleres A3": "accepted",
        "Red de talleres A4": "rejected",
    }
    assert found["opportunities"][0]["createdAt"] == "2026-01-05T15:00:00+00:00"


def test_programme_is_exported_with_all_its_calls(told: Round, tmp_path: Path) -> None:
    assert grants(told.workspace, tmp_path / "call") == grants(told.workspace, tmp_path / "fund", FUND)


@pytest.mark.parametrize("verb", ["360giving", "iati"])
def test_award_before_its_letter_is_released_stays(decided: Round, tmp_path: Path, verb: str) -> None:
    with pytest.raises(RefusedError, match=f"no award of {CALL} is released") as refused:
        exported(decided.workspace, verb, tmp_path)
    assert "letters release" in refused.value.next_step
    assert list(tmp_path.iterdir()) == []


def test_call_is_public_before_its_decisions_are(decided: Round, tmp_path: Path) -> None:
    found = json.loads(exported(decided.workspace, "commongrants", tmp_path))
    assert {kind: len(items) for kind, items in found.items()} == {
        "opportunities": 1,
        "competitions": 1,
        "applications": 0,
        "awards": 0,
    }


def test_call_that_receives_applications_is_open(round_: Round, tmp_path: Path) -> None:
    found = json.loads(exported(round_.workspace, "commongrants", tmp_path))
    assert found["opportunities"][0]["status"] == {"value": "open"}


def test_award_given_up_is_no_award_any_more(own: Round, tmp_path: Path) -> None:
    withdraw(own.workspace, as_("olga"), AFTER_DRAW, proposal=own.numbers["A1"], reason="Otro fondo")
    assert [item["title"] for item in grants(own.workspace, tmp_path)] == ["Red de talleres A2", "Red de talleres A3"]


def test_redacted_party_is_not_named(own: Round, tmp_path: Path) -> None:
    with own.workspace.read() as unit:
        lead = unit.proposals.get(own.numbers["A1"]).lead
    redact(own.workspace, as_("olga"), AFTER_DRAW, party=lead, reason="Solicitud")
    found = {item["title"]: item["recipientOrganization"] for item in grants(own.workspace, tmp_path)}
    assert found["Red de talleres A1"] == [{"id": f"XX-INVENTED-0001-{lead}", "name": "[redacted]"}]


def test_objectives_leave_only_where_every_firm_agreed_to_give_data(own: Round, tmp_path: Path) -> None:
    tamper(own.workspace.folder, "UPDATE party SET data_consent_on = NULL WHERE name = 'Taller A2-6'")
    activities = fromstring(exported(own.workspace, "iati", tmp_path))
    assert {item.findtext("title/narrative"): len(item.findall("result")) for item in activities} == {
        "Red de talleres A1": 2,
        "Red de talleres A2": 0,
        "Red de talleres A3": 2,
    }


def revised(own: Round, changes: Mapping[str, str]) -> Workspace:
    """The workspace with another version of the programme in force."""
    edit(own.workspace, "programmes", FUND, changes)
    package = draft_programme(own.workspace, as_("olga"), AFTER_DRAW, file=FUND).package
    approve(own.workspace, package, AFTER_DRAW)
    return own.workspace


@pytest.mark.parametrize("verb", EXPORTS)
def test_programme_that_names_no_publisher_is_refused(own: Round, tmp_path: Path, verb: str) -> None:
    workspace = revised(own, {PUBLISHER: ""})
    with pytest.raises(RefusedError, match=f"{FUND} does not say who publishes its open data") as refused:
        exported(workspace, verb, tmp_path)
    assert f"pipgrants programme draft {FUND}" in refused.value.next_step


def test_iati_needs_what_the_other_standards_do_not(own: Round, tmp_path: Path) -> None:
    workspace = revised(own, {CODES: ""})
    with pytest.raises(
        RefusedError, match=r"publisher\.organisation_type, publisher\.country, publisher\.sector"
    ) as found:
        exported(workspace, "iati", tmp_path)
    assert f"pipgrants programme draft {FUND}" in found.value.next_step
    assert len(grants(workspace, tmp_path)) == 3


def test_counterpart_is_what_screening_counted(told: Round, tmp_path: Path) -> None:
    root = fromstring(exported(told.workspace, "iati", tmp_path))
    kinds = [
        (item.find("transaction-type").get("code"), item.findtext("value")) for item in root[0].iter("transaction")
    ]
    assert kinds == [("11", "100000.00"), ("2", "100000.00")]


def test_projects_are_told_with_their_money(workspace: Workspace, tmp_path: Path, shared_data: Path) -> None:
    round_ = running(told_awards(workspace))
    pay(round_, 1)
    content = exported(workspace, "iati", tmp_path)
    assert mistakes_of_iati(shared_data / "standards", content) == []
    found = {item.findtext("title/narrative"): item for item in fromstring(content)}
    first, second = found["Red de talleres first"], found["Red de talleres second"]
    assert [item.find("activity-status").get("code") for item in (first, second)] == ["2", "1"]
    assert [
        (item.find("transaction-type").get("code"), item.findtext("value")) for item in first.iter("transaction")
    ] == [("11", "100000.00"), ("2", "100000.00"), ("3", "40000.00")]
    assert [item.get("iso-date") for item in first.iter("activity-date")] == ["2026-08-03", "2028-08-02"]


def standing(round_: Round, folder: Path) -> str:
    """The status of the first award's activity."""
    found = {item.findtext("title/narrative"): item for item in fromstring(exported(round_.workspace, "iati", folder))}
    return found["Red de talleres first"].find("activity-status").get("code")


def test_status_follows_the_project(workspace: Workspace, tmp_path: Path) -> None:
    round_ = running(told_awards(workspace))
    seen = [standing(round_, tmp_path / "running")]
    for trigger in ("suspend", "terminate"):
        go(round_, trigger, reason="Sin avance")
        seen.append(standing(round_, tmp_path / trigger))
    assert seen == ["2", "6", "5"]


def test_who_exports_stands_in_the_access_log(own: Round, tmp_path: Path) -> None:
    exported(own.workspace, "iati", tmp_path)
    exported(own.workspace, "360giving", tmp_path, FUND)
    lines = [line.access for line in read_accesses(own.workspace, as_("aldo"), AFTER_DRAW).lines]
    assert [(line.actor, line.did, line.subject) for line in lines[-3:-1]] == [
        ("olga", "export.iati", f"call/{CALL}"),
        ("olga", "export.360giving", f"programme/{FUND}"),
    ]


@pytest.mark.parametrize("verb", EXPORTS)
def test_file_that_stands_there_is_kept(told: Round, tmp_path: Path, verb: str) -> None:
    (tmp_path / EXPORTS[verb][1]).write_text("mine")
    with pytest.raises(RefusedError, match="exists already"):
        exported(told.workspace, verb, tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(EXPORTS[verb][1], "mine")]


@pytest.mark.parametrize(
    ("verb", "expected"), [("360giving", ".json or .csv"), ("commongrants", ".json"), ("iati", ".xml")]
)
def test_other_kind_of_file_is_refused(told: Round, tmp_path: Path, verb: str, expected: str) -> None:
    with pytest.raises(UsageError) as refused:
        EXPORTS[verb][0](told.workspace, as_("olga"), AFTER_DRAW, name=CALL, out=tmp_path / "out.txt")
    assert refused.value.next_step == f"name a file that ends in {expected}"


def test_unknown_name_is_refused(told: Round, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no programme 'absent'"):
        exported(told.workspace, "iati", tmp_path, "absent")


def test_programme_without_a_public_call_is_refused(staffed: Workspace, tmp_path: Path) -> None:
    workspace = copied(staffed, tmp_path / "agency")
    approve(workspace, draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=FUND).package)
    with pytest.raises(RefusedError, match=f"no call of {FUND} is public yet"):
        exported(workspace, "commongrants", tmp_path / "out", FUND)
