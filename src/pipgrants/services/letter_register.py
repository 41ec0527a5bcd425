"""Where the letters of a call stand, what somebody has to do about them, and the register that lists every one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import orjson

from pipgrants.domain.vocabulary import LetterStage
from pipgrants.exchange.listing import require_listing, write_listing
from pipgrants.paths import refuse_existing
from pipgrants.services.access import permitted_read
from pipgrants.services.letter_files import release_of
from pipgrants.services.letters import letter_number
from pipgrants.services.mailing import is_sending
from pipgrants.services.outbox import email_of
from pipgrants.services.views import labels
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.letters import LetterRow
from pipgrants.store.unit import Unit


class Noted(NamedTuple):
    """A letter that somebody has to look after; ``reply`` is the code with which its last attempt ended."""

    letter: str
    proposal: str | None
    kind: str
    reply: str | None
    next_attempt_at: str | None


class LettersStatus(NamedTuple):
    """Where the letters of a call stand.

    ``counts`` are (kind, stage, number); ``is_sending`` says that somebody sends at this moment; ``to_print`` are
    released letters without an address, ``waiting`` those refused for the moment. What was left *sending* by a sender
    that was stopped is in doubt, and counted so.
    """

    call: str
    is_sending: bool
    counts: Sequence[tuple[str, str, int]]
    in_doubt: Sequence[Noted]
    failed: Sequence[Noted]
    waiting: Sequence[Noted]
    to_print: Sequence[Noted]
    next_steps: Sequence[str]


def letters_status(workspace: Workspace, call: str) -> LettersStatus:
    """Where the letters of a call stand."""
    sending = is_sending(workspace)
    with workspace.read() as unit:
        unit.calls.get(call)
        rows = list(unit.letters.of_call(call))
    rows = [row if sending or row.stage != LetterStage.SENDING else row._replace(stage="in_doubt") for row in rows]
    counted: dict[tuple[str, str], int] = {}
    for row in rows:
        counted[row.kind, row.stage] = counted.get((row.kind, row.stage), 0) + 1
    current = [row for row in rows if row.superseded_by is None]
    released = [row for row in current if row.stage == LetterStage.RELEASED]
    to_print = [row for row in released if email_of(row) is None]
    found = LettersStatus(
        call=call,
        is_sending=sending,
        counts=[(kind, stage, number) for (kind, stage), number in sorted(counted.items())],
        in_doubt=[_noted(row) for row in rows if row.stage == LetterStage.IN_DOUBT],
        failed=[_noted(row) for row in current if row.stage == LetterStage.FAILED],
        waiting=[_noted(row) for row in released if row.next_attempt_at is not None],
        to_print=list(map(_noted, to_print)),
        next_steps=(),
    )
    return found._replace(next_steps=_next_steps(found, len(released) - len(to_print)))


def _noted(row: LetterRow) -> Noted:
    return Noted(letter_number(row.number), row.proposal, row.kind, row.reply, row.next_attempt_at)


def _next_steps(found: LettersStatus, to_send_count: int) -> list[str]:
    waits = any(stage in (LetterStage.PENDING, LetterStage.APPROVED) for _, stage, _ in found.counts)
    return [
        *([f"pipgrants letters release {found.call} --as OFFICER"] if waits else ()),
        *([f"pipgrants letters send {found.call} --as OFFICER"] if to_send_count else ()),
        *(
            [f"pipgrants letters print {found.call} --out FILE.pdf", f"pipgrants letters posted {found.call}"]
            if found.to_print
            else ()
        ),
        *(["pipgrants letters resolve NUMBER --sent --reason TEXT, or --resend"] if found.in_doubt else ()),
        *(["pipgrants letters resolve NUMBER --resend --reason TEXT"] if found.failed and not found.in_doubt else ()),
        *(["pipgrants letters correct NUMBER --reason TEXT"] if found.failed else ()),
    ]


class Line(NamedTuple):
    """A line of the register. Hashes are the salted ones of the entry of the letter's release, times in UTC."""

    letter: str
    proposal: str | None
    recipient: str | None
    email: str | None
    kind: str
    language: str
    stage: str
    released_at: str | None
    sent_at: str | None
    settled_at: str | None
    attempts: int
    reply: str | None
    entry: int
    text_hash: str | None
    html_hash: str | None
    pdf_hash: str | None
    superseded_by: str | None
    label: str | None
    """That the data are invented, or what the call calls itself."""


def write_register(workspace: Workspace, who: Identity, now: datetime, *, call: str, path: Path) -> int:
    """Writes the register of a call's letters as CSV or XLSX; returns how many. The access log says who did.

    Raises NotAuthorisedError for who may not, UsageError for another kind of file, RefusedError where something stands
    at the path.
    """
    require_listing(path)
    refuse_existing(path)
    with permitted_read(workspace, who, now, "letters.register", f"call/{call}") as unit:
        unit.calls.get(call)
        label = "; ".join(labels(workspace, call)) or None
        return write_listing(path, "Letters", Line._fields, _lines(unit, call, label))


def _lines(unit: Unit, call: str, label: str | None) -> Iterator[Line]:
    for row in unit.letters.of_call(call):
        recipient = orjson.loads(row.recipient) if row.recipient else {}
        released = release_of(unit, row)[1] if row.release is not None else {}
        release = released.get("release", {})
        yield Line(
            letter=letter_number(row.number),
            proposal=row.proposal,
            recipient=recipient.get("name"),
            email=recipient.get("email"),
            kind=row.kind,
            language=row.language,
            stage=row.stage,
            released_at=release.get("released_at", row.released_on),
            sent_at=row.sent_at,
            settled_at=row.settled_at,
            attempts=row.attempts,
            reply=row.reply,
            entry=row.entry,
            text_hash=released.get("text"),
            html_hash=released.get("html"),
            pdf_hash=released.get("pdf"),
            superseded_by=letter_number(row.superseded_by) if row.superseded_by else None,
            label=label,
        )
