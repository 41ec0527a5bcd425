"""Who takes part in a project: its technical team, its firms with consent and data, and its activities."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from participated import activity_folder, register, select, selection_text, take_part
from pipgrants.domain.activities import Involvement
from pipgrants.domain.vocabulary import PartyKind
from pipgrants.errors import DefinitionError, ImportRefusedError, NotAuthorisedError, NotFoundError, RefusedError
from pipgrants.services import activities, firms, party_details, technical_team
from pipgrants.services.activity_views import list_activities, show_activity
from pipgrants.services.audit.dossier_record import DossierRecord
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.merges import merge_parties
from pipgrants.services.participation_views import list_firms, show_firm, show_member, show_team
from projected import KEPT, LAUNCHING, RUNNING, TOO_OLD, go, opened, running, sign, spend, start, told_awards, validate
from projected import firms as firms_of_round
from rounds import Round, as_, open_workspace, tamper

DAY = date(2026, 9, 15)
PROJECT = "PIP1-000001"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Round:
    return told_awards(open_workspace(tmp_path_factory.mktemp("participation") / "agency"))


@pytest.fixture(scope="module")
def launched(told: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    return running(told.copy(tmp_path_factory.mktemp("launched") / "agency"))


@pytest.fixture(scope="module")
def taken_part(launched: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A project in which everything happened once."""
    made = launched.copy(tmp_path_factory.mktemp("taken") / "agency")
    take_part(made.workspace, PROJECT, firms_of_round(made), RUNNING, "olga")
    return made


@pytest.fixture
def project(launched: Round, tmp_path: Path) -> Round:
    return launched.copy(tmp_path / "agency")


@pytest.fixture
def record(taken_part: Round, tmp_path: Path) -> Round:
    return taken_part.copy(tmp_path / "agency")


def hold(round_: Round, by: str = "olga", **sheets: Sequence[str]) -> list[str]:
    """Imports activities; returns their codes."""
    path = activity_folder(round_.workspace.folder, sheets)
    found = activities.import_activities(round_.workspace, as_(by), RUNNING, project=PROJECT, path=path)
    return [item.code for item in found]


def refused(round_: Round, **sheets: Sequence[str]) -> list[tuple[int | None, str, str]]:
    with pytest.raises(ImportRefusedError) as error:
        hold(round_, **sheets)
    return [(item.line, item.field, item.message) for item in error.value.problems]


MISSION = f"A1,mission,markets,{DAY},Feria,1000,Dos contratos,Acta 5,20,12"
SERVICE = MISSION.replace("mission", "service_use")


def test_a_firm_without_consent_and_data_receives_no_benefit_and_the_refusal_says_so(project: Round) -> None:
    [problem] = refused(project, activities=[MISSION], firms=["A1,E-000001"])
    assert problem == (
        2,
        "firm",
        "E-000001 was not registered with the project on 2026-09-15: without consent and data there is no benefit; "
        "register it first: pipgrants firm register PROJECT FILE",
    )


def test_a_firm_that_registered_is_benefited_until_it_withdraws_its_consent(project: Round) -> None:
    register(project.workspace, PROJECT, [f"E-000001,{DAY},,2025,12,23637"], RUNNING)
    assert hold(project, activities=[MISSION], firms=["A1,E-000001,yes"]) == ["A1"]
    day = firms.withdraw_consent(
        project.workspace, as_("olga"), RUNNING, project=PROJECT, firm="E-000001", from_on=DAY, reason="Se va"
    )
    assert day == DAY
    [(_, _, message)] = refused(project, activities=[MISSION.replace("A1", "A2")], firms=["A2,E-000001"])
    assert message.startswith("E-000001 did not agree to give data on 2026-09-15: without consent and data there is no")
    with pytest.raises(RefusedError, match="withdrew its consent on 2026-09-15"):
        firms.withdraw_consent(
            project.workspace, as_("olga"), RUNNING, project=PROJECT, firm="E-000001", reason="Se va"
        )


def test_each_use_of_a_service_needs_the_data_of_the_firm(project: Round) -> None:
    register(project.workspace, PROJECT, [f"E-000001,{DAY},,2025,12,23637"], RUNNING)
    [problem] = refused(project, activities=[SERVICE], firms=["A1,E-000001,,2025,,24000"])
    assert problem == (
        2,
        "employment",
        "E-000001 does not give employment: without consent and data there is no benefit; firms give them when they "
        "register and at each service they use",
    )
    hold(project, activities=[SERVICE], firms=["A1,E-000001,,2025,13,24000"])
    found = show_firm(project.workspace, PROJECT, "E-000001", RUNNING)
    assert [(on, at, data.year) for on, at, data in found.given] == [
        ("2026-09-15", "registration", 2025),
        ("2026-09-15", "A1", 2025),
    ]
    assert [(item.year, item.employment, item.sales) for item in found.values] == [(2025, Decimal(13), Decimal(24000))]


