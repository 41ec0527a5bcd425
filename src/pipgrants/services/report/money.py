"""The figures of who was awarded how much: by territory, and by group."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pipgrants.domain.groups import NO, SIZE, TERRITORY, UNKNOWN, YES
from pipgrants.reports.charts import Bars, Series
from pipgrants.reports.page import Cell, Figure, Section, Table
from pipgrants.services.analysis.fairness import Group
from pipgrants.services.report.shown import Round
from pipgrants.services.report.words import ReportWords

MOST_TERRITORIES = 15


def money(round_: Round) -> Section:
    """Who asked for how much, and was awarded how much."""
    say = round_.words.text
    territories = next(item for item in round_.fairness.dimensions if item.dimension == TERRITORY)
    is_awarded = any(group.awarded_amount for group in territories.groups)
    counts = say("money.any_member" if round_.fairness.by_any_member else "money.lead")
    notes = [f"{counts} {say('money.note')}", *([] if is_awarded else [say("money.nothing")])]
    return Section(say("money.heading"), notes, [_territories(round_, territories.groups), _groups(round_)])


def _territories(round_: Round, groups: Sequence[Group]) -> Figure:
    """What was asked for and awarded by territory, the largest first."""
    say, words = round_.words.text, round_.words
    ordered = [
        item._replace(group=_named(words, item.group))
        for item in sorted(groups, key=lambda item: (-item.awarded_amount, -item.requested_amount, item.group))
    ]
    shown = ordered[:MOST_TERRITORIES]
    unit, name = _unit_of(words, round_.fairness.currency, [item.requested_amount for item in shown])
    asked = [item.requested_amount / unit for item in shown]
    awarded = [item.awarded_amount / unit for item in shown]
    chart = Bars(
        [item.group for item in shown],
        [Series(say("money.awarded"), awarded), Series(say("money.requested"), asked)],
        [[words.number(amount, ",.2f") for amount in amounts] for amounts in (awarded, asked)],
        name,
    )
    says = say("territories.says", funded=sum(item.awarded_amount > 0 for item in groups), count=len(groups))
    if len(shown) < len(ordered):
        says += " " + say("territories.shown", count=len(shown))
    return Figure("territories", say("territories.title"), says, _fared(words, "column.territory", ordered), chart)


def _groups(round_: Round) -> Figure:
    """The shares of proposals and of money of those who belong to a group, and of each size."""
    say, words = round_.words.text, round_.words
    kept = [
        (item.dimension, group)
        for item in round_.fairness.dimensions
        if item.dimension != TERRITORY
        for group in item.groups
    ]
    shown = [(dimension, group) for dimension, group in kept if dimension == SIZE or group.group == YES]
    shares = [
        [100 * (group.awarded_share or Decimal(0)) for _, group in shown],
        [100 * group.decided_share for _, group in shown],
    ]
    chart = Bars(
        [
            _of(words, dimension, group.group) if dimension == SIZE else words.word(dimension)
            for dimension, group in shown
        ],
        [Series(say("groups.of_money"), shares[0]), Series(say("groups.of_proposals"), shares[1])],
        [[words.number(share, ".1f") for share in of] for of in shares],
        "%",
    )
    rows = [group._replace(group=_of(words, dimension, group.group)) for dimension, group in kept]
    table = _fared(words, "column.group", rows)
    return Figure("groups", say("groups.title"), say("groups.says"), table, chart if shown else None)


def _fared(words: ReportWords, name: str, groups: Sequence[Group]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            item.group,
            item.decided_count,
            item.funded_count,
            item.requested_amount,
            item.awarded_amount,
            words.share(item.awarded_share),
        )
        for item in groups
    ]
    told = ("decided", "above", "requested", "awarded", "of_money")
    return Table([words.text(name), *(words.text(f"column.{column}") for column in told)], rows)


def _of(words: ReportWords, dimension: str, group: str) -> str:
    """A group with the name of its dimension."""
    return f"{words.text('group.size_class') if dimension == SIZE else words.word(dimension)}: {_named(words, group)}"


def _named(words: ReportWords, group: str) -> str:
    return words.text(f"group.{group}") if group in (YES, NO, UNKNOWN) else words.word(group)


def _unit_of(words: ReportWords, currency: str, amounts: Sequence[Decimal]) -> tuple[Decimal, str]:
    """In which unit amounts are drawn, and its name."""
    is_large = max(amounts, default=Decimal(0)) >= 1_000_000
    return (Decimal(1_000_000), words.text("money.million", currency=currency)) if is_large else (Decimal(1), currency)
