"""``rank``: the order of the eligible proposals, and the draw for what remains tied."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from typer.core import TyperGroup

from pipgrants.cli import output
from pipgrants.cli.context import CallName, Commands, DryRun, Yes, run_of
from pipgrants.errors import UsageError

if TYPE_CHECKING:
    from pipgrants.services.views import PlaceView

PLACE_TITLES = ("Rank", "Proposal", "Total", "Thresholds", "Tie broken by")


class RankGroup(TyperGroup):
    """``rank CALL`` means ``rank run CALL``."""

    def parse_args(self, ctx: object, args: list[str]) -> list[str]:
        """Adds the verb where none is given."""
        context = cast(typer.Context, ctx)
        if args and args[0] not in (*self.commands, *context.help_option_names):
            args = ["run", *args]
        return super().parse_args(context, args)


commands = Commands(name="rank", cls=RankGroup)


@commands.verb("run")
def run_ranking(context: typer.Context, call: CallName, dry_run: DryRun = False) -> None:
    """Rank the eligible proposals of a call.

    By their closed scores and the declared tie-breaks; it says so where a draw is needed.
    """
    from pipgrants.services.rank import rank_call
    from pipgrants.services.views import places

    run = run_of(context)
    with output.progress("proposals ranked") as progress:
        found = rank_call(run.workspace, run.who, run.now, call=call, dry_run=dry_run, progress=progress)
    ranking = places(found.ranking) if dry_run else []
    facts = {
        "Proposals ranked": len(found.ranking),
        "Below a threshold": found.below_threshold_count,
        "Places drawn by lot": found.drawn_count,
    }
    text = [
        f"Ranked {call}.",
        *output.heading("", output.fields(facts)),
        *output.listed("Conflicts of interest found since the scores were closed:", [*map(str, found.conflicts)]),
        *output.beginning("Ranking", PLACE_TITLES, _places(ranking)),
        *output.next_steps(f"pipgrants rank show {call}", f"pipgrants allocate {call} --as OFFICER"),
    ]
    data = {"call": call, "ranked_count": len(found.ranking), **found._asdict(), "ranking": ranking}
    run.show(data, text, dry_run=dry_run)


@commands.verb()
def show(context: typer.Context, call: CallName) -> None:
    """List the ranking, best first, and what broke each tie."""
    from pipgrants.services.views import list_ranking

    run = run_of(context)
    found = list_ranking(run.workspace, call)
    run.show({"call": call, "ranking": found}, output.table(PLACE_TITLES, _places(found)))


def _places(ranking: Sequence[PlaceView]) -> list[tuple[object, ...]]:
    return [
        (
            item.rank,
            item.proposal,
            output.figure(item.total),
            "met" if item.passes_thresholds else "below",
            f"drawn among {len(item.drawn_among)}" if item.drawn_among else output.words(item.tie_broken_by or ""),
        )
        for item in ranking
    ]


@commands.verb()
def draw(
    context: typer.Context,
    call: CallName,
    numbers: Annotated[
        list[str],
        typer.Option("--numbers", metavar="SOURCE=N,N,...", help="What a source published; once for each source."),
    ],
    evidence: Annotated[
        Path, typer.Option("--evidence", metavar="FILE", help="A file that shows the numbers; it is kept.")
    ],
    yes: Yes = False,
) -> None:
    """Enter the random numbers of a draw, once.

    They are those that the call's named sources published after the scores were closed (RFC 3797).
    """
    from pipgrants.services.rank import enter_draw

    run = run_of(context)
    given = dict(_source(item) for item in numbers)
    if len(given) < len(numbers):
        raise UsageError("a source is given twice", next_step="give the numbers of each source once")
    listed = "; ".join(f"{name} {' '.join(map(str, values))}" for name, values in given.items())
    key = run.carry_out(
        lambda dry: enter_draw(
            run.workspace, run.who, run.now, call=call, numbers=given, evidence=evidence, dry_run=dry
        ),
        lambda _: f"Enter the draw of {call}: {listed}? It is entered once.",
        yes=yes,
    )
    text = [
        f"Entered the draw of {call}.",
        *output.heading("Key (RFC 3797)", [key]),
        *output.next_steps(f"pipgrants rank {call} --as OFFICER"),
    ]
    run.show({"call": call, "key": key, "numbers": given}, text)


def _source(text: str) -> tuple[str, list[int]]:
    name, mark, listed = text.partition("=")
    values = listed.replace(",", " ").split()
    if not (name.strip() and mark and values and all(value.isascii() and value.isdecimal() for value in values)):
        raise UsageError(f"{text!r} is no source with its numbers", next_step="write --numbers 'SOURCE=4,8,15,16'")
    return name.strip(), [int(value) for value in values]
