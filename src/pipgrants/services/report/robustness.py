"""The figures of what the list hangs on: weights and evaluators."""

from __future__ import annotations

from collections.abc import Sequence

from pipgrants.reports.charts import Mark, Marks
from pipgrants.reports.page import Cell, Figure, Section, Table
from pipgrants.services.analysis.evaluators import EvaluatorLine, Evaluators
from pipgrants.services.analysis.robustness import Robust
from pipgrants.services.report.shown import MOST_AROUND_LINE, Round, around, label
from pipgrants.services.report.words import ReportWords

WEIGHT_DECIMALS = 3
"""Of the percentages of weights: in a large round a hair alters the list."""


def acceptability(round_: Round) -> Section:
    """Under how many admissible weights the proposals around the line are funded."""
    say, found = round_.words.text, round_.robustness
    rules = ", ".join(say(f"left_out.{rule}") for rule in found.left_out)
    others = round_.words.named(found.otherwise)
    notes = [
        say("acceptability.any", draws=found.draws),
        *([say("acceptability.left_out", rules=rules)] if found.left_out else []),
        *([say("acceptability.otherwise", named=others)] if found.otherwise else []),
    ]
    return Section(say("acceptability.heading"), notes, [_acceptable(round_), _changes(round_)])


def _acceptable(round_: Round) -> Figure:
    say, found = round_.words.text, round_.robustness
    shown = around(found.proposals, found.funded_count)
    chart = Marks(
        [Mark(label(item.rank, item.proposal), 100 * item.funded_share, is_filled=item.is_funded) for item in shown],
        say("acceptability.axis", funded=round_.funded),
        round_.funded,
        round_.not_funded,
        limits=(-3, 103),
    )
    always = sum(item.funded_share == 1 for item in found.proposals)
    never = sum(item.funded_share == 0 for item in found.proposals)
    count = len(found.proposals)
    told = {"count": count, "always": always, "never": never, "sometimes": count - always - never}
    says = say("acceptability.says", funded=round_.funded, **told)
    return Figure("acceptability", say("acceptability.title"), says, _acceptable_data(round_.words, shown), chart)


def _acceptable_data(words: ReportWords, shown: Sequence[Robust]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            item.proposal,
            item.rank,
            item.points_from_line,
            words.share(item.funded_share),
            item.best_rank,
            item.worst_rank,
            item.mean_rank,
        )
        for item in shown
    ]
    told = [words.text(f"acceptability.{name}") for name in ("points", "share", "best", "worst", "mean")]
    return Table([words.text("column.proposal"), words.text("column.rank"), *told], rows)


def _changes(round_: Round) -> Figure:
    """The smallest change of each weight that alters the list."""
    say, words, found = round_.words.text, round_.words, round_.robustness
    titles = {item.code: words.title(item.title) for item in round_.table.criteria}
    rows: list[tuple[Cell, ...]] = [
        (
            say("changes.more" if item.is_rise else "changes.less", criterion=titles[item.criterion]),
            words.share(item.weight, WEIGHT_DECIMALS),
            words.share(item.changed_weight, WEIGHT_DECIMALS),
            words.named(item.enters),
            words.named(item.leaves),
        )
        for item in found.weight_changes
    ]
    altering = [item for item in found.weight_changes if item.changed_weight is not None]
    nearest = min(altering, key=lambda item: abs((item.changed_weight or item.weight) - item.weight), default=None)
    says = say("changes.none")
    if nearest is not None:
        says = say(
            "changes.says",
            criterion=titles[nearest.criterion],
            weight=words.share(nearest.weight, WEIGHT_DECIMALS) or "",
            changed=words.share(nearest.changed_weight, WEIGHT_DECIMALS) or "",
        )
    columns = [say(f"changes.{name}") for name in ("criterion", "weight", "at", "enters", "leaves")]
    return Figure("changes", say("changes.title"), says, Table(columns, rows))


def leniency(words: ReportWords, found: Evaluators) -> Section:
    """How much too high each evaluator marks; of many, the strictest and the most lenient."""
    say, half = words.text, MOST_AROUND_LINE // 2
    lines: Sequence[EvaluatorLine] = found.evaluators
    shown = lines if len(lines) <= MOST_AROUND_LINE else (*lines[:half], *lines[-half:])
    notes = [
        say("leniency.note"),
        *([say("leniency.parts", count=found.parts_count)] if found.parts_count > 1 else []),
    ]
    chart = Marks(
        [Mark(item.evaluator, item.leniency) for item in shown],
        say("leniency.axis"),
        line=0,
        line_name=say("leniency.line"),
    )
    strictest, softest = lines[0], lines[-1]
    says = say(
        "leniency.says",
        lowest=words.number(strictest.leniency, "+,"),
        strictest=strictest.evaluator,
        highest=words.number(softest.leniency, "+,"),
        softest=softest.evaluator,
        count=len(lines),
    )
    if len(shown) < len(lines):
        says += " " + say("leniency.shown", half=half)
    rows = [(item.evaluator, item.proposals_count, item.mean, item.leniency) for item in shown]
    table = Table([say(f"leniency.{name}") for name in ("evaluator", "marked", "mean", "leniency")], rows)
    return Section(say("leniency.heading"), notes, [Figure("leniency", say("leniency.title"), says, table, chart)])
