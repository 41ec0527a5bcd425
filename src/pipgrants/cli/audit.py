"""``audit``: checking the record, and showing what it says, without trusting who keeps it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import Commands, run_of
from pipgrants.cli.dossier import dossier, proof
from pipgrants.cli.duties import accesses, duties
from pipgrants.cli.record import explain
from pipgrants.cli.replay import replay
from pipgrants.errors import TrailIntegrityError

if TYPE_CHECKING:
    from pipgrants.services.audit.verify import Verified

MOST_SHOWN = 40

commands = Commands(name="audit")


@commands.verb()
def verify(
    context: typer.Context,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            "--against", metavar="FILE", help="A checkpoint or a proof that somebody kept; may be given several times."
        ),
    ] = None,
) -> None:
    """Check the whole record against the decision trail.

    Every entry, the tree over them, every signature, and every stored value. It says which entry and which field is
    wrong, and ends with code 5 if anything is.

    Whoever can write anew the whole database with all its hashes passes this check, but not --against what somebody
    else kept.
    """
    from pipgrants.services.audit.verify import verify as verify_record

    run = run_of(context)
    with output.progress("entries checked") as progress:
        found = verify_record(run.workspace, run.who, run.now, against=against or (), progress=progress)
    data = {
        "origin": found.checkpoint.origin,
        "entries": found.checkpoint.size,
        "checkpoint": found.checkpoint.text(),
        "faults": [fault._asdict() for fault in found.faults],
        "redactions": found.redactions,
        "missing": [fault._asdict() for fault in found.missing],
        "unchecked": found.unchecked,
    }
    run.show(data, _verified(found, against or []))
    if found.faults:
        raise typer.Exit(TrailIntegrityError.exit_code)


def _verified(found: Verified, against: list[Path]) -> list[str]:
    faults = [
        f"{fault.place}{f', {fault.field}' if fault.field else ''}: {fault.message}"
        + (f" (entry {fault.entry})" if fault.entry and not fault.place.startswith("entry ") else "")
        for fault in found.faults[:MOST_SHOWN]
    ]
    more = len(found.faults) - len(faults)
    missing = [f"{item.place}: {item.message}" for item in found.missing]
    redacted = [
        f"entry {entry['sequence']}: {output.words(entry['act'])} of {entry['subject']}: {entry['reason']}"
        for entry in found.redactions
    ]
    return [
        f"Checked {output.count(found.checkpoint.size, 'entry', 'entries')}, and everything stored against them.",
        *output.heading("The trail today", found.checkpoint.text().splitlines()),
        *output.heading("Redacted, as the trail says", [line for text in redacted for line in output.paragraph(text)]),
        *output.listed("Not in checkpoints/; the copies kept elsewhere are for --against", missing, most=MOST_SHOWN),
        *(["", *output.paragraph(f"Signatures were not checked: {found.unchecked}")] if found.unchecked else []),
        *(output.listed("NOT AS IT MUST BE", faults) if faults else ["", "Everything checked is as the trail states."]),
        *([f"{output.INDENT}and {more} more (--json shows all)"] if more > 0 else []),
        *([] if faults or not against else [f"It extends what was kept: {', '.join(path.name for path in against)}."]),
    ]


commands.verb("explain")(explain)
commands.verb("replay")(replay)
commands.verb("duties")(duties)
commands.verb("accesses")(accesses)
commands.verb("dossier")(dossier)
commands.verb("proof")(proof)
