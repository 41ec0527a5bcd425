"""The figures of who was awarded how much: by territory, and by group."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pipgrants.domain.groups import SIZE, TERRITORY, YES
from pipgrants.reports.charts import Bars, Series
from pipgrants.reports.page import Cell, Figure, Section, Table
from pipgrants.services.analysis.fairness import Fairness, Group
from pipgrants.services.report.shown import Round, share

MOST_TERRITORIES = 15
NOTHING_AWARDED = "No money was awarded at this stage."


def money(round_: Round) -> Section:
    """Who asked for how much, and was awarded how much."""
    found = round_.fairness
    territories = next(item for item in found.dimensions if item.dimension == TERRITORY)
    notes = [
        "A proposal counts for the groups of its lead and for the territory of the project. Unknown is what is not on "
        "record, and never no. Differences between groups prove nothing by themselves; rates, ratios and tests are "
        "told by pipgrants analysis fairness.",
        *([] if any(group.awarded_amount for group in territories.groups) else [NOTHING_AWARDED]),
    ]
    return Section("Money by territory and group", notes, [_territories(found, territories.groups), _groups(found)])


def _territories(found: Fairness, groups: Sequence[Group]) -> Figure:
    """What was asked for and awarded by territory, the largest first."""
    ordered = sorted(groups, key=lambda item: (-item.awarded_amount, -item.requested_amount, item.group))
    shown = ordered[:MOST_TERRITORIES]
    unit, name = _unit_of(found.currency, [item.requested_amount for item in shown])
    asked = [item.requested_amount / unit for item in shown]
    awarded = [item.awarded_amount / unit for item in shown]
    chart = Bars(
        [item.group for item in shown],
        [Series("awarded", [*map(float, awarded)]), Series("requested", [*map(float, asked)])],
        [[f"{amount:,.2f}" for amount in amounts] for amounts in (awarded, asked)],
        name,
    )
    funded = sum(item.awarded_amount > 0 for item in groups)
    says = f"Territories to which money went: {funded:,} of {len(groups):,}." + (
        f" Shown are the {len(shown)} with the most." if len(shown) < len(ordered) else ""
    )
    return Figure("territories", "Money by territory", says, _fared("Territory", ordered), chart)


def _groups(found: Fairness) -> Figure:
    """The shares of proposals and of money of those who belong to a group, and of each size."""
    kept = [
        (_group_name(item.dimension, group.group), group)
        for item in found.dimensions
        if item.dimension != TERRITORY
        for group in item.groups
    ]
    shown = [(name, group) for name, group in kept if name.startswith("size") or name.endswith(f": {YES}")]
    shares = [[group.awarded_share or Decimal(0) for _, group in shown], [group.decided_share for _, group in shown]]
    chart = Bars(
        [name.removesuffix(f": {YES}") for name, _ in shown],
        [
            Series(name, [100 * float(share) for share in of])
            for name, of in zip(("of money awarded", "of proposals"), shares, strict=True)
        ],
        [[f"{100 * share:.1f}" for share in of] for of in shares],
        "%",
    )
    says = (
        "The share of all money that each group was awarded, beside its share of all proposals. Groups overlap: a "
        "proposal can count for several."
    )
    table = _fared("Group", [group._replace(group=name) for name, group in kept])
    return Figure("groups", "Money by group", says, table, chart if shown else None)


def _fared(title: str, groups: Sequence[Group]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            item.group,
            item.decided_count,
            item.funded_count,
            item.requested_amount,
            item.awarded_amount,
            share(item.awarded_share),
        )
        for item in groups
    ]
    return Table((title, "Decided on", "Above the line", "Requested", "Awarded", "Of all money"), rows)


def _group_name(dimension: str, group: str) -> str:
    return f"{'size' if dimension == SIZE else dimension.replace('_', ' ')}: {group}"


def _unit_of(currency: str, amounts: Sequence[Decimal]) -> tuple[Decimal, str]:
    """In which unit amounts are drawn, and its name."""
    is_large = max(amounts, default=Decimal(0)) >= 1_000_000
    return (Decimal(1_000_000), f"million {currency}") if is_large else (Decimal(1), currency)
