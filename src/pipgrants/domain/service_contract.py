"""Service contracts of a project: how the supplier was selected, what is promised under them, and what is paid.

Service providers are a tier of their own, contracted by the beneficiaries or by the implementing agency (PIP,
"Institutional implementation plan", footnote 10). The firms agree on the supplier as they do on the technical team
(PIP, "How to select project personnel": with the participation of the entrepreneurs).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, NamedTuple

from pipgrants.domain.bounds import Amount, Day, Words
from pipgrants.domain.expenditure import Fault, Payment
from pipgrants.domain.mistakes import DefinitionMistake, unfit_amounts
from pipgrants.domain.plain import ZERO, exact_sum
from pipgrants.domain.project import ProjectLine
from pipgrants.domain.vocabulary import Component
from pipgrants.errors import MistakenValueError
from pipgrants.money import EXACT, Money
from pipgrants.scalars import NOT_EMPTY

OFFERS_COMPARED = 3
"""How many offers are compared, or management approves the selection: the least that "shopping" asks for (IDB, Policies
for the Procurement of Goods and Works, GN-2349, section 3.5). The source papers set no number."""

UNKNOWN_CONTRACT = "import.unknown_contract"
UNSIGNED_CONTRACT = "import.unsigned_contract"
BEFORE_CONTRACT = "import.before_contract"
OTHER_COMPONENT = "import.contract_of_another_component"
ABOVE_CONTRACT = "import.above_contract"


@dataclass(frozen=True, slots=True)
class Offer:
    """What one supplier asked for; ``supplier`` is the number of a party or, where it is none on record, a name."""

    supplier: Words
    amount: Amount


@dataclass(frozen=True, slots=True)
class ServiceContract:
    """A supplier as selected, as a file gives it.

    ``supplier`` and ``agreed_by`` are numbers of parties; the latter are the firms that agree on the supplier.
    ``reason`` says why this offer was taken and, where fewer than ``OFFERS_COMPARED`` were compared, why so; ``due_on``
    is when all is delivered.
    """

    supplier: Words
    object: Words
    component: Component
    amount: Amount
    due_on: Day
    offers: Annotated[tuple[Offer, ...], NOT_EMPTY]
    reason: Words
    agreed_on: Day
    agreed_by: Annotated[tuple[Words, ...], NOT_EMPTY]
    minutes: Words

    def __post_init__(self) -> None:
        if not self.amount:
            raise MistakenValueError("amount", "a service contract is of an amount above zero")
        if self.due_on < self.agreed_on:
            raise MistakenValueError("due_on", "a service is delivered after its supplier was agreed on")


def contract_mistakes(
    contract: ServiceContract, firms: Collection[str], components: Collection[Component], currency: str
) -> Iterator[DefinitionMistake]:
    """Everything in which a contract does not fit a project with some ``firms`` and ``components`` in its budget."""
    amounts = {"amount": contract.amount}
    amounts |= {f"offers.{place}.amount": offer.amount for place, offer in enumerate(contract.offers, 1)}
    yield from unfit_amounts(amounts, currency)
    if contract.component not in components:
        message = f"the budget of the project has no such component; it has {', '.join(sorted(components)) or 'none'}"
        yield DefinitionMistake("contract.unknown_component", message, key="component")
    yield from _offer_mistakes(contract)
    for place, number in enumerate(contract.agreed_by):
        if number not in firms:
            message = f"{number} is no firm of the project; those are: {', '.join(sorted(firms)) or 'none'}"
            yield DefinitionMistake("contract.unknown_firm", message, key="agreed_by")
        if number in contract.agreed_by[:place]:
            yield DefinitionMistake("contract.firm_twice", f"{number} stands twice", key="agreed_by")
    if contract.supplier in contract.agreed_by:
        message = f"{contract.supplier} is the supplier, and does not agree on itself"
        yield DefinitionMistake("contract.supplier_agrees", message, key="agreed_by")


def _offer_mistakes(contract: ServiceContract) -> Iterator[DefinitionMistake]:
    names = [offer.supplier for offer in contract.offers]
    for place, name in enumerate(names):
        if name in names[:place]:
            message = f"{name} stands twice: one offer of each supplier is compared"
            yield DefinitionMistake("contract.offer_twice", message, key=f"offers.{place + 1}")
    own = [offer.amount for offer in contract.offers if offer.supplier == contract.supplier]
    if contract.amount not in own:
        message = f"the offer of {contract.supplier} over {contract.amount:f} stands among the offers"
        yield DefinitionMistake("contract.own_offer", message, key="offers")


class Contracted(NamedTuple):
    """A contract on record; ``signed_on`` is None where it is not signed, ``paid_amount`` what was paid under it."""

    number: int
    component: Component
    amount: Decimal
    signed_on: date | None = None
    is_terminated: bool = False
    paid_amount: Decimal = ZERO

    @property
    def committed_amount(self) -> Decimal:
        """What the project owes or paid under it: nothing before it is signed, what was paid once it is terminated."""
        if self.signed_on is None:
            return ZERO
        return self.paid_amount if self.is_terminated else self.amount


def component_limit(lines: Iterable[ProjectLine], component: Component, flexibility: Decimal) -> Decimal:
    """How much can be contracted for a component: its lines of every source, and the flexibility of lines."""
    budget = exact_sum(item.line.amount for item in lines if item.line.component is component)
    return EXACT.multiply(budget, EXACT.add(Decimal(1), flexibility))


def committed_for(contracts: Iterable[Contracted], component: Component) -> Decimal:
    """What is contracted for a component."""
    return exact_sum(item.committed_amount for item in contracts if item.component is component)


def contract_faults(
    payments: Sequence[Payment], contracts: Iterable[Contracted], lines: Iterable[ProjectLine], currency: str
) -> Iterator[Fault]:
    """Everything for which payments are none of the contracts that they name.

    A contract is paid from the day on which it is signed, for its component, and never beyond its amount: of a payment
    whose cost is disallowed, too, because the supplier has it.
    """
    known = {item.number: item for item in contracts}
    component_of = {item.number: item.line.component for item in lines}
    paid = {number: item.paid_amount for number, item in known.items()}
    for place, payment in enumerate(payments):
        if payment.contract is None:
            continue
        contract = known.get(payment.contract)
        if contract is None:
            allowed = ", ".join(map(str, known)) or "none"
            yield Fault(place, "contract", UNKNOWN_CONTRACT, {"allowed": allowed})
            continue
        paid[contract.number] = EXACT.add(paid[contract.number], payment.amount)
        yield from _unfit(place, payment, contract, component_of)
        if paid[contract.number] > contract.amount:
            amounts = {"seen": paid[contract.number], "limit": contract.amount}
            values = {name: str(Money(amount, currency)) for name, amount in amounts.items()}
            yield Fault(place, "amount", ABOVE_CONTRACT, {"contract": str(contract.number), **values})


def _unfit(
    place: int, payment: Payment, contract: Contracted, component_of: Mapping[int, Component | None]
) -> Iterator[Fault]:
    named = {"contract": str(contract.number)}
    if contract.signed_on is None:
        yield Fault(place, "contract", UNSIGNED_CONTRACT, named)
    elif payment.paid_on < contract.signed_on:
        yield Fault(place, "paid_on", BEFORE_CONTRACT, {**named, "first": contract.signed_on.isoformat()})
    if component_of.get(payment.line, contract.component) is not contract.component:
        yield Fault(place, "line", OTHER_COMPONENT, {**named, "component": contract.component})
