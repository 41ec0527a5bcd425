"""``screen``: every criterion checked on every proposal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from pipgrants.cli import output
from pipgrants.cli.context import CallName, Commands, DryRun, Yes, run_of

if TYPE_CHECKING:
    from pipgrants.services.screen import Screened

commands = Commands()


@commands.verb()
def screen(context: typer.Context, call: CallName, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Check every proposal of a call against its criteria.

    What is missing is asked for; requests that were not answered in time end.

    After the deadline the first screening closes the call: what has arrived must be imported before. Screening again
    writes only what changed.
    """
    from pipgrants.services.screen import screen as screen_proposals
    from pipgrants.services.views import would_close

    run = run_of(context)

    def act(dry: bool) -> Screened:
        with output.progress("proposals screened") as progress:
            return screen_proposals(run.workspace, run.who, run.now, call=call, dry_run=dry, progress=progress)

    found = run.carry_out(
        act,
        lambda would: (
            f"Screen {call} ({output.counts(would.states)}) and close it? After that no application can be imported."
        ),
        yes=yes or not would_close(run.workspace, call),
        dry_run=dry_run,
    )
    facts = {
        "Unchanged": found.unchanged_count,
        "Unanswered in time": found.lapsed_count,
        "Letters recorded": found.letters_count,
    }
    letters = [f"pipgrants letters release {call} --as OFFICER"] if found.letters_count else []
    text = [
        f"Screened {call}.",
        *output.heading("Proposals by their new state", output.tally(found.states)),
        *output.heading("And", output.fields(facts)),
        *output.next_steps(*letters, f"pipgrants proposal list {call}", f"pipgrants status {call}"),
    ]
    run.show({"call": call, **found._asdict()}, text, dry_run=dry_run)
