"""Releasing letters: dated, made for good, and their hashes told to the trail; decisions leave only once ratified."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.vocabulary import LetterKind
from pipgrants.errors import RefusedError
from pipgrants.letters.data import Release
from pipgrants.services.checkpoints import Kept, keep_after_act
from pipgrants.services.deadlines import answer_until, appeal_until, local_day
from pipgrants.services.definitions import Terms, call_engine, proposal_engine, terms_of
from pipgrants.services.letters import Rendered, Renderer, write_letters
from pipgrants.services.moves import move_call, proposal_deed
from pipgrants.services.rulebook import PreparedCase, ProposalCase
from pipgrants.services.signatures import require_own_key
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.letters import LetterRow
from pipgrants.store.proposals import ProposalRow
from pipgrants.trail.canonical import canonical
from pipgrants.trail.entry import Deed, instant_text
from pipgrants.trail.sealing import seal
from pipgrants.trail.signature import fingerprint_of
from pipgrants.workflow.definition import Transition
from pipgrants.workflow.engine import Fired

BATCH = 500

DECISIONS = frozenset(
    kind.value
    for kind in (
        LetterKind.AWARD,
        LetterKind.CONDITIONAL_AWARD,
        LetterKind.RESERVE,
        LetterKind.DECLINE,
        LetterKind.INELIGIBLE,
        LetterKind.PROFILE_INVITED,
        LetterKind.PROFILE_NOT_INVITED,
    )
)
"""Letters that tell a ratified decision."""

APPEALABLE = DECISIONS | {LetterKind.LATE.value, LetterKind.CALL_CANCELLED.value, LetterKind.CALL_VOID.value}
"""Letters that can be appealed against."""


class Released(NamedTuple):
    """What was released: how many letters by kind, where their files are, and the checkpoint; a dry run keeps none.

    ``superseded_count`` says how many requests are not sent, because what they ask for was overtaken.
    """

    kinds: Mapping[str, int]
    superseded_count: int
    folder: Path
    checkpoint: Kept | None


def release(
    workspace: Workspace, who: Identity, now: datetime, *, call: str, key: Path | None = None, dry_run: bool = False
) -> Released:
    """Releases every pending letter of a call: dates it, makes its text and page, and tells the trail their hashes.

    Decisions exist only once they are ratified, so none can leave before. The time to answer a clarification begins
    here; a request that was answered, asked again or ended since does not leave. The files are written to
    ``letters/CALL/`` after the record is; ``write_letters`` makes them again from the record at any time. The key in a
    file signs the checkpoint.
    """
    fingerprint = fingerprint_of(key) if key else None
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        act.permit("letters.release", terms.programme.stands_in)
        require_own_key(act, fingerprint)
        round_ = _Release(act, terms)
        round_.run()
        checkpoint = act.unit.ledger.checkpoint()
    kept = None if dry_run else keep_after_act(workspace, checkpoint, key)
    folder = workspace.folder / "letters" / call
    if not dry_run:
        write_letters(workspace, call)
    return Released(round_.kinds, round_.superseded_count, folder, kept)


class _Release:
    """One act of releasing."""

    def __init__(self, act: Act, terms: Terms) -> None:
        self._act = act
        self._terms = terms
        self._engine = proposal_engine(act.unit.calls, terms.row)
        self._renderer = Renderer(act.unit)
        self._released_on = local_day(act.now, terms.call)
        self._checkpoint = act.unit.ledger.checkpoint()
        self._deciding = _deciding_letters(self._engine.definition.transitions)
        self.kinds: dict[str, int] = {}
        self.superseded_count = 0

    def run(self) -> None:
        """Releases batch by batch, then moves the call if decisions left."""
        call, has_decisions = self._terms.row.call, False
        pending = list(self._act.unit.letters.of_call(call, "pending"))
        if not pending:
            raise RefusedError(f"no letter of {call} waits for release", next_step=f"pipgrants letters list {call}")
        for batch in _batches(iter(pending)):
            has_decisions |= self._release(batch)
        engine = call_engine(self._act.unit.calls, self._terms.row)
        if has_decisions and "release" in engine.possible(self._terms.row.state):
            state = move_call(self._act, self._terms, "release", PreparedCase())
            if engine.definition.states[state].tier and state != self._terms.row.state:
                self._act.unit.calls.release(call, instant_text(self._act.now))

    def _release(self, rows: Sequence[LetterRow]) -> bool:
        heads = self._act.unit.proposals.heads(sorted({row.proposal for row in rows if row.proposal}))
        overtaken = {row.number for row in rows if self._is_overtaken(row, heads)}
        self._supersede([row for row in rows if row.number in overtaken])
        deeds: list[Deed] = []
        moves: list[tuple[str, str, str]] = []
        times: list[tuple[str, str, str]] = []
        released: list[tuple[int, str, bytes]] = []
        for row in (row for row in rows if row.number not in overtaken):
            head = heads.get(row.proposal or "")
            fired = None
            if head and row.kind in self._deciding.get(head.state, ()):
                fired = self._engine.fire(head.state, "notify", ProposalCase(), roles=self._act.roles)
                moves.append((fired.destination, head.number, head.state))
            when = self._release_of(row, head)
            if head and "answer_until" in when:
                times.append((when["answer_until"], head.number, head.state))
            deeds.append(self._deed(row, when, self._renderer.render(row, when), fired))
            released.append((row.number, self._released_on.isoformat(), canonical(when)))
            self.kinds[row.kind] = self.kinds.get(row.kind, 0) + 1
        self._act.record(*deeds)
        self._act.unit.letters.release(released)
        self._act.unit.proposals.give_time(times)
        self._act.unit.proposals.move(moves)
        return any(row.kind in DECISIONS for row in rows)

    def _is_overtaken(self, row: LetterRow, heads: Mapping[str, ProposalRow]) -> bool:
        """Whether a request asks for what was answered, asked again or ended since, or for what is due no more."""
        if row.kind != LetterKind.CLARIFICATION_REQUEST or row.proposal is None:
            return False
        head = heads[row.proposal]
        is_open = head.screening_entry == row.entry and "clarify" in self._engine.possible(head.state)
        due_on = head.clarification_due_on
        return not is_open or (due_on is not None and due_on < self._released_on.isoformat())

    def _supersede(self, rows: Sequence[LetterRow]) -> None:
        self._act.record(
            *(
                Deed("LetterSuperseded", f"proposal/{row.proposal}", inputs={"letter": row.number}, call=row.call)
                for row in rows
            )
        )
        self._act.unit.letters.supersede([row.number for row in rows])
        self.superseded_count += len(rows)

    def _release_of(self, row: LetterRow, head: ProposalRow | None) -> Release:
        until: date | None = appeal_until(self._released_on, self._terms.call) if row.kind in APPEALABLE else None
        release = Release(
            released_on=self._released_on.isoformat(),
            appeal_until=until.isoformat() if until else None,
            entry=row.entry,
            size=self._checkpoint.size,
            root=base64.b64encode(self._checkpoint.root).decode(),
        )
        if head and row.kind == LetterKind.CLARIFICATION_REQUEST:
            begins_now = answer_until(self._released_on, self._terms.call).isoformat()
            release["answer_until"] = head.clarification_due_on or begins_now
        return release

    def _deed(self, row: LetterRow, when: Release, letter: Rendered, fired: Fired | None) -> Deed:
        inputs: dict[str, object] = {
            "letter": row.number,
            "release": dict(when),
            "text": seal(row.salt or b"", "text", letter.text),
            "html": seal(row.salt or b"", "html", letter.html),
        }
        if fired is not None and row.proposal:
            return proposal_deed(fired, row.proposal, self._terms, inputs=inputs)
        subject = f"proposal/{row.proposal}" if row.proposal else f"letter/{row.number}"
        return Deed("LetterReleased", subject, inputs=inputs, call=row.call)


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


def _batches(rows: Iterator[LetterRow]) -> Iterator[list[LetterRow]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
