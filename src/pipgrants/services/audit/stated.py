"""Rows as the trail states them, and how the rows that are stored differ from them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from pipgrants.store.stored import COLUMNS, KEYS

Content: TypeAlias = Mapping[str, Any]
"""What an entry says."""

Values: TypeAlias = list[Any]
"""The values of a row in the order of its table's columns."""


class Fault(NamedTuple):
    """Something that is not as it must be: where, which field, and what is wrong; ``entry`` is the one that says so."""

    place: str
    field: str
    message: str
    entry: int | None = None


class Decisive(NamedTuple):
    """The entry of an act that leaves a checkpoint, and who approved by it with a signature, if anybody did."""

    entry: int
    act: str
    signed_by: str | None = None


MAPPING = "mapping"
"""The kind of definition that entries of proposals alone name: what a list was read by."""

Stated: TypeAlias = tuple[int, Values]
"""The entry that stated a row last, and the row. A plain tuple: there are millions of them."""


SEALED = "sealed"
"""What stands for the salt of a row whose texts are compared as salted hashes: that there is one."""

SEALED_SINCE = 2
"""The format of entries since which comments and answers are salted hashes."""


class StatedRows:
    """The rows that entries state, by table and key; those of ``grouped`` tables by what their key begins with, too."""

    def __init__(self, grouped: Collection[str] = ()) -> None:
        self.of: defaultdict[str, dict[Any, Stated]] = defaultdict(dict)
        self._groups: dict[str, defaultdict[str, set[Any]]] = {table: defaultdict(set) for table in grouped}

    def put(self, table: str, key: object, entry: int, values: Values) -> None:
        """States a row, in the place of what was stated of it before."""
        self.of[table][key] = entry, values
        if table in self._groups and isinstance(key, tuple):
            self._groups[table][key[0]].add(key)

    def group(self, table: str, first: str) -> list[Values]:
        """The rows of a grouped table whose key begins so, in the order of their keys."""
        return [self.of[table][key][1] for key in sorted(self._groups[table][first])]

    def drop_group(self, table: str, first: str) -> None:
        """States that a grouped table has no row any more whose key begins so."""
        for key in self._groups[table].pop(first, ()):
            del self.of[table][key]

    def change(self, table: str, key: object, entry: int, **columns: object) -> None:
        """States some columns of a row anew. Raises KeyError where the row was never stated."""
        rows, places = self.of[table], POSITIONS[table]
        _, values = rows[key]
        for name, value in columns.items():
            values[places[name]] = value
        rows[key] = entry, values

    def only(self, table: str, first: object) -> StatedRows:
        """The rows of one table whose key begins so."""
        part = StatedRows()
        part.of[table] = {key: row for key, row in self.of[table].items() if key[0] == first}
        return part

    def latest(self, table: str, key: object, stated: Stated) -> None:
        """States a row, unless a later entry did already."""
        rows = self.of[table]
        if key not in rows or rows[key][0] < stated[0]:
            rows[key] = stated


POSITIONS = {table: {name: place for place, name in enumerate(names)} for table, names in COLUMNS.items()}
"""Where each column of a table stands."""


def compare(table: str, stated: Mapping[Any, Stated], stored: Sequence[Values]) -> Iterator[Fault]:
    """Every difference between the rows of a table as stated and as stored, column by column."""
    if [values for _, values in stated.values()] == stored:
        return
    keys = list(map(_KEY_OF[table], stored))
    found = dict(zip(keys, stored, strict=True))
    for key, count in Counter(keys).items() if len(found) < len(keys) else ():
        if count > 1:
            yield Fault(place_of(table, key), "", "is stored more than once: the table lost its key")
    for key, (entry, wanted) in stated.items():
        values = found.pop(key, None)
        if values is None:
            yield Fault(place_of(table, key), "", "is not stored", entry)
        elif values != wanted:
            yield from _differences(table, key, entry, values, wanted)
    for key in found:
        yield Fault(place_of(table, key), "", "is stored, and no entry states it")


_KEY_OF = {table: itemgetter(*(COLUMNS[table].index(name) for name in names)) for table, names in KEYS.items()}


def _differences(table: str, key: object, entry: int, stored: Values, stated: Values) -> Iterator[Fault]:
    for name, is_, wanted in zip(COLUMNS[table], stored, stated, strict=True):
        if is_ != wanted:
            shown, told = _text(is_), _text(wanted)
            start = _start(shown, told)
            message = f"stored is {_cut(shown, start)}; stated is {_cut(told, start)}"
            yield Fault(place_of(table, key), name, message, entry)


def place_of(table: str, key: object) -> str:
    """A row by its table and key, as a fault names it."""
    words = " ".join(map(str, key)) if isinstance(key, tuple) else key
    return f"{table} {words}"


LONGEST_SHOWN = 60
SHOWN_BEFORE = 20
"""How much is shown of two long values before the place where they begin to differ."""


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else "nothing" if value is None else str(value)


def _start(one: str, other: str) -> int:
    """From where on two values are shown, so that the difference is seen."""
    pairs = enumerate(zip(one, other, strict=False))
    same = next((place for place, (mark, wanted) in pairs if mark != wanted), min(len(one), len(other)))
    return 0 if same < LONGEST_SHOWN else same - SHOWN_BEFORE


def _cut(text: str, start: int) -> str:
    end = start + LONGEST_SHOWN
    return f"{'...' if start else ''}{text[start:end]}{'...' if len(text) > end else ''}"
