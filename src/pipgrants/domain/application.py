"""An application as it arrives, before parties and evidence have numbers on record.

``key`` names a member inside the application, and lines refer to it; evidence is referred to by the applicant's own
reference. The act that receives the application replaces both by what is on record.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from pipgrants.domain.proposal import BudgetLine, CounterpartLine, Evidence, Objective
from pipgrants.domain.vocabulary import Language, MemberType, PriorityGroup, ProjectType, SizeClass


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
