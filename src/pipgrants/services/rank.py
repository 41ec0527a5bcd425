"""Ranking the eligible proposals of a stage, and entering the random numbers of a draw."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pipgrants.domain import priority
from pipgrants.domain.call import Call
from pipgrants.domain.draw import canonical_key
from pipgrants.domain.evaluation import Scorer
from pipgrants.domain.plain import plain_number
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.ranking import CRITERION, Candidate, RankedProposal, rank, undrawn_ties
from pipgrants.domain.rubric import Combination
from pipgrants.domain.rules import needs
from pipgrants.domain.vocabulary import Stage, Verdict
from pipgrants.errors import RefusedError
from pipgrants.money import divide, from_minor
from pipgrants.services.answers import keep_file
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import Terms, proposal_engine, terms_of
from pipgrants.services.found_conflicts import FoundConflict, found_conflicts
from pipgrants.services.moves import move_call, require
from pipgrants.services.rulebook import PreparedCase
from pipgrants.services.states import competing_states
from pipgrants.services.unscreened import unscreened
from pipgrants.services.workspace import Act, Identity, Workspace, silent
from pipgrants.store.packages import DrawRow, RankingRow
from pipgrants.trail.canonical import canonical
from pipgrants.trail.entry import Deed

COUNTERPART_SHARE = "higher_counterpart_share"
SHARE_DECIMALS = 8


class Ranked(NamedTuple):
    """What a ranking came to, best first; how many failed a threshold, and how many places were drawn.

    ``conflicts`` are those of interest that came on record after the scores were closed: the marks stand.
    """

    ranking: Sequence[RankingRow]
    below_threshold_count: int
    drawn_count: int
    conflicts: tuple[FoundConflict, ...]


def rank_call(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    dry_run: bool = False,
    progress: Callable[[int], None] = silent,
) -> Ranked:
    """Ranks the eligible proposals of the stage by their closed scores.

    Raises RefusedError while a clarification is open, or while proposals are tied and the draw was not entered: the
    message names the tied groups and the sources.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        require(act, terms, "rank")
        draw = act.unit.packages.draw(call, terms.row.stage)
        scoring = Scoring(terms.call, terms.row.stage)
        _score_all(act, terms, scoring, progress)
        rule = terms.call.ranking.of_stage(terms.row.stage)
        case = PreparedCase(
            call=call,
            unscreened=unscreened(act, terms),
            undrawn=undrawn_ties(scoring.candidates, rule) if draw is None else (),
            sources=rule.draw,
        )
        require(act, terms, "rank", case)
        ranked = rank(scoring.candidates, rule, draw.key if draw else None)
        rows = scoring.rows(ranked)
        act.unit.packages.replace_ranking(call, terms.row.stage, rows)
        inputs = ranking_inputs(terms.row.stage, rows, draw.key if draw else None)
        move_call(act, terms, "rank", case, inputs=inputs)
        conflicts = found_conflicts(act.unit, terms, local_day(now, terms.call))
    below = sum(not row.passes_thresholds for row in rows)
    return Ranked(rows, below, sum(bool(place.drawn_among) for place in ranked), tuple(conflicts))


def ranking_inputs(stage: Stage, rows: Sequence[RankingRow], draw_key: str | None) -> dict[str, object]:
    """What the entry of a ranking holds."""
    return {"stage": stage.value, "count": len(rows), "ranking": hash_ranking(rows), "draw": draw_key}


def hash_ranking(rows: Iterable[RankingRow]) -> str:
    """The hash of a ranking, in rank order."""
    hasher = hashlib.sha256()
    for row in rows:
        *head, passes, detail = row
        hasher.update("\x1f".join(map(str, (*head, int(passes), ""))).encode() + detail + b"\x1e")
    return hasher.hexdigest()


_mark = lru_cache(maxsize=1_024)(Decimal)
"""A mark from its text; on a scale the same ones come again."""


