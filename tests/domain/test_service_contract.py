"""Service contracts: what a selection must say, and what is contracted and paid for a component."""

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.expenditure import Payment
from pipgrants.domain.project import ProjectLine
from pipgrants.domain.proposal import BudgetLine
from pipgrants.domain.service_contract import (
    ABOVE_CONTRACT,
    BEFORE_CONTRACT,
    OTHER_COMPONENT,
    UNKNOWN_CONTRACT,
    UNSIGNED_CONTRACT,
    Contracted,
    Offer,
    ServiceContract,
    committed_for,
    component_limit,
    contract_faults,
    contract_mistakes,
)
from pipgrants.domain.vocabulary import Component, FundingSource
from pipgrants.errors import MistakenValueError

FIRMS = ("E-1", "E-2")
MARKETS, COOPERATION = Component.MARKETS, Component.COOPERATION
SIGNED = date(2026, 9, 10)
SOUND = ServiceContract(
    supplier="E-9",
    object="Study",
    component=MARKETS,
    amount=Decimal(100),
    due_on=date(2026, 12, 15),
    offers=(Offer("E-9", Decimal(100)), Offer("Valle", Decimal(120)), Offer("Norte", Decimal(110))),
    reason="the lowest price",
    agreed_on=date(2026, 9, 1),
    agreed_by=FIRMS,
    minutes="Minutes 5",
)


def line(number: int, component: Component | None, source: FundingSource, amount: str) -> ProjectLine:
    return ProjectLine(number, BudgetLine(None, component, "", None, source, Decimal(amount)))


LINES = (
    line(1, MARKETS, FundingSource.GRANT, "600"),
    line(2, MARKETS, FundingSource.OWN_FUNDS, "400"),
    line(3, COOPERATION, FundingSource.GRANT, "500"),
    line(4, None, FundingSource.GRANT, "50"),
)


def codes(contract: ServiceContract) -> list[str]:
    return [mistake.code for mistake in contract_mistakes(contract, FIRMS, {MARKETS, COOPERATION}, "USD")]


def test_a_sound_selection_has_no_mistake() -> None:
    assert codes(SOUND) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"component": Component.DISSEMINATION}, "contract.unknown_component"),
        ({"amount": Decimal(90)}, "contract.own_offer"),
        ({"supplier": "E-8"}, "contract.own_offer"),
        ({"agreed_by": ("E-1", "E-7")}, "contract.unknown_firm"),
        ({"agreed_by": ("E-1", "E-1")}, "contract.firm_twice"),
        ({"supplier": "E-1", "offers": (Offer("E-1", Decimal(100)),)}, "contract.supplier_agrees"),
        ({"offers": (*SOUND.offers, Offer("Norte", Decimal(90)))}, "contract.offer_twice"),
        ({"offers": (*SOUND.offers, Offer("Sur", Decimal("90.001")))}, "amount.unfit"),
    ],
)
def test_a_selection_that_does_not_fit_its_project_is_told(changes: dict[str, object], code: str) -> None:
    assert codes(replace(SOUND, **changes)) == [code]


@pytest.mark.parametrize("changes", [{"amount": Decimal(0)}, {"due_on": date(2026, 8, 31)}])
def test_a_contract_is_of_an_amount_and_due_after_it_was_agreed(changes: dict[str, object]) -> None:
    with pytest.raises(MistakenValueError):
        replace(SOUND, **changes)


def payment(contract: int | None, amount: str = "100", on: date = SIGNED, budget_line: int = 1) -> Payment:
    return Payment(budget_line, on, Decimal(amount), "F-1", contract=contract)


@pytest.mark.parametrize(
    ("paid", "field", "code"),
    [
        (payment(3), "contract", UNKNOWN_CONTRACT),
        (payment(2), "contract", UNSIGNED_CONTRACT),
        (payment(1, on=date(2026, 9, 9)), "paid_on", BEFORE_CONTRACT),
        (payment(1, budget_line=3), "line", OTHER_COMPONENT),
        (payment(1, budget_line=4), "line", OTHER_COMPONENT),
        (payment(1, "100.01"), "amount", ABOVE_CONTRACT),
    ],
)
def test_a_payment_that_is_none_of_its_contract_is_told(paid: Payment, field: str, code: str) -> None:
    known = [
        Contracted(1, MARKETS, Decimal(300), SIGNED, paid_amount=Decimal(200)),
        Contracted(2, MARKETS, Decimal(900)),
    ]
    found = list(contract_faults([payment(None), paid], known, LINES, "USD"))
    assert [(fault.place, fault.field, fault.code) for fault in found] == [(1, field, code)]


def test_a_component_is_contracted_for_from_every_source_and_within_its_flexibility() -> None:
    assert component_limit(LINES, MARKETS, Decimal("0.1")) == Decimal(1100)
    assert component_limit(LINES, Component.DISSEMINATION, Decimal("0.1")) == 0


def test_what_is_committed_is_the_amount_once_signed_and_what_was_paid_once_terminated() -> None:
    unsigned = Contracted(1, MARKETS, Decimal(300))
    running, other = unsigned._replace(number=2, signed_on=SIGNED), Contracted(3, COOPERATION, Decimal(40), SIGNED)
    ended = running._replace(number=4, is_terminated=True, paid_amount=Decimal(70))
    given_up = unsigned._replace(number=5, is_terminated=True)
    assert committed_for([unsigned, running, other, ended, given_up], MARKETS) == Decimal(370)


CENTS = st.integers(1, 40_000).map(lambda units: Decimal(units).scaleb(-2))
PAID = st.lists(st.tuples(st.sampled_from([None, 1, 2]), CENTS), max_size=12)


@given(st.tuples(CENTS, CENTS), PAID)
def test_payments_without_a_fault_never_pay_more_than_their_contracts(
    amounts: tuple[Decimal, Decimal], paid: list[tuple[int | None, Decimal]]
) -> None:
    """List after list: those that are accepted add up, those refused leave nothing."""
    known = {number: Contracted(number, MARKETS, amount, SIGNED) for number, amount in enumerate(amounts, 1)}
    totals: Counter[int] = Counter()
    for number, amount in paid:
        faults = list(contract_faults([payment(number, str(amount))], known.values(), LINES, "USD"))
        would = totals[number] + amount if number else Decimal(0)
        assert [fault.code for fault in faults] == ([ABOVE_CONTRACT] if number and would > amounts[number - 1] else [])
        if number and not faults:
            totals[number] = would
            known[number] = known[number]._replace(paid_amount=would)
    assert all(totals[number] <= amount for number, amount in enumerate(amounts, 1))


@given(st.tuples(CENTS, CENTS), PAID)
def test_a_list_is_refused_exactly_where_its_payments_one_by_one_would_be(
    amounts: tuple[Decimal, Decimal], paid: list[tuple[int | None, Decimal]]
) -> None:
    known = [Contracted(number, MARKETS, amount, SIGNED) for number, amount in enumerate(amounts, 1)]
    payments = [payment(number, str(amount)) for number, amount in paid]
    faults = list(contract_faults(payments, known, LINES, "USD"))
    beyond = [
        number
        for number, amount in enumerate(amounts, 1)
        if sum((item.amount for item in payments if item.contract == number), Decimal(0)) > amount
    ]
    assert sorted({payments[fault.place].contract or 0 for fault in faults}) == beyond
