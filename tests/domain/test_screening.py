"""Screening: which criteria stand at a stage, and one finding for each."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.call import (
    Call,
    CounterpartRule,
    EligibleCosts,
    GrantLimits,
    MemberScope,
    Prerequisite,
    Undetermined,
)
from pipgrants.domain.counterpart import Open
from pipgrants.domain.finding import Finding, overall
from pipgrants.domain.proposal import BudgetLine, CounterpartLine, Evidence, Member, Proposal
from pipgrants.domain.rules import AnyOf, AtMost, CountOf, IsTrue, OnOrBefore
from pipgrants.domain.screening import Screener
from pipgrants.domain.vocabulary import (
    ContributionForm,
    CostCategory,
    EvidenceKind,
    FundingSource,
    SizeClass,
    Stage,
    Verdict,
)
from pipgrants.reading import read_file

MET, NOT_MET, UNDETERMINED = Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED
HALF = Decimal("0.5")
SHIPPED = Path(__file__).resolve().parents[2] / "workflows" / "calls" / "pip-two-stage.yaml"


def prerequisite(code, rule, **terms):
    return Prerequisite(code, "3.1", {}, {}, rule, date(2026, 1, 1), **terms)


DURATION = prerequisite("duration", AtMost("proposal.duration_months", Decimal(36)))
CONSENT = prerequisite("consent", IsTrue("applicant.data_consent"), if_undetermined=Undetermined.CONDITION)
LATER = prerequisite("designed", OnOrBefore("proposal.design_on", date(2026, 1, 1)), stage=Stage.PROPOSAL)


@pytest.fixture
def call():
    return replace(
        read_file(SHIPPED, Call),
        prerequisites=(DURATION, CONSENT, LATER),
        eligible_costs=EligibleCosts("3.9", (CostCategory.TRAINING,), stage=Stage.PROPOSAL),
        counterpart=CounterpartRule("4.2", HALF),
        grant=GrantLimits("4.1", maximum_share=HALF),
        required_evidence=(EvidenceKind.CONSORTIUM_AGREEMENT,),
    )


PROPOSAL = Proposal(
    "P-1",
    "pip-two-stage",
    Stage.PROPOSAL,
    "received",
    "Honey",
    datetime(2026, 3, 1, tzinfo=UTC),
    duration_months=24,
    total_amount=Decimal("100.00"),
    grant_amount=Decimal("50.00"),
    budget_lines=(BudgetLine("B-1", None, "", CostCategory.TRAINING, FundingSource.GRANT, Decimal("50.00")),),
    counterpart_lines=(
        CounterpartLine("B-1", ContributionForm.CASH, FundingSource.OWN_FUNDS, Decimal("50.00"), "E-1"),
    ),
    members=(),
    evidence=(Evidence("E-1", EvidenceKind.COMMITMENT_LETTER, "Coop"),),
)


def test_criteria_of_a_profile_leave_out_what_is_for_the_full_proposal(call):
    assert Screener(call, Stage.PROFILE).criteria == (
        "prerequisite.duration",
        "prerequisite.consent",
        "counterpart",
        "grant.maximum_share",
    )


def test_criteria_of_the_full_proposal_are_all(call):
    assert Screener(call, Stage.PROPOSAL).criteria == (
        "prerequisite.duration",
        "prerequisite.consent",
        "prerequisite.designed",
        "budget.eligible_costs",
        "counterpart",
        "grant.maximum_share",
        "evidence.consortium_agreement",
    )


def test_counterpart_and_grant_may_wait_for_the_full_proposal(call):
    call = replace(
        call,
        counterpart=replace(call.counterpart, stage=Stage.PROPOSAL),
        grant=replace(call.grant, stage=Stage.PROPOSAL),
    )
    assert Screener(call, Stage.PROFILE).criteria == ("prerequisite.duration", "prerequisite.consent")


def test_there_is_one_finding_for_each_criterion(call):
    for stage in Stage:
        findings = Screener(call, stage).screen(PROPOSAL, {})
        assert tuple(finding.criterion for finding in findings) == Screener(call, stage).criteria


def test_findings_carry_verdict_and_clause(call):
    findings = Screener(call, Stage.PROPOSAL).screen(PROPOSAL, {})
    assert [(finding.verdict, finding.clause) for finding in findings] == [
        (MET, "3.1"),
        (UNDETERMINED, "3.1"),
        (UNDETERMINED, "3.1"),
        (MET, "3.9"),
        (MET, "4.2"),
        (MET, "4.1"),
        (UNDETERMINED, "required_evidence"),
    ]


def test_missing_fact_becomes_a_condition_where_the_call_says_so(call):
    findings = Screener(call, Stage.PROFILE).screen(PROPOSAL, {})
    assert [finding.is_condition for finding in findings] == [False, True, False, False]
    assert overall(findings) is MET


def test_unmet_prerequisite_is_no_condition(call):
    call = replace(call, prerequisites=(replace(DURATION, if_undetermined=Undetermined.CONDITION),))
    findings = Screener(call, Stage.PROFILE).screen(PROPOSAL._replace(duration_months=48), {})
    assert findings[0] == Finding(
        "prerequisite.duration", NOT_MET, {"comparison": "at_most", "number": "36"}, {"number": "48"}, "3.1"
    )


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"duration_months": 48, "grant_amount": None, "evidence": ()},
        {"members": (Member("B-1", True), Member("B-2", False, size_class=SizeClass.MICRO))},
        {"total_amount": None, "budget_lines": (), "counterpart_lines": ()},
    ],
)
def test_findings_are_read_back_from_what_an_entry_of_any_stage_holds(call, stage, changes):
    received = prerequisite("received", OnOrBefore("proposal.received_on", date(2026, 2, 28)))
    either = prerequisite("either", AnyOf((DURATION.rule, CountOf(at_least=2))))
    call = replace(
        call,
        prerequisites=(*call.prerequisites, received, either),
        grant=GrantLimits("4.1", HALF, HALF, HALF, {SizeClass.MICRO: HALF}, tolerance_amount=Decimal("0.01")),
    )
    findings = Screener(call, stage).screen(PROPOSAL._replace(**changes), {"E-1": Open.PLEDGED_TWICE})
    reading = Screener(call, Stage.PROPOSAL)
    assert tuple(reading.read(finding.as_recorded()) for finding in findings) == findings


def test_contested_evidence_reaches_the_counterpart(call):
    findings = Screener(call, Stage.PROFILE).screen(PROPOSAL, {"E-1": Open.PLEDGED_TWICE})
    assert findings[2].verdict is UNDETERMINED


def test_needs_name_the_lines_that_the_stage_reads(call):
    assert Screener(call, Stage.PROFILE).needs == {"members", "budget_lines", "counterpart_lines", "evidence"}
    unproven = replace(call.counterpart, evidence_required=False)
    assert "evidence" not in Screener(replace(call, counterpart=unproven), Stage.PROFILE).needs
    assert Screener(call, Stage.PROPOSAL).needs == {"members", "budget_lines", "counterpart_lines", "evidence"}
    by_size = GrantLimits("4.1", maximum_share_by_size={SizeClass.MICRO: HALF}, by_size_of=MemberScope.EACH_MEMBER)
    bare = replace(call, prerequisites=(), counterpart=None, grant=by_size)
    assert Screener(bare, Stage.PROFILE).needs == {"members", "budget_lines"}


def test_screening_with_the_lines_needed_is_screening_with_all(call):
    for stage in Stage:
        needed = Screener(call, stage)
        lines = ("members", "budget_lines", "counterpart_lines", "objectives", "evidence")
        reduced = PROPOSAL._replace(**{line: None for line in lines if line not in needed.needs})
        assert needed.screen(reduced, {}) == needed.screen(PROPOSAL, {})


def test_day_of_receipt_is_that_of_the_zone_of_the_call(call):
    until = prerequisite("early", OnOrBefore("proposal.received_on", date(2026, 2, 28)))
    call = replace(call, prerequisites=(until,))
    findings = Screener(call, Stage.PROFILE).screen(PROPOSAL, {})
    assert (findings[0].verdict, findings[0].seen) == (MET, {"date": "2026-02-28"})


def test_mistaken_rule_is_refused_before_any_proposal_is_screened(call):
    call = replace(call, prerequisites=(prerequisite("wrong", IsTrue("proposal.colour")),))
    with pytest.raises(ValueError, match=r"unknown fact 'proposal\.colour'"):
        Screener(call, Stage.PROFILE)
