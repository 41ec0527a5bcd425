"""Who scores what: evaluators assigned to proposals, put in another's place, and the conflicts that they declare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from importlib.util import find_spec
from typing import NamedTuple

from pipgrants.domain.assignment import AssignmentCase, Fault, faults
from pipgrants.domain.vocabulary import Role, Stage
from pipgrants.errors import NotAuthorisedError, RefusedError
from pipgrants.services.appointments import appoint
from pipgrants.services.blocking_words import blocking_in_words
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, terms_of
from pipgrants.services.evaluators import names_of_evaluators
from pipgrants.services.panels import Panels, Recusal, Recused, hash_case, outcome_inputs, recusals, recused_deed
from pipgrants.services.scores_open import refuse_closed
from pipgrants.services.segregation import deciders, refuse_deciders, refuse_hearers
from pipgrants.services.workspace import Act, Identity, Workspace, silent
from pipgrants.store.evaluations import EvaluationRow
from pipgrants.trail.entry import Deed

BATCH = 2_000


class Given(NamedTuple):
    """An evaluation that was assigned, and how well the evaluator fits the proposal in points of affinity."""

    proposal: str
    evaluator: str
    affinity: int


class Load(NamedTuple):
    """How many proposals an evaluator scores now, how many were added, and the most that they score."""

    evaluator: str
    proposals_count: int
    added_count: int
    limit: int | None


class Assigned(NamedTuple):
    """What was assigned: every new evaluation, the loads it makes, and who was found to have a conflict of interest.

    ``floor`` is the lowest affinity given, ``objective`` the sum less what overload costs, ``bound`` what no assignment
    with that floor exceeds.
    """

    proposals_count: int
    given: tuple[Given, ...]
    loads: tuple[Load, ...]
    recused: tuple[Recusal, ...]
    floor: int
    objective: int
    bound: int

    @property
    def evaluations_count(self) -> int:
        """How many evaluations were assigned."""
        return len(self.given)

    @property
    def evaluators_count(self) -> int:
        """To how many evaluators."""
        return len({item.evaluator for item in self.given})


def assign(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    evaluators: Sequence[str] | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = silent,
) -> Assigned:
    """Gives every eligible proposal as many evaluators as the rubric asks for, by the rules of the call.

    Whoever is assigned stays, unless a conflict of interest is detected. The others come from those named, or from
    everybody who evaluates and decides nothing in the call: the best assignment there is (``analysis.assignment``).
    Raises RefusedError where there is none, naming the smallest set of proposals found that together ask for too much,
    and where somebody named does not evaluate.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        act.permit("evaluation.assign", terms.programme.stands_in)
        refuse_closed(terms)
        available = _available(act, call, evaluators)
        panels = Panels(act.unit, terms)
        everybody = panels.evaluators.union(names_of_evaluators(act.unit))
        recused = panels.detect(everybody, local_day(now, terms.call))
        _recuse(act, terms, recused)
        panels.recuse(recused)
        case = panels.case(available)
        assigned = _best(case, recused)
        if assigned.given:
            _record(act, terms, case, assigned, progress)
    return assigned


def _available(act: Act, call: str, evaluators: Sequence[str] | None) -> list[str]:
    """Who may be given more: those named, who must all evaluate, or everybody who does and decides nothing."""
    if evaluators is None:
        return sorted(set(names_of_evaluators(act.unit)) - deciders(act.unit, call))
    if not evaluators:
        raise RefusedError("no evaluator is named", next_step="leave out --evaluators to choose among all of them")
    _refuse_others(act, evaluators)
    refuse_deciders(act.unit, call, set(evaluators))
    return sorted(set(evaluators))


def _refuse_others(act: Act, people: Iterable[str]) -> None:
    others = [name for name in people if Role.EVALUATOR not in act.unit.actors.get(name).roles]
    if others:
        raise RefusedError(
            f"{', '.join(others)} {'is' if len(others) == 1 else 'are'} not evaluator",
            next_step="pipgrants actor grant ACTOR evaluator",
        )


