"""Conflicts within a group typed from their opening to their end, and how the commands answer."""

from pathlib import Path

import pytest

from desk import Desk
from pipgrants.cli.output import WIDTH
from projected import RUNNING
from rounds import CALL, Round

PROJECT = "PIP1-000001"
OPENING = ("conflict", "open", PROJECT, "--cause", "non_compliance", "--party", "E-000002", "--party", "E-000003")
ABOUT = ("--about", "La segunda empresa no entregó su aporte")
WHY = ("--reason", "Nuevo plazo aceptado")


@pytest.fixture
def desk(supplied: Round, tmp_path: Path) -> Desk:
    return Desk(supplied.copy(tmp_path / "agency").workspace.folder, RUNNING)


def mediated(desk: Desk) -> str:
    """Opens a conflict and mediates in it; returns what the commands answered."""
    out = desk.do(*OPENING, *ABOUT, "--on", "2026-09-15", by="olga").out
    words = ("conflict", "mediate", PROJECT, "1", "--mediator", "Rosa Paz", "--on", "2026-09-20")
    return out + desk.do(*words, "--minutes", "Acordaron un nuevo plazo", by="olga").out


def fits(text: str) -> bool:
    lines = text.split("\nNext:")[0].splitlines()
    return all(len(line) <= WIDTH and line == line.rstrip() for line in lines)


def test_a_conflict_is_typed_to_its_settlement(desk: Desk) -> None:
    assert f"No conflict within a group is on record in {CALL}." in desk.do("conflict", "list", CALL).out
    out = mediated(desk)
    assert f"Recorded conflict 1 within the group of {PROJECT}." in out
    assert f"Recorded a mediation of conflict 1 of {PROJECT}." in out
    words = ("conflict", "settle", PROJECT, "1", "--consequence", "goes_on", *WHY)
    answer = desk.type(*words, by="olga", answers="y\n")
    assert f"Record that conflict 1 of {PROJECT} is settled?" in answer.asked
    assert f"Conflict 1 of {PROJECT} is settled.\nFor the project: goes on." in answer.out
    shown = desk.do("conflict", "show", PROJECT, "1", by="olga").out
    assert all(said in " ".join(shown.split()) for said in ("aporte", "Rosa Paz", "Nuevo plazo aceptado"))
    listed = desk.do("conflict", "list", CALL).out
    assert fits(shown)
    assert fits(listed)
    assert fits(desk.do("project", "show", PROJECT).out)
    trail = desk.do("trail", "show", "--subject", f"conflict/{PROJECT}/1", "--json").out
    assert not [said for said in ("aporte", "Rosa Paz", "plazo") if said in listed + trail]


def test_what_nothing_settles_stops_the_project(desk: Desk) -> None:
    mediated(desk)
    out = desk.do("conflict", "escalate", PROJECT, "1", *WHY, by="olga").out
    assert f"pipgrants conflict leave-unresolved {PROJECT} 1" in out
    words = ("conflict", "leave-unresolved", PROJECT, "1", "--consequence", "suspension", *WHY, "--yes")
    out = desk.do(*words, by="marcos").out
    assert f"pipgrants project suspend {PROJECT} --reason TEXT --as MANAGER" in out


def test_a_firm_leaves_over_a_conflict(desk: Desk) -> None:
    mediated(desk)
    words = ("conflict", "propose-departure", PROJECT, "1", "--firm", "E-000002", "--consequence", "plan_changes", *WHY)
    assert f"pipgrants conflict approve-departure {PROJECT} 1 --as MANAGER" in desk.do(*words, by="olga").out
    desk.do("conflict", "return-departure", PROJECT, "1", *WHY, by="marcos")
    desk.do(*words, by="olga")
    answer = desk.type("conflict", "approve-departure", PROJECT, "1", by="marcos", answers="y\n")
    assert "Let E-000002 leave the group?" in answer.asked
    assert f"E-000002 left the group of {PROJECT}." in answer.out
    [found] = desk.do("project", "show", PROJECT, "--json").json["conflicts"]
    assert (found["state"], found["leaving"], found["consequence"]) == ("firm_left", "E-000002", "plan_changes")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (OPENING, 2, "say it in words"),
        ((*OPENING[:-1], "E-000002", *ABOUT), 2, "E-000002 is named twice"),
        (("conflict", "show", PROJECT, "9"), 6, f"{PROJECT} has no conflict 9"),
    ],
)
def test_what_cannot_be_is_refused_with_its_exit_code(desk: Desk, words: tuple[str, ...], code: int, said: str) -> None:
    answer = desk.type(*words, by="olga")
    assert (answer.code, said in answer.asked) == (code, True), answer.err


def test_a_file_says_what_a_conflict_is_about(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "about.txt"
    file.write_text("Cuotas atrasadas", encoding="utf-8")
    desk.do(*OPENING, "--file", str(file), by="olga")
    assert desk.do("conflict", "show", PROJECT, "1", "--json", by="olga").json["about"] == "Cuotas atrasadas"
