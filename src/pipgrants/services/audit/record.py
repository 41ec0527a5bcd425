"""The record of a workspace as it stood at some entry, made from the entries and the definitions that they name.

Of a proposal little stays in memory: its application, marks and findings are read again from the entries that hold
them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache, partial
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from pipgrants.domain.call import Call
from pipgrants.domain.counterpart import CODE as COUNTERPART
from pipgrants.domain.counterpart import Contested, Pledge, contested_evidence
from pipgrants.domain.duties import people_of
from pipgrants.domain.evaluators import Profile, Topic
from pipgrants.domain.proposal import Member, Proposal
from pipgrants.domain.rubric import Combination
from pipgrants.domain.vocabulary import APPEALABLE_LETTERS, Language, Stage
from pipgrants.errors import NotFoundError, TrailIntegrityError
from pipgrants.money import to_minor
from pipgrants.services.audit.named_definitions import NamedDefinitions
from pipgrants.services.audit.recorded import Attached, pledges_of, read_application, read_attached, read_party
from pipgrants.services.audit.stated import POSITIONS, Content
from pipgrants.services.audit.stated_proposals import BESIDE_DETAIL
from pipgrants.services.audit.stated_registers import StatedRegisters
from pipgrants.services.localities import NONE_HELPED, is_support_beside
from pipgrants.services.mutual_exclusions import MUTUAL_EXCLUSION
from pipgrants.services.parties import CORRECTED, PARTY_MERGED
from pipgrants.services.returned_money import MONEY_RETURNED, add_returned
from pipgrants.services.rulebook import AWARDS, PROPOSAL_GUARDS, ProposalCase
from pipgrants.services.screen import ends_a_time
from pipgrants.services.states import given_up_states, live_states
from pipgrants.store.evidence import HOLDING_OUTCOMES
from pipgrants.store.packages import PackageLine
from pipgrants.store.stored import PROPOSAL
from pipgrants.store.unit import Unit
from pipgrants.trail.canonical import canonical
from pipgrants.workflow.engine import Engine

BATCH = 200
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What reading an entry raises that does not say what an entry of its kind says."""

SETTLED = "EvidenceSettled"
"""The act on a proposal that speaks of a paper of several."""

STATING_PARTIES = frozenset({"PartyAdded", CORRECTED, PARTY_MERGED})
"""The acts that state a party by itself; a merge states the one that is kept."""


@dataclass(slots=True)
class RecordedAppeal:
    """What entries say of the last appeal of a proposal; ``settled`` is the entry of the ruling."""

    number: int
    remedy: str | None = None
    met: str | None = None
    settled: int = 0


@dataclass(slots=True)
class RecordedProposal:
    """What entries say of a proposal so far; ``application``, ``screening`` and ``decision`` are the entries of them.

    ``letter`` is the number of the letter with the last decision.

    ``evaluations`` gives the entry of the marks by stage and evaluator, None after a conflict of interest;
    ``consensus`` that of the consensus by stage, with those who took part; ``panels`` who is assigned by stage, without
    those who are ``recused``. ``hearers`` heard an appeal of it.
    """

    number: str
    call: str
    state: str = ""
    application: int = 0
    attached: tuple[Attached, ...] = ()
    pledges: tuple[Pledge, ...] = ()
    grant_amount: Decimal | None = None
    outcome: str | None = None
    amount: Decimal | None = None
    decision: int | None = None
    letter: int | None = None
    appeal: RecordedAppeal | None = None
    screening: int | None = None
    has_lapsed: bool = False
    due_on: date | None = None
    counterpart_minor: int | None = None
    evaluations: dict[tuple[str, str], int | None] = field(default_factory=dict)
    consensus: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)
    topic: Topic | None = None
    panels: defaultdict[str, set[str]] = field(default_factory=partial(defaultdict, set))
    recused: set[str] = field(default_factory=set)
    hearers: frozenset[str] = frozenset()

    def set_aside(self, stage: str, evaluator: str) -> None:
        """Neither the marks of somebody with a conflict of interest count, nor a consensus they took part in."""
        self.evaluations[stage, evaluator] = None
        self.panels[stage].discard(evaluator)
        self.recused.add(evaluator)
        if stage in self.consensus and evaluator in self.consensus[stage][1]:
            del self.consensus[stage]

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
    exclusive: Sequence[Sequence[str]] = ()
    """The groups of its proposals of which one award excludes the others."""
    returned: Mapping[str, Decimal] = MappingProxyType({})
    """By number, what came back of the awards."""


