"""Approvals are signed by whoever has a key on record; every signature is checked against the keys of its place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipgrants.errors import NotAuthorisedError, NotFoundError, RefusedError
from pipgrants.services import keys, programmes, ratify
from pipgrants.services.checkpoints import keep_current
from pipgrants.services.evaluation import close_scores
from pipgrants.services.release import release
from pipgrants.services.signatures import check_signatures
from pipgrants.services.workspace import Workspace
from pipgrants.trail.canonical import canonical
from pipgrants.trail.signature import CHECKPOINT_NAMESPACE, PACKAGE_NAMESPACE, approval, sign
from rounds import AFTER_DRAW, BEFORE_OPENING, FUND, Round, as_, copied, draft, hash_of_tables, open_workspace, tamper
from signing import fingerprint, make_key, needs_ssh_keygen, public, stock_verify

pytestmark = needs_ssh_keygen


class Signed(NamedTuple):
    """A workspace whose manager signed the approval of the programme, and the manager's key."""

    workspace: Workspace
    key: Path

    def approval(self, act: str = "ProgrammeActivated") -> dict[str, Any]:
        return Round(self.workspace).entries(act=act)[-1]

    def allowed_signers(self) -> Path:
        return self.workspace.folder / "checkpoints" / "allowed_signers"

    def message(self) -> bytes:
        with self.workspace.read() as unit:
            return approval(unit.ledger.origin(), self.approval()["inputs"]["package"])


def register(workspace: Workspace, key: Path, actor: str = "marcos") -> None:
    keys.register_key(workspace, as_("admin"), BEFORE_OPENING, actor=actor, file=public(key))


def revoke(workspace: Workspace, key: Path) -> None:
    keys.revoke_key(workspace, as_("marcos"), BEFORE_OPENING, fingerprint=fingerprint(key), reason="Se perdió")


def draft_programme(workspace: Workspace) -> str:
    return programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=FUND).package


def approve(workspace: Workspace, package: str, key: Path | None, by: str = "marcos") -> ratify.Ratified:
    return ratify.ratify(workspace, as_(by), BEFORE_OPENING, package=package, key=key)


def wrong(workspace: Workspace) -> list[tuple[str, str, str]]:
    with workspace.read() as unit:
        return [(fault.place, fault.field, fault.message) for fault in check_signatures(unit, workspace)]


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    folder = tmp_path_factory.mktemp("signed")
    workspace, key = open_workspace(folder / "agency"), make_key(folder / "marcos")
    register(workspace, key)
    approve(workspace, draft_programme(workspace), key)
    return Signed(workspace, key)


@pytest.fixture
def signed(once: Signed, tmp_path: Path) -> Signed:
    return Signed(copied(once.workspace, tmp_path / "agency"), once.key)


# Signing


def test_approval_is_known_by_its_signature(signed: Signed) -> None:
    entry = signed.approval()
    assert entry["known_by"] == {
        "method": "signature",
        "fingerprint": fingerprint(signed.key),
        "user": "tester",
        "host": "testhost",
    }
    assert entry["inputs"]["fingerprint"] == fingerprint(signed.key)
    assert wrong(signed.workspace) == []


def test_stock_ssh_keygen_accepts_an_approval_and_no_other(signed: Signed, tmp_path: Path) -> None:
    text, message, allowed = signed.approval()["inputs"]["signature"], signed.message(), signed.allowed_signers()
    file = tmp_path / "approval.sig"
    file.write_text(text)
    assert message.decode().splitlines()[1] == f"ratify {signed.approval()['inputs']['package']}"
    assert stock_verify(message, file, allowed, "marcos", PACKAGE_NAMESPACE)
    assert not stock_verify(message, file, allowed, "olga", PACKAGE_NAMESPACE)
    assert not stock_verify(message, file, allowed, "marcos", CHECKPOINT_NAMESPACE)
    altered = message.replace(b"ratify", b"ratifY")
    assert not stock_verify(altered, file, allowed, "marcos", PACKAGE_NAMESPACE)
    file.write_text(text.replace("U1NIU0lH", "U1NIU0lI"))
    assert not stock_verify(message, file, allowed, "marcos", PACKAGE_NAMESPACE)


def test_every_entry_of_a_signed_act_is_known_by_the_signature(
    packaged_round: tuple[Round, str], tmp_path: Path
) -> None:
    round_, package = packaged_round
    key = make_key(tmp_path / "marcos")
    register(round_.workspace, key)
    done = ratify.ratify(round_.workspace, as_("marcos"), AFTER_DRAW, package=package, key=key)
    assert done.fingerprint == fingerprint(key)
    [decided] = round_.entries(act="AllocationRatified")
    determined = round_.entries(act="ProposalDetermined")
    assert [entry["known_by"] for entry in determined] == [decided["known_by"]] * 4
    assert ["signature" in entry["inputs"] for entry in (decided, *determined)] == [True] + [False] * 4
    assert wrong(round_.workspace) == []


