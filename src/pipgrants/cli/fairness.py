"""``analysis fairness``: how groups fared, and which rates lie below four fifths of the highest."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import typer

from pipgrants.cli import output
from pipgrants.cli.advice import AnyMember, StageOption, show
from pipgrants.cli.context import CallName, run_of

if TYPE_CHECKING:
    from pipgrants.services.analysis.advice import Figure as Estimated
    from pipgrants.services.analysis.fairness import Dimension, Fairness, Group, Rate, Step

AMOUNT = "amount"


def fairness(
    context: typer.Context,
    call: CallName,
    stage: StageOption = None,
    any_member: AnyMember = False,
) -> None:
    """Show how groups fared at each step.

    For each group: eligible of those decided on, above the thresholds of the score of those eligible, above the line of
    those, above the line of all, and money awarded of money asked for; each beside the group with the highest rate.
    """
    from pipgrants.services.analysis.fairness import fairness as measure

    run = run_of(context)
    found = measure(run.workspace, run.who, run.now, call=call, stage=stage, by_any_member=any_member)
    show(run, found._asdict(), found.made_by, _text(found))


BY_LEAD = "A proposal counts for the groups of its lead and for the territory of the project."
BY_ANY_MEMBER = (
    "A proposal counts for the groups of any of its members, for the size of its lead, and for the territory of the "
    "project."
)
UNKNOWN = "Unknown is what is not on record, and never no."
NOTES = (
    "Below four fifths of the highest rate is a rule of thumb (29 CFR 1607.4(D)), and proves nothing by itself.",
    "In brackets is the exact 95 % interval of the odds ratio (Fisher); the ratio of rates has none. The highest rate "
    "is known only afterwards, and many are compared: a small p says less than it seems.",
    "Counts are small where fewer than 5 are expected to pass, or not to.",
)


def _text(found: Fairness) -> list[str]:
    compared = f"{output.count(found.comparisons_count, 'rate')} beside the highest of their step."
    counted = f"{BY_ANY_MEMBER if found.by_any_member else BY_LEAD} {UNKNOWN}"
    return [
        f"{found.call}: {output.count(found.decided_count, found.stage.value)} decided on.",
        compared,
        *output.heading("To know", [line for note in (counted, *NOTES) for line in output.paragraph(note, width=78)]),
        *(line for item in found.dimensions for line in (*_groups(item, found.currency), *_below(item))),
    ]


def _groups(dimension: Dimension, currency: str) -> list[str]:
    titles = ("Group", "Decided", "Eligible", "Passing", "Funded", "Rate", f"{currency} awarded", "Of asked")
    overall = {rate.group: rate.rate for rate in dimension.steps[-1].rates}
    shares = {item.group: item.share for item in dimension.money}
    rows = [_group(item, overall[item.group], shares[item.group]) for item in dimension.groups]
    return output.rows(output.words(dimension.dimension).capitalize(), titles, rows)


def _group(item: Group, rate: Decimal | None, share: Decimal | None) -> tuple[object, ...]:
    awarded = output.figure(item.awarded_amount)
    counts = item.decided_count, item.eligible_count, item.passing_count, item.funded_count
    return (item.group, *counts, _share(rate), awarded, _share(share))


def _below(dimension: Dimension) -> list[str]:
    """The ratios below four fifths; those of small counts are counted."""
    below = [(step, rate) for step in dimension.steps for rate in step.rates if rate.is_below_four_fifths]
    rows = [_rate(step, rate) for step, rate in below if not rate.has_small_counts]
    small_count = len(below) - len(rows)
    largest = next((item.share for item in dimension.money if item.group == dimension.money_compared_with), None)
    beside = f"{dimension.money_compared_with} {_share(largest)}"
    rows += [
        (AMOUNT, item.group, _share(item.share), beside, _ratio(item.ratio), None, None)
        for item in dimension.money
        if item.is_below_four_fifths
    ]
    titles = ("Below 4/5", "Group", "Rate", "Beside", "Ratio", "Odds ratio", "p")
    more = [f"{output.INDENT}and {small_count:,} more of small counts (--json lists all)"] if small_count else []
    return [*output.rows("", titles, rows), *more]


def _rate(step: Step, rate: Rate) -> tuple[object, ...]:
    highest = next((item.rate for item in step.rates if item.group == step.compared_with), None)
    beside = f"{step.compared_with} {_share(highest)}"
    return step.step, rate.group, _share(rate.rate), beside, _ratio(rate.ratio), _exact(rate.odds_ratio), rate.p_value


def _exact(odds: Estimated | None) -> output.Figure:
    if odds is None or odds.value is None:
        return output.Figure(output.NOTHING)
    high = "any" if odds.high is None else f"{odds.high:.2f}"
    return output.Figure(f"{odds.value:.2f} ({odds.low:.2f}-{high})")


def _share(share: Decimal | None) -> output.Figure:
    return output.Figure(output.NOTHING if share is None else f"{100 * share:.1f} %")


def _ratio(ratio: Decimal | None) -> output.Figure:
    return output.Figure(output.NOTHING if ratio is None else f"{ratio:.2f}")
