"""Eligibility: three verdicts, Kleene's logic over them, and counts that missing facts leave open."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.eligibility import check_of, evaluate
from pipgrants.domain.proposal import BudgetLine, Evidence, Member, Proposal
from pipgrants.domain.rules import (
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    CountOf,
    HasEvidence,
    IsTrue,
    NoneOf,
    OneOf,
    OnOrAfter,
    OnOrBefore,
    Present,
    ShareOf,
)
from pipgrants.domain.vocabulary import (
    CostCategory,
    EvidenceKind,
    FundingSource,
    MemberType,
    PriorityGroup,
    SizeClass,
    Stage,
    Verdict,
)

MET, NOT_MET, UNDETERMINED = Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED
ENTERPRISE, UNIVERSITY = MemberType.ENTERPRISE, MemberType.KNOWLEDGE_INSTITUTION

EMPTY = Proposal("P-1", "call", Stage.PROPOSAL, "received", "Honey", datetime(2026, 3, 1, tzinfo=UTC))


def member(number, member_type=None, **details):
    return Member(f"B-{number}", number == 1, member_type, **details)


def with_costs(administration, rest):
    lines = [
        BudgetLine("B-1", None, "", category, FundingSource.GRANT, Decimal(amount))
        for category, amount in ((CostCategory.ADMINISTRATION, administration), (CostCategory.STAFF, rest))
    ]
    return EMPTY._replace(budget_lines=tuple(lines))


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        (
            AtLeast("proposal.total_amount", Decimal(1000)),
            {"total_amount": Decimal("1000.00")},
            (
                MET,
                {"comparison": "at_least", "amount": "1000.00", "currency": "USD"},
                {"amount": "1000.00", "currency": "USD"},
            ),
        ),
        (
            AtLeast("proposal.total_amount", Decimal(1000)),
            {"total_amount": Decimal("999.99")},
            (
                NOT_MET,
                {"comparison": "at_least", "amount": "1000.00", "currency": "USD"},
                {"amount": "999.99", "currency": "USD"},
            ),
        ),
        (
            AtMost("proposal.duration_months", Decimal(36)),
            {"duration_months": 37},
            (NOT_MET, {"comparison": "at_most", "number": "36"}, {"number": "37"}),
        ),
        (
            AtMost("proposal.duration_months", Decimal(36)),
            {"duration_months": 36},
            (MET, {"comparison": "at_most", "number": "36"}, {"number": "36"}),
        ),
        (
            AtMost("proposal.duration_months", Decimal(36)),
            {},
            (UNDETERMINED, {"comparison": "at_most", "number": "36"}, None),
        ),
        (
            OnOrAfter("proposal.design_on", date(2026, 1, 1)),
            {"design_on": date(2025, 12, 31)},
            (NOT_MET, {"comparison": "on_or_after", "date": "2026-01-01"}, {"date": "2025-12-31"}),
        ),
        (
            OnOrBefore("proposal.design_on", date(2026, 1, 1)),
            {"design_on": date(2026, 1, 1)},
            (MET, {"comparison": "on_or_before", "date": "2026-01-01"}, {"date": "2026-01-01"}),
        ),
        (
            OneOf("proposal.territory", ("HN-FM", "HN-CR")),
            {"territory": "HN-FM-0801"},
            (MET, {"comparison": "one_of", "codes": ["HN-FM", "HN-CR"]}, {"code": "HN-FM-0801"}),
        ),
        (
            OneOf("proposal.sector", ("A", "10")),
            {"sector": "1511"},
            (NOT_MET, {"comparison": "one_of", "codes": ["A", "10"]}, {"code": "1511"}),
        ),
        (
            OneOf("applicant.size_class", ("micro",)),
            {"members": (member(1, size_class=SizeClass.MICRO),)},
            (MET, {"comparison": "one_of", "codes": ["micro"]}, {"code": "micro"}),
        ),
        (
            IsTrue("applicant.excluded"),
            {"members": (member(1),)},
            (NOT_MET, {"comparison": "is_true"}, {"flag": False}),
        ),
        (Present("proposal.title"), {}, (MET, {"comparison": "present"}, {"text": "Honey"})),
        (Present("proposal.title"), {"title": ""}, (UNDETERMINED, {"comparison": "present"}, None)),
    ],
)
def test_comparison_says_verdict_required_and_seen(rule, facts, expected):
    assert evaluate(rule, EMPTY._replace(**facts), "USD") == expected


@pytest.mark.parametrize(
    ("territories", "verdict"),
    [
        (("HN-FM", "HN-CR"), MET),
        (("HN-FM", "NI"), NOT_MET),
        (("HN-FM", None), UNDETERMINED),
        (("NI", None), NOT_MET),
    ],
)
def test_one_of_asks_each_of_several_codes(territories, verdict):
    members = tuple(member(number, territory=code) for number, code in enumerate(territories, 1))
    rule = OneOf("members.territories", ("HN",))
    assert evaluate(rule, EMPTY._replace(members=members), "USD")[0] is verdict


@pytest.mark.parametrize(("administration", "verdict"), [("9.99", MET), ("10.00", MET), ("10.01", NOT_MET)])
def test_share_of_is_exact_at_its_limit(administration, verdict):
    rule = ShareOf("budget.administration_amount", "budget.total_amount", at_most=Decimal("0.1"))
    proposal = with_costs(administration, Decimal(100) - Decimal(administration))
    assert evaluate(rule, proposal, "USD")[0] is verdict


def test_share_of_says_the_share_and_the_amount():
    rule = ShareOf(
        "budget.administration_amount", "budget.total_amount", at_most=Decimal("0.10"), tolerance_amount=Decimal("0.5")
    )
    assert evaluate(rule, with_costs("10.50", "89.50"), "USD") == (
        MET,
        {
            "comparison": "at_most",
            "share": "0.1",
            "of": "budget.total_amount",
            "tolerance_amount": "0.50",
            "currency": "USD",
        },
        {"share": "0.1050", "amount": "10.50", "currency": "USD"},
    )


def test_share_of_nothing_is_within_a_maximum_but_reaches_no_minimum():
    nothing = with_costs("0", "0")
    facts = "budget.administration_amount", "budget.total_amount"
    assert evaluate(ShareOf(*facts, at_most=Decimal("0.1")), nothing, "USD")[0] is MET
    assert evaluate(ShareOf(*facts, at_least=Decimal("0.1")), nothing, "USD")[0] is UNDETERMINED


def test_share_of_is_undetermined_where_an_amount_is_missing():
    rule = ShareOf("proposal.grant_amount", "proposal.total_amount", at_most=Decimal("0.5"))
    proposal = EMPTY._replace(grant_amount=Decimal(5))
    assert evaluate(rule, proposal, "USD")[0] is UNDETERMINED


def test_share_of_counts_compares_objectives():
    rule = ShareOf("objectives.quantified_count", "objectives.count", at_least=Decimal(1))
    proposal = EMPTY._replace(objectives=())
    assert evaluate(rule, proposal, "USD")[0] is UNDETERMINED


@pytest.mark.parametrize(
    ("types", "bounds", "verdict"),
    [
        ((ENTERPRISE, ENTERPRISE, None), {"at_least": 2}, MET),
        ((ENTERPRISE, None, UNIVERSITY), {"at_least": 2}, UNDETERMINED),
        ((ENTERPRISE, UNIVERSITY), {"at_least": 2}, NOT_MET),
        ((ENTERPRISE, UNIVERSITY), {"at_most": 1}, MET),
        ((ENTERPRISE, None), {"at_most": 1}, UNDETERMINED),
        ((ENTERPRISE, ENTERPRISE, None), {"at_most": 1}, NOT_MET),
        ((ENTERPRISE, ENTERPRISE), {"at_least": 1, "at_most": 2}, MET),
        ((ENTERPRISE, None), {"at_least": 1, "at_most": 1}, UNDETERMINED),
        ((), {"at_least": 1}, NOT_MET),
    ],
)
def test_count_of_is_open_only_while_missing_types_can_change_it(types, bounds, verdict):
    members = tuple(member(number, kind) for number, kind in enumerate(types, 1))
    rule = CountOf(member_type=(ENTERPRISE,), **bounds)
    assert evaluate(rule, EMPTY._replace(members=members), "USD")[0] is verdict


def test_count_of_counts_an_entity_once():
    members = (member(1, ENTERPRISE), member(2, ENTERPRISE), member(1, ENTERPRISE))
    rule = CountOf(at_least=3)
    assert evaluate(rule, EMPTY._replace(members=members), "USD") == (
        NOT_MET,
        {"comparison": "at_least", "number": "3"},
        {"number": "2"},
    )


def test_count_of_says_how_many_may_match():
    rule = CountOf(at_least=2, member_type=(ENTERPRISE,), territory=("HN",))
    members = (member(1, ENTERPRISE, territory="HN-FM"), member(2, ENTERPRISE), member(3, UNIVERSITY, territory="HN"))
    assert evaluate(rule, EMPTY._replace(members=members), "USD") == (
        UNDETERMINED,
        {"comparison": "at_least", "number": "2", "member_type": ["enterprise"], "territory": ["HN"]},
        {"number": "1", "possible_number": "2"},
    )


@pytest.mark.parametrize(
    ("characteristic", "details"),
    [
        ({"size_class": (SizeClass.MICRO, SizeClass.SMALL)}, {"size_class": SizeClass.SMALL}),
        ({"legal_form": ("cooperative",)}, {"legal_form": "cooperative"}),
        ({"sector": ("A",)}, {"sector": "0127"}),
        ({"priority_group": (PriorityGroup.WOMEN_LED,)}, {"priority_groups": frozenset({PriorityGroup.WOMEN_LED})}),
    ],
)
def test_count_of_knows_each_characteristic(characteristic, details):
    rule = CountOf(at_least=1, **characteristic)
    assert evaluate(rule, EMPTY._replace(members=(member(1, **details),)), "USD")[0] is MET
    youth = frozenset({PriorityGroup.YOUTH_LED})
    other = member(1, size_class=SizeClass.LARGE, legal_form="company", sector="35", priority_groups=youth)
    assert evaluate(rule, EMPTY._replace(members=(other,)), "USD")[0] is NOT_MET


def test_who_states_no_priority_group_may_be_in_one():
    rule = CountOf(at_least=1, priority_group=(PriorityGroup.WOMEN_LED,))
    verdict, _, seen = evaluate(rule, EMPTY._replace(members=(member(1),)), "USD")
    assert (verdict, seen) == (UNDETERMINED, {"number": "0", "possible_number": "1"})


def test_absent_evidence_asks_the_applicant():
    rule = HasEvidence(EvidenceKind.COMMITMENT_LETTER)
    required = {"comparison": "present", "code": "commitment_letter"}
    tax = Evidence("E-1", EvidenceKind.TAX_CERTIFICATE, "SAR")
    letter = Evidence("E-2", EvidenceKind.COMMITMENT_LETTER, "Coop")
    assert evaluate(rule, EMPTY._replace(evidence=(tax,)), "USD") == (UNDETERMINED, required, None)
    assert evaluate(rule, EMPTY._replace(evidence=(tax, letter)), "USD") == (
        MET,
        required,
        {"code": "commitment_letter"},
    )


def test_combination_says_each_part():
    rule = AnyOf((AtLeast("proposal.duration_months", Decimal(6)), CountOf(at_least=1)))
    proposal = EMPTY._replace(duration_months=3, members=(member(1),))
    assert evaluate(rule, proposal, "USD") == (
        MET,
        {"comparison": "any_of"},
        {
            "parts": [
                {
                    "fact": "proposal.duration_months",
                    "required": {"comparison": "at_least", "number": "6"},
                    "seen": {"number": "3"},
                    "verdict": "not_met",
                },
                {
                    "rule": "count_of",
                    "required": {"comparison": "at_least", "number": "1"},
                    "seen": {"number": "1"},
                    "verdict": "met",
                },
            ]
        },
    )


def test_mistaken_rule_cannot_be_evaluated():
    with pytest.raises(ValueError, match="unknown fact 'a'; allowed"):
        evaluate(AllOf((IsTrue("a"),)), EMPTY, "USD")


RULE_OF = {
    MET: Present("proposal.title"),
    NOT_MET: AtLeast("proposal.duration_months", Decimal(99)),
    UNDETERMINED: Present("proposal.territory"),
}
SUBJECT = EMPTY._replace(duration_months=1)
ORDER = [NOT_MET, UNDETERMINED, MET]
verdicts = st.lists(st.sampled_from(ORDER), min_size=1, max_size=6)


def verdict_of(word, parts):
    return evaluate(word(tuple(RULE_OF[part] for part in parts)), SUBJECT, "USD")[0]


@given(verdicts)
def test_all_of_is_its_worst_part_and_any_of_its_best(parts):
    assert verdict_of(AllOf, parts) is min(parts, key=ORDER.index)
    assert verdict_of(AnyOf, parts) is max(parts, key=ORDER.index)


@given(verdicts)
def test_none_of_is_the_opposite_of_any_of(parts):
    opposite = {MET: NOT_MET, NOT_MET: MET, UNDETERMINED: UNDETERMINED}
    assert verdict_of(NoneOf, parts) is opposite[verdict_of(AnyOf, parts)]


member_types = st.lists(st.sampled_from([ENTERPRISE, UNIVERSITY, None]), max_size=6)


@given(member_types, st.integers(0, 6), st.booleans())
def test_count_of_agrees_with_every_way_of_filling_in_what_is_missing(types, bound, is_minimum):
    rule = CountOf(member_type=(ENTERPRISE,), **({"at_least": bound} if is_minimum else {"at_most": bound}))

    def verdict(filled):
        members = tuple(member(number, kind) for number, kind in enumerate(filled, 1))
        return evaluate(rule, EMPTY._replace(members=members), "USD")[0]

    outcomes = {verdict([kind or filling for kind in types]) for filling in (ENTERPRISE, UNIVERSITY)}
    assert verdict(types) is (outcomes.pop() if len(outcomes) == 1 else UNDETERMINED)


def test_check_is_made_once_for_equal_rules():
    assert check_of(CountOf(at_least=3), "USD") is check_of(CountOf(at_least=3), "USD")
