"""The selection that a call funds which announced its objective: whether it may decide, and what is told of it.

The rule is that the awards have the greatest objective that the money, envelopes and exclusions of the call allow, and
of all selections that reach it are the best ranked. A selection decides where both are proved; then it depends on
nothing but the published rule, and whoever solves it again finds the same. Where the call declares a
``largest_gap_share``, one that is not proved decides, too, as long as no other exceeds it by more than that share.

Whoever checks a selection needs no solver: it keeps to every row of the program in whole numbers, and its value is
computed exactly. That none is better, the bound says; that none of the same value is better ranked, who searched.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from pipgrants.domain.allocation_terms import AllocationRule, AllocationTerms
from pipgrants.domain.plain import plain_amount, plain_number
from pipgrants.domain.selection import Selection, SelectionCase, relative_gap
from pipgrants.domain.vocabulary import Objective
from pipgrants.errors import RefusedError


class Found(NamedTuple):
    """The best selection found of a case: the numbers funded, and what none exceeds, in the units of the objective.

    ``is_settled`` says that of all selections of its value it is the best ranked; searches took up to ``seconds`` each.
    """

    numbers: frozenset[str]
    bound: Decimal
    is_settled: bool
    seconds: int


class Announced(NamedTuple):
    """A selection that keeps to the rules, beside that of the plain rule; numbers are in rank order.

    No selection exceeds ``bound``; ``gap`` is what lies between it and this one, as a share of the bound.
    """

    objective: Objective
    selection: Selection
    bound: Decimal
    gap: Decimal
    is_settled: bool
    seconds: int
    numbers: tuple[str, ...]
    plain: Selection
    plain_numbers: tuple[str, ...]

    @property
    def is_proved(self) -> bool:
        """Whether no selection has a greater objective."""
        return not self.gap


def announced(case: SelectionCase, objective: Objective, found: Found) -> Announced:
    """A selection found, weighed exactly. Raises RefusedError where it is none, or worth less or more than can be."""
    program, chosen, awarded = case.program(objective), case.places(found.numbers), case.places(case.awarded)
    if len(chosen) != len(found.numbers):
        others = sorted(found.numbers - {item.number for item in case.candidates})
        raise RefusedError(f"{', '.join(others)} cannot be funded, and is among those selected")
    if not program.holds(chosen):
        raise RefusedError("those selected break the envelope of the call, one within it, or a limit of awards")
    selection, plain = case.selection(chosen, objective), case.selection(awarded, objective)
    if not plain.value <= selection.value <= found.bound:
        raise RefusedError(
            f"the objective of those selected is {selection.value}; by the plain rule it is {plain.value}, and the "
            f"bound on record is {found.bound}"
        )
    return Announced(
        objective=objective,
        selection=selection,
        bound=found.bound,
        gap=relative_gap(found.bound, selection.value),
        is_settled=found.is_settled,
        seconds=found.seconds,
        numbers=tuple(item.number for item in case.candidates if item.number in found.numbers),
        plain=plain,
        plain_numbers=tuple(item.number for item in case.candidates if item.number in case.awarded),
    )


def refuse_unproved(item: Announced, terms: AllocationTerms) -> None:
    """Raises RefusedError where a selection may not decide by the terms that announced its objective."""
    if item.gap > terms.largest_gap_share:
        raise RefusedError(
            f"no selection was proved to have the greatest {item.objective}: another may exceed the one found by "
            f"{_percent(item.gap)} of the bound, and the call accepts {_percent(terms.largest_gap_share)}",
            next_step=f"give each search more than {item.seconds} seconds: pipgrants allocate CALL --seconds N",
        )
    if not (item.is_settled or terms.largest_gap_share):
        raise RefusedError(
            f"the greatest {item.objective} is proved, but not which of the selections that reach it is ranked best",
            next_step=f"give each search more than {item.seconds} seconds: pipgrants allocate CALL --seconds N",
        )


def _percent(share: Decimal) -> str:
    return f"{plain_number(share * 100)} %"


def as_plain(item: Announced, currency: str) -> dict[str, Any]:
    """What entries and packages hold of a selection; ``proved`` and ``settled`` say what was proved of it."""
    return {
        "objective": item.objective.value,
        **_figures(item.selection, currency),
        "bound": plain_number(item.bound),
        "gap": plain_number(item.gap),
        "proved": item.is_proved,
        "settled": item.is_settled,
        "seconds": item.seconds,
        "funded": list(item.numbers),
        "plain": {
            "rule": AllocationRule.SKIP_AND_FILL.value,
            **_figures(item.plain, currency),
            "funded": list(item.plain_numbers),
        },
    }


def _figures(item: Selection, currency: str) -> dict[str, Any]:
    return {
        "value": plain_number(item.value),
        "awards": item.awards_count,
        "amount": plain_amount(item.amount, currency),
        "mean": plain_amount(item.mean_amount, currency),
    }


def read_found(plain: Mapping[str, Any]) -> Found:
    """What an entry says was found. Raises KeyError or ValueError where it does not say so."""
    return Found(frozenset(plain["funded"]), Decimal(plain["bound"]), plain["settled"], plain["seconds"])
