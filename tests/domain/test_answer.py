"""What the answer to a clarification request may change: what was asked, and nothing else."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pipgrants.domain.amounts import GRANT_DIFFERS
from pipgrants.domain.answer import undue_changes
from pipgrants.domain.finding import Finding, Note
from pipgrants.domain.proposal import CounterpartLine, Evidence, Member, Objective, Proposal
from pipgrants.domain.vocabulary import ContributionForm, EvidenceKind, FundingSource, MemberType, Stage, Verdict

RECEIVED = datetime(2026, 3, 2, tzinfo=UTC)
CASH = CounterpartLine("E-1", ContributionForm.CASH, FundingSource.OWN_FUNDS, Decimal(100))
LEAD, OTHER = Member("E-1", True), Member("E-2", False, MemberType.ENTERPRISE)
BEFORE = Proposal(
    "P-1",
    "pip",
    Stage.PROPOSAL,
    "clarification_requested",
    "Red de talleres",
    RECEIVED,
    territory="HN-FM",
    grant_amount=Decimal(1000),
    members=(LEAD, OTHER),
    budget_lines=(),
    counterpart_lines=(CASH,),
    objectives=(Objective("Ventas", "sales", None),),
    evidence=(Evidence("paper", EvidenceKind.COMMITMENT_LETTER, "Taller 1"),),
)
OPEN = Finding("budget", Verdict.UNDETERMINED, None, None, "4.2", (Note(GRANT_DIFFERS, {"amount": "900"}),))


def undue(asked=(), findings=(), **changes):
    return undue_changes(BEFORE, BEFORE._replace(**changes), findings, asked)


def test_what_was_missing_may_be_supplied():
    assert undue(duration_months=24, sector="1391") == []


@pytest.mark.parametrize("changes", [{"territory": "HN-CR"}, {"title": "Otra red"}, {"grant_amount": None}])
def test_a_value_on_record_stays(changes):
    assert undue(**changes) == [*changes]


def test_a_value_that_the_budget_contradicts_may_become_what_its_lines_add_up_to():
    assert undue(findings=[OPEN], grant_amount=Decimal(900)) == []
    assert undue(findings=[OPEN], grant_amount=Decimal(800)) == ["grant_amount"]
    assert undue(findings=[OPEN._replace(verdict=Verdict.MET)], grant_amount=Decimal(900)) == ["grant_amount"]


@pytest.mark.parametrize("name", ["objectives", "evidence", "counterpart_lines"])
def test_lines_change_only_where_they_were_asked_about(name):
    assert undue(**{name: ()}) == [name]
    assert undue(asked=[name], **{name: ()}) == []


@pytest.mark.parametrize(
    ("line", "is_more"),
    [
        (CASH._replace(amount=Decimal(99)), False),
        (CASH._replace(evidence="paper"), False),
        (CASH._replace(amount=Decimal(101)), True),
        (CASH._replace(form=ContributionForm.IN_KIND), True),
        (CASH._replace(source=FundingSource.OTHER_PUBLIC_GRANT), True),
        (CASH._replace(party="E-2"), True),
    ],
)
def test_no_contribution_grows_or_turns_into_another(line, is_more):
    expected = ["counterpart amount"] if is_more else []
    assert undue(asked=["counterpart_lines"], counterpart_lines=(line,)) == expected


@pytest.mark.parametrize(
    ("members", "asked", "expected"),
    [
        ((LEAD,), ["members"], ["members"]),
        ((LEAD._replace(is_lead=False), OTHER), ["members"], ["members"]),
        ((LEAD._replace(territory="HN-FM"), OTHER), (), ["members"]),
        ((LEAD._replace(territory="HN-FM"), OTHER), ["members"], []),
        (
            (LEAD, OTHER._replace(member_type=MemberType.ASSOCIATION)),
            ["members"],
            ["member_type"],
        ),
        ((LEAD._replace(member_type=MemberType.ENTERPRISE), OTHER), ["members"], []),
    ],
    ids=["one left", "another leads", "not asked", "asked", "another kind", "kind supplied"],
)
def test_members_stay_who_they_are(members, asked, expected):
    assert undue(asked=asked, members=members) == expected
