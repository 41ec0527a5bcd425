"""``call what-if``: a stage of a call derived again in memory with other values in its definition. Nothing is written.

Both sides, as the call is and as it would be, are derived from the entries in the same way: every application is
screened as it stood when the stage was decided, or now, with the papers contested and the parties excluded at the last
screening; those that compete are ranked by the marks on record and the draw's key on record, and decided.

A proposal that would newly compete and has no marks is *to be scored*; one that would be asked something that it was
never asked is *to be clarified*: neither can be decided. A call may here be laxer than its programme.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from pipgrants.domain.operating_criteria import check_against
from pipgrants.domain.plain import plain_amount
from pipgrants.domain.vocabulary import Stage
from pipgrants.services.access import permitted_read
from pipgrants.services.audit.changed_call import changed_call, value_at
from pipgrants.services.audit.point import Point
from pipgrants.services.audit.standing import TO_BE_CLARIFIED, TO_BE_SCORED, Side, Standing
from pipgrants.services.calls import open_envelopes
from pipgrants.services.definitions import terms_of
from pipgrants.services.workspace import Identity, Workspace, silent


class Move(NamedTuple):
    """A proposal of which something would be otherwise."""

    proposal: str
    before: Standing
    after: Standing

    @property
    def is_decided_otherwise(self) -> bool:
        """Whether more than its rank would be otherwise."""
        return self.before._replace(rank=None) != self.after._replace(rank=None)


class Total(NamedTuple):
    """How many proposals have an outcome, and how much they receive together."""

    proposals: int
    amount: str


class Change(NamedTuple):
    """A value of the definition: ``before`` is None where the definition leaves it out, or it is not a single one."""

    path: str
    before: str | None
    after: str


class WhatIf(NamedTuple):
    """What other values in a call's definition would come to.

    ``totals`` gives what was and would be by outcome. ``undrawn`` are the proposals tied without a draw, which stand in
    number order here; ``drawn_anew`` those in a pool that was not drawn so, ordered by the key on record.
    ``still_unmet`` says of those that would meet a criterion that they do not, and would be excluded all the same, how
    many there are by the criteria that would exclude them.
    """

    call: str
    stage: Stage
    currency: str
    changes: tuple[Change, ...]
    laxer: tuple[str, ...]
    proposals_count: int
    moves: tuple[Move, ...]
    totals: Mapping[str, tuple[Total, Total]]
    to_be_scored: tuple[str, ...]
    to_be_clarified: tuple[str, ...]
    undrawn: tuple[str, ...]
    drawn_anew: tuple[str, ...]
    still_unmet: Mapping[str, int]


def what_if(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    changes: Mapping[str, str],
    stage: Stage | None = None,
    progress: Callable[[int], None] = silent,
) -> WhatIf:
    """Who would move if values of a call's definition, given as text by dotted path, were others.

    ``stage`` is the one that the call is selecting unless given. Raises DefinitionError with every mistake of the
    values, RefusedError where nothing is decided by them or the stage was not screened, NotAuthorisedError.
    """
    with permitted_read(workspace, who, now, "call.what_if", f"call/{call}") as unit:
        terms = terms_of(unit.calls, call)
        changed = changed_call(unit.calls.definition(terms.row.definition_hash).content, changes, call)
        point = Point(unit, call, stage or terms.row.stage, progress)
        point.find()
        text = unit.calls.definition(point.call.hashes["call"]).content
        before, after = point.side(point.call.call), point.side(changed_call(text, changes, call))
        point.judge(before, after)
        laxer = check_against(changed, terms.programme, open_envelopes(unit, changed))
    told = tuple(Change(path, value_at(text, path), value) for path, value in changes.items())
    return _compared(point, before, after, told, tuple(item.message for item in laxer))


def _compared(point: Point, before: Side, after: Side, changes: tuple[Change, ...], laxer: tuple[str, ...]) -> WhatIf:
    was, would_be = before.standings(point.draw_key), after.standings(point.draw_key)
    pools = {row.proposal: row.drawn_among for row in before.ranking}
    drawn_anew = (
        row.proposal for row in after.ranking if row.drawn_among and row.drawn_among != pools.get(row.proposal)
    )
    currency = before.call.currency
    totals_before, totals_after = _totals(was, currency), _totals(would_be, currency)
    nobody = Total(0, plain_amount(Decimal(0), currency))
    moves = (Move(number, was[number], would_be[number]) for number in sorted(was))
    return WhatIf(
        call=point.call.name,
        stage=point.call.stage,
        currency=currency,
        changes=changes,
        laxer=laxer,
        proposals_count=point.proposals_count,
        moves=tuple(move for move in moves if move.before != move.after),
        totals={
            outcome: (totals_before.get(outcome, nobody), totals_after.get(outcome, nobody))
            for outcome in sorted(totals_before.keys() | totals_after.keys())
        },
        to_be_scored=_newly(TO_BE_SCORED, was, would_be),
        to_be_clarified=_newly(TO_BE_CLARIFIED, was, would_be),
        undrawn=after.undrawn,
        drawn_anew=tuple(sorted(drawn_anew)),
        still_unmet=_still_unmet(before.unmet(), after.unmet()),
    )


def _still_unmet(was: Mapping[str, frozenset[str]], would_be: Mapping[str, frozenset[str]]) -> dict[str, int]:
    gaining = (number for number in was.keys() & would_be.keys() if was[number] - would_be[number])
    return dict(sorted(Counter(criterion for number in gaining for criterion in would_be[number]).items()))


def _newly(outcome: str, was: Mapping[str, Standing], would_be: Mapping[str, Standing]) -> tuple[str, ...]:
    return tuple(
        number for number in sorted(was) if would_be[number].outcome == outcome and was[number].outcome != outcome
    )


def _totals(standings: Mapping[str, Standing], currency: str) -> dict[str, Total]:
    counts = Counter(item.outcome for item in standings.values())
    amounts = {outcome: Decimal(0) for outcome in counts}
    for item in standings.values():
        amounts[item.outcome] += Decimal(item.amount or 0)
    return {outcome: Total(count, plain_amount(amounts[outcome], currency)) for outcome, count in counts.items()}
