"""Personal values enter the trail as salted hashes; the values and the salts stay in ordinary tables.

Each field has a salt of its own, derived from the record's secret salt, so that showing one field proves it without
giving the others away. Once the record's salt is deleted, nothing links the hash to a person.
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from hashlib import sha256

SALT_BYTES = 32
BLOCK_BYTES = 64


def new_salt() -> bytes:
    """A fresh secret salt for one record."""
    return secrets.token_bytes(SALT_BYTES)


def seal(salt: bytes, field: str, value: str | bytes | None) -> str | None:
    """The salted hash of one field of a record, in hexadecimal; None where there is no value."""
    if value is None:
        return None
    content = value.encode() if isinstance(value, str) else value
    return sha256(field_salt(salt, field) + content).hexdigest()


def field_salt(salt: bytes, field: str) -> bytes:
    """The salt of one field of a record: whoever is shown it can check that field, and no other of the record.

    HMAC-SHA256 of the field's name (RFC 2104 section 2). ``hmac.digest`` takes twice as long for words.
    """
    inner, outer = _keys(salt)
    return sha256(outer + sha256(inner + field.encode()).digest()).digest()


@lru_cache(maxsize=1)
def _keys(salt: bytes) -> tuple[bytes, bytes]:
    """The keys of the inner and of the outer hash: the salt, filled up to a block, with each byte turned."""
    key = (salt if len(salt) <= BLOCK_BYTES else sha256(salt).digest()).ljust(BLOCK_BYTES, b"\0")
    return key.translate(_INNER), key.translate(_OUTER)


_INNER, _OUTER = (bytes(byte ^ turned for byte in range(256)) for turned in (0x36, 0x5C))
