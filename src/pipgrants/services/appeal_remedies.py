"""What an upheld appeal asks for: the prerequisites verified again, or marks by evaluators who gave none before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from pipgrants.domain.appeal import AppealStanding, Remedy, stage_of_appeal
from pipgrants.domain.duties import Duty
from pipgrants.domain.finding import Finding, Findings, Note
from pipgrants.domain.rubric import Combination
from pipgrants.domain.screening import Screener
from pipgrants.domain.vocabulary import Role, Verdict
from pipgrants.errors import RefusedError, in_words
from pipgrants.exchange.problems import CORRECT_ROWS, refusal_of_rows
from pipgrants.exchange.scores import read_scores
from pipgrants.services.appealed_lines import marks_counting
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, proposal_engine, terms_of
from pipgrants.services.evaluation import ScoreSheet, evaluations_of, sealed_comments
from pipgrants.services.holdings import standing_line
from pipgrants.services.imports import source_of
from pipgrants.services.moves import fire, proposal_deed
from pipgrants.services.panels import conflicts_in, recusals
from pipgrants.services.rulebook import ProposalCase
from pipgrants.services.screen import contested, counted_counterpart, recorded
from pipgrants.services.segregation import refuse_deciders, refuse_who_heard
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.appeals import AppealRow
from pipgrants.store.evaluations import EvaluationRow
from pipgrants.store.proposals import ProposalRow, Screened
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed

STATED_MET = "appeal.stated_met"
"""The note of a finding whose verdict is that of the ruling on an appeal."""


def verify_again(
    workspace: Workspace, who: Identity, now: datetime, *, proposal: str, dry_run: bool = False
) -> Findings:
    """Checks every prerequisite of a proposal whose appeal was upheld, with what is on record of it now.

    The criteria that the ruling states as met are met. Raises RefusedError where the remedy is another, or whoever acts
    heard the appeal.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        head = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, head.call)
        engine = proposal_engine(act.unit.calls, terms.row)
        fired = fire(act, proposal, engine, head.state, "verify", ProposalCase(), terms.programme.stands_in)
        refuse_who_heard(act, proposal, Duty.SCREENS)
        row = upheld_appeal(act.unit, proposal)
        if row.remedy is not Remedy.REVERIFY:
            raise RefusedError(
                f"the ruling asks for {proposal} to be scored again, and finds nothing wrong with its screening",
                next_step=f"pipgrants appeal score {proposal} FILE --as OFFICER",
            )
        excluded = act.unit.parties.excluded(local_day(now, terms.call))
        read = act.unit.proposals.one(proposal, terms.call.currency, excluded)
        screened = Screener(terms.call, head.stage).screen(read, contested(act.unit))
        findings = as_ruled(screened, (row.met or "").split())
        inputs: dict[str, object] = {"appeal": row.number, "excluded": sorted(excluded), "met": row.met}
        deed = proposal_deed(fired, proposal, terms, inputs=inputs, findings=recorded(findings))
        (entry,) = act.record(deed)
        is_open = any(finding.verdict is Verdict.UNDETERMINED for finding in findings)
        counterpart = counted_counterpart(findings, terms.call.currency)
        act.unit.proposals.screened(
            [Screened(fired.destination, entry, is_open, None, counterpart, proposal, head.state)]
        )
    return findings


def as_ruled(findings: Iterable[Finding], met: Sequence[str]) -> Findings:
    """Findings with the verdicts that a ruling states, each of them noted."""
    return tuple(
        finding._replace(verdict=Verdict.MET, is_condition=False, notes=(*finding.notes, Note(STATED_MET, {})))
        if finding.criterion in met and finding.verdict is not Verdict.MET
        else finding
        for finding in findings
    )


def upheld_appeal(unit: Unit, proposal: str) -> AppealRow:
    """The appeal of a proposal that was upheld and not decided anew. Raises RefusedError without one."""
    rows = unit.appeals.of_proposal(proposal)
    if not rows or rows[-1].standing is not AppealStanding.UPHELD:
        state = in_words(unit.proposals.get(proposal).state)
        raise RefusedError(
            f"{proposal} is {state}; no appeal of it was upheld that waits for a new decision",
            next_step=f"pipgrants explain {proposal}",
        )
    return rows[-1]


