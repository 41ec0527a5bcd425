"""The lines of proposals: how the members, budget, counterpart, objectives and papers of many are read and written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Table

from pipgrants.domain.proposal import BudgetLine, CounterpartLine, Evidence, Member, Objective, Proposal
from pipgrants.domain.vocabulary import (
    Component,
    ContributionForm,
    CostCategory,
    EvidenceKind,
    FundingSource,
    Horizon,
    MemberType,
    PriorityGroup,
    SizeClass,
)
from pipgrants.money import minor_digits, to_minor
from pipgrants.store import tables
from pipgrants.store.merged import kept

PARTY_FACTS = "size_class, legal_form, sector, territory, country, priority_groups, data_consent_on"
MEMBERS = (
    f"SELECT proposal, party.number, is_lead, member_type, {PARTY_FACTS} FROM member "
    f"JOIN party ON party.number = {kept('member.party')} WHERE proposal BETWEEN ? AND ? ORDER BY proposal, position"
)

LINES = {
    "members": MEMBERS,
    "budget_lines": f"SELECT proposal, {kept('budget_line.party')}, component, activity, cost_category, source, "
    "amount_minor FROM budget_line WHERE proposal BETWEEN ? AND ? ORDER BY proposal, position",
    "counterpart_lines": f"SELECT proposal, {kept('counterpart_line.party')}, form, source, amount_minor, evidence, "
    "valuation_basis, description FROM counterpart_line WHERE proposal BETWEEN ? AND ? ORDER BY proposal, position",
    "objectives": "SELECT proposal, description, indicator, horizon, baseline, target, due_month FROM objective "
    "WHERE proposal BETWEEN ? AND ? ORDER BY proposal, position",
    "evidence": "SELECT proposal, identity, kind, issuer, issued_on, committed_minor, file_name, sha256, reference "
    "FROM evidence WHERE proposal BETWEEN ? AND ? ORDER BY proposal, position",
}
"""The lines a proposal has, each with the query of those of the proposals between two numbers."""


class LineReader:
    """Turns the rows of each of ``LINES`` into domain values, by the method of the same name.

    Words are looked up, not parsed, because there are millions of them.
    """

    components: Mapping[Any, Component] = {word.value: word for word in Component}
    categories: Mapping[Any, CostCategory] = {word.value: word for word in CostCategory}
    sources: Mapping[Any, FundingSource] = {word.value: word for word in FundingSource}
    forms: Mapping[Any, ContributionForm] = {word.value: word for word in ContributionForm}
    sizes: Mapping[Any, SizeClass] = {word.value: word for word in SizeClass}
    member_types: Mapping[Any, MemberType] = {word.value: word for word in MemberType}
    kinds: Mapping[Any, EvidenceKind] = {word.value: word for word in EvidenceKind}
    horizons: Mapping[Any, Horizon] = {word.value: word for word in Horizon}

    def __init__(self, currency: str, excluded: frozenset[str]) -> None:
        self._shift = -minor_digits(currency)
        self._excluded = excluded

    def amount(self, units: int | None) -> Decimal | None:
        return None if units is None else Decimal(units).scaleb(self._shift)

    def exact(self, units: int) -> Decimal:
        return Decimal(units).scaleb(self._shift)

    def members(self, row: Sequence[Any]) -> Member:
        _, party, lead, kind, size, form, sector, territory, country, groups, consent = row
        return Member(
            party,
            bool(lead),
            self.member_types.get(kind),
            self.sizes.get(size),
            form,
            sector,
            territory,
            country,
            frozenset(PriorityGroup(word) for word in groups.split()) if groups else frozenset(),
            to_day(consent),
            party in self._excluded,
        )

    def budget_lines(self, row: Sequence[Any]) -> BudgetLine:
        _, party, component, activity, category, source, units = row
        return BudgetLine(
            party,
            self.components.get(component),
            activity,
            self.categories.get(category),
            self.sources[source],
            self.exact(units),
        )

    def counterpart_lines(self, row: Sequence[Any]) -> CounterpartLine:
        _, party, form, source, units, evidence, basis, description = row
        return CounterpartLine(
            party,
            self.forms[form],
            self.sources[source],
            self.exact(units),
            evidence,
            basis,
            description,
        )

    def objectives(self, row: Sequence[Any]) -> Objective:
        _, description, indicator, horizon, baseline, target, month = row
        return Objective(
            description,
            indicator,
            self.horizons.get(horizon),
            None if baseline is None else Decimal(baseline),
            None if target is None else Decimal(target),
            month,
        )

    def evidence(self, row: Sequence[Any]) -> Evidence:
        _, identity, kind, issuer, issued, committed, file_name, sha256, reference = row
        return Evidence(
            identity,
            self.kinds[kind],
            issuer,
            to_day(issued),
            self.amount(committed),
            file_name,
            sha256,
            reference,
        )


def to_day(text: str | None) -> date | None:
    """A stored date."""
    return None if text is None else date.fromisoformat(text)


def to_iso(day: date | None) -> str | None:
    """A date as it is stored."""
    return None if day is None else day.isoformat()


def to_units(amount: Decimal | None, currency: str) -> int | None:
    """An amount as it is stored, in the smallest units of its currency."""
    return None if amount is None else to_minor(amount, currency)


def evidence_values(paper: Evidence, currency: str) -> tuple[object, ...]:
    """A paper as it is stored, without its proposal and its position."""
    return (
        paper.identity,
        paper.kind,
        paper.issuer,
        to_iso(paper.issued_on),
        to_units(paper.committed_amount, currency),
        paper.file_name,
        paper.sha256,
        paper.reference,
    )


Rows = Iterable[tuple[object, ...]]


def _member_rows(proposal: Proposal, _currency: str) -> Rows:
    return ((line.party, int(line.is_lead), line.member_type) for line in proposal.members or ())


def _budget_rows(proposal: Proposal, currency: str) -> Rows:
    return (
        (line.party, line.component, line.activity, line.cost_category, line.source, to_minor(line.amount, currency))
        for line in proposal.budget_lines or ()
    )


def _counterpart_rows(proposal: Proposal, currency: str) -> Rows:
    return (
        (
            line.party,
            line.form,
            line.source,
            to_minor(line.amount, currency),
            line.evidence,
            line.valuation_basis,
            line.description,
        )
        for line in proposal.counterpart_lines or ()
    )


def _objective_rows(proposal: Proposal, _currency: str) -> Rows:
    return (
        (
            line.description,
            line.indicator,
            line.horizon,
            None if line.baseline is None else str(line.baseline),
            None if line.target is None else str(line.target),
            line.due_month,
        )
        for line in proposal.objectives or ()
    )


def _evidence_rows(proposal: Proposal, currency: str) -> Rows:
    return (evidence_values(paper, currency) for paper in proposal.evidence or ())


LINE_WRITERS: dict[Table, Callable[[Proposal, str], Rows]] = {
    tables.member: _member_rows,
    tables.budget_line: _budget_rows,
    tables.counterpart_line: _counterpart_rows,
    tables.objective: _objective_rows,
    tables.evidence: _evidence_rows,
}
"""The rows to store of each table of lines, without the proposal and the position."""
