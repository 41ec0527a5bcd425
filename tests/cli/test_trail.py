"""``trail``: the entries as they are shown, and checkpoints at any time."""

from pathlib import Path

import pytest

from desk import Desk
from pipgrants.services.workspace import Workspace
from rounds import CALL, copied, publish
from signing import needs_ssh_keygen


def test_trail_is_read_page_by_page(desk: Desk) -> None:
    first = desk.do("trail", "show", "--limit", "3")
    assert "pipgrants trail show --after 3" in first.out
    page = desk.do("trail", "show", "--after", "3", "--limit", "2", "--json").json["entries"]
    assert [entry["sequence"] for entry in page] == [4, 5]


def test_entry_says_who_did_what_as_whom_and_why(desk: Desk) -> None:
    desk.do("actor", "grant", "olga", "evaluator", by="admin")
    desk.do("actor", "revoke", "olga", "evaluator", "--reason", "moved to another agency", by="admin")
    last = desk.do("trail", "show", "--subject", "actor/olga").out.splitlines()[-3:]
    number = desk.do("trail", "show", "--subject", "actor/olga", "--json").json["entries"][-1]["sequence"]
    assert last == [
        f"{number:>6}  2026-01-05 15:00  RoleRevoked               actor/olga",
        "        admin (administrator, claimed)",
        "        moved to another agency",
    ]


def test_change_of_state_is_shown(packaged_desk: tuple[Desk, str]) -> None:
    desk, _ = packaged_desk
    shown = desk.do("trail", "show", "--proposal", "PIP1-000004").out.splitlines()
    assert [line.split("  ")[-1].strip() for line in shown if " -> " in line] == [
        "registered -> received",
        "received -> eligible",
    ]
    assert desk.do("trail", "show", "--subject", "proposal/PIP1-000004").out.splitlines() == shown


def test_tier_that_stands_in_is_named(staffed: Workspace, tmp_path: Path) -> None:
    agency = copied(staffed, tmp_path / "agency")
    publish(agency, "territorial-initiatives", "local-productive-development")
    shown = Desk(agency.folder).do("trail", "show", "--subject", "call/territorial-initiatives", "--limit", "2").out
    assert "        implementation tier, which stands in for the management tier" in shown.splitlines()
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--call", "nope"), "there is no call 'nope'; on record: pip-one-stage"),
        (("--proposal", "PIP1-9"), "no entry is about 'proposal/PIP1-9'"),
        (("--subject", "actor/olgaa"), "no entry is about 'actor/olgaa'"),
    ],
)
def test_what_is_not_on_record_is_6_and_says_what_to_do(open_desk: Desk, words: tuple[str, str], why: str) -> None:
    answer = open_desk.type("trail", "show", *words)
    assert (answer.code, answer.out, why in " ".join(answer.err.split())) == (6, "", True)
    assert "Next: pipgrants" in answer.err


def test_page_after_the_last_entry_is_empty(open_desk: Desk) -> None:
    assert open_desk.do("trail", "show", "--call", CALL, "--after", "9999").out.endswith("No entry is there.\n")


def test_one_subject_is_named_once(packaged_desk: tuple[Desk, str]) -> None:
    desk, _ = packaged_desk
    answer = desk.type("trail", "show", "--proposal", "PIP1-000004", "--subject", "actor/olga")
    assert (answer.code, answer.out) == (2, "")


@needs_ssh_keygen
def test_current_one_is_written_at_any_time(keyed: tuple[Desk, str], key: Path) -> None:
    desk, _ = keyed
    before = desk.checkpoints(".txt")
    kept = desk.do("trail", "checkpoint", "--key", str(key), "--json").json
    assert [str(path) for path in desk.checkpoints(".txt")] == [*map(str, before), kept["path"]]
    assert kept["text"] == Path(kept["path"]).read_text()
    assert (kept["signed_by"], kept["signature"]) == ("marcos", str(desk.checkpoints(".sig")[-1]))
    assert "Checkpoint, unsigned" in desk.do("trail", "checkpoint").out


@needs_ssh_keygen
def test_key_that_is_not_on_record_signs_none(desk: Desk, key: Path) -> None:
    answer = desk.type("trail", "checkpoint", "--key", str(key))
    assert (answer.code, "actor key add" in answer.err) == (3, True)
