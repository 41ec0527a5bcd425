"""``audit duties``: conflicts, overrides, late acts, delegations and roles, all told by the trail's entries."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from pipgrants.domain.application import SubmittedScore
from pipgrants.domain.duties import Duty
from pipgrants.domain.vocabulary import TIER_OF_ROLE, Role
from pipgrants.errors import NotFoundError
from pipgrants.services import assignment, delegate, evaluation, parties, people, ratify
from pipgrants.services.amend import amend_call
from pipgrants.services.audit.duties import (
    Conflict,
    Delegated,
    Duties,
    Held,
    Late,
    Override,
    SetBack,
    Typed,
    Unheld,
    review_duties,
)
from pipgrants.services.release import release
from pipgrants.services.workspace import Workspace
from pipgrants.trail.entry import Deed, instant_text
from rounds import AFTER_DRAW, BEFORE_OPENING, CALL, SCORING, SOURCE, WHILE_OPEN, Round, application, as_, edit

MARKS = {"A1": Decimal(5), "A2": Decimal(4)}


def review(workspace: Workspace, call: str | None = None, now: datetime = AFTER_DRAW) -> Duties:
    return review_duties(workspace, as_("aldo"), now, call=call)


def write(workspace: Workspace, actor: str, role: Role, *deeds: Deed, now: datetime = AFTER_DRAW) -> None:
    """Writes entries past the rules, as somebody could who changes the program."""
    with workspace.act(as_(actor), now) as act:
        act.sign_as(role, TIER_OF_ROLE[role], {})
        act.record(*deeds)


def scored(evaluator: str, number: str) -> Deed:
    inputs = {"evaluator": evaluator, "stage": "proposal", "marks": {}}
    return Deed("ProposalScored", f"proposal/{number}", inputs=inputs, call=CALL)


@pytest.fixture
def decided(packaged_round: tuple[Round, str]) -> Round:
    round_, package = packaged_round
    round_.ratify(package)
    return round_


def size(round_: Round) -> int:
    return len(round_.acts())


def test_a_round_by_the_rules_has_no_conflict(decided: Round) -> None:
    found = review(decided.workspace)
    assert (found.conflicts, found.unheld, found.overrides, found.late, found.delegations) == ([], [], [], [], [])
    assert (found.entries_count, found.set_back) == (size(decided), [])
    assert found.typed == [Typed(CALL, "olga", name, 4) for name in ("edna", "emilio", "eva")]


def test_an_entry_dated_before_the_one_it_follows_is_told(decided: Round) -> None:
    last = decided.entries()[-1]["at"]
    decided.add_evaluator("elisa")
    [entry] = [entry for entry in decided.entries() if entry["subject"] == "actor/elisa"][:1]
    assert review(decided.workspace).set_back == [SetBack(entry["sequence"], entry["at"], last, "admin")]


# Conflicts of duties, in a trail that was written past the rules


def test_who_scores_and_approves_is_told_with_every_proposal(decided: Round) -> None:
    for reference in ("A1", "A2"):
        write(decided.workspace, "olga", Role.COORDINATION_OFFICER, scored("marcos", decided.numbers[reference]))
    subjects = [f"proposal/{decided.numbers[reference]}" for reference in ("A1", "A2")]
    assert review(decided.workspace).conflicts == [
        Conflict(("marcos",), (Duty.APPROVES, Duty.SCORES), CALL, subjects, size(decided) - 1)
    ]


def test_who_scores_and_prepares_is_told_when_the_proposal_is_decided(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    write(round_.workspace, "olga", Role.COORDINATION_OFFICER, scored("olga", round_.numbers["A1"]))
    assert review(round_.workspace).conflicts == []
    round_.ratify(package)
    [conflict] = review(round_.workspace).conflicts
    assert conflict[:4] == (
        ("olga",),
        (Duty.SCORES, Duty.PREPARES),
        CALL,
        [f"proposal/{round_.numbers['A1']}"],
    )
    [determined] = [
        entry["sequence"]
        for entry in round_.entries(act="ProposalDetermined")
        if entry["subject"] == conflict.subjects[0]
    ]
    assert conflict.first_entry == determined


def test_who_prepares_and_approves_through_a_delegate_is_told(workspace: Workspace) -> None:
    people.grant_role(workspace, as_("admin"), WHILE_OPEN, actor="marcos", role=Role.COORDINATION_OFFICER)
    lend(workspace, "marcos", "edna", Role.PROGRAMME_MANAGER)
    prepared = Deed("PackagePrepared", "package/abc", inputs={"package": "abc", "kind": "programme"})
    approved = Deed("ProgrammeActivated", "programme/fund", inputs={"package": "abc"})
    write(workspace, "marcos", Role.COORDINATION_OFFICER, prepared)
    write(workspace, "edna", Role.PROGRAMME_MANAGER, approved)
    assert review(workspace).conflicts == [
        Conflict(("marcos",), (Duty.PREPARES, Duty.APPROVES), None, ["package/abc"], size(Round(workspace)))
    ]


def test_who_screens_and_hears_the_appeal_is_told(decided: Round) -> None:
    settled = Deed("AppealSettled", f"proposal/{decided.numbers['A4']}", reason="No ha lugar", call=CALL)
    write(decided.workspace, "olga", Role.COORDINATION_OFFICER, settled)
    found = review(decided.workspace).conflicts
    assert {(item.people, item.duties) for item in found} == {
        (("olga",), (duty, Duty.HEARS_APPEAL)) for duty in (Duty.SCREENS, Duty.ORGANISES, Duty.PREPARES)
    }


def test_an_entry_under_a_role_that_was_not_held_is_told(decided: Round) -> None:
    write(decided.workspace, "eva", Role.PROGRAMME_MANAGER, Deed("CallPublished", "call/x"), Deed("X", "call/x"))
    assert review(decided.workspace).unheld == [Unheld("eva", "programme_manager", None, 2, size(decided) - 1)]


# Overrides and late acts


def test_overrides_are_told_with_their_reasons(round_: Round) -> None:
    round_.receive([application(reference) for reference in MARKS])
    edit(round_.workspace, "calls", CALL, {"closes_at: 2026-03-31 17:00": "closes_at: 2026-04-01 17:00"})
    package = amend_call(round_.workspace, as_("olga"), WHILE_OPEN, file=CALL, reason="Feriado").package
    ratify.return_package(round_.workspace, as_("marcos"), WHILE_OPEN, package=package, reason="Falta el dictamen")
    package = amend_call(round_.workspace, as_("olga"), WHILE_OPEN, file=CALL, reason="Feriado").package
    round_.ratify(package, WHILE_OPEN)
    round_.screen()
    round_.assign()
    round_.give(MARKS)
    number = round_.numbers["A1"]
    replaced = [SubmittedScore(number, "eva", "business_ideas", Decimal(3))]
    evaluation.score(round_.workspace, as_("eva"), SCORING, call=CALL, scores=replaced, source=SOURCE, reason="Error")
    assignment.declare_conflict(
        round_.workspace, as_("eva"), SCORING, proposal=number, evaluator="eva", reason="Asesoró"
    )
    parties.redact(round_.workspace, as_("olga"), SCORING, party="E-000001", reason="Solicitud")
    found = review(round_.workspace)
    assert [(item.act, item.subject, item.actor, item.reason) for item in found.overrides] == [
        ("PackageReturned", f"package/{package}", "marcos", "Falta el dictamen"),
        ("CallExtended", f"call/{CALL}", "marcos", "Feriado"),
        ("ProposalScored", f"proposal/{number}", "eva", "Error"),
        ("ConflictDeclared", f"proposal/{number}", "eva", "Asesoró"),
        ("PartyRedacted", "party/E-000001", "olga", "Solicitud"),
    ]
    assert all(isinstance(item, Override) and item.entry and item.at for item in found.overrides)
    assert [(item.call, item.act, item.acts_count) for item in found.late] == [(CALL, "ConflictDeclared", 1)]


def test_a_conflict_declared_before_the_marks_is_not_late(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.screen()
    round_.assign()
    assignment.declare_conflict(
        round_.workspace, as_("eva"), SCORING, proposal=round_.numbers["A1"], evaluator="eva", reason="Asesoró"
    )
    found = review(round_.workspace)
    assert (found.overrides, found.late) == ([], [])


def test_late_applications_are_counted(round_: Round) -> None:
    late = datetime(2026, 4, 1, 15, 0, tzinfo=UTC)
    round_.receive([application("A1")])
    first = size(round_)
    round_.receive([application("A2"), application("A3")], late)
    [found] = review(round_.workspace).late
    assert found[:3] == (CALL, "ProposalReceivedLate", 2)
    assert found.first_entry > first


def test_marks_and_appeals_after_their_day_are_late(decided: Round) -> None:
    number = decided.numbers["A1"]
    for late in (True, False):
        marks = scored("eva", number)
        appeal = Deed("AppealLodgedLate", f"proposal/{number}", inputs={"late": late}, call=CALL)
        told = marks._replace(inputs={**(marks.inputs or {}), "late": late})
        write(decided.workspace, "olga", Role.COORDINATION_OFFICER, told, appeal)
    first = size(decided) - 3
    assert review(decided.workspace).late == [
        Late(CALL, "ProposalScored", 1, first, None),
        Late(CALL, "AppealLodgedLate", 1, first + 1, None),
    ]


@pytest.mark.parametrize(("days", "is_late"), [(30, False), (31, True)])
def test_letters_that_wait_for_more_than_a_month_are_late(decided: Round, days: int, is_late: bool) -> None:
    release(decided.workspace, as_("olga"), AFTER_DRAW + timedelta(days=days), call=CALL)
    found = [item for item in review(decided.workspace).late if item.act == "LettersReleased"]
    [entry] = decided.entries(act="LettersReleased")
    assert found == ([Late(CALL, "LettersReleased", 1, entry["sequence"], days)] if is_late else [])


# Delegations and roles


def lend(workspace: Workspace, of: str, to: str, role: Role) -> int:
    return delegate.delegate_role(
        workspace,
        as_(of),
        WHILE_OPEN,
        delegator=of,
        delegate=to,
        role=role,
        from_on=WHILE_OPEN.date(),
        until_on=date(2026, 6, 30),
        reason="Vacaciones",
    )


def test_a_delegation_is_told_with_what_was_written_under_it(round_: Round) -> None:
    lend(round_.workspace, "olga", "edna", Role.COORDINATION_OFFICER)
    before = size(round_)
    round_.receive([application("A1")])
    officer = Deed("QuestionAsked", f"call/{CALL}", inputs={"number": 1, "question": "?"}, call=CALL)
    write(round_.workspace, "edna", Role.COORDINATION_OFFICER, officer)
    [row] = delegate.list_delegations(round_.workspace)
    assert size(round_) == before + 2
    assert review(round_.workspace).delegations == [Delegated(row, True, 1)]
    assert review(round_.workspace, now=datetime(2026, 7, 1, tzinfo=UTC)).delegations == [Delegated(row, False, 1)]


def test_an_entry_after_the_end_of_a_delegation_is_told(round_: Round) -> None:
    number = lend(round_.workspace, "olga", "edna", Role.COORDINATION_OFFICER)
    with round_.workspace.act(as_("edna"), AFTER_DRAW) as act:
        act.permit("call.ask")
        scribe = act.unit.ledger._scribe
    delegate.end_delegation(round_.workspace, as_("olga"), WHILE_OPEN, number=number, reason="Volvió")
    with round_.workspace.act(as_("olga"), AFTER_DRAW) as act:
        assert scribe is not None
        act.unit.ledger.sign(scribe)
        act.record(Deed("QuestionAsked", f"call/{CALL}", inputs={"number": 1, "question": "?"}, call=CALL))
    assert review(round_.workspace).unheld == [Unheld("edna", "coordination_officer", "olga", 1, size(round_))]


def test_the_access_review_says_who_gave_and_took_each_role(workspace: Workspace) -> None:
    people.revoke_role(workspace, as_("admin"), AFTER_DRAW, actor="aldo", role=Role.AUDITOR, reason="Fin de contrato")
    found = review_duties(workspace, as_("olga"), AFTER_DRAW).roles
    given, taken = instant_text(BEFORE_OPENING), instant_text(AFTER_DRAW)
    assert found[0] == Held("admin", Role.ADMINISTRATOR, given, "admin", None, None)
    assert Held("olga", Role.COORDINATION_OFFICER, given, "admin", None, None) in found
    assert Held("aldo", Role.AUDITOR, given, "admin", taken, "admin") in found
    assert len(found) == 8


def test_one_call_is_reviewed_alone(decided: Round) -> None:
    parties.redact(decided.workspace, as_("olga"), AFTER_DRAW, party="E-000001", reason="Solicitud")
    assert [item.act for item in review(decided.workspace).overrides] == ["PartyRedacted"]
    found = review(decided.workspace, CALL)
    assert (found.overrides, found.entries_count, len(found.roles)) == ([], size(decided), 8)
    with pytest.raises(NotFoundError):
        review(decided.workspace, "no-such-call")


@pytest.mark.parametrize("act", ["AssignmentMade", "ScoresClosed", "ProposalsRanked"])
def test_who_organised_the_evaluation_and_hears_an_appeal_is_told(decided: Round, act: str) -> None:
    number = decided.numbers["A1"]
    write(decided.workspace, "iris", Role.COORDINATION_OFFICER, Deed(act, f"call/{CALL}", call=CALL))
    settled = Deed("AppealSettled", f"proposal/{number}", reason="Consta", call=CALL)
    write(decided.workspace, "iris", Role.PROGRAMME_MANAGER, settled)
    found = [item for item in review(decided.workspace).conflicts if Duty.ORGANISES in item.duties]
    assert [(item.people, item.subjects) for item in found] == [(("iris",), [f"proposal/{number}"])]
