"""The tree over the trail: roots as RFC 9162 defines them, and proofs that a verifier accepts, at every size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.trail.merkle import Frontier, consistency_proof, inclusion_proof, peaks, root
from pipgrants.trail.verify import EMPTY_ROOT, leaf_hash, node_hash, verify_consistency, verify_inclusion

LEAVES = [leaf_hash(str(number).encode()) for number in range(70)]


def defined_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, word by word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(defined_root(leaves[:half]), defined_root(leaves[half:]))


class Grown:
    """A tree grown over the leaves of the tests, in parts."""

    def __init__(self, *parts: int) -> None:
        self.nodes = {(0, place): leaf for place, leaf in enumerate(LEAVES)}
        size = 0
        for part in parts:
            for node in Frontier(size, self.read).append(LEAVES[size : size + part]):
                self.nodes[node.level, node.position] = node.hash
            size = min(size + part, len(LEAVES))

    def read(self, level: int, position: int) -> bytes:
        return self.nodes[level, position]


@pytest.mark.parametrize("size", range(71))
def test_the_root_of_every_size_is_the_one_defined(size: int) -> None:
    assert root(size, Grown(70).read) == defined_root(LEAVES[:size])


@pytest.mark.parametrize("size", range(1, 71))
def test_every_leaf_is_proved_to_stand_in_every_tree(size: int) -> None:
    read = Grown(70).read
    for index in range(size):
        verify_inclusion(LEAVES[index], index, size, inclusion_proof(index, size, read), root(size, read))


@pytest.mark.parametrize("size", range(1, 71))
def test_every_tree_is_proved_to_extend_every_earlier_one(size: int) -> None:
    read = Grown(70).read
    for old_size in range(1, size + 1):
        proof = consistency_proof(old_size, size, read)
        verify_consistency(old_size, size, root(old_size, read), root(size, read), proof)


@given(st.lists(st.integers(0, 12), max_size=8))
def test_a_tree_grown_in_parts_is_the_tree_grown_at_once(parts: list[int]) -> None:
    assert Grown(*parts).nodes == Grown(min(sum(parts), len(LEAVES))).nodes


def test_a_tree_stores_at_most_one_hash_for_each_leaf() -> None:
    assert [len(Grown(size).nodes) - len(LEAVES) for size in (1, 2, 3, 4, 64, 70)] == [0, 1, 1, 3, 63, 67]


@pytest.mark.parametrize("size", [1, 2, 3, 64, 65, 70])
def test_a_proof_is_no_longer_than_the_tree_is_high(size: int) -> None:
    read = Grown(70).read
    assert max(len(inclusion_proof(index, size, read)) for index in range(size)) <= (size - 1).bit_length()
    assert max(len(consistency_proof(old, size, read)) for old in range(1, size + 1)) <= size.bit_length() + 1


def test_a_tree_is_made_of_the_powers_of_two_in_its_size() -> None:
    assert peaks(0b1011) == [(3, 0), (1, 4), (0, 10)]


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 3)])
def test_no_proof_is_made_for_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(IndexError, match=f"there is no leaf {index} in a tree of {size}"):
        inclusion_proof(index, size, Grown(70).read)


def test_no_proof_is_made_of_an_earlier_tree_that_is_larger() -> None:
    with pytest.raises(IndexError, match="a tree of 3 leaves does not extend one of 4"):
        consistency_proof(4, 3, Grown(70).read)
