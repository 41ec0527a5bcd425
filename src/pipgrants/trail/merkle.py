"""The tree over the trail's leaves: complete subtrees are stored once, roots and proofs are read from them.

Levels count from the leaves (level 0). A node of level k and position p is the hash of the leaves from p * 2^k on, 2^k
of them; it is stored when its last leaf is appended. Appending costs about one extra hash for each leaf, and a root or
a proof reads as many nodes as the tree is high (RFC 9162 sections 2.1.1, 2.1.3.1 and 2.1.4.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from pipgrants.trail.verify import EMPTY_ROOT, node_hash

ReadNode: TypeAlias = Callable[[int, int], bytes]
"""Gives the stored hash of a complete subtree by its level and position."""


class Node(NamedTuple):
    """A complete subtree above the leaves."""

    level: int
    position: int
    hash: bytes


class Frontier:
    """The complete subtrees that a tree of some size is made of, ready to be extended."""

    def __init__(self, size: int, read: ReadNode) -> None:
        self.size = size
        self._peaks = {level: read(level, position) for level, position in peaks(size)}

    def append(self, leaves: Iterable[bytes]) -> Iterator[Node]:
        """Extends the tree by leaf hashes; yields the subtrees that became complete."""
        for level, first, hashes in self.extend(leaves):
            for position, hashed in enumerate(hashes, first):
                yield Node(level, position, hashed)

    def extend(self, leaves: Iterable[bytes]) -> list[tuple[int, int, list[bytes]]]:
        """Extends the tree by leaf hashes; returns by level, from its first new position on, what became complete."""
        complete: list[tuple[int, int, list[bytes]]] = []
        hashes, new_peaks = list(leaves), {}
        level, first, size = 0, self.size, self.size + len(hashes)
        while hashes:
            if first & 1:
                hashes = [self._peaks[level], *hashes]
            if len(hashes) & 1:
                new_peaks[level] = hashes[-1]
            hashes = list(map(node_hash, hashes[::2], hashes[1::2]))
            level, first = level + 1, first >> 1
            if hashes:
                complete.append((level, first, hashes))
        self.size, self._peaks = size, self._peaks | new_peaks
        return complete

    def root(self) -> bytes:
        """The root of the tree."""
        return _joined([self._peaks[level] for level, _ in peaks(self.size)])


def peaks(size: int) -> list[tuple[int, int]]:
    """Level and position of the complete subtrees that a tree of ``size`` leaves is made of, largest first."""
    found, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            found.append((level, start >> level))
            start += 1 << level
    return found


def root(size: int, read: ReadNode) -> bytes:
    """The root of the first ``size`` leaves."""
    return _joined([read(level, position) for level, position in peaks(size)])


def _joined(hashes: list[bytes]) -> bytes:
    if not hashes:
        return EMPTY_ROOT
    joined = hashes[-1]
    for hashed in reversed(hashes[:-1]):
        joined = node_hash(hashed, joined)
    return joined


def inclusion_proof(index: int, size: int, read: ReadNode) -> list[bytes]:
    """The sibling hashes that lead from the leaf at ``index`` (from 0) to the root of ``size`` leaves, leaf first."""
    return [subtree(start, end, read) for start, end in siblings(index, size)]


def siblings(index: int, size: int) -> list[tuple[int, int]]:
    """The ranges of leaves (from, up to) whose hashes make the inclusion proof of a leaf, nearest first.

    Raises IndexError where the leaf is not in the tree.
    """
    if not 0 <= index < size:
        raise IndexError(f"there is no leaf {index} in a tree of {size}")
    ranges: list[tuple[int, int]] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_proof(old_size: int, size: int, read: ReadNode) -> list[bytes]:
    """The hashes that show that the first ``size`` leaves begin with the first ``old_size``."""
    if not 0 <= old_size <= size:
        raise IndexError(f"a tree of {size} leaves does not extend one of {old_size}")
    if old_size in (0, size):
        return []
    proof: list[bytes] = []
    start, end, is_whole = 0, size, True
    while old_size != end:
        middle = start + _split(end - start)
        if old_size <= middle:
            proof.append(subtree(middle, end, read))
            end = middle
        else:
            proof.append(subtree(start, middle, read))
            start, is_whole = middle, False
    if not is_whole:
        proof.append(subtree(start, end, read))
    return proof[::-1]


def _split(count: int) -> int:
    """The largest power of two smaller than ``count``."""
    return 1 << (count - 1).bit_length() - 1


def subtree(start: int, end: int, read: ReadNode) -> bytes:
    """The hash of the leaves from ``start`` to ``end``; ``start`` is where a subtree of that size may begin."""
    hashes, place = [], start
    for level, _ in peaks(end - start):
        hashes.append(read(level, place >> level))
        place += 1 << level
    return _joined(hashes)
