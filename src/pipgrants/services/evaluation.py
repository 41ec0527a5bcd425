"""Scoring: the marks, and the close of the scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.application import SubmittedScore
from pipgrants.domain.evaluation import check_mark, needs_comment, scale_of
from pipgrants.domain.finding import Note
from pipgrants.domain.plain import plain_number
from pipgrants.domain.rubric import Combination, LateMarks, Rubric
from pipgrants.domain.vocabulary import Role
from pipgrants.errors import ImportRefusedError, Problem, RefusedError
from pipgrants.exchange.problems import Place
from pipgrants.services.checkpoints import Kept, keep_after_act
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, proposal_engine, terms_of
from pipgrants.services.found_conflicts import refuse_found_conflicts
from pipgrants.services.moves import move_call, require
from pipgrants.services.rulebook import PreparedCase
from pipgrants.services.scores_open import refuse_closed
from pipgrants.services.segregation import refuse_deciders, refuse_hearers
from pipgrants.services.sheet_tokens import SheetTokens
from pipgrants.services.signatures import require_own_key
from pipgrants.services.states import competing_states
from pipgrants.services.unscreened import unscreened
from pipgrants.services.workspace import Act, Identity, Workspace, silent
from pipgrants.store.evaluations import EvaluationRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed, instant_text
from pipgrants.trail.sealing import new_salt, seal
from pipgrants.trail.signature import fingerprint_of

BATCH = 2_000


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """The marks of a file: ``source`` says which, ``rows`` and ``sheet`` where each stands in it.

    Without ``rows`` they stand one after another under a header. ``tokens`` are those of the sheets that the marks were
    given in, None where nobody asks whose they are.
    """

    scores: Sequence[SubmittedScore]
    source: Mapping[str, str]
    rows: Sequence[int] = ()
    sheet: str = ""
    tokens: Sequence[str] | None = None

    def places(self) -> Iterator[tuple[Place, SubmittedScore, str | None]]:
        """Each mark with its place and token."""
        rows = self.rows or range(2, len(self.scores) + 2)
        tokens: Sequence[str | None] = self.tokens or [None] * len(self.scores)
        for row, item, token in zip(rows, self.scores, tokens, strict=True):
            yield Place(self.source["file"], self.sheet, row), item, token

    def owner(self, evaluators: Collection[str]) -> str | None:
        """Whose marks alone the file holds: it is named after that evaluator, as the sheets are that are sent out."""
        name = Path(self.source["file"]).stem
        return name if name in evaluators else None


class Scored(NamedTuple):
    """How many evaluations changed, and whose; ``is_late`` says that the marks came after their day."""

    evaluations_count: int
    evaluators: tuple[str, ...]
    is_late: bool


def score(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    scores: Sequence[SubmittedScore],
    source: Mapping[str, str],
    reason: str | None = None,
) -> int:
    """Stores the marks of one source; returns how many evaluations changed. Raises what ``score_all`` raises."""
    sheets = [ScoreSheet(scores, source)]
    return score_all(workspace, who, now, call=call, sheets=sheets, reason=reason).evaluations_count


def score_all(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    sheets: Sequence[ScoreSheet],
    named: Collection[str] = (),
    reason: str | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = silent,
) -> Scored:
    """Stores marks, all or none, with one entry for each evaluation that they change.

    An officer brings in marks with the token of their evaluator's sheet, and those of evaluators ``named``, which the
    entries say. A mark given again takes the place of the last, which needs a ``reason``. Raises ImportRefusedError
    listing every mark off its scale, of an unknown criterion, not assigned, without the comment that the call asks for,
    in the sheet of another evaluator or without the token; RefusedError where an evaluator takes part in the decisions
    or has a conflict of interest, heard an appeal of what they score, and where the marks are late and the call
    refuses such.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        is_own = all(item.evaluator == act.actor.actor for sheet in sheets for item in sheet.scores)
        rather = Role.EVALUATOR if is_own else Role.COORDINATION_OFFICER
        act.permit("evaluation.score", terms.programme.stands_in, rather=rather)
        refuse_closed(terms)
        today = local_day(now, terms.call)
        is_late = _is_late(terms, today)
        stage = terms.row.stage
        assigned = {
            (row.proposal, row.evaluator): row
            for row in act.unit.evaluations.of_call(call, stage)
            if row.conflict is None
        }
        evaluators = {item.evaluator for sheet in sheets for item in sheet.scores}
        refuse_deciders(act.unit, call, evaluators)
        refuse_found_conflicts(act.unit, terms, today, evaluators)
        refuse_hearers(act.unit, call, {item[:2] for sheet in sheets for item in sheet.scores})
        changed = evaluations_of(act, terms, sheets, assigned, named)
        for start in range(0, len(changed), BATCH):
            batch = changed[start : start + BATCH]
            act.unit.evaluations.score(stage, [row for row, _ in batch])
            before = [assigned[row.proposal, row.evaluator] for row, _ in batch]
            deeds = zip(batch, before, strict=True)
            act.record(*(scored_deed(terms, row, old, source, reason, is_late=is_late) for (row, source), old in deeds))
            progress(start + len(batch))
    return Scored(len(changed), tuple(sorted({row.evaluator for row, _ in changed})), is_late)


def _is_late(terms: Terms, today: date) -> bool:
    """Whether marks come after their day. Raises RefusedError where the call then refuses them."""
    scoring = terms.call.scoring
    due_on = scoring.due_on.get(terms.row.stage) if scoring else None
    if scoring is None or due_on is None or today <= due_on:
        return False
    if scoring.if_late is LateMarks.REFUSED:
        raise RefusedError(
            f"the marks of {terms.row.call} were due on {due_on} (clause {scoring.clause}), and it refuses those that "
            f"come later; today is {today}",
            next_step="let management amend scoring.due_on (pipgrants call amend FILE --reason TEXT), then import them",
        )
    return True


