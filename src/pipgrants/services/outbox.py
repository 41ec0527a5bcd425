"""Sending letters, so that the record never says more than is known.

A letter is put on record as *sending* before it is handed over, and what the server answered afterwards. Whoever is
stopped in between leaves letters of which nobody knows whether they left: they become *in doubt*, and are never sent
again by themselves. The answer to one letter and the beginning of the next are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import orjson

from pipgrants.domain.vocabulary import LetterStage
from pipgrants.errors import ConcurrentChangeError
from pipgrants.letters.carriers import Carrier, Outcome, Reply
from pipgrants.letters.message import Attachment, Mail, Mailbox, message_id, usable_address, write_mail
from pipgrants.letters.outbox_settings import OutboxSettings
from pipgrants.services.definitions import Terms, terms_of
from pipgrants.services.letter_files import as_released, release_of
from pipgrants.services.letter_stages import change_letter
from pipgrants.services.letters import Rendered, Renderer, file_name, font_folders, letter_number
from pipgrants.services.mailing import (
    AskPassword,
    Sign,
    only_sender,
    open_carrier,
    outbox_settings,
    pdf_signer,
    place_of,
    sender_of,
)
from pipgrants.services.workspace import Act, Identity, Workspace, silent
from pipgrants.store.letters import LetterRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import instant_text
from pipgrants.trail.sealing import seal

BATCH = 200
"""Letters made at a time: so many are in memory, whatever the size of the call."""

TRIES_TO_RECORD = 6
"""How often the answer of a server is tried to be put on record while others write for longer than they should."""

ACT = "letters.send"


class Sending(NamedTuple):
    """What was sent, or would be.

    ``outcomes`` counts letters by how their attempt ended; ``in_doubt`` are letters of an earlier run that was stopped,
    ``changed`` those that can no longer be made as they were released and did not leave. ``problem`` is the code with
    which the server or the folder failed, where the run ended for it.
    """

    place: str
    due_count: int
    outcomes: Mapping[str, int]
    in_doubt: tuple[str, ...]
    changed: tuple[str, ...]
    problem: str | None


def send(
    workspace: Workspace,
    who: Identity,
    clock: Callable[[], datetime],
    *,
    call: str,
    to_folder: Path | None = None,
    ask_password: AskPassword,
    is_patient: bool = True,
    dry_run: bool = False,
    progress: Callable[[int], None] = silent,
) -> Sending:
    """Sends the released letters of a call that are due and have an address; every letter has its own entries.

    What the server refuses for the moment is tried again by a later run, once its time has come; a run that is not
    patient tries it at once. A dry run sends nothing and says how
    many are due. Raises ConcurrentChangeError while somebody else sends, RefusedError for settings that cannot be used.
    """
    settings = outbox_settings(workspace)
    with only_sender(workspace):
        with workspace.act(who, clock(), dry_run=dry_run) as act:
            terms = terms_of(act.unit.calls, call)
            act.permit(ACT, terms.programme.stands_in)
            in_doubt = put_in_doubt(act, call)
            due = due_letters(act.unit, call, act.now if is_patient else None)
        sender_of(settings, terms.call, terms.call.languages[0])
        place, sign = place_of(workspace, settings, to_folder), pdf_signer(workspace, clock())
        if dry_run:
            return Sending(place, len(due), {}, in_doubt, (), None)
        carrier = open_carrier(workspace, settings, to_folder, ask_password)
        run = _Run(workspace, who, clock, terms, settings, carrier, sign)
        try:
            run.send(due, progress)
        finally:
            carrier.close()
    return Sending(place, len(due), run.outcomes, in_doubt, tuple(run.changed), run.problem)


def put_in_doubt(act: Act, call: str) -> tuple[str, ...]:
    """Letters of a call whose sender was stopped while it sent them; whoever asks is the only sender."""
    left = list(act.unit.letters.of_call(call, LetterStage.SENDING))
    for row in left:
        change_letter(act, row, "LetterInDoubt")
    return tuple(letter_number(row.number) for row in left)


def due_letters(unit: Unit, call: str, now: datetime | None) -> list[int]:
    """The numbers of the released letters with an address whose time to be tried again has come, of all without one."""
    return [
        row.number
        for row in unit.letters.of_call(call, LetterStage.RELEASED)
        if email_of(row) is not None and not (now and (row.next_attempt_at or "") > instant_text(now))
    ]


def email_of(row: LetterRow) -> str | None:
    """The address that a letter can be sent to, None where it is to be printed."""
    return usable_address(orjson.loads(row.recipient).get("email")) if row.recipient else None


def _is_addressed_as_written(unit: Unit, row: LetterRow) -> bool:
    """Whether the entry of a letter vouches for its recipient."""
    written = orjson.loads(unit.ledger.entry(row.entry).content)["inputs"]["letter"]
    return bool(written["recipient"] == seal(row.salt or b"", "recipient", row.recipient))


class _Run:
    """One run over the letters that are due."""

    def __init__(
        self,
        workspace: Workspace,
        who: Identity,
        clock: Callable[[], datetime],
        terms: Terms,
        settings: OutboxSettings,
        carrier: Carrier,
        sign: Sign,
    ) -> None:
        self._workspace = workspace
        self._who = who
        self._clock = clock
        self._terms = terms
        self._settings = settings
        self._carrier = carrier
        self._sign = sign
        self._answered: tuple[Mail, Reply] | None = None
        self.outcomes: dict[str, int] = {}
        self.changed: list[str] = []
        self.problem: str | None = None

    def send(self, due: list[int], progress: Callable[[int], None]) -> None:
        """Sends letter after letter, as long as the server can be reached."""
        try:
            for done, (row, mail) in enumerate(self._mails(due), 1):
                if self._turn_to(row, mail):
                    self._deliver(mail)
                progress(done)
                if self.problem is not None:
                    break
        finally:
            self._put_on_record(self._end)

    def _deliver(self, mail: Mail) -> None:
        reply = self._carrier.deliver(mail)
        self._answered = (mail, reply)
        self.outcomes[reply.outcome.value] = self.outcomes.get(reply.outcome.value, 0) + 1
        if reply.outcome is Outcome.UNREACHABLE:
            self.problem = reply.code

    def _mails(self, due: list[int]) -> Iterator[tuple[LetterRow, Mail]]:
        """The messages of letters, made again from the record as they were released."""
        numbers = iter(due)
        while batch := list(islice(numbers, BATCH)):
            with self._workspace.read() as unit:
                renderer = Renderer(unit, font_folders(self._workspace))
                origin = unit.ledger.origin().rpartition("/")[2]
                made = [self._made(unit, renderer, origin, unit.letters.get(number)) for number in batch]
            yield from filter(None, made)

    def _made(self, unit: Unit, renderer: Renderer, origin: str, row: LetterRow) -> tuple[LetterRow, Mail] | None:
        """The message of a letter, None where the letter is no longer what was released."""
        released, address = release_of(unit, row)[1], email_of(row)
        letter = as_released(self._workspace, renderer, row, released)
        if letter is None or address is None or not _is_addressed_as_written(unit, row):
            self.changed.append(letter_number(row.number))
            return None
        sender = sender_of(self._settings, self._terms.call, row.language)
        mail = write_mail(
            row.number,
            message_id(letter_number(row.number), origin, sender.address),
            sender,
            Mailbox(address, orjson.loads(row.recipient or "{}").get("name") or ""),
            subject=letter.title,
            language=row.language,
            date=datetime.fromisoformat(str(released["release"].get("released_at", row.released_on))),
            text=letter.text,
            html=letter.html,
            attachments=self._attached(row, letter),
        )
        return row, mail

    def _attached(self, row: LetterRow, letter: Rendered) -> tuple[Attachment, ...]:
        """The PDF of a letter, signed, where it has one."""
        if letter.pdf is None:
            return ()
        return (Attachment(f"{file_name(row)}.pdf", "pdf", self._sign(letter.pdf)),)

    def _turn_to(self, row: LetterRow, mail: Mail) -> bool:
        """Puts the last answer on record, and that this letter is being sent; False where it is due no more."""

        def turn(act: Act) -> bool:
            self._end(act)
            current = act.unit.letters.get(row.number)
            if (current.stage, current.recipient) != (row.stage, row.recipient):
                return False
            attempts = current.attempts + 1
            change_letter(
                act, current, "LetterSending", attempts=attempts, message_id=mail.message_id, by=self._carrier.name
            )
            return True

        return self._put_on_record(turn)

    def _end(self, act: Act) -> bool:
        """Puts the last answer on record; an attempt that reached nobody is not counted."""
        if self._answered is None:
            return False
        mail, reply = self._answered
        row = act.unit.letters.get(mail.number)
        if reply.outcome in (Outcome.ACCEPTED, Outcome.REFUSED, Outcome.IN_DOUBT):
            change_letter(act, row, _ENTRIES[reply.outcome], reply=reply.code)
        elif reply.outcome is Outcome.DEFERRED and row.attempts >= self._settings.attempts:
            change_letter(act, row, _ENTRIES[Outcome.REFUSED], reply=reply.code)
        else:
            again_at = act.now + timedelta(seconds=self._settings.back_off(row.attempts))
            change_letter(
                act,
                row,
                "LetterDeferred",
                reply=reply.code,
                next_attempt_at=instant_text(again_at),
                attempts=row.attempts - 1 if reply.outcome is Outcome.UNREACHABLE else row.attempts,
            )
        return True

    def _put_on_record(self, what: Callable[[Act], bool]) -> bool:
        """One transaction. What a server said is worth waiting for: unless it is kept, the letter is in doubt."""
        for tries_left in reversed(range(TRIES_TO_RECORD)):
            try:
                with self._workspace.act(self._who, self._clock()) as act:
                    act.permit(ACT, self._terms.programme.stands_in)
                    done = what(act)
                self._answered = None
                return done
            except ConcurrentChangeError:
                if not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")


_ENTRIES = {
    Outcome.ACCEPTED: "LetterSent",
    Outcome.REFUSED: "LetterRefused",
    Outcome.IN_DOUBT: "LetterInDoubt",
}
