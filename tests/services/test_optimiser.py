"""Laws of an announced objective: what is funded is the best there is, and never more than there is."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from enveloped import enveloped_rounds
from pipgrants.domain.allocation import Standing, allocate
from pipgrants.domain.allocation_terms import AllocationRule, AllocationTerms, EnvelopeKind
from pipgrants.domain.vocabulary import Objective, Outcome
from pipgrants.money import Money
from pipgrants.services.optimiser import Optimiser, search
from selections import case_of

SKIP = AllocationRule.SKIP_AND_FILL


def awards(lines):
    return {line.number: line.amount for line in lines if line.outcome is Outcome.AWARD}


def worth(funded, ranked, objective):
    """The objective of some awards, computed from the ranking."""
    totals = {place.number: place.total for place in ranked}
    by_score = objective is Objective.SUM_OF_SCORES
    return sum(totals[number] * (1 if by_score else amount) for number, amount in funded.items())


def drawn(funded, known):
    """What each envelope and the call, without a name, paid."""
    spent = Counter()
    for number, amount in funded.items():
        for code in ("", *known.groups.get(number, ())):
            spent[code] += amount
    return spent


@given(enveloped_rounds(rules=[SKIP]), st.sampled_from(Objective))
@settings(max_examples=60, deadline=None)
def test_awards_are_worth_no_less_than_by_the_ranking_and_exceed_no_envelope_then_or_later(round_, objective):
    ranked, requests, money, terms, known = round_
    rule = replace(terms, rule=AllocationRule.OPTIMISE, objective=objective)
    optimiser = Optimiser(search())
    selected = optimiser.select(case_of(ranked, requests, money, terms, known), rule)
    funded = awards(allocate(ranked, requests, money, rule, known=known, selected=selected))
    plain = awards(allocate(ranked, requests, money, terms, known=known))
    assert funded.keys() == selected
    assert worth(funded, ranked, objective) >= worth(plain, ranked, objective)
    assert Decimal(optimiser.told["value"]) == worth(funded, ranked, objective)
    standing = Standing(funded, frozenset(requests) - selected)
    later = funded | awards(allocate(ranked, requests, money, rule, known=known, standing=standing))
    for spent in (drawn(funded, known), drawn(later, known)):
        assert spent[""] <= money.amount
        assert all(spent[item.code] <= item.amount for item in terms.envelopes if item.kind is EnvelopeKind.CAP)
    for item in terms.envelopes:
        if item.kind is EnvelopeKind.FLOOR:
            assert drawn(funded, known)[item.code] >= min(drawn(plain, known)[item.code], item.amount)


def test_without_anybody_to_choose_from_nobody_is_funded():
    rule = AllocationTerms("6.1", AllocationRule.OPTIMISE, objective=Objective.SUM_OF_SCORES)
    optimiser = Optimiser(search())
    assert optimiser.select(case_of([], {}, Money(Decimal(100), "USD"), rule.plain), rule) == frozenset()
    assert (optimiser.told["awards"], optimiser.told["proved"]) == (0, True)
