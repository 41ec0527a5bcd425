"""``audit dossier`` and ``audit proof``: what auditors, courts and applicants check without pipgrants."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import run_of
from pipgrants.domain.vocabulary import Language


def dossier(
    context: typer.Context,
    subject: Annotated[
        str, typer.Argument(metavar="PROPOSAL|CALL", help="The number of a proposal, or the name of a call.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The ZIP archive to write; it must not exist.")],
    language: Annotated[
        Language | None, typer.Option("--language", help="The language of its instructions; else the call's first.")
    ] = None,
) -> None:
    """Write the whole record of a proposal or a call, for an auditor.

    Entries with their proofs, definitions, letters, the list of evidence, checkpoints with signatures, and how to check
    it all without pipgrants. It names evaluators: it is not for applicants.
    """
    from pipgrants.services.audit.dossier import write_dossier

    run = run_of(context)
    with output.progress("entries written") as progress:
        found = write_dossier(
            run.workspace, run.who, run.now, subject=subject, out=out, language=language, progress=progress
        )
    text = [
        f"Wrote the dossier of {subject}.",
        *output.heading("Written to", output.files([found.path])),
        *output.heading("Contents", output.tally(found.counts)),
        *output.heading("The trail, when it was made", found.checkpoint.splitlines()),
        "",
        *output.paragraph("Its CHECK.txt says how to check it. It names evaluators, and is not for applicants."),
    ]
    run.show({"subject": subject, **found._asdict()}, text)


def proof(
    context: typer.Context,
    letter: Annotated[str, typer.Argument(metavar="LETTER", help="The number of a released letter, such as L-000123.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="The ZIP archive to write, else L-000123.zip here; it must not exist."
        ),
    ] = None,
) -> None:
    """Write the proof of one letter, for its applicant to check alone.

    It needs Python and nothing else, and shows no value of any other applicant. Kept, it shows later whether the trail
    was rewritten: pipgrants audit verify --against proof.json.
    """
    from pipgrants.services.audit.proof import prove_letter

    run = run_of(context)
    found = prove_letter(run.workspace, run.who, run.now, letter=letter, out=out)
    text = [
        f"Wrote the proof of {found.letter}.",
        *output.heading("Written to", output.files([found.path])),
        *output.listed("Checked as its reader will", found.holds),
    ]
    run.show(found._asdict(), text)
