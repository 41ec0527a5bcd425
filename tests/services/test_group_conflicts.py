"""Conflicts within the group of a project: mediated, settled, escalated, or ended by a firm that leaves."""

from datetime import date
from pathlib import Path

import pytest

from disputed import CONTRACT, DEPARTURE, LATER, MEDIATION, SETTLEMENT, fall_out, record, step
from participated import register
from pipgrants.domain.vocabulary import ConflictConsequence, Role
from pipgrants.errors import DefinitionError, NotAuthorisedError, NotFoundError, RefusedError
from pipgrants.services import parties, people
from pipgrants.services.access import ACCESS_LOG
from pipgrants.services.audit.duties import review_duties
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.stated import Fault
from pipgrants.services.audit.verify import verify
from pipgrants.services.group_conflicts import Step
from pipgrants.services.group_views import list_conflicts, show_conflict
from pipgrants.services.participation_views import list_firms
from pipgrants.services.project_views import show_project
from pipgrants.trail.access_log import lines
from projected import RUNNING, go
from rounds import Round, as_, tamper


@pytest.fixture
def project(supplied: Round, tmp_path: Path) -> Round:
    return supplied.copy(tmp_path / "agency")


def faults(round_: Round) -> tuple[Fault, ...]:
    return verify(round_.workspace, as_("aldo"), LATER).faults


def test_a_conflict_is_mediated_and_settled(project: Round) -> None:
    assert fall_out(project).state == "opened"
    with pytest.raises(RefusedError, match="settle is not possible in the state opened"):
        step(project, "settle", SETTLEMENT)
    assert step(project, "mediate", MEDIATION).state == "in_mediation"
    assert step(project, "settle", SETTLEMENT).state == "settled"
    shown = show_conflict(project.workspace, as_("olga"), LATER, project=project.numbers["first"], number=1)
    assert shown.parties == {"E-000002": "Taller first-2", "E-000003": "Taller first-3"}
    assert shown.about == "La segunda empresa no entregó su aporte"
    assert [tuple(item) for item in shown.steps] == [
        (1, "mediate", "2026-09-20", "Rosa Paz", "Acordaron un nuevo plazo"),
        (2, "settle", "2026-10-05", None, "Nuevo plazo aceptado"),
    ]
    assert (shown.consequence, shown.leaving, shown.ended_on) == ("goes_on", None, "2026-10-05")
    assert faults(project) == ()
    assert replay(project.workspace, as_("aldo"), LATER, call=project.call).differences == ()


def test_what_mediation_does_not_settle_is_for_management(project: Round) -> None:
    fall_out(project)
    assert step(project, "escalate", Step("No se hablan")).state == "escalated"
    step(project, "mediate", MEDIATION._replace(done_on=date(2026, 10, 5)))
    ending = Step("Sigue igual", consequence=ConflictConsequence.SUSPENSION)
    with pytest.raises(NotAuthorisedError, match="leave unresolved is for programme_manager"):
        step(project, "leave_unresolved", ending)
    found = step(project, "leave_unresolved", ending, by="marcos")
    assert (found.state, found.consequence) == ("unresolved", "suspension")


def test_a_firm_leaves_with_the_approval_of_another_person(project: Round) -> None:
    fall_out(project)
    step(project, "mediate", MEDIATION)
    found = step(project, "propose_departure", DEPARTURE)
    assert (found.state, found.leaving, found.consequence) == ("departure_proposed", "E-000002", "plan_changes")
    with pytest.raises(NotAuthorisedError, match="approve departure is for programme_manager"):
        step(project, "approve_departure", Step())
    returned = step(project, "return_departure", Step("Hablen otra vez"), by="marcos")
    assert (returned.state, returned.leaving, returned.consequence) == ("in_mediation", None, None)
    step(project, "propose_departure", DEPARTURE)
    people.grant_role(project.workspace, as_("admin"), RUNNING, actor="olga", role=Role.PROGRAMME_MANAGER)
    with pytest.raises(RefusedError, match="who prepared it cannot approve it"):
        step(project, "approve_departure", Step())
    assert step(project, "approve_departure", Step(), by="marcos").state == "firm_left"
    assert review_duties(project.workspace, as_("aldo"), LATER).conflicts == []
    with pytest.raises(DefinitionError, match="E-000002 is no firm of the project"):
        record(project)
    assert record(project, CONTRACT.replace("[E-000002, ", "[")).state == "selected"


