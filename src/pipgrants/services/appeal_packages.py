"""Decisions on upheld appeals: prepared by an officer who did not hear them, and ratified by management."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from pipgrants.analysis import SECONDS
from pipgrants.domain.appeal import AppealStanding, stage_of_appeal
from pipgrants.domain.duties import Duty
from pipgrants.domain.plain import exact_sum, plain_amount
from pipgrants.domain.rubric import Combination
from pipgrants.domain.vocabulary import APPEALABLE_LETTERS, Outcome, Stage
from pipgrants.errors import RefusedError
from pipgrants.money import EXACT, from_minor
from pipgrants.services.allocate import Proposed, circumstances
from pipgrants.services.appeal_decisions import decide_appeals, lacks
from pipgrants.services.appeal_merits import AppealGround, Facts, Reopened
from pipgrants.services.appealed_lines import former_of_stage, marks_counting, place_of
from pipgrants.services.appeals import open_appeals
from pipgrants.services.correspondence import Addressee, Correspondence, LetterDraft
from pipgrants.services.definitions import Terms, proposal_engine, terms_of
from pipgrants.services.determinations import totals
from pipgrants.services.findings import RecordedFindings
from pipgrants.services.holdings import holdings, standing_line
from pipgrants.services.letter_stages import letter_changes
from pipgrants.services.moves import letter_kind, proposal_deed
from pipgrants.services.optimiser import Optimiser, search
from pipgrants.services.packages import OPTIMUM, PackageKind, hash_lines, prepare, refuse_changed
from pipgrants.services.reserve import free_amount, promotion_inputs
from pipgrants.services.returned_money import returned_amounts
from pipgrants.services.round_facts import RoundFacts, determination_inputs
from pipgrants.services.rulebook import ProposalCase
from pipgrants.services.segregation import refuse_who_judged
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.appeals import AppealRow
from pipgrants.store.letters import LetterRow
from pipgrants.store.packages import PackageLine, PackageRow
from pipgrants.store.proposals import ProposalRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed, instant_text

APPEALS_RATIFIED = "AppealsRatified"
"""The act on a call that approves the decisions on its upheld appeals."""

_STEPS = {
    "verify": "pipgrants appeal verify {} --as OFFICER",
    "score": "pipgrants appeal score {} FILE --as OFFICER",
}


class PreparedAppeals(NamedTuple):
    """What was prepared, and the steps that other upheld appeals still wait for."""

    proposed: Proposed
    waiting: Sequence[str]


def prepare_appeals(
    workspace: Workspace, who: Identity, now: datetime, *, call: str, seconds: int = SECONDS, dry_run: bool = False
) -> PreparedAppeals:
    """Determines anew every proposal of a call whose appeal was upheld and carried out; management ratifies it.

    Where the call announced an objective, each search for the best selection may take some ``seconds``.
    Raises RefusedError where none can be decided, and where whoever prepares scored one of them or heard its appeal.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        act.permit("appeal.prepare", terms.programme.stands_in)
        ready, waiting = reopened(act.unit, terms)
        if not ready:
            raise RefusedError(
                f"no upheld appeal of {call} can be decided",
                next_step="; ".join(waiting) or f"pipgrants appeal list {call}",
            )
        refuse_who_judged(act, call, {item.number for item in ready}, Duty.PREPARES)
        ground = ground_of(act.unit, terms, Optimiser(search(seconds)))
        lines = decide_appeals(ground, ready)
        package = prepare(
            act,
            PackageKind.APPEAL,
            programme=terms.row.programme,
            call=call,
            stage=None,
            definitions=terms.hashes,
            inputs=_inputs_hash(act.unit, terms),
            facts=appeal_facts(ground, lines),
            lines=lines,
        )
    currency = terms.call.currency
    proposed = Proposed(package, lines, currency, totals(lines, currency), optimum=ground.optimiser.told)
    return PreparedAppeals(proposed, waiting)


