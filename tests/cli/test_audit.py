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


@pytest.mark.parametrize("content", ["not a checkpoint", ""])
def test_file_that_is_no_checkpoint_is_refused(packaged_desk: tuple[Desk, str], tmp_path: Path, content: str) -> None:
    desk, _ = packaged_desk
    kept = tmp_path / "kept.txt"
    kept.write_text(content)
    answer = desk.type("audit", "verify", "--against", str(kept), by="aldo")
    assert (answer.code, "kept.txt" in answer.err) == (2, True)
