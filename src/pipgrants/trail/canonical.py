"""Canonical bytes (RFC 8785, the subset without fractions) and hashes of plain data.

An entry holds text, whole numbers, booleans, null, lists and mappings with ASCII names. Money, shares and dates are
text. Within these limits the output equals RFC 8785; anything else is refused, never guessed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import orjson


def canonical(value: object) -> bytes:
    """The canonical bytes of plain data. Raises TypeError or ValueError naming what cannot stand in an entry.

    Whole numbers stay within 53 bits: RFC 8785 section 3.2.2.3 writes numbers as IEEE doubles. The bytes are a copy,
    because those that orjson returns keep a buffer of 4 KB and more.
    """
    _check_kinds(value)
    try:
        content = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
    except TypeError as error:
        raise ValueError(f"not canonical: {error}") from error
    if not content.isascii():
        _check_names(value)
    return bytes(memoryview(content))


_LEAVES = frozenset({str, int, bool, type(None)})


def _check_kinds(value: object) -> None:
    """Refuses what orjson would write and an entry may not hold: fractions, dates, records."""
    items: Iterable[object] = ()
    if isinstance(value, dict):
        items = value.values()
    elif isinstance(value, list):
        items = value
    elif not isinstance(value, str | int | None):
        raise TypeError(f"{type(value).__name__} {value!r} cannot stand in an entry; write it as text")
    for item in items:
        kind = type(item)
        if kind is not str and kind not in _LEAVES:
            _check_kinds(item)


def _check_names(value: object) -> None:
    """Refuses names beyond ASCII, which orjson sorts in another order than RFC 8785 section 3.2.3."""
    if isinstance(value, dict):
        for name in value:
            if not name.isascii():
                raise ValueError(f"the name {name!r} is not ASCII text")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_names(item)


def digest(value: object) -> str:
    """SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def text_hash(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, in hexadecimal: the name under which a definition is stored."""
    return hashlib.sha256(text.encode()).hexdigest()
