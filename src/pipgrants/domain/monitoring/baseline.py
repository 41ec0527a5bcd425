"""The two verifications of a baseline (PIP, "Considerations for determining the baseline").

1. *Homogeneity*: firms of one size class are compared with each other, fact by fact. A value is to be explained where
   it is more than ten times, or less than a tenth, of the median of its class, and lies more than 3.5 robust standard
   deviations from it in logarithms (modified z-score by the median absolute deviation; Iglewicz and Hoaglin 1993). So
   neither a class whose firms differ widely nor one whose firms are nearly equal yields outliers by itself. Blanks and
   zeros are not compared. A class of fewer than five firms says nothing of what is usual, and is told as not verified.
2. *Aggregates*: the sums over all firms are compared with the territory's own figures of the year. Sales are
   inconsistent where they reach nine tenths of the regional GDP ("close to or greater"), employment above half the
   population, production and exports above the territory's own. What the sum would be without the outliers is told
   beside it, because one unit error can be the whole of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Context, Decimal
from enum import StrEnum
from statistics import median
from typing import NamedTuple

from pipgrants.domain.monitoring.firms import CLUSTER_GROUPS, FirmFact, FirmValues
from pipgrants.domain.monitoring.ratios import Ratio
from pipgrants.domain.plain import exact_sum
from pipgrants.domain.vocabulary import SizeClass

LEAST_FIRMS = 5
OUTLIER_TIMES = Decimal(10)
OUTLIER_DEVIATIONS = Decimal("3.5")
DEVIATION_OF_MEDIAN = Decimal("1.4826")
"""The standard deviation of normal values as a multiple of their median absolute deviation."""

VERIFIED_FACTS = (FirmFact.PRODUCTION, FirmFact.EMPLOYMENT, FirmFact.SALES, FirmFact.EXPORTS)
"""What the paper asks to be aggregated: production, number of employees, sales and exports."""

_LOGARITHMS = Context(prec=28)


class TerritoryFigure(StrEnum):
    """What firms are compared with."""

    GDP = "gdp"
    POPULATION = "population"
    PRODUCTION = "production"
    EXPORTS = "exports"


class Territory(NamedTuple):
    """The territory in a year, in the currency of the firms; None is not known.

    ``cluster_firms_count`` is the number of firms of the cluster, ``price_index`` that of the deflator series.
    """

    year: int
    gdp: Decimal | None = None
    national_gdp: Decimal | None = None
    population: Decimal | None = None
    production: Decimal | None = None
    exports: Decimal | None = None
    cluster_firms_count: Decimal | None = None
    price_index: Decimal | None = None

    def figure(self, name: TerritoryFigure) -> Decimal | None:
        """What firms are compared with, by its name."""
        value: Decimal | None = getattr(self, name.value)
        return value


class Outlier(NamedTuple):
    """A value of a firm that is unlike those of firms of its size: an error of the informant, or to be explained."""

    firm: str
    fact: FirmFact
    size_class: SizeClass
    value: Decimal
    median: Decimal

    @property
    def times(self) -> Decimal:
        """How many times the median the value is, to two decimals and more where it is less than one."""
        return Ratio(self.value, self.median).value(2 if self.value >= self.median else 6)


class TooFewFirms(NamedTuple):
    """A size class in which too few firms reported a fact to say what is usual; None are firms of unknown size."""

    size_class: SizeClass | None
    fact: FirmFact
    firms_count: int


class Aggregate(NamedTuple):
    """The sum of a fact over the firms beside a figure of the territory.

    It is inconsistent where it exceeds, or with ``is_reached_too`` reaches, the share ``limit`` of the figure;
    ``is_consistent`` is None where the figure, or every value of the firms, is not on record.
    """

    fact: FirmFact
    figure: TerritoryFigure
    limit: Decimal
    is_reached_too: bool
    total: Decimal | None
    of: Decimal | None
    without_outliers: Decimal | None

    @property
    def is_consistent(self) -> bool | None:
        """Whether the sum is possible in the territory."""
        if self.total is None or not self.of:
            return None
        compared = Ratio(self.total, self.of).compared_with(self.limit)
        return compared < 0 or (compared == 0 and not self.is_reached_too)


class BaselineCheck(NamedTuple):
    """What the two verifications of a baseline found."""

    firms_count: int
    outliers: tuple[Outlier, ...]
    too_few: tuple[TooFewFirms, ...]
    aggregates: tuple[Aggregate, ...]


_LIMITS = (
    (FirmFact.SALES, TerritoryFigure.GDP, Decimal("0.9"), True),
    (FirmFact.EMPLOYMENT, TerritoryFigure.POPULATION, Decimal("0.5"), False),
    (FirmFact.PRODUCTION, TerritoryFigure.PRODUCTION, Decimal(1), False),
    (FirmFact.EXPORTS, TerritoryFigure.EXPORTS, Decimal(1), False),
)
"""What a sum over firms cannot exceed, and whether reaching it is too much already."""


def verify_baseline(records: Iterable[FirmValues], territory: Territory) -> BaselineCheck:
    """Both verifications of what the firms of the cluster reported of the territory's year; others are elsewhere."""
    firms = [record for record in records if record.year == territory.year and record.group in CLUSTER_GROUPS]
    classes = _classes(firms)
    outliers = tuple(item for key, values in classes.items() for item in _outliers(*key, values))
    too_few = tuple(
        TooFewFirms(size, fact, len(values))
        for (size, fact), values in classes.items()
        if values and (size is None or len(values) < LEAST_FIRMS)
    )
    aggregates = tuple(_aggregate(firms, territory, outliers, *limit) for limit in _LIMITS)
    return BaselineCheck(len(firms), outliers, too_few, aggregates)


