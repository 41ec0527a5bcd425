"""``workspace``, ``workflow`` and ``actor``."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from desk import Desk
from pipgrants.cli.app import app
from pipgrants.services.workspace import Workspace
from rounds import edit, tamper


class TestWorkspace:
    def test_copy_is_a_database_of_its_own(self, desk: Desk) -> None:
        copy = Path(str(desk.do("workspace", "backup", "--json").json["copy"]))
        with closing(sqlite3.connect(desk.folder / copy)) as connection:
            assert connection.execute("SELECT count(*) FROM actor").fetchone()[0] > 1

    def test_copy_replaces_no_file(self, desk: Desk, tmp_path: Path) -> None:
        target = tmp_path / "copy.db"
        desk.do("workspace", "backup", "--out", str(target))
        assert desk.type("workspace", "backup", "--out", str(target)).code == 3

    def test_current_database_needs_no_upgrade(self, desk: Desk) -> None:
        assert desk.type("workspace", "upgrade", by="admin").code == 3

    def test_foreign_version_is_refused_with_what_to_do(self, desk: Desk) -> None:
        tamper(desk.folder, "UPDATE alembic_version SET version_num = '9999'")
        answer = desk.type("status")
        assert answer.code == 3
        assert "9999" in answer.err
        assert desk.type("workspace", "upgrade", by="admin").code == 3

    def test_file_that_is_no_database_is_refused(self, desk: Desk) -> None:
        (desk.folder / "pipgrants.db").write_text("not a database at all")
        assert desk.type("status").code == 3


class TestWorkflow:
    def test_shipped_definitions_are_sound(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        result = CliRunner().invoke(app, ["workflow", "check"])
        assert (result.exit_code, result.output) == (0, "No mistake in the shipped definitions.\n")

    def test_all_mistakes_are_listed_with_file_and_line(self, desk: Desk) -> None:
        workspace = Workspace(desk.folder)
        edit(workspace, "machines", "call", {"guards: [closes_in_future]": "guards: [closes_someday]"})
        edit(workspace, "machines", "programme", {"role: [programme_manager]": "role: [minister]"})
        answer = desk.type("workflow", "check")
        assert answer.code == 3
        assert ("call.yaml:" in answer.err, "closes_someday" in answer.err) == (True, True)
        assert ("programme.yaml:" in answer.err, "minister" in answer.err) == (True, True)
        problems = desk.type("workflow", "check", "--json").json["problems"]
        assert all(problem["line"] for problem in problems)

    def test_machine_is_drawn_as_mermaid(self, desk: Desk) -> None:
        assert desk.do("workflow", "show", "call").out.startswith("stateDiagram-v2\n")

    def test_machine_is_drawn_as_svg(self, desk: Desk, tmp_path: Path) -> None:
        if shutil.which("dot") is None:
            pytest.skip("needs the system tool dot (graphviz)")
        desk.do("workflow", "show", "programme", "--svg", str(tmp_path / "programme.svg"))
        assert "<svg" in (tmp_path / "programme.svg").read_text(encoding="utf-8")

    def test_svg_without_graphviz_says_what_to_install(
        self, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        answer = desk.type("workflow", "show", "call", "--svg", str(tmp_path / "call.svg"))
        assert (answer.code, "Graphviz" in answer.err) == (3, True)
        assert not (tmp_path / "call.svg").exists()

    def test_unknown_machine_is_6(self, desk: Desk) -> None:
        answer = desk.type("workflow", "show", "../calls/ecsel")
        assert (answer.code, "proposal_one_stage" in answer.err) == (6, True)


class TestActor:
    def test_person_may_hold_several_roles(self, desk: Desk) -> None:
        roles = ("--role", "evaluator", "--role", "auditor")
        desk.do("actor", "add", "ines", "--name", "Inés Paz", *roles, by="admin")
        listed = {item["actor"]: item["roles"] for item in desk.do("actor", "list", "--json").json["actors"]}
        assert listed["ines"] == ["auditor", "evaluator"]

    def test_name_stays_out_of_the_trail(self, desk: Desk) -> None:
        desk.do("actor", "add", "ines", "--name", "Inés Paz", by="admin")
        assert "Paz" not in desk.do("trail", "show", "--subject", "actor/ines", "--json").out

    def test_role_is_given_and_taken(self, desk: Desk) -> None:
        desk.do("actor", "grant", "olga", "auditor", by="admin")
        desk.do("actor", "revoke", "olga", "auditor", "--reason", "moved on", by="admin")
        assert desk.type("actor", "revoke", "olga", "auditor", "--reason", "again", by="admin").code == 3
        entry = desk.do("trail", "show", "--subject", "actor/olga", "--json").json["entries"][-1]
        assert (entry["act"], entry["reason"]) == ("RoleRevoked", "moved on")

    def test_only_an_administrator_registers_people(self, desk: Desk) -> None:
        assert desk.type("actor", "add", "ines", "--name", "Inés", by="olga").code == 4

    def test_odd_short_name_is_usage(self, desk: Desk) -> None:
        assert desk.type("actor", "add", "Inés Paz", "--name", "Inés", by="admin").code == 2
