"""Signatures of decisive acts: required of whoever has a key on record, and checked for whoever audits.

A signature counts where its key was registered before its entry, for the actor of that entry, and not revoked before
it. Whoever ever had a key on record signs what they approve: revoking a key does not make an unsigned approval good.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson

from pipgrants.errors import NotAuthorisedError, NotFoundError, RefusedError
from pipgrants.services.audit.stated import Content, Fault
from pipgrants.services.checkpoints import ALLOWED_SIGNERS, FOLDER, allowed_signers, signature_files
from pipgrants.services.keys import KEY_REGISTERED, KEY_REVOKED
from pipgrants.services.packages import PACKAGE_PREPARED, PACKAGE_RETURNED
from pipgrants.services.workspace import Act, Workspace
from pipgrants.store.keys import KeyRow
from pipgrants.store.ledger import Ledger
from pipgrants.store.unit import Unit
from pipgrants.trail.signature import (
    CHECKPOINT_NAMESPACE,
    PACKAGE_NAMESPACE,
    Signature,
    approval,
    fingerprint_of,
    read_public_key,
    sign,
    signer,
)
from pipgrants.trail.verify import ProofError, read_checkpoint


def sign_approval(workspace: Workspace, package: str, key: Path | None, *, dry_run: bool) -> Signature | None:
    """The signature that approves a package, made before the act so that a passphrase keeps nobody waiting.

    None without a key; a dry run signs nothing and only reads whose key it is.
    """
    if key is None:
        return None
    if dry_run:
        return Signature(fingerprint_of(key), "")
    with workspace.read() as unit:
        message = approval(unit.ledger.origin(), unit.packages.get(package).hash)
    return sign(message, key, PACKAGE_NAMESPACE)


def require_signature(act: Act, signature: Signature | None) -> None:
    """Lets an approval be known by its signature. Raises NotAuthorisedError where the actor's key did not make it."""
    if signature is not None:
        require_own_key(act, signature.fingerprint)
        act.be_known_by(signature)
    elif act.unit.keys.of_actor(act.actor.actor):
        raise NotAuthorisedError(
            f"{act.actor.actor} has a key on record, and signs what they approve",
            next_step=f"add --key FILE with the private key (pipgrants actor key list {act.actor.actor})",
        )


def require_own_key(act: Act, fingerprint: str | None) -> None:
    """Raises NotAuthorisedError where a key that was given is not on record for the actor, or was revoked."""
    if fingerprint is None:
        return
    row, actor = act.unit.keys.find(fingerprint), act.actor.actor
    if row is None:
        told = "is not on record"
    elif row.actor != actor:
        told = f"is {row.actor}'s, not {actor}'s"
    elif row.until_entry is not None:
        told = f"was revoked by entry {row.until_entry}"
    else:
        return
    raise NotAuthorisedError(
        f"the key {fingerprint} {told}",
        next_step=f"let an administrator register the key: pipgrants actor key add {actor} FILE.pub",
    )


def check_signatures(unit: Unit, workspace: Workspace) -> Iterator[Fault]:
    """Everything that is wrong with the signatures in entries, and with the checkpoint files and their signatures.

    Raises RefusedError where there are signatures, and no ``ssh-keygen`` to check them with.
    """
    check = _Check(unit.ledger)
    for entry in unit.stored.entries_of_registers():
        try:
            yield from check.entry(orjson.loads(entry.content))
        except (KeyError, TypeError, ValueError, AttributeError):
            yield Fault(f"entry {entry.sequence}", "", "does not say what an entry of its act says", entry.sequence)
    for path in sorted((workspace.folder / FOLDER).glob("checkpoint-*.txt")):
        yield from check.checkpoint(path)
    yield from _signers_faults(unit, workspace.folder / FOLDER / ALLOWED_SIGNERS)


def _signers_faults(unit: Unit, path: Path) -> Iterator[Fault]:
    """Whether the file with which stock ``ssh-keygen`` checks says what the keys on record say, where it is there."""
    try:
        wanted = allowed_signers(unit)
    except (NotFoundError, LookupError, TypeError, ValueError):
        return  # the entries of the keys are missing or unreadable, which is said where they stand
    if path.is_file() and path.read_text(encoding="utf-8", errors="replace") != wanted:
        yield Fault(f"{FOLDER}/{path.name}", "", "is not what the keys on record make it")