_Class = tuple[SizeClass | None, FirmFact]


def _classes(firms: Sequence[FirmValues]) -> Mapping[_Class, list[tuple[str, Decimal]]]:
    """The values above zero with their firms, by size class and fact; size classes from micro to large."""
    found: dict[_Class, list[tuple[str, Decimal]]] = defaultdict(list)
    for size in (*SizeClass, None):
        for fact in VERIFIED_FACTS:
            for record in firms:
                value = record.reported(fact)
                if record.size_class == size and value is not None and value > 0:
                    found[size, fact].append((record.firm, value))
    return found


def _outliers(size: SizeClass | None, fact: FirmFact, values: Sequence[tuple[str, Decimal]]) -> Iterator[Outlier]:
    if size is None or len(values) < LEAST_FIRMS:
        return
    usual = median(value for _, value in values)
    logarithms = [_LOGARITHMS.ln(_LOGARITHMS.divide(value, usual)) for _, value in values]
    centre = median(logarithms)
    spread = DEVIATION_OF_MEDIAN * median(abs(value - centre) for value in logarithms)
    for (firm, value), logarithm in zip(values, logarithms, strict=True):
        is_far = value > usual * OUTLIER_TIMES or value * OUTLIER_TIMES < usual
        if is_far and abs(logarithm - centre) > OUTLIER_DEVIATIONS * spread:
            yield Outlier(firm, fact, size, value, usual)


def _aggregate(
    firms: Sequence[FirmValues],
    territory: Territory,
    outliers: Sequence[Outlier],
    fact: FirmFact,
    figure: TerritoryFigure,
    limit: Decimal,
    is_reached_too: bool,
) -> Aggregate:
    left_out = {item.firm for item in outliers if item.fact is fact}
    total = _total(firms, fact)
    without = _total([record for record in firms if record.firm not in left_out], fact) if left_out else None
    return Aggregate(fact, figure, limit, is_reached_too, total, territory.figure(figure), without)


def _total(firms: Iterable[FirmValues], fact: FirmFact) -> Decimal | None:
    """The exact sum of what was reported; None where nothing was."""
    values = [value for record in firms if (value := record.reported(fact)) is not None]
    return exact_sum(values) if values else None
