"""``audit replay``: every decision of a call derived again from the entries, and laid beside what they say.

Read are the entries and the definitions that they name, each checked against its hash; no table of the state. What
counts as given: applications with their parties, answers, files attached, settled papers, the parties that stood on the
exclusion list when a screening began (the list itself is in the trail as a salted hash only), marks, conflicts of
interest (what evaluators are tied to is in the trail as salted hashes only), what evaluators' profiles say, the numbers
of draws, the shares of weights that letters tell, withdrawals, rulings on appeals, and who acted when.

The selection of a call that announced an objective is held against the rules, and its value computed exactly; that none
is better, the bound in its entry says.

What is derived: whether each application and each appeal came in time; every finding of every screening, and where it
led; until when an applicant could answer; what lapsed; what an assignment was made from, that it keeps to the rules of
the call, its floor and its objective (that none is better, the bound in its entry says); the key of a draw (RFC 3797);
scores and ranking; the lines of the packages and their hashes; every determination; of projects, what can be paid, is
set free and claimed back. Where the hash of a ranking or of a
package's lines differs, the stored rows say which proposals do, if they have that hash.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import RefusedError
from pipgrants.services.access import permitted_read
from pipgrants.services.appeal_packages import APPEALS_RATIFIED
from pipgrants.services.audit.derivation import DECIDED, LAPSED, Derivation, Step
from pipgrants.services.audit.differences import (
    WHOLE,
    Assigning,
    Difference,
    in_assignment,
    in_entry,
    in_lines,
    in_ranking,
)
from pipgrants.services.audit.project_derivation import ProjectDerivation
from pipgrants.services.audit.record import Record
from pipgrants.services.audit.stated import Content
from pipgrants.services.audit.stated_projects import is_of_project
from pipgrants.services.optimiser import Optimiser, recorded
from pipgrants.services.packages import (
    OPTIMUM,
    PACKAGE_PREPARED,
    TOLD_IN_ENTRY,
    PackageKind,
    decision_kind,
    hash_lines,
    package_content,
    told_in_entry,
)
from pipgrants.services.panels import hash_case
from pipgrants.services.rank import draw_key, hash_ranking, ranking_inputs
from pipgrants.services.screen import ends_a_time
from pipgrants.services.workspace import Identity, Workspace, silent
from pipgrants.store.packages import PackageLine, RankingRow
from pipgrants.store.stored import PROPOSAL
from pipgrants.store.unit import Unit
from pipgrants.trail.canonical import digest

PROGRESS = 1_000
OF_SCREENING, OF_RATIFYING = frozenset({"screen", "lapse"}), frozenset({"determine", "promote"})
RATIFYING = {"call.ratify": "determine", "call.promote": "promote"}
"""What the approval of a package fires on each of its proposals, by what it fires on the call."""
CALL = "call/"
"""How the subjects of entries about a call begin."""
OF_ACTS = OF_SCREENING | OF_RATIFYING
"""The triggers that only an act of screening, or of ratifying, fires."""


class Derived(NamedTuple):
    """How much was derived again; ``scores`` are the combined marks, ``ranks`` the proposals ranked by them.

    ``project_acts`` are what was certified, paid, set free and claimed back of projects.
    """

    receipts: int
    findings: int
    lapses: int
    draws: int
    assignments: int
    scores: int
    ranks: int
    packages: int
    determinations: int
    project_acts: int = 0


class Replayed(NamedTuple):
    """What a replay found: the state the call has reached, how much was derived, and every difference."""

    call: str
    state: str
    stage: Stage
    entries_count: int
    derived: Derived
    differences: tuple[Difference, ...]


def replay(
    workspace: Workspace, who: Identity, now: datetime, *, call: str, progress: Callable[[int], None] = silent
) -> Replayed:
    """Derives a call again, as far as it got.

    Raises NotFoundError where there is no such call, NotAuthorisedError for who may not audit, TrailIntegrityError
    where an entry cannot be read or a definition is not the one it names.
    """
    with permitted_read(workspace, who, now, "audit.replay", f"call/{call}") as unit:
        unit.calls.get(call)
        replaying = _Replay(unit, call, progress)
        return replaying.run()


class _Act:
    """The steps that an act derives, in their order, beside which its entries are laid."""

    def __init__(self, entry: Content, triggers: frozenset[str], steps: Iterator[Step]) -> None:
        self.entry = entry
        self.triggers = triggers
        self._steps = steps
        self._step: Step | None = None

    def before(self, place: tuple[int, str]) -> Iterator[Step]:
        """The steps that stand before a place: no entry records them."""
        while (step := self._peek()) is not None and step.place < place:
            self._step = None
            yield step

    def at(self, place: tuple[int, str]) -> Step | None:
        """The step of a place."""
        step = self._peek()
        if step is None or step.place != place:
            return None
        self._step = None
        return step

    def _peek(self) -> Step | None:
        self._step = self._step or next(self._steps, None)
        return self._step


AT_THE_END = (DECIDED + 1, "")


class _Replay:
    """One walk over the entries."""

    def __init__(self, unit: Unit, name: str, progress: Callable[[int], None]) -> None:
        self._unit = unit
        self._name = name
        self._progress = progress
        self._record = Record(unit)
        self._derivation = Derivation(unit, self._record, name)
        self._projects = ProjectDerivation(self._record.registers.rows, self._record.named)
        self._act: _Act | None = None
        self._draws: dict[Stage, str] = {}
        self._rankings: dict[Stage, list[RankingRow]] = {}
        self._lines: list[PackageLine] = []
        self._prepared: Content | None = None
        self._appeals: tuple[Content, list[PackageLine]] | None = None
        """What prepared the decisions on appeals that wait, and those decisions."""
        self._entries_count = 0
        self._assignment: Assigning | None = None
        self._counts: Counter[str] = Counter()
        self._differences: list[Difference] = []

    def run(self) -> Replayed:
        """Walks to the end."""
        self._record.walk(self._step)
        self._end_act()
        self._end_assignment()
        self._explain_lines()
        call = self._record.call(self._name)
        derived = Derived(*(self._counts[name] for name in Derived._fields))
        return Replayed(self._name, call.state, call.stage, self._entries_count, derived, tuple(self._differences))

    def _step(self, entry: Content, content: bytes) -> bool:
        """Derives what an entry should say, takes the entry, and begins the act that it begins."""
        self._entries_count += 1
        if self._entries_count % PROGRESS == 0:
            self._progress(self._entries_count)
        self._follow_assignment(entry)
        trigger = self._trigger(entry)
        if self._act is not None and trigger not in self._act.triggers:
            self._end_act()
        if self._act is not None:
            self._lay_beside(self._act, entry, content, (LAPSED if trigger == "lapse" else DECIDED, _name_of(entry)))
            return True
        if trigger in OF_ACTS:
            self._report_underived(entry)
        self._differences += in_entry(entry, content, self._derive(entry, trigger))
        self._record.take(entry)
        self._begin_act(entry, trigger)
        return True

    def _trigger(self, entry: Content) -> str | None:
        """What an entry fired: ``call.`` and a trigger of the call's machine, or a trigger of its proposals'."""
        if entry["call"] != self._name or entry["to"] is None:
            return None
        if entry["subject"].startswith(PROPOSAL):
            return self._record.named.trigger(entry, "machine")
        if not entry["subject"].startswith(CALL):
            return None
        return f"call.{self._record.named.trigger(entry, 'call_machine')}"

    def _begin_act(self, entry: Content, trigger: str | None) -> None:
        if trigger == "call.screen":
            self._act = _Act(entry, OF_SCREENING, self._derivation.screening(entry))
        elif trigger in RATIFYING and self._prepared is not None:
            package, preparer = entry["inputs"]["package"], self._prepared["actor"]
            steps = self._derivation.determinations(entry, self._lines, package, preparer, RATIFYING[trigger])
            self._act = _Act(entry, OF_RATIFYING, steps)
            self._prepared = None
        elif entry["act"] == APPEALS_RATIFIED and entry["call"] == self._name and self._appeals is not None:
            prepared, lines = self._appeals
            package, preparer = entry["inputs"]["package"], prepared["actor"]
            steps = self._derivation.determinations(entry, lines, package, preparer, "determine")
            self._act = _Act(entry, OF_RATIFYING, steps)
            self._appeals = None

    def _lay_beside(self, act: _Act, entry: Content, content: bytes, place: tuple[int, str]) -> None:
        """Compares an entry of an act with the step that derives it; both come in the order of proposals."""
        self._report_unrecorded(act, place)
        step = act.at(place)
        if step is None:
            self._report_underived(entry)
            return
        self._count(step)
        found = list(in_entry(entry, content, _with_letter(step.fields, entry)))
        self._differences += found
        self._record.take(entry)
        self._derivation.adopt(step, is_recorded=not found)

    def _report_unrecorded(self, act: _Act, place: tuple[int, str]) -> None:
        for step in act.before(place):
            said = str(step.fields.get("act", act.entry["act"]))
            subject = f"{PROPOSAL}{step.proposal.number}"
            self._differences.append(Difference(act.entry["sequence"], said, subject, WHOLE, None, step.fields["to"]))
            self._derivation.adopt(step, is_recorded=False)

    def _report_underived(self, entry: Content) -> None:
        said = (entry["sequence"], entry["act"], entry["subject"])
        self._differences.append(Difference(*said, WHOLE, entry["to"], None))

    def _end_act(self) -> None:
        if self._act is not None:
            self._report_unrecorded(self._act, AT_THE_END)
            self._act = None

    def _count(self, step: Step) -> None:
        is_of_screening = step.place[0] == LAPSED or bool(step.findings)
        self._counts["findings"] += len(step.findings)
        self._counts["determinations"] += not is_of_screening
        self._counts["lapses"] += step.place[0] == LAPSED or (
            step.fired is not None and ends_a_time(step.fired.transition)
        )

    def _derive(self, entry: Content, trigger: str | None) -> Content:
        """The fields of an entry that follow from those before it; none where it is given."""
        if entry["call"] != self._name:
            return {}
        if is_of_project(entry):
            fields = self._projects.derived(entry)
            self._counts["project_acts"] += bool(fields)
            return fields
        try:
            return self._triggered(entry, trigger) if trigger else self._done(entry)
        except RefusedError as error:
            return {"refused": error.message}

    def _triggered(self, entry: Content, trigger: str) -> Content:
        """The fields of a change of state."""
        match trigger:
            case "receive":
                return self._received(entry)
            case "appeal":
                return self._derivation.appealed(entry)
            case "verify":
                return self._verified(entry)
            case "call.rank":
                return self._ranked(entry)
            case "call.ratify" | "call.promote" if self._prepared is not None:
                return _with_package(entry, self._prepared)
        return {}

    def _done(self, entry: Content) -> Content:
        """The fields of an act that changes no state."""
        inputs = entry["inputs"]
        match entry["act"]:
            case "LetterReleased" if "answer_until" in inputs["release"]:
                until = self._derivation.answer_until(entry).isoformat()
                return {"inputs": {**inputs, "release": inputs["release"] | {"answer_until": until}}}
            case "DrawEntered":
                return self._drawn(entry)
            case "AssignmentMade":
                return self._assigned(entry)
            case name if name == PACKAGE_PREPARED and inputs["kind"] == PackageKind.APPEAL:
                return self._packed_appeals(entry)
            case name if name == PACKAGE_PREPARED and inputs["stage"] is not None:
                return self._packed(entry)
            case name if name == APPEALS_RATIFIED and self._appeals is not None:
                return _with_package(entry, self._appeals[0])
        return {}

    def _verified(self, entry: Content) -> Content:
        fields, findings_count = self._derivation.verified(entry)
        self._counts["findings"] += findings_count
        return fields

    def _received(self, entry: Content) -> Content:
        self._counts["receipts"] += 1
        self._derivation.forget(_name_of(entry))
        return self._derivation.received(entry)

    def _assigned(self, entry: Content) -> Content:
        """The hash of what the assignment was made from; its pairs and figures are held against the rules after it."""
        self._counts["assignments"] += 1
        inputs, call = entry["inputs"], self._derivation.call
        case = self._derivation.assignment_case(inputs)
        self._assignment = Assigning(entry, case, [])
        return {"inputs": {**inputs, "case": hash_case(call.call, call.stage, case)}}

    def _follow_assignment(self, entry: Content) -> None:
        if self._assignment is None:
            return
        if entry["act"] == "EvaluatorAssigned" and entry["call"] == self._name:
            self._assignment.pairs.append((_name_of(entry), entry["inputs"]["evaluator"]))
        else:
            self._end_assignment()

    def _end_assignment(self) -> None:
        if self._assignment is not None:
            self._differences += in_assignment(self._assignment)
            self._assignment = None

    def _drawn(self, entry: Content) -> Content:
        self._counts["draws"] += 1
        inputs, stage = entry["inputs"], Stage(entry["inputs"]["stage"])
        self._draws[stage] = draw_key(self._derivation.call.call, stage, inputs["numbers"])
        return {"inputs": {**inputs, "key": self._draws[stage]}}

    def _ranked(self, entry: Content) -> Content:
        call = self._derivation.call
        self._rankings[call.stage] = []
        key = self._draws.get(call.stage)
        ranking = self._rankings[call.stage] = self._derivation.ranking(key)
        scored = [criterion for criterion in call.call.rubric.criteria if call.stage in criterion.stages]
        self._counts.update(ranks=len(ranking), scores=len(scored) * len(ranking))
        derived = ranking_inputs(call.stage, ranking, key)
        if derived["ranking"] != entry["inputs"]["ranking"]:
            stored = list(self._unit.packages.ranking(self._name, call.stage))
            if hash_ranking(stored) == entry["inputs"]["ranking"]:
                self._differences += in_ranking(entry, stored, ranking)
        return {"inputs": derived}

    def _packed(self, entry: Content) -> Content:
        self._prepared, self._lines = entry, []
        inputs, stage = entry["inputs"], self._derivation.call.stage
        is_promotion = inputs["kind"] == PackageKind.PROMOTION
        ranking, optimiser = self._rankings.get(stage, []), Optimiser(recorded(inputs.get(OPTIMUM)))
        if is_promotion:
            self._lines, facts = self._derivation.promotions(ranking)
        else:
            self._lines, facts = self._derivation.decisions(ranking, optimiser, inputs)
        self._counts["packages"] += 1
        kind = PackageKind.PROMOTION if is_promotion else decision_kind(stage)
        return self._said_of_package(entry, kind, stage, self._lines, facts)

    def _packed_appeals(self, entry: Content) -> Content:
        self._appeals = entry, []
        optimiser = Optimiser(recorded(entry["inputs"].get(OPTIMUM)))
        lines, facts = self._derivation.on_appeal(self._rankings, self._draws, optimiser)
        self._appeals = entry, lines
        self._counts["packages"] += 1
        return self._said_of_package(entry, PackageKind.APPEAL, None, lines, facts)

    def _said_of_package(
        self, entry: Content, kind: PackageKind, stage: Stage | None, decided: Sequence[PackageLine], facts: Content
    ) -> Content:
        """What the entry of a package says whose lines were derived; only the lines where they are others."""
        call, inputs, lines = self._derivation.call, entry["inputs"], hash_lines(decided)
        if lines != inputs["lines"]:
            return {"inputs": {**inputs, "lines": lines}}
        content = package_content(
            kind,
            programme=call.call.programme,
            call=self._name,
            stage=stage,
            definitions=call.hashes,
            inputs=inputs["inputs"],
            facts=facts,
            lines=lines,
        )
        named = {name: content[name] for name in inputs if name in content} | told_in_entry(facts)
        given = {name: value for name, value in inputs.items() if name not in TOLD_IN_ENTRY}
        return {"inputs": {**given, **named, "package": digest(content)}, "definitions": dict(call.hashes)}

    def _explain_lines(self) -> None:
        """Says which determinations differ in a package that is not ratified: no entry tells them one by one."""
        waiting = [] if self._prepared is None else [(self._prepared, self._lines)]
        for prepared, lines in (*waiting, *([] if self._appeals is None else [self._appeals])):
            stored = list(self._unit.packages.lines(prepared["inputs"]["package"]))
            if hash_lines(stored) == prepared["inputs"]["lines"]:
                self._differences += in_lines(prepared, stored, lines)


def _name_of(entry: Content) -> str:
    return str(entry["subject"].partition("/")[2])


def _with_package(entry: Content, prepared: Content) -> Content:
    """The inputs of an approval, with the package that was prepared."""
    return {"inputs": {**entry["inputs"], "package": prepared["inputs"]["package"]}}


def _with_letter(fields: Content, entry: Content) -> Content:
    """The fields derived of an entry, with what it says of its letter: that is held against the letter's record."""
    if "inputs" not in fields or "letter" not in entry["inputs"]:
        return fields
    return {**fields, "inputs": {**fields["inputs"], "letter": entry["inputs"]["letter"]}}