class Record:
    """Takes entries one after the other; what it says is what was on record at that moment."""

    def __init__(self, unit: Unit) -> None:
        self._ledger = unit.ledger
        self.named = NamedDefinitions(unit.calls)
        self.registers = StatedRegisters(self.named)
        self.proposals: dict[str, RecordedProposal] = {}
        self._parties: dict[str, Member] = {}
        self._exclusive: defaultdict[str, list[list[str]]] = defaultdict(list)
        self._returned: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
        self.releases: dict[int, Content] = {}
        """What the letters about proposals that were released bear, by their number."""
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
        if entry["act"] == MUTUAL_EXCLUSION:
            self._exclusive[entry["call"]].append(entry["inputs"]["proposals"])
        if entry["act"] == MONEY_RETURNED:
            add_returned(self._returned[entry["call"]], entry["inputs"])

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
                proposal.pledges = pledges_of(self.read_one(proposal), self.call(entry["call"]).call.currency)
            case "LetterReleased":
                proposal.due_on = _day(inputs["release"].get("answer_until")) or proposal.due_on
            case "ProposalScored":
                proposal.evaluations[inputs["stage"], inputs["evaluator"]] = entry["sequence"]
            case "ConsensusRecorded":
                proposal.consensus[inputs["stage"]] = entry["sequence"], frozenset(inputs["participants"])
            case "LanguageCorrected" if proposal.topic is not None:
                proposal.topic = proposal.topic._replace(language=Language(inputs["language"]))
        _seat(proposal, entry)
        letter = inputs.get("letter")
        if isinstance(letter, dict) and letter["kind"] in APPEALABLE_LETTERS:
            proposal.letter = letter["number"]
        if isinstance(letter, int) and "release" in inputs:
            self.releases[letter] = inputs["release"]
        if entry["to"] is not None:
            self._move(proposal, entry)
            proposal.state = entry["to"]

    def _apply(self, proposal: RecordedProposal, entry: Content) -> None:
        """An application, in the place of the last one."""
        for party in entry["inputs"]["parties"]:
            self._take_party(party)
        proposal.application, proposal.attached, proposal.outcome = entry["sequence"], (), None
        read = self._proposal(proposal, entry, frozenset())
        proposal.topic = Topic(read.sector, read.territory, Language(entry["inputs"]["application"]["language"]))
        proposal.pledges, proposal.grant_amount = pledges_of(read, self.named.call(entry).currency), read.grant_amount

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
            case "verify":
                proposal.screening, proposal.has_lapsed, proposal.due_on = entry["sequence"], False, None
                proposal.counterpart_minor = self._counterpart(entry)
            case "appeal":
                proposal.appeal = RecordedAppeal(inputs["appeal"])
            case "settle" if proposal.appeal is not None:
                proposal.appeal.remedy, proposal.appeal.met = inputs.get("remedy"), inputs.get("met")
                proposal.appeal.settled = entry["sequence"]
                proposal.hearers |= people_of(entry)
            case "determine" | "promote":
                proposal.outcome, proposal.decision = inputs["outcome"], entry["sequence"]
                proposal.amount = None if inputs["amount"] is None else Decimal(inputs["amount"])

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
        given = self._exclusive[name], self._returned[name]
        return RecordedCall(name, call, row["state"], Stage(row["stage"]), hashes, scores_closed, *given)

    def _engine(self, machine: str) -> Engine[ProposalCase]:
        return Engine(self.named.machine(machine), PROPOSAL_GUARDS)

    def draw(self, call: str, stage: Stage) -> str | None:
        """The key of a stage's draw, None where none was entered."""
        row = self._stated("draw").get((call, stage.value))
        return None if row is None else str(row["key"])

    def profile(self, name: str) -> Profile:
        """What is stated of an evaluator but the personal values, which entries hold as hashes."""
        row = self._stated("evaluator_profile").get(name)
        if row is None:
            return Profile(name)
        languages = tuple(map(Language, row["languages"].split()))
        return Profile(name, tuple(row["sectors"].split()), row["territory"], languages, row["load_limit"])

    def contested(self) -> Contested:
        """What ``screen.contested`` finds: papers pledged by two live proposals of any call, or beyond their amount."""
        machines = {row["proposal_machine_hash"] for row in self._stated("call").values()}
        engines = [self.engine(machine) for machine in machines]
        live, given_up = live_states(engines), given_up_states(engines)
        settled = {row["identity"]: row["proposal"] for row in self._stated("evidence_settlement").values()}
        pledges = (
            pledge
            for proposal in self.proposals.values()
            if proposal.pledges
            and (proposal.state in live or (proposal.outcome in HOLDING_OUTCOMES and proposal.state not in given_up))
            for pledge in proposal.pledges
        )
        return contested_evidence(pledges, settled)

    def helped_localities(self, call: Call) -> Mapping[str | None, int]:
        """What ``localities.helped_localities`` finds: the awards of other support calls that stand, by locality."""
        if call.allocation.maximum_awards_per_locality is None:
            return NONE_HELPED
        counts: Counter[str | None] = Counter()
        for name, row in self._stated("call").items():
            if is_support_beside(self.named.read_call(row["definition_hash"]), call):
                engine = self.engine(row["proposal_machine_hash"])
                given_up = given_up_states([engine])
                standing = [state for state in engine.definition.states if state not in given_up]
                held = (item for item in self.of_call(name, standing) if item.outcome in AWARDS)
                counts.update(item.topic.territory if item.topic else None for item in held)
        return counts

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
            merged=self.registers.merged,
            excluded=excluded,
            attached=proposal.attached,
        )

    def decisions(self, call: str) -> list[PackageLine]:
        """The decisions that stand on the proposals of a call, in proposal order."""
        currency = self.call(call).call.currency
        found = sorted(
            (item.number, item.decision) for item in self.proposals.values() if item.call == call and item.decision
        )
        entries = self._ledger.contents([sequence for _, sequence in found])
        return [decided_line(number, entries[sequence], currency) for number, sequence in found]

    def marks(
        self, proposals: Iterable[RecordedProposal], stage: str, combination: Combination
    ) -> Iterator[list[Mapping[str, str | None]]]:
        """For each proposal the marks that count at a stage, as written: of its evaluators, or of their consensus."""
        waiting = iter(proposals)
        while batch := list(islice(waiting, BATCH)):
            given = [_counting(item, stage, combination) for item in batch]
            entries = self._ledger.contents([sequence for sequences in given for sequence in sequences])
            for sequences in given:
                yield [entries[sequence]["inputs"]["marks"] for sequence in sequences]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def decided_line(number: str, entry: Content, currency: str) -> PackageLine:
    """The line of the package that the entry of a determination holds."""
    inputs = entry["inputs"]
    detail = {name: value for name, value in inputs.items() if name not in BESIDE_DETAIL}
    amount = None if inputs["amount"] is None else to_minor(Decimal(inputs["amount"]), currency)
    return PackageLine(number, inputs["rank"], inputs["outcome"], amount, canonical(detail))


def _counting(proposal: RecordedProposal, stage: str, combination: Combination) -> list[int]:
    """The entries of the marks that count, those of evaluators in the order of their names."""
    if combination is Combination.CONSENSUS:
        return [proposal.consensus[stage][0]] if stage in proposal.consensus else []
    return [
        sequence
        for (scored_at, _), sequence in sorted(proposal.evaluations.items())
        if sequence is not None and scored_at == stage
    ]


def _seat(proposal: RecordedProposal, entry: Content) -> None:
    """Who is on the panel of a stage, and who left it."""
    inputs = entry["inputs"]
    match entry["act"]:
        case "ConflictDeclared" | "EvaluatorRecused":
            proposal.set_aside(inputs["stage"], inputs["evaluator"])
        case "EvaluatorAssigned":
            proposal.panels[inputs["stage"]].add(inputs["evaluator"])
        case "EvaluatorReassigned":
            proposal.panels[inputs["stage"]].discard(inputs["leaving"])
            proposal.panels[inputs["stage"]].add(inputs["evaluator"])
