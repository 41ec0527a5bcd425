"""What an amendment changes, in words: as the table of a corrigendum, and as sentences for the one who approves."""

from __future__ import annotations

from collections.abc import Iterable

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
    old, new = _values(change, phrasing)
    return f"{part}: {old} → {new}" if new else part


def _part(change: ChangeData, phrasing: Phrasing) -> str:
    return phrasing.wording.word(f"part.{change['part']}")


def _clauses(change: ChangeData) -> str:
    return ", ".join(map(clean, change["clauses"]))


def _values(change: ChangeData, phrasing: Phrasing) -> tuple[str, str]:
    """The values before and after; empty where only the part is named."""
    old, new = change["old"], change["new"]
    if old is None and new is None:
        return "", ""
    return _value(old, phrasing), _value(new, phrasing)


def _value(typed: TypedValue | None, phrasing: Phrasing) -> str:
    return NOTHING if typed is None else phrasing.value(typed) or NOTHING
