"""An announced objective: those selected are funded, and whoever checks the selection needs no solver."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enveloped import envelope, groups
from pipgrants.domain.allocation import NOT_SELECTED, SELECTED, allocate
from pipgrants.domain.allocation_terms import AllocationRule, AllocationTerms
from pipgrants.domain.announced import Found, announced, as_plain, read_found, refuse_unproved
from pipgrants.domain.circumstances import Circumstances
from pipgrants.domain.finding import Note
from pipgrants.domain.ranking import RankedProposal
from pipgrants.domain.vocabulary import Objective, Outcome
from pipgrants.errors import RefusedError
from pipgrants.money import Money
from selections import case_of, selection_cases

SCORES = Objective.SUM_OF_SCORES
ASKED = (240, 80, 80, 80)
BEST = frozenset({"P-2", "P-3", "P-4"})


def terms(**details):
    return AllocationTerms("6.1", AllocationRule.OPTIMISE, objective=SCORES, **details)


def ranked(*totals):
    return [RankedProposal(rank, f"P-{rank}", Decimal(total)) for rank, total in enumerate(totals, 1)]


def requests(*asked):
    return {f"P-{rank}": Decimal(amount) for rank, amount in enumerate(asked, 1)}


PLACES, REQUESTS, ENVELOPE = ranked(90, 80, 70, 60), requests(*ASKED), Money(Decimal(240), "USD")


def case():
    """P-1 asks for all there is, the three below it for a third each."""
    return case_of(PLACES, REQUESTS, ENVELOPE, terms().plain)


def found(numbers=BEST, bound=210, is_settled=True):
    return Found(frozenset(numbers), Decimal(bound), is_settled, 60)


# Who receives what


def test_those_selected_are_funded_whatever_their_turn():
    lines = allocate(PLACES, REQUESTS, ENVELOPE, terms(reserve_count=1), selected=BEST)
    assert [(line.number, line.outcome, line.amount, line.reserve_position) for line in lines] == [
        ("P-1", Outcome.RESERVE, Decimal(0), 1),
        ("P-2", Outcome.AWARD, Decimal(80), None),
        ("P-3", Outcome.AWARD, Decimal(80), None),
        ("P-4", Outcome.AWARD, Decimal(80), None),
    ]


def test_each_is_told_the_objective_and_what_it_asks_for():
    lines = allocate(PLACES, REQUESTS, ENVELOPE, terms(), selected=BEST)
    told = {"clause": "6.1", "objective": {"code": "sum_of_scores"}}
    assert [line.reason for line in lines[:2]] == [
        Note(NOT_SELECTED, {**told, "asked": {"amount": "240.00", "currency": "USD"}}),
        Note(SELECTED, {**told, "asked": {"amount": "80.00", "currency": "USD"}}),
    ]


def test_who_is_excluded_by_an_award_does_not_wait_for_money():
    known = Circumstances(applicants={"P-1": "A", "P-2": "A", "P-3": "B", "P-4": "C"})
    rules = terms(reserve_count=4, one_award_per_applicant=True)
    lines = allocate(PLACES, REQUESTS, ENVELOPE, rules, {"P-4"}, known, selected={"P-2"})
    assert [(line.outcome, line.reason.code) for line in lines] == [
        (Outcome.DECLINE, "allocation.applicant_has_award"),
        (Outcome.AWARD, SELECTED),
        (Outcome.RESERVE, NOT_SELECTED),
        (Outcome.DECLINE, "allocation.below_threshold"),
    ]


def test_without_a_selection_nothing_can_be_allocated():
    with pytest.raises(ValueError, match="none is given"):
        allocate(PLACES, REQUESTS, ENVELOPE, terms())


# What is told of a selection


def test_a_selection_stands_beside_that_of_the_plain_rule():
    told = as_plain(announced(case(), SCORES, found()), "USD")
    assert told == {
        "objective": "sum_of_scores",
        "value": "210",
        "awards": 3,
        "amount": "240.00",
        "mean": "80.00",
        "bound": "210",
        "gap": "0",
        "proved": True,
        "settled": True,
        "seconds": 60,
        "funded": ["P-2", "P-3", "P-4"],
        "plain": {
            "rule": "skip_and_fill",
            "value": "90",
            "awards": 1,
            "amount": "240.00",
            "mean": "240.00",
            "funded": ["P-1"],
        },
    }
    assert read_found(told) == found()


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (found({"P-1", "P-2"}, 300), "break the envelope of the call"),
        (found({"P-2", "P-9"}, 300), "P-9 cannot be funded"),
        (found(bound=209), "the bound on record is 209"),
        (found({"P-2"}, 300), "is 80; by the plain rule it is 90"),
    ],
)
def test_a_selection_that_the_rules_do_not_allow_is_refused(made, message):
    with pytest.raises(RefusedError, match=message):
        announced(case(), SCORES, made)


def test_a_selection_that_breaks_an_envelope_is_refused():
    rules = terms(envelopes=(envelope("capital", "cap", 100),))
    known = Circumstances(groups=groups(capital=["P-2", "P-3"]))
    bounded = case_of(PLACES, REQUESTS, ENVELOPE, rules.plain, known)
    with pytest.raises(RefusedError, match="one within it"):
        announced(bounded, SCORES, found())


@pytest.mark.parametrize(
    ("made", "share", "refused"),
    [
        (found(), "0", None),
        (found(bound=211), "0", r"0\.474 % of the bound, and the call accepts 0 %"),
        (found(is_settled=False), "0", "not which of the selections that reach it is ranked best"),
        (found(bound=211, is_settled=False), "0.01", None),
        (found(bound=213), "0.01", r"1\.4085 % of the bound, and the call accepts 1 %"),
        (found(is_settled=False), "0.01", None),
    ],
)
def test_a_selection_decides_where_it_is_proved_or_within_the_gap_that_the_call_accepts(made, share, refused):
    item, rules = announced(case(), SCORES, made), terms(largest_gap_share=Decimal(share))
    if refused is None:
        refuse_unproved(item, rules)
    else:
        with pytest.raises(RefusedError, match=refused):
            refuse_unproved(item, rules)


# Laws


@given(selection_cases(), st.sampled_from(Objective), st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_is_accepted_keeps_to_the_money_and_is_worth_no_less_than_the_plain_rule(case_, objective, data):
    everybody = [item.number for item in case_.candidates]
    numbers = data.draw(st.frozensets(st.sampled_from(everybody))) if everybody else frozenset()
    try:
        item = announced(case_, objective, Found(numbers, Decimal(10) ** 9, True, 1))
    except RefusedError:
        return
    assert item.selection.value >= item.plain.value
    assert item.selection.amount <= case_.envelope.amount
    assert set(item.plain_numbers) == case_.awarded
