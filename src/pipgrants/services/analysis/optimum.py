"""``analysis optimum``: the selection of the greatest objective, beside the one that the rule of the call makes.

The stage is derived from the entries, as it was before its decisions were approved, or as it is now, and the rule is
run over it. The optimum keeps to the same envelopes and exclusions (``domain.selection``).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from pipgrants.analysis import SECONDS
from pipgrants.domain.allocation_terms import AllocationRule
from pipgrants.domain.binary_program import BinaryProgram
from pipgrants.domain.selection import Candidate, Selection, SelectionCase, relative_gap
from pipgrants.domain.vocabulary import Objective, Stage
from pipgrants.errors import RefusedError
from pipgrants.money import from_minor
from pipgrants.services.analysis.advice import Provenance, permitted_analysis, provenance
from pipgrants.services.audit.point import Point
from pipgrants.services.determinations import Ground
from pipgrants.services.workspace import Identity, Workspace, silent
from pipgrants.store.unit import Unit
from pipgrants.trail.canonical import digest


class Funded(NamedTuple):
    """A proposal that a selection funds, with its place in the ranking, its total and its award."""

    proposal: str
    rank: int
    total: Decimal
    amount: Decimal


class Optimum(NamedTuple):
    """The best selection found, and that of the rule.

    No selection exceeds ``bound``; ``gap`` is what lies between it and the one found, as a share of the bound to six
    decimals, rounded up. ``is_proved`` says that it is none; ``is_settled`` that of all selections of the same value
    this is the best ranked, so that whoever repeats it gets the same. ``rule`` is the plain one where the call
    ``announced`` an objective.
    """

    call: str
    currency: str
    rule: AllocationRule
    objective: Objective
    announced: Objective | None
    competing_count: int
    by_rule: Selection
    by_optimum: Selection
    bound: Decimal
    gap: Decimal
    is_proved: bool
    is_settled: bool
    seconds: int
    only_by_rule: tuple[Funded, ...]
    only_by_optimum: tuple[Funded, ...]
    made_by: Provenance


def optimum(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    objective: Objective = Objective.SUM_OF_SCORES,
    seconds: int = SECONDS,
    progress: Callable[[int], None] = silent,
) -> Optimum:
    """The selection of the greatest objective that searches of some seconds each find, beside that of the rule.

    Raises RefusedError where the proposals are not ranked, none competes, or the money is shared among all that are
    funded; and what ``permitted_analysis`` raises.
    """
    with permitted_analysis(workspace, who, now, "analysis.optimum", call) as unit:
        ground = ground_of(unit, call, progress)
    return optimum_of(ground, objective=objective, seconds=seconds)


def optimum_of(ground: Ground, *, objective: Objective = Objective.SUM_OF_SCORES, seconds: int = SECONDS) -> Optimum:
    """The same over a stage that is derived already.

    Raises RefusedError where nobody can be funded, the money is shared, or earmarks overlap in too many ways.
    """
    from pipgrants.analysis.optimum import maximise

    case = _case(ground)
    program = case.program(objective)
    known = case.places(case.awarded)
    best = maximise(program, known, seconds)
    ranks = {row.proposal: row.rank for row in ground.ranking}
    bound, value = case.value(best.bound, objective), case.value(best.value, objective)
    return Optimum(
        call=ground.call.call,
        currency=ground.call.currency,
        rule=case.terms.rule,
        objective=objective,
        announced=ground.call.allocation.objective,
        competing_count=len(case.candidates),
        by_rule=case.selection(known, objective),
        by_optimum=case.selection(best.chosen, objective),
        bound=bound,
        gap=relative_gap(bound, value),
        is_proved=best.is_proved,
        is_settled=best.is_settled,
        seconds=seconds,
        only_by_rule=_funded(case, known - best.chosen, ranks),
        only_by_optimum=_funded(case, best.chosen - known, ranks),
        made_by=provenance(_hash(program)),
    )


def ground_of(unit: Unit, call: str, progress: Callable[[int], None] = silent) -> Ground:
    """The full proposals of a call as they were before their decisions were approved, or as they are now.

    Raises RefusedError where they are not ranked.
    """
    point = Point(unit, call, Stage.PROPOSAL, progress)
    point.find()
    if not any(unit.packages.ranking(call, Stage.PROPOSAL)):
        raise RefusedError(f"the proposals of {call} are not ranked yet", next_step=f"pipgrants rank run {call}")
    side = point.side(point.call.call)
    point.judge(side)
    return side.ground(point.draw_key)


def _case(ground: Ground) -> SelectionCase:
    if ground.call.allocation.shares_money:
        raise RefusedError(
            f"{ground.call.call} shares its money among all that are funded; an optimum is chosen among awards whose "
            "amounts do not depend on who else is funded",
            next_step=f"pipgrants call what-if {ground.call.call} shows what other rules would come to",
        )
    case = ground.selection_case()
    if not case.candidates:
        raise RefusedError(
            f"no proposal of {ground.call.call} reaches the thresholds, so there is nothing to choose from",
            next_step=f"pipgrants rank show {ground.call.call}",
        )
    return case


def _funded(case: SelectionCase, chosen: frozenset[int], ranks: dict[str, int]) -> tuple[Funded, ...]:
    """The candidates chosen, in rank order."""
    found = (case.candidates[place] for place in sorted(chosen))
    return tuple(_line(item, ranks[item.number], case.envelope.currency) for item in found)


def _line(item: Candidate, rank: int, currency: str) -> Funded:
    return Funded(item.number, rank, item.total, from_minor(item.units, currency))


def _hash(program: BinaryProgram) -> str:
    """SHA-256 over all that the selection was made from."""
    numbers = [program.gains, *(part for row in program.rows for part in (row.columns, row.coefficients, (row.limit,)))]
    return digest([[str(number) for number in part] for part in numbers])
