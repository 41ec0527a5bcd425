"""An application as it arrives, before parties and evidence have numbers on record.

``key`` names a member inside the application, and lines refer to it; evidence is referred to by the applicant's own
reference. The act that receives the application replaces both by what is on record.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from pipgrants.domain.proposal import BudgetLine, CounterpartLine, Evidence, Objective
from pipgrants.domain.vocabulary import Language, MemberType, PartyKind, PriorityGroup, ProjectType, SizeClass


class PartyDetails(NamedTuple):
    """What is known of an entity; ``tax_country`` and ``country`` are ISO 3166-1 alpha-2, ``sector`` ISIC rev. 4."""

    name: str
    tax_number: str | None = None
    tax_country: str | None = None
    country: str | None = None
    legal_form: str | None = None
    size_class: SizeClass | None = None
    sector: str | None = None
    territory: str | None = None
    language: Language | None = None
    email: str | None = None
    postal_address: str | None = None
    priority_groups: frozenset[PriorityGroup] = frozenset()
    data_consent_on: date | None = None
    kind: PartyKind | None = None
    """Of a party that no application brought."""

    @property
    def tax_key(self) -> tuple[str, str] | None:
        """The country and the tax number as it is compared; None where it has neither letter nor digit."""
        number = match_tax_number(self.tax_number or "")
        return (self.tax_country or "", number) if number else None


def match_name(name: str) -> str:
    """The form in which names are compared: without case and outer or repeated spaces."""
    return " ".join(name.split()).casefold()


def match_tax_number(tax_number: str) -> str:
    """The form in which tax numbers are compared: without case, spaces, dashes, dots, slashes and other marks."""
    return "".join(filter(str.isalnum, tax_number.casefold()))


class ApplicationMember(NamedTuple):
    """One entity of the consortium of an application."""

    key: str
    details: PartyDetails
    is_lead: bool
    member_type: MemberType | None = None


class Application(NamedTuple):
    """One application of a file: ``reference`` is the applicant's or the list's own number."""

    reference: str
    title: str
    members: tuple[ApplicationMember, ...]
    received_at: datetime | None = None
    language: Language | None = None
    project_type: ProjectType | None = None
    territory: str | None = None
    sector: str | None = None
    design_on: date | None = None
    duration_months: int | None = None
    total_amount: Decimal | None = None
    grant_amount: Decimal | None = None
    source_state: str | None = None
    budget_lines: tuple[BudgetLine, ...] = ()
    counterpart_lines: tuple[CounterpartLine, ...] = ()
    objectives: tuple[Objective, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class DatedLine(NamedTuple):
    """A date that an application gives: the list it stands in, the key of its line, its field, and the day."""

    lines: str
    key: str
    field: str
    day: date


def dates_after(application: Application, day: date) -> Iterator[DatedLine]:
    """What an application dates after a day by which it had happened: design, consents, the issue of papers."""
    dated = [
        ("", "", "design_on", application.design_on),
        *(("members", item.key, "data_consent_on", item.details.data_consent_on) for item in application.members),
        *(("evidence", paper.identity, "issued_on", paper.issued_on) for paper in application.evidence),
    ]
    for lines, key, field, given in dated:
        if given is not None and given > day:
            yield DatedLine(lines, key, field, given)


class SubmittedScore(NamedTuple):
    """One mark of one evaluator; ``mark`` None is "not applicable"."""

    proposal: str
    evaluator: str
    criterion: str
    mark: Decimal | None
    comment: str = ""


class Exclusion(NamedTuple):
    """One debarred party of an exclusion list; without ``until_on`` it is excluded until the list says otherwise."""

    name: str
    reason: str
    tax_country: str | None = None
    tax_number: str | None = None
    until_on: date | None = None
