"""``team``, ``firm`` and ``activity``, as they are typed and read."""

from pathlib import Path

import pytest

from desk import Desk
from participated import REGISTRATION_COLUMNS, activity_folder, listed, selection_text
from pipgrants.cli.output import WIDTH
from projected import RUNNING, running, told_awards
from rounds import Round, open_workspace

PROJECT, DAY = "PIP1-000001", "2026-09-15"
LISTS = [("team", "list"), ("firm", "list"), ("activity", "list")]


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Round:
    return running(told_awards(open_workspace(tmp_path_factory.mktemp("typed") / "agency")))


@pytest.fixture
def desk(launched: Round, tmp_path: Path) -> Desk:
    return Desk(launched.copy(tmp_path / "agency").workspace.folder, RUNNING)


def fits(text: str) -> bool:
    lines = text.split("Next:")[0].splitlines()
    return all(len(line) <= WIDTH and line == line.rstrip() for line in lines)


@pytest.mark.parametrize("words", LISTS)
def test_an_empty_list_says_what_to_do_next(desk: Desk, words: tuple[str, str]) -> None:
    answer = desk.do(*words, PROJECT)
    assert fits(answer.out)
    assert "Next:" in answer.out


def test_a_team_is_typed_and_its_turnover_read(desk: Desk) -> None:
    file = desk.folder / "selection.yaml"
    file.write_text(selection_text("E-000001", DAY), encoding="utf-8")
    out = desk.do("team", "select", PROJECT, str(file), by="olga").out
    assert f"Ana Paz is member 1 of the technical team of {PROJECT}: Coordinadora." in out
    out = desk.do("team", "leave", PROJECT, "1", "--on", "2026-09-30", "--reason", "Otro empleo", by="olga").out
    assert "left on 2026-09-30, before the time agreed on was over: Otro empleo" in out
    shown = desk.do("team", "list", PROJECT)
    assert fits(shown.out)
    assert " ".join(shown.out.split()).endswith("2026-09-15 to 2026-10-05 1 1 0.76 131.25 %")
    member = desk.do("team", "show", PROJECT, "1").out
    assert fits(member)
    assert "E-000001  choice, interviews" in member
    desk.do("team", "redact", PROJECT, "1", "--reason", "Solicitud", "--yes", by="olga")
    [told] = desk.do("team", "list", PROJECT, "--json").json["members"]
    assert (told["name"], told["email"], told["left_early"]) == (None, None, True)


def test_firms_register_and_take_part_in_activities(desk: Desk) -> None:
    file = listed(desk.folder, "firms.csv", REGISTRATION_COLUMNS, [f"E-00000{n},{DAY},,2025,12,23637" for n in (1, 2)])
    assert "Registered 2 firms" in desk.do("firm", "register", PROJECT, str(file), by="olga").out
    assert desk.try_out("firm", "register", PROJECT, str(file)).json["firms"] == ["E-000001", "E-000002"]
    sheets = {
        "activities": [f"A1,mission,markets,{DAY},Feria de San Pedro,1000,Dos contratos,Acta 5,20,12"],
        "firms": ["A1,E-000001,yes", "A1,E-000002,no"],
    }
    folder = activity_folder(desk.folder, sheets)
    assert f"Recorded 1 activity of {PROJECT}." in desk.do("activity", "import", PROJECT, str(folder), by="olga").out
    for words in (("list", PROJECT), ("show", PROJECT, "A1")):
        assert fits(desk.do("activity", *words).out)
    assert "E-000001  firm  agreed" in desk.do("activity", "show", PROJECT, "A1").out
    assert desk.do("activity", "list", PROJECT, "--kind", "training", "--json").json["activities"] == []
    out = desk.do("firm", "withdraw", PROJECT, "E-000002", "--reason", "Se va", by="olga").out
    assert "The consent of E-000002 holds no longer from 2026-10-05 on: Se va\n" in out
    out = desk.do("firm", "list", PROJECT).out
    assert fits(out)
    assert "no consent" in out
    assert fits(desk.do("firm", "show", PROJECT, "E-000001").out)
    desk.do("activity", "void", PROJECT, "A1", "--reason", "Error", "--yes", by="olga")
    assert desk.do("activity", "list", PROJECT, "--json").json["total"]["activities_count"] == 0


def test_a_refusal_says_in_the_readers_language_that_there_is_no_benefit(desk: Desk) -> None:
    sheets = {"activities": [f"A1,training,markets,{DAY},Curso,10,Aprendieron"], "firms": ["A1,E-000001"]}
    path = activity_folder(desk.folder, sheets)
    answer = desk.type("activity", "import", PROJECT, str(path), "--language", "es", by="olga")
    assert answer.code == 3
    assert "sin consentimiento y datos no hay beneficio" in answer.asked
