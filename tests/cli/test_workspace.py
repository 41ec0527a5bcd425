"""``workspace``: copies of the database, its upgrade, and databases that this program does not take."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from desk import Desk
from older import FIRST, made_older
from pipgrants.services.workspace import Workspace
from pipgrants.store.database import head_version, version
from rounds import tamper


def test_copy_is_a_database_of_its_own(desk: Desk) -> None:
    copy = Path(str(desk.do("workspace", "backup", "--json").json["copy"]))
    with closing(sqlite3.connect(desk.folder / copy)) as connection:
        assert connection.execute("SELECT count(*) FROM actor").fetchone()[0] > 1


def test_copy_replaces_no_file(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    desk.do("workspace", "backup", "--out", str(target))
    assert desk.type("workspace", "backup", "--out", str(target)).code == 3


def test_older_database_is_upgraded_and_a_copy_kept(desk: Desk) -> None:
    made_older(Workspace(desk.folder))
    assert desk.type("status").code == 3
    done = desk.do("workspace", "upgrade", "--json", by="admin").json
    assert (done["found"], done["version"]) == (FIRST, head_version())
    assert version(Path(done["copy"])) == FIRST
    assert desk.do("trail", "show", "--json").json["entries"][-1]["act"] == "WorkspaceUpgraded"


def test_current_database_needs_no_upgrade(desk: Desk) -> None:
    assert desk.type("workspace", "upgrade", by="admin").code == 3


def test_foreign_version_is_refused_with_what_to_do(desk: Desk) -> None:
    tamper(desk.folder, "UPDATE alembic_version SET version_num = '9999'")
    for words in (["status"], ["workspace", "upgrade"]):
        answer = desk.type(*words, by="admin")
        assert (answer.code, answer.err.splitlines()) == (
            3,
            [
                f"Error: the database is of version 9999; this program works on version {head_version()}",
                "  Next: a newer pipgrants wrote it; install that one: pip install --upgrade",
                "    pipgrants",
            ],
        )


@pytest.mark.parametrize("content", ["", "not a database at all"])
def test_file_that_is_no_database_is_refused(desk: Desk, content: str) -> None:
    for file in desk.folder.glob("pipgrants.db*"):
        file.unlink()
    (desk.folder / "pipgrants.db").write_text(content)
    for words in (["status"], ["workspace", "upgrade"], ["workspace", "backup"]):
        answer = desk.type(*words, by="admin")
        assert (answer.code, "is damaged, or no database of pipgrants" in answer.err) == (5, True)
    assert list((desk.folder / "backups").iterdir()) == []
