"""The counterpart: what counts, how far in kind counts, and the exact boundary."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.call import Base, CounterpartRule, InKindBase, InKindCap
from pipgrants.domain.counterpart import Open, Pledge, assess, contested_evidence
from pipgrants.domain.finding import Finding, Note
from pipgrants.domain.proposal import BudgetLine, CounterpartLine, Evidence, Proposal
from pipgrants.domain.vocabulary import ContributionForm, EvidenceKind, FundingSource, Stage, Verdict
from pipgrants.money import EXACT, Rounding

MET, NOT_MET, UNDETERMINED = Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED
HALF = Decimal("0.5")
RULE = CounterpartRule("4.2", HALF)
CENT = Decimal("0.01")


def cash(amount, source=FundingSource.OWN_FUNDS, evidence="E-1", party="B-1"):
    return CounterpartLine(party, ContributionForm.CASH, source, Decimal(amount), evidence)


def in_kind(amount, evidence="E-2", valuation_basis="market price"):
    amount = Decimal(amount)
    return CounterpartLine("B-2", ContributionForm.IN_KIND, FundingSource.OWN_FUNDS, amount, evidence, valuation_basis)


def proposal(*lines, total="100.00", grant="50.00", number="P-1"):
    return Proposal(
        number,
        "call",
        Stage.PROPOSAL,
        "received",
        "Honey",
        datetime(2026, 3, 1, tzinfo=UTC),
        total_amount=None if total is None else Decimal(total),
        grant_amount=None if grant is None else Decimal(grant),
        counterpart_lines=lines,
    )


def pledge(evidence, number, amount, committed=None):
    return Pledge(evidence, number, amount, "USD", committed)


def verdict(rule, subject, contested=None):
    return assess(rule, subject, contested or {}, "USD").verdict


def codes(finding):
    return [note.code for note in finding.notes]


def test_finding_says_share_cash_and_in_kind_apart():
    assert assess(RULE, proposal(cash("30.00"), in_kind("11.00")), {}, "USD") == Finding(
        "counterpart",
        NOT_MET,
        {"comparison": "at_least", "share": "0.5", "of": "proposal"},
        {
            "share": "0.4100",
            "amount": "41.00",
            "currency": "USD",
            "cash_amount": "30.00",
            "in_kind_amount": "11.00",
        },
        "4.2",
    )


@pytest.mark.parametrize(("amount", "expected"), [("49.99", NOT_MET), ("50.00", MET), ("50.01", MET)])
def test_half_of_the_proposal_is_reached_exactly(amount, expected):
    assert verdict(RULE, proposal(cash(amount))) is expected


@pytest.mark.parametrize(("amount", "expected"), [("49.99", NOT_MET), ("50.00", MET)])
def test_share_of_the_grant_is_reached_exactly(amount, expected):
    rule = CounterpartRule("4.2", Decimal(1), of=Base.GRANT)
    assert verdict(rule, proposal(cash(amount), total=None)) is expected


def test_missing_base_is_undetermined_and_the_amount_still_said():
    finding = assess(RULE, proposal(cash("50.00"), total=None), {}, "USD")
    assert finding.verdict is UNDETERMINED
    assert finding.seen["share"] is None
    assert finding.seen["amount"] == "50.00"


def test_proposal_of_zero_is_undetermined():
    assert verdict(RULE, proposal(total="0.00")) is UNDETERMINED


def test_lines_that_were_not_loaded_are_undetermined_and_none_pledged_is_not_met():
    assert verdict(RULE, proposal()._replace(counterpart_lines=None)) is UNDETERMINED
    assert verdict(RULE, proposal()) is NOT_MET


def test_ineligible_source_is_never_counted():
    rule = CounterpartRule("4.2", HALF, ineligible_sources=(FundingSource.OTHER_PUBLIC_GRANT,))
    finding = assess(rule, proposal(cash("30.00"), cash("20.00", FundingSource.OTHER_PUBLIC_GRANT)), {}, "USD")
    assert finding.verdict is NOT_MET
    assert finding.notes == (
        Note(
            "counterpart.ineligible_source",
            {
                "amount": "20.00",
                "currency": "USD",
                "form": "cash",
                "source": "other_public_grant",
                "party": "B-1",
                "evidence": "E-1",
            },
        ),
    )


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (cash("20.00", evidence=None), "counterpart.no_evidence"),
        (in_kind("20.00", evidence=None), "counterpart.no_evidence"),
        (in_kind("20.00", valuation_basis=None), "counterpart.no_valuation"),
        (in_kind("20.00", valuation_basis=""), "counterpart.no_valuation"),
        (cash("20.00", evidence="E-9"), "counterpart.evidence_contested"),
    ],
)
def test_contribution_without_proof_leaves_the_criterion_open_where_it_would_suffice(line, code):
    contested = {"E-9": Open.PLEDGED_TWICE}
    finding = assess(RULE, proposal(cash("30.00"), line), contested, "USD")
    assert (finding.verdict, codes(finding)) == (UNDETERMINED, [code])
    assert assess(RULE, proposal(cash("29.99"), line), contested, "USD").verdict is NOT_MET
    assert assess(RULE, proposal(cash("50.00"), line), contested, "USD").verdict is MET


def test_every_reason_of_a_line_is_told():
    finding = assess(RULE, proposal(in_kind("20.00", None, None)), {}, "USD")
    assert codes(finding) == ["counterpart.no_evidence", "counterpart.no_valuation"]


def test_proofs_that_the_call_does_not_require_are_not_missed():
    rule = CounterpartRule("4.2", HALF, evidence_required=False, valuation_required=False)
    finding = assess(rule, proposal(cash("30.00", evidence=None), in_kind("20.00", None, None)), {}, "USD")
    assert (finding.verdict, finding.notes) == (MET, ())


def test_settled_evidence_counts_in_its_proposal_alone():
    lines = cash("50.00", evidence="E-9")
    assert verdict(RULE, proposal(lines, number="P-1"), {"E-9": "P-1"}) is MET
    elsewhere = assess(RULE, proposal(lines, number="P-2"), {"E-9": "P-1"}, "USD")
    assert (elsewhere.verdict, codes(elsewhere)) == (NOT_MET, ["counterpart.evidence_settled_elsewhere"])


@pytest.mark.parametrize(
    ("of", "share", "paid", "given", "counted", "expected"),
    [
        (InKindBase.COUNTERPART, "0.4", "30.00", "20.00", "50.00", MET),
        (InKindBase.COUNTERPART, "0.4", "29.99", "60.00", "49.98", NOT_MET),
        (InKindBase.COUNTERPART, "0", "49.99", "60.00", "49.99", NOT_MET),
        (InKindBase.COUNTERPART, "1", "0.00", "50.00", "50.00", MET),
        (InKindBase.COUNTERPART, "0.5", "0.00", "80.00", "0.00", NOT_MET),
        (InKindBase.TOTAL, "0.2", "30.00", "60.00", "50.00", MET),
        (InKindBase.TOTAL, "0.2", "29.99", "60.00", "49.99", NOT_MET),
    ],
)
def test_in_kind_counts_up_to_its_cap(of, share, paid, given, counted, expected):
    rule = CounterpartRule("4.2", HALF, in_kind_cap=InKindCap(Decimal(share), of))
    finding = assess(rule, proposal(cash(paid), in_kind(given)), {}, "USD")
    assert (finding.verdict, finding.seen["amount"]) == (expected, counted)


def test_in_kind_above_the_cap_is_told():
    rule = CounterpartRule("4.2", HALF, in_kind_cap=InKindCap(Decimal("0.4")))
    finding = assess(rule, proposal(cash("20.00"), in_kind("30.00")), {}, "USD")
    assert finding.notes == (
        Note(
            "counterpart.in_kind_above_cap",
            {
                "amount": "30.00",
                "counted_amount": "13.33",
                "currency": "USD",
                "maximum_share": "0.4",
                "of": "counterpart",
            },
        ),
    )
    assert finding.seen["in_kind_amount"] == "13.33"


def test_cap_on_the_counterpart_is_compared_before_any_rounding():
    rule = CounterpartRule("4.2", HALF, in_kind_cap=InKindCap(Decimal(1) / Decimal(4)))
    assert verdict(rule, proposal(cash("37.50"), in_kind("12.50"))) is MET
    assert verdict(rule, proposal(cash("37.49"), in_kind("99.00"))) is NOT_MET


def test_cap_on_the_total_of_a_proposal_without_total_is_undetermined():
    rule = CounterpartRule("4.2", Decimal(1), Base.GRANT, InKindCap(HALF, InKindBase.TOTAL))
    assert verdict(rule, proposal(cash("90.00"), total=None)) is UNDETERMINED


@pytest.mark.parametrize(("amount", "expected"), [("49.98", NOT_MET), ("49.99", MET), ("50.00", MET)])
def test_tolerance_is_inclusive(amount, expected):
    assert verdict(CounterpartRule("4.2", HALF, tolerance_amount=CENT), proposal(cash(amount))) is expected


@pytest.mark.parametrize(
    ("rounding", "amount", "expected"),
    [
        (Rounding.HALF_UP, "49.50", MET),
        (Rounding.HALF_UP, "49.49", NOT_MET),
        (Rounding.HALF_EVEN, "49.50", MET),
        (Rounding.DOWN, "49.99", NOT_MET),
        (Rounding.DOWN, "50.00", MET),
    ],
)
def test_share_is_rounded_as_the_call_declares(rounding, amount, expected):
    rule = CounterpartRule("4.2", HALF, share_decimals=2, rounding=rounding)
    assert verdict(rule, proposal(cash(amount))) is expected


@given(st.integers(1, 10**15))
def test_half_is_accepted_and_a_cent_less_refused_whatever_the_amount(cents):
    half = Decimal(cents).scaleb(-2)
    subject = proposal(total=half * 2)
    assert verdict(RULE, subject._replace(counterpart_lines=(cash(half),))) is MET
    assert verdict(RULE, subject._replace(counterpart_lines=(cash(half - CENT),))) is NOT_MET


@given(st.integers(1, 10**15), st.integers(1, 30))
def test_share_a_hair_below_half_is_refused(cents, nines):
    total = Decimal(cents).scaleb(-2)
    share = Decimal("0.4" + "9" * nines)
    assert verdict(RULE, proposal(cash(EXACT.multiply(share, total)), total=total)) is NOT_MET


amounts = st.integers(0, 10**6).map(lambda cents: Decimal(cents).scaleb(-2))
lines = st.builds(
    CounterpartLine,
    st.sampled_from(["B-1", "B-2", None]),
    st.sampled_from(ContributionForm),
    st.sampled_from([FundingSource.OWN_FUNDS, FundingSource.OTHER_PUBLIC_GRANT]),
    amounts,
    st.sampled_from(["E-1", "E-2", "E-3", None]),
    st.sampled_from(["market", None]),
)
caps = st.none() | st.builds(
    InKindCap, st.integers(0, 10).map(lambda tenths: Decimal(tenths) / 10), st.sampled_from(InKindBase)
)
rules = st.builds(
    CounterpartRule,
    clause=st.just("4.2"),
    minimum_share=st.integers(0, 100).map(lambda percent: Decimal(percent) / 100),
    of=st.sampled_from(Base),
    in_kind_cap=caps,
    ineligible_sources=st.sampled_from([(), (FundingSource.OTHER_PUBLIC_GRANT,)]),
    evidence_required=st.booleans(),
    valuation_required=st.booleans(),
    share_decimals=st.none() | st.integers(0, 4),
    rounding=st.sampled_from(Rounding),
)
CONTESTED = {"E-2": Open.PLEDGED_TWICE, "E-3": "P-9"}
ORDER = [NOT_MET, UNDETERMINED, MET]


@given(rules, st.lists(lines, max_size=5), amounts, amounts)
def test_counted_cash_never_worsens_the_verdict(rule, pledged, total, more):
    before = verdict(rule, proposal(*pledged, total=total), CONTESTED)
    after = verdict(rule, proposal(*pledged, cash(more), total=total), CONTESTED)
    assert ORDER.index(after) >= ORDER.index(before)


@given(rules, st.lists(lines, max_size=5), amounts, st.randoms(use_true_random=False))
def test_order_of_lines_does_not_matter(rule, pledged, total, random):
    shuffled = random.sample(pledged, len(pledged))
    first, second = (assess(rule, proposal(*order, total=total), CONTESTED, "USD") for order in (pledged, shuffled))
    assert first == second


@given(rules, st.lists(lines, max_size=5), amounts)
def test_open_verdict_lies_between_the_answers_that_would_close_it(rule, pledged, total):
    proofs_given = [
        line._replace(evidence="E-1" if line.evidence in (None, "E-2") else line.evidence, valuation_basis="market")
        for line in pledged
    ]
    best = verdict(rule, proposal(*proofs_given, total=total), CONTESTED)
    seen = verdict(rule, proposal(*pledged, total=total), CONTESTED)
    if seen is MET or best is NOT_MET:
        assert seen is best
    assert ORDER.index(seen) <= ORDER.index(best)


def test_evidence_pledged_in_two_proposals_counts_in_none():
    pledges = [
        pledge("E-1", "P-1", Decimal(10)),
        pledge("E-1", "P-2", Decimal(10)),
        pledge("E-2", "P-2", Decimal(5)),
    ]
    assert contested_evidence(pledges, {}) == {"E-1": Open.PLEDGED_TWICE}


def test_evidence_pledged_twice_in_one_proposal_is_contested_only_beyond_what_it_commits():
    pledges = [
        pledge("E-1", "P-1", Decimal(10), Decimal(20)),
        pledge("E-1", "P-1", Decimal(10), Decimal(20)),
    ]
    assert contested_evidence(pledges, {}) == {}
    assert contested_evidence([*pledges, pledge("E-1", "P-1", CENT, Decimal(20))], {}) == {"E-1": Open.PLEDGED_BEYOND}


def test_settled_evidence_names_its_proposal():
    pledges = [pledge("E-1", "P-1", Decimal(10)), pledge("E-1", "P-2", Decimal(10))]
    assert contested_evidence(pledges, {"E-1": "P-2"}) == {"E-1": "P-2"}


def test_settled_evidence_stays_open_while_its_proposal_pledges_more_than_it_commits():
    pledges = [
        pledge("E-1", "P-1", Decimal(90), Decimal(20)),
        pledge("E-1", "P-2", Decimal(21), Decimal(20)),
    ]
    assert contested_evidence(pledges, {"E-1": "P-2"}) == {"E-1": Open.PLEDGED_BEYOND}
    within = [pledges[0], pledges[1]._replace(amount=Decimal(20))]
    assert contested_evidence(within, {"E-1": "P-2"}) == {"E-1": "P-2"}


def test_settled_evidence_is_free_once_its_proposal_pledges_it_no_more():
    assert contested_evidence([pledge("E-1", "P-1", Decimal(10))], {"E-1": "P-2"}) == {}


def test_papers_that_may_be_the_same_count_in_none():
    """Two applicants call one letter by names of their own; a file on one side settles nothing."""
    pledges = [pledge("L/a", "P-1", Decimal(10)), pledge("L/sha256:b", "P-2", Decimal(10))]
    assert contested_evidence(pledges, {}) == {"L/a": Open.PLEDGED_TWICE, "L/sha256:b": Open.PLEDGED_TWICE}
    files = [pledge("L/sha256:a", "P-1", Decimal(10)), pledge("L/sha256:b", "P-2", Decimal(10))]
    assert contested_evidence(files, {}) == {}


def test_papers_that_may_be_the_same_count_beyond_what_one_commits_in_none():
    pledges = [pledge("L/a", "P-1", Decimal(15), Decimal(20)), pledge("L/b", "P-1", Decimal(15), Decimal(20))]
    assert contested_evidence(pledges, {}) == {"L/a": Open.PLEDGED_BEYOND, "L/b": Open.PLEDGED_BEYOND}


def test_a_paper_settled_on_one_proposal_does_not_count_in_another_under_another_name():
    pledges = [pledge("L/a", "P-1", Decimal(10)), pledge("L/b", "P-2", Decimal(10))]
    assert contested_evidence(pledges, {"L/a": "P-1"}) == {"L/a": "P-1", "L/b": "P-1"}


def test_letters_alike_that_their_source_settled_each_on_its_proposal_count_each():
    pledges = [pledge("L/a", "P-1", Decimal(10)), pledge("L/b", "P-2", Decimal(10)), pledge("L/c", "P-3", Decimal(1))]
    settled = {"L/a": "P-1", "L/b": "P-2"}
    assert contested_evidence(pledges, settled) == {**settled, "L/c": "P-1"}


pledges = st.builds(
    Pledge,
    st.sampled_from(["E-1", "E-2", "E-1/a", "E-1/sha256:b", "E-2/sha256:b"]),
    st.sampled_from(["P-1", "P-2"]),
    st.integers(1, 9).map(Decimal),
    st.sampled_from(["USD", "HNL"]),
    st.none() | st.integers(5, 20).map(Decimal),
)


@given(
    st.lists(pledges, max_size=8),
    st.randoms(use_true_random=False),
    st.sampled_from([{}, {"E-1": "P-2"}, {"E-1/a": "P-1"}]),
)
def test_order_of_import_never_decides(pledged, random, settled):
    shuffled = random.sample(pledged, len(pledged))
    assert contested_evidence(pledged, settled) == contested_evidence(shuffled, settled)


# Amounts


def test_what_is_shown_as_counted_is_never_more_than_what_counts():
    rule = replace(RULE, in_kind_cap=InKindCap(Decimal("0.418"), InKindBase.TOTAL))
    finding = assess(rule, proposal(cash("868.26"), in_kind("9000"), total="10588.56"), {}, "USD")
    assert (finding.verdict, finding.seen["amount"]) == (NOT_MET, "5294.27")


def test_a_cap_of_the_total_asks_where_the_budget_contradicts_the_total():
    rule = replace(RULE, of=Base.GRANT, in_kind_cap=InKindCap(Decimal("0.10"), InKindBase.TOTAL))
    lines = (
        BudgetLine("B-1", None, "", None, FundingSource.GRANT, Decimal(50)),
        BudgetLine("B-1", None, "", None, FundingSource.OWN_FUNDS, Decimal(150)),
    )
    subject = proposal(in_kind("25.00"), total="1000.00")._replace(budget_lines=lines)
    finding = assess(rule, subject, {}, "USD")
    assert (finding.verdict, codes(finding)) == (UNDETERMINED, ["budget.total_differs"])


# Papers


@pytest.mark.parametrize(
    ("kind", "expected", "told"),
    [
        (EvidenceKind.COMMITMENT_LETTER, MET, []),
        (EvidenceKind.TAX_CERTIFICATE, UNDETERMINED, ["counterpart.no_evidence"]),
    ],
)
def test_a_contribution_is_proven_by_a_commitment_letter_and_no_other_paper(kind, expected, told):
    subject = proposal(cash("60.00"))._replace(evidence=(Evidence("E-1", kind, "Bank"),))
    finding = assess(RULE, subject, {}, "USD")
    assert (finding.verdict, codes(finding)) == (expected, told)


def test_a_paper_is_held_to_what_it_commits_within_one_currency():
    pledges = [
        Pledge("E-1", "USD-1", Decimal(900), "USD", Decimal(1_000)),
        Pledge("E-1", "HNL-1", Decimal(20_000), "HNL", Decimal(25_000)),
    ]
    assert contested_evidence(pledges, {"E-1": "HNL-1"}) == {"E-1": "HNL-1"}
    assert contested_evidence(pledges, {}) == {"E-1": Open.PLEDGED_TWICE}
