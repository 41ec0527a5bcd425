"""Keys on record: an administrator says whose they are; an administrator or the holder ends them, for good."""

from pathlib import Path

import pytest

from pipgrants.errors import NotAuthorisedError, NotFoundError, RefusedError
from pipgrants.services import keys
from pipgrants.services.checkpoints import write_allowed_signers
from pipgrants.services.workspace import Workspace
from pipgrants.store.keys import KeyRow
from rounds import BEFORE_OPENING, WHILE_OPEN, Round, as_, hash_of_tables

ONE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAU0wjwc6OJUeli7wo+dKCTnXJq+X63gD8dF9QPhe0ZC"
ONE_FINGERPRINT = "SHA256:JF9YNfxSIIj4Ii+AlwP2nRMnSu10+c3VAS23y70uLBY"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICbcXDNxk2yCHVG50MrvH61TWb4oPVo3qH0ijqBOHAm1"
OTHER_FINGERPRINT = "SHA256:6q1AOc8UWVrfoKPO5vpcTTHaF6cfxM3gPuvPxbvP9Zs"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "id_ed25519.pub"
    path.write_text(f"{ONE} marcos@oficina-1\n")
    return path


def register(workspace: Workspace, file: Path, actor: str = "marcos", by: str = "admin") -> KeyRow:
    return keys.register_key(workspace, as_(by), BEFORE_OPENING, actor=actor, file=file)


def revoke(workspace: Workspace, by: str = "admin", fingerprint: str = ONE_FINGERPRINT) -> KeyRow:
    return keys.revoke_key(workspace, as_(by), WHILE_OPEN, fingerprint=fingerprint, reason="Se perdió")


def allowed_signers(workspace: Workspace) -> str:
    return (workspace.folder / "checkpoints" / "allowed_signers").read_text()


def test_trail_says_who_registered_which_key_for_whom(workspace: Workspace, file: Path) -> None:
    row = register(workspace, file)
    entry = Round(workspace).entries()[-1]
    assert (entry["sequence"], entry["act"], entry["subject"]) == (row.since_entry, "KeyRegistered", "actor/marcos")
    assert (entry["actor"], entry["inputs"]) == ("admin", {"fingerprint": ONE_FINGERPRINT, "public_key": ONE})
    assert keys.list_keys(workspace, "marcos") == [row] == [KeyRow(ONE_FINGERPRINT, "marcos", ONE, row.since_entry)]
    assert keys.list_keys(workspace, "olga") == []


def test_comment_of_a_key_is_not_kept(workspace: Workspace, file: Path) -> None:
    register(workspace, file)
    kept = [path.read_bytes() for path in workspace.folder.rglob("*") if path.is_file()]
    assert [b"marcos@oficina-1" in content for content in kept] == [False] * len(kept)


@pytest.mark.parametrize("by", ["olga", "marcos", "aldo"])
def test_nobody_but_an_administrator_says_whose_a_key_is(workspace: Workspace, file: Path, by: str) -> None:
    before = hash_of_tables(workspace.folder)
    with pytest.raises(NotAuthorisedError, match=r"key register is for administrator"):
        register(workspace, file, by=by)
    assert hash_of_tables(workspace.folder) == before


@pytest.mark.parametrize("actor", ["marcos", "olga"])
def test_key_is_registered_once(workspace: Workspace, file: Path, actor: str) -> None:
    register(workspace, file)
    with pytest.raises(RefusedError, match=f"{ONE_FINGERPRINT} is marcos's already".replace("+", r"\+")):
        register(workspace, file, actor)


@pytest.mark.parametrize("actor", ["marcos", "olga"])
def test_revoked_key_never_comes_back(workspace: Workspace, file: Path, actor: str) -> None:
    register(workspace, file)
    row = revoke(workspace)
    with pytest.raises(RefusedError, match=f"was revoked by entry {row.until_entry}; a key is one person's, and once"):
        register(workspace, file, actor)


def test_key_of_somebody_unknown_is_not_found(workspace: Workspace, file: Path) -> None:
    with pytest.raises(NotFoundError, match="no actor 'nadie'"):
        register(workspace, file, "nadie")
    with pytest.raises(NotFoundError, match="there is no file"):
        register(workspace, file.with_name("otra.pub"))
    with pytest.raises(NotFoundError, match="no actor 'nadie'"):
        keys.list_keys(workspace, "nadie")


@pytest.mark.parametrize("by", ["admin", "marcos"])
def test_administrator_and_holder_revoke(workspace: Workspace, file: Path, by: str) -> None:
    since = register(workspace, file).since_entry
    row = revoke(workspace, by)
    entry = Round(workspace).entries()[-1]
    assert keys.list_keys(workspace) == [row] == [KeyRow(ONE_FINGERPRINT, "marcos", ONE, since, entry["sequence"])]
    assert (entry["act"], entry["subject"], entry["actor"]) == ("KeyRevoked", "actor/marcos", by)
    assert (entry["reason"], entry["inputs"]) == ("Se perdió", {"fingerprint": ONE_FINGERPRINT})
    with pytest.raises(RefusedError, match=f"was revoked by entry {row.until_entry} already"):
        revoke(workspace, by)


def test_nobody_else_revokes(workspace: Workspace, file: Path) -> None:
    register(workspace, file)
    with pytest.raises(NotAuthorisedError, match=r"key revoke is for administrator"):
        revoke(workspace, "olga")
    with pytest.raises(NotFoundError, match="no key SHA256:otra is on record"):
        revoke(workspace, fingerprint="SHA256:otra")


def test_allowed_signers_follow_every_change(workspace: Workspace, file: Path) -> None:
    namespaces = 'namespaces="pipgrants-package,pipgrants-checkpoint"'
    register(workspace, file)
    assert allowed_signers(workspace) == f"marcos {namespaces} {ONE}\n"
    file.write_text(OTHER)
    register(workspace, file)
    revoke(workspace)
    assert allowed_signers(workspace) == (
        f'marcos {namespaces},valid-after="20260105150000Z",valid-before="20260302150000Z" {ONE}\n'
        f"marcos {namespaces} {OTHER}\n"
    )


def test_allowed_signers_are_written_again_where_the_folder_is_not_there(workspace: Workspace, file: Path) -> None:
    register(workspace, file)
    written = allowed_signers(workspace)
    (workspace.folder / "checkpoints" / "allowed_signers").unlink()
    (workspace.folder / "checkpoints").rmdir()
    with workspace.read() as unit:
        write_allowed_signers(workspace, unit)
    assert allowed_signers(workspace) == written


def test_a_key_whose_file_cannot_be_written_is_not_on_record(workspace: Workspace, file: Path) -> None:
    (workspace.folder / "checkpoints").rmdir()
    (workspace.folder / "checkpoints").touch()
    with pytest.raises(FileExistsError):
        register(workspace, file)
    assert keys.list_keys(workspace) == []


def test_dry_run_revokes_nothing(workspace: Workspace, file: Path) -> None:
    row = register(workspace, file)
    keys.revoke_key(workspace, as_("admin"), WHILE_OPEN, fingerprint=ONE_FINGERPRINT, reason="Se perdió", dry_run=True)
    assert keys.list_keys(workspace) == [row]
    assert "valid-before" not in allowed_signers(workspace)
