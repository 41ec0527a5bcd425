"""``explain``: everything on record of one proposal, read from the record and never computed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from pipgrants.domain.calendar import closes_at_utc
from pipgrants.domain.consistency import highest_ranked_total
from pipgrants.domain.plain import plain_amount, plain_number
from pipgrants.domain.ranking import DRAW, NUMBER
from pipgrants.domain.rubric import Combination
from pipgrants.domain.vocabulary import LetterKind, LetterStage, Role, Stage
from pipgrants.letters.data import DecisionData, ScoreData
from pipgrants.letters.explanation import (
    ActData,
    AppealToldData,
    AppealWayData,
    ConsensusData,
    EndingData,
    ExplainedProposal,
    ExplanationData,
    LineData,
    TiesData,
)
from pipgrants.letters.explanation import explain as write_explanation
from pipgrants.money import from_minor
from pipgrants.services.appealed_lines import marks_counting, place_of
from pipgrants.services.audit.stated import Content
from pipgrants.services.correspondence import cited_in
from pipgrants.services.deadlines import window_of
from pipgrants.services.definitions import Terms, language_of, proposal_engine, templates_of, terms_of
from pipgrants.services.explained_project import acts_on_project, project_told
from pipgrants.services.findings import RecordedFindings
from pipgrants.services.letter_facts import criterion_finding, criterion_scores, threshold_total
from pipgrants.services.letters import letter_number
from pipgrants.services.packages import PACKAGE_PREPARED
from pipgrants.services.round_facts import FUNDED
from pipgrants.services.unanswered import unanswered
from pipgrants.services.workspace import Workspace
from pipgrants.store.letters import LetterRow
from pipgrants.store.packages import PackageLine, PackageRow, RankingRow
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import instant_text

DECIDED = ("ProposalPromoted", "ProposalDetermined")
"""The acts that approve a decision on a proposal."""


class Explanation(NamedTuple):
    """The explanation as text, and the same as plain data."""

    text: str
    data: ExplanationData


def explain(workspace: Workspace, proposal: str, language: str | None = None) -> Explanation:
    """Why a proposal stands where it stands, in its own language unless another is asked for."""
    with workspace.read() as unit:
        row = unit.proposals.get(proposal)
        terms = terms_of(unit.calls, row.call)
        chosen = language_of(terms.call, language or row.language)
        data = _Record(unit, terms, row, chosen).data()
        templates = templates_of(unit.calls, terms.row.templates_hash)
        return Explanation(write_explanation(templates, data, chosen), data)


class _Record:
    """What is on record of one proposal."""

    def __init__(self, unit: Unit, terms: Terms, row: ProposalRow, language: str) -> None:
        self._unit = unit
        self._terms = terms
        self._row = row
        self._language = language
        self._engine = proposal_engine(unit.calls, terms.row)
        self._package = self._find_package()
        self._line = unit.packages.line(self._package.hash, row.number) if self._package else None
        self._appealed = orjson.loads(self._line.detail).get("appeal") if self._line else None
        self._place = self._find_place()
        self._history = self._contents(f"proposal/{row.number}")
        self._deciding = self._deciding_acts()

    def _find_package(self) -> PackageRow | None:
        if self._row.determination_package is None:
            return None
        return self._unit.packages.get(self._row.determination_package)

    def _find_place(self) -> RankingRow | None:
        """The place that the decision rests on: that of the ranking, or the new one where it was made on appeal."""
        if self._line is not None and self._appealed:
            return place_of(self._line)
        return self._unit.packages.rank_of(self._row.call, self._row.stage, self._row.number)

    def _contents(self, subject: str) -> list[Content]:
        return [orjson.loads(entry.content) for entry in self._unit.ledger.entries(subject=subject)]

    def _deciding_acts(self) -> list[Content]:
        """The last act that prepared the package of the decision, and the one that approved it."""
        if self._package is None:
            return []
        of_package = self._contents(f"package/{self._package.hash}")
        prepared = [item for item in of_package if item["act"] == PACKAGE_PREPARED]
        of_call = self._contents(f"call/{self._row.call}")
        approved = [item for item in of_call if item["inputs"].get("package") == self._package.hash]
        return [*prepared[-1:], *approved[-1:]]

    def data(self) -> ExplanationData:
        """The whole explanation."""
        call, place = self._terms.call, self._place
        score: Mapping[str, Any] = orjson.loads(place.detail) if place else {}
        marks = score.get("by_criterion", {})
        detail = orjson.loads(self._line.detail) if self._line else {}
        findings = self._findings(score)
        return ExplanationData(
            proposal=self._proposal(),
            findings=[criterion_finding(call, item, self._language) for item in findings],
            scores=self._scores(marks),
            total=place.total if place else None,
            points=score.get("points"),
            threshold_total=threshold_total(score),
            maximum_total=plain_number(highest_ranked_total(call, self._row.stage)) if place else None,
            rank=place.rank if place else None,
            ranked_count=sum(1 for _ in self._ranking()) if place else None,
            tie_broken_by=place.tie_broken_by if place else None,
            ties=self._ties(place) if place else None,
            line=self._money_line(),
            prepared=_act(self._deciding[0]) if self._deciding else None,
            approved=_act(self._deciding[-1]) if self._deciding else None,
            decision=self._decision(self._line) if self._line else None,
            reasons=detail.get("reasons", ()),
            history=[_act(item) for item in sorted(self._told_acts(), key=itemgetter("sequence"))],
            ending=self._ending(),
            asked=unanswered(self._unit, self._engine, [self._row]).get(self._row.number),
            answers=[text for text in self._unit.answers.of(self._row.number) if text],
            names=self._names(findings),
            consensus=self._consensus() if marks else None,
            appeals=self._appeals(),
            project=project_told(self._unit, self._row.number, self._language),
        )

    def _told_acts(self) -> list[Content]:
        """The acts on the proposal, those that decided it, and those on its project."""
        return [*self._history, *self._deciding, *acts_on_project(self._unit, self._row.number)]

    def _ending(self) -> EndingData | None:
        """How the proposal ended where it came late, was withdrawn, lapsed, or ended with its call."""
        letters = [
            row for row in self._unit.letters.of_proposal(self._row.number) if row.stage != LetterStage.SUPERSEDED
        ]
        late = next((row for row in reversed(letters) if row.kind == LetterKind.LATE), None)
        if late is not None:
            return EndingData(
                kind=LetterKind.LATE,
                at=self._row.received_at,
                deadline=self._deadline(self._row.stage),
                appeal=self._appeal(late),
            )
        machine = self._engine.definition
        if not machine.states[self._row.state].final:
            return None
        last = next(item for item in reversed(self._history) if item["to"] == self._row.state)
        leading = [item for item in machine.transitions if item.destination == self._row.state]
        if any(item.trigger == "lapse" for item in leading):
            return EndingData(kind="lapsed", at=last["at"], deadline=self._deadline(Stage.PROPOSAL))
        kinds = {item.letter for item in leading}
        sent = [row.kind for row in letters if row.kind in kinds]
        return EndingData(kind=sent[-1], at=last["at"]) if sent else None

    def _deadline(self, stage: Stage) -> str:
        return instant_text(closes_at_utc(window_of(self._terms.call, stage), self._terms.call.time_zone))

    def _appeal(self, letter: LetterRow) -> AppealWayData:
        appeal = self._terms.call.appeal
        return AppealWayData(
            letter=letter_number(letter.number),
            until=orjson.loads(letter.release)["appeal_until"] if letter.release else None,
            working_days=appeal.working_days,
            clause=appeal.clause,
            addressee=appeal.addressee[self._language],
        )

    def _names(self, findings: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """The papers and parties that the findings cite, as they are called on record today."""
        papers, parties = cited_in(findings)
        references = self._unit.evidence.references([self._row.number] if papers else []).get(self._row.number, {})
        return {**references, **self._unit.parties.names(sorted(parties))}

    def _ranking(self) -> list[RankingRow]:
        return list(self._unit.packages.ranking(self._row.call, self._row.stage))

    def _scores(self, marks: Mapping[str, str | None]) -> list[ScoreData]:
        """The combined mark of each criterion, and those that it was combined from, lowest first."""
        evaluations, number = self._unit.evaluations, self._row.number
        rows = evaluations.of_proposal(number, marks_counting(self._line, self._row.stage)) if marks else []
        sheets = [row.marks for row in rows if row.marks is not None and row.conflict is None]
        return [
            ScoreData(
                **score,
                given=sorted((mark for sheet in sheets if (mark := sheet.get(score["criterion"]))), key=Decimal),
            )
            for score in criterion_scores(self._terms.call, self._row.stage, marks, self._language)
        ]

    def _consensus(self) -> ConsensusData | None:
        """The consensus by which the proposal was scored: where the call decides by one, and not on appeal."""
        stage, is_by_consensus = self._row.stage, self._terms.call.rubric.combination is Combination.CONSENSUS
        if not is_by_consensus or marks_counting(self._line, stage) != stage:
            return None
        agreed = self._unit.evaluations.consensus(stage, self._row.number)
        if agreed is None:
            return None
        return ConsensusData(participants_count=len(agreed.participants), held_on=agreed.held_on)

    def _ties(self, place: RankingRow) -> TiesData | None:
        """How ties were broken, None where no other proposal has the same total."""
        tied = [row for row in self._ranking() if row.total == place.total]
        if len(tied) == 1:
            return None
        rule = self._terms.call.ranking.of_stage(self._row.stage)
        below = next((row for row in tied if row.rank == place.rank + 1), None)
        last = DRAW if rule.draw else NUMBER
        drawn = (place.drawn_among or "").split()
        draw = self._unit.packages.draw(self._row.call, self._row.stage) if drawn else None
        return TiesData(
            tied_count=len(tied),
            rules=list(dict.fromkeys([*rule.tie_breaks, last])),
            next_broken_by=below.tie_broken_by if below else None,
            drawn_count=len(drawn),
            draw_key=draw.key if draw else None,
        )

    def _proposal(self) -> ExplainedProposal:
        row, call = self._row, self._terms.call
        return ExplainedProposal(
            number=row.number,
            title=row.title,
            received_at=row.received_at,
            total_amount=self._amount(row.total_minor),
            grant_amount=self._amount(row.grant_minor),
            state=row.state,
            currency=call.currency,
            time_zone=call.time_zone,
            synthetic=self._terms.programme.synthetic,
            label=call.label.get(self._language),
            prepared_by=self._package.prepared_by if self._package else None,
            approved_by=next((item["actor"] for item in reversed(self._history) if item["act"] in DECIDED), None),
        )

    def _amount(self, units: int | None) -> str | None:
        currency = self._terms.call.currency
        return None if units is None else plain_amount(from_minor(units, currency), currency)

    def _findings(self, score: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        if self._row.screening_entry is None:
            return []
        entry = self._row.screening_entry
        screened = RecordedFindings(self._unit).of([entry])[entry]
        return [*(finding.as_plain() for finding in screened), *score.get("below", ())]

    def _decision(self, line: PackageLine) -> DecisionData:
        detail = orjson.loads(line.detail)
        return DecisionData(
            outcome=line.outcome,
            amount=self._amount(line.amount_minor),
            rank=line.rank,
            ranked_count=None,
            total=self._place.total if self._place else None,
            maximum_total=None,
            line_total=None,
            reserve_position=detail.get("reserve_position"),
        )

    def _of_round(self) -> PackageRow | None:
        """The package with the decisions of the round, beside which one was made on appeal."""
        found = self._unit.packages.of_call(self._row.call)
        return next((row for row in found if row.stage == self._row.stage and row.state == "ratified"), None)

    def _appeals(self) -> list[AppealToldData]:
        """The appeals of the proposal, oldest first."""
        return [
            AppealToldData(
                number=row.number,
                letter=letter_number(row.letter),
                received_at=row.received_at,
                standing=row.standing.value,
            )
            for row in self._unit.appeals.of_proposal(self._row.number)
        ]

    def _money_line(self) -> LineData | None:
        """The last that was funded or invited; a selection by an objective draws no line."""
        package = self._package
        if package is not None and self._appealed:
            package = self._of_round()
        is_selected = self._terms.call.allocation.objective is not None and self._row.stage is Stage.PROPOSAL
        if package is None or is_selected:
            return None
        lines = self._unit.packages.lines(package.hash)
        ranks = {line.proposal: line.rank for line in lines if line.outcome in FUNDED}
        last = max((rank for rank in ranks.values() if rank is not None), default=None)
        total = next((row.total for row in self._ranking() if row.rank == last), None)
        envelope = plain_amount(Decimal(self._terms.call.envelope_amount), self._terms.call.currency)
        return LineData(envelope=envelope, last_funded_rank=last, last_funded_total=total)


def _act(entry: Content) -> ActData:
    """An act; evaluators are not named, because an explanation may be shown to the applicant."""
    is_of_evaluator = entry["role"] == Role.EVALUATOR or entry["actor"] == entry["inputs"].get("evaluator")
    return ActData(
        entry=entry["sequence"],
        at=entry["at"],
        act=entry["act"],
        actor=None if is_of_evaluator else entry["actor"],
        on_behalf_of=entry.get("on_behalf_of"),
        role=entry["role"],
        tier=entry["tier"],
        fingerprint=entry["known_by"].get("fingerprint"),
    )
