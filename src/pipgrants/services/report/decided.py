"""The figures of what is decided, or could be, otherwise than by the ranking alone: a selection, and appeals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pipgrants.domain.appeal import AppealStanding
from pipgrants.domain.plain import plain_number
from pipgrants.domain.selection import Selection
from pipgrants.domain.vocabulary import Objective
from pipgrants.reports.charts import Bars, Series
from pipgrants.reports.page import Cell, Figure, Section, Table
from pipgrants.services.analysis.optimum import Optimum
from pipgrants.services.report.shown import Beside, Round
from pipgrants.services.report.words import ReportWords


def announced_of(told: Mapping[str, Any]) -> Beside:
    """The selection of a call that announced its objective, as the package of its decisions tells it."""
    plain = told["plain"]
    return Beside(
        is_announced=True,
        objective=Objective(told["objective"]),
        rule=plain["rule"],
        here=_side(told),
        there=_side(plain),
        bound=Decimal(told["bound"]),
        gap=Decimal(told["gap"]),
        is_proved=told["proved"],
        is_settled=told["settled"],
        only_here=[number for number in told["funded"] if number not in set(plain["funded"])],
        only_there=[number for number in plain["funded"] if number not in set(told["funded"])],
    )


def _side(told: Mapping[str, Any]) -> Selection:
    return Selection(Decimal(told["value"]), told["awards"], Decimal(told["amount"]), Decimal(told["mean"]))


def advisory_of(found: Optimum) -> Beside:
    """The best selection of a call that announced none."""
    return Beside(
        is_announced=False,
        objective=found.objective,
        rule=found.rule.value,
        here=_shortened(found.by_optimum),
        there=_shortened(found.by_rule),
        bound=_short(found.bound),
        gap=found.gap,
        is_proved=found.is_proved,
        is_settled=found.is_settled,
        only_here=[item.proposal for item in found.only_by_optimum],
        only_there=[item.proposal for item in found.only_by_rule],
    )


def _shortened(item: Selection) -> Selection:
    return item._replace(value=_short(item.value))


def _short(value: Decimal) -> Decimal:
    """The same without trailing zeros."""
    return Decimal(plain_number(value))


def selection(round_: Round) -> Section:
    """The selection of the greatest objective beside that of the ranking: the call's own, or advisory."""
    say, words, found = round_.words.text, round_.words, round_.beside
    if found is None:
        return Section(say("optimum.heading"), [say("optimum.none")])
    kind = "announced" if found.is_announced else "optimum"
    sides = {say(f"{kind}.found"): found.here, say(f"{kind}.rule"): found.there}
    counts = [side.awards_count for side in sides.values()]
    chart = Bars(
        [*sides], [Series(say("selection.awards"), counts)], [[*map(words.number, counts)]], say("selection.awards")
    )
    says = " ".join(
        [
            proof(words, found),
            say("selection.only", here=words.named(found.only_here), there=words.named(found.only_there)),
        ]
    )
    columns = [say(f"selection.{name}") for name in ("selection", "objective", "count", "amount", "mean")]
    rows: list[tuple[Cell, ...]] = [(name, *side) for name, side in sides.items()]
    figure = Figure("optimum", say(f"{kind}.title"), says, Table(columns, rows), chart)
    return Section(say(f"{kind}.heading"), _notes(round_, found), [figure])


def proof(words: ReportWords, found: Beside) -> str:
    """Whether any selection may have more, by the bound and the gap."""
    say, gap = words.text, words.share(found.gap, 4) or ""
    if not found.is_proved:
        return say("selection.not_proved", bound=found.bound, gap=gap)
    proved = say("selection.proved", bound=found.bound)
    return proved if found.is_settled else f"{proved} {say('selection.not_settled')}"


def _notes(round_: Round, found: Beside) -> list[str]:
    say = round_.words.text
    rule, objective = round_.words.word(found.rule), round_.words.word(found.objective.value)
    small = [say("selection.small")] if found.objective is Objective.SUM_OF_SCORES else []
    if found.is_announced:
        return [say("announced.note", objective=objective, rule=rule), *small]
    return [say("optimum.advisory", rule=rule), say("optimum.chosen", objective=objective), *small]


def appeals(round_: Round) -> Section:
    """How many appeals there were, how they stand, and what they changed."""
    say, words = round_.words.text, round_.words
    counts = Counter(item.standing for item in round_.appeals)
    names = {standing: say(f"standing.{standing.value}") for standing in AppealStanding}
    told = [counts[standing] for standing in AppealStanding]
    chart = Bars(
        [*names.values()], [Series(say("appeals.axis"), told)], [[*map(words.number, told)]], say("appeals.axis")
    )
    says = say(
        "appeals.says",
        count=len(round_.appeals),
        decided=counts[AppealStanding.DECIDED],
        better=sum(item.outcome is not item.former for item in round_.appeals if item.outcome is not None),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            item.proposal,
            item.number,
            names[item.standing],
            round_.outcome(item.former) or None,
            round_.outcome(item.outcome) or None,
        )
        for item in round_.appeals
    ]
    columns = [
        say("column.proposal"),
        *(say(f"appeals.{name}") for name in ("number", "standing", "former", "outcome")),
    ]
    figure = Figure("appeals", say("appeals.title"), says, Table(columns, rows), chart)
    return Section(say("appeals.heading"), [say("appeals.note")], [figure])
