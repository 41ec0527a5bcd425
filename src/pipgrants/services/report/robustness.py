"""The figures of what the list hangs on: weights and evaluators."""

from __future__ import annotations

from collections.abc import Sequence

from pipgrants.reports.charts import Mark, Marks
from pipgrants.reports.page import Cell, Figure, Section, Table
from pipgrants.services.analysis.evaluators import EvaluatorLine, Evaluators
from pipgrants.services.analysis.robustness import Robust
from pipgrants.services.report.shown import MOST_AROUND_LINE, Round, around, in_english, label, named, share

WEIGHT_DECIMALS = 3
"""Of the percentages of weights: in a large round a hair alters the list."""


def acceptability(round_: Round) -> Section:
    """Under how many admissible weights the proposals around the line are funded."""
    found = round_.robustness
    weights = "any weights" if found.spread is None else f"weights within {share(found.spread)} of the published ones"
    notes = [
        f"{found.draws:,} sets of weights were drawn, {weights}; under each, the money went down the ranking again by "
        "the rule of the call.",
        *([f"Not followed under other weights: {', '.join(found.left_out)}."] if found.left_out else []),
        *([f"Decided otherwise than on record for that reason: {named(found.otherwise)}."] if found.otherwise else []),
    ]
    shown = around(found.proposals, found.funded_count)
    chart = Marks(
        [
            Mark(label(item.rank, item.proposal), 100 * float(item.funded_share), is_filled=item.is_funded)
            for item in shown
        ],
        f"{round_.funded}, % of admissible weights",
        round_.funded,
        round_.not_funded,
        limits=(-3, 103),
    )
    always = sum(item.funded_share == 1 for item in found.proposals)
    never = sum(item.funded_share == 0 for item in found.proposals)
    says = (
        f"Of {len(found.proposals):,} ranked, {always:,} are {round_.funded} under all weights drawn, {never:,} under "
        f"none, {len(found.proposals) - always - never:,} under some."
    )
    return Section("If the weights were others", notes, [_acceptable(shown, says, chart), _changes(round_)])


def _acceptable(shown: Sequence[Robust], says: str, chart: Marks) -> Figure:
    rows: list[tuple[Cell, ...]] = [
        (
            item.proposal,
            item.rank,
            item.points_from_line,
            share(item.funded_share),
            item.best_rank,
            item.worst_rank,
            item.mean_rank,
        )
        for item in shown
    ]
    columns = ("Proposal", "Rank", "Points from the line", "Funded under", "Best rank", "Worst rank", "Mean rank")
    return Figure("acceptability", "Acceptability around the line", says, Table(columns, rows), chart)


def _changes(round_: Round) -> Figure:
    """The smallest change of each weight that alters the list."""
    found = round_.robustness
    titles = {item.code: in_english(item.title) for item in round_.table.criteria}
    rows: list[tuple[Cell, ...]] = [
        (
            f"{'More' if item.is_rise else 'Less'}: {titles[item.criterion]}",
            share(item.weight, WEIGHT_DECIMALS),
            share(item.changed_weight, WEIGHT_DECIMALS),
            named(item.enters),
            named(item.leaves),
        )
        for item in found.weight_changes
    ]
    altering = [item for item in found.weight_changes if item.changed_weight is not None]
    nearest = min(altering, key=lambda item: abs((item.changed_weight or item.weight) - item.weight), default=None)
    says = (
        "No change of one weight alone alters the list."
        if nearest is None
        else f"The smallest of all: {titles[nearest.criterion]}, from {share(nearest.weight, WEIGHT_DECIMALS)} of all "
        f"weight to {share(nearest.changed_weight, WEIGHT_DECIMALS)}."
    )
    table = Table(("Criterion", "Weight", "Alters the list at", "Enters", "Leaves"), rows)
    return Figure("changes", "The smallest change of each weight that alters the list", says, table)


def leniency(found: Evaluators) -> Section:
    """How much too high each evaluator marks; of many, the strictest and the most lenient."""
    half = MOST_AROUND_LINE // 2
    lines: Sequence[EvaluatorLine] = found.evaluators
    shown = lines if len(lines) <= MOST_AROUND_LINE else (*lines[:half], *lines[-half:])
    notes = [
        "Leniency is how many points an evaluator gives more than the others for the same proposals, as far as marks "
        "tell. It corrects nothing: published totals are as they were given.",
        *(
            [
                f"The review graph has {found.parts_count} parts that no evaluator joins: leniency cannot be told from "
                "better proposals between them."
            ]
            if found.parts_count > 1
            else []
        ),
    ]
    chart = Marks(
        [Mark(item.evaluator, float(item.leniency)) for item in shown],
        "points more than others give",
        line=0,
        line_name="like the others",
    )
    strictest, softest = lines[0], lines[-1]
    says = (
        f"From {strictest.leniency:+} ({strictest.evaluator}) to {softest.leniency:+} ({softest.evaluator}) among "
        f"{len(lines):,} evaluators."
    ) + (f" Shown are the {half} strictest and the {half} most lenient." if len(shown) < len(lines) else "")
    rows = [(item.evaluator, item.proposals_count, item.mean, item.leniency) for item in shown]
    table = Table(("Evaluator", "Marked", "Mean", "Leniency"), rows)
    return Section("Evaluators", notes, [Figure("leniency", "Leniency of the evaluators", says, table, chart)])
