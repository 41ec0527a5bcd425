"""What the proposals of a call hold by the last decision on each: an award, a place on the reserve list, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from pipgrants.domain.allocation import Standing
from pipgrants.domain.vocabulary import Outcome
from pipgrants.money import EXACT, from_minor
from pipgrants.services.appealed_lines import is_in_part, paid_by_margin
from pipgrants.services.definitions import Terms, proposal_engine
from pipgrants.services.rulebook import AWARDS, ProposalCase
from pipgrants.services.states import given_up_states, states_with
from pipgrants.store.packages import PackageLine
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit
from pipgrants.workflow.engine import Engine


def held_outcome(unit: Unit, row: ProposalRow) -> Outcome | None:
    """What the last decision on a proposal said, None before there is one."""
    line = standing_line(unit, row)
    return None if line is None else Outcome(line.outcome)


def standing_line(unit: Unit, row: ProposalRow) -> PackageLine | None:
    """The last decision on a proposal, None before there is one."""
    package = row.determination_package
    return None if package is None else unit.packages.line(package, row.number)


def holdings(unit: Unit, terms: Terms, returned: Mapping[str, Decimal]) -> Standing:
    """What the proposals of a call hold (``standing_of``)."""
    engine = proposal_engine(unit.calls, terms.row)
    states = {row.number: row.state for row in unit.proposals.rows(terms.row.call)}
    return standing_of(engine, states, unit.packages.standing(terms.row.call), returned, terms.call.currency)


def standing_of(
    engine: Engine[ProposalCase],
    states: Mapping[str, str],
    decided: Iterable[PackageLine],
    returned: Mapping[str, Decimal],
    currency: str,
) -> Standing:
    """The awards that stand, less what came back of them, and those on the reserve list.

    Held back are those on it that cannot be promoted now: an appeal is open, or a letter waits for release. What comes
    back of an award comes back last to the margin kept for appeals.
    """
    given_up, can_be_promoted = given_up_states([engine]), states_with(engine, "promote")
    frozen: dict[str, Decimal] = {}
    by_margin: dict[str, Decimal] = {}
    waiting, has_last = set(), False
    for line in decided:
        number = line.proposal
        if states[number] in given_up:
            continue
        if line.outcome in AWARDS:
            amount = from_minor(line.amount_minor or 0, currency)
            frozen[number] = EXACT.subtract(amount, returned.get(number, Decimal(0)))
            has_last |= is_in_part(line)
            if paid := paid_by_margin(line):
                by_margin[number] = min(paid, frozen[number])
        elif line.outcome == Outcome.RESERVE:
            waiting.add(number)
    held_back = frozenset(number for number in waiting if states[number] not in can_be_promoted)
    return Standing(frozen, frozenset(waiting), by_margin, held_back, has_last)
