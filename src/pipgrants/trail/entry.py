"""One entry of the decision trail: who did what to which subject, how the actor was known, on which inputs.

An entry is canonical bytes and their leaf hash (RFC 9162 section 2.1.1: SHA-256 over a zero byte and the bytes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from secrets import token_hex
from typing import NamedTuple

from pipgrants.trail.canonical import canonical
from pipgrants.trail.verify import leaf_hash

FORMAT = 2
"""Since format 2, comments of evaluators and answers of applicants are salted hashes; before, they stood as written."""

NONCE_BYTES = 16


class Author(NamedTuple):
    """Who acts. ``known_by`` says how that was established: ``method`` claimed, operating_system or signature, user and
    host, and for a signature the ``fingerprint`` of the key.

    ``stands_in_for`` names the tier whose duty is done by another tier, in a programme that lacks it; ``on_behalf_of``
    the person whose role the actor holds as a delegate.
    """

    actor: str
    role: str
    tier: str | None
    known_by: Mapping[str, str]
    stands_in_for: str | None = None
    on_behalf_of: str | None = None


class Deed(NamedTuple):
    """What is written down of one act on one subject, before it has a sequence number."""

    act: str
    subject: str
    source: str | None = None
    destination: str | None = None
    reason: str | None = None
    inputs: Mapping[str, object] | None = None
    findings: Sequence[Mapping[str, object]] | None = None
    definitions: Mapping[str, str] | None = None
    call: str | None = None


class Entry(NamedTuple):
    """A written entry."""

    sequence: int
    act: str
    subject: str
    call: str | None
    content: bytes
    leaf_hash: bytes


def instant_text(instant: datetime) -> str:
    """A UTC instant as it stands in entries: ``2026-03-31T23:00:00.000000Z``. Raises ValueError on a naive one."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Scribe:
    """Writes deeds as entries: the author, the instant and the program version are the same for a whole act."""

    def __init__(self, author: Author, at: datetime, program: str) -> None:
        self._common: dict[str, object] = {
            "format": FORMAT,
            "program": program,
            "at": instant_text(at),
            "actor": author.actor,
            "known_by": dict(author.known_by),
            "role": author.role,
            "tier": author.tier,
        }
        if author.stands_in_for:
            self._common["stands_in_for"] = author.stands_in_for
        if author.on_behalf_of:
            self._common["on_behalf_of"] = author.on_behalf_of

    def write(self, deed: Deed, sequence: int) -> Entry:
        """The entry for a deed. Raises TypeError or ValueError where it holds what canonical bytes cannot.

        Its nonce hides it: a proof of one entry shows the leaf hash of its neighbour, whose other words may be guessed.
        """
        content = canonical(
            {
                **self._common,
                "nonce": token_hex(NONCE_BYTES),
                "sequence": sequence,
                "act": deed.act,
                "subject": deed.subject,
                "call": deed.call,
                "from": deed.source,
                "to": deed.destination,
                "reason": deed.reason,
                "inputs": deed.inputs or {},
                "findings": deed.findings or [],
                "definitions": deed.definitions or {},
            }
        )
        return Entry(sequence, deed.act, deed.subject, deed.call, content, leaf_hash(content))
