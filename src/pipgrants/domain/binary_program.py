"""A linear program in zeros and ones, in whole numbers: what ``analysis.optimum`` solves, and anybody can check."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Row(NamedTuple):
    """What some columns add up to at the most: ``coefficients`` in the order of ``columns``."""

    columns: Sequence[int]
    coefficients: Sequence[int]
    limit: int

    def sum(self, chosen: Collection[int]) -> int:
        """What the chosen columns add up to."""
        return sum(number for column, number in zip(self.columns, self.coefficients, strict=True) if column in chosen)


@dataclass(frozen=True)
class BinaryProgram:
    """Maximise the sum of the gains of the columns chosen, the best ranked column first, keeping to every row."""

    gains: Sequence[int]
    rows: tuple[Row, ...]

    def value(self, chosen: Iterable[int]) -> int:
        """The sum of the gains."""
        return sum(self.gains[column] for column in chosen)

    def holds(self, chosen: Collection[int]) -> bool:
        """Whether the chosen columns keep to every row."""
        return all(row.sum(chosen) <= row.limit for row in self.rows)

    def reaching(self, value: int, gains: Sequence[int]) -> BinaryProgram:
        """The program of what reaches a value, with other gains."""
        row = Row(range(len(self.gains)), [-gain for gain in self.gains], -value)
        return BinaryProgram(gains, (*self.rows, row))
