"""What the decisions of a call come to, derived from the record: screenings, rankings, packages, determinations.

Each is made by the functions of the act that wrote it (``screen``, ``rank``, ``allocate``, ``ratify``). Where something
was derived otherwise than it is recorded, what follows rests on what was derived.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

import orjson

from pipgrants.domain.allocation import Standing
from pipgrants.domain.appeal import Remedy, stage_of_appeal
from pipgrants.domain.assignment import AssignmentCase, Demand
from pipgrants.domain.calendar import is_in_time
from pipgrants.domain.circumstances import Gathering
from pipgrants.domain.finding import Findings
from pipgrants.domain.ranking import rank
from pipgrants.domain.rubric import Combination
from pipgrants.domain.screening import Screener
from pipgrants.domain.vocabulary import Outcome, Role, Stage
from pipgrants.errors import RefusedError
from pipgrants.services.appeal_decisions import decide_appeals, lacks
from pipgrants.services.appeal_merits import AppealGround, Facts, Reopened
from pipgrants.services.appeal_packages import appeal_facts
from pipgrants.services.appeal_remedies import as_ruled
from pipgrants.services.appealed_lines import former_of_stage, marks_counting, moved_on_appeal
from pipgrants.services.audit.record import BATCH, Record, RecordedAppeal, RecordedCall, RecordedProposal
from pipgrants.services.audit.stated import MAPPING, Content
from pipgrants.services.deadlines import answer_until, appeal_until, local_day, window_of
from pipgrants.services.determinations import (
    Ground,
    decide_excluded,
    decide_ranked,
    decision_facts,
    in_order,
    undetermined,
)
from pipgrants.services.findings import RecordedFindings
from pipgrants.services.holdings import standing_of
from pipgrants.services.optimiser import Optimiser
from pipgrants.services.packages import CONFLICTS, ROBUSTNESS
from pipgrants.services.promotions import decide_promotions
from pipgrants.services.rank import Scoring
from pipgrants.services.reserve import promotion_facts
from pipgrants.services.round_facts import determination_inputs
from pipgrants.services.rulebook import ProposalCase
from pipgrants.services.screen import (
    counted_counterpart,
    ends_a_time,
    lapses,
    recorded,
    screening_case,
    screening_inputs,
    time_given,
)
from pipgrants.services.states import (
    competing_states,
    excluded_states,
    screened_states,
    states_with,
)
from pipgrants.services.told_robustness import is_told, recorded_shares
from pipgrants.store.packages import PackageLine, RankingRow
from pipgrants.store.stored import PROPOSAL
from pipgrants.store.unit import Unit
from pipgrants.workflow.engine import Engine, Fired

EVERY_ROLE = frozenset(role.value for role in Role)
"""Facts decide where a transition leads; who may fire it is for ``audit duties``."""

LAPSED, DECIDED = 0, 1
"""The order within an act of screening."""


class Step(NamedTuple):
    """What an act derives for one proposal: ``fields`` of its entry, whose place in the act is ``place``.

    ``fired`` is None where the machine refuses the step; the fields then say why.
    """

    place: tuple[int, str]
    proposal: RecordedProposal
    fired: Fired | None
    fields: dict[str, object]
    findings: Findings = ()


class Derivation:
    """Derives the decisions of one call while a record takes the entries."""

    def __init__(self, unit: Unit, record: Record, name: str) -> None:
        self._record = record
        self._name = name
        self._recorded = RecordedFindings(unit)
        self._otherwise: dict[str, Findings] = {}
        """The findings derived of proposals whose recorded ones are others."""

    @property
    def call(self) -> RecordedCall:
        """The call as it stands."""
        return self._record.call(self._name)

    @property
    def engine(self) -> Engine[ProposalCase]:
        """The machine of its proposals."""
        return self._record.engine(self.call.hashes["machine"])

    def adopt(self, step: Step, *, is_recorded: bool) -> None:
        """Lets what follows rest on a step; ``is_recorded`` says that the entry taken holds the same."""
        proposal, fired = step.proposal, step.fired
        self.forget(proposal.number)
        if is_recorded or fired is None:
            return
        proposal.state, proposal.has_lapsed = fired.destination, ends_a_time(fired.transition)
        if step.findings:
            self._otherwise[proposal.number] = step.findings
            proposal.due_on = _due_on(step)
            proposal.counterpart_minor = counted_counterpart(step.findings, self.call.call.currency)

    def forget(self, number: str) -> None:
        """The findings derived of a proposal no longer say where it stands, or are the recorded ones."""
        self._otherwise.pop(number, None)

    def received(self, entry: Content) -> dict[str, object]:
        """Whether an application arrived in time, as fields of its entry. Raises RefusedError where neither holds."""
        application, call = entry["inputs"]["application"], self.call.call
        window = window_of(call, Stage(application["stage"]))
        in_time = is_in_time(datetime.fromisoformat(application["received_at"]), window, call.time_zone)
        named = {kind: found for kind, found in entry["definitions"].items() if kind == MAPPING}
        fired = self._fire(entry["from"], "receive", ProposalCase(in_time=in_time))
        return self._said(fired, definitions={**self.call.hashes, **named})

    def screening(self, entry: Content) -> Iterator[Step]:
        """What the act of screening that an entry began does: invitations lapse, then what changed of the others."""
        at, excluded = datetime.fromisoformat(entry["at"]), frozenset(entry["inputs"]["excluded"])
        contested = self._record.contested()
        yield from self._lapses()
        states = screened_states(self.engine, scores_closed=self.call.scores_closed)
        waiting = iter(self._record.of_call(self._name, states))
        screener = Screener(self.call.call, self.call.stage)
        while batch := list(islice(waiting, BATCH)):
            before = self.findings(batch)
            for proposal, read in self._record.read(batch, excluded):
                step = self._screened(proposal, screener.screen(read, contested), before.get(proposal.number), at)
                if step is not None:
                    yield step

    def answer_until(self, entry: Content) -> date:
        """The last day to answer the request whose release an entry tells of."""
        call, proposal = self.call.call, self._record.proposals[entry["subject"].removeprefix(PROPOSAL)]
        return proposal.due_on or answer_until(local_day(datetime.fromisoformat(entry["at"]), call), call)

    def _lapses(self) -> Iterator[Step]:
        invited = self._in_states("lapse")
        fired_all = lapses(self.engine, (proposal.state for proposal in invited), EVERY_ROLE)
        for proposal, fired in zip(invited, fired_all, strict=True):
            yield Step((LAPSED, proposal.number), proposal, fired, self._said(fired, inputs={}, findings=[]))

    def _screened(
        self, proposal: RecordedProposal, findings: Findings, before: Findings | None, at: datetime
    ) -> Step | None:
        """How a screening moves a proposal, None where it repeats the last one."""
        call = self.call.call
        due_on = time_given(findings, before, proposal.due_on)
        case = screening_case(findings, due_on, local_day(at, call), call)
        fired = self._fire(proposal.state, "screen", case)
        if before == findings and fired.destination == proposal.state:
            return None
        fields = self._said(fired, inputs=screening_inputs(due_on), findings=recorded(findings))
        return Step((DECIDED, proposal.number), proposal, fired, fields, findings)

    def findings(self, proposals: Iterable[RecordedProposal]) -> dict[str, Findings]:
        """The findings that stand of some proposals, by number; none of those that wait for screening."""
        derived = {item.number: self._otherwise[item.number] for item in proposals if item.number in self._otherwise}
        screened = {
            item.number: item.screening
            for item in proposals
            if item.screening is not None and item.number not in derived
        }
        found = self._recorded.of([*screened.values()])
        return derived | {number: found[sequence] for number, sequence in screened.items()}

    def assignment_case(self, inputs: Content) -> AssignmentCase:
        """What an assignment was made from; who shares an employer is as its entry says, for no entry names one."""
        call, stage = self.call.call, self.call.stage
        demands = tuple(
            Demand(
                item.number,
                item.topic,
                call.rubric.evaluators_count,
                tuple(sorted(item.panels[stage.value])),
                frozenset(item.recused).union(item.hearers.intersection(inputs["available"])),
            )
            for item in self._competing()
            if item.topic is not None
        )
        employers = {name: str(number) for number, group in enumerate(inputs["institutions"]) for name in group}
        names = sorted({*inputs["available"], *(name for demand in demands for name in demand.panel)})
        profiles = {name: self._record.profile(name)._replace(institution=employers.get(name)) for name in names}
        return AssignmentCase(call.evaluators, profiles, demands, tuple(inputs["available"]))

    def ranking(self, draw_key: str | None) -> list[RankingRow]:
        """The ranking of the proposals that compete and have a score, with the key of the draw where one was entered.

        Raises RefusedError where proposals are tied and no draw was entered.
        """
        call, stage = self.call.call, self.call.stage
        scoring = Scoring(call, stage)
        competing = self._competing()
        marks = self._record.marks(competing, stage, call.rubric.combination)
        for (proposal, read), given in zip(self._record.read(competing), marks, strict=True):
            scoring.score(read, given, proposal.counterpart_minor)
        return scoring.rows(rank(scoring.candidates, call.ranking.of_stage(stage), draw_key))

    def _competing(self) -> list[RecordedProposal]:
        return self._record.of_call(self._name, competing_states(self.engine))

    def decisions(
        self, ranking: Sequence[RankingRow], optimiser: Optimiser, told: Content
    ) -> tuple[list[PackageLine], dict[str, object]]:
        """The determination of every proposal of the stage, in proposal order, and what their package shows.

        ``told`` is what the entry of the package tells of shares of weights and of conflicts of interest. Raises what
        ``allocate`` raises, RefusedError where the selection that the optimiser gives may not decide.
        """
        competing = self._competing()
        requests = {item.number: item.grant_amount for item in competing if item.grant_amount is not None}
        ground = self._ground(ranking, competing, requests, competing).optimised(optimiser)
        excluded = self._record.of_call(self._name, excluded_states(self.engine))
        lines = in_order(decide_ranked(ground), decide_excluded(self.call.call, self._all_findings(excluded)))
        shares = recorded_shares(told.get(ROBUSTNESS)) if is_told(ground) else None
        return lines, decision_facts(ground, lines, optimiser.told, shares, told.get(CONFLICTS, ()))

    def promotions(self, ranking: Sequence[RankingRow]) -> tuple[list[PackageLine], dict[str, object]]:
        """The determination of everybody on the reserve list whom free money funds, and what their package shows."""
        call, decided = self.call, self._record.decisions(self._name)
        standing = self._standing(decided)
        concerned = [item for item in self._all() if item.number in standing.waiting or item.number in standing.frozen]
        waiting = [item for item in concerned if item.number in standing.waiting]
        requests = {item.number: item.grant_amount or Decimal(0) for item in waiting}
        ground = self._ground(ranking, waiting, requests, concerned)
        promotions = decide_promotions(ground, standing, moved_on_appeal(ranking, decided))
        return promotions.lines, promotion_facts(call.call, standing, promotions)

    def _standing(self, decided: Iterable[PackageLine]) -> Standing:
        """What ``holdings`` finds."""
        states = {item.number: item.state for item in self._all()}
        return standing_of(self.engine, states, decided, self.call.returned, self.call.call.currency)

    def _all(self) -> list[RecordedProposal]:
        return self._record.of_call(self._name, self.engine.definition.states)

    def _ground(
        self,
        ranking: Sequence[RankingRow],
        deciding: Sequence[RecordedProposal],
        requests: Mapping[str, Decimal],
        concerned: Sequence[RecordedProposal],
    ) -> Ground:
        """What decisions rest on; the call's rules ask something of all that are concerned."""
        call, gathering = self.call, Gathering(self.call.call)
        conditions = {
            number: found for number, findings in self._all_findings(deciding) if (found := undetermined(findings))
        }
        for _, read in self._record.read(concerned if gathering.is_needed else ()):
            gathering.add(read)
        known = gathering.known(call.exclusive, self._record.helped_localities(call.call))
        return Ground(call.call, call.stage, ranking, requests, conditions, known)

    def _all_findings(self, proposals: Iterable[RecordedProposal]) -> Iterator[tuple[str, Findings]]:
        waiting = iter(proposals)
        while batch := list(islice(waiting, BATCH)):
            yield from self.findings(batch).items()

    def determinations(
        self, entry: Content, lines: Iterable[PackageLine], package: str, prepared_by: str, trigger: str
    ) -> Iterator[Step]:
        """What the ratification that an entry began decides, line by line of the package, by a trigger."""
        for line in lines:
            proposal = self._record.proposals[line.proposal]
            held = None if proposal.outcome is None else Outcome(proposal.outcome)
            case = ProposalCase(entry["actor"], prepared_by, outcome=Outcome(line.outcome), held=held)
            place = (DECIDED, line.proposal)
            try:
                fired = self._fire(proposal.state, trigger, case)
            except RefusedError as error:
                yield Step(place, proposal, None, {"to": None, "refused": error.message})
                continue
            inputs = determination_inputs(package, line, orjson.loads(line.detail), self.call.call.currency)
            yield Step(place, proposal, fired, self._said(fired, inputs=inputs, findings=[]))

    def appealed(self, entry: Content) -> dict[str, object]:
        """Whether an appeal came in time, as fields of its entry."""
        inputs, call = entry["inputs"], self.call.call
        release = self._record.releases[inputs["contests"]]
        promised, released_on = map(date.fromisoformat, (release["appeal_until"], release["released_on"]))
        until = max(promised, appeal_until(released_on, call))
        received_on = local_day(datetime.fromisoformat(inputs["received_at"]), call)
        fired = self._fire(entry["from"], "appeal", ProposalCase(today=received_on, appeal_ends_on=until))
        return self._said(fired, inputs={**inputs, "until": until.isoformat(), "late": received_on > until})

    def verified(self, entry: Content) -> tuple[dict[str, object], int]:
        """What a new screening finds after an appeal, as fields of its entry; and how many findings."""
        proposal = self._record.proposals[entry["subject"].removeprefix(PROPOSAL)]
        self.forget(proposal.number)
        excluded, met = frozenset(entry["inputs"]["excluded"]), proposal.appeal.met if proposal.appeal else None
        _, read = next(self._record.read([proposal], excluded))
        screened = Screener(self.call.call, read.stage).screen(read, self._record.contested())
        findings = as_ruled(screened, (met or "").split())
        fired = self._fire(proposal.state, "verify", ProposalCase())
        inputs = {**entry["inputs"], "met": met}
        return self._said(fired, inputs=inputs, findings=recorded(findings)), len(findings)

    def on_appeal(
        self, published: Mapping[Stage, Sequence[RankingRow]], draws: Mapping[Stage, str], optimiser: Optimiser
    ) -> tuple[list[PackageLine], dict[str, object]]:
        """The decisions on the upheld appeals that can be decided, and what their package shows."""
        record, call = self._record, self.call.call
        proposals, decided = self._all(), record.decisions(self._name)
        gathering = Gathering(call)
        for _, read in self._record.read(proposals) if gathering.is_needed else ():
            gathering.add(read)
        ground = AppealGround(
            call=call,
            published=published,
            draws=draws,
            requests={item.number: item.grant_amount for item in proposals if item.grant_amount is not None},
            standing=self._standing(decided),
            decided=decided,
            known=gathering.known(self.call.exclusive, record.helped_localities(call)),
            facts=lambda number, stage: self._facts(record.proposals[number], stage),
            optimiser=optimiser,
        )
        former = {line.proposal: line for line in decided}
        ready = []
        for proposal in self._in_states("verify"):
            item, is_verified, is_scored = self._reopened(proposal, former.get(proposal.number))
            if lacks(call, item, is_verified=is_verified, is_scored=is_scored) is None:
                ready.append(item)
        lines = decide_appeals(ground, ready)
        return lines, appeal_facts(ground, lines)

    def _reopened(self, proposal: RecordedProposal, former: PackageLine | None) -> tuple[Reopened, bool, bool]:
        appeal = proposal.appeal or RecordedAppeal(0)
        stage, on_appeal = self._record.read_one(proposal).stage, stage_of_appeal(appeal.number)
        is_scored = any(scored == on_appeal for scored, _ in proposal.evaluations)
        former = former_of_stage(former, stage)
        scored_at = on_appeal if is_scored else marks_counting(former, stage)
        item = Reopened(
            number=proposal.number,
            appeal=appeal.number,
            remedy=Remedy(appeal.remedy) if appeal.remedy else None,
            stage=stage,
            corrects=proposal.letter or 0,
            findings=self.findings([proposal]).get(proposal.number, ()),
            facts=self._facts(proposal, scored_at),
            former=former,
            scored_at=scored_at,
        )
        return item, (proposal.screening or 0) > appeal.settled, is_scored

    def _facts(self, proposal: RecordedProposal, stage: str) -> Facts:
        is_of_round = stage in {stage.value for stage in Stage}
        combination = self.call.call.rubric.combination if is_of_round else Combination.MEAN
        (marks,) = self._record.marks([proposal], stage, combination)
        return Facts(self._record.read_one(proposal), marks, proposal.counterpart_minor)

    def _in_states(self, trigger: str) -> list[RecordedProposal]:
        return self._record.of_call(self._name, states_with(self.engine, trigger))

    def _fire(self, state: str, trigger: str, case: ProposalCase) -> Fired:
        return next(self.engine.fire_all([(state, case)], trigger, roles=EVERY_ROLE))

    def _said(self, fired: Fired, **others: object) -> dict[str, object]:
        """What the entry of a transition says."""
        return {
            "act": fired.transition.entry,
            "from": fired.source,
            "to": fired.destination,
            "definitions": dict(self.call.hashes),
            **others,
        }


def _due_on(step: Step) -> date | None:
    inputs = step.fields["inputs"]
    due_on = inputs.get("clarification_due_on") if isinstance(inputs, dict) else None
    return date.fromisoformat(due_on) if due_on else None
