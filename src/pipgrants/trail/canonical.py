"""Canonical bytes (RFC 8785, the subset without fractions) and hashes of plain data.

An entry holds text, whole numbers, booleans, null, lists and mappings with ASCII names. Money, shares and dates are
text. Within these limits the output equals RFC 8785; anything else is refused, never guessed.
"""

from __future__ import annotations

import hashlib

import orjson

LARGEST_INTEGER = 2**53 - 1
"""RFC 8785 section 3.2.2.3 writes numbers as IEEE doubles: beyond this a whole number would not survive."""


def canonical(value: object) -> bytes:
    """The canonical bytes of plain data. Raises TypeError or ValueError naming what cannot stand in an entry."""
    _check(value)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise ValueError(f"not canonical: {error}") from error


def _check(value: object) -> None:
    if value is None or isinstance(value, str):
        return
    if isinstance(value, dict):
        for key in value:
            if type(key) is not str or not key.isascii():
                raise ValueError(f"the name {key!r} is not ASCII text")
        for item in value.values():
            _check(item)
    elif isinstance(value, list):
        for item in value:
            _check(item)
    elif not isinstance(value, int):
        raise TypeError(f"{type(value).__name__} {value!r} cannot stand in an entry; write it as text")
    elif not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        raise ValueError(f"the number {value} is beyond 2^53; write it as text")


def digest(value: object) -> str:
    """SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def text_hash(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, in hexadecimal: the name under which a definition is stored."""
    return hashlib.sha256(text.encode()).hexdigest()
