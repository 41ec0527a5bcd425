"""What the values of programmes and calls can be, said once; whoever reads a definition refuses any other."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, TypeAlias

from pipgrants.domain.countries import COUNTRIES
from pipgrants.domain.names import EMAIL, ORGANISATION
from pipgrants.money import CURRENCIES, LARGEST_AMOUNT
from pipgrants.scalars import FILLED, between, listed_in, matching, with_decimals

MOST_DECIMALS = 10
MOST_EVALUATORS = 50
MOST_WORKING_DAYS = 365
MOST_WEIGHT = 1_000
MOST_CONFLICT_YEARS = 50
MOST_MONTHS = 120

_FIRST_DAY, _LAST_DAY = date(1950, 1, 1), date(2099, 12, 31)
_FIRST_MINUTE, _LAST_MINUTE = datetime.combine(_FIRST_DAY, time.min), datetime.combine(_LAST_DAY, time(23, 59))
_LARGEST_NUMBER = Decimal(10) ** 9
_LARGEST_COUNT = 1_000_000
_ZERO, _ONE = Decimal(0), Decimal(1)
_NUMBER = with_decimals(MOST_DECIMALS)

Words: TypeAlias = Annotated[str, FILLED]
Email: TypeAlias = Annotated[str, matching(EMAIL, "an address such as calls@agency.example")]
Country: TypeAlias = Annotated[str, listed_in(COUNTRIES, "a country code of ISO 3166-1 such as HN")]
OrganisationIdentifier: TypeAlias = Annotated[
    str, matching(ORGANISATION, "the register of an organisation and its number there, such as GB-COH-01234567")
]
Currency: TypeAlias = Annotated[str, listed_in(CURRENCIES, "an ISO 4217 code such as USD")]

Amount: TypeAlias = Annotated[Decimal, between(_ZERO, LARGEST_AMOUNT), with_decimals(3)]
Share: TypeAlias = Annotated[Decimal, between(_ZERO, _ONE), _NUMBER]
ShareOfAny: TypeAlias = Annotated[Decimal, between(_ZERO, Decimal(100)), _NUMBER]
"""A share that may be more than the whole, such as a counterpart in shares of the grant."""

Points: TypeAlias = Annotated[Decimal, between(_ZERO, _LARGEST_NUMBER), _NUMBER]
Number: TypeAlias = Annotated[Decimal, between(-LARGEST_AMOUNT, LARGEST_AMOUNT), _NUMBER]

Times: TypeAlias = Annotated[Decimal, between(_ONE, Decimal(100)), _NUMBER]
"""How many times something; once at least."""

Count: TypeAlias = Annotated[int, between(0, _LARGEST_COUNT)]
Several: TypeAlias = Annotated[int, between(1, _LARGEST_COUNT)]
Decimals: TypeAlias = Annotated[int, between(0, MOST_DECIMALS)]
Evaluators: TypeAlias = Annotated[int, between(1, MOST_EVALUATORS)]
WorkingDays: TypeAlias = Annotated[int, between(1, MOST_WORKING_DAYS)]
ConflictYears: TypeAlias = Annotated[int, between(0, MOST_CONFLICT_YEARS)]
Months: TypeAlias = Annotated[int, between(0, MOST_MONTHS)]
Weight: TypeAlias = Annotated[int, between(0, MOST_WEIGHT)]
"""Whole points of affinity, so that sums of them are exact."""

Day: TypeAlias = Annotated[date, between(_FIRST_DAY, _LAST_DAY)]
Minute: TypeAlias = Annotated[datetime, between(_FIRST_MINUTE, _LAST_MINUTE)]
