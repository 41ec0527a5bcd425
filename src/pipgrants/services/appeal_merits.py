"""What the rule of a call decides of reopened proposals in their new places, were nothing decided yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

import orjson

from pipgrants.domain.allocation import Standing
from pipgrants.domain.appeal import Remedy
from pipgrants.domain.call import Call, RankingRule
from pipgrants.domain.circumstances import Circumstances
from pipgrants.domain.determination import NOT_PROVEN, UNANSWERED, screen_out
from pipgrants.domain.finding import Findings
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.ranking import Candidate, rank, separation
from pipgrants.domain.vocabulary import Stage
from pipgrants.services.appealed_lines import marks_counting, moved_on_appeal, places_of
from pipgrants.services.corrected_ranking import corrected
from pipgrants.services.determinations import Ground, decide_excluded, decide_ranked, undetermined
from pipgrants.services.optimiser import Optimiser
from pipgrants.services.rank import Scoring
from pipgrants.store.packages import PackageLine, RankingRow
from pipgrants.trail.canonical import canonical


class Facts(NamedTuple):
    """What a score rests on: the proposal, its evaluators' marks as written, and the counterpart that counted."""

    proposal: Proposal
    marks: Sequence[Mapping[str, str | None]]
    counterpart_minor: int | None


class Reopened(NamedTuple):
    """A proposal whose appeal was upheld, verified and scored again as was ruled.

    ``corrects`` is the number of the letter whose place the new one takes; ``former`` the decision contested, None
    where none was made; ``scored_at`` the stage under which its marks stand.
    """

    number: str
    appeal: int
    remedy: Remedy | None
    stage: Stage
    corrects: int
    findings: Findings
    facts: Facts
    former: PackageLine | None
    scored_at: str


class AppealGround(NamedTuple):
    """What decisions on appeals rest on beside the proposals themselves.

    ``published`` are the rankings as ratified, ``draws`` the keys of their draws, ``requests`` the grants asked for by
    number, ``standing`` what proposals hold, ``decided`` the decisions that stand on them, ``facts`` those of a
    proposal with its marks of a stage, ``optimiser`` what selects where the call announced an objective.
    """

    call: Call
    published: Mapping[Stage, Sequence[RankingRow]]
    draws: Mapping[Stage, str]
    requests: Mapping[str, Decimal]
    standing: Standing
    decided: Sequence[PackageLine]
    known: Circumstances
    facts: Callable[[str, str], Facts]
    optimiser: Optimiser


class Merits(NamedTuple):
    """A reopened proposal, its new place, and what the rule of the call decides of it there."""

    reopened: Reopened
    place: RankingRow | None
    line: PackageLine

    @property
    def number(self) -> str:
        """Its number."""
        return self.reopened.number

    @property
    def stage(self) -> Stage:
        """The stage that it is decided in."""
        return self.reopened.stage

    @property
    def former(self) -> PackageLine | None:
        """The decision contested."""
        return self.reopened.former


def is_excluded(call: Call, item: Reopened) -> bool:
    """Whether screening excludes a reopened proposal."""
    return screen_out(item.number, item.findings, call.clarification.if_unanswered) is not None


def merits_of(ground: AppealGround, reopened: Iterable[Reopened]) -> list[Merits]:
    """What the rule of the call decides of each, all of them in their new places; the better placed come first."""
    items = sorted(reopened, key=lambda item: item.number)
    merits = [Merits(item, None, _excluded(ground.call, item)) for item in items if is_excluded(ground.call, item)]
    for stage in Stage:
        ranked = [item for item in items if item.stage is stage and not is_excluded(ground.call, item)]
        merits += _ranked(ground, stage, ranked) if ranked else []
    return merits


def _excluded(call: Call, item: Reopened) -> PackageLine:
    """What screening decides; what is still open was not asked about on appeal, and is told as not proven."""
    (line,) = decide_excluded(call, [(item.number, item.findings)])
    detail = orjson.loads(line.detail)
    for reason in detail["reasons"]:
        reason["code"] = NOT_PROVEN if reason["code"] == UNANSWERED else reason["code"]
    return line._replace(detail=canonical(detail))


def _ranked(ground: AppealGround, stage: Stage, items: Sequence[Reopened]) -> list[Merits]:
    """What the rule decides in the corrected ranking: with the places that appeals gave before, and these."""
    reopened = {item.number: item for item in items}
    published = ground.published.get(stage, ())
    earlier = moved_on_appeal(published, [item for item in ground.decided if item.proposal not in reopened], stage)
    scored = _Scored(ground, stage, reopened)
    places = {item.number: new_place(ground, item) for item in items}
    places |= {place.proposal: place for place in places_of(earlier)}
    moved = [places[place.number] for place in rank(map(scored.candidate, places), scored.rule, scored.draw)]
    ranking = corrected(published, moved, separation=scored.separation)
    conditions = {item.number: undetermined(item.findings) for item in items}
    renumbered = [row._replace(rank=number) for number, row in enumerate(ranking, 1)]
    corrected_ground = Ground(ground.call, stage, renumbered, ground.requests, conditions, ground.known)
    decided = decide_ranked(corrected_ground.optimised(ground.optimiser))
    lines = {line.proposal: line for line in decided}
    return [Merits(reopened[row.proposal], row, lines[row.proposal]) for row in moved if row.proposal in reopened]


def new_place(ground: AppealGround, item: Reopened) -> RankingRow:
    """The place that a reopened proposal has beside the published ones, whose totals stay as they are.

    Those with its total are separated from it by the tie-breaks of the call, and by its draw where one was held; else
    the lower number comes first.
    """
    rule, key = _rule(ground, item.stage)
    scoring = Scoring(ground.call, item.stage)
    scoring.score(*item.facts)
    (alone,) = rank(scoring.candidates, replace(rule, draw=()))
    others = [row for row in ground.published.get(item.stage, ()) if row.proposal != item.number]
    for row in others:
        if Decimal(row.total) == alone.total:
            scoring.score(*ground.facts(row.proposal, item.stage))
    own = next(place for place in rank(scoring.candidates, rule, key) if place.number == item.number)
    above = sum(Decimal(row.total) > alone.total for row in others)
    return scoring.rows([own])[0]._replace(rank=above + own.rank)


def _rule(ground: AppealGround, stage: Stage) -> tuple[RankingRule, str | None]:
    """How a stage ranks, with the key of its draw; without one nothing is drawn."""
    rule, key = ground.call.ranking.of_stage(stage), ground.draws.get(stage)
    return (rule, key) if key else (replace(rule, draw=()), None)


class _Scored:
    """The candidates of a stage by the marks that count now, each scored when it is asked for."""

    def __init__(self, ground: AppealGround, stage: Stage, reopened: Mapping[str, Reopened]) -> None:
        self.rule, self.draw = _rule(ground, stage)
        self._ground = ground
        self._stage = stage
        self._reopened = reopened
        self._scored_at = {line.proposal: marks_counting(line, stage) for line in ground.decided}
        self._scoring = Scoring(ground.call, stage)
        self._candidates: dict[str, Candidate] = {}

    def candidate(self, number: str) -> Candidate:
        """The candidate of that number."""
        if number not in self._candidates:
            item = self._reopened.get(number)
            scored_at = self._scored_at.get(number, self._stage.value)
            self._scoring.score(*(item.facts if item else self._ground.facts(number, scored_at)))
            self._candidates[number] = self._scoring.candidates[-1]
        return self._candidates[number]

    def separation(self, above: str, below: str) -> str:
        """The word that separates two candidates of the same total."""
        return separation(self.candidate(above), self.candidate(below), self.rule)
