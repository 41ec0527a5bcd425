"""Where things stand, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from pipgrants.domain.calendar import closes_at_utc
from pipgrants.domain.vocabulary import LetterStage
from pipgrants.money import Money
from pipgrants.services.appeal_packages import appeal_steps
from pipgrants.services.deadlines import current_stage, window_of
from pipgrants.services.definitions import (
    Terms,
    call_engine,
    programme_engine,
    proposal_engine,
    read_programme,
    terms_of,
)
from pipgrants.services.evaluation import without_consensus
from pipgrants.services.next_steps import next_steps
from pipgrants.services.packages import PackageKind
from pipgrants.services.programmes import open_reviews
from pipgrants.services.states import competing_states, is_in_force, is_receiving
from pipgrants.services.workspace import Workspace
from pipgrants.store.calls import ProgrammeRow
from pipgrants.store.packages import PackageRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import instant_text

TO_SEND = frozenset({LetterStage.RELEASED, LetterStage.FAILED, LetterStage.IN_DOUBT, LetterStage.SENDING})
"""The stages of letters that left the agency's hands not yet, or not for certain."""


class Waiting(NamedTuple):
    """A package that waits for approval."""

    package: str
    kind: str
    subject: str
    prepared_by: str
    prepared_at: str

    @property
    def next_step(self) -> str:
        """The command that approves it."""
        command = "call authorise" if self.kind == PackageKind.AUTHORISATION else "ratify"
        return f"pipgrants {command} {self.package[:12]} --as MANAGER"


class CallStatus(NamedTuple):
    """Where a call stands; ``closes_at`` is the deadline of the stage whose applications are received or selected."""

    call: str
    title: str
    state: str
    meaning: str
    is_receiving: bool
    stage: str
    closes_at: str
    envelope: str
    synthetic: bool
    proposals: Mapping[str, int]
    letters: Mapping[str, int]
    appeals: Mapping[str, int]
    waiting: Sequence[Waiting]
    next_steps: Sequence[str]


class WorkspaceStatus(NamedTuple):
    """Where a workspace stands: its programmes by state, its calls, what waits for approval, the trail's length."""

    programmes: Mapping[str, str]
    calls: Sequence[CallStatus]
    waiting: Sequence[Waiting]
    entries_count: int
    next_steps: Sequence[str]


def workspace_status(workspace: Workspace, today: date) -> WorkspaceStatus:
    """Where a workspace stands on a day."""
    with workspace.read() as unit:
        calls = [_call_status(unit, row.call) for row in unit.calls.all()]
        programmes = {row.programme: row.state for row in unit.calls.programmes()}
        waiting = [_waiting(row) for row in unit.packages.waiting()]
        steps = [item.next_step for item in waiting] + [*_overdue_reviews(unit, today)]
        if not programmes:
            steps.append("pipgrants programme draft competitiveness-fund --as OFFICER")
        elif not calls and any(_is_in_force(unit, row) for row in unit.calls.programmes()):
            steps.append("pipgrants call draft FILE --as OFFICER")
        if not any(len(row.roles) for row in unit.actors.all() if "administrator" not in row.roles):
            steps.insert(
                0, "pipgrants actor add NAME --name 'FULL NAME' --role coordination_officer --as ADMINISTRATOR"
            )
        return WorkspaceStatus(programmes, calls, waiting, unit.ledger.size(), steps)


def _is_in_force(unit: Unit, row: ProgrammeRow) -> bool:
    return is_in_force(programme_engine(unit.calls, row.machine_hash), row.state)


def _overdue_reviews(unit: Unit, today: date) -> Iterator[str]:
    for row in unit.calls.programmes():
        for review in open_reviews(unit, read_programme(unit.calls.definition(row.definition_hash))):
            if review.due_on <= today:
                yield f"pipgrants programme review {row.programme} --due {review.due_on} --result TEXT --as MANAGER"


def call_status(workspace: Workspace, call: str) -> CallStatus:
    """Where one call stands. Raises NotFoundError."""
    with workspace.read() as unit:
        return _call_status(unit, call)


def _call_status(unit: Unit, call: str) -> CallStatus:
    terms = terms_of(unit.calls, call)
    row = terms.row
    engine = call_engine(unit.calls, row)
    letters = {f"{kind} {stage}": count for (kind, stage), count in unit.letters.counts(call).items()}
    waiting = [_waiting(item) for item in unit.packages.waiting() if item.call == call]
    return CallStatus(
        call=call,
        title=terms.call.title[terms.call.languages[0]],
        state=row.state,
        meaning=engine.definition.states[row.state].meaning,
        is_receiving=is_receiving(engine, row.state),
        stage=current_stage(unit.calls, terms).value,
        closes_at=_closes_at(unit, terms),
        envelope=str(Money(terms.call.envelope_amount, terms.call.currency)),
        synthetic=terms.programme.synthetic,
        proposals=unit.proposals.state_counts(call),
        letters=letters,
        appeals=Counter(item.standing.value for item in unit.appeals.of_call(call)),
        waiting=waiting,
        next_steps=[item.next_step for item in waiting] or _still_to_do(unit, terms),
    )


def _still_to_do(unit: Unit, terms: Terms) -> list[str]:
    """What usually follows the state of a call, without what is done already."""
    call = terms.row.call
    steps = next_steps(call, call_engine(unit.calls, terms.row).possible(terms.row.state))
    verbs = {step: tuple(step.split()[1:3]) for step in steps}
    stages = {stage for _, stage in unit.letters.counts(call)}
    done = {("letters", "release"), *([] if stages & TO_SEND else [("letters", "send")])}
    to_release = [f"pipgrants letters release {call} --as OFFICER"] if unit.letters.waiting(call, 0, 1) else []
    if any(group == "evaluation" for group, *_ in verbs.values()):
        evaluators, marks = _lacking(unit, terms)
        done |= set() if evaluators else {("evaluation", "assign")}
        done |= set() if marks else {("evaluation", "import")}
        if not marks and (lacking := without_consensus(unit, terms)):
            steps = [f"pipgrants evaluation consensus {lacking[0]} --help", *steps]
    return [*to_release, *appeal_steps(unit, terms), *(step for step in steps if verbs.get(step) not in done)]


def _lacking(unit: Unit, terms: Terms) -> tuple[int, int]:
    """How many eligible proposals lack evaluators, and how many lack marks."""
    rubric, stage = terms.call.rubric, terms.row.stage
    criteria_count = sum(stage in criterion.stages for criterion in rubric.criteria)
    states = competing_states(proposal_engine(unit.calls, terms.row))
    return unit.evaluations.lacking(terms.row.call, stage, states, rubric.evaluators_count, criteria_count)


def _closes_at(unit: Unit, terms: Terms) -> str:
    window = window_of(terms.call, current_stage(unit.calls, terms))
    closes_at = instant_text(closes_at_utc(window, terms.call.time_zone))
    return f"{window.closes_at:%Y-%m-%d %H:%M} {terms.call.time_zone} ({closes_at[:16]}Z)"


def _waiting(row: PackageRow) -> Waiting:
    return Waiting(row.hash, row.kind, row.call or row.programme or "", row.prepared_by, row.prepared_at)
