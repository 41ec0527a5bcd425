"""Personal values enter the trail as salted hashes; the values and the salts stay in ordinary tables.

Each field has a salt of its own, derived from the record's secret salt, so that showing one field proves it without
giving the others away. Once the record's salt is deleted, nothing links the hash to a person.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

SALT_BYTES = 32


def new_salt() -> bytes:
    """A fresh secret salt for one record."""
    return secrets.token_bytes(SALT_BYTES)


def seal(salt: bytes, field: str, value: str | None) -> str | None:
    """The salted hash of one field of a record, in hexadecimal; None where there is no value."""
    if value is None:
        return None
    return hashlib.sha256(field_salt(salt, field) + value.encode()).hexdigest()


def field_salt(salt: bytes, field: str) -> bytes:
    """The salt of one field of a record: whoever is shown it can check that field, and no other of the record."""
    return hmac.digest(salt, field.encode(), "sha256")