def _recuse(act: Act, terms: Terms, found: Sequence[Recusal]) -> None:
    """Writes down conflicts of interest that were detected; what such an evaluator has of the proposal is set aside."""
    for item in found:
        if item.evaluation is not None:
            _set_aside(act, terms.row.stage, item.proposal, item.evaluator, item.reason)
    act.record(*(recused_deed(terms, item) for item in found))


def _set_aside(act: Act, stage: Stage, proposal: str, evaluator: str, reason: str) -> None:
    """Neither the marks of somebody with a conflict of interest count, nor a consensus they took part in."""
    act.unit.evaluations.declare_conflict(stage, proposal, evaluator, reason)
    agreed = act.unit.evaluations.consensus(stage, proposal)
    if agreed is not None and evaluator in agreed.participants:
        act.unit.evaluations.set_aside_consensus(stage, proposal)


def _best(case: AssignmentCase, recused: Sequence[Recusal]) -> Assigned:
    """The best assignment of a case. Raises RefusedError where there is none, or nothing to find it with."""
    if find_spec("scipy") is None:
        raise RefusedError(
            "assigning evaluators needs the package scipy", next_step="pip install 'pipgrants[analysis]'"
        )
    from pipgrants.analysis.assignment import assign_best
    from pipgrants.analysis.blocking import explain

    found = assign_best(case)
    if found is None:
        raise RefusedError(
            f"no assignment is possible: {blocking_in_words(case, explain(case))}",
            next_step="add evaluators (pipgrants actor add, pipgrants evaluator import FILE), raise their load limits, "
            "or amend what the call asks of evaluators",
        )
    demands = {demand.proposal: demand for demand in case.demands}
    held, added = case.loads, Counter(name for _, name in found.pairs)
    return Assigned(
        proposals_count=len(case.demands),
        given=tuple(Given(number, name, case.affinity(name, demands[number])) for number, name in found.pairs),
        loads=tuple(Load(name, held[name] + added[name], added[name], case.limit(name)) for name in sorted(added)),
        recused=tuple(recused),
        floor=found.floor,
        objective=found.objective,
        bound=found.bound,
    )


def _record(act: Act, terms: Terms, case: AssignmentCase, assigned: Assigned, progress: Callable[[int], None]) -> None:
    figures = {"floor": assigned.floor, "objective": assigned.objective, "bound": assigned.bound}
    inputs = {
        "stage": terms.row.stage.value,
        "evaluations": assigned.evaluations_count,
        **outcome_inputs(hash_case(terms.call, terms.row.stage, case), case, figures),
    }
    call = terms.row.call
    act.record(Deed("AssignmentMade", f"call/{call}", inputs=inputs, definitions=terms.hashes, call=call))
    for start in range(0, assigned.evaluations_count, BATCH):
        batch = assigned.given[start : start + BATCH]
        act.unit.evaluations.assign(terms.row.stage, [(item.proposal, item.evaluator) for item in batch])
        act.record(*(assigned_deed(terms, item.proposal, item.evaluator) for item in batch))
        progress(start + len(batch))
    appoint(act, terms, ((item.proposal, item.evaluator) for item in assigned.given))


def assigned_deed(terms: Terms, number: str, evaluator: str) -> Deed:
    """What is written down of an assignment."""
    inputs = {"evaluator": evaluator, "stage": terms.row.stage.value}
    return Deed("EvaluatorAssigned", f"proposal/{number}", inputs=inputs, call=terms.row.call)


class Reassigned(NamedTuple):
    """The call of a proposal whose panel was changed, and the rules that the change breaks."""

    call: str
    broken: tuple[Fault, ...]


