"""Disbursements and what projects spend."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipgrants.domain.disbursement import Payable
from pipgrants.domain.vocabulary import Role
from pipgrants.errors import ImportRefusedError, NotAuthorisedError, NotFoundError, RefusedError
from pipgrants.services import people, project_money
from pipgrants.services.audit.duties import review_duties
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.explain import explain
from pipgrants.services.letters import preview
from pipgrants.services.project_views import show_disbursement, show_project
from projected import (
    RUNNING,
    TOO_OLD,
    accounts,
    ask,
    disallow,
    go,
    move,
    opened,
    pay,
    repay,
    running,
    sign,
    spend,
    start,
    told_awards,
)
from rounds import Round, as_, open_workspace

REDUCING = {"counterpart_behind_pace: hold": "counterpart_behind_pace: reduce"}


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A project in execution, of a call that reduces tranches that are ahead of the counterpart."""
    return running(told_awards(open_workspace(tmp_path_factory.mktemp("money") / "agency"), REDUCING))


@pytest.fixture
def project(launched: Round, tmp_path: Path) -> Round:
    return launched.copy(tmp_path / "agency")


def test_a_tranche_is_asked_for_certified_approved_and_paid(project: Round) -> None:
    assert ask(project, 1)[2:6] == (1, 1, "requested", "USD")
    certified = move(project, "certify", reason="Convenio firmado")
    assert (certified.state, certified.certified, certified.findings) == ("certified", Decimal(40_000), ())
    assert move(project, "approve", by="marcos").state == "approved"
    assert move(project, "pay", paid_on=date(2026, 10, 1)).state == "paid"
    found = accounts(project)
    assert (found.held_amount, found.undisbursed_amount) == (40_000, 60_000)


def test_a_tranche_ahead_of_the_counterpart_is_reduced_and_the_rest_asked_for_later(project: Round) -> None:
    pay(project, 1)
    spend(project, "2,2026-09-10,20000,F-1")
    ask(project, 2)
    certified = move(project, "certify", 2, reason="Primer informe")
    assert (certified.asked, certified.certified) == (35_000, 20_000)
    assert certified.findings == ("disbursement.counterpart_pace",)
    move(project, "approve", 2, by="marcos")
    move(project, "pay", 2)
    spend(project, "2,2026-09-11,80000,F-2")
    assert pay(project, 2).certified == 15_000
    with pytest.raises(RefusedError, match="nothing is left of tranche 2"):
        ask(project, 2)
    assert verify(project.workspace, as_("aldo"), TOO_OLD).faults == ()


def test_nothing_is_certified_where_nothing_was_realised(project: Round) -> None:
    pay(project, 1)
    ask(project, 2)
    with pytest.raises(
        RefusedError,
        match=r"the counterpart is behind its agreed pace \(8.1\): USD 35,000.00 must .*, and USD 0.00 is\n",
    ):
        move(project, "certify", 2, reason="Primer informe")


def test_what_is_in_kind_keeps_the_pace_up_to_its_cap(project: Round) -> None:
    """Of a counterpart 40 % may be in kind (4.2): beside 10,000 in cash, two thirds as much of 30,000 given."""
    pay(project, 1)
    spend(project, "2,2026-09-10,10000,F-1", "2,2026-09-10,30000,Avalúo 1,in_kind")
    shown = show_project(project.workspace, project.numbers["first"], RUNNING)
    assert (shown.realised, shown.beyond_cap) == ("16666.66", "23333.34")
    assert [payment.form for payment in shown.payments] == ["cash", "in_kind"]
    ask(project, 2)
    certified = move(project, "certify", 2, reason="Primer informe")
    assert (certified.asked, certified.certified) == (35_000, Decimal("16666.66"))
    [finding] = [item for item in certified_findings(project) if item["verdict"] == "not_met"]
    assert [note["code"] for note in finding["notes"]] == ["counterpart.in_kind_above_cap"]
    spend(project, "2,2026-09-10,20000,F-2")
    assert show_project(project.workspace, project.numbers["first"], RUNNING).realised == "50000.00"
    assert verify(project.workspace, as_("aldo"), TOO_OLD).faults == ()
    assert replay(project.workspace, as_("aldo"), TOO_OLD, call=project.call).differences == ()
    with pytest.raises(ImportRefusedError, match="line 1, and pays in cash only") as refused:
        spend(project, "1,2026-09-10,10,F-3,in_kind")
    assert [(item.line, item.field) for item in refused.value.problems] == [(2, "form")]


