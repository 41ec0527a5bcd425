"""What an entry about a letter on record changes of its row: acts store it so, and ``audit verify`` tells it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipgrants.domain.vocabulary import LetterStage
from pipgrants.services.workspace import Act
from pipgrants.store.letters import LetterRow
from pipgrants.trail.canonical import canonical
from pipgrants.trail.entry import Deed, instant_text

UNSENT = {"stage": LetterStage.RELEASED.value, "attempts": 0, "next_attempt_at": None, "reply": None}
"""A letter that nobody has tried to send since it was released, or since somebody decided to send it again."""


def letter_changes(act: str, inputs: Mapping[str, Any], at: str) -> dict[str, object]:
    """The columns of a letter's row that an entry changes, with their new values. Raises KeyError for another act."""
    if "release" in inputs:
        day, release = inputs["release"]["released_on"], canonical(inputs["release"])
        return {"stage": LetterStage.RELEASED.value, "released_on": day, "release": release}
    if act == "LetterResolved":
        return {**UNSENT, "settled_at": None} if inputs["resend"] else {"stage": LetterStage.SENT.value, "sent_at": at}
    if "corrects" in inputs:
        ended = {"stage": LetterStage.SUPERSEDED.value} if inputs.get("never_left") else {}
        return {**ended, "superseded_by": inputs["letter"]["number"]}
    stage, names_of_time = _STAGES[act]
    reply = {"reply": inputs["reply"]} if "reply" in inputs else {}
    given = {name: inputs[name] for name in ("attempts", "next_attempt_at") if name in inputs}
    return {"stage": stage.value, **reply, **given, **dict.fromkeys(names_of_time, at)}


_STAGES: dict[str, tuple[LetterStage, tuple[str, ...]]] = {
    "LetterSuperseded": (LetterStage.SUPERSEDED, ()),
    "LetterSending": (LetterStage.SENDING, ()),
    "LetterSent": (LetterStage.SENT, ("sent_at",)),
    "LetterPosted": (LetterStage.SENT, ("sent_at",)),
    "LetterDeferred": (LetterStage.RELEASED, ()),
    "LetterRefused": (LetterStage.FAILED, ("settled_at",)),
    "LetterInDoubt": (LetterStage.IN_DOUBT, ()),
    "LetterBounced": (LetterStage.FAILED, ("settled_at",)),
    "LetterDelivered": (LetterStage.DELIVERED, ("settled_at",)),
}
"""The acts that lead to one stage: which it is, and the columns that keep when."""


def letter_subject(row: LetterRow) -> str:
    """What entries about a letter speak of: its proposal, or the letter where it is about none."""
    return f"proposal/{row.proposal}" if row.proposal else f"letter/{row.number}"


def change_letter(act: Act, row: LetterRow, did: str, reason: str | None = None, **inputs: object) -> None:
    """Writes the entry of what becomes of a letter, and stores it. Raises ConcurrentChangeError."""
    said: dict[str, object] = {"letter": row.number, **inputs}
    act.record(Deed(did, letter_subject(row), reason=reason, inputs=said, call=row.call))
    act.unit.letters.change(row.number, row.stage, letter_changes(did, said, instant_text(act.now)))
