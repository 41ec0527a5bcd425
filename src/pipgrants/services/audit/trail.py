"""The trail held against itself: numbers, bytes, leaves, columns and the tree over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from operator import itemgetter
from typing import Any

from pipgrants.services.audit.stated import Content, Fault
from pipgrants.store.stored import Row, Stored
from pipgrants.trail.merkle import Frontier
from pipgrants.trail.verify import leaf_hash

BATCH = 256

SAID = ("sequence", "act", "subject", "call")
"""What an entry says in its bytes, and its row in the first columns."""

said_by: Callable[[Content], tuple[Any, ...]] = itemgetter(*SAID)
"""What an entry says of its columns. Raises LookupError or TypeError where it does not say what an entry says."""


def column_faults(row: Row, content: Content) -> Iterator[Fault]:
    """The columns of an entry that do not say what its bytes say."""
    for name, column, said in zip(SAID, row, said_by(content), strict=False):
        if column != said:
            yield Fault(f"entry {row[0]}", name, f"the column says {column}; the bytes say {said}", row[0])


class TrailCheck:
    """Checks all entries in the order of their numbers, and the tree as it grows over their leaves.

    ``frontier`` is the tree of what was checked so far.
    """

    def __init__(self, stored: Stored, progress: Callable[[int], None]) -> None:
        self._stored = stored
        self._progress = progress
        self._nodes_count = 0
        self.frontier = Frontier(0, _unread)

    def faults(self) -> Iterator[Fault]:
        """Everything wrong with the bytes of entries, their numbers, and the tree."""
        entries, expected = self._stored.leaves(), 1
        while batch := list(islice(entries, BATCH)):
            sequences, contents, leaves = zip(*batch, strict=True)
            if sequences != tuple(range(expected, expected + len(batch))):
                yield from _gaps(expected, sequences)
            expected = max(expected, sequences[-1] + 1)
            hashes = tuple(map(leaf_hash, contents))
            if hashes != leaves:
                checked = zip(sequences, leaves, hashes, strict=True)
                yield from (_wrong_leaf(sequence) for sequence, leaf, hashed in checked if leaf != hashed)
            yield from self._grow(leaves)
            self._progress(self.frontier.size)
        yield from self._left_over()

    def _grow(self, leaves: Iterable[bytes]) -> Iterator[Fault]:
        for level, first, hashes in self.frontier.extend(leaves):
            stored, wanted = self._stored.nodes(level, first, len(hashes)), list(enumerate(hashes, first))
            if stored == wanted:
                self._nodes_count += len(wanted)
            else:
                yield from self._wrong_nodes(level, dict(wanted), dict(stored))

    def _wrong_nodes(self, level: int, wanted: Mapping[int, bytes], stored: Mapping[int, bytes]) -> Iterator[Fault]:
        self._nodes_count += len(stored.keys() & wanted.keys())
        for position, hashed in wanted.items():
            if stored.get(position) != hashed:
                yield _wrong_node(level, position)

    def _left_over(self) -> Iterator[Fault]:
        """Hashes of the tree above entries that are gone."""
        count = self._stored.count("node") - self._nodes_count
        if count:
            message = f"{count} hashes are left over from a longer trail: it was cut"
            yield Fault("tree", "", message, self.frontier.size + 1)


def _gaps(expected: int, sequences: Iterable[int]) -> Iterator[Fault]:
    for sequence in sequences:
        if sequence > expected:
            yield _missing(expected, sequence - 1)
        expected = max(expected, sequence + 1)


def _missing(first: int, last: int) -> Fault:
    if first == last:
        return Fault(f"entry {first}", "", "is missing", first)
    return Fault(f"entries {first} to {last}", "", "are missing", first)


def _wrong_leaf(sequence: int) -> Fault:
    return Fault(f"entry {sequence}", "content", "its bytes do not have the hash of its leaf", sequence)


def _wrong_node(level: int, position: int) -> Fault:
    first, last = (position << level) + 1, position + 1 << level
    message = f"is not the hash of entries {first} to {last}"
    return Fault(f"tree level {level} position {position}", "hash", message, first)


def _unread(_level: int, _position: int) -> bytes:
    raise AssertionError("an empty tree has no hashes")
