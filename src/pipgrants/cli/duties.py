"""``audit duties`` and ``audit accesses``: who did what they should not combine, and who read what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.cli import output
from pipgrants.cli.context import run_of

if TYPE_CHECKING:
    from pipgrants.services.audit.duties import Conflict, Duties, Override, Unheld

MOST = 20
HASH_DIGITS = 12


def duties(
    context: typer.Context,
    call: Annotated[str | None, typer.Argument(metavar="[CALL]", help="Only the acts in one call.")] = None,
) -> None:
    """Review conflicts of duties, overrides, late acts and roles.

    It is read from the decision trail alone, with delegations and clocks set back. The access log says who asked.
    """
    from pipgrants.services.audit.duties import review_duties

    run = run_of(context)
    with output.progress("entries read") as progress:
        found = review_duties(run.workspace, run.who, run.now, call=call, progress=progress)
    run.show({"call": call, **found._asdict()}, _review(found))


def _review(found: Duties) -> list[str]:
    delegated = [
        (row.number, row.delegator, row.delegate, output.words(row.role), row.from_on, row.until_on, holds, count)
        for row, holds, count in (
            (item.delegation, "holds" if item.holds else "over", item.entries_count) for item in found.delegations
        )
    ]
    set_back = [
        f"entry {item.entry} of {item.actor}, {output.moment(item.at)}, follows one of {output.moment(item.before)}"
        for item in found.set_back
    ]
    late = [(_words(item.act), item.call, item.acts_count, item.days, item.first_entry) for item in found.late]
    roles = [
        (item.actor, output.words(item.role), item.since[:10], item.given_by, (item.until or "")[:10], item.taken_by)
        for item in found.roles
    ]
    typed = [(item.call, item.actor, item.evaluator, item.evaluations_count, item.named_count) for item in found.typed]
    typed_titles = ("Call", "Typed by", "Marks of", "Evaluations", "Without token")
    return [
        f"Read {output.count(found.entries_count, 'entry', 'entries')} of the trail.",
        *_part("Conflicts of duties", [_conflict(item) for item in found.conflicts]),
        *_part("Written under a role that was not held", [_unheld(item) for item in found.unheld]),
        *_part("Overrides", [_override(item) for item in found.overrides]),
        *_part("Dated before the entry that they follow", set_back),
        *output.rows("Marks typed for somebody else", typed_titles, typed),
        *output.rows("Late acts", ("Act", "Call", "Times", "Days late", "First entry"), late),
        *output.rows(
            "Delegations, in UTC", ("No", "Of", "Held by", "Role", "From", "Until", "Today", "Entries"), delegated
        ),
        *output.rows("Who holds which role", ("Actor", "Role", "Since", "Given by", "Until", "Taken by"), roles),
    ]


def _part(title: str, sentences: Sequence[str]) -> list[str]:
    return output.listed(title, sentences or ["none"], most=MOST)


def _conflict(item: Conflict) -> str:
    first, others = _subject(item.subjects[0]), len(item.subjects) - 1
    both = " and ".join(output.words(duty) for duty in item.duties)
    more = f" and {others:,} more" if others else ""
    return f"{', '.join(item.people)} {both} {first}{more} (entry {item.first_entry})"


def _unheld(item: Unheld) -> str:
    under = f"{output.words(item.role)} for {item.on_behalf_of}" if item.on_behalf_of else output.words(item.role)
    entries = output.count(item.acts_count, "entry", "entries")
    return f"{item.actor} wrote {entries} as {under}, from entry {item.first_entry} on"


def _override(item: Override) -> str:
    at = output.moment(item.at)
    return f"entry {item.entry}, {at}, {item.actor}: {_words(item.act)}, {_subject(item.subject)}: {item.reason}"


def _words(act: str) -> str:
    """The name of an act as words: ``CallExtended`` becomes ``call extended``."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", act).lower()


def _subject(subject: str) -> str:
    """A subject of an entry, a package by the beginning of its hash."""
    kind, _, name = subject.partition("/")
    return f"{kind} {name[:HASH_DIGITS] if kind == 'package' else name}".strip()


def accesses(context: typer.Context) -> None:
    """Show who audited, exported or asked what-if.

    Lines of the access log that were altered are named. Keep the last hash: it shows later whether lines were cut from
    the end.
    """
    from pipgrants.services.access import read_accesses

    run = run_of(context)
    found = read_accesses(run.workspace, run.who, run.now)
    rows = [
        (line.number, output.moment(said.at), said.actor, output.words(said.role or ""), said.os_user, said.did)
        for line, said in ((line, line.access) for line in found.lines)
    ]
    broken = [f"line {item.line} {item.words}" for item in found.broken]
    text = [
        *output.table(("Line", "At (UTC)", "Who", "Role", "System user", "Did"), rows),
        *_part("Broken lines", broken),
        *output.heading("", [f"Last hash: {found.lines[-1].hash}"]),
    ]
    run.show(found._asdict(), text)
