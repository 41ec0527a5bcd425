"""What an amendment changes, in words: as the table of a corrigendum, and as sentences for the one who approves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipgrants.letters.data import ChangeData, TypedValue
from pipgrants.letters.document import Table
from pipgrants.letters.phrasing import Phrasing
from pipgrants.letters.sandbox import clean
from pipgrants.letters.wording import NOTHING

COLUMNS = ("change", "clause", "until_now", "from_now_on")


def changes_table(changes: Iterable[ChangeData], phrasing: Phrasing) -> Table:
    """What changes, its clauses, and the values until now and from now on."""
    label = phrasing.wording.label
    rows = tuple((_part(change, phrasing), _clauses(change), *_values(change, phrasing)) for change in changes)
    return Table(label("changes"), tuple(map(label, COLUMNS)), rows)


def change_sentences(changes: Iterable[ChangeData], phrasing: Phrasing) -> tuple[str, ...]:
    """Each change in one line: ``envelope (clause 2): USD 100.00 → USD 200.00``."""
    return tuple(_sentence(change, phrasing) for change in changes)


def _sentence(change: ChangeData, phrasing: Phrasing) -> str:
    part, clauses = _part(change, phrasing), _clauses(change)
    if clauses:
        part = phrasing.wording.sentence("change_with_clause", part=part, clause=clauses)
    old, new = (value.replace("\n", " ") for value in _values(change, phrasing))
    return f"{part}: {old} → {new}" if new else part


def _part(change: ChangeData, phrasing: Phrasing) -> str:
    """What changes: the part of the call, the entry in it, and what of it."""
    words = phrasing.wording.words
    named = [phrasing.wording.word(f"part.{change['part']}")]
    if "entry" in change:
        named.append(phrasing.wording.sentence("change_entry", title=phrasing.value(change["entry"])))
    named += [words.get(f"key.{word}", word) for word in change.get("key", "").split(".") if word]
    return ": ".join(named)


def _clauses(change: ChangeData) -> str:
    return ", ".join(map(clean, change["clauses"]))


def _values(change: ChangeData, phrasing: Phrasing) -> tuple[str, str]:
    """The values before and after; empty where a letter of an earlier version names only the part."""
    old, new = change["old"], change["new"]
    if old is None and new is None:
        return "", ""
    said = _value(old, phrasing), _value(new, phrasing)
    if said[0] == said[1] and old is not None and new is not None:
        return _in_other_languages(old, new, phrasing), _in_other_languages(new, old, phrasing)
    return said


def _in_other_languages(typed: TypedValue, other: TypedValue, phrasing: Phrasing) -> str:
    """The texts that differ from those of another value, each after the name of its language."""
    texts, others = typed.get("texts"), other.get("texts")
    if not isinstance(texts, Mapping) or not isinstance(others, Mapping):
        return _value(typed, phrasing)
    differing = [language for language in {**texts, **others} if texts.get(language) != others.get(language)]
    named = [f"{phrasing.wording.word(language)}: {clean(texts.get(language, NOTHING))}" for language in differing]
    return "\n".join(named) or NOTHING


def _value(typed: TypedValue | None, phrasing: Phrasing) -> str:
    if typed is None:
        return NOTHING
    return phrasing.rule(typed) if "parts" in typed else phrasing.value(typed) or NOTHING
