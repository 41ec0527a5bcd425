"""Who scores what: evaluators assigned to proposals, and the conflicts of interest that they declare."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from pipgrants.domain.vocabulary import Role
from pipgrants.errors import NotAuthorisedError, RefusedError
from pipgrants.services.definitions import Terms, proposal_engine, terms_of
from pipgrants.services.segregation import refuse_deciders
from pipgrants.services.states import competing_states
from pipgrants.services.workspace import Act, Identity, Workspace, silent
from pipgrants.trail.entry import Deed

BATCH = 2_000


class Lacking(NamedTuple):
    """A proposal with fewer evaluators than the rubric asks for.

    ``conflicts`` are those who declared a conflict of interest, and those named who act for a party of the proposal;
    they are not counted as assigned.
    """

    proposal: str
    assigned_count: int
    wanted_count: int
    conflicts: tuple[str, ...]


class Assigned(NamedTuple):
    """How many evaluations were assigned, to how many evaluators, and which eligible proposals still lack some."""

    proposals_count: int
    evaluations_count: int
    evaluators_count: int
    lacking: tuple[Lacking, ...]

    @property
    def lacking_count(self) -> int:
        """How many evaluations nobody is assigned to."""
        return sum(item.wanted_count - item.assigned_count for item in self.lacking)


def assign(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    evaluators: Sequence[str],
    dry_run: bool = False,
    progress: Callable[[int], None] = silent,
) -> Assigned:
    """Gives every eligible proposal as many evaluators as the rubric asks for.

    Whoever is assigned stays. Proposals that lack some are filled up from those named, the one with the fewest
    proposals first, never with somebody who declared a conflict of interest in any stage, or who acts for a party of
    the proposal. Raises RefusedError where
    somebody named does not evaluate, or the first assignment names fewer than each proposal needs.
    """
    people = list(dict.fromkeys(evaluators))
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        act.permit("evaluation.assign", terms.programme.stands_in)
        refuse_closed(terms)
        _refuse_others(act, people)
        refuse_deciders(act.unit, call, set(people))
        assigned, pairs = _share_out(act, terms, people)
        for start in range(0, len(pairs), BATCH):
            batch = pairs[start : start + BATCH]
            act.unit.evaluations.assign(terms.row.stage, batch)
            act.record(*(assigned_deed(terms, number, evaluator) for number, evaluator in batch))
            progress(start + len(batch))
    return assigned


def _refuse_others(act: Act, people: Sequence[str]) -> None:
    others = [name for name in people if Role.EVALUATOR not in act.unit.actors.get(name).roles]
    if others:
        raise RefusedError(
            f"{', '.join(others)} {'is' if len(others) == 1 else 'are'} not evaluator",
            next_step="pipgrants actor grant ACTOR evaluator",
        )


def _refuse_too_few(people: Sequence[str], needed: int) -> None:
    if len(people) < needed:
        raise RefusedError(
            f"{needed} different evaluators are needed for each proposal; {len(people)} named"
            if people
            else "no evaluator is named",
            next_step="name more of them (pipgrants actor list); later, replacements may be named alone",
        )


def _share_out(act: Act, terms: Terms, people: Sequence[str]) -> tuple[Assigned, list[tuple[str, str]]]:
    """What is assigned, and each evaluation of it as (proposal, evaluator)."""
    call, wanted = terms.row.call, terms.call.rubric.evaluators_count
    conflicts = act.unit.evaluations.conflicts(call)
    for name in people:
        for number in _of_own_party(act, name):
            conflicts[number].add(name)
    on_record: defaultdict[str, set[str]] = defaultdict(set)
    for row in act.unit.evaluations.of_call(call, terms.row.stage):
        on_record[row.proposal].add(row.evaluator)
    _refuse_too_few(people, 1 if on_record else wanted)
    load = Counter(name for number, names in on_record.items() for name in names - conflicts[number])
    states = competing_states(proposal_engine(act.unit.calls, terms.row))
    numbers = [row.number for row in act.unit.proposals.rows(call, states)]
    pairs: list[tuple[str, str]] = []
    lacking: list[Lacking] = []
    for number in numbers:
        conflicted = conflicts[number]
        scoring = on_record[number] - conflicted
        free = [name for name in people if name not in scoring | conflicted]
        chosen = sorted(free, key=load.__getitem__)[: max(0, wanted - len(scoring))]
        load.update(chosen)
        pairs.extend((number, name) for name in chosen)
        assigned_count = len(scoring) + len(chosen)
        if assigned_count < wanted:
            lacking.append(Lacking(number, assigned_count, wanted, tuple(sorted(conflicted))))
    return Assigned(len(numbers), len(pairs), len({name for _, name in pairs}), tuple(lacking)), pairs


def _of_own_party(act: Act, name: str) -> list[str]:
    """The proposals of the party that somebody acts for: scoring them is a conflict of interest from the start."""
    party = act.unit.actors.get(name).party
    return [row.number for row in act.unit.proposals.with_member(party)] if party else []


def assigned_deed(terms: Terms, number: str, evaluator: str) -> Deed:
    """What is written down of an assignment."""
    inputs = {"evaluator": evaluator, "stage": terms.row.stage.value}
    return Deed("EvaluatorAssigned", f"proposal/{number}", inputs=inputs, call=terms.row.call)


def declare_conflict(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    proposal: str,
    evaluator: str,
    reason: str,
    dry_run: bool = False,
) -> str:
    """Writes down an evaluator's conflict of interest: the marks given are set aside, another evaluator is needed.

    It is due before the marks: one declared after them is on record as late. Returns the call, in which to assign the
    other. Raises NotAuthorisedError where an evaluator speaks for another.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        row = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, row.call)
        rather = Role.EVALUATOR if evaluator == act.actor.actor else Role.COORDINATION_OFFICER
        act.permit("evaluation.conflict", terms.programme.stands_in, rather=rather)
        if evaluator != act.actor.actor and Role.COORDINATION_OFFICER not in act.person.roles:
            raise NotAuthorisedError(
                f"{act.actor.actor} cannot declare a conflict of interest of {evaluator}",
                next_step="evaluators declare their own; a coordination officer may record what another declared",
            )
        refuse_closed(terms)
        if not reason.strip():
            raise RefusedError(
                "a conflict of interest needs a reason", next_step="give it in words: --reason TEXT; it is on record"
            )
        given = {item.evaluator: item for item in act.unit.evaluations.of_proposal(proposal, terms.row.stage)}
        if evaluator not in given:
            raise RefusedError(f"{evaluator} was not assigned {proposal}", next_step=f"pipgrants explain {proposal}")
        act.unit.evaluations.declare_conflict(terms.row.stage, proposal, evaluator, reason)
        is_late = given[evaluator].marks is not None
        inputs = {"evaluator": evaluator, "stage": terms.row.stage.value, "late": is_late}
        act.record(Deed("ConflictDeclared", f"proposal/{proposal}", reason=reason, inputs=inputs, call=row.call))
    return row.call


def refuse_closed(terms: Terms) -> None:
    """Refuses what would change the scores once they are closed."""
    if terms.row.scores_closed_at is not None:
        raise RefusedError(
            f"the scores of {terms.row.call} were closed at {terms.row.scores_closed_at}",
            next_step="scores cannot change any more; an appeal is the way to have one looked at again",
        )
