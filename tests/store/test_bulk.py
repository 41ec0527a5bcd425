"""Many rows in one statement, and updates that notice somebody else's change."""

import pytest

from pipgrants.store.bulk import batches


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (6, [3, 3]), (7, [3, 3, 1])])
def test_batches_hold_every_row_once_in_order(count: int, sizes: list[int]) -> None:
    rows = [(number,) for number in range(count)]
    found = list(batches(iter(rows), 3))
    assert [len(batch) for batch in found] == sizes
    assert [row for batch in found for row in batch] == rows
