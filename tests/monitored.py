"""Firms, territories and values that monitoring measures, invented from a seed."""

import math
import random
from collections.abc import Sequence
from decimal import Decimal
from itertools import islice

from pipgrants.domain.monitoring.baseline import Territory
from pipgrants.domain.monitoring.firms import FirmGroup, FirmValues
from pipgrants.domain.vocabulary import SizeClass

LAUNCH_YEAR, END_YEAR = 2003, 2006
SALES_OF_SIZE = {SizeClass.MICRO: 15_000, SizeClass.SMALL: 120_000, SizeClass.MEDIUM: 900_000}
STAFF_OF_SIZE = {SizeClass.MICRO: 4, SizeClass.SMALL: 18, SizeClass.MEDIUM: 90}


def firms(seed: int, count: int = 60, year: int = LAUNCH_YEAR) -> list[FirmValues]:
    """Firms of three sizes, alike within each: from 0.45 to 2.2 times the usual; every third group of them exports."""
    drawn = random.Random(seed)
    sizes = list(SALES_OF_SIZE)
    found = []
    for number in range(count):
        size = sizes[number % len(sizes)]
        sales = Decimal(round(SALES_OF_SIZE[size] * math.exp(drawn.uniform(-0.8, 0.8))))
        employment = Decimal(max(1, round(STAFF_OF_SIZE[size] * math.exp(drawn.uniform(-0.5, 0.5)))))
        found.append(
            FirmValues(
                firm=f"F-{number:03}",
                year=year,
                size_class=size,
                production=sales + round(sales * Decimal("0.05")),
                employment=employment,
                sales=sales,
                exports=Decimal(round(sales / 4)) if number // 3 % 3 == 0 else Decimal(0),
                value_added=Decimal(round(sales * Decimal("0.4"))),
            )
        )
    return found


def territory(values: Sequence[FirmValues], year: int = LAUNCH_YEAR) -> Territory:
    """A territory in which the firms are possible: a tenth of its GDP, production, exports and people at most."""
    sales, production, exports, employment = (
        sum((getattr(item, name) or Decimal(0) for item in values), Decimal(0))
        for name in ("sales", "production", "exports", "employment")
    )
    return Territory(
        year=year,
        gdp=sales * 10,
        national_gdp=sales * 1000,
        population=employment * 10,
        production=production * 10,
        exports=exports * 10,
    )


def grown(
    values: Sequence[FirmValues], times: Decimal, year: int = END_YEAR, group: FirmGroup | None = None
) -> list[FirmValues]:
    """The same firms in a later year, every amount of money exactly so many times as large, with the same staff."""
    return [
        item._replace(
            year=year,
            group=group or item.group,
            **{
                name: None if getattr(item, name) is None else getattr(item, name) * times
                for name in ("production", "sales", "exports", "value_added", "investment")
            },
        )
        for item in values
    ]


def as_group(values: Sequence[FirmValues], group: FirmGroup) -> list[FirmValues]:
    """The firms in another group, under numbers of their own."""
    return [item._replace(firm=f"{group}-{item.firm}", group=group) for item in values]


def replaced(values: Sequence[FirmValues], place: int, **changes: object) -> list[FirmValues]:
    """The firms with one of them changed."""
    return [*islice(values, place), values[place]._replace(**changes), *islice(values, place + 1, None)]