def test_who_has_no_key_on_record_acts_unsigned(workspace: Workspace) -> None:
    done = approve(workspace, draft_programme(workspace), None)
    entry = Signed(workspace, Path()).approval()
    assert (done.fingerprint, entry["known_by"]["method"]) == (None, "claimed")
    assert set(entry["inputs"]) == {"package"}
    assert wrong(workspace) == []


def refused(workspace: Workspace, key: Path | None, match: str) -> str:
    package = draft(workspace)
    before = hash_of_tables(workspace.folder)
    with pytest.raises(NotAuthorisedError, match=match.replace("+", r"\+")) as caught:
        approve(workspace, package, key)
    assert hash_of_tables(workspace.folder) == before
    return caught.value.next_step


def test_who_has_a_key_on_record_does_not_act_unsigned(signed: Signed) -> None:
    step = refused(signed.workspace, None, "marcos has a key on record, and signs what they approve")
    assert step.startswith("add --key FILE")


def test_revoking_the_last_key_does_not_make_unsigned_approvals_good(signed: Signed) -> None:
    revoke(signed.workspace, signed.key)
    refused(signed.workspace, None, "marcos has a key on record")


def test_revoked_key_approves_nothing(signed: Signed) -> None:
    revoke(signed.workspace, signed.key)
    refused(signed.workspace, signed.key, f"the key {fingerprint(signed.key)} was revoked by entry")


def test_key_of_nobody_and_of_another_approve_nothing(signed: Signed, tmp_path: Path) -> None:
    other = make_key(tmp_path / "other")
    refused(signed.workspace, other, f"the key {fingerprint(other)} is not on record")
    register(signed.workspace, other, "olga")
    refused(signed.workspace, other, f"the key {fingerprint(other)} is olga's, not marcos's")


def test_new_key_signs_after_the_old_one_was_revoked(signed: Signed, tmp_path: Path) -> None:
    revoke(signed.workspace, signed.key)
    new = make_key(tmp_path / "new")
    register(signed.workspace, new)
    approve(signed.workspace, draft(signed.workspace), new)
    assert Signed(signed.workspace, new).approval("CallAuthorised")["known_by"]["fingerprint"] == fingerprint(new)
    assert wrong(signed.workspace) == []


def test_dry_run_says_whether_the_key_would_do_and_signs_nothing(signed: Signed, tmp_path: Path) -> None:
    package = draft(signed.workspace)
    locked = make_key(tmp_path / "locked", passphrase="secreto")
    before = hash_of_tables(signed.workspace.folder)
    with pytest.raises(NotAuthorisedError, match="is not on record"):
        ratify.ratify(signed.workspace, as_("marcos"), BEFORE_OPENING, package=package, key=locked, dry_run=True)
    found = ratify.ratify(
        signed.workspace, as_("marcos"), BEFORE_OPENING, package=package, key=signed.key, dry_run=True
    )
    assert (found.fingerprint, found.checkpoint) == (fingerprint(signed.key), None)
    assert hash_of_tables(signed.workspace.folder) == before


def test_wrong_passphrase_leaves_everything_as_it_was(signed: Signed, tmp_path: Path) -> None:
    locked = make_key(tmp_path / "locked", passphrase="secreto")
    register(signed.workspace, locked)
    package = draft(signed.workspace)
    before = hash_of_tables(signed.workspace.folder)
    with pytest.raises(RefusedError, match="incorrect passphrase"):
        approve(signed.workspace, package, locked)
    assert hash_of_tables(signed.workspace.folder) == before


def test_key_of_another_closes_and_releases_nothing(packaged_round: tuple[Round, str], tmp_path: Path) -> None:
    round_, package = packaged_round
    round_.ratify(package)
    key = make_key(tmp_path / "marcos")
    register(round_.workspace, key)
    before = hash_of_tables(round_.workspace.folder)
    with pytest.raises(NotAuthorisedError, match="is marcos's, not olga's"):
        release(round_.workspace, as_("olga"), AFTER_DRAW, call=round_.call, key=key)
    with pytest.raises(NotFoundError, match="there is no key file"):
        close_scores(round_.workspace, as_("olga"), AFTER_DRAW, call=round_.call, key=tmp_path / "none")
    assert hash_of_tables(round_.workspace.folder) == before


# Checking


def rewrite(workspace: Workspace, act: str, change: Callable[[dict[str, Any]], object]) -> int:
    """Changes the last entry of an act past the program; returns its number."""
    entry = Round(workspace).entries(act=act)[-1]
    change(entry)
    tamper(workspace.folder, "DROP TRIGGER IF EXISTS entry_refuses_update")
    changed = tamper(
        workspace.folder, "UPDATE entry SET content = ? WHERE sequence = ?", (canonical(entry), entry["sequence"])
    )
    assert changed == 1
    return int(entry["sequence"])