def score_again(
    workspace: Workspace, who: Identity, now: datetime, *, proposal: str, path: Path, dry_run: bool = False
) -> int:
    """Stores the marks of other evaluators for a proposal whose appeal was upheld; returns how many scored it.

    The marks of the round stay beside them. Raises ImportRefusedError listing every mark that cannot be stored, and
    RefusedError where an evaluator scored the proposal before, takes part in the decisions, declared a conflict of
    interest or heard the appeal, and where marks are missing.
    """
    found = read_scores(path)
    if found.problems:
        raise refusal_of_rows(path.name, found.problems, CORRECT_ROWS)
    with workspace.act(who, now, dry_run=dry_run) as act:
        head = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, head.call)
        act.permit("appeal.score", terms.programme.stands_in)
        row = upheld_appeal(act.unit, proposal)
        _refuse_unruled(act, head, row)
        evaluators = {item.evaluator for item in found.scores}
        _refuse_evaluators(act, head, evaluators)
        source = source_of(path)
        of_stage = terms._replace(row=terms.row._replace(stage=head.stage))
        assigned = {(proposal, name): EvaluationRow(proposal, name, None, {}, None, None) for name in evaluators}
        submitted = [ScoreSheet(found.scores, source, found.rows, found.sheet)]
        sheets = [row for row, _ in evaluations_of(act, of_stage, submitted, assigned)]
        _refuse_incomplete(of_stage, proposal, sheets)
        stage = stage_of_appeal(row.number)
        act.unit.evaluations.assign(stage, [(proposal, sheet.evaluator) for sheet in sheets])
        act.unit.evaluations.score(stage, sheets)
        act.record(*(deed for sheet in sheets for deed in _deeds(terms, stage, sheet, source)))
    return len(sheets)


def _refuse_unruled(act: Act, head: ProposalRow, row: AppealRow) -> None:
    """Raises RefusedError where the ruling asks for no other marks than there are, or they are given."""
    next_step = f"pipgrants appeal prepare {head.call} --as OFFICER"
    scored_at = marks_counting(standing_line(act.unit, head), head.stage)
    is_scored = any(item.marks is not None for item in act.unit.evaluations.of_proposal(head.number, scored_at))
    if row.remedy is not Remedy.RESCORE and is_scored:
        raise RefusedError(
            f"the ruling asks for no other marks of {head.number}; those it has stand", next_step=next_step
        )
    if act.unit.evaluations.of_proposal(head.number, stage_of_appeal(row.number)):
        raise RefusedError(f"{head.number} was scored on this appeal already", next_step=next_step)


def _refuse_evaluators(act: Act, head: ProposalRow, evaluators: set[str]) -> None:
    for name in sorted(evaluators):
        if Role.EVALUATOR not in act.unit.actors.get(name).roles:
            raise RefusedError(f"{name} is no evaluator", next_step="pipgrants actor list")
    before = sorted(evaluators & act.unit.evaluations.evaluators_of(head.number))
    if before:
        raise RefusedError(
            f"{', '.join(before)} scored {head.number} before, or was to; on appeal others score it",
            next_step="name other evaluators (pipgrants actor list)",
        )
    tied = [f"{name} ({conflict.code} {conflict.party})" for name, conflict in conflicts_in(act, head, evaluators)]
    recused = (item for item in recusals(act.unit, head.call) if item.proposal == head.number)
    tied += [f"{item.evaluator} (recused: {item.why})" for item in recused if item.evaluator in evaluators]
    if tied:
        raise RefusedError(
            f"a conflict of interest keeps off {head.number}: {', '.join(tied)}",
            next_step="name other evaluators (pipgrants evaluator list)",
        )
    refuse_deciders(act.unit, head.call, evaluators)
    refuse_who_heard(act, head.number, Duty.SCORES, evaluators)
    refuse_who_heard(act, head.number, Duty.ORGANISES)


def _refuse_incomplete(terms: Terms, proposal: str, sheets: Sequence[EvaluationRow]) -> None:
    rubric, stage = terms.call.rubric, terms.row.stage
    codes = {criterion.code for criterion in rubric.criteria if stage in criterion.stages}
    lacking = [f"{sheet.evaluator} ({code})" for sheet in sheets for code in sorted(codes - (sheet.marks or {}).keys())]
    wanted = 1 if rubric.combination is Combination.CONSENSUS else rubric.evaluators_count
    if lacking or len(sheets) != wanted:
        missing = f"; marks are missing: {', '.join(lacking[:5])}" if lacking else ""
        raise RefusedError(
            f"{proposal} is scored by {wanted} evaluators, each on every criterion; the file has "
            f"{len(sheets)}{missing}",
            next_step="complete the file and import it again",
        )


def _deeds(terms: Terms, stage: str, sheet: EvaluationRow, source: Mapping[str, str]) -> tuple[Deed, Deed]:
    """That an evaluator scores the proposal on appeal, and the marks."""
    subject, definitions = f"proposal/{sheet.proposal}", {"call": terms.row.definition_hash}
    named = {"evaluator": sheet.evaluator, "stage": stage}
    comments = sealed_comments(sheet.comments, sheet.salt)
    marked = {**named, "marks": sheet.marks, "comments": comments, "source": dict(source)}
    return (
        Deed("EvaluatorAssigned", subject, inputs=named, definitions=definitions, call=terms.row.call),
        Deed("ProposalScored", subject, inputs=marked, definitions=definitions, call=terms.row.call),
    )
