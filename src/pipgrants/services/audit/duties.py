"""``audit duties``: conflicts of duties, overrides, late acts, clocks set back, delegations and roles, by the trail.

One pass over the trail. What is kept grows with people, calls and what is found; of each proposal only who did what.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import orjson

from pipgrants.domain.duties import Duty, Part, conflicts, is_override, part_of
from pipgrants.domain.vocabulary import Role
from pipgrants.services.access import EVERYTHING, permitted_read
from pipgrants.services.workspace import Identity, Workspace, silent
from pipgrants.store.delegations import DelegationRow
from pipgrants.store.unit import Unit

RELEASE_IS_LATE_AFTER = 30
"""Days from ratifying to the letters. No source sets them: applicants who wait for more than a month are told late."""
PROGRESS = 5_000
BY_THEMSELVES = ("project/", "disbursement/", "contract/", "conflict/")
"""What is prepared and approved without a package."""

Content = Mapping[str, Any]


class Conflict(NamedTuple):
    """Duties that the same person has, or delegator and delegate, in the proposals or packages named."""

    people: tuple[str, ...]
    duties: tuple[Duty, Duty]
    call: str | None
    subjects: list[str]
    first_entry: int


class Override(NamedTuple):
    """An act that set aside what was on record, with its reason."""

    entry: int
    at: str
    act: str
    subject: str
    actor: str
    reason: str | None


class Typed(NamedTuple):
    """How many evaluations one person typed for another; ``named_count`` came in no sheet of the evaluator's."""

    call: str
    actor: str
    evaluator: str
    evaluations_count: int
    named_count: int = 0


class Late(NamedTuple):
    """Acts of one kind that came late: how many, the first of them, and by how many days where that can be said."""

    call: str | None
    act: str
    acts_count: int
    first_entry: int
    days: int | None


class Delegated(NamedTuple):
    """A delegation, whether it holds today, and how many entries were written under it."""

    delegation: DelegationRow
    holds: bool
    entries_count: int


class Unheld(NamedTuple):
    """Entries that somebody wrote under a role not held at that time, own or delegated."""

    actor: str
    role: str
    on_behalf_of: str | None
    acts_count: int
    first_entry: int


class SetBack(NamedTuple):
    """An entry dated before the one that it follows, as where somebody sets the clock of the machine back."""

    entry: int
    at: str
    before: str
    actor: str


class Held(NamedTuple):
    """Who holds or held a role, since when, and who gave and took it."""

    actor: str
    role: Role
    since: str
    given_by: str
    until: str | None
    taken_by: str | None


class Duties(NamedTuple):
    """The whole review."""

    entries_count: int
    conflicts: Sequence[Conflict]
    overrides: Sequence[Override]
    typed: Sequence[Typed]
    late: Sequence[Late]
    set_back: Sequence[SetBack]
    delegations: Sequence[Delegated]
    unheld: Sequence[Unheld]
    roles: Sequence[Held]


def review_duties(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str | None = None,
    progress: Callable[[int], None] = silent,
) -> Duties:
    """Reviews the whole trail, or the acts in one call; delegations and roles are always those of the workspace.

    Raises NotAuthorisedError for anybody but auditors, programme managers and coordination officers.
    """
    with permitted_read(workspace, who, now, "audit.duties", f"call/{call}" if call else EVERYTHING) as unit:
        if call:
            unit.calls.get(call)
        return _read(unit, now, call, progress)


def _read(unit: Unit, now: datetime, call: str | None, progress: Callable[[int], None]) -> Duties:
    rights, acts, count = _Rights(), _Acts(), 0
    set_back: list[SetBack] = []
    before = ""
    for count, row in enumerate(unit.ledger.entries(), 1):
        entry = orjson.loads(row.content)
        rights.follow(entry)
        if entry["at"] < before and call in (None, row.call):
            set_back.append(SetBack(entry["sequence"], entry["at"], before, entry["actor"]))
        before = entry["at"]
        if call in (None, row.call):
            acts.follow(entry)
        if count % PROGRESS == 0:
            progress(count)
    return Duties(
        entries_count=count,
        conflicts=list(acts.conflicts.values()),
        overrides=acts.overrides,
        typed=[Typed(*key, number, acts.named[key]) for key, number in sorted(acts.typed.items())],
        late=list(acts.late.values()),
        set_back=set_back,
        delegations=rights.delegated(now),
        unheld=list(rights.unheld.values()),
        roles=rights.roles,
    )


