"""Which checkpoints must be kept: one of each decisive act before the next, and those whose root letters name."""

import base64
import hashlib
from pathlib import Path

import pytest

from pipgrants.services.audit.checkpoints_kept import missing_checkpoints, named_root_faults
from pipgrants.services.audit.stated import Decisive, Fault
from pipgrants.services.checkpoints import checkpoint_name
from pipgrants.trail.merkle import Frontier, root
from pipgrants.trail.verify import Checkpoint

LEAVES = [hashlib.sha256(bytes([number])).digest() for number in range(20)]
NODES = {(node.level, node.position): node.hash for node in Frontier(0, lambda *_: b"").append(LEAVES)}
DECISIVE = [Decisive(4, "ProgrammeActivated", "marcos"), Decisive(9, "ScoresClosed")]


def read(level: int, position: int) -> bytes:
    return NODES[level, position] if level else LEAVES[position]


def root_of(size: int) -> str:
    return base64.b64encode(root(size, read)).decode()


def keep(folder: Path, *sizes: int) -> None:
    for size in sizes:
        text = Checkpoint("pipgrants/0", size, root(size, read)).text()
        (folder / checkpoint_name(size)).write_text(text, encoding="utf-8")
        (folder / checkpoint_name(size)).with_suffix(".marcos.sig").touch()


def missing(folder: Path, named: dict[tuple[int, str], int] | None = None) -> list[tuple[str, int | None]]:
    return [(fault.place, fault.entry) for fault in missing_checkpoints(folder, DECISIVE, named or {})]


@pytest.mark.parametrize(
    ("sizes", "missed"),
    [
        ((4, 9), []),
        ((5, 12), []),
        ((8, 20), []),
        ((4, 5), [9]),
        ((3, 9), [4]),
        ((9, 10), [4]),
        ((3,), [4, 9]),
        ((), [4, 9]),
    ],
)
def test_a_decisive_act_has_a_checkpoint_before_the_next(
    tmp_path: Path, sizes: tuple[int, ...], missed: list[int]
) -> None:
    keep(tmp_path, *sizes)
    assert missing(tmp_path) == [("checkpoints", entry) for entry in missed]


def test_the_signature_of_who_signed_the_act_is_missed(tmp_path: Path) -> None:
    keep(tmp_path, 4, 9)
    for path in tmp_path.glob("*.sig"):
        path.rename(path.with_name(path.name.replace("marcos", "olga")))
    faults = list(missing_checkpoints(tmp_path, DECISIVE, {}))
    said = "none of entry 4, ProgrammeActivated, is signed by marcos, who signed it"
    assert faults == [Fault("checkpoints", "", said, 4)]


def test_a_checkpoint_that_letters_name_is_missed(tmp_path: Path) -> None:
    keep(tmp_path, 4, 9, 11)
    assert missing(tmp_path, {(11, root_of(11)): 12}) == []
    assert missing(tmp_path, {(13, root_of(13)): 14}) == [("checkpoints/checkpoint-000000000013.txt", 14)]


def test_what_is_no_checkpoint_counts_for_none(tmp_path: Path) -> None:
    keep(tmp_path, 4)
    (tmp_path / checkpoint_name(9)).write_bytes(b"\xff")
    (tmp_path / checkpoint_name(10)).mkdir()
    faults = list(missing_checkpoints(tmp_path, DECISIVE, {}))
    assert faults == [Fault("checkpoints", "", "none is there of entry 9, ScoresClosed", 9)]


@pytest.mark.parametrize("size", [0, 1, 11, 20])
def test_a_root_that_letters_name_is_that_of_the_tree(size: int) -> None:
    assert list(named_root_faults({(size, root_of(size)): 15}, len(LEAVES), read)) == []
    [fault] = named_root_faults({(size, root_of(19)): 15}, len(LEAVES), read)
    assert (fault.place, fault.field, fault.entry) == ("entry 15", "inputs.release.root", 15)


def test_a_root_of_entries_that_were_cut_is_told_as_the_cut() -> None:
    assert list(named_root_faults({(21, root_of(20)): 15}, len(LEAVES), read)) == []