def test_a_list_that_is_recorded_twice_is_refused(project: Round) -> None:
    rows = ("2,2026-09-10,1000,F-1", "2,2026-09-10,1500,F-1")
    spend(project, *rows)
    with pytest.raises(ImportRefusedError) as refused:
        spend(project, *rows, "2,2026-09-10,1000,F-2")
    assert [(item.line, item.code) for item in refused.value.problems] == [
        (2, "import.payment_repeated"),
        (3, "import.payment_repeated"),
    ]


def certified_findings(project: Round) -> list[dict[str, Any]]:
    """What the last certificate says of the rules."""
    findings: list[dict[str, Any]] = project.entries(act="DisbursementCertified")[-1]["findings"]
    return findings


def test_a_reduced_disbursement_is_told_with_its_rule(project: Round) -> None:
    pay(project, 1)
    spend(project, "2,2026-09-10,20000,F-1")
    pay(project, 2)
    letter = json.loads(project.letters("first")[-1].data)
    assert [item["criterion"] for item in letter["findings"]] == ["disbursement.counterpart_pace"]
    text = " ".join(preview(project.workspace, project.numbers["first"]).text.split())
    assert "Ritmo de la contrapartida" in text and "8.1" in text
    told = explain(project.workspace, project.numbers["first"], "en").text
    assert "Disbursement 2: USD 35,000.00 asked for, USD 20,000.00 certified" in told
    assert "disbursement certified" in told


def test_who_reads_a_disbursement_sees_what_was_spent(project: Round) -> None:
    ask(project, 1)
    spend(project, "2,2026-09-10,20000,F-1")
    found = show_disbursement(project.workspace, project.numbers["first"], 1)
    assert (found.milestone, found.disbursement.state, found.findings) == ("Firma del convenio", "requested", ())
    assert [(line.component, line.source, line.spent) for line in found.lines] == [
        ("cooperation", "grant", "0.00"),
        ("markets", "own_funds", "20000.00"),
    ]
    with pytest.raises(NotFoundError, match="has no disbursement 2"):
        show_disbursement(project.workspace, project.numbers["first"], 2)


def test_an_approval_does_not_outlive_what_it_rests_on(project: Round) -> None:
    pay(project, 1)
    spend(project, "2,2026-09-10,35000,F-1")
    ask(project, 2)
    move(project, "certify", 2, reason="Primer informe")
    disallow(project, 1)
    with pytest.raises(RefusedError, match=r"USD 35,000.00 was certified, and USD 0.00 can be paid now"):
        move(project, "approve", 2, by="marcos")
    move(project, "return", 2, by="marcos", reason="Contrapartida no admitida")
    spend(project, "2,2026-09-12,35000,F-2")
    move(project, "resubmit", 2, reason="Otra factura")
    assert move(project, "certify", 2, reason="Primer informe").certified == 25_000


def test_a_tranche_is_asked_for_once_at_a_time(project: Round) -> None:
    ask(project, 1)
    with pytest.raises(RefusedError, match="disbursement 1 of PIP1-000001 asks for tranche 1 already"):
        ask(project, 1)
    move(project, "reject", by="marcos", reason="Sin informe")
    assert ask(project, 1).number == 2
    with pytest.raises(NotFoundError, match="has no tranche 9; it has 1, 2, 3"):
        ask(project, 9)


def test_who_certified_does_not_approve(project: Round) -> None:
    people.grant_role(project.workspace, as_("admin"), RUNNING, actor="olga", role=Role.PROGRAMME_MANAGER)
    ask(project, 1)
    move(project, "certify", reason="Convenio firmado")
    with pytest.raises(RefusedError, match="who prepared it cannot approve it"):
        move(project, "approve")
    move(project, "approve", by="marcos")
    found = review_duties(project.workspace, as_("aldo"), RUNNING)
    assert found.conflicts == []


def test_nothing_is_paid_in_the_future_or_before_the_agreement(project: Round) -> None:
    ask(project, 1)
    move(project, "certify", reason="Convenio firmado")
    move(project, "approve", by="marcos")
    for day in (date(2026, 10, 6), date(2026, 8, 2)):
        with pytest.raises(RefusedError, match=f"nothing is paid on {day}"):
            move(project, "pay", paid_on=day)


