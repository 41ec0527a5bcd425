"""What each envelope within a call's costs in merit: the run without it."""

from decimal import Decimal

from hypothesis import given

from enveloped import envelope, enveloped_rounds, groups, places
from pipgrants.domain.allocation import allocate
from pipgrants.domain.allocation_terms import AllocationRule, AllocationTerms
from pipgrants.domain.circumstances import Circumstances
from pipgrants.domain.quotas import QuotaCost, quota_costs, without
from pipgrants.domain.vocabulary import Outcome
from pipgrants.money import Money


def costs(asked, total, envelopes, **members):
    """The costs of envelopes over P-1, P-2, ... with totals of 90, 80, 70 and so on."""
    ranked = places(*range(90, 90 - 10 * len(asked), -10))
    requests = {place.number: Decimal(amount) for place, amount in zip(ranked, asked, strict=True)}
    terms = AllocationTerms("6.1", AllocationRule.SKIP_AND_FILL, envelopes=tuple(envelopes))
    known = Circumstances(groups=groups(**members))

    def run(others):
        return allocate(ranked, requests, Money(Decimal(total), "USD"), others, known=known)

    return quota_costs(ranked, terms, run(terms), run)


def test_cost_of_an_earmark_is_the_merit_that_it_passed_over():
    assert costs([50, 50, 40], 100, [envelope("women", "earmark", 40)], women={"P-3"}) == (
        QuotaCost("women", ("P-2",), ("P-3",), Decimal(10), Decimal(5)),
    )


def test_cap_that_refused_nobody_costs_nothing():
    assert costs([50, 50], 100, [envelope("north", "cap", 90)], north={"P-1"}) == (
        QuotaCost("north", (), (), Decimal(0), Decimal(0)),
    )


def test_mean_is_not_known_where_nobody_is_funded():
    assert costs([50], 100, [envelope("north", "cap", 0)], north={"P-1"}) == (
        QuotaCost("north", ("P-1",), (), Decimal(90), None),
    )


def test_what_lies_within_an_envelope_left_out_lies_within_the_one_around():
    listed = (
        envelope("country", "earmark", 60),
        envelope("north", "earmark", 30, within="country", leftovers_to="country"),
    )
    terms = AllocationTerms("6.1", AllocationRule.SKIP_AND_FILL, envelopes=listed)
    assert without(terms, listed[0]).envelopes == (envelope("north", "earmark", 30),)


@given(enveloped_rounds())
def test_cost_of_every_envelope_is_that_of_the_run_without_it(a_round):
    ranked, requests, total, terms, known = a_round

    def run(others):
        return allocate(ranked, requests, total, others, known=known)

    totals = {place.number: place.total for place in ranked}
    awarded = {line.number for line in run(terms) if line.outcome is Outcome.AWARD}
    for item, cost in zip(terms.envelopes, quota_costs(ranked, terms, run(terms), run), strict=True):
        instead = {line.number for line in run(without(terms, item)) if line.outcome is Outcome.AWARD}
        assert set(cost.displaced) == instead - awarded
        assert set(cost.advanced) == awarded - instead
        assert cost.total == sum(totals[number] for number in instead) - sum(totals[number] for number in awarded)
