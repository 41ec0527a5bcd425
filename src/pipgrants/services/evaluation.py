"""Scoring: the marks, and the close of the scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from pipgrants.domain.application import SubmittedScore
from pipgrants.domain.call import Rubric
from pipgrants.domain.evaluation import check_mark, scale_of
from pipgrants.domain.finding import Note
from pipgrants.domain.plain import plain_number
from pipgrants.domain.vocabulary import Role
from pipgrants.errors import ImportRefusedError, Problem, RefusedError, in_words
from pipgrants.exchange.problems import Place
from pipgrants.services.assignment import refuse_closed
from pipgrants.services.checkpoints import Kept, keep_after_act
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, proposal_engine, terms_of
from pipgrants.services.moves import move_call, require
from pipgrants.services.rulebook import PreparedCase
from pipgrants.services.segregation import refuse_deciders
from pipgrants.services.signatures import require_own_key
from pipgrants.services.states import competing_states, unscreened_states
from pipgrants.services.workspace import Act, Identity, Workspace, silent
from pipgrants.store.evaluations import EvaluationRow
from pipgrants.trail.entry import Deed, instant_text
from pipgrants.trail.sealing import new_salt, seal
from pipgrants.trail.signature import fingerprint_of

BATCH = 2_000


def score(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    scores: Sequence[SubmittedScore],
    source: Mapping[str, str],
    rows: Sequence[int] = (),
    reason: str | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = silent,
) -> int:
    """Stores marks, one entry for each evaluation; returns how many evaluations.

    A mark given again takes the place of the last, which needs a ``reason``. ``rows`` are those of the file that the
    scores stand in, one after another under a header by default. Raises ImportRefusedError listing every mark off its
    scale, of an unknown criterion, or not assigned; RefusedError where an evaluator takes part in the decisions.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        is_own = all(item.evaluator == act.actor.actor for item in scores)
        rather = Role.EVALUATOR if is_own else Role.COORDINATION_OFFICER
        act.permit("evaluation.score", terms.programme.stands_in, rather=rather)
        refuse_closed(terms)
        stage = terms.row.stage
        assigned = {
            (row.proposal, row.evaluator): row
            for row in act.unit.evaluations.of_call(call, stage)
            if row.conflict is None
        }
        refuse_deciders(act.unit, call, {item.evaluator for item in scores})
        lines = rows or range(2, len(scores) + 2)
        changed = _evaluations(act, terms, zip(lines, scores, strict=True), assigned, source)
        for start in range(0, len(changed), BATCH):
            batch = changed[start : start + BATCH]
            act.unit.evaluations.score(stage, batch)
            before = (assigned[row.proposal, row.evaluator] for row in batch)
            act.record(*(scored_deed(terms, row, old, source, reason) for row, old in zip(batch, before, strict=True)))
            progress(start + len(batch))
    return len(changed)


def _evaluations(
    act: Act,
    terms: Terms,
    scores: Iterable[tuple[int, SubmittedScore]],
    assigned: Mapping[tuple[str, str], EvaluationRow],
    source: Mapping[str, str],
) -> list[EvaluationRow]:
    problems: list[Problem] = []
    rows: dict[tuple[str, str], EvaluationRow] = {}
    is_officer = Role.COORDINATION_OFFICER in act.person.roles
    for line, item in scores:
        key = (item.proposal, item.evaluator)
        wrong = check_mark(terms.call.rubric, terms.row.stage, item.criterion, item.mark)
        place = Place(source["file"], row=line)
        if key not in assigned:
            values = {"evaluator": item.evaluator, "proposal": item.proposal}
            problems.append(place.problem("import.not_assigned", "evaluator", item.evaluator, **values))
        elif not is_officer and item.evaluator != act.actor.actor:
            problems.append(place.problem("import.another_evaluator", "evaluator", item.evaluator))
        elif wrong is not None:
            problems.append(_mark_problem(place, terms.call.rubric, item, wrong))
        else:
            before = rows.get(key) or assigned[key]
            mark = None if item.mark is None else plain_number(item.mark)
            marks = {**(before.marks or {}), item.criterion: mark}
            comments = {**before.comments, **({item.criterion: item.comment} if item.comment else {})}
            salt = (before.salt or new_salt()) if comments else None
            rows[key] = before._replace(marks=marks, comments=comments, salt=salt)
    if problems:
        raise ImportRefusedError(
            f"{len(problems)} marks of {source['file']} cannot be stored; none was:",
            problems,
            next_step="correct the rows named and import the file again",
        )
    return list(rows.values())


def _mark_problem(place: Place, rubric: Rubric, item: SubmittedScore, wrong: Note) -> Problem:
    """What is wrong with a mark, where it stands."""
    match wrong.values:
        case {"allowed": {"codes": list(codes)}}:
            allowed = ", ".join(map(str, codes))
            return place.problem("import.unknown_criterion", "criterion", item.criterion, allowed=allowed)
    scale = scale_of(rubric, next(criterion for criterion in rubric.criteria if criterion.code == item.criterion))
    limits = {"minimum": scale.minimum, "maximum": scale.maximum, "step": scale.step}
    values = {name: plain_number(limit) for name, limit in limits.items()}
    return place.problem("import.mark_off_scale", "mark", str(item.mark), criterion=item.criterion, **values)


