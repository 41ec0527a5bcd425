"""The record of a stage at the moment before its decisions were approved, or as it is now, derived from the entries."""

from __future__ import annotations

from collections.abc import Callable

from pipgrants.domain.call import Call
from pipgrants.domain.counterpart import Contested
from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import RefusedError
from pipgrants.services.audit.record import Record, RecordedCall
from pipgrants.services.audit.standing import Side, open_criteria
from pipgrants.services.audit.stated import Content
from pipgrants.services.states import competing_states, excluded_states, unscreened_states
from pipgrants.store.unit import Unit

PROGRESS = 1_000


class Point:
    """The record at the moment before a stage was ratified, or as it is now."""

    def __init__(self, unit: Unit, name: str, stage: Stage, progress: Callable[[int], None]) -> None:
        self._record = Record(unit)
        self._name = name
        self._stage = stage
        self._progress = progress
        self._contested: Contested | None = None
        self._excluded: frozenset[str] = frozenset()
        self.proposals_count = 0

    def find(self) -> None:
        """Takes the entries up to the point. Raises RefusedError where the stage was not screened by then."""
        self._record.walk(self._step)
        if self._contested is None:
            raise RefusedError(
                f"the {self._stage.value}s of {self._name} were not screened yet",
                next_step=f"pipgrants screen {self._name}",
            )

    @property
    def call(self) -> RecordedCall:
        """The call as it stands there."""
        return self._record.call(self._name)._replace(stage=self._stage)

    def side(self, call: Call) -> Side:
        """The stage under a definition of the call."""
        return Side(call, self.call, self._record.helped_localities(call))

    @property
    def draw_key(self) -> str | None:
        """The key of the stage's draw."""
        return self._record.draw(self._name, self._stage)

    def _step(self, entry: Content, _content: bytes) -> bool:
        if entry["sequence"] % PROGRESS == 0:
            self._progress(entry["sequence"])
        is_of_call = entry["subject"] == f"call/{self._name}" and entry["to"] is not None
        trigger = self._record.named.trigger(entry, "call_machine") if is_of_call else None
        is_in_stage = trigger is not None and self._record.call(self._name).stage is self._stage
        if is_in_stage and trigger == "ratify":
            return False
        self._record.take(entry)
        if is_in_stage and trigger == "screen":
            self._contested, self._excluded = self._record.contested(), frozenset(entry["inputs"]["excluded"])
        return True

    def judge(self, *sides: Side) -> None:
        """Lets every side judge every proposal of the stage."""
        engine = self._record.engine(self.call.hashes["machine"])
        states = (*competing_states(engine), *excluded_states(engine), *unscreened_states(engine))
        proposals = self._record.of_call(self._name, states)
        self.proposals_count = len(proposals)
        combinations = dict.fromkeys(side.call.rubric.combination for side in sides)
        marks = (self._record.marks(proposals, self._stage, combination) for combination in combinations)
        every = zip(self._record.read(proposals, self._excluded), zip(*marks, strict=True), strict=True)
        for (proposal, read), counting in every:
            asked: frozenset[str] = frozenset()
            given_by = dict(zip(combinations, counting, strict=True))
            for side in sides:
                given = given_by[side.call.rubric.combination]
                findings = side.screen(read, self._contested or {})
                asked = asked or (open_criteria(findings) if proposal.has_lapsed else frozenset())
                side.judge(proposal, read, findings, given, asked)
