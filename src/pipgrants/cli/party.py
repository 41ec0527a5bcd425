"""``party``: enterprises, institutions and public bodies, one number each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, DryRun, PartyNumber, Reason, Yes, run_of

commands = Commands(name="party", help="List, show and redact parties, and import the exclusion list.")


@commands.verb("list")
def list_all(context: typer.Context) -> None:
    """List the parties on record in number order."""
    from pipgrants.services.parties import list_parties

    run = run_of(context)
    found = list_parties(run.workspace)
    rows = [
        (item.number, item.details.name or "(redacted)", item.details.size_class, item.details.territory)
        for item in found
    ]
    parties = [{"number": item.number, "redacted_at": item.redacted_at, **item.details._asdict()} for item in found]
    titles = ("Party", "Name", "Size", "Territory")
    run.show({"parties": parties}, output.table(titles, rows) if rows else ["No party is on record."])


@commands.verb()
def show(context: typer.Context, party: PartyNumber) -> None:
    """Show everything on record of a party."""
    from pipgrants.services.parties import show_party

    run = run_of(context)
    found = show_party(run.workspace, party)
    details = found.details
    facts = {
        "Number": found.number,
        "Name": details.name,
        "Tax number": " ".join(filter(None, (details.tax_country, details.tax_number))),
        "Country": details.country,
        "Legal form": details.legal_form,
        "Size": details.size_class,
        "Sector (ISIC)": details.sector,
        "Territory": details.territory,
        "Language": details.language,
        "E-mail": details.email,
        "Postal address": details.postal_address,
        "Priority groups": output.words(", ".join(sorted(details.priority_groups))),
        "Agreed to give data on": details.data_consent_on,
        "Redacted at": output.moment(found.redacted_at or ""),
    }
    run.show({"number": found.number, "redacted_at": found.redacted_at, **details._asdict()}, output.fields(facts))


@commands.verb()
def redact(
    context: typer.Context,
    party: Annotated[
        str,
        typer.Argument(metavar="PARTY", help="The number of the party, or the e-mail of somebody who took a form."),
    ],
    reason: Reason,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Remove a party's personal values for good.

    Somebody who only took a form is named by e-mail. The trail keeps hashes that say nothing without the values.
    """
    from pipgrants.services.parties import redact as redact_party
    from pipgrants.services.parties import redact_form_taker

    run = run_of(context)

    def act(dry: bool) -> None:
        if "@" in party:
            redact_form_taker(run.workspace, run.who, run.now, email=party, reason=reason, dry_run=dry)
        else:
            redact_party(run.workspace, run.who, run.now, party=party, reason=reason, dry_run=dry)

    question = f"Redact {party}? Its name, numbers and addresses cannot be brought back."
    run.carry_out(act, lambda _: question, yes=yes, dry_run=dry_run)
    run.show({"party": party, "reason": reason}, [f"Redacted {party}: {reason}"], dry_run=dry_run)


@commands.verb()
def exclude(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Columns: name, tax_country, tax_number, reason, until_on."),
    ],
    dry_run: DryRun = False,
) -> None:
    """Import the list of excluded parties.

    It takes the place of the last one.
    """
    from pipgrants.services.imports import import_exclusion_list

    run = run_of(context)
    count = import_exclusion_list(run.workspace, run.who, run.now, path=file, dry_run=dry_run)
    text = [f"The exclusion list in force names {output.count(count, 'party', 'parties')}."]
    run.show({"count": count}, text, dry_run=dry_run)