def reassign(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    proposal: str,
    leaving: str,
    joining: str,
    reason: str,
    dry_run: bool = False,
) -> Reassigned:
    """Puts one evaluator in the place of another, by reason; returns which rules of the call that breaks.

    Raises RefusedError where the one who leaves is not on the panel, was replaced already or has given marks, and where
    the one who joins does not evaluate, is on the panel, or has a conflict of interest.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        row = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, row.call)
        act.permit("evaluation.reassign", terms.programme.stands_in)
        refuse_closed(terms)
        stage = terms.row.stage
        given = {item.evaluator: item for item in act.unit.evaluations.of_proposal(proposal, stage)}
        _refuse_leaving(terms, proposal, leaving, given)
        broken = _joins(act, terms, proposal, leaving, joining)
        if given[leaving].conflict is None:
            act.unit.evaluations.remove(stage, proposal, leaving)
        act.unit.evaluations.assign(stage, [(proposal, joining)])
        inputs = {
            "stage": stage.value,
            "leaving": leaving,
            "evaluator": joining,
            "breaks": sorted({fault.rule.value for fault in broken if fault.rule}),
        }
        act.record(Deed("EvaluatorReassigned", f"proposal/{proposal}", reason=reason, inputs=inputs, call=row.call))
        appoint(act, terms, [(proposal, joining)])
    return Reassigned(row.call, tuple(broken))


def _refuse_leaving(terms: Terms, proposal: str, leaving: str, given: Mapping[str, EvaluationRow]) -> None:
    """Raises RefusedError where somebody is not on a panel, was replaced already or has given marks."""
    if leaving not in given:
        raise RefusedError(f"{leaving} was not assigned {proposal}", next_step=f"pipgrants explain {proposal}")
    seated = sum(item.conflict is None for item in given.values())
    if given[leaving].conflict is not None and seated >= terms.call.rubric.evaluators_count:
        raise RefusedError(
            f"{leaving} was recused from {proposal}, and replaced already",
            next_step=f"pipgrants evaluation list {terms.row.call}",
        )
    if given[leaving].marks is not None:
        raise RefusedError(
            f"{leaving} has given marks to {proposal}",
            next_step=f"pipgrants evaluation conflict {proposal} --evaluator {leaving} --reason TEXT",
        )


def _joins(act: Act, terms: Terms, proposal: str, leaving: str, joining: str) -> list[Fault]:
    """The rules broken by somebody who takes another's place; a conflict of interest is refused."""
    _refuse_others(act, [joining])
    refuse_deciders(act.unit, terms.row.call, {joining})
    refuse_hearers(act.unit, terms.row.call, [(proposal, joining)])
    panels = Panels(act.unit, terms)
    if proposal not in panels.topics:
        raise RefusedError(f"{proposal} does not compete any more", next_step=f"pipgrants explain {proposal}")
    panels.recuse(found := panels.detect([joining], local_day(act.now, terms.call)))
    case = panels.case([joining])
    demand = next(demand for demand in case.demands if demand.proposal == proposal)
    if not case.is_free(joining, demand):
        why = next((f" ({item.reason})" for item in found if item.proposal == proposal), "")
        what = "is on the panel of" if joining in demand.panel else "is recused from"
        raise RefusedError(f"{joining} {what} {proposal}{why}", next_step="name another evaluator")
    panel = tuple(name for name in demand.panel if name != leaving)
    left = demand._replace(panel=panel, wanted_count=len(panel) + 1)
    alone = case.with_demands(left if item is demand else item._replace(wanted_count=0) for item in case.demands)
    return list(faults(alone, [(proposal, joining)]))


def list_recusals(workspace: Workspace, call: str) -> list[Recused]:
    """Who was recused from what in a call, why, and when, in the order of the trail."""
    with workspace.read() as unit:
        unit.calls.get(call)
        return sorted(recusals(unit, call), key=lambda item: item.entry)


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

    So is a consensus in which they took part.

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
        _set_aside(act, terms.row.stage, proposal, evaluator, reason)
        is_late = given[evaluator].marks is not None
        inputs = {"evaluator": evaluator, "stage": terms.row.stage.value, "late": is_late}
        act.record(Deed("ConflictDeclared", f"proposal/{proposal}", reason=reason, inputs=inputs, call=row.call))
    return row.call