class _Rights:
    """Who may act as what, followed through the trail."""

    def __init__(self) -> None:
        self.roles: list[Held] = []
        self.unheld: dict[tuple[str, str, str | None], Unheld] = {}
        self._place: dict[tuple[str, str], int] = {}
        self._delegations: dict[int, DelegationRow] = {}
        self._used: Counter[int] = Counter()

    def follow(self, entry: Content) -> None:
        """Takes up what an entry gives or takes, and looks whether its author held the role it was written under."""
        inputs, named = entry["inputs"], entry["subject"].partition("/")[2]
        match entry["act"]:
            case "WorkspaceCreated":
                self._grant(entry, inputs["administrator"], inputs["role"])
            case "RoleGranted":
                self._grant(entry, named, inputs["role"])
        self._check(entry)
        match entry["act"]:
            case "RoleRevoked":
                self._revoke(entry, named, inputs["role"])
            case "RoleDelegated":
                fields = {name: inputs[name] for name in ("number", "delegator", "from_on", "until_on")}
                row = DelegationRow(**fields, delegate=named, role=Role(inputs["role"]), ended_at=None)
                self._delegations[row.number] = row
            case "DelegationEnded":
                row = self._delegations[inputs["number"]]
                self._delegations[row.number] = row._replace(ended_at=entry["at"])

    def _grant(self, entry: Content, actor: str, role: str) -> None:
        self._place[actor, role] = len(self.roles)
        self.roles.append(Held(actor, Role(role), entry["at"], entry["actor"], None, None))

    def _revoke(self, entry: Content, actor: str, role: str) -> None:
        place = self._place.pop((actor, role))
        self.roles[place] = self.roles[place]._replace(until=entry["at"], taken_by=entry["actor"])

    def _check(self, entry: Content) -> None:
        actor, role, delegator = entry["actor"], entry["role"], entry.get("on_behalf_of")
        if delegator is None and (actor, role) in self._place:
            return
        number = self._delegation(actor, role, delegator, entry["at"][:10])
        if number is not None:
            self._used[number] += 1
            return
        key = (actor, role, delegator)
        before = self.unheld.get(key, Unheld(*key, 0, entry["sequence"]))
        self.unheld[key] = before._replace(acts_count=before.acts_count + 1)

    def _delegation(self, actor: str, role: str, delegator: str | None, day: str) -> int | None:
        """The number of the delegation that lets somebody act for somebody else on a day."""
        for row in self._delegations.values():
            if (row.delegate, row.role, row.delegator) == (actor, role, delegator) and row.holds_on(day):
                return row.number if (delegator, role) in self._place else None
        return None

    def delegated(self, now: datetime) -> list[Delegated]:
        """Every delegation as it stands now."""
        today = now.astimezone(UTC).date().isoformat()
        return [
            Delegated(row, row.holds_on(today) and (row.delegator, row.role) in self._place, self._used[row.number])
            for row in self._delegations.values()
        ]


