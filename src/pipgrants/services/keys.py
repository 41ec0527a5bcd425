"""Acts on the public keys of people: whose they are, from when on, and until when."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pipgrants.domain.vocabulary import TIER_OF_ROLE
from pipgrants.errors import NotFoundError, RefusedError
from pipgrants.paths import require_existing
from pipgrants.services.checkpoints import write_allowed_signers
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.keys import KeyRow
from pipgrants.trail.entry import Deed
from pipgrants.trail.signature import read_public_key

KEY_REGISTERED = "KeyRegistered"
KEY_REVOKED = "KeyRevoked"


def register_key(workspace: Workspace, who: Identity, now: datetime, *, actor: str, file: Path) -> KeyRow:
    """Puts a public key on record for a person; from then on what they approve must be signed.

    Whose key it is, is for an administrator to say, not for whoever holds it: the entry names who said so. The comment
    of the key, often a user and a host, is left out. Raises RefusedError where the key is on record, or was.
    """
    require_existing(file, "give a public key, such as ~/.ssh/id_ed25519.pub")
    key = read_public_key(file.read_text(encoding="utf-8", errors="replace"))
    with workspace.act(who, now) as act:
        act.permit("key.register")
        act.unit.actors.get(actor)
        known = act.unit.keys.find(key.fingerprint)
        if known is not None:
            told = f"was revoked by entry {known.until_entry}" if known.until_entry else f"is {known.actor}'s already"
            raise RefusedError(
                f"the key {key.fingerprint} {told}; a key is one person's, and once", next_step="register a new key"
            )
        inputs = {"fingerprint": key.fingerprint, "public_key": key.line}
        [entry] = act.record(Deed(KEY_REGISTERED, f"actor/{actor}", inputs=inputs))
        row = KeyRow(key.fingerprint, actor, key.line, entry)
        act.unit.keys.add(row)
        write_allowed_signers(workspace, act.unit)
    return row


def revoke_key(
    workspace: Workspace, who: Identity, now: datetime, *, fingerprint: str, reason: str, dry_run: bool = False
) -> KeyRow:
    """Ends a key: what it signs from now on does not count. For an administrator, and for whoever the key is.

    Raises NotFoundError where the key was never on record, RefusedError where it was revoked already.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        row = act.unit.keys.find(fingerprint)
        if row is None:
            raise NotFoundError(f"no key {fingerprint} is on record", next_step="pipgrants actor key list")
        _permit_revoking(act, row)
        if row.until_entry is not None:
            raise RefusedError(f"the key {fingerprint} was revoked by entry {row.until_entry} already")
        deed = Deed(KEY_REVOKED, f"actor/{row.actor}", reason=reason, inputs={"fingerprint": fingerprint})
        [entry] = act.record(deed)
        act.unit.keys.revoke(fingerprint, entry)
        if not dry_run:
            write_allowed_signers(workspace, act.unit)
    return row._replace(until_entry=entry)


def _permit_revoking(act: Act, row: KeyRow) -> None:
    """A key that was lost or stolen must end at once: its holder need not wait for an administrator."""
    own = act.actor.roles[:1] if row.actor == act.actor.actor else ()
    for role in own:
        act.sign_as(role, TIER_OF_ROLE[role], {})
    if not own:
        act.permit("key.revoke")


def list_keys(workspace: Workspace, actor: str | None = None) -> list[KeyRow]:
    """The keys on record, of one person where named. Raises NotFoundError where the person is unknown."""
    with workspace.read() as unit:
        if actor is None:
            return unit.keys.all()
        unit.actors.get(actor)
        return unit.keys.of_actor(actor)
