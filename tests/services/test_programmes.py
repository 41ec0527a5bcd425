"""Programmes: put in force, revised, suspended, resumed, closed; periodic reviews of the coordinating entity."""

from datetime import UTC, date, datetime

import pytest

from pipgrants.errors import DefinitionError, NotAuthorisedError, RefusedError
from pipgrants.services import calls, programmes, ratify
from pipgrants.services.status import workspace_status
from pipgrants.services.workspace import Workspace
from rounds import BEFORE_OPENING, CALL, FUND, Round, activate, approve, as_, draft, edit

LATER = datetime(2027, 1, 11, 15, 0, tzinfo=UTC)


def move(round_: Round, trigger: str, reason: str | None = None, actor: str = "marcos") -> str:
    return programmes.move_programme(
        round_.workspace, as_(actor), BEFORE_OPENING, programme=FUND, trigger=trigger, reason=reason
    )


def test_a_revised_programme_is_in_force_once_approved(workspace: Workspace) -> None:
    activate(workspace)
    edit(workspace, "programmes", FUND, {"amount: 4000000": "amount: 5000000"})
    package = programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=FUND).package
    with workspace.read() as unit:
        before = unit.calls.programme(FUND)
    approve(workspace, package)
    with workspace.read() as unit:
        after = unit.calls.programme(FUND)
    assert before.definition_hash != after.definition_hash
    assert (before.state, after.state) == ("active", "active")
    assert Round(workspace).acts()[-1] == "ProgrammeRevised"


def test_an_older_draft_of_a_programme_cannot_be_approved_after_a_newer_one(workspace: Workspace) -> None:
    first = programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=FUND).package
    edit(workspace, "programmes", FUND, {"amount: 4000000": "amount: 5000000"})
    second = programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=FUND).package
    approve(workspace, second)
    with pytest.raises(RefusedError, match="is superseded"):
        approve(workspace, first)


LESS_MONEY = {"amount: 24000000": "amount: 4000000"}
LOWER_MAXIMUM = {"maximum_grant_amount: 250000": "maximum_grant_amount: 200000"}
LOWER_MAXIMUM_LATER = {
    "    maximum_grant_amount: 250000\n": """    maximum_grant_amount: 250000
  - clause: "4.4"
    in_force_from: 2026-01-13
    text:
      en: The subsidy to one project is at most USD 200,000.
    maximum_grant_amount: 200000
"""
}


def revise(workspace: Workspace, changes: dict[str, str]) -> str:
    edit(workspace, "programmes", FUND, changes)
    return programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=FUND).package


def problems(refused: pytest.ExceptionInfo[DefinitionError]) -> list[str]:
    return [str(problem) for problem in refused.value.problems]


def test_a_programme_does_not_fall_below_the_envelopes_of_its_open_calls(round_: Round) -> None:
    approve(round_.workspace, draft(round_.workspace, "pip-two-stage"))
    with pytest.raises(DefinitionError, match="would fall below its open calls") as refused:
        revise(round_.workspace, LESS_MONEY)
    assert problems(refused) == [
        f"{FUND}.yaml: sources: they bring USD 20,000,000.00; open calls have USD 21,000,000.00: "
        f"{CALL} USD 9,000,000.00, pip-two-stage USD 12,000,000.00"
    ]


def test_a_call_authorised_since_a_revision_was_prepared_refuses_it(round_: Round) -> None:
    package = revise(round_.workspace, LESS_MONEY)
    approve(round_.workspace, draft(round_.workspace, "pip-two-stage"))
    with pytest.raises(DefinitionError, match="would fall below its open calls"):
        approve(round_.workspace, package)


def test_a_clause_that_would_make_an_open_call_laxer_is_refused_naming_the_call(round_: Round) -> None:
    with pytest.raises(DefinitionError) as refused:
        revise(round_.workspace, LOWER_MAXIMUM)
    (problem,) = problems(refused)
    assert f"clause 4.4: {CALL}, which opens on 2026-01-12: grant.maximum_amount: operating criterion 4.4" in problem
    assert "give a stricter one a later in_force_from" in refused.value.next_step


def test_a_clause_in_force_after_a_call_opens_does_not_bind_it(round_: Round) -> None:
    approve(round_.workspace, revise(round_.workspace, LOWER_MAXIMUM_LATER))
    assert round_.acts()[-1] == "ProgrammeRevised"


