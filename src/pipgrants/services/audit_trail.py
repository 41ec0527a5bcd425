"""The trail held against itself: numbers, bytes, leaves, columns and the tree over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import orjson

from pipgrants.services.stated import Content, Fault
from pipgrants.store.stored import Stored, StoredEntry
from pipgrants.trail.canonical import canonical
from pipgrants.trail.merkle import Frontier, Node
from pipgrants.trail.verify import leaf_hash

BATCH = 1_000


def read_entry(entry: StoredEntry) -> Content:
    """What the bytes of an entry say. Raises ValueError where they are not the canonical bytes of an object."""
    content: Content = orjson.loads(entry.content)
    if not isinstance(content, dict) or canonical(content) != bytes(entry.content):
        raise ValueError("its bytes are not canonical")
    return content


def column_faults(entry: StoredEntry, content: Content) -> Iterator[Fault]:
    """The columns of an entry that do not say what its bytes say."""
    for name in ("sequence", "act", "subject", "call"):
        said = content.get(name)
        if getattr(entry, name) != said:
            message = f"the column says {getattr(entry, name)}; the bytes say {said}"
            yield Fault(f"entry {entry.sequence}", name, message, entry.sequence)


class TrailCheck:
    """Checks all entries in the order of their numbers, and the tree as it grows over their leaves.

    ``frontier`` is the tree of what was checked so far; ``take`` gets every entry that was read in passing.
    """

    def __init__(self, stored: Stored, progress: Callable[[int], None]) -> None:
        self._stored = stored
        self._progress = progress
        self._nodes: dict[int, Iterator[tuple[int, bytes]]] = {}
        self.frontier = Frontier(0, _unread)

    def faults(self, take: Callable[[StoredEntry], Iterator[Fault]]) -> Iterator[Fault]:
        """Everything wrong with entries and tree; ``take`` reads an entry further and says what is wrong with it."""
        entries, expected = self._stored.entries(), 1
        while batch := list(islice(entries, BATCH)):
            for entry in batch:
                yield from self._gap(expected, entry.sequence)
                expected = entry.sequence + 1
                if leaf_hash(entry.content) != entry.leaf_hash:
                    yield Fault(
                        f"entry {entry.sequence}",
                        "content",
                        "its bytes do not have the hash of its leaf",
                        entry.sequence,
                    )
                yield from take(entry)
            yield from self._grow([bytes(entry.leaf_hash) for entry in batch])
            self._progress(self.frontier.size)
        yield from self._left_over()

    def _gap(self, expected: int, found: int) -> Iterator[Fault]:
        for sequence in range(expected, found):
            yield Fault(f"entry {sequence}", "", "is missing", sequence)

    def _grow(self, leaves: list[bytes]) -> Iterator[Fault]:
        for node in self.frontier.append(leaves):
            if node.level not in self._nodes:
                self._nodes[node.level] = self._stored.nodes(node.level)
            if next(self._nodes[node.level], None) != node[1:]:
                yield _wrong_node(node)

    def _left_over(self) -> Iterator[Fault]:
        for level in range(1, self._stored.highest_level() + 1):
            for position, _ in self._nodes.get(level) or self._stored.nodes(level):
                first = (position << level) + 1
                message = f"is left over from a longer trail: entries from {first} on were cut"
                yield Fault(f"tree level {level} position {position}", "", message, first)


def _wrong_node(node: Node) -> Fault:
    first, last = (node.position << node.level) + 1, node.position + 1 << node.level
    message = f"is not the hash of entries {first} to {last}"
    return Fault(f"tree level {node.level} position {node.position}", "hash", message, first)


def _unread(_level: int, _position: int) -> bytes:
    raise AssertionError("an empty tree has no hashes")
