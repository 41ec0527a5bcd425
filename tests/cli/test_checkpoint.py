"""What is said of the checkpoint that an act leaves."""

from pathlib import Path

from desk import Desk
from rounds import AFTER_DRAW, CALL
from signing import make_key, needs_ssh_keygen, public

pytestmark = needs_ssh_keygen


def test_letters_are_released_though_the_signature_fails(packaged_desk: tuple[Desk, str], tmp_path: Path) -> None:
    desk, package = packaged_desk
    locked = make_key(tmp_path / "locked", passphrase="secret")
    desk.do("actor", "key", "add", "olga", str(public(locked)), by="admin")
    desk.do("ratify", package, "--yes", by="marcos")
    desk.now = AFTER_DRAW
    answer = desk.do("letters", "release", CALL, "--yes", "--key", str(locked), by="olga")
    assert "Checkpoint, unsigned" in answer.out
    assert "The act is on record" in answer.err and "pipgrants trail checkpoint --key FILE" in answer.err
    assert len(desk.checkpoints(".sig")) == 0
