"""A workspace: made whole or not at all, found from where one stands, its own files before the shipped ones."""

import os
import pwd
import sys
from pathlib import Path

import pytest

from pipgrants.errors import NotFoundError, RefusedError
from pipgrants.services import workspace as module
from pipgrants.services.shipped import shipped
from pipgrants.services.workspace import Workspace, identity, init
from rounds import BEFORE_OPENING, Round, as_


def make(folder: Path) -> Workspace:
    return init(folder, "admin", "Ada Ministro", as_("admin"), BEFORE_OPENING)


@pytest.mark.parametrize("name", ["LOGNAME", "USER", "LNAME", "USERNAME"])
def test_the_running_command_is_known_by_its_user_whatever_the_environment_says(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "umarcos")
    running = identity("olga")
    assert (running.claimed, running.os_user) == ("olga", pwd.getpwuid(os.getuid()).pw_name)
    assert running.host


def test_a_user_without_a_name_is_known_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert identity(None).os_user == str(os.getuid())


def test_without_a_database_of_users_the_environment_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pwd", None)
    monkeypatch.setenv("LOGNAME", "uolga")
    assert identity(None).os_user == "uolga"


def test_the_first_entry_names_the_administrator(workspace: Workspace) -> None:
    entry = Round(workspace).entries()[0]
    assert (entry["sequence"], entry["act"], entry["inputs"]["administrator"]) == (1, "WorkspaceCreated", "admin")


def test_a_folder_that_holds_something_is_no_new_workspace(workspace: Workspace) -> None:
    with pytest.raises(RefusedError, match="is not empty"):
        make(workspace.folder)


def test_a_workspace_is_made_in_the_empty_folder_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make(Path())
    assert Workspace.find(None).folder == tmp_path
    assert Round(Workspace.find(None)).acts() == ["WorkspaceCreated"]


@pytest.mark.parametrize("stopped_by", [OSError, KeyboardInterrupt])
def test_what_is_begun_and_not_finished_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped_by: type[BaseException]
) -> None:
    def stop(_path: Path) -> None:
        raise stopped_by

    monkeypatch.setattr(module, "create", stop)
    with pytest.raises(stopped_by):
        make(tmp_path / "agency")
    assert list((tmp_path / "agency").iterdir()) == []


def test_a_file_of_the_agency_comes_before_the_shipped_one(workspace: Workspace) -> None:
    own = workspace.folder / "workflows" / "machines" / "call.yaml"
    assert workspace.file("workflows", "machines/call.yaml") == own
    own.unlink()
    assert workspace.file("workflows", "machines/call.yaml") == shipped("workflows") / "machines" / "call.yaml"


@pytest.mark.parametrize("name", ["machines/none.yaml", "machines", "../pipgrants.db", "machines/../../pipgrants.db"])
def test_what_is_no_file_of_the_folder_is_not_found(workspace: Workspace, name: str) -> None:
    with pytest.raises(NotFoundError, match="there is no file"):
        workspace.file("workflows", name)


def test_a_definition_is_named_by_its_path_or_its_bare_name(workspace: Workspace, tmp_path: Path) -> None:
    mine = tmp_path / "pip-one-stage.yaml"
    mine.write_text("call: mine")
    assert workspace.definition_file("calls", str(mine)) == mine
    own = workspace.folder / "workflows" / "calls" / "pip-one-stage.yaml"
    assert [workspace.definition_file("calls", name) for name in ("pip-one-stage", "pip-one-stage.yaml")] == [own, own]
