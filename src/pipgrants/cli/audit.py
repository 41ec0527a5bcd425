"""``audit``: checking the record, and showing what it says, without trusting who keeps it."""

from __future__ import annotations

import typer

from pipgrants.cli.context import Commands, ProposalNumber, run_of
from pipgrants.cli.duties import accesses, duties
from pipgrants.cli.record import OtherLanguage, explain

commands = Commands(name="audit", help="Check the decision trail, and show what it says.")


@commands.verb("explain")
def logged_explain(context: typer.Context, proposal: ProposalNumber, language: OtherLanguage = None) -> None:
    """Explain why a proposal stands where it stands, as pipgrants explain does.

    Where an auditor asks, it is written in the access log.
    """
    from pipgrants.services.access import log_auditor

    run = run_of(context)
    log_auditor(run.workspace, run.who, run.now, "audit.explain", f"proposal/{proposal}")
    explain(context, proposal, language)


commands.verb("duties")(duties)
commands.verb("accesses")(accesses)
