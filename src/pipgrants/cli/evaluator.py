"""``evaluator``: what is on record of those who evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, DryRun, Reason, RowLanguage, Yes, rows_told, run_of
from pipgrants.cli.party import traces_left
from pipgrants.domain.vocabulary import Language

if TYPE_CHECKING:
    from pipgrants.services.imports import ImportedProfiles
    from pipgrants.services.traces import Traces

commands = Commands(name="evaluator")


@commands.verb("import")
def import_file(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Columns: evaluator, sectors, territory, languages, load_limit, institution, tax_country, tax_number, "
            "email, postal_address, tie, organisation, organisation_tax_country, organisation_tax_number, until_on.",
        ),
    ],
    language: RowLanguage = Language.ENGLISH,
    dry_run: DryRun = False,
) -> None:
    """Import profiles of evaluators, all or none.

    One row for each evaluator, and another for each further tie to an organisation: employer, applicant_group, board,
    prior_grant or common_project, until a day or lasting. A profile takes the place of the one before. Conflicts of
    interest in what they score already are named; assigning again recuses them, while the scores are open.
    """
    from pipgrants.services.imports import import_evaluators

    run = run_of(context)
    with rows_told(run, language):
        found = import_evaluators(run.workspace, run.who, run.now, path=file, dry_run=dry_run)
    text = [
        f"The profiles of {output.count(len(found.evaluators), 'evaluator')} are on record.",
        *output.listed("Conflicts of interest in what they score already:", [*map(str, found.conflicts)]),
        *output.listed("The scores are closed, so the marks stand and the decisions say so, in:", found.closed),
        *output.next_steps("pipgrants evaluator list", *_next_steps(found)),
    ]
    run.show(found._asdict(), text, dry_run=dry_run)


def _next_steps(found: ImportedProfiles) -> list[str]:
    """What follows for each call with a conflict; without any, how profiles come to bear."""
    calls = sorted({item.call for item in found.conflicts})
    return [
        f"pipgrants evaluation recusals {call}"
        if call in found.closed
        else f"pipgrants evaluation assign {call} --as OFFICER"
        for call in calls
    ] or ["pipgrants evaluation assign CALL --dry-run --as OFFICER"]


@commands.verb("list")
def list_all(context: typer.Context) -> None:
    """List what is on record of everybody who evaluates."""
    from pipgrants.services.evaluators import list_profiles

    run = run_of(context)
    found = list_profiles(run.workspace)
    rows = [
        (
            item.evaluator,
            " ".join(item.sectors) or "-",
            item.territory or "-",
            " ".join(item.languages) or "-",
            "-" if item.load_limit is None else str(item.load_limit),
            item.institution or "-",
            str(len(item.ties)),
        )
        for item in found
    ]
    header = ("Evaluator", "Sectors", "Territory", "Languages", "Limit", "Institution", "Ties")
    empty = ["Nobody evaluates yet.", *output.next_steps("pipgrants actor add")]
    run.show({"evaluators": [item._asdict() for item in found]}, output.table(header, rows) if rows else empty)


@commands.verb()
def redact(
    context: typer.Context,
    evaluator: Annotated[str, typer.Argument(metavar="ACTOR", help="The short name of the evaluator.")],
    reason: Reason,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Remove the personal values of a profile for good.

    Employer, tax number, addresses and ties are removed, and the recipient of every letter to the evaluator. No
    conflict of interest is detected after.
    """
    from pipgrants.services.evaluators import redact_evaluator

    run = run_of(context)

    def act(dry: bool) -> Traces | None:
        return redact_evaluator(run.workspace, run.who, run.now, evaluator=evaluator, reason=reason, dry_run=dry)

    question = f"Redact the profile of {evaluator}? What is personal in it cannot be brought back."
    traces = run.carry_out(act, lambda _: question, yes=yes, dry_run=dry_run)
    text = [f"Redacted the profile of {evaluator}: {reason}", *(traces_left(traces) if traces else ())]
    data = {"evaluator": evaluator, "reason": reason, **(traces._asdict() if traces else {})}
    run.show(data, text, dry_run=dry_run)