def test_a_firm_that_left_takes_part_in_nothing_until_it_registers_again(project: Round) -> None:
    number = project.numbers["first"]
    register(project.workspace, number, ["E-000002,2026-09-15,,2025,12,23637"], RUNNING)
    fall_out(project)
    step(project, "mediate", MEDIATION)
    step(project, "propose_departure", DEPARTURE)
    before = [item.firm for item in list_firms(project.workspace, number, RUNNING)[1]]
    step(project, "approve_departure", Step(), by="marcos")
    after = [item.firm for item in list_firms(project.workspace, number, RUNNING)[1]]
    assert (set(before) - set(after), set(after) - set(before)) == ({"E-000002"}, set())
    assert faults(project) == ()


@pytest.mark.parametrize(
    ("trigger", "said", "problem"),
    [
        ("mediate", Step("Acta 1"), "mediate says nothing of: mediator"),
        ("mediate", Step(mediator="Rosa Paz"), "mediate says nothing of: statement"),
        ("mediate", MEDIATION._replace(done_on=date(2026, 9, 14)), "is before 2026-09-15"),
        ("mediate", MEDIATION._replace(done_on=date(2026, 10, 6)), "is in the future"),
        ("escalate", Step(), "escalate needs a reason"),
    ],
)
def test_a_step_says_what_it_must(project: Round, trigger: str, said: Step, problem: str) -> None:
    fall_out(project)
    with pytest.raises(RefusedError, match=problem):
        step(project, trigger, said)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (DEPARTURE._replace(leaving="E-000001"), "E-000001 leads the project and cannot leave it"),
        (DEPARTURE._replace(leaving="E-000004"), "E-000004 cannot leave over this conflict"),
        (DEPARTURE._replace(consequence=None), "propose departure says nothing of: consequence"),
        (DEPARTURE._replace(leaving=None), "propose departure says nothing of: leaving"),
    ],
)
def test_only_an_involved_firm_that_does_not_lead_leaves(project: Round, said: Step, problem: str) -> None:
    fall_out(project, "E-000001", "E-000002")
    step(project, "mediate", MEDIATION)
    with pytest.raises(RefusedError, match=problem):
        step(project, "propose_departure", said)


def test_a_conflict_is_of_the_group_and_about_something(project: Round) -> None:
    with pytest.raises(RefusedError, match="involves one of its members"):
        fall_out(project, "E-000019")
    with pytest.raises(NotFoundError, match="there is no party E-000099"):
        fall_out(project, "E-000002", "E-000099")
    with pytest.raises(RefusedError, match="say what the conflict is about"):
        fall_out(project, about=" ")


def test_a_project_is_not_closed_with_a_conflict_open(project: Round) -> None:
    fall_out(project)
    go(project, "terminate", reason="Sin acuerdo")
    with pytest.raises(RefusedError, match="conflict 1 within the group has not ended"):
        go(project, "close")
    step(project, "mediate", MEDIATION)
    step(project, "settle", SETTLEMENT)
    assert go(project, "close").state == "closed"
    with pytest.raises(RefusedError, match="is closed"):
        fall_out(project)


def test_an_agency_mediates_in_its_own_project_only(project: Round) -> None:
    project.tie("first")
    fall_out(project, by="iris")
    assert step(project, "mediate", MEDIATION, by="iris").state == "in_mediation"
    own = {"project": project.numbers["first"], "number": 1}
    assert show_conflict(project.workspace, as_("iris"), LATER, **own).about
    project.tie("second")
    with pytest.raises(NotAuthorisedError, match="the project is led by E-000001; iris does not act for it"):
        show_conflict(project.workspace, as_("iris"), LATER, **own)
    with pytest.raises(NotAuthorisedError, match="acts for the party E-000007"):
        step(project, "settle", SETTLEMENT, by="iris")


