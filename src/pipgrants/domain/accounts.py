"""The accounts of projects: what was promised, paid, set free and paid back, of the money of one envelope.

Every movement takes an amount from one account and adds it to another, so that what is free, what is committed and what
the projects hold are always the whole envelope, and none of them is ever less than nothing. What is due back stays with
the project until it is repaid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from pipgrants.domain.plain import ZERO, exact_sum
from pipgrants.errors import RefusedError
from pipgrants.money import EXACT


class Movement(StrEnum):
    """What happens to money of an award."""

    COMMITTED = "committed"
    DISBURSED = "disbursed"
    RELEASED = "released"
    CLAIMED = "claimed"
    REPAID = "repaid"


class Accounts(NamedTuple):
    """What was moved of one award, by kind of movement."""

    committed_amount: Decimal = ZERO
    disbursed_amount: Decimal = ZERO
    released_amount: Decimal = ZERO
    claimed_amount: Decimal = ZERO
    repaid_amount: Decimal = ZERO

    @property
    def undisbursed_amount(self) -> Decimal:
        """What is promised and not paid yet."""
        return EXACT.subtract(self.committed_amount, EXACT.add(self.released_amount, self.disbursed_amount))

    @property
    def held_amount(self) -> Decimal:
        """What was paid and not paid back."""
        return EXACT.subtract(self.disbursed_amount, self.repaid_amount)

    @property
    def award_amount(self) -> Decimal:
        """What stands of the award: promised or held."""
        return EXACT.add(self.undisbursed_amount, self.held_amount)

    @property
    def due_amount(self) -> Decimal:
        """What is to be paid back still."""
        return max(EXACT.subtract(self.claimed_amount, self.repaid_amount), ZERO)

    def after(self, movement: Movement, amount: Decimal) -> Accounts:
        """The accounts once an amount was moved. Raises RefusedError where there is not as much to move."""
        limits = {
            Movement.DISBURSED: self.undisbursed_amount,
            Movement.RELEASED: self.undisbursed_amount,
            Movement.CLAIMED: EXACT.subtract(self.held_amount, self.due_amount),
            Movement.REPAID: self.held_amount,
        }
        limit = limits.get(movement, amount)
        if not ZERO <= amount <= limit:
            raise RefusedError(f"{amount} cannot be {movement}: there is {limit}")
        name = f"{movement}_amount"
        return self._replace(**{name: EXACT.add(getattr(self, name), amount)})


def accounts_of(movements: Iterable[tuple[Movement, Decimal]]) -> Accounts:
    """The accounts that movements lead to, in their order."""
    accounts = Accounts()
    for movement, amount in movements:
        accounts = accounts.after(movement, amount)
    return accounts


def add_up(several: Iterable[Accounts]) -> Accounts:
    """The accounts of several projects together."""
    return Accounts(*map(exact_sum, zip(*(Accounts(), *several), strict=True)))


def free_amount(envelope: Decimal, projects: Mapping[str, Accounts]) -> Decimal:
    """What the awards that stand leave of an envelope."""
    return EXACT.subtract(envelope, exact_sum(accounts.award_amount for accounts in projects.values()))
