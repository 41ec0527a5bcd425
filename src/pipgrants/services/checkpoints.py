"""Checkpoints: the size and root of the trail in three lines, kept as files apart from the database, and signed.

Whoever keeps one can show later that the trail they are shown extends it. ``checkpoints/`` of the workspace holds
``checkpoint-SIZE.txt``, beside it ``checkpoint-SIZE.ACTOR.sig`` for everybody who signed it, and ``allowed_signers``,
the keys on record as OpenSSH reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import orjson

from pipgrants.errors import PipgrantsError, RefusedError, TrailIntegrityError, reason_of
from pipgrants.paths import written_whole
from pipgrants.services.workspace import Workspace
from pipgrants.store.keys import KeyRow
from pipgrants.store.unit import Unit
from pipgrants.trail.signature import CHECKPOINT_NAMESPACE, PACKAGE_NAMESPACE, sign
from pipgrants.trail.verify import Checkpoint

FOLDER = "checkpoints"
ALLOWED_SIGNERS = "allowed_signers"
_DIGITS = 12


class Kept(NamedTuple):
    """A checkpoint that was written: its three lines, its file, its signature and who signed.

    ``problem`` says why it could not be written or signed.
    """

    text: str
    path: Path
    signature: Path | None = None
    signed_by: str | None = None
    problem: str | None = None


def keep_current(workspace: Workspace, key: Path | None) -> Kept:
    """Writes the checkpoint of the trail as it stands, signs it where a key is given, and writes the allowed signers.

    Raises TrailIntegrityError where a checkpoint of the same size has another root, RefusedError where the key is not
    on record or does not sign.
    """
    with workspace.read() as unit:
        write_allowed_signers(workspace, unit)
        checkpoint = unit.ledger.checkpoint()
    return keep(workspace, checkpoint, key)


def keep_after_act(workspace: Workspace, checkpoint: Checkpoint, key: Path | None) -> Kept:
    """Writes and signs the checkpoint of an act that is on record already, so that no failure undoes the act."""
    try:
        return keep(workspace, checkpoint, key)
    except (PipgrantsError, OSError) as error:
        return Kept(checkpoint.text(), checkpoint_file(workspace, checkpoint.size), problem=reason_of(error))


def checkpoint_file(workspace: Workspace, size: int) -> Path:
    """Where the checkpoint of a trail of some size stands."""
    return workspace.folder / FOLDER / checkpoint_name(size)


def checkpoint_name(size: int) -> str:
    """The name of the file of a checkpoint; they sort by size."""
    return f"checkpoint-{size:0{_DIGITS}}.txt"


def signature_files(checkpoint: Path) -> Iterator[tuple[str, Path]]:
    """The signatures of a checkpoint file, each with the name of who signed."""
    for path in sorted(checkpoint.parent.glob(f"{checkpoint.stem}.*.sig")):
        yield path.name.removeprefix(f"{checkpoint.stem}.").removesuffix(".sig"), path


def keep(workspace: Workspace, checkpoint: Checkpoint, key: Path | None) -> Kept:
    """Writes a checkpoint, and signs it where a key is given. Raises as ``keep_current``."""
    path, text = checkpoint_file(workspace, checkpoint.size), checkpoint.text()
    if path.is_file() and path.read_text(encoding="utf-8") != text:
        raise TrailIntegrityError(
            f"{path} holds another root for {checkpoint.size} entries than the trail has: it was altered in between",
            next_step=f"keep a copy of both; pipgrants audit verify --against {path}",
        )
    _write(path, text)
    if key is None:
        return Kept(text, path)
    made = sign(text.encode(), key, CHECKPOINT_NAMESPACE)
    with workspace.read() as unit:
        row = unit.keys.find(made.fingerprint)
    if row is None or not row.counts_at(checkpoint.size + 1):
        told = f"of {row.actor} was revoked by entry {row.until_entry}" if row else "is not on record for anybody"
        raise RefusedError(
            f"the key {made.fingerprint} {told}",
            next_step="let an administrator register it: pipgrants actor key add ACTOR FILE.pub",
        )
    signature = path.with_name(f"{path.stem}.{row.actor}.sig")
    _write(signature, made.text)
    return Kept(text, path, signature, row.actor)


def write_allowed_signers(workspace: Workspace, unit: Unit) -> None:
    """Writes the keys on record as OpenSSH's ALLOWED SIGNERS; a revoked key bears the time in which it counted.

    Stock ``ssh-keygen -Y verify`` then refuses what a revoked key signed, unless told the time (``-Overify-time``).
    """
    _write(workspace.folder / FOLDER / ALLOWED_SIGNERS, allowed_signers(unit))


def allowed_signers(unit: Unit) -> str:
    """The keys on record as OpenSSH's ALLOWED SIGNERS, one a line, in the order in which they were registered."""
    return "".join(_allowed_signer(unit, row) for row in unit.keys.all())


def _allowed_signer(unit: Unit, row: KeyRow) -> str:
    options = f'namespaces="{PACKAGE_NAMESPACE},{CHECKPOINT_NAMESPACE}"'
    if row.until_entry is not None:
        since, until = (stamp(unit, entry) for entry in (row.since_entry, row.until_entry))
        options += f',valid-after="{since}",valid-before="{until}"'
    return f"{row.actor} {options} {row.public_key}\n"


def stamp(unit: Unit, entry: int) -> str:
    """When an entry was written, as OpenSSH takes it, in UTC."""
    at = datetime.fromisoformat(orjson.loads(unit.ledger.entry(entry).content)["at"])
    return f"{at:%Y%m%d%H%M%SZ}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    with written_whole(path) as file:
        file.write_text(text, encoding="utf-8")
