"""Screening: every criterion checked on every proposal, clarifications asked for, answered and lapsed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from pipgrants.domain.counterpart import Contested, Pledge, contested_evidence
from pipgrants.domain.finding import Finding, overall
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.screening import Screener
from pipgrants.domain.vocabulary import LetterKind, Verdict
from pipgrants.errors import RefusedError
from pipgrants.money import from_minor
from pipgrants.services.calls import close_in, move_call, proposal_deed
from pipgrants.services.correspondence import Addressee, Correspondence, LetterDraft
from pipgrants.services.deadlines import clarification_due_on, local_day
from pipgrants.services.definitions import Terms, call_engine, proposal_engine, terms_of
from pipgrants.services.rulebook import PreparedCase, ProposalCase
from pipgrants.services.workspace import Act, Identity, Workspace, silent
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit
from pipgrants.workflow.engine import Engine, Fired


class Screened(NamedTuple):
    """What screening found: how many proposals by their new state, and how many letters were recorded."""

    states: Mapping[str, int]
    unchanged_count: int
    lapsed_count: int
    letters_count: int


def screen(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    dry_run: bool = False,
    progress: Callable[[int], None] = silent,
) -> Screened:
    """Checks every proposal that waits for a decision of screening, and lapses expired clarifications.

    A call whose deadline is past is closed first. Screening again writes only what changed.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        if "close" in call_engine(act.unit.calls, terms.row).possible(terms.row.state):
            close_in(act, terms)
            terms = terms_of(act.unit.calls, call)
        move_call(act, terms, "screen", PreparedCase(actor=act.actor.actor))
        round_ = _Screening(act, terms)
        round_.lapse()
        round_.run(progress)
        return round_.result()


class _Screening:
    """One act of screening over all proposals of a call."""

    def __init__(self, act: Act, terms: Terms) -> None:
        self._act = act
        self._terms = terms
        self._engine = proposal_engine(act.unit.calls, terms.row)
        self._screener = Screener(terms.call, terms.row.stage)
        self._today = local_day(act.now, terms.call)
        self._due_on = clarification_due_on(act.now, terms.call)
        self._contested = contested(act.unit, self._engine)
        self._excluded = act.unit.parties.excluded(self._today)
        self._letters = Correspondence(act, terms)
        self._states: Counter[str] = Counter()
        self._unchanged = 0
        self._lapsed = 0

    def run(self, progress: Callable[[int], None]) -> None:
        """Screens batch by batch."""
        states = [state for state in self._engine.definition.states if "screen" in self._engine.possible(state)]
        proposals, done = self._act.unit.proposals, 0
        call, currency = self._terms.row.call, self._terms.call.currency
        needs = self._screener.needs
        for batch in proposals.batches(call, currency, needs, states=states, excluded=self._excluded):
            heads = proposals.heads([proposal.number for proposal in batch])
            before = self._act.unit.ledger.contents(
                [entry for head in heads.values() if (entry := head.screening_entry) is not None]
            )
            self._screen_batch(batch, heads, before)
            done += len(batch)
            progress(done)

    def _screen_batch(
        self, batch: Sequence[Proposal], heads: Mapping[str, ProposalRow], before: Mapping[int, Mapping[str, object]]
    ) -> None:
        moves: list[tuple[str, bool, str | None, str, str]] = []
        roles = self._act.roles
        for proposal in batch:
            findings = self._screener.screen(proposal, self._contested)
            plain = [finding.as_plain() for finding in findings]
            head = heads[proposal.number]
            if head.screening_entry is not None and before[head.screening_entry]["findings"] == plain:
                self._unchanged += 1
                continue
            case = ProposalCase(verdict=overall(findings), today=self._today)
            fired = self._engine.fire(proposal.state, "screen", case, roles=roles)
            due_on = self._due_on.isoformat() if fired.transition.letter else None
            inputs: dict[str, object] = {"clarification_due_on": due_on} if due_on else {}
            deed = proposal_deed(fired, proposal.number, self._terms, inputs=inputs, findings=plain)
            self._letters.write(deed, self._request(head, fired, findings, due_on))
            is_open = any(finding.verdict is Verdict.UNDETERMINED for finding in findings)
            moves.append((fired.destination, is_open, due_on, proposal.number, proposal.state))
            self._states[fired.destination] += 1
        self._store(moves)

    def _store(self, moves: Sequence[tuple[str, bool, str | None, str, str]]) -> None:
        entries = self._letters.flush()
        rows = [
            (state, entry, is_open, due_on, number, source)
            for (state, is_open, due_on, number, source), entry in zip(moves, entries, strict=True)
        ]
        self._act.unit.proposals.screened(rows)

    def _request(
        self, head: ProposalRow, fired: Fired, findings: Sequence[Finding], due_on: str | None
    ) -> LetterDraft | None:
        if fired.transition.letter is None:
            return None
        open_findings = [item.as_plain() for item in findings if item.verdict is Verdict.UNDETERMINED]
        facts = {"title": head.title, "findings": open_findings, "due_on": due_on}
        kind = LetterKind(fired.transition.letter)
        return LetterDraft(kind, head.number, Addressee(head.language, head.lead), facts)

    def lapse(self) -> None:
        """Ends clarifications, and invitations to submit, that were not answered in time."""
        states = [state for state in self._engine.definition.states if "lapse" in self._engine.possible(state)]
        moves: list[tuple[str, str, str]] = []
        for row in list(self._act.unit.proposals.rows(self._terms.row.call, states)):
            fired = self._lapse_of(row)
            if fired is not None:
                moves.append((fired.destination, row.number, row.state))
                self._letters.write(proposal_deed(fired, row.number, self._terms))
        self._letters.flush()
        self._act.unit.proposals.move(moves)
        self._lapsed = len(moves)

    def _lapse_of(self, row: ProposalRow) -> Fired | None:
        due_on = row.clarification_due_on
        case = ProposalCase(
            today=self._today,
            clarification_due_on=datetime.fromisoformat(due_on).date() if due_on else None,
            decided_on_record=self._terms.call.clarification.if_unanswered.value == "decide_on_record",
            deadline_is_past=True,
        )
        try:
            return self._engine.fire(row.state, "lapse", case, roles=self._act.roles)
        except RefusedError:
            return None

    def result(self) -> Screened:
        """What was done."""
        return Screened(dict(self._states), self._unchanged, self._lapsed, self._letters.letters_count)


def contested(unit: Unit, engine: Engine[ProposalCase]) -> Contested:
    """The papers pledged by two live proposals of any call, or beyond what they commit."""
    ended = [name for name, state in engine.definition.states.items() if state.final]
    pledges = (
        Pledge(
            pledge.identity,
            pledge.proposal,
            from_minor(pledge.amount_minor, pledge.currency),
            None if pledge.committed_minor is None else from_minor(pledge.committed_minor, pledge.currency),
        )
        for pledge in unit.proposals.pledges(ended)
    )
    return contested_evidence(pledges, unit.proposals.settlements())
