"""Screening: every criterion checked on every proposal, clarifications asked for, answered and lapsed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

import orjson

from pipgrants.domain.call import Call, Unanswered
from pipgrants.domain.counterpart import CODE as COUNTERPART
from pipgrants.domain.counterpart import Contested, Pledge, contested_evidence, counted_amount
from pipgrants.domain.finding import Finding, Findings, Plain, overall
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.screening import Screener
from pipgrants.domain.vocabulary import LetterKind, Verdict
from pipgrants.money import to_minor
from pipgrants.services.calls import close_in
from pipgrants.services.correspondence import Addressee, Correspondence, LetterDraft
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, call_engine, proposal_engine, terms_of
from pipgrants.services.findings import RecordedFindings
from pipgrants.services.moves import move_call, proposal_deed
from pipgrants.services.rulebook import PreparedCase, ProposalCase
from pipgrants.services.states import given_up_states, live_states, screened_states, states_with
from pipgrants.services.workspace import Act, Identity, Workspace, silent
from pipgrants.store.proposal_lines import to_day, to_iso
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.proposals import Screened as ScreenedRow
from pipgrants.store.unit import Unit
from pipgrants.workflow.definition import Transition
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
    """Checks every proposal that waits for a decision of screening, and ends what was not answered in time.

    A call whose deadline is past is closed first. Screening again writes only what changed. Once the scores are closed,
    only the proposals that compete are looked at again, and the ranking follows anew.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        if "close" in call_engine(act.unit.calls, terms.row).possible(terms.row.state):
            close_in(act, terms)
            terms = terms_of(act.unit.calls, call)
        excluded = act.unit.parties.excluded(local_day(act.now, terms.call))
        inputs: dict[str, object] = {"excluded": sorted(excluded)}
        move_call(act, terms, "screen", PreparedCase(actor=act.actor.actor), inputs=inputs)
        round_ = _Screening(act, terms, excluded)
        round_.lapse()
        round_.run(progress)
        return round_.result()


class _Screening:
    """One act of screening over all proposals of a call."""

    def __init__(self, act: Act, terms: Terms, excluded: frozenset[str]) -> None:
        self._act = act
        self._terms = terms
        self._excluded = excluded
        self._engine = proposal_engine(act.unit.calls, terms.row)
        self._screener = Screener(terms.call, terms.row.stage)
        self._recorded = RecordedFindings(act.unit)
        self._today = local_day(act.now, terms.call)
        self._contested = contested(act.unit)
        self._letters = Correspondence(act, terms)
        self._states: Counter[str] = Counter()
        self._unchanged = 0
        self._lapsed = 0

    def run(self, progress: Callable[[int], None]) -> None:
        """Screens batch by batch."""
        states = screened_states(self._engine, scores_closed=self._terms.row.scores_closed_at is not None)
        proposals, done = self._act.unit.proposals, 0
        call, currency = self._terms.row.call, self._terms.call.currency
        needs = self._screener.needs
        for batch in proposals.batches(call, currency, needs, states=states, excluded=self._excluded):
            self._screen_batch(batch)
            done += len(batch)
            progress(done)

    def _screen_batch(self, batch: Sequence[tuple[ProposalRow, Proposal]]) -> None:
        entries = [row.screening_entry for row, _ in batch if row.screening_entry is not None]
        before = self._recorded.of(entries)
        checked = [
            _Checked(row, self._screener.screen(proposal, self._contested), before.get(row.screening_entry or 0))
            for row, proposal in batch
        ]
        cases = ((item.row.state, self._case(item)) for item in checked)
        moves = self._engine.fire_all(cases, "screen", roles=self._act.roles)
        changed = [(item, fired) for item, fired in zip(checked, moves, strict=True) if not item.repeats(fired)]
        self._unchanged += len(checked) - len(changed)
        for item, fired in changed:
            self._write(item, fired)
        written = self._letters.flush()
        rows = [self._row(item, fired, entry) for (item, fired), entry in zip(changed, written, strict=True)]
        self._act.unit.proposals.screened(rows)

    def _case(self, item: _Checked) -> ProposalCase:
        return screening_case(item.findings, item.due_on, self._today, self._terms.call)

    def _write(self, item: _Checked, fired: Fired) -> None:
        """Queues the entry and the letter of one screening."""
        inputs = screening_inputs(item.due_on)
        deed = proposal_deed(fired, item.row.number, self._terms, inputs=inputs, findings=recorded(item.findings))
        self._letters.write(deed, item.request(fired))
        self._states[fired.destination] += 1
        self._lapsed += ends_a_time(fired.transition)

    def _row(self, item: _Checked, fired: Fired, entry: int) -> ScreenedRow:
        """What screening leaves on a proposal."""
        return ScreenedRow(
            state=fired.destination,
            entry=entry,
            has_open_findings=any(finding.verdict is Verdict.UNDETERMINED for finding in item.findings),
            clarification_due_on=to_iso(item.due_on),
            counterpart_minor=counted_counterpart(item.findings, self._terms.call.currency),
            number=item.row.number,
            seen=item.row.state,
        )

    def lapse(self) -> None:
        """Ends the invitations to submit that were not taken up in time."""
        states = states_with(self._engine, "lapse")
        rows = list(self._act.unit.proposals.rows(self._terms.row.call, states))
        lapsed = list(lapses(self._engine, (row.state for row in rows), self._act.roles))
        for row, fired in zip(rows, lapsed, strict=True):
            self._letters.write(proposal_deed(fired, row.number, self._terms))
        self._letters.flush()
        self._act.unit.proposals.move(
            [(fired.destination, row.number, row.state) for row, fired in zip(rows, lapsed, strict=True)]
        )
        self._lapsed += len(lapsed)

    def result(self) -> Screened:
        """What was done."""
        return Screened(dict(self._states), self._unchanged, self._lapsed, self._letters.letters_count)


