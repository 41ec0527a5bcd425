"""A proposal as applicants submit it: consortium, budget, counterpart, objectives, evidence.

The lines are named tuples because a round reads hundreds of thousands of them. Amounts are exact Decimals in the
currency of the call. ``None`` is a fact that is not on record; it is never read as zero or as "no".
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from pipgrants.domain.vocabulary import (
    Component,
    ContributionForm,
    CostCategory,
    EvidenceKind,
    FundingSource,
    Horizon,
    MemberType,
    PriorityGroup,
    ProjectType,
    SizeClass,
    Stage,
)


class Member(NamedTuple):
    """One entity of the consortium; ``party`` is its unique number on record (PIP, baseline: one number each)."""

    party: str
    is_lead: bool
    member_type: MemberType | None = None
    size_class: SizeClass | None = None
    legal_form: str | None = None
    sector: str | None = None
    territory: str | None = None
    country: str | None = None
    priority_groups: frozenset[PriorityGroup] = frozenset()
    data_consent_on: date | None = None
    excluded: bool = False
    """Whether the party stood on an imported exclusion list."""


class BudgetLine(NamedTuple):
    """One cost: who bears it, what it is for, and where its money comes from."""

    party: str | None
    component: Component | None
    activity: str
    cost_category: CostCategory | None
    source: FundingSource
    amount: Decimal


class CounterpartLine(NamedTuple):
    """One contribution: cash or in kind, by source, with its evidence and, in kind, how it was valued.

    ``evidence`` is the identity of the paper that commits it (see ``Evidence.identity``); None where there is none.
    """

    party: str | None
    form: ContributionForm
    source: FundingSource
    amount: Decimal
    evidence: str | None = None
    valuation_basis: str | None = None
    description: str = ""


class Evidence(NamedTuple):
    """One paper: its identity is the same wherever the same paper is pledged."""

    identity: str
    kind: EvidenceKind
    issuer: str
    issued_on: date | None = None
    committed_amount: Decimal | None = None
    file_name: str | None = None
    sha256: str | None = None
    reference: str = ""
    """What the applicant calls it."""


class Objective(NamedTuple):
    """A precise and quantifiable aim (PIP, box 1): indicator, baseline, target, month due, horizon."""

    description: str
    indicator: str
    horizon: Horizon | None
    baseline: Decimal | None = None
    target: Decimal | None = None
    due_month: int | None = None


class Proposal(NamedTuple):
    """One application to a call; ``None`` in a line tuple means that those lines were not loaded."""

    number: str
    call: str
    stage: Stage
    state: str
    title: str
    received_at: datetime
    project_type: ProjectType | None = None
    territory: str | None = None
    sector: str | None = None
    design_on: date | None = None
    duration_months: int | None = None
    total_amount: Decimal | None = None
    grant_amount: Decimal | None = None
    source_state: str | None = None
    members: tuple[Member, ...] | None = None
    budget_lines: tuple[BudgetLine, ...] | None = None
    counterpart_lines: tuple[CounterpartLine, ...] | None = None
    objectives: tuple[Objective, ...] | None = None
    evidence: tuple[Evidence, ...] | None = None