def evaluations_of(
    act: Act,
    terms: Terms,
    sheets: Iterable[ScoreSheet],
    assigned: Mapping[tuple[str, str], EvaluationRow],
    named: Collection[str] = (),
) -> list[tuple[EvaluationRow, Mapping[str, str]]]:
    """The evaluations that sheets change, each with the source that changed it last."""
    problems: list[Problem] = []
    rows: dict[tuple[str, str], tuple[EvaluationRow, Mapping[str, str]]] = {}
    is_officer, evaluators = Role.COORDINATION_OFFICER in act.person.roles, {name for _, name in assigned}
    tokens = SheetTokens(act.unit, terms.row.call, terms.row.stage, named if is_officer else ())
    for sheet in sheets:
        owner = sheet.owner(evaluators) if is_officer else act.actor.actor
        for place, item, token in sheet.places():
            key = (item.proposal, item.evaluator)
            before = rows[key][0] if key in rows else assigned.get(key)
            if before is None:
                values = {"evaluator": item.evaluator, "proposal": item.proposal}
                problems.append(place.problem("import.not_assigned", "evaluator", item.evaluator, **values))
            elif problem := (
                tokens.problem(place, item.evaluator, owner, token if is_officer else None)
                or _problem(terms, place, item, before)
            ):
                problems.append(problem)
            else:
                said = {"named": item.evaluator} if tokens.is_named(item.evaluator) else {}
                rows[key] = _marked(before, item), {**sheet.source, **said}
    if problems:
        files = ", ".join(dict.fromkeys(problem.file for problem in problems))
        raise ImportRefusedError(
            f"{len(problems)} marks of {files} cannot be stored; none was:",
            problems,
            next_step="correct the rows named and import the file again",
        )
    return [(row, source) for key, (row, source) in rows.items() if _says_more(row, assigned[key])]


def _marked(before: EvaluationRow, item: SubmittedScore) -> EvaluationRow:
    mark = None if item.mark is None else plain_number(item.mark)
    comments = {**before.comments, **({item.criterion: item.comment} if item.comment else {})}
    salt = (before.salt or new_salt()) if comments else None
    return before._replace(marks={**(before.marks or {}), item.criterion: mark}, comments=comments, salt=salt)


def _says_more(row: EvaluationRow, before: EvaluationRow) -> bool:
    return (row.marks, row.comments) != (before.marks, before.comments)


def _problem(terms: Terms, place: Place, item: SubmittedScore, before: EvaluationRow) -> Problem | None:
    """Why a mark cannot be stored, None where it can."""
    rubric, stage = terms.call.rubric, terms.row.stage
    wrong = check_mark(rubric, stage, item.criterion, item.mark)
    if wrong is not None:
        return _mark_problem(place, rubric, item, wrong)
    has_comment = item.comment or before.comments.get(item.criterion)
    if not has_comment and needs_comment(terms.call.scoring, rubric, stage, item.criterion, item.mark):
        return place.problem("import.comment_required", "comment")
    return None


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
    terms: Terms,
    row: EvaluationRow,
    before: EvaluationRow,
    source: Mapping[str, str],
    reason: str | None,
    *,
    is_late: bool = False,
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
    if is_late:
        inputs["late"] = True
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

    Raises RefusedError where scores, or the consensus that decides, are missing, where somebody who scored has a
    conflict of interest, or proposals still wait for screening or for the applicant.
    """
    fingerprint = fingerprint_of(key) if key else None
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        require(act, terms, "close_scores")
        require_own_key(act, fingerprint)
        today = local_day(now, terms.call)
        _refuse_stale_draw(terms, today)
        refuse_found_conflicts(act.unit, terms, today)
        case = PreparedCase(
            call=call,
            unscreened=unscreened(act, terms),
            unscored=unscored(act, terms),
            unagreed=without_consensus(act.unit, terms),
        )
        move_call(act, terms, "close_scores", case)
        act.unit.calls.close_scores(call, instant_text(now))
        checkpoint = act.unit.ledger.checkpoint()
    return None if dry_run else keep_after_act(workspace, checkpoint, key)


def without_consensus(unit: Unit, terms: Terms) -> list[str]:
    """The competing proposals that lack a consensus, where the call decides by one."""
    if terms.call.rubric.combination is not Combination.CONSENSUS:
        return []
    agreed = unit.evaluations.agreed(terms.row.call, terms.row.stage)
    states = competing_states(proposal_engine(unit.calls, terms.row))
    return [row.number for row in unit.proposals.rows(terms.row.call, states) if row.number not in agreed]


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


def unscored(act: Act, terms: Terms) -> list[str]:
    """Competing proposals whose marks are not complete, each with how many evaluations it has of how many wanted."""
    states = competing_states(proposal_engine(act.unit.calls, terms.row))
    rubric, stage = terms.call.rubric, terms.row.stage
    codes = {criterion.code for criterion in rubric.scored_at(stage)}
    complete: defaultdict[str, int] = defaultdict(int)
    for row in act.unit.evaluations.of_call(terms.row.call, stage):
        complete[row.proposal] += row.conflict is None and row.marks is not None and codes <= row.marks.keys()
    wanted = rubric.evaluators_count
    return [
        f"{row.number} ({complete[row.number]} of {wanted})"
        for row in act.unit.proposals.rows(terms.row.call, states)
        if complete[row.number] < wanted
    ]
