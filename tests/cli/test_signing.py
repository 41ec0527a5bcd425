"""``actor key``, ``--key`` and ``trail checkpoint``: signing as it is typed."""

from pathlib import Path

import pytest

from desk import Desk
from rounds import AFTER_DRAW, CALL
from signing import fingerprint, make_key, needs_ssh_keygen, public

pytestmark = needs_ssh_keygen


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return make_key(tmp_path / "id_ed25519")


@pytest.fixture
def keyed(packaged_desk: tuple[Desk, str], key: Path) -> tuple[Desk, str]:
    """A round that waits for the ratification of somebody with a key on record."""
    desk, package = packaged_desk
    desk.do("actor", "key", "add", "marcos", str(public(key)), by="admin")
    return desk, package


def checkpoints(desk: Desk, suffix: str) -> list[Path]:
    return sorted((desk.folder / "checkpoints").glob(f"*{suffix}"))


class TestKeys:
    def test_key_is_registered_listed_and_revoked(self, desk: Desk, key: Path) -> None:
        assert "No key is on record." in desk.do("actor", "key", "list").out
        added = desk.do("actor", "key", "add", "marcos", str(public(key)), "--json", by="admin").json
        assert (added["actor"], added["fingerprint"]) == ("marcos", fingerprint(key))
        listed = desk.do("actor", "key", "list", "marcos").out
        assert [line.split() for line in listed.splitlines() if "SHA256" in line] == [
            ["marcos", fingerprint(key), str(added["since_entry"]), "-"]
        ]
        words = ("actor", "key", "revoke", fingerprint(key), "--reason", "lost")
        revoked = desk.do(*words, "--yes", "--json", by="marcos").json
        assert desk.do("actor", "key", "list", "--json").json["keys"] == [
            {**added, "until_entry": revoked["until_entry"]}
        ]

    def test_revoking_asks_first(self, desk: Desk, key: Path) -> None:
        desk.do("actor", "key", "add", "marcos", str(public(key)), by="admin")
        answer = desk.type("actor", "key", "revoke", fingerprint(key), "--reason", "lost", by="marcos", answers="n\n")
        assert (answer.code, "It cannot be registered again." in answer.err) == (8, True)
        assert desk.do("actor", "key", "list", "--json").json["keys"][0]["until_entry"] is None

    @pytest.mark.parametrize(("by", "file", "code"), [("olga", "", 4), ("admin", "none", 6), ("admin", "private", 3)])
    def test_who_may_not_and_what_is_no_public_key(self, desk: Desk, key: Path, by: str, file: str, code: int) -> None:
        path = {"": public(key), "none": key.with_name("none.pub"), "private": key}[file]
        assert desk.type("actor", "key", "add", "marcos", str(path), by=by).code == code


class TestRatify:
    def test_unsigned_is_said(self, packaged_desk: tuple[Desk, str]) -> None:
        desk, package = packaged_desk
        answer = desk.do("ratify", package, "--yes", by="marcos")
        assert "The approval is unsigned." in answer.out
        assert "Checkpoint, unsigned" in answer.out

    def test_signature_is_said_and_the_checkpoint_printed(self, keyed: tuple[Desk, str], key: Path) -> None:
        desk, package = keyed
        answer = desk.do("ratify", package, "--yes", "--key", str(key), by="marcos")
        assert f"The approval is signed with {fingerprint(key)}." in answer.out
        assert "Checkpoint, signed by marcos" in answer.out
        printed = [line.strip() for line in answer.out.splitlines()]
        assert set(checkpoints(desk, ".txt")[-1].read_text().splitlines()) <= set(printed)
        assert "(programme manager, signature)" in desk.do("trail", "show", "--call", CALL, "--limit", "1000").out

    def test_key_may_stand_in_the_environment(
        self, keyed: tuple[Desk, str], key: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk, package = keyed
        monkeypatch.setenv("PIPGRANTS_KEY", str(key))
        done = desk.do("ratify", package, "--yes", "--json", by="marcos").json
        assert (done["fingerprint"], done["checkpoint"]["signed_by"]) == (fingerprint(key), "marcos")

    def test_who_has_a_key_is_refused_without_it_before_being_asked(self, keyed: tuple[Desk, str]) -> None:
        desk, package = keyed
        for words in (["--yes"], [], ["--dry-run"]):
            answer = desk.type("ratify", package, *words, by="marcos", answers="y\n")
            assert (answer.code, "--key FILE" in answer.err, "Ratify package" in answer.err) == (4, True, False)

    def test_authorising_a_call_takes_a_key_too(self, desk: Desk, key: Path) -> None:
        desk.do("actor", "key", "add", "marcos", str(public(key)), by="admin")
        desk.do("programme", "draft", "competitiveness-fund", by="olga")
        desk.do("ratify", desk.waiting(), "--yes", "--key", str(key), by="marcos")
        desk.do("call", "draft", CALL, by="olga")
        done = desk.do("call", "authorise", desk.waiting(), "--yes", "--key", str(key), "--json", by="marcos").json
        assert done["fingerprint"] == fingerprint(key)

    def test_without_ssh_keygen_a_signature_is_refused_and_an_unsigned_act_is_not(
        self, packaged_desk: tuple[Desk, str], key: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk, package = packaged_desk
        monkeypatch.setenv("PATH", str(desk.folder))
        answer = desk.type("ratify", package, "--yes", "--key", str(key), by="marcos")
        assert (answer.code, "openssh-client" in answer.err) == (3, True)
        desk.do("ratify", package, "--yes", by="marcos")


class TestCheckpoint:
    def test_current_one_is_written_at_any_time(self, keyed: tuple[Desk, str], key: Path) -> None:
        desk, _ = keyed
        before = checkpoints(desk, ".txt")
        kept = desk.do("trail", "checkpoint", "--key", str(key), "--json").json
        assert [str(path) for path in checkpoints(desk, ".txt")] == [*map(str, before), kept["path"]]
        assert kept["text"] == Path(kept["path"]).read_text()
        assert (kept["signed_by"], kept["signature"]) == ("marcos", str(checkpoints(desk, ".sig")[-1]))
        assert "Checkpoint, unsigned" in desk.do("trail", "checkpoint").out

    def test_key_that_is_not_on_record_signs_none(self, desk: Desk, key: Path) -> None:
        answer = desk.type("trail", "checkpoint", "--key", str(key))
        assert (answer.code, "actor key add" in answer.err) == (3, True)

    def test_letters_are_released_though_the_signature_fails(
        self, packaged_desk: tuple[Desk, str], tmp_path: Path
    ) -> None:
        desk, package = packaged_desk
        locked = make_key(tmp_path / "locked", passphrase="secret")
        desk.do("actor", "key", "add", "olga", str(public(locked)), by="admin")
        desk.do("ratify", package, "--yes", by="marcos")
        desk.now = AFTER_DRAW
        answer = desk.do("letters", "release", CALL, "--yes", "--key", str(locked), by="olga")
        assert "Checkpoint, unsigned" in answer.out
        assert "The act is on record" in answer.err and "pipgrants trail checkpoint --key FILE" in answer.err
        assert len(checkpoints(desk, ".sig")) == 0
