"""The record of a workspace as it stood at some entry, made from the entries and the definitions that they name.

Of a proposal little stays in memory: its application, marks and findings are read again from the entries that hold
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

import orjson

from pipgrants.domain.call import Call
from pipgrants.domain.counterpart import CODE as COUNTERPART
from pipgrants.domain.counterpart import Contested, Pledge, contested_evidence
from pipgrants.domain.proposal import Member, Proposal
from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import NotFoundError, TrailIntegrityError
from pipgrants.money import to_minor
from pipgrants.services.audit.named_definitions import NamedDefinitions
from pipgrants.services.audit.recorded import Attached, pledges_of, read_application, read_attached, read_party
from pipgrants.services.audit.stated import POSITIONS, Content
from pipgrants.services.audit.stated_registers import StatedRegisters
from pipgrants.services.rulebook import PROPOSAL_GUARDS, ProposalCase
from pipgrants.services.screen import ends_a_time
from pipgrants.services.states import live_states
from pipgrants.store.evidence import HOLDING_OUTCOMES
from pipgrants.store.stored import PROPOSAL
from pipgrants.store.unit import Unit
from pipgrants.workflow.engine import Engine

BATCH = 200
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What reading an entry raises that does not say what an entry of its kind says."""

SETTLED = "EvidenceSettled"
"""The act on a proposal that speaks of a paper of several."""

STATING_PARTIES = frozenset({"PartyAdded", "PartyCorrected"})
"""The acts that state a party by itself."""


@dataclass(slots=True)
class RecordedProposal:
    """What entries say of a proposal so far; ``application`` and ``screening`` are the entries that hold them.

    ``evaluations`` gives the entry of the marks by stage and evaluator, None after a conflict of interest.
    """

    number: str
    call: str
    state: str = ""
    application: int = 0
    attached: tuple[Attached, ...] = ()
    pledges: tuple[Pledge, ...] = ()
    grant_amount: Decimal | None = None
    outcome: str | None = None
    screening: int | None = None
    has_lapsed: bool = False
    due_on: date | None = None
    counterpart_minor: int | None = None
    evaluations: dict[tuple[str, str], int | None] = field(default_factory=dict)

    def begin_stage(self) -> None:
        """Nothing found of the profile stands for the full proposal."""
        self.screening, self.has_lapsed, self.due_on, self.counterpart_minor = None, False, None, None


class RecordedCall(NamedTuple):
    """A call as entries left it; ``hashes`` are those that entries about its proposals name."""

    name: str
    call: Call
    state: str
    stage: Stage
    hashes: Mapping[str, str]
    scores_closed: bool


