"""One row of a sheet as the domain value it stands for. A row that failed is read with stand-ins and not used."""

from __future__ import annotations

from decimal import Decimal

from pipgrants.domain.application import Application, ApplicationMember, PartyDetails
from pipgrants.domain.proposal import BudgetLine, CounterpartLine, Evidence, Objective
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
)
from pipgrants.exchange.cells import RowReader


def read_application(reader: RowReader) -> Application:
    """A row of the proposals sheet: an application that has no lines yet."""
    return Application(
        reference=reader.text("reference") or "",
        title=reader.text("title") or "",
        members=(),
        received_at=reader.instant("received_at"),
        language=reader.language("language"),
        project_type=reader.word("project_type", ProjectType),
        territory=reader.territory("territory"),
        sector=reader.sector("sector"),
        design_on=reader.date("design_on"),
        duration_months=reader.whole_number("duration_months"),
        total_amount=reader.amount("total_amount"),
        grant_amount=reader.amount("grant_amount"),
        source_state=reader.text("source_state"),
    )


def read_member(reader: RowReader) -> ApplicationMember:
    """A row of the members sheet."""
    if reader.text("tax_number") and not reader.text("tax_country"):
        reader.problem("tax_number", "import.tax_country_missing")
    return ApplicationMember(
        key=reader.text("member") or "",
        details=PartyDetails(
            name=reader.text("name") or "",
            tax_number=reader.text("tax_number"),
            tax_country=reader.country("tax_country"),
            country=reader.country("country"),
            legal_form=reader.text("legal_form"),
            size_class=reader.word("size_class", SizeClass),
            sector=reader.sector("sector"),
            territory=reader.territory("territory"),
            language=reader.language("language"),
            email=reader.email("email"),
            postal_address=reader.text("postal_address"),
            priority_groups=reader.words("priority_groups", PriorityGroup),
            data_consent_on=reader.date("data_consent_on"),
        ),
        is_lead=reader.answer("is_lead"),
        member_type=reader.word("member_type", MemberType),
    )


def read_budget_line(reader: RowReader) -> BudgetLine:
    """A row of the budget sheet; the party is the key of a member."""
    return BudgetLine(
        party=reader.text("member"),
        component=reader.word("component", Component),
        activity=reader.text("activity") or "",
        cost_category=reader.word("cost_category", CostCategory),
        source=reader.word("source", FundingSource) or FundingSource.OWN_FUNDS,
        amount=reader.amount("amount") or Decimal(0),
    )


def read_counterpart_line(reader: RowReader) -> CounterpartLine:
    """A row of the counterpart sheet; party and evidence are keys."""
    return CounterpartLine(
        party=reader.text("member"),
        form=reader.word("form", ContributionForm) or ContributionForm.CASH,
        source=reader.word("source", FundingSource) or FundingSource.OWN_FUNDS,
        amount=reader.amount("amount") or Decimal(0),
        evidence=reader.text("evidence"),
        valuation_basis=reader.text("valuation_basis"),
        description=reader.text("description") or "",
    )


def read_objective(reader: RowReader) -> Objective:
    """A row of the objectives sheet."""
    return Objective(
        description=reader.text("description") or "",
        indicator=reader.text("indicator") or "",
        horizon=reader.word("horizon", Horizon),
        baseline=reader.number("baseline"),
        target=reader.number("target"),
        due_month=reader.whole_number("due_month"),
    )


def read_evidence(reader: RowReader) -> Evidence:
    """A row of the evidence sheet; its identity is the applicant's own key."""
    return Evidence(
        identity=reader.text("evidence") or "",
        kind=reader.word("kind", EvidenceKind) or EvidenceKind.OTHER,
        issuer=reader.text("issuer") or "",
        issued_on=reader.date("issued_on"),
        committed_amount=reader.amount("committed_amount"),
        file_name=reader.text("file_name"),
        sha256=reader.sha256("sha256"),
    )