class _Check:
    """Follows the keys through the trail, and holds every signature against those that count at its place."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._origin = ledger.origin()
        self._keys: dict[str, KeyRow] = {}
        self._signed: tuple[str, str, str] | None = None

    def entry(self, content: Content) -> Iterator[Fault]:
        """What is wrong with an entry that concerns keys or approves a package. Entries come in their order."""
        inputs, sequence = content["inputs"], content["sequence"]
        if content["act"] == KEY_REGISTERED:
            actor = content["subject"].partition("/")[2]
            found = self._register(KeyRow(inputs["fingerprint"], actor, inputs["public_key"], sequence))
        elif content["act"] == KEY_REVOKED:
            found = self._revoke(inputs["fingerprint"], sequence)
        else:
            found = self._approval(content, inputs, content["known_by"])
        for field, message in found:
            yield Fault(f"entry {sequence}", field, message, sequence)

    def _register(self, row: KeyRow) -> Iterator[tuple[str, str]]:
        before = self._keys.setdefault(row.fingerprint, row)
        if before is not row:
            yield "inputs.fingerprint", f"was registered by entry {before.since_entry} already"
        try:
            fingerprint = read_public_key(row.public_key).fingerprint
        except RefusedError as error:
            yield "inputs.public_key", error.message
            return
        if fingerprint != row.fingerprint:
            yield "inputs.fingerprint", f"is not that of the key, {fingerprint}"

    def _revoke(self, fingerprint: str, sequence: int) -> Iterator[tuple[str, str]]:
        row = self._keys.get(fingerprint)
        if row is None or row.until_entry is not None:
            yield "inputs.fingerprint", "is not that of a key on record"
            return
        self._keys[fingerprint] = row._replace(until_entry=sequence)

    def _approval(self, content: Content, inputs: Content, known_by: Content) -> Iterator[tuple[str, str]]:
        actor, at, fingerprint = content["actor"], content["at"], known_by.get("fingerprint")
        if "signature" in inputs:
            self._signed = actor, at, inputs["fingerprint"]
            message = approval(self._origin, inputs["package"])
            signed_with = signer(message, inputs["signature"], PACKAGE_NAMESPACE)
            wrong = self._wrong(signed_with, actor, content["sequence"])
            if wrong is not None:
                yield "inputs.signature", wrong
            elif not signed_with == inputs["fingerprint"] == fingerprint:
                yield "inputs.fingerprint", f"is not that of the key that signed, {signed_with}"
        elif known_by["method"] == "signature":
            if self._signed != (actor, at, fingerprint):
                yield "known_by", "names a signature that the entry that decides does not hold"
        elif _decides(content) and any(row.actor == actor for row in self._keys.values()):
            yield "inputs.signature", f"is missing: {actor} has had a key on record since before"

    def checkpoint(self, path: Path) -> Iterator[Fault]:
        """What is wrong with a checkpoint file and its signatures, once every entry was seen."""
        name = f"{FOLDER}/{path.name}"
        try:
            kept = read_checkpoint(path.read_text(encoding="utf-8"))
        except (ProofError, ValueError, OSError) as error:
            yield Fault(name, "", str(error))
            return
        size = self._ledger.size()
        if kept.origin != self._origin:
            yield Fault(name, "origin", f"is {kept.origin}; the trail is {self._origin}")
        elif kept.size > size:
            yield Fault(name, "size", f"is {kept.size}; the trail has {size} entries: its end was cut")
        elif kept.root != self._ledger.tree.root(kept.size):
            yield Fault(
                name, "root", f"is not that of the first {kept.size} entries: one was altered, added or removed"
            )
        for actor, file in signature_files(path):
            text = file.read_text(encoding="utf-8", errors="replace")
            wrong = self._wrong(signer(path.read_bytes(), text, CHECKPOINT_NAMESPACE), actor, kept.size + 1)
            if wrong is not None:
                yield Fault(f"{FOLDER}/{file.name}", "", wrong)

    def _wrong(self, fingerprint: str | None, actor: str, entry: int) -> str | None:
        """Why a signature by a key does not count as the actor's at an entry, None where it does."""
        if fingerprint is None:
            return "does not fit what was signed"
        row = self._keys.get(fingerprint)
        if row is None:
            return f"was made with {fingerprint}, a key that is not on record"
        if row.actor != actor:
            return f"was made with the key of {row.actor}, not of {actor}"
        if not row.counts_at(entry):
            until = f", and revoked by entry {row.until_entry}" if row.until_entry else ""
            return f"was made with a key that does not count here: it was registered by entry {row.since_entry}{until}"
        return None


def _decides(content: Content) -> bool:
    """Whether an entry approves a package: those of calls and programmes that name one do, unless it is sent back."""
    kind = content["subject"].partition("/")[0]
    is_other = content["act"] in (PACKAGE_PREPARED, PACKAGE_RETURNED)
    return kind in ("call", "programme") and "package" in content["inputs"] and not is_other
