"""``actor key``: the public keys of people, registered and revoked."""

from pathlib import Path

import pytest

from desk import Desk
from signing import fingerprint, needs_ssh_keygen, public

pytestmark = needs_ssh_keygen


def test_key_is_registered_listed_and_revoked(desk: Desk, key: Path) -> None:
    assert "No key is on record." in desk.do("actor", "key", "list").out
    added = desk.do("actor", "key", "add", "marcos", str(public(key)), "--json", by="admin").json
    assert (added["actor"], added["fingerprint"]) == ("marcos", fingerprint(key))
    listed = desk.do("actor", "key", "list", "marcos").out
    assert [line.split() for line in listed.splitlines() if "SHA256" in line] == [
        ["marcos", fingerprint(key), str(added["since_entry"]), "-"]
    ]
    words = ("actor", "key", "revoke", fingerprint(key), "--reason", "lost")
    revoked = desk.do(*words, "--yes", "--json", by="marcos").json
    assert desk.do("actor", "key", "list", "--json").json["keys"] == [{**added, "until_entry": revoked["until_entry"]}]


def test_revoking_asks_first(desk: Desk, key: Path) -> None:
    desk.do("actor", "key", "add", "marcos", str(public(key)), by="admin")
    answer = desk.type("actor", "key", "revoke", fingerprint(key), "--reason", "lost", by="marcos", answers="n\n")
    assert (answer.code, "It cannot be registered again." in answer.asked) == (8, True)
    assert desk.do("actor", "key", "list", "--json").json["keys"][0]["until_entry"] is None


@pytest.mark.parametrize(("by", "file", "code"), [("olga", "", 4), ("admin", "none", 6), ("admin", "private", 3)])
def test_who_may_not_and_what_is_no_public_key(desk: Desk, key: Path, by: str, file: str, code: int) -> None:
    path = {"": public(key), "none": key.with_name("none.pub"), "private": key}[file]
    assert desk.type("actor", "key", "add", "marcos", str(path), by=by).code == code