class Record:
    """Takes entries one after the other; what it says is what was on record at that moment."""

    def __init__(self, unit: Unit) -> None:
        self._ledger = unit.ledger
        self.named = NamedDefinitions(unit.calls)
        self.registers = StatedRegisters(self.named)
        self.proposals: dict[str, RecordedProposal] = {}
        self._parties: dict[str, Member] = {}
        self.engine = cache(self._engine)

    def walk(self, step: Callable[[Content, bytes], bool]) -> None:
        """Hands every entry to ``step``, which takes it, as content and as bytes, until ``step`` returns False.

        Raises TrailIntegrityError naming an entry that does not say what an entry of its kind says.
        """
        for entry in self._ledger.entries():
            try:
                if not step(orjson.loads(entry.content), entry.content):
                    return
            except UNREADABLE as error:
                raise TrailIntegrityError(
                    f"entry {entry.sequence} ({entry.act}), or one that it rests on, cannot be read: {error!r}",
                    next_step="pipgrants audit verify names what was altered",
                ) from error

    def take(self, entry: Content) -> None:
        """Adds what an entry says."""
        is_of_proposal = entry["subject"].startswith(PROPOSAL)
        if is_of_proposal:
            self._take_of_proposal(entry["subject"].removeprefix(PROPOSAL), entry)
        if not is_of_proposal or entry["act"] == SETTLED:
            self.registers.take(entry)
        if entry["act"] in STATING_PARTIES:
            self._take_party(entry["inputs"]["party"])

    def _take_party(self, plain: Content) -> None:
        self._parties[plain["number"]] = read_party(plain)

    def _take_of_proposal(self, number: str, entry: Content) -> None:
        proposal = self.proposals.setdefault(number, RecordedProposal(number, entry["call"]))
        inputs = entry["inputs"]
        if "application" in inputs:
            self._apply(proposal, entry)
        match entry["act"]:
            case "EvidenceAttached":
                proposal.attached += (read_attached(inputs),)
                proposal.pledges = pledges_of(self.read_one(proposal))
            case "LetterReleased":
                proposal.due_on = _day(inputs["release"].get("answer_until")) or proposal.due_on
            case "ProposalScored":
                proposal.evaluations[inputs["stage"], inputs["evaluator"]] = entry["sequence"]
            case "ConflictDeclared":
                proposal.evaluations[inputs["stage"], inputs["evaluator"]] = None
        if entry["to"] is not None:
            self._move(proposal, entry)
            proposal.state = entry["to"]

    def _apply(self, proposal: RecordedProposal, entry: Content) -> None:
        """An application, in the place of the last one."""
        for party in entry["inputs"]["parties"]:
            self._take_party(party)
        proposal.application, proposal.attached, proposal.outcome = entry["sequence"], (), None
        read = self._proposal(proposal, entry, frozenset())
        proposal.pledges, proposal.grant_amount = pledges_of(read), read.grant_amount

    def _move(self, proposal: RecordedProposal, entry: Content) -> None:
        inputs, transition = entry["inputs"], self.named.transition(entry, "machine")
        if transition is None:
            return
        match transition.trigger:
            case "receive":
                proposal.begin_stage()
            case "screen":
                proposal.screening, proposal.has_lapsed = entry["sequence"], ends_a_time(transition)
                proposal.due_on = _day(inputs.get("clarification_due_on"))
                proposal.counterpart_minor = self._counterpart(entry)
            case "determine":
                proposal.outcome = inputs["outcome"]

    def _counterpart(self, entry: Content) -> int | None:
        seen = next((item["seen"] for item in entry["findings"] if item["criterion"] == COUNTERPART), None)
        return None if seen is None else to_minor(Decimal(seen["amount"]), self.named.call(entry).currency)

    def _stated(self, table: str) -> dict[Any, dict[str, Any]]:
        """The rows that entries state of a register, by key: their values by column."""
        rows = self.registers.rows.of.get(table, {})
        return {key: dict(zip(POSITIONS[table], values, strict=True)) for key, (_, values) in rows.items()}

    def call(self, name: str) -> RecordedCall:
        """A call as it stands. Raises NotFoundError where no entry drafted it."""
        row = self._stated("call").get(name)
        if row is None:
            raise NotFoundError(f"the trail knows no call {name!r}", next_step="pipgrants call list")
        hashes = {
            "call": row["definition_hash"],
            "machine": row["proposal_machine_hash"],
            "templates": row["templates_hash"],
        }
        call, scores_closed = self.named.read_call(hashes["call"]), row["scores_closed_at"] is not None
        return RecordedCall(name, call, row["state"], Stage(row["stage"]), hashes, scores_closed)

    def _engine(self, machine: str) -> Engine[ProposalCase]:
        return Engine(self.named.machine(machine), PROPOSAL_GUARDS)

    def draw(self, call: str, stage: Stage) -> str | None:
        """The key of a stage's draw, None where none was entered."""
        row = self._stated("draw").get((call, stage.value))
        return None if row is None else str(row["key"])

    def contested(self) -> Contested:
        """What ``screen.contested`` finds: papers pledged by two live proposals of any call, or beyond their amount."""
        machines = {row["proposal_machine_hash"] for row in self._stated("call").values()}
        live = live_states(map(self.engine, machines))
        settled = {row["identity"]: row["proposal"] for row in self._stated("evidence_settlement").values()}
        pledges = (
            pledge
            for proposal in self.proposals.values()
            if proposal.pledges and (proposal.state in live or proposal.outcome in HOLDING_OUTCOMES)
            for pledge in proposal.pledges
        )
        return contested_evidence(pledges, settled)

    def of_call(self, call: str, states: Iterable[str]) -> list[RecordedProposal]:
        """The proposals of a call that are in some states, in number order."""
        wanted = frozenset(states)
        found = (item for item in self.proposals.values() if item.call == call and item.state in wanted)
        return sorted(found, key=lambda item: item.number)

    def read(
        self, proposals: Iterable[RecordedProposal], excluded: frozenset[str] = frozenset()
    ) -> Iterator[tuple[RecordedProposal, Proposal]]:
        """Proposals with their applications and the files attached since."""
        waiting = iter(proposals)
        while batch := list(islice(waiting, BATCH)):
            entries = self._ledger.contents([item.application for item in batch])
            for item in batch:
                yield item, self._proposal(item, entries[item.application], excluded)

    def read_one(self, proposal: RecordedProposal) -> Proposal:
        """One proposal with its application."""
        return next(proposal for _, proposal in self.read([proposal]))

    def _proposal(self, proposal: RecordedProposal, entry: Content, excluded: frozenset[str]) -> Proposal:
        return read_application(
            entry["inputs"]["application"],
            number=proposal.number,
            call=proposal.call,
            state=proposal.state,
            parties=self._parties,
            excluded=excluded,
            attached=proposal.attached,
        )

    def marks(self, proposals: Iterable[RecordedProposal], stage: Stage) -> Iterator[list[Mapping[str, str | None]]]:
        """For each proposal the marks of its evaluators at a stage, as written, without conflicts of interest."""
        waiting = iter(proposals)
        while batch := list(islice(waiting, BATCH)):
            given = [sorted(_scored(item, stage).items()) for item in batch]
            entries = self._ledger.contents([sequence for scored in given for _, sequence in scored])
            for scored in given:
                yield [entries[sequence]["inputs"]["marks"] for _, sequence in scored]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _scored(proposal: RecordedProposal, stage: Stage) -> dict[str, int]:
    """The entries of the marks of a proposal at a stage, by evaluator."""
    return {
        evaluator: sequence
        for (scored_at, evaluator), sequence in proposal.evaluations.items()
        if sequence is not None and scored_at == stage
    }
