"""The checkpoints that acts leave, by the trail: one of each decisive act, and those whose root letters name.

Whoever owns the folder can remove them, and write others: that one is missing is said, and proves nothing.
"""

from __future__ import annotations

import base64
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from pipgrants.services.audit.stated import Decisive, Fault
from pipgrants.services.checkpoints import FOLDER, checkpoint_name, signature_files
from pipgrants.trail.merkle import ReadNode, root
from pipgrants.trail.verify import ProofError, read_checkpoint

NamedRoots = Mapping[tuple[int, str], int]
"""The sizes and roots of the trail that letters name, each with an entry that releases one of them."""

NEVER = Decisive(1 << 63, "")
"""Stands for the decisive act after the last one."""


def missing_checkpoints(folder: Path, decisive: Sequence[Decisive], named: NamedRoots) -> Iterator[Fault]:
    """The checkpoints, and signatures of them, that are not in a folder.

    ``decisive`` are the acts that leave one, in order. Each has its checkpoint where one was kept before the next: by
    itself, or by hand where it was stopped. Whoever signed the act signed it, too.
    """
    files = dict(sorted(_files(folder)))
    sizes = list(files)
    for (entry, act, signed_by), following in pairwise([*decisive, NEVER]):
        kept = sizes[bisect_left(sizes, entry) : bisect_left(sizes, following.entry)]
        if not kept:
            yield Fault(FOLDER, "", f"none is there of entry {entry}, {act}", entry)
        elif signed_by and not any(signed_by in dict(signature_files(files[size])) for size in kept):
            yield Fault(FOLDER, "", f"none of entry {entry}, {act}, is signed by {signed_by}, who signed it", entry)
    for (size, _), entry in sorted(named.items()):
        if size not in files:
            message = f"is not there; the letter of entry {entry} names its root"
            yield Fault(f"{FOLDER}/{checkpoint_name(size)}", "", message, entry)


def named_root_faults(named: NamedRoots, today: int, read: ReadNode) -> Iterator[Fault]:
    """The roots that letters name and the tree of ``today`` entries never had."""
    for (size, said), entry in sorted(named.items()):
        if size <= today and base64.b64encode(root(size, read)).decode() != said:
            message = f"is not that of the first {size} entries: one was altered, added or removed"
            yield Fault(f"entry {entry}", "inputs.release.root", message, entry)


def _files(folder: Path) -> Iterator[tuple[int, Path]]:
    """The checkpoint files by the sizes that they say; what is no checkpoint is told where each is read."""
    for path in folder.glob("checkpoint-*.txt"):
        try:
            yield read_checkpoint(path.read_text(encoding="utf-8")).size, path
        except (ProofError, ValueError, OSError):
            continue