def test_a_programme_runs_the_machine_it_was_drafted_with(workspace: Workspace) -> None:
    package = programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=FUND).package
    edit(workspace, "machines", "programme", {"    destination: active\n": "    destination: suspended\n"})
    approve(workspace, package)
    with workspace.read() as unit:
        assert unit.calls.programme(FUND).state == "active"


def test_a_programme_without_evidence_of_a_quality_is_refused(workspace: Workspace) -> None:
    line = "      continuity: Permanent unit created by decree, with its own budget line since 2012.\n"
    edit(workspace, "programmes", FUND, {line: ""})
    with pytest.raises(DefinitionError, match="no evidence of continuity"):
        programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=FUND)


def test_programme_is_suspended_with_a_reason_and_resumed(round_: Round) -> None:
    with pytest.raises(RefusedError, match="needs a reason"):
        move(round_, "suspend")
    assert [move(round_, "suspend", "audit of the bank"), move(round_, "resume")] == ["suspended", "active"]
    assert round_.acts()[-2:] == ["ProgrammeSuspended", "ProgrammeResumed"]


def test_a_call_waits_for_a_programme_that_is_suspended_and_leaves_one_that_ended(round_: Round) -> None:
    move(round_, "suspend", "audit of the bank")
    with pytest.raises(RefusedError, match=r"is suspended\. No new call may be authorised until") as suspended:
        draft(round_.workspace, "pip-two-stage")
    assert suspended.value.next_step == f"pipgrants programme resume {FUND} --as MANAGER"
    move(round_, "resume")
    calls.end_call(round_.workspace, as_("marcos"), BEFORE_OPENING, call=CALL, trigger="cancel", reason="sin fondos")
    move(round_, "close", "fin")
    with pytest.raises(RefusedError, match=r"is closed\. The programme has ended") as ended:
        draft(round_.workspace, "pip-two-stage")
    assert ended.value.next_step == "name a programme that is in force in the call (pipgrants status lists them)"


def test_a_refusal_of_the_machine_leads_to_where_the_programme_stands(round_: Round) -> None:
    with pytest.raises(RefusedError, match="resume is not possible in the state active") as refused:
        move(round_, "resume")
    assert refused.value.next_step == "pipgrants status"


def test_programme_is_moved_by_its_manager_only(round_: Round) -> None:
    with pytest.raises(NotAuthorisedError):
        move(round_, "suspend", "audit of the bank", actor="olga")


def test_a_programme_is_not_closed_before_its_calls_end(round_: Round) -> None:
    with pytest.raises(RefusedError, match="competitiveness-fund has calls that are not at their end: pip-one-stage"):
        move(round_, "close", "fin")
    calls.end_call(
        round_.workspace, as_("marcos"), BEFORE_OPENING, call=round_.call, trigger="cancel", reason="sin fondos"
    )
    assert move(round_, "close", "fin") == "closed"


def test_review_that_is_overdue_is_asked_for_until_it_is_recorded(round_: Round) -> None:
    workspace = round_.workspace
    with workspace.read() as unit:
        row = unit.calls.programme(FUND)
        definition = programmes.read_programme(unit.calls.definition(row.definition_hash))
        due = [review.due_on for review in programmes.open_reviews(unit, definition)]
    overdue = [day for day in due if day <= LATER.date()]
    assert len(overdue) >= 1

    def asked() -> list[str]:
        return [step for step in workspace_status(workspace, LATER.date()).next_steps if "review" in step]

    assert len(asked()) == len(overdue)
    with pytest.raises(RefusedError, match="the result of a review has no words"):
        programmes.record_review(workspace, as_("marcos"), LATER, programme=FUND, due_on=overdue[0], result=" ")
    for day in overdue:
        programmes.record_review(workspace, as_("marcos"), LATER, programme=FUND, due_on=day, result="satisfactory")
    assert asked() == []
    with pytest.raises(RefusedError, match="no review"):
        programmes.record_review(workspace, as_("marcos"), LATER, programme=FUND, due_on=date(2001, 1, 1), result="x")


def test_a_first_programme_that_was_returned_is_prepared_again(workspace: Workspace) -> None:
    first = programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=FUND).package
    ratify.return_package(workspace, as_("marcos"), BEFORE_OPENING, package=first, reason="Falta un anexo")
    activate(workspace)
    assert Round(workspace).acts()[-1] == "ProgrammeActivated"
    with pytest.raises(RefusedError, match="runs by this definition already"):
        programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=FUND)
