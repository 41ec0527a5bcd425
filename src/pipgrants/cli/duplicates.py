"""``party duplicates``, ``merge`` and ``separate``: parties on record that may be one, or turned out to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import DryRun, PartyNumber, Reason, run_of

if TYPE_CHECKING:
    from pipgrants.domain.duplicates import Duplicate, KnownParty
    from pipgrants.services.merges import Merged


def duplicates(context: typer.Context) -> None:
    """List the pairs of parties that may be one.

    By the same tax number, or by near-equal names that no tax numbers tell apart. Nothing is merged by itself: show
    both, ask, and merge them where they are one.
    """
    from pipgrants.services.merges import list_duplicates

    run = run_of(context)
    found = list_duplicates(run.workspace)
    text = [
        *output.listed("May be one", [_sentence(pair) for pair in found], most=output.MOST_ROWS),
        *output.next_steps("pipgrants party show PARTY", "pipgrants party merge KEPT MERGED --reason TEXT"),
    ]
    run.show({"duplicates": found}, text[1:] if found else ["No two parties on record look like one."])


def _sentence(pair: Duplicate) -> str:
    names = f"near-equal names ({pair.likeness})"
    why = "same tax number" if pair.same_tax_number else names
    return f"{_named(pair.one)} and {_named(pair.other)}: {why}"


def _named(party: KnownParty) -> str:
    number = f" ({party.tax_country} {party.tax_number})" if party.tax_number else ""
    return f"{party.number} {party.name}{number}"


def merge(
    context: typer.Context,
    kept: Annotated[str, typer.Argument(metavar="KEPT", help="The number that stands for both from now on.")],
    merged: Annotated[str, typer.Argument(metavar="MERGED", help="The number that is read as the other one.")],
    reason: Reason,
    dry_run: DryRun = False,
) -> None:
    """Let one party stand for another that is the same.

    Its proposals, projects and people are those of the kept one from now on, which decisions see as one applicant.
    What the kept one lacks on record is supplied. Nothing that was said is rewritten; party separate undoes it.
    """
    from pipgrants.services.merges import merge_parties

    run = run_of(context)
    found = merge_parties(run.workspace, run.who, run.now, kept=kept, merged=merged, reason=reason, dry_run=dry_run)
    run.show(found._asdict(), [f"{merged} is {kept} from now on: {reason}", *_what_follows(found)], dry_run=dry_run)


def _what_follows(found: Merged) -> list[str]:
    stays = [f"{output.words(field)}: {kept} stays; {merged} was said" for field, merged, kept in found.differences]
    steps = [
        f"pipgrants party show {found.kept}",
        *(f"pipgrants screen {call} --as OFFICER" for call in found.calls),
        *(["pipgrants evaluation assign CALL --as OFFICER recuses who has a conflict"] if found.conflicts else []),
    ]
    return [
        *output.heading("Supplied", [output.words(", ".join(found.supplied))] if found.supplied else []),
        *output.listed("Stays as it is", stays),
        *output.listed("Its proposals", found.proposals, most=output.MOST_ROWS),
        *output.listed("Conflicts of interest that came on record", found.conflicts),
        *output.next_steps(*steps),
    ]


def separate(context: typer.Context, party: PartyNumber, reason: Reason, dry_run: DryRun = False) -> None:
    """Let a party that was merged stand for itself again.

    Its own proposals are its own again. What the merge supplied to the other one stays there: party correct changes
    it.
    """
    from pipgrants.services.merges import separate_party

    run = run_of(context)
    found = separate_party(run.workspace, run.who, run.now, party=party, reason=reason, dry_run=dry_run)
    text = [
        f"{party} stands for itself again, beside {found.kept}: {reason}",
        *output.listed("Its proposals", found.proposals, most=output.MOST_ROWS),
        *output.next_steps(f"pipgrants party show {party}", f"pipgrants party show {found.kept}"),
    ]
    run.show(found._asdict(), text, dry_run=dry_run)
