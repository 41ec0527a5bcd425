"""What becomes of letters after they were sent: doubts settled by somebody who found out, bounces, delivery reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.vocabulary import LetterStage
from pipgrants.errors import NotFoundError, RefusedError, in_words
from pipgrants.letters.reports import LARGEST_REPORT_BYTES, read_report
from pipgrants.services.definitions import terms_of
from pipgrants.services.letter_stages import change_letter
from pipgrants.services.letters import letter_number, number_of
from pipgrants.services.mailing import only_sender
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.letters import LetterRow

ACT = "letters.settle"
UNSETTLED = (LetterStage.SENDING, LetterStage.IN_DOUBT)
"""Stages of letters of which nobody knows whether they left; none is being sent while somebody else may settle it."""


def resolve(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    letter: str,
    resend: bool,
    reason: str,
    dry_run: bool = False,
) -> LetterRow:
    """Says that a letter in doubt was sent, or lets it, or one that failed, be sent again. Returns it as it was.

    Raises RefusedError where the letter is neither, and where another one took its place.
    """
    with only_sender(workspace), workspace.act(who, now, dry_run=dry_run) as act:
        row = _permitted(act, number_of(letter))
        if row.stage not in (*UNSETTLED, *((LetterStage.FAILED,) if resend else ())):
            raise RefusedError(
                f"{letter_number(row.number)} is {in_words(row.stage)}: "
                + (
                    "only what is in doubt or failed is sent again" if resend else "only what is in doubt is settled so"
                ),
                next_step=f"pipgrants letters status {row.call}",
            )
        if resend and row.superseded_by is not None:
            raise RefusedError(f"{letter_number(row.superseded_by)} took the place of {letter_number(row.number)}")
        change_letter(act, row, "LetterResolved", reason, resend=resend)
    return row


def bounce(
    workspace: Workspace, who: Identity, now: datetime, *, letter: str, reason: str, dry_run: bool = False
) -> LetterRow:
    """Says that a letter sent came back. Returns it as it was. Raises RefusedError where it was not sent."""
    with workspace.act(who, now, dry_run=dry_run) as act:
        row = _permitted(act, number_of(letter))
        if row.stage not in (LetterStage.SENT, LetterStage.DELIVERED):
            raise RefusedError(
                f"{letter_number(row.number)} is {in_words(row.stage)}; only what was sent comes back",
                next_step=f"pipgrants letters status {row.call}",
            )
        change_letter(act, row, "LetterBounced", reason, reply="returned")
    return row


def _permitted(act: Act, number: int) -> LetterRow:
    row = act.unit.letters.get(number)
    act.permit(ACT, terms_of(act.unit.calls, row.call).programme.stands_in)
    return row


class Taken(NamedTuple):
    """A report taken from a file: the letter it speaks of and its new stage, or why nothing of it was taken."""

    file: str
    letter: str | None
    stage: str | None
    why_not: str | None = None


def take_reports(
    workspace: Workspace, who: Identity, now: datetime, *, paths: Sequence[Path], dry_run: bool = False
) -> list[Taken]:
    """Takes delivery reports from files, or from the ``.eml`` files of folders, in one act.

    What is no report, speaks of no letter of this trail or says nothing new is left alone. Raises NotFoundError where
    there is no such file.
    """
    files = [file for path in paths for file in (sorted(path.glob("*.eml")) if path.is_dir() else [path])]
    for file in files:
        if not file.is_file():
            raise NotFoundError(f"there is no file {file}", next_step="give the .eml files of delivery reports")
    with only_sender(workspace), workspace.act(who, now, dry_run=dry_run) as act:
        act.permit(ACT)
        return [_take(act, file) for file in files]


def _take(act: Act, file: Path) -> Taken:
    with file.open("rb") as source:
        report = read_report(source.read(LARGEST_REPORT_BYTES + 1))
    if report is None or act.unit.ledger.origin() != f"pipgrants/{report.origin}":
        return Taken(file.name, None, None, "no delivery report about a letter of this workspace")
    try:
        row = _permitted(act, report.number)
    except NotFoundError as error:
        return Taken(file.name, None, None, error.message)
    did = _ENTRIES.get(report.action)
    if did is None or row.stage not in (*UNSETTLED, LetterStage.SENT):
        return Taken(file.name, letter_number(row.number), None, f"says nothing new ({report.action})")
    change_letter(act, row, did, reply=report.code)
    return Taken(file.name, letter_number(row.number), act.unit.letters.get(row.number).stage)


_ENTRIES = {"failed": "LetterBounced", "delivered": "LetterDelivered"}
"""What the action of a report leads to; a delay, or handing on to a server that reports nothing, is no outcome."""
