"""The documented facts that the rules of a call may ask of a proposal.

A fact is a value of one kind, or ``None`` where it is not on record: a sum over lines of which one lacks the
characteristic summed by is not on record either. Each fact names the line tuples it is read from, so that only those
need loading.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from pipgrants.domain.countries import COUNTRIES
from pipgrants.domain.hierarchies import (
    is_sector_code,
    is_territory_code,
    sector_lies_within,
    territory_lies_within,
)
from pipgrants.domain.plain import ZERO, FactValue, Kind, exact_sum
from pipgrants.domain.proposal import BudgetLine, CounterpartLine, Member, Objective, Proposal
from pipgrants.domain.vocabulary import (
    Component,
    ContributionForm,
    CostCategory,
    EvidenceKind,
    FundingSource,
    Horizon,
    MemberType,
    ProjectType,
    SizeClass,
)
from pipgrants.money import EXACT

Reader: TypeAlias = Callable[[Proposal], FactValue]


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: how it is read, from which line tuples, and what its values may be.

    ``vocabulary`` is the closed list of its codes, None where the list is open; ``is_code`` then says whether a text is
    written as one of them. ``lies_within`` says whether a code stands below another in a hierarchy.
    """

    name: str
    kind: Kind
    documentation: str
    read: Reader
    lines: frozenset[str] = frozenset()
    vocabulary: frozenset[str] | None = None
    lies_within: Callable[[str, str], bool] | None = None
    is_code: Callable[[str], bool] | None = None


def _of_lead(read: Callable[[Member], FactValue]) -> Reader:
    def value(proposal: Proposal) -> FactValue:
        for member in proposal.members or ():
            if member.is_lead:
                return read(member)
        return None

    return value


def _members_count(proposal: Proposal) -> FactValue:
    if proposal.members is None:
        return None
    return len({member.party for member in proposal.members})


def _members_any_excluded(proposal: Proposal) -> FactValue:
    if proposal.members is None:
        return None
    return any(member.excluded for member in proposal.members)


def _members_territories(proposal: Proposal) -> FactValue:
    if not proposal.members:
        return None
    return tuple(sorted({member.territory for member in proposal.members}, key=lambda code: code or ""))


def _counterpart_sum(form: ContributionForm | None) -> Reader:
    def is_counted(line: CounterpartLine) -> bool:
        return form is None or line.form is form

    def total(proposal: Proposal) -> FactValue:
        if proposal.counterpart_lines is None:
            return None
        return exact_sum(line.amount for line in proposal.counterpart_lines if is_counted(line))

    return total


def _budget_sum(is_counted: Callable[[BudgetLine], bool | None]) -> Reader:
    """The sum of the lines counted; not on record without lines, or where one line cannot say whether it counts."""

    def total(proposal: Proposal) -> FactValue:
        amount = ZERO
        for line in proposal.budget_lines or ():
            counts = is_counted(line)
            if counts is None:
                return None
            if counts:
                amount = EXACT.add(amount, line.amount)
        return amount if proposal.budget_lines else None

    return total


def _of_category(category: CostCategory) -> Reader:
    return _budget_sum(lambda line: None if line.cost_category is None else line.cost_category is category)


def _of_component(component: Component) -> Reader:
    return _budget_sum(lambda line: None if line.component is None else line.component is component)


def _objectives_count(is_counted: Callable[[Objective], bool | None]) -> Reader:
    def count(proposal: Proposal) -> FactValue:
        if proposal.objectives is None:
            return None
        counted = [is_counted(objective) for objective in proposal.objectives]
        return None if None in counted else counted.count(True)

    return count


def _of_horizon(horizon: Horizon) -> Reader:
    return _objectives_count(lambda objective: None if objective.horizon is None else objective.horizon is horizon)


def _is_quantified(objective: Objective) -> bool:
    figures = (objective.baseline, objective.target, objective.due_month)
    return bool(objective.indicator) and None not in figures


def _evidence_kinds(proposal: Proposal) -> FactValue:
    if not proposal.evidence:
        return None
    return tuple(sorted({paper.kind.value for paper in proposal.evidence}))


_MEMBERS = frozenset({"members"})
_BUDGET = frozenset({"budget_lines"})
_COUNTERPART = frozenset({"counterpart_lines"})
_OBJECTIVES = frozenset({"objectives"})

RECEIVED_ON = "proposal.received_on"

_PROPOSAL_FACTS = (
    Fact(
        "proposal.type",
        Kind.CODE,
        "which of the four types of project it is",
        lambda proposal: proposal.project_type,
        vocabulary=frozenset(ProjectType),
    ),
    Fact(
        "proposal.territory",
        Kind.CODE,
        "where the project takes place",
        lambda proposal: proposal.territory,
        lies_within=territory_lies_within,
        is_code=is_territory_code,
    ),
    Fact(
        "proposal.sector",
        Kind.CODE,
        "the sector of the project (ISIC revision 4)",
        lambda proposal: proposal.sector,
        lies_within=sector_lies_within,
        is_code=is_sector_code,
    ),
    Fact("proposal.total_amount", Kind.AMOUNT, "the whole cost of the project", lambda proposal: proposal.total_amount),
    Fact("proposal.grant_amount", Kind.AMOUNT, "the grant asked for", lambda proposal: proposal.grant_amount),
    Fact(
        "proposal.duration_months", Kind.NUMBER, "how many months it lasts", lambda proposal: proposal.duration_months
    ),
    Fact("proposal.design_on", Kind.DATE, "when the project was designed", lambda proposal: proposal.design_on),
    Fact(
        RECEIVED_ON,
        Kind.DATE,
        "the day of receipt, in the call's time zone",
        lambda proposal: proposal.received_at.date(),
    ),
    Fact(
        "proposal.source_state",
        Kind.CODE,
        "the state it has in the list it was imported from",
        lambda proposal: proposal.source_state,
    ),
    Fact("proposal.title", Kind.TEXT, "the title", lambda proposal: proposal.title or None),
)

