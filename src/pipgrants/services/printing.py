"""Letters on paper: one PDF of all that go by post, in postal order, and the word of who posted them."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import orjson

from pipgrants.domain.vocabulary import LetterStage
from pipgrants.errors import RefusedError
from pipgrants.letters.pdf import require_pdf
from pipgrants.paths import refuse_existing, written_whole
from pipgrants.services.access import permitted_read
from pipgrants.services.definitions import terms_of
from pipgrants.services.letter_stages import change_letter
from pipgrants.services.letters import MOST_NAMED, Renderer, font_folders, letter_number, number_of
from pipgrants.services.outbox import ACT, email_of
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.letters import LetterRow

SHEET_PAGES = 2
BY_POST = "by_post"
"""With this a letter was sent that no mail server was asked to take."""
A4_POINTS = (595, 842)


class Printed(NamedTuple):
    """What was put together: the letters in the order of the file, and its pages, blank backs included."""

    letters: tuple[str, ...]
    pages_count: int


def merge_letters(
    workspace: Workspace, who: Identity, now: datetime, *, call: str, path: Path, everybody: bool = False
) -> Printed:
    """Writes one PDF of the released letters of a call that have no address to be sent to, or of all.

    A letter that another took the place of is left out.

    They come in the order of their postal addresses, from the last line (the country, or the town) to the first. Every
    letter begins on a new sheet, so that the file can be printed on both sides. Raises NotAuthorisedError for who may
    not, RefusedError where there is none, where a letter cannot be set, and where something stands at the path.
    """
    require_pdf()
    refuse_existing(path)
    with permitted_read(workspace, who, now, "letters.print", f"call/{call}") as unit:
        unit.calls.get(call)
        rows = sorted((row for row in unit.letters.released(call) if _goes_by_post(row, everybody)), key=postal_place)
        if not rows:
            raise RefusedError(
                f"no released letter of {call} is to be printed",
                next_step=f"pipgrants letters print {call} --all, which has also those that go by e-mail",
            )
        pages = _merge(Renderer(unit, font_folders(workspace)), rows, path)
    return Printed(tuple(letter_number(row.number) for row in rows), pages)


def _goes_by_post(row: LetterRow, everybody: bool) -> bool:
    return row.superseded_by is None and (everybody or (row.stage == LetterStage.RELEASED and email_of(row) is None))


def post(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    letters: Sequence[str] = (),
    dry_run: bool = False,
) -> tuple[str, ...]:
    """Says that letters of a call were posted: those named, or all that ``merge_letters`` puts together.

    Each is on record as sent by post from then on; what is named may have an e-mail address, too. Returns them in
    postal order. Raises RefusedError where one was not released, has left, belongs to another call or had its place
    taken, and where there is none.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit(ACT, terms_of(act.unit.calls, call).programme.stands_in)
        released = {row.number: row for row in act.unit.letters.released(call) if _goes_by_post(row, bool(letters))}
        asked = {number_of(letter) for letter in letters} or set(released)
        rows = sorted((row for row in released.values() if row.number in asked), key=postal_place)
        others = asked - {row.number for row in rows if row.stage == LetterStage.RELEASED}
        if others or not rows:
            listed = ", ".join(letter_number(number) for number in sorted(others)[:MOST_NAMED])
            raise RefusedError(
                f"no letter of {call} that is released and not sent: {listed}"
                if others
                else f"no released letter of {call} is to be posted",
                next_step=f"pipgrants letters status {call}",
            )
        for row in rows:
            change_letter(act, row, "LetterPosted", reply=BY_POST, next_attempt_at=None)
    return tuple(letter_number(row.number) for row in rows)


def postal_place(row: LetterRow) -> tuple[list[str], int]:
    """What letters are put in order by: the lines of the address from the last to the first, then the number."""
    recipient = orjson.loads(row.recipient) if row.recipient else {}
    lines = [recipient.get("name") or "", *(recipient.get("postal_address") or "").splitlines()]
    return [_collated(line) for line in reversed(lines) if line.strip()], row.number


def _collated(text: str) -> str:
    """Text without case and accents, so that Águas stands beside Aguas."""
    apart = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))


def _merge(renderer: Renderer, rows: list[LetterRow], path: Path) -> int:
    import pikepdf

    with pikepdf.new() as merged:
        for row in rows:
            with pikepdf.open(io.BytesIO(renderer.pdf(row, orjson.loads(row.release or b"null")))) as letter:
                merged.pages.extend(letter.pages)
            if len(merged.pages) % SHEET_PAGES:
                merged.add_blank_page(page_size=A4_POINTS)
        with written_whole(path) as file:
            merged.save(file)
        return len(merged.pages)
