"""Decisive acts leave a checkpoint: three lines in a file apart from the database, that later trails are held to."""

from __future__ import annotations

import base64
import hashlib
import shutil
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from pipgrants.errors import RefusedError, TrailIntegrityError
from pipgrants.services import keys
from pipgrants.services.checkpoints import Kept, keep_current
from pipgrants.services.evaluation import close_scores
from pipgrants.services.letters import preview
from pipgrants.services.ratify import ratify
from pipgrants.services.release import release
from pipgrants.services.workspace import Workspace
from pipgrants.trail.signature import CHECKPOINT_NAMESPACE
from pipgrants.trail.verify import read_checkpoint, verify_consistency, verify_inclusion
from rounds import AFTER_DEADLINE, AFTER_DRAW, BEFORE_OPENING, SCORING, Round, application, as_, draft, tamper
from signing import make_key, needs_ssh_keygen, public, stock_verify


def files(workspace: Workspace) -> list[str]:
    return sorted(path.name for path in (workspace.folder / "checkpoints").iterdir())


def size(workspace: Workspace) -> int:
    with workspace.read() as unit:
        return unit.ledger.size()


def kept_now(workspace: Workspace, kept: Kept | None) -> bool:
    """Whether a checkpoint is that of the trail as it stands, in its file."""
    with workspace.read() as unit:
        text = unit.ledger.checkpoint().text()
    return kept is not None and kept.text == text == kept.path.read_text(encoding="utf-8") and kept.problem is None


def register(workspace: Workspace, key: Path, actor: str) -> None:
    keys.register_key(workspace, as_("admin"), BEFORE_OPENING, actor=actor, file=public(key))


@pytest.fixture
def scored(round_: Round) -> Round:
    """A round whose scores can be closed."""
    round_.receive([application("A1"), application("A2")])
    round_.screen()
    round_.assign()
    round_.give({"A1": Decimal(5), "A2": Decimal(4)})
    return round_


# Which acts leave one


def test_every_approval_leaves_a_checkpoint(round_: Round) -> None:
    """The programme and the call were approved; their checkpoints sort by size."""
    entries = [round_.entries(act=act)[-1]["sequence"] for act in ("ProgrammeActivated", "CallAuthorised")]
    assert files(round_.workspace) == [f"checkpoint-{number:012}.txt" for number in entries]


def test_closing_ratifying_and_releasing_leave_a_checkpoint_each(scored: Round) -> None:
    workspace = scored.workspace
    closed = close_scores(workspace, as_("olga"), SCORING, call=scored.call)
    assert kept_now(workspace, closed)
    scored.rank()
    ratified = scored.ratify(scored.prepare().package)
    assert kept_now(workspace, ratified.checkpoint)
    released = release(workspace, as_("olga"), AFTER_DRAW, call=scored.call)
    assert kept_now(workspace, released.checkpoint)
    assert closed is not None and released.checkpoint is not None
    with workspace.read() as unit:
        old, new = read_checkpoint(closed.text), read_checkpoint(released.checkpoint.text)
        proof = unit.ledger.tree.consistency_proof(old.size, new.size)
    verify_consistency(old.size, new.size, old.root, new.root, proof)


def test_dry_runs_leave_none(scored: Round) -> None:
    before = files(scored.workspace)
    assert close_scores(scored.workspace, as_("olga"), SCORING, call=scored.call, dry_run=True) is None
    package = draft(scored.workspace, "pip-two-stage")
    tried = ratify(scored.workspace, as_("marcos"), BEFORE_OPENING, package=package, dry_run=True)
    assert tried.checkpoint is None
    assert files(scored.workspace) == before


def test_a_checkpoint_that_could_not_be_written_undoes_nothing(scored: Round) -> None:
    folder = scored.workspace.folder / "checkpoints"
    shutil.rmtree(folder)
    folder.write_text("no folder")
    kept = close_scores(scored.workspace, as_("olga"), SCORING, call=scored.call)
    assert kept is not None and kept.problem
    assert scored.acts()[-1] == "ScoresClosed"
    folder.unlink()
    assert kept_now(scored.workspace, keep_current(scored.workspace, None))


def test_a_checkpoint_written_twice_is_one_file(round_: Round) -> None:
    first, second = keep_current(round_.workspace, None), keep_current(round_.workspace, None)
    assert first == second
    assert files(round_.workspace).count(first.path.name) == 1


def test_a_trail_rewritten_to_the_same_length_does_not_overwrite_what_was_kept(round_: Round) -> None:
    kept = keep_current(round_.workspace, None)
    for statement in (
        "DROP TRIGGER IF EXISTS entry_refuses_update",
        f"UPDATE entry SET leaf_hash = zeroblob(32) WHERE sequence = {size(round_.workspace)}",
        "DROP TRIGGER IF EXISTS node_refuses_update",
        "UPDATE node SET hash = zeroblob(32) WHERE level = 1",
    ):
        tamper(round_.workspace.folder, statement)
    with pytest.raises(TrailIntegrityError, match="holds another root for"):
        keep_current(round_.workspace, None)
    assert kept.path.read_text() == kept.text


