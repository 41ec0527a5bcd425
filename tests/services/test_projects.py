"""Awards as projects: agreement, launch, and the end."""

import re
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from measured import AFTER, grown, measured
from pipgrants.errors import DefinitionError, NotAuthorisedError, NotFoundError, RefusedError
from pipgrants.services.answers import withdraw
from pipgrants.services.audit.dossier_record import DossierRecord
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.group import standing_firms
from pipgrants.services.parties import redact as redact_party
from pipgrants.services.payment_redaction import redact_payment
from pipgrants.services.project_facts import facts_of
from pipgrants.services.project_views import list_projects, show_ledger, show_project
from pipgrants.services.reserve import prepare_promotion, show_reserve
from pipgrants.services.returned_money import record_return
from pipgrants.services.rulebook import vocabulary
from pipgrants.services.shipped import shipped
from pipgrants.services.workspace import DATABASE
from pipgrants.store.projects import Projects
from pipgrants.workflow.loader import load
from projected import (
    AGREEMENT,
    CONDITIONAL,
    KEPT,
    LAUNCHING,
    RUNNING,
    SMALLER,
    SMALLER_TRANCHES,
    TOO_OLD,
    accounts,
    firms,
    go,
    opened,
    pay,
    repay,
    running,
    sign,
    spend,
    start,
    state,
    told_awards,
    validate,
)
from rounds import Round, as_, open_workspace, tamper


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Round:
    return told_awards(open_workspace(tmp_path_factory.mktemp("projects") / "agency"))


@pytest.fixture
def round_(told: Round, tmp_path: Path) -> Round:
    return told.copy(tmp_path / "agency")


@pytest.fixture(scope="module")
def launched(told: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    return running(told.copy(tmp_path_factory.mktemp("launched") / "agency"))


@pytest.fixture
def project(launched: Round, tmp_path: Path) -> Round:
    return launched.copy(tmp_path / "agency")


def faults(round_: Round) -> tuple[object, ...]:
    return verify(round_.workspace, as_("aldo"), TOO_OLD).faults


def derived_acts(round_: Round) -> int:
    """How many acts on projects a replay derives again, each as it is recorded."""
    found = replay(round_.workspace, as_("aldo"), TOO_OLD, call=round_.call)
    assert found.differences == ()
    return found.derived.project_acts


def test_every_award_that_was_told_becomes_a_project(round_: Round) -> None:
    found = opened(round_)
    assert {number: award.amount for number, award in found.awards.items()} == {
        round_.numbers["first"]: Decimal(100_000),
        round_.numbers["second"]: Decimal(100_000),
    }
    assert state(round_, "second") == "awarded"
    with pytest.raises(RefusedError, match="no award of pip-one-stage waits to become a project"):
        opened(round_)


def test_an_agreement_says_how_each_condition_was_met(round_: Round) -> None:
    opened(round_)
    with pytest.raises(DefinitionError, match="say under 'conditions' how prerequisite"):
        sign(round_, "second")
    sign(round_, "second", CONDITIONAL)
    assert state(round_, "second") == "agreement_signed"
    with round_.workspace.read() as unit:
        met = unit.projects.conditions(round_.numbers["second"])
    assert [row[1:] for row in met] == [("prerequisite.consortium_agreement", "Acta notarial 14/2026")]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("amount: 25000", "amount: 25000.01", "tranches.*USD 100,000.01; the grant is USD 100,000.00"),
        ("ends_on: 2028-08-02", "ends_on: 2026-08-02", "a project ends after it starts"),
        ("signed_on: 2026-08-03", "signed_on: 2026-08-04", "2026-08-04 is in the future"),
        ("tranches:", "conditions: {other: Sí}\ntranches:", "other is no condition of the award"),
        ("tranches:", "budget: [{source: grant, amount: 90000}]\ntranches:", "restate the lines under 'budget'"),
    ],
)
def test_an_agreement_carries_out_its_award(round_: Round, old: str, new: str, problem: str) -> None:
    opened(round_)
    with pytest.raises((DefinitionError, RefusedError)) as refused:
        sign(round_, "first", AGREEMENT.replace(old, new))
    assert re.search(problem, str(refused.value))
    assert state(round_) == "awarded"


def test_a_fresh_design_is_launched_as_it_is(round_: Round) -> None:
    running(round_)
    assert state(round_) == "in_execution"
    assert accounts(round_).undisbursed_amount == 100_000


