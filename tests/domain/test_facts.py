"""Facts: what is read from a proposal, and when it is not on record."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pipgrants.domain.facts import FACTS
from pipgrants.domain.plain import Kind
from pipgrants.domain.proposal import BudgetLine, CounterpartLine, Evidence, Member, Objective, Proposal
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
    Stage,
)

LINES = ("members", "budget_lines", "counterpart_lines", "objectives", "evidence")

LEAD = Member(
    "B-1",
    True,
    MemberType.ASSOCIATION,
    size_class=SizeClass.MICRO,
    legal_form="cooperative",
    sector="1071",
    territory="HN-FM",
    country="HN",
    data_consent_on=date(2026, 1, 5),
)
PARTNER = Member("B-2", False, territory="HN-CR", excluded=True)


def cost(amount, source=FundingSource.GRANT, category=CostCategory.STAFF, component=Component.MARKETS):
    return BudgetLine("B-1", component, "fair", category, source, Decimal(amount))


def contribution(amount, form):
    return CounterpartLine("B-1", form, FundingSource.OWN_FUNDS, Decimal(amount))


FULL = Proposal(
    "P-1",
    "call",
    Stage.PROPOSAL,
    "received",
    "Coffee of Marcala",
    datetime(2026, 3, 1, 23, 59, tzinfo=UTC),
    ProjectType.CLUSTER,
    "HN-LP",
    "0127",
    date(2025, 11, 1),
    24,
    Decimal("100.00"),
    Decimal("50.00"),
    "Baigtas",
    (LEAD, PARTNER, LEAD._replace(is_lead=False)),
    (cost("70.00"), cost("30.00", FundingSource.OWN_FUNDS, CostCategory.ADMINISTRATION, Component.COOPERATION)),
    (contribution("30.00", ContributionForm.CASH), contribution("20.00", ContributionForm.IN_KIND)),
    (
        Objective("Sell more", "sales", Horizon.SHORT_TERM, Decimal(100), Decimal(120), 12),
        Objective("Trust", "surveys", Horizon.LONG_TERM, None, Decimal(1), 36),
    ),
    (
        Evidence("E-1", EvidenceKind.COMMITMENT_LETTER, "Coop"),
        Evidence("E-2", EvidenceKind.COMMITMENT_LETTER, "Mayor"),
        Evidence("E-3", EvidenceKind.TAX_CERTIFICATE, "SAR"),
    ),
)

EMPTY = Proposal("P-2", "call", Stage.PROPOSAL, "received", "", datetime(2026, 3, 1, tzinfo=UTC))

EXPECTED = {
    "proposal.type": ProjectType.CLUSTER,
    "proposal.territory": "HN-LP",
    "proposal.sector": "0127",
    "proposal.total_amount": Decimal("100.00"),
    "proposal.grant_amount": Decimal("50.00"),
    "proposal.duration_months": 24,
    "proposal.design_on": date(2025, 11, 1),
    "proposal.received_on": date(2026, 3, 1),
    "proposal.source_state": "Baigtas",
    "proposal.title": "Coffee of Marcala",
    "applicant.member_type": MemberType.ASSOCIATION,
    "applicant.legal_form": "cooperative",
    "applicant.size_class": SizeClass.MICRO,
    "applicant.sector": "1071",
    "applicant.territory": "HN-FM",
    "applicant.country": "HN",
    "applicant.excluded": False,
    "applicant.data_consent": True,
    "members.count": 2,
    "members.any_excluded": True,
    "members.territories": ("HN-CR", "HN-FM"),
    "counterpart.total_amount": Decimal("50.00"),
    "counterpart.cash_amount": Decimal("30.00"),
    "counterpart.in_kind_amount": Decimal("20.00"),
    "budget.total_amount": Decimal("100.00"),
    "budget.grant_amount": Decimal("70.00"),
    **{f"budget.{category}_amount": Decimal(0) for category in CostCategory},
    **{f"budget.{component}_amount": Decimal(0) for component in Component},
    "budget.staff_amount": Decimal("70.00"),
    "budget.administration_amount": Decimal("30.00"),
    "budget.markets_amount": Decimal("70.00"),
    "budget.cooperation_amount": Decimal("30.00"),
    "objectives.count": 2,
    "objectives.short_term_count": 1,
    "objectives.long_term_count": 1,
    "objectives.quantified_count": 1,
    "evidence.kinds": ("commitment_letter", "tax_certificate"),
}


def test_facts_of_a_full_proposal_are_read():
    assert {name: fact.read(FULL) for name, fact in FACTS.items()} == EXPECTED


def test_facts_of_an_empty_proposal_are_not_on_record():
    present = {name for name, fact in FACTS.items() if fact.read(EMPTY) is not None}
    assert present == {"proposal.received_on"}


@pytest.mark.parametrize("fact", FACTS.values(), ids=FACTS.keys())
def test_fact_is_read_from_the_lines_it_names_and_no_others(fact):
    others = {line: None for line in LINES if line not in fact.lines}
    assert fact.read(FULL._replace(**others)) == fact.read(FULL)
    if fact.lines:
        assert fact.read(FULL._replace(**dict.fromkeys(fact.lines))) is None


def test_contributions_are_zero_where_none_is_pledged():
    assert FACTS["counterpart.total_amount"].read(EMPTY._replace(counterpart_lines=())) == Decimal(0)


def test_budget_is_not_on_record_without_lines():
    assert FACTS["budget.total_amount"].read(EMPTY._replace(budget_lines=())) is None


def test_cost_category_sum_is_unknown_where_a_line_has_no_category():
    proposal = EMPTY._replace(budget_lines=(cost("70.00"), cost("30.00", category=None)))
    assert FACTS["budget.staff_amount"].read(proposal) is None
    assert FACTS["budget.total_amount"].read(proposal) == Decimal("100.00")


def test_component_sum_is_unknown_where_a_line_has_no_component():
    proposal = EMPTY._replace(budget_lines=(cost("70.00", component=None),))
    assert FACTS["budget.markets_amount"].read(proposal) is None


def test_consent_that_was_not_given_is_unknown_and_not_a_refusal():
    proposal = EMPTY._replace(members=(LEAD._replace(data_consent_on=None),))
    assert FACTS["applicant.data_consent"].read(proposal) is None


def test_lead_is_the_member_marked_as_lead_and_not_the_first():
    proposal = EMPTY._replace(members=(PARTNER, LEAD))
    assert FACTS["applicant.territory"].read(proposal) == "HN-FM"


def test_territories_tell_that_one_is_missing():
    proposal = EMPTY._replace(members=(PARTNER._replace(territory=None), LEAD))
    assert FACTS["members.territories"].read(proposal) == (None, "HN-FM")


def test_objective_without_horizon_leaves_the_counts_by_horizon_unknown():
    objectives = (Objective("a", "b", Horizon.LONG_TERM), Objective("c", "d", None))
    proposal = EMPTY._replace(objectives=objectives)
    assert FACTS["objectives.long_term_count"].read(proposal) is None
    assert FACTS["objectives.count"].read(proposal) == 2


def test_every_fact_is_documented_in_one_line_under_its_own_name():
    for name, fact in FACTS.items():
        assert fact.name == name
        assert fact.documentation
        assert "\n" not in fact.documentation


def test_closed_lists_of_codes_belong_to_facts_that_are_codes():
    assert {fact.kind for fact in FACTS.values() if fact.vocabulary is not None} <= {Kind.CODE, Kind.CODES}
