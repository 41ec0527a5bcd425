"""Releasing letters: dated, made for good, and their hashes told to the trail; decisions leave only once ratified."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.vocabulary import APPEALABLE_LETTERS, DECISION_LETTERS, LetterKind
from pipgrants.errors import RefusedError
from pipgrants.letters.data import Release
from pipgrants.services.after_act import problem_of
from pipgrants.services.checkpoints import Kept, keep, keep_after_act
from pipgrants.services.deadlines import answer_until, appeal_until, local_day
from pipgrants.services.definitions import Terms, call_engine, proposal_engine, terms_of
from pipgrants.services.letter_files import sealed, unwritten_letters, write_missing_letters
from pipgrants.services.letter_stages import change_letter, letter_subject
from pipgrants.services.letters import (
    Parts,
    Renderer,
    font_folders,
    letter_number,
    letters_refused,
    renderers,
)
from pipgrants.services.mailing import pdf_signer
from pipgrants.services.moves import move_call, proposal_deed
from pipgrants.services.rulebook import PreparedCase, ProposalCase
from pipgrants.services.signatures import require_own_key
from pipgrants.services.workspace import Act, Identity, Workspace, silent
from pipgrants.store.letters import LetterRow
from pipgrants.store.proposals import ProposalRow
from pipgrants.trail.canonical import canonical
from pipgrants.trail.entry import Deed, instant_text
from pipgrants.trail.signature import fingerprint_of
from pipgrants.workflow.definition import Transition
from pipgrants.workflow.engine import Fired

BATCH = 500
ANSWERED_BY: Mapping[str, str] = {LetterKind.CLARIFICATION_REQUEST: "clarify", LetterKind.PROFILE_INVITED: "receive"}
"""The letters that ask for something, and the trigger by which the applicant does it."""


class Released(NamedTuple):
    """What was released: how many letters by kind, where their files are, and the checkpoint; a dry run keeps none.

    ``superseded_count`` says how many requests are not sent, because what they ask for was overtaken; ``refused`` names
    the letters that could not be made, with the reason: they wait on. ``unwritten_count`` says how many letters were
    released before and lack files, because whoever released them was stopped; ``problem`` says why not all files could
    be written.
    """

    kinds: Mapping[str, int]
    superseded_count: int
    unwritten_count: int
    refused: Sequence[tuple[str, str]]
    folder: Path
    checkpoint: Kept | None
    problem: str | None = None


def release(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    pdf: bool = False,
    key: Path | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = silent,
) -> Released:
    """Releases every letter of a call that waits: dates it, makes its parts, and tells the trail their hashes.

    First a checkpoint of the trail is kept, whose root the letters bear. Decisions exist only once they are ratified,
    so none can leave before. The time to answer a clarification begins here; a request that was answered, asked again
    or ended since does not leave. The files are written to ``letters/CALL/`` after the record is, with those that an
    earlier run left out; ``write_letters`` makes them again from the record at any time. The key in a file signs the
    checkpoint that is kept afterwards. With ``pdf`` each letter is a PDF as well. A letter that cannot be made waits
    on, and holds up no other.

    Raises RefusedError where no letter waits and no file is missing, or none could be made, and where the certificate
    for PDFs that the settings name cannot be used.
    """
    fingerprint, sign = fingerprint_of(key) if key else None, pdf_signer(workspace, now)
    with workspace.read() as unit:
        unwritten_count = sum(1 for _ in unwritten_letters(workspace, unit, call))
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        act.permit("letters.release", terms.programme.stands_in)
        require_own_key(act, fingerprint)
        fonts = font_folders(workspace)
        round_ = _Release(act, terms, fonts, renderers(fonts, pdf=pdf))
        if not dry_run:
            keep(workspace, round_.checkpoint, None)
        round_.run(progress, has_files_to_write=unwritten_count > 0)
        checkpoint = act.unit.ledger.checkpoint()
    kept = None if dry_run else keep_after_act(workspace, checkpoint, key)
    folder = workspace.folder / "letters" / call
    problem = None if dry_run else problem_of(lambda: write_missing_letters(workspace, call, sign))
    return Released(round_.kinds, round_.superseded_count, unwritten_count, round_.refused, folder, kept, problem)


class _Release:
    """One act of releasing."""

    def __init__(self, act: Act, terms: Terms, fonts: Sequence[Path], renderers: Mapping[str, str]) -> None:
        self._renderers = renderers
        self._act = act
        self._terms = terms
        self._engine = proposal_engine(act.unit.calls, terms.row)
        self._renderer = Renderer(act.unit, fonts)
        self._released_on = local_day(act.now, terms.call)
        self.checkpoint = act.unit.ledger.checkpoint()
        self._deciding = _deciding_letters(self._engine.definition.transitions)
        self.kinds: dict[str, int] = {}
        self.superseded_count = 0
        self.refused: list[tuple[str, str]] = []

    def run(self, progress: Callable[[int], None], *, has_files_to_write: bool) -> None:
        """Releases batch by batch, then moves the call if decisions left."""
        call, has_decisions, last = self._terms.row.call, False, 0
        while batch := self._act.unit.letters.waiting(call, last, BATCH):
            has_decisions |= self._release(batch)
            last = batch[-1].number
            progress(sum(self.kinds.values()))
        if not (last or has_files_to_write):
            raise RefusedError(f"no letter of {call} waits for release", next_step=f"pipgrants letters status {call}")
        if self.refused and not self.kinds:
            raise letters_refused(call, self.refused, "could not be made", "nothing was released")
        engine = call_engine(self._act.unit.calls, self._terms.row)
        if has_decisions and "release" in engine.possible(self._terms.row.state):
            state = move_call(self._act, self._terms, "release", PreparedCase())
            if engine.definition.states[state].tier and state != self._terms.row.state:
                self._act.unit.calls.release(call, instant_text(self._act.now))

    def _release(self, rows: Sequence[LetterRow]) -> bool:
        heads = self._act.unit.proposals.heads(sorted({row.proposal for row in rows if row.proposal}))
        overtaken = {row.number for row in rows if self._is_overtaken(row, heads)}
        for row in (row for row in rows if row.number in overtaken):
            change_letter(self._act, row, "LetterSuperseded")
            self.superseded_count += 1
        deeds: list[Deed] = []
        moves: list[tuple[str, str, str]] = []
        times: list[tuple[str, str, str]] = []
        released: list[tuple[int, str, bytes]] = []
        for row in (row for row in rows if row.number not in overtaken):
            head = heads.get(row.proposal or "")
            when = self._release_of(row, head)
            try:
                parts = self._renderer.whole(row, when).parts
            except RefusedError as error:
                self.refused.append((letter_number(row.number), error.message))
                continue
            fired = None
            if head and row.kind in self._deciding.get(head.state, ()):
                fired = self._engine.fire(head.state, "notify", ProposalCase(), roles=self._act.roles)
                moves.append((fired.destination, head.number, head.state))
            if head and "answer_until" in when:
                times.append((when["answer_until"], head.number, head.state))
            deeds.append(self._deed(row, when, parts, fired))
            released.append((row.number, self._released_on.isoformat(), canonical(when)))
            self.kinds[row.kind] = self.kinds.get(row.kind, 0) + 1
        self._act.record(*deeds)
        self._act.unit.letters.release(released)
        self._act.unit.proposals.give_time(times)
        self._act.unit.proposals.move(moves)
        return any(kind in DECISION_LETTERS for kind in self.kinds)

    def _is_overtaken(self, row: LetterRow, heads: Mapping[str, ProposalRow]) -> bool:
        """Whether a letter asks for what was done, asked again or ended since, or for what is due no more."""
        if row.kind not in ANSWERED_BY or row.proposal is None:
            return False
        head = heads[row.proposal]
        if ANSWERED_BY[row.kind] not in self._engine.possible(head.state):
            return True
        if row.kind != LetterKind.CLARIFICATION_REQUEST:
            return False
        due_on, asked_by = head.clarification_due_on, self._act.unit.letters.begun_with(row).entry
        return head.screening_entry != asked_by or (due_on is not None and due_on < self._released_on.isoformat())

    def _release_of(self, row: LetterRow, head: ProposalRow | None) -> Release:
        can_be_appealed = row.kind in APPEALABLE_LETTERS
        until: date | None = appeal_until(self._released_on, self._terms.call) if can_be_appealed else None
        release = Release(
            released_on=self._released_on.isoformat(),
            released_at=instant_text(self._act.now),
            appeal_until=until.isoformat() if until else None,
            entry=row.entry,
            size=self.checkpoint.size,
            root=base64.b64encode(self.checkpoint.root).decode(),
            renderers=self._renderers,
        )
        if head and row.kind == LetterKind.CLARIFICATION_REQUEST:
            begins_now = answer_until(self._released_on, self._terms.call).isoformat()
            release["answer_until"] = head.clarification_due_on or begins_now
        return release

    def _deed(self, row: LetterRow, when: Release, parts: Parts, fired: Fired | None) -> Deed:
        inputs: dict[str, object] = {
            "letter": row.number,
            "release": dict(when),
            **sealed(row, parts),
        }
        if fired is not None and row.proposal:
            return proposal_deed(fired, row.proposal, self._terms, inputs=inputs)
        return Deed("LetterReleased", letter_subject(row), inputs=inputs, call=row.call)


def _deciding_letters(transitions: Sequence[Transition]) -> dict[str, set[str]]:
    """By state that can be notified, the kinds of letter with which it was entered."""
    found: dict[str, set[str]] = {}
    for transition in transitions:
        if transition.trigger == "notify":
            for source in transition.source:
                found.setdefault(source, set())
    for transition in transitions:
        for _, destination in transition.ways:
            if destination in found and transition.letter:
                found[destination].add(transition.letter)
    return found
