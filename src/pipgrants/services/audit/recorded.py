"""Applications as entries hold them, read back: the inverse of ``receive.application_as_plain``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from pipgrants.domain.counterpart import Pledge
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
    ProjectType,
    SizeClass,
    Stage,
)
from pipgrants.services.audit.stated import Content

Value = TypeVar("Value")


class Attached(NamedTuple):
    """A file attached: ``named`` is the identity that its paper had in the application, None for a new paper."""

    named: str | None
    identity: str
    kind: EvidenceKind
    sha256: str


def read_attached(inputs: Content) -> Attached:
    """The file that an entry of an attachment names."""
    return Attached(inputs["evidence"], inputs["identity"], EvidenceKind(inputs["kind"]), inputs["sha256"])


def read_party(plain: Content) -> Member:
    """A party as the entry that brought it says, ready to become a member of a consortium."""
    given = plain.get
    return Member(
        party=plain["number"],
        is_lead=False,
        size_class=_optional(SizeClass, given("size_class")),
        legal_form=given("legal_form"),
        sector=given("sector"),
        territory=given("territory"),
        country=given("country"),
        priority_groups=frozenset(map(PriorityGroup, given("priority_groups", ()))),
        data_consent_on=_optional(date.fromisoformat, given("data_consent_on")),
    )


def read_application(
    plain: Content,
    *,
    number: str,
    call: str,
    state: str,
    parties: Mapping[str, Member],
    merged: Mapping[str, str] = MappingProxyType({}),
    excluded: frozenset[str] = frozenset(),
    attached: Sequence[Attached] = (),
) -> Proposal:
    """The proposal that an application made, with the files attached to it since.

    ``parties`` are those on record, ``merged`` the numbers that others stand for.
    """
    given = plain.get

    def of_kept(line: Sequence[Any]) -> Sequence[Any]:
        return [merged.get(line[0], line[0]), *line[1:]]

    members = (
        parties[party]._replace(
            is_lead=is_lead, member_type=_optional(MemberType, member_type), excluded=party in excluded
        )
        for party, is_lead, member_type in map(of_kept, given("members", ()))
    )
    proposal = Proposal(
        number=number,
        call=call,
        stage=Stage(plain["stage"]),
        state=state,
        title=plain["title"],
        received_at=datetime.fromisoformat(plain["received_at"]),
        project_type=_optional(ProjectType, given("project_type")),
        territory=given("territory"),
        sector=given("sector"),
        design_on=_optional(date.fromisoformat, given("design_on")),
        duration_months=given("duration_months"),
        total_amount=_optional(Decimal, given("total_amount")),
        grant_amount=_optional(Decimal, given("grant_amount")),
        source_state=given("source_state"),
        members=tuple(members),
        budget_lines=tuple(map(_budget_line, map(of_kept, given("budget_lines", ())))),
        counterpart_lines=tuple(map(_counterpart_line, map(of_kept, given("counterpart_lines", ())))),
        objectives=tuple(map(_objective, given("objectives", ()))),
        evidence=tuple(map(_paper, given("evidence", ()))),
    )
    for file in attached:
        proposal = _with_file(proposal, file)
    return proposal


def pledges_of(proposal: Proposal, currency: str) -> tuple[Pledge, ...]:
    """What the papers of a proposal are pledged for; of several mentions of a paper the lowest commitment counts."""
    committed: dict[str, Decimal] = {}
    for paper in proposal.evidence or ():
        if paper.committed_amount is not None:
            committed[paper.identity] = min(
                committed.get(paper.identity, paper.committed_amount), paper.committed_amount
            )
    return tuple(
        Pledge(line.evidence, proposal.number, line.amount, currency, committed.get(line.evidence))
        for line in proposal.counterpart_lines or ()
        if line.evidence is not None
    )


def _optional(read: Callable[[Any], Value], plain: object) -> Value | None:
    return None if plain is None else read(plain)


def _budget_line(line: Sequence[Any]) -> BudgetLine:
    party, component, activity, category, source, amount = line
    return BudgetLine(
        party,
        _optional(Component, component),
        activity,
        _optional(CostCategory, category),
        FundingSource(source),
        Decimal(amount),
    )


def _counterpart_line(line: Sequence[Any]) -> CounterpartLine:
    party, form, source, amount, evidence, basis, description = line
    return CounterpartLine(
        party, ContributionForm(form), FundingSource(source), Decimal(amount), evidence, basis, description
    )


def _objective(line: Sequence[Any]) -> Objective:
    description, indicator, horizon, baseline, target, due_month = line
    return Objective(
        description,
        indicator,
        _optional(Horizon, horizon),
        _optional(Decimal, baseline),
        _optional(Decimal, target),
        due_month,
    )


def _paper(line: Sequence[Any]) -> Evidence:
    """A paper without what it is called, of which an entry holds the salted hash only."""
    identity, kind, issued_on, committed, sha256, _ = line
    return Evidence(
        identity,
        EvidenceKind(kind),
        issuer="",
        issued_on=_optional(date.fromisoformat, issued_on),
        committed_amount=_optional(Decimal, committed),
        sha256=sha256,
    )


def _with_file(proposal: Proposal, file: Attached) -> Proposal:
    """A proposal to which a file was attached: its bytes identify the paper from then on, wherever it is pledged."""
    papers, lines = proposal.evidence or (), proposal.counterpart_lines or ()
    if file.named is None:
        return proposal._replace(evidence=(*papers, Evidence(file.identity, file.kind, "", sha256=file.sha256)))
    return proposal._replace(
        evidence=tuple(
            paper._replace(identity=file.identity, sha256=file.sha256) if paper.identity == file.named else paper
            for paper in papers
        ),
        counterpart_lines=tuple(
            line._replace(evidence=file.identity) if line.evidence == file.named else line for line in lines
        ),
    )
