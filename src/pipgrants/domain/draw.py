"""The draw among tied proposals: publicly verifiable random selection (RFC 3797, section 4).

Anyone who knows the numbers the named sources published, and the pool in its published order, repeats the draw. MD5 is
what the RFC prescribes; it mixes public numbers here and protects nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pipgrants.errors import RefusedError

LARGEST_POOL = 65_535
"""The index of a selection is two bytes long (RFC 3797, section 4)."""


def canonical_key(sources: Sequence[Sequence[int]]) -> str:
    """The key of a draw: each source's whole numbers in ascending order, each followed by ".", the source by "/".

    The sources stand in the order in which the call names them (RFC 3797, section 4). Raises RefusedError where there
    is no source, a source has no number, or a number is negative.
    """
    if not sources or not all(sources):
        raise RefusedError("a draw needs at least one number from every source named in the call")
    if any(number < 0 for source in sources for number in source):
        raise RefusedError("a source of randomness publishes whole numbers from zero; a negative one was entered")
    return "".join("".join(f"{number}." for number in sorted(source)) + "/" for source in sources)


def select(key: str, pool_size: int, count: int) -> tuple[int, ...]:
    """``count`` different places of a pool, counted from 1, in the order drawn (RFC 3797, section 4).

    Raises RefusedError where more is drawn than the pool holds, or the pool is beyond the RFC's limit.
    """
    if pool_size > LARGEST_POOL:
        raise RefusedError(
            f"{pool_size:,} proposals are tied; a draw by RFC 3797 holds at most {LARGEST_POOL:,}",
            next_step="declare one more tie-break, or number as the last one",
        )
    if not 0 <= count <= pool_size:
        raise RefusedError(f"{count} cannot be drawn from a pool of {pool_size}")
    pool = list(range(1, pool_size + 1))
    return tuple(pool.pop(_number(key, index) % len(pool)) for index in range(count))


def _number(key: str, index: int) -> int:
    """The index-th number that the key yields: MD5 over the key between two copies of the index."""
    marker = index.to_bytes(2, "big")
    digest = hashlib.md5(marker + key.encode("ascii") + marker, usedforsecurity=False)
    return int.from_bytes(digest.digest(), "big")