def appeal_facts(ground: AppealGround, lines: Sequence[PackageLine]) -> dict[str, object]:
    """What the package of decisions on appeals shows to who approves it: what they cost, and what is there for it."""
    call, standing = ground.call, ground.standing
    margin_left = EXACT.subtract(call.allocation.appeal_margin_amount, exact_sum(standing.by_margin.values()))
    return {
        "currency": call.currency,
        "envelope": str(call.envelope_amount),
        "margin_left": plain_amount(margin_left, call.currency),
        "money_left": plain_amount(free_amount(call, standing), call.currency),
        "totals": {name: [count, str(amount)] for name, (count, amount) in totals(lines, call.currency).items()},
        **({} if ground.optimiser.told is None else {OPTIMUM: ground.optimiser.told}),
    }


def _inputs_hash(unit: Unit, terms: Terms) -> str:
    return promotion_inputs(unit, terms, unit.packages.ranking(terms.row.call, terms.row.stage))


def reopened(unit: Unit, terms: Terms) -> tuple[list[Reopened], list[str]]:
    """The upheld appeals of a call that can be decided, and the steps that the others wait for."""
    ready, waiting = [], []
    for row in unit.appeals.of_call(terms.row.call):
        if row.standing is AppealStanding.UPHELD:
            item, is_verified, is_scored = _reopened(unit, terms, row)
            step = lacks(terms.call, item, is_verified=is_verified, is_scored=is_scored)
            if step is None:
                ready.append(item)
            else:
                waiting.append(_STEPS[step].format(row.proposal))
    return ready, waiting


def appeal_steps(unit: Unit, terms: Terms) -> list[str]:
    """What the open appeals of a call wait for, as commands."""
    rows = open_appeals(unit, terms.row.call)
    if not rows:
        return []
    heard = [
        f"pipgrants appeal settle {row.proposal} --ruling RULING --reason TEXT --as MANAGER"
        for row in rows
        if row.standing is AppealStanding.LODGED
    ]
    ready, waiting = reopened(unit, terms)
    return [*heard, *waiting, *([f"pipgrants appeal prepare {terms.row.call} --as OFFICER"] if ready else [])]


def _reopened(unit: Unit, terms: Terms, row: AppealRow) -> tuple[Reopened, bool, bool]:
    """An upheld appeal with what is on record of it, whether it was verified since, and whether it was scored."""
    head = unit.proposals.get(row.proposal)
    entries = list(unit.ledger.entries(subject=f"proposal/{row.proposal}"))
    settled = max(entry.sequence for entry in entries if entry.act == "AppealSettled")
    screening = head.screening_entry
    former = former_of_stage(standing_line(unit, head), head.stage)
    on_appeal = stage_of_appeal(row.number)
    is_scored = bool(unit.evaluations.of_proposal(row.proposal, on_appeal))
    scored_at = on_appeal if is_scored else marks_counting(former, head.stage)
    item = Reopened(
        number=row.proposal,
        appeal=row.number,
        remedy=row.remedy,
        stage=head.stage,
        corrects=contested(unit, head).number,
        findings=RecordedFindings(unit).of([screening])[screening] if screening else (),
        facts=_facts(unit, terms, head, scored_at),
        former=former,
        scored_at=scored_at,
    )
    return item, screening is not None and screening > settled, is_scored


def contested(unit: Unit, head: ProposalRow) -> LetterRow:
    """The letter with the last decision on a proposal, which the new one takes the place of."""
    letters = unit.letters.of_proposal(head.number)
    return next(row for row in reversed(letters) if row.kind in APPEALABLE_LETTERS and row.superseded_by is None)


def _facts(unit: Unit, terms: Terms, head: ProposalRow, stage: str) -> Facts:
    is_of_round = stage in {item.value for item in Stage}
    if is_of_round and terms.call.rubric.combination is Combination.CONSENSUS:
        marks = unit.evaluations.agreed_between(Stage(stage), head.number, head.number)[head.number]
    else:
        sheets = unit.evaluations.of_proposal(head.number, stage)
        marks = [sheet.marks for sheet in sheets if sheet.marks is not None and sheet.conflict is None]
    return Facts(unit.proposals.one(head.number, terms.call.currency), marks, head.counterpart_minor)


