"""The rule vocabulary: its mistakes are all found, and the lines it needs are known beforehand."""

from datetime import date
from decimal import Decimal

import pytest

from pipgrants.domain.facts import FACTS
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
    facts_of,
    mistakes,
    needs,
    unwritten_codes,
)
from pipgrants.domain.vocabulary import EvidenceKind

HALF = Decimal("0.5")

GOOD_RULES = [
    AtLeast("members.count", Decimal(3)),
    AtMost("proposal.total_amount", Decimal(1000)),
    OneOf("proposal.type", ("cluster", "vertical_network")),
    OneOf("members.territories", ("HN",)),
    OnOrAfter("proposal.design_on", date(2025, 1, 1)),
    OnOrBefore("proposal.received_on", date(2026, 1, 1)),
    IsTrue("applicant.data_consent"),
    Present("proposal.title"),
    ShareOf("budget.administration_amount", "budget.total_amount", at_most=Decimal("0.1")),
    ShareOf("objectives.quantified_count", "objectives.count", at_least=HALF),
    CountOf(at_least=3, at_most=20),
    HasEvidence(EvidenceKind.CONSORTIUM_AGREEMENT),
    NoneOf((IsTrue("members.any_excluded"),)),
]


@pytest.mark.parametrize("rule", GOOD_RULES, ids=lambda rule: rule.keyword)
def test_good_rule_has_no_mistake(rule):
    assert mistakes(rule) == ()


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (AtLeast("members.number", Decimal(3)), "rule.unknown_fact"),
        (ShareOf("budget.beer_amount", "budget.total_amount", at_most=HALF), "rule.unknown_fact"),
        (AtLeast("proposal.type", Decimal(3)), "rule.unfit_comparison"),
        (OneOf("proposal.title", ("a",)), "rule.unfit_comparison"),
        (OneOf("members.count", ("3",)), "rule.unfit_comparison"),
        (OnOrAfter("members.count", date(2026, 1, 1)), "rule.unfit_comparison"),
        (IsTrue("members.count"), "rule.unfit_comparison"),
        (OneOf("proposal.type", ("clutser",)), "rule.unknown_code"),
        (OneOf("proposal.territory", ()), "rule.empty"),
        (AllOf(()), "rule.empty"),
        (CountOf(at_least=4, at_most=3), "rule.impossible_count"),
        (ShareOf("members.count", "budget.total_amount", at_most=HALF), "rule.unlike_kinds"),
    ],
)
def test_mistaken_rule_is_told(rule, code):
    assert [mistake.code for mistake in mistakes(rule)] == [code]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (OneOf("applicant.sector", ("10", "manufacturing")), "manufacturing"),
        (NoneOf((OneOf("proposal.territory", ("Honduras", "HN-FM")),)), "Honduras"),
        (CountOf(at_least=1, territory=("hn",)), "hn"),
        (CountOf(at_least=1, sector=("C10", "industry")), "industry"),
    ],
)
def test_a_code_that_nothing_can_match_is_told(rule, code):
    assert [mistake.values["code"] for mistake in unwritten_codes(rule)] == [code]
    assert mistakes(rule) == ()


def test_a_country_that_there_is_not_is_told():
    (mistake,) = mistakes(OneOf("applicant.country", ("HN", "Honduras")))
    assert (mistake.code, mistake.values["code"]) == ("rule.unknown_code", "Honduras")


def test_unknown_fact_is_answered_with_the_allowed_ones():
    (mistake,) = mistakes(Present("proposal.colour"))
    assert mistake.message == f"unknown fact 'proposal.colour'; allowed: {', '.join(sorted(FACTS))}"
    assert mistake.values == {"fact": "proposal.colour"}


def test_mistakes_of_all_parts_are_listed_together():
    rule = AllOf((AnyOf((IsTrue("x"), IsTrue("y"))), NoneOf(()), AtMost("proposal.type", HALF)))
    assert [mistake.code for mistake in mistakes(rule)] == [
        "rule.unknown_fact",
        "rule.unknown_fact",
        "rule.empty",
        "rule.unfit_comparison",
    ]


def test_needs_are_the_lines_of_all_parts():
    rules = [
        AllOf((AtLeast("members.count", Decimal(3)), AnyOf((HasEvidence(EvidenceKind.OTHER),)))),
        ShareOf("counterpart.cash_amount", "budget.total_amount", at_least=HALF),
        Present("proposal.title"),
    ]
    assert needs(rules) == {"members", "evidence", "counterpart_lines", "budget_lines"}
    assert needs([CountOf(at_least=1)]) == {"members"}
    assert needs([]) == frozenset()


def test_facts_of_rules_are_those_of_all_parts():
    rules = [NoneOf((IsTrue("members.any_excluded"), CountOf(at_least=1))), GOOD_RULES[8]]
    assert facts_of(rules) == {"members.any_excluded", "budget.administration_amount", "budget.total_amount"}