def registration_problems(round_: Round, *rows: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(ImportRefusedError) as error:
        register(round_.workspace, PROJECT, rows, RUNNING)
    return [(item.line, item.field, item.code.removeprefix("import.")) for item in error.value.problems]


def test_registrations_without_consent_or_data_are_refused_with_their_rows(project: Round) -> None:
    chamber = party_details.add_party(
        project.workspace, as_("olga"), RUNNING, kind=PartyKind.ASSOCIATION, given={"name": "Cámara"}
    )
    newcomer = party_details.add_party(
        project.workspace, as_("olga"), RUNNING, kind=PartyKind.ENTERPRISE, given={"name": "Taller nuevo"}
    )
    tomorrow = RUNNING.date() + timedelta(days=1)
    assert registration_problems(
        project,
        "E-999999,2026-09-15,2026-09-15,2025,12,1",
        f"{chamber},2026-09-15,2026-09-15,2025,12,1",
        f"{newcomer},2026-09-15,,2025,12,1",
        "E-000001,2026-09-15,2026-09-16,2025,12,1",
        f"E-000002,{tomorrow},,2025,12,1",
        "E-000003,2026-09-15,,2025,12,",
        "E-000004,2026-09-15,,2027,12,1",
    ) == [
        (2, "firm", "no_party"),
        (3, "firm", "not_a_firm"),
        (4, "consent_on", "consent_missing"),
        (5, "consent_on", "consent_after_registration"),
        (6, "registered_on", "registered_in_future"),
        (7, "sales", "no_firm_data"),
        (8, "year", "data_of_later_year"),
    ]


def test_a_firm_that_withdrew_its_consent_registers_again_with_a_new_one(project: Round) -> None:
    register(project.workspace, PROJECT, [f"E-000001,{DAY},,2025,12,23637"], RUNNING)
    given = {"project": PROJECT, "firm": "E-000001"}
    firms.withdraw_consent(project.workspace, as_("olga"), RUNNING, **given, from_on=DAY, reason="Se va")
    assert registration_problems(project, "E-000001,2026-09-20,,2025,12,1") == [(2, "consent_on", "consent_withdrawn")]
    register(project.workspace, PROJECT, ["E-000001,2026-09-20,2026-09-20,2025,12,1"], RUNNING)
    _, found = list_firms(project.workspace, PROJECT, RUNNING)
    assert [(item.firm, item.barred) for item in found[:2]] == [
        ("E-000001", None),
        ("E-000002", "firm_not_registered"),
    ]
    with pytest.raises(NotFoundError, match="E-000002 is not registered"):
        firms.withdraw_consent(
            project.workspace, as_("olga"), RUNNING, project=PROJECT, firm="E-000002", reason="Se va"
        )
    assert verify(project.workspace, as_("aldo"), TOO_OLD).faults == ()


def test_a_registration_under_a_number_that_was_merged_is_of_the_firm_that_is_kept(project: Round) -> None:
    workspace, olga = project.workspace, as_("olga")
    given = {"name": "Taller dos"}
    twin = party_details.add_party(workspace, olga, RUNNING, kind=PartyKind.ENTERPRISE, given=given)
    register(workspace, PROJECT, [f"{twin},{DAY},{DAY},2025,12,23637"], RUNNING)
    before = {item.firm: item.barred for item in list_firms(workspace, PROJECT, RUNNING)[1]}
    assert (before["E-000002"], before[twin]) == ("firm_not_registered", None)
    merge_parties(workspace, olga, RUNNING, kept="E-000002", merged=twin, reason="Es la misma empresa")
    after = {item.firm: item.barred for item in list_firms(workspace, PROJECT, RUNNING)[1]}
    assert (after["E-000002"], twin in after) == (None, False)
    firms.withdraw_consent(workspace, olga, RUNNING, project=PROJECT, firm="E-000002", reason="Se va")
    assert show_firm(workspace, PROJECT, "E-000002", RUNNING).given[0][1] == "registration"
    assert verify(workspace, as_("aldo"), TOO_OLD).faults == ()


@pytest.mark.parametrize("day", [date(2026, 1, 9), RUNNING.date() + timedelta(days=1)])
def test_a_consent_is_withdrawn_after_it_was_given_and_not_in_the_future(project: Round, day: date) -> None:
    register(project.workspace, PROJECT, [f"E-000001,{DAY},,2025,12,23637"], RUNNING)
    with pytest.raises(RefusedError, match="cannot have withdrawn"):
        firms.withdraw_consent(
            project.workspace, as_("olga"), RUNNING, project=PROJECT, firm="E-000001", from_on=day, reason="Se va"
        )


def test_activities_tell_what_they_reach_beside_the_budget(project: Round) -> None:
    spend(project, "2,2026-09-12,900,F-1")
    own = firms_of_round(project)
    register(project.workspace, PROJECT, [f"{firm},{DAY},,2025,12,23637" for firm in own], RUNNING)
    hold(
        project,
        activities=[MISSION, f"A2,meeting,cooperation,{DAY},Asamblea,0,Plan,Acta 6,30"],
        firms=[f"A1,{firm}" for firm in own[:4]] + [f"A2,{firm},yes" for firm in own[:2]] + [f"A2,{own[2]},no"],
    )
    found = list_activities(project.workspace, PROJECT)
    assert found.total == Involvement(2, 1, 4, 0, Decimal(1000))
    assert [(item.component, item.budget, item.spent, item.activities.cost_amount) for item in found.components] == [
        ("cooperation", "100000.00", "0.00", 0),
        ("markets", "100000.00", "900.00", 1000),
    ]
    _, _, meeting = show_activity(project.workspace, PROJECT, "A2")
    assert (meeting.agreed, meeting.disagreed) == (tuple(own[:2]), (own[2],))


def test_an_activity_that_is_voided_counts_no_longer_and_keeps_its_code(record: Round) -> None:
    found = list_activities(record.workspace, PROJECT)
    assert [(item.code, item.voided_on) for item in found.activities] == [("A1", None), ("A2", "2026-10-05")]
    assert found.total == Involvement(1, 0, 2, 1, Decimal(1000))
    with pytest.raises(RefusedError, match="was voided on 2026-10-05"):
        activities.void_activity(record.workspace, as_("olga"), RUNNING, project=PROJECT, code="A2", reason="Error")
    assert [message for _, _, message in refused(record, activities=[MISSION.replace("A1", "A2")])] == [
        "the activity A2 is on record already; give another code, or leave it out"
    ]
    with pytest.raises(NotFoundError, match="has no activity 'A9'"):
        activities.void_activity(record.workspace, as_("olga"), RUNNING, project=PROJECT, code="A9", reason="Error")


def test_a_selection_is_recorded_with_the_part_of_the_firms(project: Round) -> None:
    own = firms_of_round(project)
    assert select(project.workspace, PROJECT, selection_text(own[0], DAY), RUNNING) == 1
    _, found = show_member(project.workspace, PROJECT, 1)
    assert (found.name, found.position, found.firms) == ("Ana Paz", "Coordinadora", {own[0]: ["choice", "interviews"]})
    assert found.criteria == ("Cinco años con empresas asociadas", "Conoce el sector")
    with pytest.raises(DefinitionError, match=r"E-999999 is no firm of the project"):
        select(project.workspace, PROJECT, selection_text("E-999999", DAY), RUNNING)


def test_turnover_tells_who_left_before_the_time_agreed_on(project: Round) -> None:
    w, own = project.workspace, firms_of_round(project)
    for name in ("Ana Paz", "Rosa Gil"):
        select(w, PROJECT, selection_text(own[0], DAY, name=name), RUNNING)
    given = {"project": PROJECT, "number": 1, "reason": "Otro empleo"}
    for day in (DAY - timedelta(days=1), RUNNING.date() + timedelta(days=1)):
        with pytest.raises(RefusedError, match="cannot have left"):
            technical_team.record_leave(w, as_("olga"), RUNNING, **given, left_on=day)
    technical_team.record_leave(w, as_("olga"), RUNNING, **given, left_on=DAY + timedelta(days=9))
    with pytest.raises(RefusedError, match="left on 2026-09-24"):
        technical_team.record_leave(w, as_("olga"), RUNNING, **given, left_on=DAY)
    [year] = show_team(w, PROJECT, RUNNING).turnover
    assert (year.from_on, year.until_on, year.joined_count, year.left_count) == (DAY, RUNNING.date(), 2, 1)
    assert (year.served_days, year.share.value) == (10 + 21, Decimal("0.677419"))


def test_a_name_that_was_redacted_is_gone_and_the_record_still_holds(record: Round) -> None:
    found = show_team(record.workspace, PROJECT, RUNNING).members
    assert [(item.name, item.email, item.left_early) for item in found] == [
        (None, None, True),
        ("Rosa Gil", "ana@example.org", False),
    ]
    with pytest.raises(RefusedError, match="nothing personal"):
        technical_team.redact_member(
            record.workspace, as_("olga"), RUNNING, project=PROJECT, number=1, reason="Solicitud"
        )
    with pytest.raises(NotFoundError, match="has no member 9"):
        technical_team.redact_member(
            record.workspace, as_("olga"), RUNNING, project=PROJECT, number=9, reason="Solicitud"
        )


def test_names_results_and_figures_are_in_no_entry(taken_part: Round) -> None:
    with taken_part.workspace.read() as unit:
        said = b"".join(entry.content for entry in unit.ledger.entries()).decode()
    assert [
        word for word in ("Ana Paz", "ana@example.org", "Dos sellos", "Acta 5", "23637", "24000") if word in said
    ] == []


def test_nobody_else_records_for_a_project_and_nothing_once_it_is_closed(project: Round) -> None:
    with pytest.raises(NotAuthorisedError, match="acts for no party yet"):
        hold(project, by="iris", activities=[MISSION])
    project.tie("first")
    assert hold(project, by="iris", activities=[MISSION]) == ["A1"]
    for trigger, by, reason in (("abandon", "olga", "Disuelto"), ("close", "marcos", None)):
        go(project, trigger, by, reason)
    with pytest.raises(RefusedError, match="is closed; its record stays as it is"):
        hold(project, activities=[MISSION.replace("A1", "A2")])


def test_activities_wait_for_the_agreement(project: Round) -> None:
    tamper(project.workspace.folder, "UPDATE project SET starts_on = NULL WHERE proposal = ?", (PROJECT,))
    with pytest.raises(RefusedError, match="is not signed"):
        hold(project, activities=[MISSION])


def test_everything_of_participation_is_stated(taken_part: Round) -> None:
    assert verify(taken_part.workspace, as_("aldo"), TOO_OLD).faults == ()
    found = replay(taken_part.workspace, as_("aldo"), TOO_OLD, call=taken_part.call)
    assert found.differences == ()


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE team_member SET name = 'Otra' WHERE number = 2", "team_member"),
        ("UPDATE team_member SET candidates_count = 1 WHERE number = 2", "team_member"),
        ("DELETE FROM selection_part WHERE member = 2 AND part = 'choice'", "selection_part"),
        ("UPDATE firm_registration SET withdrawn_on = NULL", "firm_registration"),
        ("UPDATE firm_registration SET figures = replace(figures, '23637', '1')", "firm_registration"),
        ("UPDATE activity SET cost_minor = 1 WHERE code = 'A1'", "activity"),
        ("UPDATE activity SET result = 'Nada' WHERE code = 'A1'", "activity"),
        ("UPDATE activity_people SET people = 1 WHERE activity = 'A1'", "activity_people"),
        ("UPDATE participation SET figures = replace(figures, '24000', '1')", "participation"),
        ("UPDATE participation SET agreed = 1", "participation"),
    ],
)
def test_what_was_changed_past_the_program_is_located(record: Round, statement: str, place: str) -> None:
    assert tamper(record.workspace.folder, statement)
    found = verify(record.workspace, as_("aldo"), TOO_OLD).faults
    assert found
    assert {fault.place.split(" ")[0] for fault in found} == {place}


