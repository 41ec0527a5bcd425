"""What every command shares: the workspace, who acts, the clock, JSON or text."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from typer.testing import CliRunner

from desk import Desk
from pipgrants.cli import context
from pipgrants.cli.app import app
from pipgrants.services.views import SYNTHETIC
from pipgrants.services.workspace import Workspace
from rounds import CALL, PEOPLE, edit, open_workspace

LATER = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_clock_is_read_in_one_place_and_in_utc() -> None:
    with time_machine.travel(LATER, tick=False):
        assert context.now() == LATER
        assert context.now().tzinfo is UTC
        assert context.Run().now == LATER


def test_nothing_else_in_the_program_reads_the_clock() -> None:
    source = Path(context.__file__).parents[1]
    reads = re.compile(r"\.now\(\w*\)|\.today\(\)|utcnow|\btime\.time\b|monotonic|perf_counter")
    found = [path.name for path in sorted(source.rglob("*.py")) if reads.search(path.read_text(encoding="utf-8"))]
    assert found == ["context.py"]


def test_run_acts_at_one_instant_however_long_it_takes() -> None:
    run = context.Run()
    with time_machine.travel(LATER, tick=False) as traveller:
        first = run.now
        traveller.shift(60)
        assert run.now == first


@pytest.mark.parametrize(
    "words",
    [
        ["--workspace", "{folder}", "--json", "actor", "list"],
        ["actor", "list", "--workspace", "{folder}", "--json"],
        ["--json", "actor", "list", "-w", "{folder}"],
        ["-w", "/nowhere", "actor", "list", "--json", "-w", "{folder}"],
    ],
)
def test_shared_options_stand_before_a_command_or_after_it(desk: Desk, words: list[str]) -> None:
    result = CliRunner().invoke(app, [word.format(folder=desk.folder) for word in words])
    assert [actor["actor"] for actor in json.loads(result.stdout)["actors"]] == sorted(["admin", *PEOPLE])


def test_who_acts_is_named_before_a_command_or_after_it(desk: Desk) -> None:
    desk.do("--as", "admin", "actor", "grant", "olga", "evaluator")
    desk.do("actor", "grant", "iris", "evaluator", by="admin")
    actors = [entry["actor"] for entry in desk.do("trail", "show", "--json", "--limit", "1000").json["entries"][-2:]]
    assert actors == ["admin", "admin"]


def test_nobody_acts_unnamed(desk: Desk) -> None:
    answer = desk.type("actor", "grant", "olga", "evaluator")
    assert answer.code == 2
    assert "add --as ACTOR" in answer.err


def test_mapped_person_needs_no_name_and_cannot_take_another(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.do("actor", "map", "admin", "root-of-the-agency", by="admin")
    monkeypatch.setattr("pipgrants.services.workspace.os_user", lambda: "root-of-the-agency")
    desk.do("actor", "grant", "olga", "evaluator")
    answer = desk.type("actor", "grant", "iris", "evaluator", by="olga")
    assert answer.code == 4
    entry = desk.do("trail", "show", "--subject", "actor/olga", "--json").json["entries"][-1]
    assert (entry["actor"], entry["known_by"]["method"]) == ("admin", "operating_system")


def test_error_is_one_json_object_and_a_sentence(desk: Desk) -> None:
    answer = desk.type("party", "show", "E-999999", "--json")
    assert answer.code == 6
    assert answer.json == {
        "error": {"exit_code": 6, "message": "there is no party E-999999", "next_step": "pipgrants party list"}
    }
    assert answer.err == "Error: there is no party E-999999\n  Next: pipgrants party list\n"


def test_error_in_json_lists_every_mistake_of_a_file(desk: Desk) -> None:
    edit(Workspace(desk.folder), "calls", CALL, {"currency: USD": "currency: USD\ncurency: USD"})
    problems = desk.type("call", "check", CALL, "--json").json["error"]["problems"]
    assert [(problem["field"], problem["file"].endswith(f"{CALL}.yaml")) for problem in problems] == [("curency", True)]


def test_workspace_is_the_nearest_one_upwards(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk.folder / "workflows" / "calls")
    result = CliRunner().invoke(app, ["actor", "list", "--json"])
    assert result.exit_code == 0


def test_workspace_named_is_not_looked_for_upwards(desk: Desk) -> None:
    answer = desk.type("status", "--workspace", str(desk.folder / "workflows"))
    assert answer.code == 6


def test_results_of_invented_data_say_so(open_desk: Desk) -> None:
    assert open_desk.do("status").out.splitlines()[0] == SYNTHETIC
    assert open_desk.do("status", "--json").json["labels"] == [SYNTHETIC]


def test_results_of_a_call_bear_its_label(open_desk: Desk) -> None:
    label = "label:\n  en: An exercise without effect\n  es: Un ejercicio sin efecto\n  pt: Um exercício sem efeito\n"
    edit(Workspace(open_desk.folder), "calls", CALL, {"currency: USD\n": f"currency: USD\n{label}"})
    open_desk.do("call", "amend", CALL, "--reason", "it is an exercise", by="olga")
    open_desk.do("ratify", open_desk.waiting(), "--yes", by="marcos")
    assert open_desk.do("proposal", "list", CALL).out.splitlines()[:2] == [SYNTHETIC, "An exercise without effect"]
    assert open_desk.do("status", "--json").json["labels"] == [SYNTHETIC]


def test_results_of_real_data_say_nothing_of_it(tmp_path: Path) -> None:
    desk = Desk(open_workspace(tmp_path / "agency").folder)
    assert "SYNTHETIC" not in desk.do("status").out
    assert "labels" not in desk.do("status", "--json").json