FORGERIES: dict[str, tuple[str, Callable[[dict[str, Any]], object], str, str]] = {
    "another package": (
        "ProgrammeActivated",
        lambda entry: entry["inputs"].update(package="0" * 64),
        "inputs.signature",
        "does not fit what was signed",
    ),
    "an altered signature": (
        "ProgrammeActivated",
        lambda entry: entry["inputs"].update(signature=entry["inputs"]["signature"].replace("U1NIU0lH", "U1NIU0lI")),
        "inputs.signature",
        "does not fit what was signed",
    ),
    "no signature": (
        "ProgrammeActivated",
        lambda entry: (
            entry["known_by"].update(method="claimed"),
            entry["inputs"].pop("signature"),
            entry["inputs"].pop("fingerprint"),
        ),
        "inputs.signature",
        "is missing: marcos has had a key on record since before",
    ),
    "a signature said and not held": (
        "ProgrammeActivated",
        lambda entry: entry["inputs"].pop("signature"),
        "known_by",
        "names a signature that the entry that decides does not hold",
    ),
    "another actor": (
        "ProgrammeActivated",
        lambda entry: entry.update(actor="olga"),
        "inputs.signature",
        "was made with the key of marcos, not of olga",
    ),
    "another key named": (
        "ProgrammeActivated",
        lambda entry: entry["inputs"].update(fingerprint="SHA256:otra"),
        "inputs.fingerprint",
        "is not that of the key that signed, SHA256:",
    ),
    "another key known by": (
        "ProgrammeActivated",
        lambda entry: entry["known_by"].update(fingerprint="SHA256:otra"),
        "inputs.fingerprint",
        "is not that of the key that signed, SHA256:",
    ),
    "a registered fingerprint": (
        "KeyRegistered",
        lambda entry: entry["inputs"].update(fingerprint="SHA256:otra"),
        "inputs.fingerprint",
        "is not that of the key, SHA256:",
    ),
    "a registered key": (
        "KeyRegistered",
        lambda entry: entry["inputs"].update(public_key="ssh-ed25519 AAAA"),
        "inputs.public_key",
        "the ssh-ed25519 key is damaged",
    ),
    "no inputs": ("ProgrammeActivated", lambda entry: entry.update(inputs=None), "", "does not say what an entry"),
    "inputs without a package": (
        "ProgrammeActivated",
        lambda entry: entry["inputs"].pop("package"),
        "",
        "does not say what an entry of its act says",
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_entry_is_found_and_named(signed: Signed, forgery: str) -> None:
    act, change, field, message = FORGERIES[forgery]
    sequence = rewrite(signed.workspace, act, change)
    [fault] = [fault for fault in wrong(signed.workspace) if fault[0] == f"entry {sequence}"]
    assert (fault[1], fault[2][: len(message)]) == (field, message)


def test_key_registered_for_another_signs_for_nobody_else(signed: Signed) -> None:
    rewrite(signed.workspace, "KeyRegistered", lambda entry: entry.update(subject="actor/olga"))
    sequence = signed.approval()["sequence"]
    told = "was made with the key of olga, not of marcos"
    assert wrong(signed.workspace) == [
        (f"entry {sequence}", "inputs.signature", told),
        (f"checkpoints/checkpoint-{sequence:012}.marcos.sig", "", told),
    ]


def test_key_that_was_revoked_before_does_not_count(signed: Signed) -> None:
    """Somebody who can write in the database puts an approval after the end of the key."""
    forged = signed.approval()
    revoke(signed.workspace, signed.key)
    with signed.workspace.read() as unit:
        size = unit.ledger.size()
    forged["sequence"] = size + 1
    content = canonical(forged)
    tamper(
        signed.workspace.folder,
        "INSERT INTO entry SELECT ?, act, subject, call, ?, ? FROM entry WHERE sequence = ?",
        (size + 1, content, hashlib.sha256(b"\0" + content).digest(), signed.approval()["sequence"]),
    )
    faults = [fault for fault in wrong(signed.workspace) if fault[0] == f"entry {size + 1}"]
    assert faults == [
        (
            f"entry {size + 1}",
            "inputs.signature",
            "was made with a key that does not count here: it was registered by entry "
            f"{Round(signed.workspace).entries(act='KeyRegistered')[0]['sequence']}, and revoked by entry {size}",
        )
    ]


def test_later_signature_of_a_revoked_key_is_refused_by_stock_ssh_keygen(signed: Signed, tmp_path: Path) -> None:
    file = tmp_path / "approval.sig"
    file.write_text(signed.approval()["inputs"]["signature"])
    keys.revoke_key(
        signed.workspace, as_("marcos"), AFTER_DRAW, fingerprint=fingerprint(signed.key), reason="Se perdió"
    )
    verdicts = [
        stock_verify(
            signed.message(), file, signed.allowed_signers(), "marcos", PACKAGE_NAMESPACE, f"-Overify-time={when}"
        )
        for when in ("20260105150000Z", "20260622150000Z", "20260622150001Z")
    ]
    assert verdicts == [True, True, False]


# Checkpoint files


def test_checkpoints_are_checked_with_their_signatures(signed: Signed, tmp_path: Path) -> None:
    kept = keep_current(signed.workspace, signed.key)
    assert kept.signature is not None
    text, name = kept.text, f"checkpoints/{kept.path.name}"
    origin, size, root = text.splitlines()

    def after(content: str) -> list[tuple[str, str, str]]:
        kept.path.write_text(content)
        return [fault for fault in wrong(signed.workspace) if not fault[0].endswith(".sig")]

    assert after(text) == []
    assert after(f"pipgrants/{'0' * 16}\n{size}\n{root}\n") == [
        (name, "origin", f"is pipgrants/{'0' * 16}; the trail is {origin}")
    ]
    assert after(f"{origin}\n{int(size) + 1}\n{root}\n") == [
        (name, "size", f"is {int(size) + 1}; the trail has {size} entries: its end was cut")
    ]
    assert after(f"{origin}\n{int(size) - 1}\n{root}\n") == [
        (name, "root", f"is not that of the first {int(size) - 1} entries: one was altered, added or removed")
    ]
    assert after("nada") == [(name, "", "a checkpoint is three lines: origin, number of entries, root")]


def test_signature_of_a_checkpoint_counts_for_its_text_its_signer_and_the_time_of_the_key(
    signed: Signed, tmp_path: Path
) -> None:
    other = make_key(tmp_path / "other")
    kept = keep_current(signed.workspace, signed.key)
    assert kept.signature is not None
    name = f"checkpoints/{kept.signature.name}"

    def signed_by(
        key: Path, text: str = kept.text, namespace: str = CHECKPOINT_NAMESPACE
    ) -> list[tuple[str, str, str]]:
        assert kept.signature is not None
        kept.signature.write_text(sign(text.encode(), key, namespace).text)
        return wrong(signed.workspace)

    assert signed_by(signed.key) == []
    assert signed_by(signed.key, "otra\n1\ncosa\n") == [(name, "", "does not fit what was signed")]
    assert signed_by(signed.key, namespace=PACKAGE_NAMESPACE) == [(name, "", "does not fit what was signed")]
    unknown = f"was made with {fingerprint(other)}, a key that is not on record"
    assert signed_by(other) == [(name, "", unknown)]
    register(signed.workspace, other, "olga")
    assert signed_by(other) == [(name, "", "was made with the key of olga, not of marcos")]
    revoke(signed.workspace, signed.key)
    assert signed_by(signed.key) == []
    later = keep_current(signed.workspace, None).path
    forged = later.with_name(f"{later.stem}.marcos.sig")
    forged.write_text(sign(later.read_bytes(), signed.key, CHECKPOINT_NAMESPACE).text)
    assert [fault[0] for fault in wrong(signed.workspace)] == [f"checkpoints/{forged.name}"]
    assert "revoked by entry" in wrong(signed.workspace)[0][2]


@pytest.mark.parametrize(
    ("old", "new"), [("marcos ", "olga "), (",valid-before=", ",valid-before=2"), ("ssh-ed25519", "#ssh-ed25519")]
)
def test_altered_allowed_signers_are_noticed(signed: Signed, old: str, new: str) -> None:
    revoke(signed.workspace, signed.key)
    assert wrong(signed.workspace) == []
    text = signed.allowed_signers().read_text(encoding="utf-8")
    assert old in text
    signed.allowed_signers().write_text(text.replace(old, new), encoding="utf-8")
    assert wrong(signed.workspace) == [("checkpoints/allowed_signers", "", "is not what the keys on record make it")]


def test_a_folder_in_the_place_of_a_checkpoint_is_noticed(signed: Signed) -> None:
    folder = signed.workspace.folder / "checkpoints" / "checkpoint-000000000001.txt"
    folder.mkdir()
    [(place, _, message)] = wrong(signed.workspace)
    assert place == "checkpoints/checkpoint-000000000001.txt"
    assert "Is a directory" in message


def test_no_private_key_enters_the_workspace(signed: Signed) -> None:
    keep_current(signed.workspace, signed.key)
    private = signed.key.read_bytes().splitlines()[1:-1]
    kept = {path: path.read_bytes() for path in signed.workspace.folder.rglob("*") if path.is_file()}
    assert [path for path, content in kept.items() if b"PRIVATE KEY" in content] == []
    assert [path for path, content in kept.items() if any(line in content for line in private)] == []