class Scoring:
    """The candidates of a ranking, and how each came to its score."""

    def __init__(self, call: Call, stage: Stage) -> None:
        self._call = call
        self._scorer = Scorer(call.rubric, stage)
        words = call.ranking.tie_breaks
        self._codes = [word.removeprefix(CRITERION) for word in words if word.startswith(CRITERION)]
        self._wants_share = COUNTERPART_SHARE in words
        self.candidates: list[Candidate] = []
        self._details: dict[str, tuple[bool, bytes]] = {}

    @property
    def needs(self) -> frozenset[str]:
        """The line tuples a proposal must be loaded with."""
        return needs([item.rule for item in self._call.priorities])

    def score(
        self, proposal: Proposal, texts: Sequence[Mapping[str, str | None]], counterpart_minor: int | None
    ) -> bool:
        """Scores a proposal by its evaluators' marks, or their consensus, as written.

        ``counterpart_minor`` is what screening counted.
        Returns False, and takes no candidate, where marks are missing or no criterion was applicable.
        """
        marks = [{code: None if text is None else _mark(text) for code, text in given.items()} for given in texts]
        score = self._scorer.score(marks)
        if score.total is None or score.ranking_total is None:
            return False
        standing = priority.assess(self._call.priorities, proposal, self._call.currency, self._call.time_zone)
        below = [finding.as_plain() for finding in score.thresholds if finding.verdict is not Verdict.MET]
        detail: dict[str, object] = {
            "total": plain_number(score.total),
            "by_criterion": score.exact_marks,
        }
        if score.ranking_total != score.total:
            detail["ranking_total"] = plain_number(score.ranking_total)
        if below:
            detail["below"] = below
        if standing.findings:
            detail["priorities"] = [item.criterion for item in standing.findings if item.verdict is Verdict.MET]
            detail["points"] = plain_number(standing.points)
        self._details[proposal.number] = (not below, canonical(detail))
        self.candidates.append(
            Candidate(
                number=proposal.number,
                total=score.ranking_total,
                marks={code: score.by_criterion.get(code) for code in self._codes},
                priority_points=standing.points,
                has_priority=standing.has_priority,
                grant_amount=proposal.grant_amount,
                total_amount=proposal.total_amount,
                counterpart_share=self._counterpart_share(proposal, counterpart_minor),
                received_at=proposal.received_at,
            )
        )
        return True

    def _counterpart_share(self, proposal: Proposal, counterpart_minor: int | None) -> Decimal | None:
        """The counterpart counted in screening, as a share of the proposal, where ties are broken by it."""
        if not self._wants_share or counterpart_minor is None or not proposal.total_amount:
            return None
        return divide(from_minor(counterpart_minor, self._call.currency), proposal.total_amount, SHARE_DECIMALS)

    def rows(self, places: Iterable[RankedProposal]) -> list[RankingRow]:
        """The places of a ranking as they are stored."""
        return [self._row(place) for place in places]

    def _row(self, place: RankedProposal) -> RankingRow:
        passes, detail = self._details[place.number]
        drawn = " ".join(place.drawn_among) or None
        total = plain_number(place.total)
        return RankingRow(place.rank, place.number, total, place.tie_broken_by, drawn, passes, detail)


def _score_all(act: Act, terms: Terms, scoring: Scoring, progress: Callable[[int], None]) -> None:
    """Scores the proposals that compete, batch by batch. Raises RefusedError where one has no score."""
    unit = act.unit
    states = competing_states(proposal_engine(unit.calls, terms.row))
    by_consensus = terms.call.rubric.combination is Combination.CONSENSUS
    marks_of = unit.evaluations.agreed_between if by_consensus else unit.evaluations.marks_between
    for batch in unit.proposals.batches(terms.row.call, terms.call.currency, scoring.needs, states=states):
        marks = marks_of(terms.row.stage, batch[0][0].number, batch[-1][0].number)
        for row, proposal in batch:
            if not scoring.score(proposal, marks[row.number], row.counterpart_minor):
                raise RefusedError(
                    f"{row.number} cannot be ranked: no criterion was applicable to it, or marks are missing",
                    next_step=f"pipgrants explain {row.number}",
                )
        progress(len(scoring.candidates))


def enter_draw(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    numbers: Mapping[str, Sequence[int]],
    evidence: Path,
    dry_run: bool = False,
) -> str:
    """Enters, once, the numbers that the call's named sources published; returns the key of the draw (RFC 3797).

    ``evidence`` is a file that shows them, kept in the workspace. Raises RefusedError where a source is not the call's,
    its date is not past or not after the scores were closed, or the draw was entered before.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        act.permit("draw.enter", terms.programme.stands_in)
        _refuse_draw(act, terms, numbers)
        sha256 = keep_file(workspace, evidence, dry_run=dry_run)
        key = draw_key(terms.call, terms.row.stage, numbers)
        act.unit.packages.enter_draw(call, terms.row.stage, DrawRow(key, sha256))
        inputs = {
            "stage": terms.row.stage.value,
            "numbers": {name: list(values) for name, values in numbers.items()},
            "key": key,
            "evidence": sha256,
        }
        definitions = {"call": terms.row.definition_hash}
        act.record(Deed("DrawEntered", f"call/{call}", inputs=inputs, definitions=definitions, call=call))
    return key


def draw_key(call: Call, stage: Stage, numbers: Mapping[str, Sequence[int]]) -> str:
    """The key that the numbers of a stage's sources make, in the order in which the call names them."""
    return canonical_key([numbers[source.name] for source in call.ranking.of_stage(stage).draw])


def _refuse_draw(act: Act, terms: Terms, numbers: Mapping[str, Sequence[int]]) -> None:
    sources = {source.name: source for source in terms.call.ranking.of_stage(terms.row.stage).draw}
    today = local_day(act.now, terms.call)
    closed_at = terms.row.scores_closed_at
    if act.unit.packages.draw(terms.row.call, terms.row.stage):
        raise RefusedError(f"the draw of {terms.row.call} was entered already; it is entered once")
    if closed_at is None:
        raise RefusedError(
            "the draw comes after the scores are closed", next_step=f"pipgrants evaluation close {terms.row.call}"
        )
    require(act, terms, "rank")
    if set(numbers) != set(sources):
        raise RefusedError(
            f"the call draws from {', '.join(sources) or 'nothing'}; given: {', '.join(numbers) or 'nothing'}",
            next_step="give the numbers of every source, by its name",
        )
    for name, source in sources.items():
        if len(numbers[name]) != source.numbers_count:
            raise RefusedError(f"{name} publishes {source.numbers_count} numbers; {len(numbers[name])} were given")
        closed_on = local_day(datetime.fromisoformat(closed_at), terms.call)
        if not closed_on < source.published_on <= today:
            raise RefusedError(
                f"{name} is dated {source.published_on}; the scores were closed on {closed_on} and today is {today}",
                next_step="a draw uses numbers published after the scores were closed",
            )