_MEMBER_FACTS = (
    Fact(
        "applicant.member_type",
        Kind.CODE,
        "what kind of entity the lead is",
        _of_lead(lambda lead: lead.member_type),
        _MEMBERS,
        frozenset(MemberType),
    ),
    Fact(
        "applicant.legal_form",
        Kind.CODE,
        "the legal form of the lead",
        _of_lead(lambda lead: lead.legal_form),
        _MEMBERS,
    ),
    Fact(
        "applicant.size_class",
        Kind.CODE,
        "the size of the lead",
        _of_lead(lambda lead: lead.size_class),
        _MEMBERS,
        frozenset(SizeClass),
    ),
    Fact(
        "applicant.sector",
        Kind.CODE,
        "the sector of the lead (ISIC revision 4)",
        _of_lead(lambda lead: lead.sector),
        _MEMBERS,
        lies_within=sector_lies_within,
        is_code=is_sector_code,
    ),
    Fact(
        "applicant.territory",
        Kind.CODE,
        "where the lead is established",
        _of_lead(lambda lead: lead.territory),
        _MEMBERS,
        lies_within=territory_lies_within,
        is_code=is_territory_code,
    ),
    Fact(
        "applicant.country",
        Kind.CODE,
        "the country of the lead (ISO 3166-1 alpha-2)",
        _of_lead(lambda lead: lead.country),
        _MEMBERS,
        vocabulary=COUNTRIES,
    ),
    Fact(
        "applicant.excluded",
        Kind.FLAG,
        "whether the lead stands on an exclusion list",
        _of_lead(lambda lead: lead.excluded),
        _MEMBERS,
    ),
    Fact(
        "applicant.data_consent",
        Kind.FLAG,
        "whether the lead agreed to give monitoring data; silence is no answer",
        _of_lead(lambda lead: True if lead.data_consent_on is not None else None),
        _MEMBERS,
    ),
    Fact(
        "members.count",
        Kind.NUMBER,
        "how many different entities take part, the lead included",
        _members_count,
        _MEMBERS,
    ),
    Fact(
        "members.any_excluded",
        Kind.FLAG,
        "whether any member stands on an exclusion list",
        _members_any_excluded,
        _MEMBERS,
    ),
    Fact(
        "members.territories",
        Kind.CODES,
        "where the members are established",
        _members_territories,
        _MEMBERS,
        lies_within=territory_lies_within,
        is_code=is_territory_code,
    ),
)

_MONEY_FACTS = (
    Fact(
        "counterpart.total_amount",
        Kind.AMOUNT,
        "all contributions as pledged, counted or not",
        _counterpart_sum(None),
        _COUNTERPART,
    ),
    Fact(
        "counterpart.cash_amount",
        Kind.AMOUNT,
        "the contributions in cash as pledged",
        _counterpart_sum(ContributionForm.CASH),
        _COUNTERPART,
    ),
    Fact(
        "counterpart.in_kind_amount",
        Kind.AMOUNT,
        "the contributions in kind as pledged",
        _counterpart_sum(ContributionForm.IN_KIND),
        _COUNTERPART,
    ),
    Fact("budget.total_amount", Kind.AMOUNT, "all budget lines", _budget_sum(lambda _: True), _BUDGET),
    Fact(
        "budget.grant_amount",
        Kind.AMOUNT,
        "the budget lines paid by the grant",
        _budget_sum(lambda line: line.source is FundingSource.GRANT),
        _BUDGET,
    ),
    *(
        Fact(
            f"budget.{category}_amount",
            Kind.AMOUNT,
            f"the budget lines for {category}",
            _of_category(category),
            _BUDGET,
        )
        for category in CostCategory
    ),
    *(
        Fact(
            f"budget.{component}_amount",
            Kind.AMOUNT,
            f"the budget lines of the component {component}",
            _of_component(component),
            _BUDGET,
        )
        for component in Component
    ),
)

_PAPER_FACTS = (
    Fact("objectives.count", Kind.NUMBER, "how many objectives it has", _objectives_count(lambda _: True), _OBJECTIVES),
    Fact(
        "objectives.short_term_count",
        Kind.NUMBER,
        "how many objectives are short-term",
        _of_horizon(Horizon.SHORT_TERM),
        _OBJECTIVES,
    ),
    Fact(
        "objectives.long_term_count",
        Kind.NUMBER,
        "how many objectives are long-term",
        _of_horizon(Horizon.LONG_TERM),
        _OBJECTIVES,
    ),
    Fact(
        "objectives.quantified_count",
        Kind.NUMBER,
        "how many objectives have indicator, baseline, target and due month",
        _objectives_count(_is_quantified),
        _OBJECTIVES,
    ),
    Fact(
        "evidence.kinds",
        Kind.CODES,
        "the kinds of paper attached",
        _evidence_kinds,
        frozenset({"evidence"}),
        frozenset(EvidenceKind),
    ),
)

FACTS: Mapping[str, Fact] = {
    fact.name: fact for fact in (*_PROPOSAL_FACTS, *_MEMBER_FACTS, *_MONEY_FACTS, *_PAPER_FACTS)
}
"""Every fact that a rule may name; there are no others."""
