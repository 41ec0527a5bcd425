"""A one-tier programme: the implementing agency stands in for the absent tiers, and two persons still decide."""

from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.application import Application
from pipgrants.domain.vocabulary import MemberType, Role
from pipgrants.errors import RefusedError
from pipgrants.services import calls, people, programmes, ratify
from pipgrants.services.release import release
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DRAW, BEFORE_OPENING, Round, application, as_, copied, publish

PROGRAMME = "local-productive-development"


def consortium(reference: str, types: tuple[MemberType, ...], total: str = "200000") -> Application:
    """An application of members of the types given, the enterprises first, with a counterpart of half."""
    made = application(reference, total=total, firms=len(types))
    members = tuple(member._replace(member_type=kind) for member, kind in zip(made.members, types, strict=True))
    return made._replace(members=members)


ENTERPRISE, KNOWLEDGE, PUBLIC = MemberType.ENTERPRISE, MemberType.KNOWLEDGE_INSTITUTION, MemberType.PUBLIC_BODY


@pytest.fixture(scope="module", params=["territorial-initiatives", "matching-grant-facility"])
def finished(request: pytest.FixtureRequest, staffed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Round:
    round_ = publish(copied(staffed, tmp_path_factory.mktemp("one") / "agency"), request.param, PROGRAMME)
    round_.receive([consortium("T1", (ENTERPRISE, ENTERPRISE, KNOWLEDGE, PUBLIC)), consortium("T2", (ENTERPRISE,) * 3)])
    round_.screen()
    round_.score({"T1": Decimal(5)})
    round_.rank()
    round_.ratify(round_.prepare().package)
    release(round_.workspace, as_("olga"), AFTER_DRAW, call=round_.call)
    return round_


def test_the_same_machines_run_with_one_tier(finished: Round) -> None:
    outcomes = {
        entry["subject"][9:]: entry["inputs"]["outcome"] for entry in finished.entries(act="ProposalDetermined")
    }
    assert outcomes[finished.numbers["T1"]] in {"award", "conditional_award"}
    assert outcomes[finished.numbers["T2"]] == "ineligible"


def test_every_act_on_the_call_names_the_tier_that_stands_in(finished: Round) -> None:
    duties = {
        Role.COORDINATION_OFFICER.value: "coordination",
        Role.PROGRAMME_MANAGER.value: "management",
    }
    entries = [entry for entry in finished.entries() if entry["role"] in duties]
    assert {entry["act"] for entry in entries} >= {"CallAuthorised", "CallPublished", "AllocationRatified"}
    for entry in entries:
        assert (entry["tier"], entry["stands_in_for"]) == ("implementation", duties[entry["role"]]), entry["act"]


def test_preparing_and_approving_stay_two_persons(staffed: Workspace, tmp_path: Path) -> None:
    workspace = copied(staffed, tmp_path / "agency")
    people.grant_role(workspace, as_("admin"), BEFORE_OPENING, actor="olga", role=Role.PROGRAMME_MANAGER)
    drafted = programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=PROGRAMME)
    with pytest.raises(RefusedError, match="preparing and approving are two persons"):
        ratify.ratify(workspace, as_("olga"), BEFORE_OPENING, package=drafted.package)
    ratify.ratify(workspace, as_("marcos"), BEFORE_OPENING, package=drafted.package)


def test_returning_a_package_names_the_tier_that_stands_in(staffed: Workspace, tmp_path: Path) -> None:
    workspace = copied(staffed, tmp_path / "agency")
    drafted = programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=PROGRAMME)
    ratify.ratify(workspace, as_("marcos"), BEFORE_OPENING, package=drafted.package)
    prepared = calls.draft_call(workspace, as_("olga"), BEFORE_OPENING, file="territorial-initiatives")
    ratify.return_package(workspace, as_("marcos"), BEFORE_OPENING, package=prepared.package, reason="Falta un anexo")
    entry = Round(workspace).entries(act="PackageReturned")[0]
    assert (entry["tier"], entry["stands_in_for"]) == ("implementation", "management")


def test_with_three_tiers_nobody_stands_in(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    round_.ratify(package)
    assert not [entry for entry in round_.entries() if "stands_in_for" in entry]
    tiers = {entry["role"]: entry["tier"] for entry in round_.entries()}
    assert tiers == {
        "administrator": None,
        "coordination_officer": "coordination",
        "programme_manager": "management",
    }
