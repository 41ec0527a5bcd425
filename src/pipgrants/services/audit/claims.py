"""What proof files claim, as ``trail.verify.check_file`` reads it: entries, earlier checkpoints, files vouched for."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from pipgrants.store.ledger import Ledger
from pipgrants.trail import verify
from pipgrants.trail.entry import Entry
from pipgrants.trail.merkle import consistency_proof, inclusion_proof
from pipgrants.trail.verify import Checkpoint

Claim: TypeAlias = Mapping[str, object]

NODES_KEPT = 10_000
"""Hashes of the tree kept at hand: the proofs of neighbours share all but a few."""
VERIFIER = Path(verify.__file__)
"""The program that checks proof files by itself; it goes with them."""


class Claims:
    """Makes claims about the trail as it stands."""

    def __init__(self, ledger: Ledger) -> None:
        self.checkpoint = ledger.checkpoint()
        self._read = lru_cache(NODES_KEPT)(ledger.tree.hash)

    def entry(self, entry: Entry) -> Claim:
        """That an entry stands in the trail."""
        proof = inclusion_proof(entry.sequence - 1, self.checkpoint.size, self._read)
        return {"content": entry.content.decode(), "proof": [_text(item) for item in proof]}

    def earlier(self, checkpoint: Checkpoint) -> Claim:
        """That the trail extends a checkpoint. One that is larger than the trail gets no proof: nothing could be."""
        size = min(checkpoint.size, self.checkpoint.size)
        proof = consistency_proof(size, self.checkpoint.size, self._read)
        return {"checkpoint": checkpoint.text(), "proof": [_text(item) for item in proof]}

    def file(self, name: str, entry: int, salt: bytes | None = None) -> Claim:
        """That an entry holds the hash of a file, salted where a salt is given; ``name`` is seen from the proof."""
        return {"name": name, "entry": entry, **({} if salt is None else {"salt": _text(salt)})}

    def written(
        self, *, entries: Sequence[Claim] = (), earlier: Sequence[Claim] = (), files: Sequence[Claim] = ()
    ) -> str:
        """The text of a proof file."""
        claims = {"checkpoint": self.checkpoint.text(), "entries": entries, "earlier": earlier, "files": files}
        return json.dumps(claims, ensure_ascii=False, indent=1) + "\n"


def _text(hashed: bytes) -> str:
    return base64.b64encode(hashed).decode()
