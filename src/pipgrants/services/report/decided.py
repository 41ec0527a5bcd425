"""The figures of what was decided otherwise than by the ranking alone: a selection by an objective, and appeals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pipgrants.domain.appeal import AppealStanding
from pipgrants.domain.vocabulary import Objective
from pipgrants.reports.charts import Bars, Series
from pipgrants.reports.page import Cell, Figure, Section, Table
from pipgrants.services.report.shown import Round, named, share

NAMES = {
    Objective.SUM_OF_SCORES: "the sum of scores",
    Objective.SUM_OF_SCORE_TIMES_AMOUNT: "the sum of each score times its amount",
}


def selection(told: Mapping[str, Any]) -> Section:
    """The selection that a call funds which announced its objective, beside that of the ranking."""
    plain, name = told["plain"], NAMES[Objective(told["objective"])]
    both = {"funded": told, f"by {plain['rule']}": plain}
    rows: list[tuple[Cell, ...]] = [
        (title, Decimal(of["value"]), of["awards"], Decimal(of["amount"]), Decimal(of["mean"]))
        for title, of in both.items()
    ]
    chart = Bars(
        [*both],
        [Series("awards", [of["awards"] for of in both.values()])],
        [[f"{of['awards']:,}" for of in both.values()]],
        "awards",
    )
    bound, gap = f"{Decimal(told['bound']):,}", share(Decimal(told["gap"]), 4)
    not_proved = f"It is not proved: another may have up to {bound}, of which this one lacks {gap}."
    proof = "It is proved that no selection has more." if told["proved"] else not_proved
    only = set(told["funded"]) - set(plain["funded"]), set(plain["funded"]) - set(told["funded"])
    says = (
        f"{proof} Not funded by {plain['rule']}: {named(sorted(only[0]))}. Funded by {plain['rule']} and not so: "
        f"{named(sorted(only[1]))}."
    )
    notes = [
        f"The call announced that its awards make {name} as great as it can be. Beside it stands what the ranking "
        f"would have funded by {plain['rule']}.",
        "Maximising the sum of scores funds many small projects: a small one adds as many points as a large one, and "
        "leaves more money.",
    ]
    table = Table(("Selection", "Objective", "Awards", "Amount", "Mean award"), rows)
    shown = notes if told["objective"] == Objective.SUM_OF_SCORES else notes[:1]
    figure = Figure("optimum", "The selection beside the ranking", says, table, chart)
    return Section("The announced objective", shown, [figure])


def appeals(round_: Round) -> Section:
    """How many appeals there were, how they stand, and what they changed."""
    counts = Counter(item.standing for item in round_.appeals)
    chart = Bars(
        [standing.value for standing in AppealStanding],
        [Series("appeals", [counts[standing] for standing in AppealStanding])],
        [[f"{counts[standing]:,}" for standing in AppealStanding]],
        "appeals",
    )
    better = sum(item.outcome != item.former for item in round_.appeals if item.outcome is not None)
    says = (
        f"Of {len(round_.appeals):,} appeals, {counts[AppealStanding.DECIDED]:,} led to a new decision, {better:,} to "
        "another outcome."
    )
    rows: list[tuple[Cell, ...]] = [
        (item.proposal, item.number, item.standing.value, item.former, item.outcome) for item in round_.appeals
    ]
    table = Table(("Proposal", "Appeal", "Standing", "Decision contested", "Decision on appeal"), rows)
    note = "Upheld appeals wait for a new decision; decided ones have it. No decision on another proposal is touched."
    return Section("Appeals", [note], [Figure("appeals", "Appeals by how they stand", says, table, chart)])