def test_the_first_disbursement_comes_within_the_months_of_the_call_or_after_a_validation(project: Round) -> None:
    ask(project, 1)
    move(project, "certify", reason="Convenio firmado")
    move(project, "approve", by="marcos")
    with pytest.raises(RefusedError, match="launch validation is mandatory"):
        move(project, "pay", now=TOO_OLD)
    assert move(project, "pay", now=TOO_OLD, paid_on=date(2026, 11, 3)).state == "paid"


def test_an_agency_asks_for_its_own_project_only(project: Round) -> None:
    with pytest.raises(NotAuthorisedError, match="iris acts for no party yet"):
        ask(project, 1, by="iris")
    project.tie("first")
    assert ask(project, 1, by="iris").state == "requested"
    with pytest.raises(NotAuthorisedError, match="certify is for coordination_officer"):
        move(project, "certify", by="iris", reason="Convenio firmado")


def test_a_payment_that_is_not_eligible_is_told_with_its_row(project: Round) -> None:
    with pytest.raises(ImportRefusedError) as refused:
        spend(project, "9,2026-09-10,10,F-1", "1,2026-08-01,10,F-2", "1,2026-09-10,100000.01,F-3", "1,2026-09-10,0,F-4")
    assert [(item.line, item.field, item.code) for item in refused.value.problems] == [
        (2, "line", "import.unknown_budget_line"),
        (3, "paid_on", "import.outside_project"),
        (4, "amount", "import.above_line"),
        (4, "amount", "import.above_award"),
        (5, "amount", "import.nothing_paid"),
    ]
    assert accounts(project).held_amount == 0
    with pytest.raises(ImportRefusedError, match="there is no payment in it"):
        spend(project)


def test_a_disallowed_cost_is_claimed_back_where_it_was_paid(project: Round) -> None:
    pay(project, 1)
    spend(project, "1,2026-09-10,40000,F-1", "2,2026-09-10,100000,F-2")
    pay(project, 2)
    pay(project, 3)
    assert disallow(project, 1, "3000").moved == {"claimed": Decimal(3_000)}
    assert disallow(project, 2, "3000").moved == {}
    assert disallow(project, 2, "1000").moved == {"claimed": Decimal(1_000)}
    with pytest.raises(RefusedError, match=r"USD 37,000.00 of it count"):
        disallow(project, 1, "37000.01")
    repay(project, "4000")
    assert accounts(project).due_amount == 0
    assert replay(project.workspace, as_("aldo"), TOO_OLD, call=project.call).differences == ()
    with pytest.raises(RefusedError, match=r"it holds USD 96,000.00"):
        repay(project, "96000.01")
    assert verify(project.workspace, as_("aldo"), TOO_OLD).faults == ()


def test_a_disallowed_cost_frees_what_was_not_paid(project: Round) -> None:
    pay(project, 1)
    spend(project, "1,2026-09-10,10000,F-1")
    assert disallow(project, 1).moved == {"released": Decimal(10_000)}
    returned = project.entries(act="MoneyReturned")
    assert [entry["inputs"] for entry in returned] == [{"proposal": project.numbers["first"], "amount": "10000.00"}]


def test_an_open_disbursement_keeps_a_project_from_ending(project: Round) -> None:
    ask(project, 1)
    with pytest.raises(RefusedError, match="disbursement 1 is neither paid nor rejected"):
        go(project, "terminate", reason="Incumplimiento")
    move(project, "reject", by="marcos", reason="Incumplimiento")
    assert go(project, "terminate", reason="Incumplimiento").moved == {"released": Decimal(100_000)}


def test_a_launch_is_signed_for_before_it(project: Round, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="sign is not possible in the state in execution"):
        sign(project)
    with pytest.raises(RefusedError, match="launch is not possible in the state in execution"):
        start(project)
    with pytest.raises(RefusedError, match="no award"):
        opened(project)


def test_a_certificate_that_does_not_follow_is_named(project: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(project, 1)
    with monkeypatch.context() as patch:
        patch.setattr(project_money, "payable", lambda *_: Payable(Decimal(40_001), ()))
        move(project, "certify", reason="Convenio firmado")
    found = replay(project.workspace, as_("aldo"), TOO_OLD, call=project.call).differences
    assert [(item.act, item.subject, item.field) for item in found][:1] == [
        ("DisbursementCertified", "disbursement/PIP1-000001/1", "inputs.certified")
    ]
    assert (found[0].recorded, found[0].derived) == ("40001.00", "40000.00")
