"""The consensus of the evaluators of a proposal: one mark for each criterion, beside the marks of each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from pipgrants.domain.evaluation import check_mark, scale_of
from pipgrants.domain.plain import plain_number
from pipgrants.errors import RefusedError
from pipgrants.services.answers import keep_file
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, terms_of
from pipgrants.services.scores_open import refuse_closed
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.evaluations import ConsensusRow
from pipgrants.trail.entry import Deed


def record_consensus(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    proposal: str,
    marks: Mapping[str, Decimal | None],
    participants: Sequence[str],
    held_on: date,
    minutes: Path,
    reason: str | None = None,
    dry_run: bool = False,
) -> str:
    """Writes down what the evaluators of a proposal agreed on, and returns its call; their own marks stay.

    ``marks`` has one for each criterion of the stage, None where it is not applicable; ``minutes`` is a file, kept in
    the workspace. Another consensus takes the place of the last, which needs a ``reason``. Raises RefusedError where a
    mark lacks or lies off its scale, or somebody took part who is not assigned or gave no complete marks.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        row = act.unit.proposals.get(proposal)
        terms = terms_of(act.unit.calls, row.call)
        act.permit("evaluation.consensus", terms.programme.stands_in)
        refuse_closed(terms)
        present = tuple(sorted(set(participants)))
        _refuse_strangers(act, terms, proposal, present)
        _refuse_marks(terms, proposal, marks)
        if held_on > local_day(now, terms.call):
            raise RefusedError(f"the consensus on {proposal} is dated {held_on}, which is still to come")
        told = {code: None if mark is None else plain_number(mark) for code, mark in marks.items()}
        agreed = ConsensusRow(told, present, held_on.isoformat(), keep_file(workspace, minutes, dry_run=dry_run))
        before = act.unit.evaluations.consensus(terms.row.stage, proposal)
        act.unit.evaluations.agree(terms.row.stage, proposal, agreed)
        act.record(consensus_deed(terms, proposal, agreed, before, reason))
    return row.call


def consensus_deed(
    terms: Terms, proposal: str, agreed: ConsensusRow, before: ConsensusRow | None, reason: str | None
) -> Deed:
    """What is written down of a consensus, and of the one that it replaces."""
    inputs: dict[str, object] = {
        "stage": terms.row.stage.value,
        "marks": agreed.marks,
        "participants": list(agreed.participants),
        "held_on": agreed.held_on,
        "minutes": agreed.minutes,
    }
    if before is not None:
        inputs["replaced"] = before.marks
    subject, definitions = f"proposal/{proposal}", {"call": terms.row.definition_hash}
    explained = None if before is None else reason
    return Deed("ConsensusRecorded", subject, None, None, explained, inputs, None, definitions, terms.row.call)


def _refuse_strangers(act: Act, terms: Terms, proposal: str, participants: Sequence[str]) -> None:
    """Whoever takes part scores the proposal, and has given their own marks before."""
    wanted = {item.code for item in terms.call.rubric.scored_at(terms.row.stage)}
    rows = act.unit.evaluations.of_proposal(proposal, terms.row.stage)
    scoring = {row.evaluator: row.marks or {} for row in rows if row.conflict is None}
    strangers = [name for name in participants if name not in scoring]
    if strangers or not participants:
        raise RefusedError(
            f"{', '.join(strangers)} {'does' if len(strangers) == 1 else 'do'} not score {proposal}"
            if strangers
            else f"nobody took part in the consensus on {proposal}",
            next_step=f"name who took part, of: {', '.join(sorted(scoring)) or 'nobody yet'}",
        )
    waiting = [name for name in participants if not wanted <= scoring[name].keys()]
    if waiting:
        raise RefusedError(
            f"the own marks of {', '.join(waiting)} on {proposal} are not complete; they come before a consensus",
            next_step=f"pipgrants evaluation import {terms.row.call} FILE",
        )


def _refuse_marks(terms: Terms, proposal: str, marks: Mapping[str, Decimal | None]) -> None:
    rubric, stage = terms.call.rubric, terms.row.stage
    criteria = {item.code: item for item in rubric.scored_at(stage)}
    off_scale = [
        f"{code} {mark} (from {scale.minimum} to {scale.maximum} in steps of {scale.step})"
        for code, mark in marks.items()
        if code in criteria and check_mark(rubric, stage, code, mark) is not None
        for scale in [scale_of(rubric, criteria[code])]
    ]
    unknown, missing = sorted(marks.keys() - criteria.keys()), sorted(criteria.keys() - marks.keys())
    found = [
        *([f"no criterion of this stage: {', '.join(unknown)}"] if unknown else []),
        *([f"no mark for: {', '.join(missing)}"] if missing else []),
        *([f"not on the scale: {', '.join(off_scale)}"] if off_scale else []),
    ]
    if found:
        raise RefusedError(
            f"the consensus on {proposal} cannot be stored: {'; '.join(found)}",
            next_step=f"give one mark, or n/a, for each of: {', '.join(criteria)}",
        )