# Signed ones


@needs_ssh_keygen
def test_stock_ssh_keygen_accepts_a_checkpoint_and_refuses_an_altered_one(scored: Round, tmp_path: Path) -> None:
    key = make_key(tmp_path / "olga")
    register(scored.workspace, key, "olga")
    kept = close_scores(scored.workspace, as_("olga"), SCORING, call=scored.call, key=key)
    assert kept is not None and kept.signature is not None
    assert (kept.signed_by, kept.signature.name) == ("olga", f"{kept.path.stem}.olga.sig")
    allowed, text, signature = (
        kept.path.with_name("allowed_signers"),
        kept.path.read_bytes(),
        kept.signature.read_bytes(),
    )
    assert stock_verify(text, kept.signature, allowed, "olga", CHECKPOINT_NAMESPACE)
    assert not stock_verify(text, kept.signature, allowed, "marcos", CHECKPOINT_NAMESPACE)
    for place in (0, len(text) // 2, len(text) - 2):
        altered = text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]
        assert not stock_verify(altered, kept.signature, allowed, "olga", CHECKPOINT_NAMESPACE)
    middle = len(signature) // 2
    kept.signature.write_bytes(signature[:middle] + bytes([signature[middle] ^ 1]) + signature[middle + 1 :])
    assert not stock_verify(text, kept.signature, allowed, "olga", CHECKPOINT_NAMESPACE)


@needs_ssh_keygen
def test_two_persons_sign_one_checkpoint(round_: Round, tmp_path: Path) -> None:
    signers = {actor: make_key(tmp_path / actor) for actor in ("olga", "marcos")}
    for actor, key in signers.items():
        register(round_.workspace, key, actor)
    kept = [keep_current(round_.workspace, key) for key in signers.values()]
    stem = kept[0].path.stem
    assert [item.signed_by for item in kept] == ["olga", "marcos"]
    assert [name for name in files(round_.workspace) if name.startswith(stem)] == [
        f"{stem}.marcos.sig",
        f"{stem}.olga.sig",
        f"{stem}.txt",
    ]


@needs_ssh_keygen
def test_a_key_that_is_not_on_record_signs_no_checkpoint(round_: Round, tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    with pytest.raises(RefusedError, match="is not on record for anybody"):
        keep_current(round_.workspace, key)
    register(round_.workspace, key, "olga")
    row = keys.list_keys(round_.workspace)[0]
    keys.revoke_key(round_.workspace, as_("olga"), AFTER_DEADLINE, fingerprint=row.fingerprint, reason="Se perdió")
    with pytest.raises(RefusedError, match=f"of olga was revoked by entry {size(round_.workspace)}"):
        keep_current(round_.workspace, key)
    assert [name for name in files(round_.workspace) if name.endswith(".sig")] == []


@needs_ssh_keygen
def test_an_act_stays_on_record_where_its_checkpoint_cannot_be_signed(scored: Round, tmp_path: Path) -> None:
    key = make_key(tmp_path / "olga", passphrase="secreto")
    register(scored.workspace, key, "olga")
    kept = close_scores(scored.workspace, as_("olga"), SCORING, call=scored.call, key=key)
    assert kept is not None
    assert (kept.signature, "incorrect passphrase" in (kept.problem or "")) == (None, True)
    assert kept.path.read_text() == kept.text
    assert scored.acts()[-1] == "ScoresClosed"


# Letters


def test_a_letter_carries_the_checkpoint_in_which_its_entry_stands(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    round_.ratify(package)
    before = size(round_.workspace)
    release(round_.workspace, as_("olga"), AFTER_DRAW, call=round_.call)
    for letter in round_.letters():
        said = orjson.loads(letter.release or b"")
        with round_.workspace.read() as unit:
            content = unit.ledger.entry(said["entry"]).content
            proof = unit.ledger.tree.inclusion_proof(said["entry"], said["size"])
        leaf = hashlib.sha256(b"\0" + content).digest()
        verify_inclusion(leaf, said["entry"] - 1, said["size"], proof, base64.b64decode(said["root"]))
        assert said["size"] == before
        assert orjson.loads(content)["inputs"]["letter"]["number"] == letter.number
    shown = preview(round_.workspace, round_.numbers["A1"])
    assert [part in shown.text for part in (said["root"], f" {before} ", f" {round_.letters('A1')[-1].entry} ")] == [
        True,
        True,
        True,
    ]
    assert shown.html.count(said["root"]) == 1
