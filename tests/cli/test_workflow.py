"""``workflow``: definitions checked with every mistake, and machines drawn."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from desk import Desk
from pipgrants.cli.app import app
from pipgrants.services.workspace import Workspace
from rounds import edit


def test_shipped_definitions_are_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["workflow", "check"])
    assert (result.exit_code, result.output) == (0, "No mistake in the shipped definitions.\n")


def test_all_mistakes_are_listed_with_file_and_line(desk: Desk) -> None:
    workspace = Workspace(desk.folder)
    edit(workspace, "machines", "call", {"guards: [closes_in_future]": "guards: [closes_someday]"})
    edit(workspace, "machines", "programme", {"role: [programme_manager]": "role: [minister]"})
    answer = desk.type("workflow", "check")
    assert answer.code == 3
    assert ("call.yaml:" in answer.err, "closes_someday" in answer.err) == (True, True)
    assert ("programme.yaml:" in answer.err, "minister" in answer.err) == (True, True)
    problems = desk.type("workflow", "check", "--json").json["problems"]
    assert all(problem["line"] for problem in problems)


def test_machine_is_drawn_as_mermaid(desk: Desk) -> None:
    assert desk.do("workflow", "show", "call").out.startswith("stateDiagram-v2\n")


def test_machine_is_drawn_as_svg(desk: Desk, tmp_path: Path) -> None:
    if shutil.which("dot") is None:
        pytest.skip("needs the system tool dot (graphviz)")
    desk.do("workflow", "show", "programme", "--svg", str(tmp_path / "programme.svg"))
    assert "<svg" in (tmp_path / "programme.svg").read_text(encoding="utf-8")


def test_svg_without_graphviz_says_what_to_install(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = desk.type("workflow", "show", "call", "--svg", str(tmp_path / "call.svg"))
    assert (answer.code, "Graphviz" in answer.err) == (3, True)
    assert not (tmp_path / "call.svg").exists()


def test_unknown_machine_is_6(desk: Desk) -> None:
    answer = desk.type("workflow", "show", "../calls/ecsel")
    assert "Next: name one of them" in answer.err
    assert (answer.code, "proposal_one_stage" in answer.err) == (6, True)