def test_launch_validation_is_mandatory_after_the_months_of_the_call(round_: Round) -> None:
    opened(round_)
    sign(round_)
    with pytest.raises(RefusedError, match="validation is mandatory: what was designed counted until 2026-11-03"):
        start(round_, now=TOO_OLD)
    validate(round_, now=TOO_OLD)
    start(round_, now=TOO_OLD)
    assert state(round_) == "in_execution"


def test_who_prepared_a_launch_does_not_approve_it(round_: Round) -> None:
    opened(round_)
    sign(round_)
    validate(round_)
    with pytest.raises(NotAuthorisedError, match="launch is for programme_manager"):
        start(round_, by="olga")


def test_a_validation_changes_the_budget_and_frees_what_is_left(round_: Round) -> None:
    opened(round_)
    sign(round_)
    left, *agreeing = firms(round_)
    validate(round_, SMALLER, f"left: [{left}]\n{SMALLER_TRANCHES}", agreed_by=agreeing)
    assert accounts(round_).undisbursed_amount == 100_000
    moved = start(round_)
    assert moved.moved == {"released": Decimal(20_000)}
    shown = show_project(round_.workspace, round_.numbers["first"], LAUNCHING)
    assert [(line.number, line.component, line.amount) for line in shown.lines] == [
        (2, "markets", "100000.00"),
        (3, "cooperation", "80000.00"),
    ]
    assert [tranche.amount for tranche in shown.tranches] == ["40000.00", "40000.00"]
    assert (shown.award, shown.validated_on, shown.must_validate) == ("80000.00", "2026-08-24", False)
    assert show_reserve(round_.workspace, round_.call).free == "20000.00"
    with round_.workspace.read() as unit:
        assert standing_firms(facts_of(unit, round_.numbers["first"])) == agreeing
    assert faults(round_) == ()
    assert derived_acts(round_) == 1


def test_a_validation_that_is_returned_is_made_anew(round_: Round) -> None:
    opened(round_)
    sign(round_)
    validate(round_)
    go(round_, "return_validation", reason="Falta el acta")
    validate(round_, SMALLER, SMALLER_TRANCHES)
    assert start(round_).moved == {"released": Decimal(20_000)}


def test_every_firm_agrees_or_left(round_: Round) -> None:
    opened(round_)
    sign(round_)
    missing, *agreeing = firms(round_)
    with pytest.raises(DefinitionError, match=f"validation.yaml:3: agreed_by: {missing} has not agreed"):
        validate(round_, agreed_by=agreeing)


def test_nothing_is_validated_once_money_moved(project: Round) -> None:
    spend(project, "2,2026-09-10,100,F-1")
    with pytest.raises(RefusedError, match="money was paid or spent already"):
        validate(project, KEPT)


def test_a_project_is_carried_to_its_closure(project: Round) -> None:
    pay(project, 1)
    spend(project, "1,2026-09-10,40000,F-1", "2,2026-09-10,60000,F-2")
    measured(project)
    go(project, "evaluate", "olga", "Informe de medio término, tomo 2")
    pay(project, 2)
    spend(project, "1,2026-10-01,30000,F-3", "2,2026-10-01,10000,F-4")
    assert go(project, "complete", "olga").moved == {"released": Decimal(25_000), "claimed": Decimal(5_000)}
    grown(project)
    go(project, "evaluate", "olga", "Evaluación final, tomo 3", now=AFTER)
    with pytest.raises(RefusedError, match=r"USD 5,000.00 is due back"):
        go(project, "close")
    repay(project, "5000")
    go(project, "close")
    assert state(project) == "closed"
    found = accounts(project)
    assert (found.award_amount, found.held_amount, found.due_amount) == (70_000, 70_000, 0)
    assert show_reserve(project.workspace, project.call).free == "30000.00"
    assert faults(project) == ()
    assert derived_acts(project) == 5
    told = ["agreement", "launch_validation", "disbursement_decision", "disbursement_decision", "closure"]
    assert project.letter_kinds("first")[2:] == told
    project.release(RUNNING)
    assert {letter.stage for letter in project.letters("first")} == {"released"}
    assert faults(project) == ()


def test_money_of_a_project_given_up_funds_the_reserve_list(project: Round) -> None:
    go(project, "abandon", "olga", "El grupo se disolvió")
    assert show_reserve(project.workspace, project.call).free == "100000.00"
    promoted = prepare_promotion(project.workspace, as_("olga"), RUNNING, call=project.call)
    assert [line.proposal for line in promoted.decisions] == [project.numbers["third"]]
    project.ratify(promoted.package, RUNNING, by="maria")
    project.release(RUNNING)
    assert list(opened(project).awards) == [project.numbers["third"]]
    go(project, "close")
    assert faults(project) == ()


