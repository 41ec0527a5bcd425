"""The figures of a round as a whole: its funnel, and what each envelope costs in merit."""

from __future__ import annotations

from decimal import Decimal

from pipgrants.reports.charts import Bars, Series
from pipgrants.reports.page import Cell, Figure, Section, Table
from pipgrants.services.report.shown import Round, in_english, named, share


def funnel(round_: Round) -> Section:
    """How many proposals came to each step."""
    found = round_.funnel
    steps = {
        "Received": found.received_count,
        "Late": found.late_count,
        "Decided on": found.decided_count,
        "Eligible": found.eligible_count,
        "Scored": found.scored_count,
        "Ranked": found.ranked_count,
        "Above thresholds": found.passing_count,
        round_.funded.capitalize(): found.funded_count,
    }
    says = (
        f"Of {found.received_count:,} received, {found.late_count:,} late, {found.eligible_count:,} were eligible, "
        f"{found.passing_count:,} reached every threshold of the score, and {found.funded_count:,} were "
        f"{round_.funded}."
    )
    chart = Bars(
        [*steps],
        [Series("proposals", [*steps.values()])],
        [[f"{count:,}" for count in steps.values()]],
        f"{round_.table.stage.value}s",
    )
    rows = [(step, count, share(Decimal(count) / found.received_count)) for step, count in steps.items()]
    table = Table(("Step", "Proposals", "Of received"), rows)
    note = "Received and not decided on are those that came late, were withdrawn, or ended in another way."
    return Section("The round, step by step", [note], [Figure("funnel", "Funnel of the round", says, table, chart)])


def envelopes(round_: Round) -> Section:
    """What each envelope within the call's costs in merit, as the package of decisions says."""
    heading = "If an envelope were not there"
    if not round_.quotas:
        return Section(heading, ["No envelopes within that of the call were at work, so none costs anything."])
    by = f" by {round_.optimum['plain']['rule']}, beside the announced objective" if round_.optimum else ""
    notes = [
        f"Each envelope was left out alone, and the money allocated again{by}. The cost is how much more the totals of "
        "the proposals funded would sum up to, or would be in the mean.",
    ]
    titles = {item.code: in_english(item.title) for item in round_.table.call.allocation.envelopes}
    rows: list[tuple[Cell, ...]] = [
        (
            titles[item["code"]],
            Decimal(item["total"]),
            None if item["mean"] is None else Decimal(item["mean"]),
            named(item["displaced"]),
            named(item["advanced"]),
        )
        for item in round_.quotas
    ]
    chart = Bars(
        [item["code"] for item in round_.quotas],
        [Series("points", [float(item["total"]) for item in round_.quotas])],
        [[f"{Decimal(item['total']):,}" for item in round_.quotas]],
        "points of totals lost",
    )
    dearest = max(round_.quotas, key=lambda item: Decimal(item["total"]))
    says = f"The most costs “{titles[dearest['code']]}”: {Decimal(dearest['total']):,} points of totals."
    table = Table(("Envelope", "Totals lost", "Mean lost", "Funded without it", "Funded by it"), rows)
    return Section(heading, notes, [Figure("envelopes", "Cost of the envelopes in merit", says, table, chart)])
