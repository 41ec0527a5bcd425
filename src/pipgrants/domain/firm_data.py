"""The data that firms give, and the benefit that they receive only against them.

PIP, chapter on monitoring: firms agree to provide the information asked for as a precondition of benefits; it is
entered when they register, and every time they use a service.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from pipgrants.domain.monitoring.firms import FirmFact, FirmValues

ASKED = (FirmFact.EMPLOYMENT, FirmFact.SALES)
"""What each firm gives at least: without both, a report of it says nothing of its size or of its growth."""

NOT_REGISTERED = "import.firm_not_registered"
NO_CONSENT = "import.no_consent"
NO_DATA = "import.no_firm_data"
LATER_YEAR = "import.data_of_later_year"


class FirmData(NamedTuple):
    """What a firm gave of a year: employment in persons, all else in the currency of the call."""

    year: int
    figures: Mapping[FirmFact, Decimal]


class Registration(NamedTuple):
    """A firm as it registered with a project; ``withdrawn_on`` is the day from which its consent holds no longer."""

    firm: str
    registered_on: date
    consent_on: date
    data: FirmData
    withdrawn_on: date | None = None

    def consents_on(self, day: date) -> bool:
        """Whether the firm agrees on a day to give data."""
        return self.consent_on <= day and (self.withdrawn_on is None or day < self.withdrawn_on)


class Fault(NamedTuple):
    """What is wrong with what a firm gave: the field, a code, and the values told."""

    field: str
    code: str
    values: Mapping[str, str]


def missing_facts(figures: Mapping[FirmFact, Decimal]) -> tuple[FirmFact, ...]:
    """What is asked and was not given."""
    return tuple(fact for fact in ASKED if fact not in figures)


def data_fault(firm: str, data: FirmData | None, on: date) -> Fault | None:
    """What the data lack that a firm gives on a day, if anything."""
    missing = missing_facts(data.figures if data else {})
    if data is None or missing:
        return Fault((missing or ASKED)[0], NO_DATA, {"firm": firm, "missing": ", ".join(missing or ASKED)})
    if data.year > on.year:
        return Fault("year", LATER_YEAR, {"year": str(on.year)})
    return None


def benefit_fault(firm: str, registration: Registration | None, on: date) -> Fault | None:
    """Why a firm receives no benefit on a day, if it does not: without consent and data there is none."""
    values = {"firm": firm, "day": on.isoformat()}
    if registration is None or registration.registered_on > on:
        return Fault("firm", NOT_REGISTERED, values)
    if not registration.consents_on(on):
        return Fault("firm", NO_CONSENT, values)
    return None


def values_by_year(firm: str, given: Iterable[FirmData]) -> tuple[FirmValues, ...]:
    """What a firm gave, as monitoring compares it: one record for each year, of each fact the last that was given."""
    figures: dict[int, dict[FirmFact, Decimal]] = {}
    for data in given:
        figures.setdefault(data.year, {}).update(data.figures)
    return tuple(
        FirmValues(
            firm,
            year,
            production=facts.get(FirmFact.PRODUCTION),
            employment=facts.get(FirmFact.EMPLOYMENT),
            sales=facts.get(FirmFact.SALES),
            exports=facts.get(FirmFact.EXPORTS),
            value_added=facts.get(FirmFact.VALUE_ADDED),
            investment=facts.get(FirmFact.INVESTMENT),
        )
        for year, facts in sorted(figures.items())
    )