def scored_deed(
    terms: Terms, row: EvaluationRow, before: EvaluationRow, source: Mapping[str, str], reason: str | None
) -> Deed:
    """What is written down of an evaluator's marks, and of the ones they replace."""
    marks, earlier = row.marks or {}, before.marks or {}
    replaced = {code: mark for code, mark in earlier.items() if marks[code] != mark}
    inputs: dict[str, object] = {
        "evaluator": row.evaluator,
        "stage": terms.row.stage.value,
        "marks": row.marks,
        "comments": sealed_comments(row.comments, row.salt),
        "source": dict(source),
    }
    if replaced:
        inputs["replaced"] = replaced
    subject, definitions = f"proposal/{row.proposal}", {"call": terms.row.definition_hash}
    explained = reason if replaced else None
    return Deed("ProposalScored", subject, None, None, explained, inputs, None, definitions, terms.row.call)


def sealed_comments(comments: Mapping[str, str], salt: bytes | None) -> dict[str, str | None]:
    """Comments by criterion, each as the salted hash that the trail holds."""
    return {} if salt is None else {code: seal(salt, code, comment) for code, comment in comments.items()}


def close_scores(
    workspace: Workspace, who: Identity, now: datetime, *, call: str, key: Path | None = None, dry_run: bool = False
) -> Kept | None:
    """Closes the scores of a stage: none can be given or changed after. The key in a file signs the checkpoint.

    Raises RefusedError where scores are missing, or proposals still wait for screening or for the applicant.
    """
    fingerprint = fingerprint_of(key) if key else None
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        require(act, terms, "close_scores")
        require_own_key(act, fingerprint)
        _refuse_unscreened(act, terms)
        _refuse_stale_draw(terms, local_day(now, terms.call))
        missing = unscored(act, terms)
        if missing:
            listed = ", ".join(f"{number} ({scored} of {wanted})" for number, wanted, scored in missing[:5])
            raise RefusedError(
                f"{len(missing)} eligible proposals lack evaluations: {listed}{' ...' if len(missing) > 5 else ''}",
                next_step=f"pipgrants evaluation assign {call} --evaluators A,B,C where evaluators lack, then "
                f"pipgrants evaluation import {call} FILE",
            )
        move_call(act, terms, "close_scores", PreparedCase(unscored_count=len(missing)))
        act.unit.calls.close_scores(call, instant_text(now))
        checkpoint = act.unit.ledger.checkpoint()
    return None if dry_run else keep_after_act(workspace, checkpoint, key)


def _refuse_stale_draw(terms: Terms, today: date) -> None:
    """A draw uses numbers published after the scores are closed; closing later would leave ties that nothing breaks."""
    drawn = terms.call.ranking.of_stage(terms.row.stage).draw
    stale = [source for source in drawn if source.published_on <= today]
    if stale:
        listed = ", ".join(f"{source.name} of {source.published_on}" for source in stale)
        raise RefusedError(
            f"the call draws from {listed}; the scores must be closed before that day",
            next_step="amend the dates of the draw (pipgrants call amend FILE --reason TEXT), then close the scores",
        )


def _refuse_unscreened(act: Act, terms: Terms) -> None:
    states = unscreened_states(proposal_engine(act.unit.calls, terms.row))
    waiting = [f"{row.number} ({in_words(row.state)})" for row in act.unit.proposals.rows(terms.row.call, states)]
    if waiting:
        listed = ", ".join(waiting[:5]) + (" ..." if len(waiting) > 5 else "")
        raise RefusedError(
            f"{len(waiting)} proposals wait for screening, or for the applicant's answer: {listed}",
            next_step=f"pipgrants screen {terms.row.call}, once they have answered or the time to answer is over; it "
            f"begins with pipgrants letters release {terms.row.call}",
        )


def unscored(act: Act, terms: Terms) -> list[tuple[str, int, int]]:
    """Competing proposals whose marks are not complete: (number, evaluations wanted, evaluations complete)."""
    states = competing_states(proposal_engine(act.unit.calls, terms.row))
    rubric, stage = terms.call.rubric, terms.row.stage
    codes = {criterion.code for criterion in rubric.criteria if stage in criterion.stages}
    complete: defaultdict[str, int] = defaultdict(int)
    for row in act.unit.evaluations.of_call(terms.row.call, stage):
        complete[row.proposal] += row.conflict is None and row.marks is not None and codes <= row.marks.keys()
    wanted = rubric.evaluators_count
    return [
        (row.number, wanted, complete[row.number])
        for row in act.unit.proposals.rows(terms.row.call, states)
        if complete[row.number] < wanted
    ]
