"""Service contracts typed from the selection of the supplier on, and how the commands answer."""

from pathlib import Path

import pytest

from desk import Desk
from disputed import CONTRACT, ONE_OFFER, SUPPLIER
from pipgrants.cli.output import WIDTH
from projected import RUNNING, write
from rounds import CALL, Round

PROJECT = "PIP1-000001"


@pytest.fixture
def round_(supplied: Round, tmp_path: Path) -> Round:
    return supplied.copy(tmp_path / "agency")


@pytest.fixture
def desk(round_: Round) -> Desk:
    return Desk(round_.workspace.folder, RUNNING)


def fits(text: str) -> bool:
    lines = text.split("\nNext:")[0].splitlines()
    return all(len(line) <= WIDTH and line == line.rstrip() for line in lines)


def test_a_contract_is_typed_to_its_acceptance(desk: Desk, round_: Round) -> None:
    assert f"No service contract is on record in {CALL}." in desk.do("contract", "list", CALL).out
    file = str(write(round_, "contract.yaml", CONTRACT))
    out = desk.do("contract", "record", PROJECT, file, by="olga").out
    assert f"Recorded service contract 1 of {PROJECT} with {SUPPLIER}; 3 offers compared." in out
    assert f"pipgrants contract sign {PROJECT} 1 --as OFFICER" in out
    out = desk.do("contract", "sign", PROJECT, "1", "--on", "2026-09-10", by="olga").out
    assert f"Signed service contract 1 of {PROJECT} with {SUPPLIER}.\nAmount: USD 12,000.00" in out
    paid = "line,paid_on,amount,document,contract\n2,2026-09-12,5000,F-1,1\n"
    desk.do("project", "record-expenditure", PROJECT, str(write(round_, "paid.csv", paid)), by="olga")
    desk.do("contract", "start", PROJECT, "1", by="olga")
    desk.do("contract", "deliver", PROJECT, "1", by="olga")
    desk.do("contract", "refuse", PROJECT, "1", "--reason", "Falta el anexo", by="olga")
    desk.do("contract", "deliver", PROJECT, "1", by="olga")
    answer = desk.type("contract", "accept", PROJECT, "1", "--reason", "Tomo 1", by="olga", answers="y\n")
    assert f"Accept what {SUPPLIER} delivered for USD 12,000.00?" in answer.asked
    assert f"Accepted service contract 1 of {PROJECT}: Tomo 1" in answer.out
    for words in (("contract", "list", CALL), ("contract", "show", PROJECT, "1"), ("project", "show", PROJECT)):
        shown = desk.do(*words)
        assert fits(shown.out), shown.out
    assert "Mercados SA" in desk.do("contract", "show", PROJECT, "1").out
    found = desk.do("project", "show", PROJECT, "--json").json
    assert [(item["number"], item["state"], item["paid"]) for item in found["contracts"]] == [
        (1, "accepted", "5000.00")
    ]
    assert found["payments"][0]["contract"] == 1


def test_a_single_offer_waits_for_management(desk: Desk, round_: Round) -> None:
    out = desk.do("contract", "record", PROJECT, str(write(round_, "c.yaml", ONE_OFFER)), by="olga").out
    assert f"pipgrants contract approve {PROJECT} 1 --as MANAGER" in out
    answer = desk.type("contract", "approve", PROJECT, "1", by="marcos", answers="y\n")
    assert f"Approve the selection of {SUPPLIER} for USD 12,000.00 (1 offer compared)?" in answer.asked
    assert f"Approved the selection of {SUPPLIER}" in answer.out
    out = desk.do("contract", "terminate", PROJECT, "1", "--reason", "Ya no hace falta", "--yes", by="olga").out
    assert f"Terminated service contract 1 of {PROJECT}: Ya no hace falta" in out


def test_a_selection_is_rejected(desk: Desk, round_: Round) -> None:
    desk.do("contract", "record", PROJECT, str(write(round_, "c.yaml", ONE_OFFER)), by="olga")
    out = desk.do("contract", "reject", PROJECT, "1", "--reason", "Más ofertas", "--yes", by="marcos").out
    assert f"Rejected service contract 1 of {PROJECT}: Más ofertas" in out


def test_mistakes_of_a_file_are_told_at_their_lines(desk: Desk, round_: Round) -> None:
    text = CONTRACT.replace("markets", "dissemination").replace("E-000003]", "E-000009]")
    answer = desk.type("contract", "record", PROJECT, str(write(round_, "c.yaml", text)), by="olga")
    assert answer.code == 3
    assert "c.yaml:3: component: the budget of the project has no such component" in answer.asked
    assert "c.yaml:12: agreed_by: E-000009 is no firm of the project" in answer.asked
