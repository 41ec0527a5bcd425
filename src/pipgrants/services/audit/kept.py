"""Checkpoints and proofs that somebody kept, held against today's trail: whoever rewrites it cannot change those.

A kept checkpoint is three lines; a kept proof is a proof file as ``audit proof`` writes it. Two roots only say that
something differs; the hashes in a proof, and smaller checkpoints kept beside a larger one, say from which entry on.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipgrants.errors import UsageError
from pipgrants.paths import require_existing
from pipgrants.services.audit.stated import Fault
from pipgrants.store.unit import Unit
from pipgrants.trail.merkle import siblings, subtree
from pipgrants.trail.verify import (
    Checkpoint,
    ProofError,
    leaf_hash,
    read_checkpoint,
    verify_consistency,
    verify_inclusion,
)


class _Proved(NamedTuple):
    """An entry that a kept file proves: its number, its bytes, and the hashes beside its way to the root."""

    sequence: int
    content: bytes
    path: list[bytes]


class _Kept(NamedTuple):
    """A file that somebody kept: its checkpoint, and the entries that it proves."""

    name: str
    checkpoint: Checkpoint
    entries: list[_Proved]


def kept_faults(unit: Unit, today: Checkpoint, files: Sequence[Path]) -> Iterator[Fault]:
    """Where today's trail is not the one that was kept, the smallest checkpoint first.

    Raises NotFoundError without a file, UsageError where one is neither a checkpoint nor a proof that holds by itself.
    """
    extended = 0
    for kept in sorted(map(_read, files), key=lambda kept: kept.checkpoint.size):
        faults = list(_faults(unit, today, kept, extended))
        yield from faults
        if not faults:
            extended = kept.checkpoint.size


def _faults(unit: Unit, today: Checkpoint, kept: _Kept, extended: int) -> Iterator[Fault]:
    origin, size, root = kept.checkpoint
    if origin != today.origin:
        yield Fault(kept.name, "origin", f"it is of {origin}; this trail is {today.origin}", 1)
        return
    if size > today.size:
        yield Fault(kept.name, "", f"entries from {today.size + 1} on were cut: it counts {size}", today.size + 1)
    else:
        try:
            proof = unit.ledger.tree.consistency_proof(size, today.size)
            verify_consistency(size, today.size, root, today.root, proof)
        except ProofError:
            first = extended + 1
            message = f"today's trail does not extend it: something from entry {first} to {size} was written anew"
            yield Fault(kept.name, "root", message, first)
    for proved in kept.entries:
        yield from _entry_faults(unit, today, kept, proved)


def _entry_faults(unit: Unit, today: Checkpoint, kept: _Kept, proved: _Proved) -> Iterator[Fault]:
    """Today's entry, and today's subtrees, against those of a kept proof."""
    sequence = proved.sequence
    if sequence <= today.size and bytes(unit.ledger.entry(sequence).content) != proved.content:
        yield Fault(f"entry {sequence}", "content", f"is not the one that {kept.name} proves", sequence)
    ranges = siblings(sequence - 1, kept.checkpoint.size)
    for (start, end), hashed in zip(ranges, proved.path, strict=True):
        if end <= today.size and subtree(start, end, unit.ledger.tree.hash) != hashed:
            message = f"are not those on which the proof in {kept.name} rests"
            yield Fault(f"entries {start + 1} to {end}", "", message, start + 1)


def _read(path: Path) -> _Kept:
    require_existing(path)
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        if not text.lstrip().startswith("{"):
            return _Kept(path.name, read_checkpoint(text), [])
        claims = json.loads(text)
        checkpoint = read_checkpoint(claims["checkpoint"])
        return _Kept(path.name, checkpoint, [_proved(claim, checkpoint) for claim in claims["entries"]])
    except (ProofError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"{path.name} is neither a checkpoint nor a proof that holds by itself: {error}",
            next_step="give the three lines of a checkpoint, or a file that `pipgrants audit proof` wrote",
        ) from error


def _proved(claim: dict[str, Any], checkpoint: Checkpoint) -> _Proved:
    content = claim["content"].encode()
    path = [base64.b64decode(text, validate=True) for text in claim["proof"]]
    proved = _Proved(json.loads(content)["sequence"], content, path)
    verify_inclusion(leaf_hash(content), proved.sequence - 1, checkpoint.size, path, checkpoint.root)
    return proved
