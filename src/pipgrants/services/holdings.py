"""What the proposals of a call hold by the last decision on each: an award, a place on the reserve list, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pipgrants.domain.allocation import Standing
from pipgrants.domain.appeal import Source
from pipgrants.domain.vocabulary import Outcome
from pipgrants.money import EXACT, from_minor
from pipgrants.services.appealed_lines import source_of
from pipgrants.services.definitions import Terms, proposal_engine
from pipgrants.services.rulebook import AWARDS
from pipgrants.services.states import given_up_states, states_with
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit


def held_outcome(unit: Unit, row: ProposalRow) -> Outcome | None:
    """What the last decision on a proposal said, None before there is one."""
    package = row.determination_package
    line = None if package is None else unit.packages.line(package, row.number)
    return None if line is None else Outcome(line.outcome)


def holdings(unit: Unit, terms: Terms, returned: Mapping[str, Decimal]) -> Standing:
    """The awards that stand, less what came back of them, and those on the reserve list that can be promoted."""
    engine = proposal_engine(unit.calls, terms.row)
    given_up, can_be_promoted = given_up_states([engine]), states_with(engine, "promote")
    lines = unit.packages.determined(terms.row.call)
    frozen: dict[str, Decimal] = {}
    by_margin: set[str] = set()
    waiting: set[str] = set()
    for row in unit.proposals.rows(terms.row.call):
        line = lines.get(row.number)
        if line is None or row.state in given_up:
            continue
        if line.outcome in AWARDS:
            amount = from_minor(line.amount_minor or 0, terms.call.currency)
            frozen[row.number] = EXACT.subtract(amount, returned.get(row.number, Decimal(0)))
            if source_of(line) is Source.MARGIN:
                by_margin.add(row.number)
        elif line.outcome == Outcome.RESERVE and row.state in can_be_promoted:
            waiting.add(row.number)
    return Standing(frozen, frozenset(waiting), frozenset(by_margin))
