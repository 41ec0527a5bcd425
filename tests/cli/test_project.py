"""A project taken from award to closure by typed commands, and how its commands answer."""

from datetime import datetime
from pathlib import Path

import pytest

from desk import Desk
from measured import AFTER, grown, measured
from projected import (
    AGREEMENT,
    KEPT,
    LAUNCHING,
    RUNNING,
    SIGNING,
    TOO_OLD,
    firms,
    told_awards,
    validation_text,
    write,
)
from rounds import AFTER_DRAW, CALL, Round, open_workspace

PROJECT = "PIP1-000001"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Round:
    return told_awards(open_workspace(tmp_path_factory.mktemp("typed") / "agency"))


@pytest.fixture
def round_(told: Round, tmp_path: Path) -> Round:
    return told.copy(tmp_path / "agency")


@pytest.fixture
def desk(round_: Round) -> Desk:
    """An open project, signed for."""
    desk = Desk(round_.workspace.folder, AFTER_DRAW)
    desk.do("project", "open", CALL, by="olga")
    desk.now = SIGNING
    desk.do("project", "sign", PROJECT, str(write(round_, "agreement.yaml", AGREEMENT)), by="olga")
    return desk


def at(desk: Desk, now: datetime, *words: str, by: str) -> str:
    desk.now = now
    return desk.do(*words, by=by).out


def test_a_project_is_typed_from_award_to_closure(desk: Desk, round_: Round) -> None:
    validation = write(round_, "validation.yaml", validation_text(firms(round_), KEPT))
    out = at(desk, LAUNCHING, "project", "validate", PROJECT, str(validation), by="olga")
    assert f"Recorded the launch validation of {PROJECT}; 6 firms agreed." in out
    out = at(desk, LAUNCHING, "project", "launch", PROJECT, "--yes", by="marcos")
    assert f"Launched {PROJECT}.\nNo money moves." in out
    out = at(desk, RUNNING, "disbursement", "request", PROJECT, "--tranche", "1", by="olga")
    assert f"pipgrants disbursement certify {PROJECT} 1 --reason TEXT --as OFFICER" in out
    at(desk, RUNNING, "disbursement", "certify", PROJECT, "1", "--reason", "Convenio", by="olga")
    at(desk, RUNNING, "disbursement", "approve", PROJECT, "1", "--yes", by="marcos")
    out = at(desk, RUNNING, "disbursement", "pay", PROJECT, "1", "--paid-on", "2026-10-01", "--yes", by="olga")
    assert f"Paid USD 40,000.00 to {PROJECT}." in out
    rows = "line,paid_on,amount,document\n1,2026-09-10,40000,F-1\n2,2026-09-10,35000,F-2\n"
    out = at(desk, RUNNING, "project", "record-expenditure", PROJECT, str(write(round_, "p.csv", rows)), by="olga")
    assert f"Recorded 2 payments of {PROJECT}, USD 75,000.00 in all." in out
    measured(round_)
    at(desk, RUNNING, "project", "evaluate", PROJECT, "--reason", "Tomo 1", by="olga")
    out = at(desk, RUNNING, "project", "disallow", PROJECT, "1", "--reason", "Sin factura", "--yes", by="marcos")
    assert "USD 40,000.00 is free again." in out
    assert f"pipgrants reserve promote {CALL} --as OFFICER" in out
    out = at(desk, RUNNING, "project", "complete", PROJECT, "--yes", by="olga")
    assert "USD 20,000.00 is free again; USD 40,000.00 is due back." in out
    at(desk, RUNNING, "project", "record-return", PROJECT, "--amount", "40000", "--reason", "Banco", by="olga")
    grown(round_)
    at(desk, AFTER, "project", "evaluate", PROJECT, "--reason", "Tomo 2", by="olga")
    at(desk, AFTER, "project", "close", PROJECT, "--yes", by="marcos")
    shown = desk.do("project", "show", PROJECT, "--json").json
    assert (shown["state"], shown["award"], shown["due_back"]) == ("closed", "0.00", "0.00")
    assert desk.do("audit", "verify", by="aldo").code == 0


