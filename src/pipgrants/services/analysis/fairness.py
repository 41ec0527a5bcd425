"""``analysis fairness``: how groups fared at each step of a selection, who won and who lost.

Counted are the proposals on which the stage decided: those received in time and not withdrawn before. Their groups are
those on record now (``domain.groups``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from pipgrants.domain.groups import DIMENSIONS, UNKNOWN, groups_of
from pipgrants.domain.plain import exact_sum
from pipgrants.domain.vocabulary import Outcome, Stage
from pipgrants.errors import RefusedError
from pipgrants.money import divide, from_minor, to_minor
from pipgrants.services.analysis.advice import Figure, Provenance, figure, permitted_analysis, provenance, rounded
from pipgrants.services.analysis.score_table import FUNDED, decisions
from pipgrants.services.definitions import Terms, terms_of
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.unit import Unit
from pipgrants.trail.canonical import digest

if TYPE_CHECKING:
    from pipgrants.analysis.fairness import Beside, Passed

DECIMALS = 4
ELIGIBILITY, SCORE, AWARD, OVERALL = "eligibility", "score", "award", "overall"
STEPS = (ELIGIBILITY, SCORE, AWARD, OVERALL)
"""Eligible of those decided on, above the thresholds of the score of those eligible, above the line of those; and above
the line of those decided on."""


class Group(NamedTuple):
    """How a group fared: proposals decided on, eligible, above the thresholds of the score, and above the line.

    ``requested_amount`` and ``awarded_amount`` are over all of them; the shares are of all groups together.
    """

    group: str
    decided_count: int
    eligible_count: int
    passing_count: int
    funded_count: int
    requested_amount: Decimal
    awarded_amount: Decimal
    decided_share: Decimal
    awarded_share: Decimal | None


class Rate(NamedTuple):
    """A group at a step: its rate, and beside the group with the highest one.

    ``ratio`` is that of the rates; ``odds_ratio`` has the exact 95 % interval of Fisher's conditional distribution, and
    ``p_value`` is that of his test. All are None for the group compared with, and where there is nothing to compare.
    """

    group: str
    passed_count: int
    total_count: int
    rate: Decimal | None
    ratio: Decimal | None
    is_below_four_fifths: bool
    odds_ratio: Figure | None
    p_value: Decimal | None
    has_small_counts: bool
    turns_with_one: bool


class Step(NamedTuple):
    """A step of the selection; ``compared_with`` is the group with the highest rate."""

    step: str
    compared_with: str | None
    rates: tuple[Rate, ...]


class MoneyRate(NamedTuple):
    """How much of what a group asked for it was awarded, and the ratio to the group with the largest share."""

    group: str
    share: Decimal | None
    ratio: Decimal | None
    is_below_four_fifths: bool


class Dimension(NamedTuple):
    """The groups of one dimension: how they fared, at each step, and in money."""

    dimension: str
    groups: tuple[Group, ...]
    steps: tuple[Step, ...]
    money_compared_with: str | None
    money: tuple[MoneyRate, ...]


class Fairness(NamedTuple):
    """How groups fared in a stage; ``comparisons_count`` is how many rates were compared in all.

    ``by_any_member`` says that a proposal counts for the priority groups of all its members, not of its lead alone.
    """

    call: str
    stage: Stage
    by_any_member: bool
    currency: str
    decided_count: int
    comparisons_count: int
    dimensions: tuple[Dimension, ...]
    made_by: Provenance


class _Decided(NamedTuple):
    """What became of one proposal, and the groups that it counts for."""

    number: str
    groups: Mapping[str, str]
    is_eligible: bool
    passes: bool
    is_funded: bool
    requested_amount: Decimal
    awarded_amount: Decimal

    def reaches(self, step: str) -> tuple[bool, bool]:
        """Whether it came to a step, and whether it passed it."""
        came = {ELIGIBILITY: True, SCORE: self.is_eligible, AWARD: self.passes, OVERALL: True}
        passed = {ELIGIBILITY: self.is_eligible, SCORE: self.passes, AWARD: self.is_funded, OVERALL: self.is_funded}
        return came[step], came[step] and passed[step]


def fairness(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    stage: Stage | None = None,
    by_any_member: bool = False,
) -> Fairness:
    """How groups fared in a stage whose decisions are prepared or approved. Raises RefusedError before that."""
    with permitted_analysis(workspace, who, now, "analysis.fairness", call) as unit:
        terms = terms_of(unit.calls, call)
        return fairness_of(unit, terms, stage or terms.row.stage, by_any_member=by_any_member)


def fairness_of(unit: Unit, terms: Terms, stage: Stage, *, by_any_member: bool = False) -> Fairness:
    """The same within a reading transaction. Raises RefusedError before the decisions are prepared."""
    call, found = terms.row.call, list(_decided(unit, terms, stage, by_any_member=by_any_member))
    if not found:
        raise RefusedError(
            f"no decision on the {stage.value}s of {call} is prepared yet", next_step=f"pipgrants allocate {call}"
        )
    dimensions = tuple(_dimension(name, found, terms.call.currency) for name in DIMENSIONS)
    inputs = digest([terms.row.definition_hash, stage.value, *(_told(item) for item in found)])
    return Fairness(
        call=call,
        stage=stage,
        by_any_member=by_any_member,
        currency=terms.call.currency,
        decided_count=len(found),
        comparisons_count=sum(
            rate.ratio is not None for item in dimensions for step in item.steps for rate in step.rates
        ),
        dimensions=dimensions,
        made_by=provenance(inputs),
    )


def _told(item: _Decided) -> list[object]:
    amounts = str(item.requested_amount), str(item.awarded_amount)
    return [item.number, dict(item.groups), item.is_eligible, item.passes, item.is_funded, *amounts]


def _decided(unit: Unit, terms: Terms, stage: Stage, *, by_any_member: bool) -> Iterator[_Decided]:
    call, currency = terms.row.call, terms.call.currency
    lines = decisions(unit, call, stage)
    passing = {row.proposal for row in unit.packages.ranking(call, stage) if row.passes_thresholds}
    for batch in unit.proposals.batches(call, currency, frozenset({"members"})) if lines else ():
        for row, proposal in batch:
            if (line := lines.get(row.number)) is not None:
                yield _Decided(
                    number=row.number,
                    groups=groups_of(proposal, by_any_member=by_any_member),
                    is_eligible=line.outcome != Outcome.INELIGIBLE,
                    passes=row.number in passing,
                    is_funded=line.outcome in FUNDED,
                    requested_amount=from_minor(row.grant_minor or 0, currency),
                    awarded_amount=from_minor(line.amount_minor or 0, currency),
                )


def _dimension(name: str, decided: Sequence[_Decided], currency: str) -> Dimension:
    from pipgrants.analysis.fairness import Passed, compared_with

    by_group: dict[str, list[_Decided]] = {}
    for item in sorted(decided, key=lambda item: (item.groups[name] == UNKNOWN, item.groups[name])):
        by_group.setdefault(item.groups[name], []).append(item)
    groups = tuple(_group(group, found, decided) for group, found in by_group.items())
    money = {
        item.group: Passed(to_minor(item.awarded_amount, currency), to_minor(item.requested_amount, currency))
        for item in groups
    }
    largest = compared_with(money, UNKNOWN)
    return Dimension(
        dimension=name,
        groups=groups,
        steps=tuple(_step(step, by_group) for step in STEPS),
        money_compared_with=largest,
        money=tuple(_money(group, money, largest) for group in money),
    )


def _group(group: str, found: Sequence[_Decided], decided: Sequence[_Decided]) -> Group:
    awarded, all_awarded = (exact_sum(item.awarded_amount for item in items) for items in (found, decided))
    return Group(
        group=group,
        decided_count=len(found),
        eligible_count=sum(item.is_eligible for item in found),
        passing_count=sum(item.passes for item in found),
        funded_count=sum(item.is_funded for item in found),
        requested_amount=exact_sum(item.requested_amount for item in found),
        awarded_amount=awarded,
        decided_share=divide(Decimal(len(found)), Decimal(len(decided)), DECIMALS),
        awarded_share=divide(awarded, all_awarded, DECIMALS) if all_awarded else None,
    )


def _money(group: str, money: Mapping[str, Passed], largest: str | None) -> MoneyRate:
    from pipgrants.analysis.fairness import FOUR_FIFTHS, ratio

    found = None if largest is None or group == largest else ratio(money[group], money[largest])
    return MoneyRate(group, _shown(money[group].rate), _shown(found), found is not None and found < FOUR_FIFTHS)


def _step(step: str, by_group: Mapping[str, Sequence[_Decided]]) -> Step:
    from pipgrants.analysis.fairness import Passed, beside, compared_with

    reached = {group: [item.reaches(step) for item in found] for group, found in by_group.items()}
    counts = {
        group: Passed(sum(passed for _, passed in found), sum(came for came, _ in found))
        for group, found in reached.items()
    }
    highest = compared_with(counts, UNKNOWN)
    return Step(
        step,
        highest,
        tuple(
            _rate(group, item, None if highest in (None, group) else beside(group, item, counts[highest or ""]))
            for group, item in counts.items()
        ),
    )


def _rate(group: str, item: Passed, found: Beside | None) -> Rate:
    return Rate(
        group=group,
        passed_count=item.passed,
        total_count=item.total,
        rate=_shown(item.rate),
        ratio=None if found is None else _shown(found.ratio),
        is_below_four_fifths=found is not None and found.is_below_four_fifths,
        odds_ratio=None if found is None else figure(found.odds_ratio),
        p_value=None if found is None or found.p_value is None else rounded(found.p_value),
        has_small_counts=found is not None and found.has_small_counts,
        turns_with_one=found is not None and found.turns_with_one,
    )


def _shown(share: Fraction | None) -> Decimal | None:
    return None if share is None else divide(Decimal(share.numerator), Decimal(share.denominator), DECIMALS)
