"""An older database is upgraded by an administrator, whole or not at all, and the trail says so."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from older import FIRST, made_older
from pipgrants.errors import NotAuthorisedError, NotFoundError, RefusedError, UsageError
from pipgrants.services import people, upkeep
from pipgrants.services.audit.verify import verify
from pipgrants.services.workspace import DATABASE, Workspace
from pipgrants.store.database import head_version, version
from pipgrants.store.guards import GUARDS
from rounds import BEFORE_OPENING, WHILE_OPEN, Round, application, as_, tamper


@pytest.fixture
def older(workspace: Workspace) -> Workspace:
    """A workspace with its people, its database as the first version of the program had it."""
    return made_older(workspace)


def acts_in(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM entry").fetchone()[0])


def test_an_upgrade_is_the_next_entry_of_the_trail(older: Workspace) -> None:
    before = acts_in(older.folder / DATABASE)
    done = upkeep.upgrade(older.folder, as_("admin"), WHILE_OPEN)
    assert (done.found, done.version, version(older.folder / DATABASE)) == (FIRST, head_version(), head_version())
    entries = Round(older).entries()
    assert len(entries) == before + 1
    assert {key: entries[-1][key] for key in ("act", "subject", "actor", "role", "inputs")} == {
        "act": "WorkspaceUpgraded",
        "subject": "workspace",
        "actor": "admin",
        "role": "administrator",
        "inputs": {"from": FIRST, "to": head_version()},
    }


def test_an_upgraded_workspace_goes_on(older: Workspace) -> None:
    upkeep.upgrade(older.folder, as_("admin"), WHILE_OPEN)
    people.add_actor(older, as_("admin"), WHILE_OPEN, actor="nora", name="Nora", roles=(), os_user=None)
    assert Round(older).acts()[-2:] == ["WorkspaceUpgraded", "ActorAdded"]


def test_no_checkpoint_is_missed_of_acts_before_there_were_any(round_: Round) -> None:
    for path in (round_.workspace.folder / "checkpoints").iterdir():
        path.unlink()
    older = made_older(round_.workspace)
    upkeep.upgrade(older.folder, as_("admin"), WHILE_OPEN)
    assert verify(older, as_("aldo"), WHILE_OPEN).missing == ()


def test_an_upgraded_trail_has_every_guard(older: Workspace) -> None:
    upkeep.upgrade(older.folder, as_("admin"), WHILE_OPEN)
    with older.read() as unit:
        assert unit.stored.triggers() == GUARDS
    with pytest.raises(sqlite3.IntegrityError, match="the trail is never changed"):
        tamper(older.folder, "INSERT OR REPLACE INTO node SELECT level, position, x'00' FROM node")


def test_the_copy_is_from_before_the_upgrade(older: Workspace) -> None:
    before = acts_in(older.folder / DATABASE)
    done = upkeep.upgrade(older.folder, as_("admin"), WHILE_OPEN)
    assert (version(done.copy), acts_in(done.copy)) == (FIRST, before)


@pytest.mark.parametrize(
    ("actor", "error"), [("olga", NotAuthorisedError), ("nobody", NotFoundError), (None, UsageError)]
)
def test_who_is_no_administrator_upgrades_nothing(older: Workspace, actor: str | None, error: type[Exception]) -> None:
    before = acts_in(older.folder / DATABASE)
    with pytest.raises(error):
        upkeep.upgrade(older.folder, as_("admin")._replace(claimed=actor), WHILE_OPEN)
    assert (version(older.folder / DATABASE), acts_in(older.folder / DATABASE)) == (FIRST, before)
    assert list((older.folder / "backups").iterdir()) == []


def test_a_current_database_gets_no_entry(workspace: Workspace) -> None:
    before = Round(workspace).acts()
    with pytest.raises(RefusedError, match=f"of version {head_version()} already"):
        upkeep.upgrade(workspace.folder, as_("admin"), BEFORE_OPENING)
    assert Round(workspace).acts() == before


def test_parties_of_an_older_workspace_are_known_by_their_tax_numbers(round_: Round) -> None:
    round_.receive([application("A1")])
    older = made_older(round_.workspace)
    upkeep.upgrade(older.folder, as_("admin"), WHILE_OPEN)
    upgraded = Round(older)
    first, *others = application("A2").members
    again = first._replace(details=first.details._replace(name="Otro nombre", tax_number="a1 1"))
    upgraded.receive([application("A2")._replace(members=(again, *others))])
    with older.read() as unit:
        assert unit.proposals.get(upgraded.numbers["A2"]).lead == "E-000001"
    assert verify(older, as_("aldo"), WHILE_OPEN).faults == ()
