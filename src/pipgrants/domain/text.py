"""Texts that a definition gives in several languages."""

from __future__ import annotations

from collections.abc import Mapping

Text = Mapping[str, str]
"""The same text by language code; a call gives every text in all of its languages."""


def in_language(text: Text | str, language: str) -> str:
    """A text in a language, or in the first language that it has; a proper name is the same in every one."""
    return text if isinstance(text, str) else text.get(language) or next(iter(text.values()), "")