@pytest.mark.parametrize(("trigger", "by"), [("terminate", "marcos"), ("abandon", "olga")])
def test_the_end_before_its_time_is_told_with_what_is_due_back(project: Round, trigger: str, by: str) -> None:
    pay(project, 1)
    spend(project, "1,2026-09-10,10000,F-1", "2,2026-09-10,10000,F-2")
    assert go(project, trigger, by, "El grupo se disolvió").moved == {
        "released": Decimal(60_000),
        "claimed": Decimal(30_000),
    }
    letter = project.letters("first")[-1]
    assert (letter.kind, letter.stage) == ({"terminate": "termination", "abandon": "abandonment"}[trigger], "pending")
    told = orjson.loads(letter.data)
    assert (told["project"]["award"], told["project"]["due"]) == ("40000.00", "30000.00")
    assert told["reason"] == "El grupo se disolvió"
    assert faults(project) == ()


def test_an_award_whose_condition_is_not_met_frees_its_money(round_: Round) -> None:
    opened(round_)
    assert go(round_, "terminate", reason="Sin acuerdo", reference="second").moved == {"released": Decimal(100_000)}
    assert show_reserve(round_.workspace, round_.call).free == "100000.00"
    assert orjson.loads(round_.letters("second")[-1].data)["project"]["due"] is None


def test_the_paper_of_a_payment_is_redacted_and_the_record_says_so(project: Round) -> None:
    spend(project, "2,2026-09-10,1000,Recibo de Ana Perez", "2,2026-09-11,500,F-2")
    number = project.numbers["first"]
    redact_payment(project.workspace, as_("olga"), RUNNING, project=number, payment=1, reason="Nombra a una persona")
    shown = show_project(project.workspace, number, RUNNING)
    assert [(item.document, item.amount) for item in shown.payments] == [(None, "1000.00"), ("F-2", "500.00")]
    assert b"Ana Perez" not in (project.workspace.folder / DATABASE).read_bytes()
    found = verify(project.workspace, as_("aldo"), TOO_OLD)
    assert (found.faults, [entry["act"] for entry in found.redactions]) == ((), ["PaymentRedacted"])
    assert derived_acts(project) == 0
    with pytest.raises(RefusedError, match="payment 1 of PIP1-000001 was redacted already"):
        redact_payment(project.workspace, as_("olga"), RUNNING, project=number, payment=1, reason="Otra vez")
    with pytest.raises(NotFoundError, match="PIP1-000001 has no payment 3"):
        redact_payment(project.workspace, as_("olga"), RUNNING, project=number, payment=3, reason="Otra vez")
    tamper(project.workspace.folder, "UPDATE expenditure SET document = 'F-9' WHERE number = 1")
    assert {str(fault.place) for fault in verify(project.workspace, as_("aldo"), TOO_OLD).faults} == {
        "expenditure PIP1-000001 1"
    }


def test_who_is_redacted_leaves_no_paper_of_payments(project: Round) -> None:
    spend(project, "2,2026-09-10,1000,Recibo de Ana Perez")
    with project.workspace.read() as unit:
        lead = unit.proposals.get(project.numbers["first"]).lead
    redact_party(project.workspace, as_("olga"), RUNNING, party=lead, reason="Lo pidió")
    assert show_project(project.workspace, project.numbers["first"], RUNNING).payments[0].document is None
    assert faults(project) == ()


def test_a_suspended_project_asks_for_nothing_until_it_is_resumed(project: Round) -> None:
    go(project, "suspend", reason="Conflicto entre las empresas")
    with pytest.raises(RefusedError, match="request disbursement is not possible in the state suspended"):
        pay(project, 1)
    go(project, "resume")
    assert pay(project, 1).state == "paid"


def test_a_project_is_given_up_as_such_and_not_as_an_award(project: Round) -> None:
    number = project.numbers["first"]
    with pytest.raises(RefusedError, match="is a project already"):
        withdraw(project.workspace, as_("olga"), RUNNING, proposal=number, reason="Otro fondo")
    with pytest.raises(RefusedError, match="is a project; what comes back"):
        record_return(project.workspace, as_("olga"), RUNNING, proposal=number, amount=Decimal(1), reason="Sobró")