def ground_of(unit: Unit, terms: Terms, optimiser: Optimiser) -> AppealGround:
    """What decisions on the appeals of a call rest on beside the proposals themselves."""
    call, currency = terms.row.call, terms.call.currency
    states = tuple(proposal_engine(unit.calls, terms.row).definition.states)
    draws = {stage: draw.key for stage in Stage if (draw := unit.packages.draw(call, stage))}
    return AppealGround(
        call=terms.call,
        published={stage: list(unit.packages.ranking(call, stage)) for stage in Stage},
        draws=draws,
        requests={
            row.number: from_minor(row.grant_minor, currency)
            for row in unit.proposals.rows(call)
            if row.grant_minor is not None
        },
        standing=holdings(unit, terms, returned_amounts(unit, call)),
        decided=list(unit.packages.standing(call)),
        known=circumstances(unit, terms.call, states),
        facts=lambda number, stage: _facts(unit, terms, unit.proposals.get(number), stage),
        optimiser=optimiser,
    )


class AppealRatification:
    """The decisions on upheld appeals, made; no other decision is touched."""

    def __init__(self, act: Act, package: PackageRow, content: dict[str, Any]) -> None:
        self._act = act
        self._package = package
        self._content = content
        self._terms = terms_of(act.unit.calls, str(package.call))
        self._engine = proposal_engine(act.unit.calls, self._terms.row)
        self.letters = Correspondence(act, self._terms)

    def run(self) -> dict[str, int]:
        """Determines every proposal of the package; returns how many by outcome."""
        unit, terms, package = self._act.unit, self._terms, self._package
        lines = list(unit.packages.lines(package.hash))
        ground = {
            "the list of decisions": hash_lines(lines) == self._content["lines"],
            "the definitions": dict(terms.hashes) == self._content["definitions"],
            "proposals, scores or decisions": _inputs_hash(unit, terms) == self._content["inputs"],
        }
        refuse_changed(package, ground)
        refuse_who_judged(self._act, terms.row.call, {line.proposal for line in lines}, Duty.APPROVES)
        inputs: dict[str, object] = {"package": package.hash, **self._act.signature}
        subject, hashes = f"call/{terms.row.call}", terms.hashes
        self._act.record(Deed(APPEALS_RATIFIED, subject, inputs=inputs, definitions=hashes, call=terms.row.call))
        counts: dict[str, int] = {}
        for line in lines:
            self._determine(line)
            counts[line.outcome] = counts.get(line.outcome, 0) + 1
        return dict(sorted(counts.items()))

    def _determine(self, line: PackageLine) -> None:
        unit, terms, package = self._act.unit, self._terms, self._package
        head, detail = unit.proposals.get(line.proposal), orjson.loads(line.detail)
        old = contested(unit, head)
        case = ProposalCase(self._act.actor.actor, package.prepared_by, outcome=Outcome(line.outcome))
        fired = self._engine.fire(head.state, "determine", case, roles=self._act.roles)
        inputs = determination_inputs(package.hash, line, detail, terms.call.currency)
        facts = self._facts(head, line, detail)
        draft = LetterDraft(letter_kind(fired), head.number, Addressee(head.language, head.lead), facts)
        self.letters.write(proposal_deed(fired, head.number, terms, inputs=inputs), draft)
        self.letters.flush()
        new = unit.letters.of_proposal(head.number)[-1]
        changes = letter_changes(
            "", {"corrects": old.number, "letter": {"number": new.number}}, instant_text(self._act.now)
        )
        unit.letters.change(old.number, old.stage, changes)
        unit.proposals.determined([(fired.destination, package.hash, head.number, head.state)])
        row = unit.appeals.of_proposal(head.number)[-1]
        unit.appeals.change(row, {"standing": AppealStanding.DECIDED.value})

    def _facts(self, head: ProposalRow, line: PackageLine, detail: dict[str, Any]) -> dict[str, object]:
        """What the new letter says: the score on appeal, beside the line of the round."""
        unit, call, told = self._act.unit, self._terms.row.call, detail["appeal"]
        stage = Stage(told["stage"])
        ranking = {row.proposal: row for row in unit.packages.ranking(call, stage)}
        of_round = next(row for row in unit.packages.of_call(call) if row.stage == stage and row.state == "ratified")
        place = place_of(line)
        facts = RoundFacts(self._act, self._terms, of_round, ranking).letter(head, line, detail, place)
        return {name: value for name, value in facts.items() if name not in ("appeal", "from_line")}