class _Checked:
    """A proposal with its findings, those of the last screening, and the time to answer that it was given."""

    def __init__(self, row: ProposalRow, findings: Findings, before: Findings | None) -> None:
        self.row = row
        self.findings = findings
        self.due_on = time_given(findings, before, to_day(row.clarification_due_on))
        self._before = before

    def repeats(self, fired: Fired) -> bool:
        """Whether the last screening found the same, and it leads nowhere else."""
        return self._before == self.findings and fired.destination == self.row.state

    def request(self, fired: Fired) -> LetterDraft | None:
        """The letter that asks for what is missing, where the machine sends one."""
        if fired.transition.letter is None:
            return None
        row = self.row
        open_findings = [item.as_plain() for item in self.findings if item.verdict is Verdict.UNDETERMINED]
        facts = {"title": row.title, "findings": open_findings}
        return LetterDraft(LetterKind(fired.transition.letter), row.number, Addressee(row.language, row.lead), facts)


def debarred_at_screening(unit: Unit, call: str) -> frozenset[str]:
    """The parties that stood on the exclusion list when a call was screened last."""
    found = (orjson.loads(entry.content)["inputs"] for entry in unit.ledger.entries(subject=f"call/{call}"))
    return [frozenset(inputs["excluded"]) for inputs in found if "excluded" in inputs][-1]


def lapses(engine: Engine[ProposalCase], states: Iterable[str], roles: frozenset[str]) -> Iterator[Fired]:
    """How invitations end that were not taken up by the deadline, one for each state; it is past when screening."""
    case = ProposalCase(deadline_is_past=True)
    return engine.fire_all(((state, case) for state in states), "lapse", roles=roles)


def screening_case(findings: Findings, due_on: date | None, today: date, call: Call) -> ProposalCase:
    """The facts that decide where a screening leads."""
    return ProposalCase(
        verdict=overall(findings),
        today=today,
        clarification_due_on=due_on,
        decided_on_record=call.clarification.if_unanswered is Unanswered.DECIDE_ON_RECORD,
    )


def time_given(findings: Findings, before: Findings | None, due_on: date | None) -> date | None:
    """The last day to answer that stands: that of the request before, unless something else is missing now.

    None where nothing is missing, and where the time begins only with the release of a request.
    """
    if due_on is None:
        return None
    missing = _missing(findings)
    return due_on if missing and missing <= _missing(before or ()) else None


def _missing(findings: Findings) -> set[tuple[str, str]]:
    """What an applicant is asked for: the criteria that are open, and why."""
    return {
        (finding.criterion, reason)
        for finding in findings
        if finding.verdict is Verdict.UNDETERMINED and not finding.is_condition
        for reason in ("", *(note.code for note in finding.notes))
    }


def ends_a_time(transition: Transition) -> bool:
    """Whether a transition of screening is one because the time to answer is over."""
    return "clarification_expired" in transition.guards


def screening_inputs(due_on: date | None) -> dict[str, object]:
    """What the entry of a screening holds beside its findings: the last day to answer, where it was given before."""
    return {"clarification_due_on": due_on.isoformat()} if due_on else {}


def recorded(findings: Sequence[Finding]) -> list[dict[str, Plain]]:
    """Findings as the entry of a screening holds them."""
    return [finding.as_recorded() for finding in findings]


def counted_counterpart(findings: Sequence[Finding], currency: str) -> int | None:
    """The counterpart that counted, None where the call asks for none or it is not on record."""
    amount = next((counted_amount(finding) for finding in findings if finding.criterion == COUNTERPART), None)
    return None if amount is None else to_minor(amount, currency)


def contested(unit: Unit) -> Contested:
    """The papers pledged by two live proposals of any call, or beyond what they commit.

    A proposal is live while it can still be withdrawn, and for as long as an award or a place in reserve holds it.
    """
    return contested_evidence(pledges(unit), unit.evidence.settlements())


def pledges(unit: Unit) -> Iterator[Pledge]:
    """What live proposals of every call pledge on papers that may be contested."""
    machines = {row.proposal_machine_hash: row for row in unit.calls.all()}.values()
    engines = [proposal_engine(unit.calls, row) for row in machines]
    return unit.evidence.pledges(sorted(live_states(engines)), sorted(given_up_states(engines)))
