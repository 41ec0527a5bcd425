"""``audit verify``: what it says of a sound record and of one that was changed, and its exit code."""

from pathlib import Path

import pytest

from desk import Desk
from rounds import tamper


def test_sound_record_ends_with_0(packaged_desk: tuple[Desk, str], tmp_path: Path) -> None:
    desk, _ = packaged_desk
    kept = tmp_path / "kept.txt"
    kept.write_bytes(desk.checkpoints(".txt")[0].read_bytes())
    answer = desk.do("audit", "verify", "--against", str(kept), by="aldo")
    assert answer.out.splitlines()[-2:] == [
        "Everything checked is as the trail states.",
        "It extends what was kept: kept.txt.",
    ]
    assert desk.do("audit", "verify", "--json", by="aldo").json["faults"] == []


def test_changed_record_ends_with_5_and_names_the_field(packaged_desk: tuple[Desk, str]) -> None:
    desk, _ = packaged_desk
    assert tamper(desk.folder, "UPDATE proposal SET grant_minor = 1 WHERE number = 'PIP1-000002'")
    answer = desk.type("audit", "verify", by="aldo")
    assert answer.code == 5
    assert "proposal PIP1-000002" in answer.out
    faults = desk.type("audit", "verify", "--json", by="aldo").json["faults"]
    assert [(fault["place"], fault["field"]) for fault in faults] == [("proposal PIP1-000002", "grant_minor")]


def test_checkpoints_that_are_gone_are_told_and_are_no_fault(packaged_desk: tuple[Desk, str]) -> None:
    desk, _ = packaged_desk
    for path in desk.checkpoints(".txt"):
        path.unlink()
    answer = desk.do("audit", "verify", by="aldo")
    told = answer.out.partition("Not in checkpoints/; the copies kept elsewhere are for --against\n")[2]
    acts = ["ProgrammeActivated", "CallAuthorised", "ScoresClosed"]
    shown = desk.do("trail", "show", "--limit", "1000", "--json").json["entries"]
    entries = [entry["sequence"] for act in acts for entry in shown if entry["act"] == act]
    assert told.split("\n\n")[0].splitlines() == [
        f"  checkpoints: none is there of entry {entry}, {act}" for entry, act in zip(entries, acts, strict=True)
    ]
    assert [item["entry"] for item in desk.do("audit", "verify", "--json", by="aldo").json["missing"]] == entries


@pytest.mark.parametrize("content", ["not a checkpoint", ""])
def test_file_that_is_no_checkpoint_is_refused(packaged_desk: tuple[Desk, str], tmp_path: Path, content: str) -> None:
    desk, _ = packaged_desk
    kept = tmp_path / "kept.txt"
    kept.write_text(content)
    answer = desk.type("audit", "verify", "--against", str(kept), by="aldo")
    assert (answer.code, "kept.txt" in answer.err) == (2, True)
