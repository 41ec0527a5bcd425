"""``audit replay``: the decisions of a call derived again from the record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from pipgrants.cli import output
from pipgrants.cli.context import CallName, run_of
from pipgrants.errors import TrailIntegrityError

if TYPE_CHECKING:
    from pipgrants.services.audit.differences import Difference
    from pipgrants.services.audit.replay import Replayed

MOST = 40
LONGEST_VALUE = 100


def replay(context: typer.Context, call: CallName) -> None:
    """Derive every decision of a call again, and compare.

    Findings, scores, ranks, draws, allocations and determinations are derived from the applications, answers, papers,
    marks and numbers in the decision trail, by the definitions recorded with them, and compared byte by byte with what
    was recorded. It names each difference, and ends with code 5 if there is any.

    The replay is written in the access log.
    """
    from pipgrants.services.audit.replay import replay as replay_call

    run = run_of(context)
    with output.progress("entries read") as progress:
        found = replay_call(run.workspace, run.who, run.now, call=call, progress=progress)
    run.show({**found._asdict(), "identical": not found.differences}, _text(found))
    if found.differences:
        raise typer.Exit(TrailIntegrityError.exit_code)


def _text(found: Replayed) -> list[str]:
    counts = {name: number for name, number in found.derived._asdict().items() if number}
    read = output.count(found.entries_count, "entry", "entries")
    verdict = (
        output.listed("NOT AS RECORDED", [_difference(item) for item in found.differences], most=MOST)
        if found.differences
        else ["", "Identical: everything derived is what the trail says."]
    )
    return [
        f"Replayed {found.call} ({output.words(found.state)}) from {read} of the trail.",
        *output.heading("Derived again", output.tally(counts)),
        *verdict,
    ]


def _difference(item: Difference) -> str:
    subject = item.subject.partition("/")[2][:20]
    values = f"recorded is {_value(item.recorded)}; derived is {_value(item.derived)}"
    return f"entry {item.entry} ({item.act}), {subject}, {item.field}: {values}"


def _value(value: object) -> str:
    text = "nothing" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."