CONFIDENTIAL = ("aporte", "Rosa Paz", "nuevo plazo", "Nuevo plazo")


def test_what_is_said_is_in_no_entry_and_who_reads_it_is_written_down(project: Round) -> None:
    fall_out(project)
    step(project, "mediate", MEDIATION)
    step(project, "settle", SETTLEMENT)
    said = str(project.entries()[-3:])
    assert [word for word in CONFIDENTIAL if word in said] == []
    number = project.numbers["first"]
    with pytest.raises(NotAuthorisedError):
        show_conflict(project.workspace, as_("eva"), LATER, project=number, number=1)
    show_conflict(project.workspace, as_("aldo"), LATER, project=number, number=1)
    last = [*lines(project.workspace.folder / ACCESS_LOG)][-1].access
    assert (last.actor, last.did, last.subject) == ("aldo", "conflict.show", f"conflict/{number}/1")


def test_what_is_said_goes_when_somebody_involved_is_redacted(project: Round) -> None:
    fall_out(project)
    step(project, "mediate", MEDIATION)
    fall_out(project, "E-000004")
    parties.redact(project.workspace, as_("olga"), RUNNING, party="E-000003", reason="Lo pidió")
    step(project, "settle", SETTLEMENT)
    number = project.numbers["first"]
    shown = show_conflict(project.workspace, as_("olga"), LATER, project=number, number=1)
    assert (shown.about, [(item.mediator, item.statement) for item in shown.steps]) == (
        None,
        [(None, None), (None, "Nuevo plazo aceptado")],
    )
    other = show_conflict(project.workspace, as_("olga"), LATER, project=number, number=2)
    assert other.about is not None
    assert faults(project) == ()


@pytest.fixture(scope="module")
def audited(supplied: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    made = supplied.copy(tmp_path_factory.mktemp("audited") / "agency")
    fall_out(made)
    step(made, "mediate", MEDIATION)
    step(made, "propose_departure", DEPARTURE)
    step(made, "approve_departure", Step(), by="marcos")
    assert faults(made) == ()
    return made


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE group_conflict SET state = 'settled'", "group_conflict"),
        ("UPDATE group_conflict SET parties = 'E-000002'", "group_conflict"),
        ("UPDATE group_conflict SET about = 'Otra cosa'", "group_conflict"),
        ("UPDATE group_conflict SET leaving = 'E-000003'", "group_conflict"),
        ("UPDATE group_conflict_step SET statement = 'Otra cosa' WHERE number = 1", "group_conflict_step"),
        ("UPDATE group_conflict_step SET mediator = 'Otra' WHERE number = 1", "group_conflict_step"),
        ("DELETE FROM group_conflict_step WHERE number = 1", "group_conflict_step"),
    ],
)
def test_what_is_stored_of_a_conflict_is_what_the_trail_states(
    audited: Round, tmp_path: Path, statement: str, place: str
) -> None:
    copy = audited.copy(tmp_path / "agency")
    assert tamper(copy.workspace.folder, statement)
    assert {fault.place.split(" ")[0] for fault in faults(copy)} == {place}


def test_conflicts_are_listed_and_shown_with_their_project_without_what_was_said(audited: Round) -> None:
    listed = list_conflicts(audited.workspace, audited.call)
    assert [tuple(item)[1:] for item in listed] == [
        (
            *(1, "non_compliance", "2026-09-15", ("E-000002", "E-000003")),
            *("firm_left", "E-000002", "plan_changes", "2026-10-05"),
        )
    ]
    shown = show_project(audited.workspace, audited.numbers["first"], LATER)
    assert shown.conflicts == tuple(listed)
