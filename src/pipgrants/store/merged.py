"""Parties that turned out to be one: what numbers stand for, in the queries that read them.

No row that names a party is rewritten by a merge: its number is read as the one that was kept.
"""

from __future__ import annotations


def kept(column: str) -> str:
    """The number that a number stands for, as an expression over a column that holds numbers of parties."""
    return f"coalesce((SELECT kept FROM merged_party WHERE merged_party.party = {column}), {column})"


NUMBERS_OF_ONE = "(SELECT ?1 UNION ALL SELECT party FROM merged_party WHERE kept = ?1)"
"""All the numbers that stand for the party whose number is the first value of a query."""