def test_the_dossier_of_a_proposal_holds_who_took_part(taken_part: Round) -> None:
    with taken_part.workspace.read() as unit:
        found = DossierRecord(taken_part.workspace, unit, taken_part.call, PROJECT)
        acts = [entry.act for entry in found.entries()]
    expected = [*["TeamMemberSelected"] * 2, "TeamMemberLeft", "TeamMemberRedacted", *["FirmRegistered"] * 2]
    assert acts[-10:] == [*expected, *["ActivityRecorded"] * 2, "ActivityVoided", "FirmConsentWithdrawn"]


def test_a_firm_that_left_at_the_launch_is_no_firm_of_the_project_until_it_registers(
    told: Round, tmp_path: Path
) -> None:
    round_ = told.copy(tmp_path / "agency")
    opened(round_)
    sign(round_)
    own = firms_of_round(round_)
    register(round_.workspace, PROJECT, [f"{own[-1]},2026-08-20,,2025,12,23637"], LAUNCHING)
    validate(round_, KEPT, f"left: [{own[-1]}]\n", agreed_by=own[:-1])
    start(round_)
    assert [item.firm for item in list_firms(round_.workspace, PROJECT, RUNNING)[1]] == own[:-1]
    assert "was not registered" in refused(round_, activities=[MISSION], firms=[f"A1,{own[-1]}"])[0][2]
    register(round_.workspace, PROJECT, [f"{own[-1]},{DAY},,2025,12,23637"], RUNNING)
    assert [item.firm for item in list_firms(round_.workspace, PROJECT, RUNNING)[1]] == own
