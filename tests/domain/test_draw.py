"""The draw: RFC 3797, against its own worked example and a draw that the IETF held in public."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.draw import LARGEST_POOL, canonical_key, select
from pipgrants.errors import RefusedError

RFC_KEY = "9319./2.5.8.10.12./9.18.26.34.41.45./"


def test_key_of_the_worked_example():
    assert canonical_key([[9319], [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45]]) == RFC_KEY


def test_selection_of_the_worked_example():
    assert select(RFC_KEY, 25, 10) == (17, 7, 2, 16, 25, 23, 8, 24, 19, 13)


def test_selection_of_the_ietf_nominating_committee_of_2013():
    key = canonical_key([[7, 8, 11, 17, 19, 25, 46], [8285182], [60115701], [2, 3, 18, 26, 32, 33, 42]])
    assert select(key, 154, 12) == (138, 151, 89, 112, 117, 145, 118, 143, 144, 122, 95, 139)


def test_order_of_the_numbers_of_a_source_does_not_matter_but_that_of_the_sources_does():
    assert canonical_key([[3, 1], [2]]) == canonical_key([[1, 3], [2]])
    assert canonical_key([[1, 3], [2]]) != canonical_key([[2], [1, 3]])


@pytest.mark.parametrize("sources", [[], [[]], [[1], []], [[1], [-2]]])
def test_key_of_incomplete_sources_is_refused(sources):
    with pytest.raises(RefusedError):
        canonical_key(sources)


def test_pool_beyond_the_limit_of_the_rfc_is_refused():
    with pytest.raises(RefusedError) as refusal:
        select(RFC_KEY, LARGEST_POOL + 1, 1)
    assert refusal.value.next_step == "declare one more tie-break, or number as the last one"


@pytest.mark.parametrize("count", [-1, 4])
def test_more_or_fewer_than_the_pool_holds_is_refused(count):
    with pytest.raises(RefusedError):
        select(RFC_KEY, 3, count)


@given(st.lists(st.lists(st.integers(0, 10**9), min_size=1, max_size=6), min_size=1, max_size=4), st.integers(1, 60))
def test_whole_pool_drawn_is_each_place_once(sources, pool_size):
    assert sorted(select(canonical_key(sources), pool_size, pool_size)) == list(range(1, pool_size + 1))
