"""The figures of a round as a whole: its funnel, and what each envelope costs in merit."""

from __future__ import annotations

from decimal import Decimal

from pipgrants.reports.charts import Bars, Series
from pipgrants.reports.page import Cell, Figure, Section, Table
from pipgrants.services.report.shown import Round


def funnel(round_: Round) -> Section:
    """How many proposals came to each step."""
    say, found = round_.words.text, round_.funnel
    steps = {
        say("funnel.received"): found.received_count,
        say("funnel.late"): found.late_count,
        say("funnel.decided"): found.decided_count,
        say("funnel.eligible"): found.eligible_count,
        say("funnel.scored"): found.scored_count,
        say("funnel.ranked"): found.ranked_count,
        say("funnel.passing"): found.passing_count,
        round_.funded.capitalize(): found.funded_count,
    }
    says = say(
        "funnel.says",
        received=found.received_count,
        late=found.late_count,
        eligible=found.eligible_count,
        passing=found.passing_count,
        funded=round_.funded,
        funded_count=found.funded_count,
    )
    chart = Bars(
        [*steps],
        [Series(say("proposals"), [*steps.values()])],
        [[round_.words.number(count) for count in steps.values()]],
        say(f"{round_.table.stage.value}s"),
    )
    received = found.received_count
    rows = [(step, count, round_.words.share(Decimal(count) / received)) for step, count in steps.items()]
    table = Table((say("funnel.step"), say("funnel.count"), say("funnel.share")), rows)
    figure = Figure("funnel", say("funnel.title"), says, table, chart)
    return Section(say("funnel.heading"), [say("funnel.note")], [figure])


def envelopes(round_: Round) -> Section:
    """What each envelope within the call's costs in merit, as the package of decisions says."""
    say, words = round_.words.text, round_.words
    if not round_.quotas:
        return Section(say("envelopes.heading"), [say("envelopes.none")])
    is_announced = round_.beside is not None and round_.beside.is_announced
    notes = [say("envelopes.note"), *([say("envelopes.beside")] if is_announced else [])]
    titles = {item.code: words.title(item.title) for item in round_.table.call.allocation.envelopes}
    rows: list[tuple[Cell, ...]] = [
        (
            titles[item["code"]],
            Decimal(item["total"]),
            None if item["mean"] is None else Decimal(item["mean"]),
            words.named(item["displaced"]),
            words.named(item["advanced"]),
        )
        for item in round_.quotas
    ]
    lost = [Decimal(item["total"]) for item in round_.quotas]
    chart = Bars(
        [item["code"] for item in round_.quotas],
        [Series(say("envelopes.axis"), lost)],
        [[*map(words.number, lost)]],
        say("envelopes.axis"),
    )
    dearest = max(round_.quotas, key=lambda item: Decimal(item["total"]))
    says = say("envelopes.says", envelope=titles[dearest["code"]], points=Decimal(dearest["total"]))
    columns = [say(f"envelopes.{name}") for name in ("envelope", "total", "mean", "without", "by")]
    figure = Figure("envelopes", say("envelopes.title"), says, Table(columns, rows), chart)
    return Section(say("envelopes.heading"), notes, [figure])
