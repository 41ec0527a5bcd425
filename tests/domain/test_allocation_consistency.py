"""How a call says that its envelope is spent: contradictions are refused, with the place where they stand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from enveloped import envelope
from pipgrants.domain.allocation_consistency import check_allocation
from pipgrants.domain.allocation_terms import (
    AllocationRule,
    AllocationTerms,
    PartialFunding,
    PartialRule,
    SubEnvelope,
    TiesAtLine,
)
from pipgrants.domain.appeal import FundedFrom
from pipgrants.domain.call import Call
from pipgrants.domain.consistency import check_consistency
from pipgrants.domain.rules import IsTrue
from pipgrants.domain.vocabulary import Objective, SubsidyType
from pipgrants.reading import read_file

CALL = read_file(Path(__file__).resolve().parents[2] / "workflows" / "calls" / "pip-one-stage.yaml", Call)
STOP, SKIP = AllocationRule.STOP_AT_FIRST, AllocationRule.SKIP_AND_FILL
HALF = Decimal("0.5")
LAST = PartialFunding(PartialRule.LAST_ONLY, minimum_share=HALF)
OPTIMISED = {"rule": AllocationRule.OPTIMISE, "objective": Objective.SUM_OF_SCORES}
SHARES = PartialFunding(PartialRule.PRO_RATA, minimum_share=HALF)


def found(tie_breaks=("lower_grant",), rule=STOP, **terms):
    """The codes and keys of what is wrong in terms of the allocation, for an envelope of 1,000."""
    call = replace(
        CALL,
        envelope_amount=Decimal(1000),
        grant=replace(CALL.grant, minimum_amount=None, maximum_amount=None),
        ranking=replace(CALL.ranking, tie_breaks=tie_breaks, draw=()),
        allocation=AllocationTerms("6.1", rule, **terms),
    )
    return [(item.code, item.key) for item in check_consistency(call)]


def test_call_with_every_kind_of_envelope_is_sound():
    envelopes = (
        envelope("country", "cap", 900),
        envelope("women", "earmark", 300, within="country"),
        envelope("young", "earmark", 100, within="women", leftovers_to="women"),
        envelope("micro", "floor", 700),
    )
    assert found(envelopes=envelopes, one_award_per_applicant=True, partial=LAST) == []


def test_a_call_that_announces_its_objective_keeps_envelopes_limits_and_a_reserve_list():
    envelopes = (envelope("women", "earmark", 300), envelope("micro", "floor", 700), envelope("capital", "cap", 500))
    limits = {"one_award_per_applicant": True, "reserve_count": 5, "appeal_margin_amount": Decimal(0)}
    assert found(envelopes=envelopes, **limits, **OPTIMISED) == []


def test_letters_tell_shares_of_weights_where_the_rules_are_followed_under_other_weights():
    assert found(robustness_in_letters=True) == []


def test_an_objective_gives_no_territory_a_turn_of_its_own():
    assert found(tie_breaks=("territory_not_yet_funded",), **OPTIMISED) == [
        ("allocation.no_turns", "ranking.tie_breaks")
    ]


PAID_FROM = "appeal.funded_from"


@pytest.mark.parametrize(
    ("source", "margin", "mistakes"),
    [
        (FundedFrom.MARGIN, 0, [("appeal.no_margin", PAID_FROM)]),
        (FundedFrom.MARGIN, 100, []),
        (FundedFrom.RESERVE_LIST, 0, []),
        (FundedFrom.RESERVE_LIST, 100, [("appeal.margin_for_nobody", PAID_FROM)]),
    ],
)
def test_a_margin_is_kept_where_appeals_are_paid_from_it_and_nowhere_else(source, margin, mistakes):
    paid = replace(CALL, appeal=replace(CALL.appeal, funded_from=source))
    terms = replace(CALL.allocation, appeal_margin_amount=Decimal(margin))
    assert [(item.code, item.key) for item in check_allocation(replace(paid, allocation=terms))] == mistakes


@pytest.mark.parametrize(
    ("terms", "code", "key"),
    [
        ({"appeal_margin_amount": Decimal(1000)}, "margin_takes_all", "appeal_margin_amount"),
        (
            {"rule": AllocationRule.FUND_NEXT_IF_REST_COVERS, "minimum_rest_share": Decimal(0)},
            "rest_covers_nothing",
            "minimum_rest_share",
        ),
        (
            {"rule": AllocationRule.FUND_NEXT_IF_REST_COVERS, "minimum_rest_share": HALF, "partial": LAST},
            "partial_twice",
            "partial",
        ),
        ({"rule": SKIP, "partial": SHARES}, "nothing_to_skip", "partial"),
        ({"partial": SHARES, "envelopes": (envelope("north", "cap", 10),)}, "shares_one_envelope", "envelopes"),
        (
            {"partial": PartialFunding(PartialRule.PRO_RATA, minimum_amount=Decimal(1001))},
            "viable_out_of_reach",
            "partial.minimum_amount",
        ),
        ({"ties_at_line": TiesAtLine.FUND_NONE, "tie_breaks": ("number",)}, "no_ties_left", "ties_at_line"),
        (
            {"ties_at_line": TiesAtLine.FUND_NONE, "tie_breaks": ("territory_not_yet_funded",)},
            "ties_decided_twice",
            "ties_at_line",
        ),
        ({"ties_at_line": TiesAtLine.FUND_ALL_IF_MONEY_ALLOWS}, "no_places", "ties_at_line"),
        ({"partial": SHARES, "tie_breaks": ("territory_not_yet_funded",)}, "no_turns", "ties_at_line"),
        ({**OPTIMISED, "partial": LAST}, "optimum_in_part", "partial"),
        ({**OPTIMISED, "ties_at_line": TiesAtLine.FUND_NONE}, "optimum_without_line", "ties_at_line"),
        (
            {"robustness_in_letters": True, "one_award_per_applicant": True},
            "robustness_not_computable",
            "robustness_in_letters",
        ),
        ({"reserve_expires_on": date(2030, 1, 1)}, "no_reserve", "reserve_expires_on"),
        ({"reserve_expires_on": date(2026, 1, 1), "reserve_count": 1}, "reserve_expires_early", "reserve_expires_on"),
        ({"envelopes": (envelope("north", "cap", 10, within="south"),)}, "unknown_envelope", "envelopes.north.within"),
        (
            {"envelopes": (envelope("south", "cap", 10), envelope("north", "earmark", 10, leftovers_to="south"))},
            "unfit_leftovers",
            "envelopes.north.leftovers_to",
        ),
        ({"envelopes": (envelope("north", "cap", 1000),)}, "unfit_envelope", "envelopes.north.amount"),
        ({"envelopes": (envelope("north", "floor", 1001),)}, "unfit_envelope", "envelopes.north.amount"),
        ({"envelopes": (envelope("north", "earmark", 0),)}, "unfit_envelope", "envelopes.north.amount"),
        (
            {"envelopes": (envelope("a", "earmark", 600), envelope("b", "floor", 500))},
            "unfit_envelope",
            "envelopes.b.amount",
        ),
        (
            {"envelopes": (envelope("a", "floor", 600), envelope("b", "floor", 700, within="a"))},
            "unfit_envelope",
            "envelopes.b.amount",
        ),
    ],
)
def test_contradiction_is_refused_where_it_stands(terms, code, key):
    assert (f"allocation.{code}", f"allocation.{key}") in found(**terms)


def test_number_before_the_territory_leaves_it_no_ties():
    assert found(tie_breaks=("number", "territory_not_yet_funded")) == [
        ("allocation.no_ties_left", "ranking.tie_breaks")
    ]


def test_envelope_for_an_unknown_fact_is_refused():
    unknown = SubEnvelope(**{**_fields(envelope("north", "cap", 10)), "rule": IsTrue("proposal.colour")})
    assert found(envelopes=(unknown,)) == [("rule.unknown_fact", "allocation.envelopes.north.rule")]


def _fields(item):
    return {name: getattr(item, name) for name in item.__slots__}


def test_envelope_with_a_fraction_of_the_minor_unit_is_refused():
    assert found(envelopes=(envelope("north", "cap", "10.001"),)) == [
        ("amount.unfit", "allocation.envelopes.north.amount")
    ]


@pytest.mark.parametrize("minimum", [{}, {"minimum_share": HALF, "minimum_amount": Decimal(1)}])
def test_partial_funding_has_one_minimum(minimum):
    with pytest.raises(ValueError, match="minimum viable grant"):
        PartialFunding(PartialRule.LAST_ONLY, **minimum)


def test_awards_are_limited_by_locality_only_where_preparation_is_supported():
    limited = replace(CALL, allocation=AllocationTerms("6.1", SKIP, maximum_awards_per_locality=2))
    [mistake] = check_allocation(limited)
    assert (mistake.code, mistake.key) == (
        "allocation.locality_without_support",
        "allocation.maximum_awards_per_locality",
    )
    support = replace(limited, subsidy_type=SubsidyType.PREPARATION_SUPPORT, counterpart=None)
    assert list(check_allocation(support)) == []
