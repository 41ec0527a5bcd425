"""What a call says of how its envelope is spent: which values go together."""

from decimal import Decimal

import pytest

from pipgrants.domain.allocation_terms import (
    AllocationRule,
    AllocationTerms,
    EnvelopeKind,
    PartialFunding,
    PartialRule,
    SubEnvelope,
)
from pipgrants.domain.rules import IsTrue
from pipgrants.domain.vocabulary import Objective
from pipgrants.errors import MistakenValueError

TEN, HALF = Decimal(10), Decimal("0.5")
BELONGS_TO = {
    "maximum_awards": (AllocationRule.RANK_AND_CUT, 3),
    "minimum_score": (AllocationRule.MINIMUM_SCORE_THEN_FILL, TEN),
    "minimum_rest_share": (AllocationRule.FUND_NEXT_IF_REST_COVERS, HALF),
    "objective": (AllocationRule.OPTIMISE, Objective.SUM_OF_SCORES),
}


@pytest.mark.parametrize("rule", AllocationRule)
@pytest.mark.parametrize("given", [None, *BELONGS_TO])
def test_each_value_goes_with_its_rule_and_only_with_it(rule, given):
    values = {} if given is None else {given: BELONGS_TO[given][1]}
    wanted = {name for name, (owner, _) in BELONGS_TO.items() if owner is rule}
    if set(values) == wanted:
        assert AllocationTerms("6.1", rule, **values).rule is rule
    else:
        with pytest.raises(ValueError, match="goes with"):
            AllocationTerms("6.1", rule, **values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "give minimum_amount or minimum_share"),
        ({"minimum_amount": TEN, "minimum_share": HALF}, "give minimum_amount or minimum_share"),
        ({"minimum_amount": Decimal(0)}, "above zero"),
    ],
)
def test_partial_funding_has_one_minimum_viable_grant_above_zero(values, message):
    with pytest.raises(ValueError, match=message):
        PartialFunding(PartialRule.LAST_ONLY, **values)


@pytest.mark.parametrize("rule", PartialRule)
def test_money_is_shared_by_all_funded_except_where_only_the_last_receives_less(rule):
    partial = PartialFunding(rule, minimum_share=HALF)
    terms = AllocationTerms("6.1", AllocationRule.STOP_AT_FIRST, partial=partial)
    assert terms.shares_money is (rule is not PartialRule.LAST_ONLY)


@pytest.mark.parametrize("kind", EnvelopeKind)
def test_only_an_earmark_leaves_money_to_another(kind):
    values = ("young", "6.2", {"en": "Young"}, kind, TEN, IsTrue("proposal.is_new"), None, "women")
    if kind is EnvelopeKind.EARMARK:
        assert SubEnvelope(*values).leftovers_to == "women"
    else:
        with pytest.raises(MistakenValueError, match="only an earmark leaves money"):
            SubEnvelope(*values)


def test_only_an_announced_objective_leaves_a_gap():
    with pytest.raises(MistakenValueError, match="leave out largest_gap_share"):
        AllocationTerms("6.1", AllocationRule.SKIP_AND_FILL, largest_gap_share=HALF)


def test_beside_an_announced_objective_stands_the_ranking_that_skips_and_fills():
    objective = Objective.SUM_OF_SCORES
    terms = AllocationTerms(
        "6.1", AllocationRule.OPTIMISE, objective=objective, largest_gap_share=HALF, reserve_count=3
    )
    assert terms.plain == AllocationTerms("6.1", AllocationRule.SKIP_AND_FILL, reserve_count=3)
    assert terms.plain.plain == terms.plain