class _Acts:
    """Who did what, followed through the trail."""

    def __init__(self) -> None:
        self.conflicts: dict[tuple[object, ...], Conflict] = {}
        self.overrides: list[Override] = []
        self.typed: Counter[tuple[str, str, str]] = Counter()
        self.named: Counter[tuple[str, str, str]] = Counter()
        self.late: dict[tuple[str | None, str], Late] = {}
        self._parts: dict[str, frozenset[Part]] = {}
        self._shared: dict[frozenset[Part], frozenset[Part]] = {}
        self._ratified: dict[str, date] = {}

    def follow(self, entry: Content) -> None:
        """Takes up one entry."""
        part = part_of(entry)
        if part is not None:
            self._take(entry, part)
        inputs = entry["inputs"]
        if is_override(entry["act"], inputs):
            named = (entry[name] for name in ("sequence", "at", "act", "subject", "actor", "reason"))
            self.overrides.append(Override(*named))
        if entry["act"] == "ProposalScored" and inputs["evaluator"] != entry["actor"]:
            key = (entry["call"], entry["actor"], inputs["evaluator"])
            self.typed[key] += 1
            self.named[key] += "named" in inputs.get("source", ())
        self._follow_time(entry)

    def _take(self, entry: Content, part: Part) -> None:
        """Holds a part against the others in the same proposal or package; who decides acts on its package, too.

        Who hears an appeal is held against those who organised the evaluation, if the proposal was to be evaluated.
        """
        subject, package = entry["subject"], f"package/{entry['inputs'].get('package')}"
        if subject.startswith("proposal/"):
            for organised in self._organising(entry, subject) if part.duty is Duty.HEARS_APPEAL else ():
                self._add(entry, subject, organised)
            self._add(entry, subject, part)
            for prepared in self._parts.get(package, ()):
                if prepared.duty is Duty.PREPARES:
                    self._add(entry, subject, prepared)
        elif part.duty is Duty.ORGANISES or subject.startswith(BY_THEMSELVES):
            self._add(entry, subject, part)
        else:
            self._add(entry, subject if part.duty is Duty.PREPARES else package, part)

    def _organising(self, entry: Content, subject: str) -> list[Part]:
        """The parts in the evaluation of a call, if the proposal was to be evaluated."""
        own, of_call = (self._parts.get(name, frozenset()) for name in (subject, f"call/{entry['call']}"))
        is_evaluated = any(part.duty is Duty.ORGANISES for part in own)
        return [part for part in of_call if is_evaluated and part.duty is Duty.ORGANISES]

    def _add(self, entry: Content, subject: str, part: Part) -> None:
        before, is_decided = self._parts.get(subject, frozenset()), subject.startswith(("package/", *BY_THEMSELVES))
        for other in conflicts(part, before):
            if is_decided or {part.duty, other.duty} != {Duty.PREPARES, Duty.APPROVES}:
                self._report(entry, subject, part, other)
        found = before | {part}
        self._parts[subject] = self._shared.setdefault(found, found)

    def _report(self, entry: Content, subject: str, part: Part, other: Part) -> None:
        key = (entry["call"], other, part)
        people = tuple(sorted(part.people & other.people))
        new = Conflict(people, (other.duty, part.duty), entry["call"], [], entry["sequence"])
        self.conflicts.setdefault(key, new).subjects.append(subject)

    def _follow_time(self, entry: Content) -> None:
        inputs, call = entry["inputs"], entry["call"]
        match entry["act"]:
            case "ProposalReceivedLate":
                self._late(entry)
            case "ProgrammeReviewed":
                self._late_by(entry, date.fromisoformat(inputs["due_on"]), 0)
            case "AllocationRatified" | "InvitationsRatified":
                self._ratified[call] = _day(entry)
            case "LettersReleased" if call in self._ratified:
                self._late_by(entry, self._ratified.pop(call), RELEASE_IS_LATE_AFTER)
            case _ if inputs.get("late"):
                self._late(entry)

    def _late_by(self, entry: Content, due_on: date, allowed: int) -> None:
        days = (_day(entry) - due_on).days
        if days > allowed:
            self._late(entry, days)

    def _late(self, entry: Content, days: int | None = None) -> None:
        key = (entry["call"], entry["act"])
        before = self.late.get(key, Late(*key, 0, entry["sequence"], days))
        self.late[key] = before._replace(acts_count=before.acts_count + 1)


def _day(entry: Content) -> date:
    return date.fromisoformat(entry["at"][:10])
