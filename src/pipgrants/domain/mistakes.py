"""A mistake in a definition, and the mistakes that several parts of a definition can have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from pipgrants.domain.rules import Rule, mistakes, unwritten_codes
from pipgrants.money import minor_digits, to_minor


@dataclass(frozen=True, slots=True)
class DefinitionMistake:
    """One mistake: a dotted code, an English sentence, the clause and key it concerns, the values it speaks of.

    ``key`` is a dotted path into the definition; ``line`` is found by it where the text is at hand.
    """

    code: str
    message: str
    clause: str = ""
    key: str = ""
    values: dict[str, str] = field(default_factory=dict)
    line: int | None = None


def rule_mistakes(rule: Rule, name: str, clause: str, key: str) -> Iterator[DefinitionMistake]:
    """What is wrong with the rule that stands at a key."""
    for mistake in (*mistakes(rule), *unwritten_codes(rule)):
        yield DefinitionMistake(mistake.code, f"{name}: {mistake.message}", clause, key, dict(mistake.values))


def unfit_amounts(
    amounts: Mapping[str, Decimal | None], currency: str, clause: str = ""
) -> Iterator[DefinitionMistake]:
    """The mistakes of amounts, by key, with more decimals than their currency has."""
    for key, amount in amounts.items():
        if amount is not None and not fits_currency(amount, currency):
            yield unfit_amount(key, amount, currency, clause)


def unfit_amount(key: str, amount: Decimal, currency: str, clause: str = "") -> DefinitionMistake:
    """The mistake of an amount with more decimals than its currency has."""
    message = f"{key} is {amount:,}; {currency} has {minor_digits(currency)} decimals"
    return DefinitionMistake("amount.unfit", message, clause, key, {"key": key, "amount": str(amount)})


def fits_currency(amount: Decimal, currency: str) -> bool:
    """Whether an amount is a whole number of minor units."""
    try:
        to_minor(amount, currency)
    except ValueError:
        return False
    return True