def test_the_ledger_balances(project: Round) -> None:
    pay(project, 1)
    spend(project, "2,2026-09-10,1000,F-1")
    found = show_ledger(project.workspace, "competitiveness-fund")
    assert found == show_ledger(project.workspace, project.call)._replace(subject="competitiveness-fund")
    (entry,) = found.calls
    assert entry[1:] == ("200000.00", "40000.00", "160000.00", "0.00", "0.00", "1000.00")
    first = found.projects[0]
    assert (first.award, first.disbursed, first.balance, first.realised) == (
        "100000.00",
        "40000.00",
        "60000.00",
        "1000.00",
    )


def test_a_ledger_asks_for_no_project_by_itself(project: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    found = show_ledger(project.workspace, project.call)
    for name in ("get", "find", "money", "movements", "expenditures"):
        monkeypatch.delattr(Projects, name)
    assert show_ledger(project.workspace, project.call) == found
    assert tuple(list_projects(project.workspace, project.call)) == found.projects


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE project SET state = 'closed'", "project"),
        ("UPDATE project SET ends_on = '2029-01-01'", "project"),
        ("UPDATE project_line SET amount_minor = amount_minor + 1", "project_line"),
        ("UPDATE tranche SET milestone = 'Otro'", "tranche"),
        ("UPDATE disbursement SET certified_minor = 1", "disbursement"),
        ("UPDATE expenditure SET document = 'F-9'", "expenditure"),
        ("UPDATE expenditure SET disallowed_minor = 1", "expenditure"),
        ("UPDATE movement SET amount_minor = 1 WHERE number = 2", "movement"),
        ("DELETE FROM movement WHERE number = 2", "movement"),
    ],
)
def test_what_is_stored_of_a_project_is_what_the_trail_states(
    audited: Round, tmp_path: Path, statement: str, place: str
) -> None:
    copy = audited.copy(tmp_path / "agency")
    assert tamper(copy.workspace.folder, statement)
    found = faults(copy)
    assert found
    assert {str(fault[0]).split(" ")[0] for fault in found} == {place}


def test_the_dossier_of_a_proposal_holds_its_project(audited: Round) -> None:
    with audited.workspace.read() as unit:
        record = DossierRecord(audited.workspace, unit, audited.call, audited.numbers["first"])
        acts = [entry.act for entry in record.entries()]
    expected = ["ProjectOpened", "AgreementSigned", "ProjectLaunched", "DisbursementRequested", "DisbursementCertified"]
    expected += ["DisbursementApproved", "DisbursementPaid", "ExpenditureRecorded"]
    assert acts[-8:] == expected


@pytest.fixture(scope="module")
def audited(launched: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A project with every kind of row, without a fault."""
    made = launched.copy(tmp_path_factory.mktemp("audited") / "agency")
    pay(made, 1)
    spend(made, "2,2026-09-10,1000,F-1")
    assert faults(made) == ()
    return made


ROLES = {
    "project": {
        "coordination_officer": {"sign", "validate", "record_return", "evaluate", "complete"},
        "programme_manager": {"return_validation", "launch", "disallow", "suspend", "resume", "terminate", "close"},
        "implementing_agency coordination_officer": {"record_expenditure", "request_disbursement", "abandon"},
    },
    "disbursement": {
        "coordination_officer": {"certify", "return", "pay"},
        "programme_manager": {"return", "approve", "reject"},
        "implementing_agency coordination_officer": {"resubmit"},
    },
    "service_contract": {
        "coordination_officer": {"accept", "refuse"},
        "programme_manager": {"approve", "reject"},
        "implementing_agency coordination_officer": {"sign", "start", "deliver", "terminate"},
    },
    "conflict": {
        "coordination_officer": {"propose_departure"},
        "coordination_officer programme_manager": {"mediate"},
        "programme_manager": {"settle", "leave_unresolved", "return_departure", "approve_departure"},
        "implementing_agency coordination_officer": {"mediate", "escalate", "settle"},
    },
}


@pytest.mark.parametrize("machine", ROLES)
def test_a_tier_acts_only_on_what_is_its_own(machine: str) -> None:
    definition = load(shipped("workflows") / "machines" / f"{machine}.yaml", vocabulary(machine))
    found: dict[str, set[str]] = {}
    for transition in definition.transitions:
        found.setdefault(" ".join(transition.role), set()).add(transition.trigger)
    assert found == ROLES[machine]