def test_launch_validation_says_that_it_is_mandatory(desk: Desk) -> None:
    desk.now = TOO_OLD
    assert "mandatory, and to be done" in desk.do("project", "show", PROJECT).out
    answer = desk.type("project", "launch", PROJECT, "--yes", by="marcos")
    assert (answer.code, "launch validation is mandatory" in answer.err) == (3, True)
    assert f"Next: pipgrants project validate {PROJECT} FILE --as OFFICER" in answer.err


def test_a_validation_is_returned_and_a_project_given_up(desk: Desk, round_: Round) -> None:
    validation = write(round_, "validation.yaml", validation_text(firms(round_), KEPT))
    at(desk, LAUNCHING, "project", "validate", PROJECT, str(validation), by="olga")
    at(desk, LAUNCHING, "project", "return-validation", PROJECT, "--reason", "Falta el acta", by="marcos")
    out = at(desk, LAUNCHING, "project", "abandon", PROJECT, "--reason", "Disuelto", "--yes", by="olga")
    assert f"Abandoned {PROJECT}.\nUSD 100,000.00 is free again." in out
    listed = desk.do("project", "list", CALL, "--json").json["projects"]
    assert [(item["project"], item["state"], item["award"]) for item in listed] == [
        (PROJECT, "abandoned", "0.00"),
        ("PIP1-000002", "awarded", "100000.00"),
    ]


def test_a_disbursement_is_returned_resubmitted_and_rejected(desk: Desk) -> None:
    at(desk, LAUNCHING, "project", "launch", PROJECT, "--yes", by="marcos")
    at(desk, RUNNING, "project", "suspend", PROJECT, "--reason", "Conflicto", by="marcos")
    at(desk, RUNNING, "project", "resume", PROJECT, by="marcos")
    at(desk, RUNNING, "disbursement", "request", PROJECT, "--tranche", "1", by="olga")
    at(desk, RUNNING, "disbursement", "return", PROJECT, "1", "--reason", "Falta el informe", by="olga")
    at(desk, RUNNING, "disbursement", "resubmit", PROJECT, "1", "--reason", "Informe", by="olga")
    out = at(desk, RUNNING, "disbursement", "reject", PROJECT, "1", "--reason", "No procede", "--yes", by="marcos")
    assert f"Rejected disbursement 1 of {PROJECT}: No procede" in out
    at(desk, RUNNING, "project", "terminate", PROJECT, "--reason", "Incumplimiento", "--yes", by="marcos")


def test_the_ledger_shows_where_the_money_is(desk: Desk) -> None:
    out = desk.do("project", "ledger", "competitiveness-fund").out
    assert "Amounts are in USD. Counterpart realised: 0.00." in out
    assert " ".join(out.split()).endswith(
        "Calls Call Envelope Disbursed Balance Other awards Free "
        "pip-one-stage 200,000.00 0.00 200,000.00 0.00 0.00 "
        "Projects Project Award Disbursed Balance Due back Counterpart "
        "PIP1-000001 100,000.00 0.00 100,000.00 0.00 0.00 PIP1-000002 100,000.00 0.00 100,000.00 0.00 0.00"
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("project", "show", "PIP1-000003"), 6, "there is no project 'PIP1-000003'"),
        (("project", "ledger", "no-such"), 6, "there is no call or programme 'no-such'"),
        (("disbursement", "approve", PROJECT, "1", "--yes"), 6, "has no disbursement 1"),
        (("project", "record-return", PROJECT, "--amount", "mucho", "--reason", "Sobró"), 2, "'mucho' is no amount"),
        (("disbursement", "request", PROJECT, "--tranche", "1"), 3, "request disbursement is not possible"),
    ],
)
def test_what_cannot_be_is_refused_with_its_exit_code(desk: Desk, words: tuple[str, ...], code: int, said: str) -> None:
    answer = desk.type(*words, by="olga")
    assert (answer.code, said in answer.err) == (code, True), answer.err
