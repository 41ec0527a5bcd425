"""The trail held against itself: numbers, bytes, leaves, columns and the tree over them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import orjson

from pipgrants.services.audit.stated import Content, Fault
from pipgrants.store.stored import Stored, StoredEntry
from pipgrants.trail.merkle import Frontier
from pipgrants.trail.verify import leaf_hash

BATCH = 1_000


def read_entry(entry: StoredEntry) -> Content:
    """What the bytes of an entry say. Raises ValueError where they are no JSON object."""
    content: Content = orjson.loads(entry.content)
    if not isinstance(content, dict):
        raise ValueError("its bytes are no JSON object")
    return content


def says_the_same(entry: StoredEntry, content: Content) -> bool:
    """Whether the columns of an entry say what its bytes say."""
    said = content.get
    return (said("sequence"), said("act"), said("subject"), said("call")) == entry[:4]


def column_faults(entry: StoredEntry, content: Content) -> Iterator[Fault]:
    """The columns of an entry that do not say what its bytes say."""
    for name in ("sequence", "act", "subject", "call"):
        said = content.get(name)
        if getattr(entry, name) != said:
            message = f"the column says {getattr(entry, name)}; the bytes say {said}"
            yield Fault(f"entry {entry.sequence}", name, message, entry.sequence)


class TrailCheck:
    """Checks all entries in the order of their numbers, and the tree as it grows over their leaves.

    ``frontier`` is the tree of what was checked so far.
    """

    def __init__(self, stored: Stored, progress: Callable[[int], None]) -> None:
        self._stored = stored
        self._progress = progress
        self._nodes: defaultdict[int, Iterator[tuple[int, bytes]]] = _Levels(stored)
        self.frontier = Frontier(0, _unread)

    def faults(self) -> Iterator[Fault]:
        """Everything wrong with the bytes of entries, their numbers, and the tree."""
        leaves, expected = self._stored.leaves(), 1
        while batch := list(islice(leaves, BATCH)):
            for sequence, content, leaf in batch:
                if sequence > expected:
                    yield _missing(expected, sequence - 1)
                expected = max(expected, sequence + 1)
                if leaf_hash(content) != leaf:
                    message = "its bytes do not have the hash of its leaf"
                    yield Fault(f"entry {sequence}", "content", message, sequence)
            yield from self._grow(bytes(leaf) for _, _, leaf in batch)
            self._progress(self.frontier.size)
        yield from self._left_over()

    def _grow(self, leaves: Iterable[bytes]) -> Iterator[Fault]:
        stored = self._nodes
        for level, position, hashed in self.frontier.append(leaves):
            if next(stored[level], None) != (position, hashed):
                yield _wrong_node(level, position)

    def _left_over(self) -> Iterator[Fault]:
        """Hashes of the tree above entries that are gone."""
        levels = range(1, self._stored.highest_level() + 1)
        firsts = [(position << level) + 1 for level in levels for position, _ in self._nodes[level]]
        if firsts:
            message = f"{len(firsts)} hashes are left over from a longer trail: it was cut"
            yield Fault("tree", "", message, max(min(firsts), self.frontier.size + 1))


class _Levels(defaultdict[int, Iterator[tuple[int, bytes]]]):
    """The stored hashes of each level of the tree, read as far as was asked."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored

    def __missing__(self, level: int) -> Iterator[tuple[int, bytes]]:
        self[level] = self._stored.nodes(level)
        return self[level]


def _missing(first: int, last: int) -> Fault:
    if first == last:
        return Fault(f"entry {first}", "", "is missing", first)
    return Fault(f"entries {first} to {last}", "", "are missing", first)


def _wrong_node(level: int, position: int) -> Fault:
    first, last = (position << level) + 1, position + 1 << level
    message = f"is not the hash of entries {first} to {last}"
    return Fault(f"tree level {level} position {position}", "hash", message, first)


def _unread(_level: int, _position: int) -> bytes:
    raise AssertionError("an empty tree has no hashes")
