"""What the trail states of people, programmes, calls, packages, projects, questions, lists and redactions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from pipgrants.domain.vocabulary import Stage
from pipgrants.money import to_minor
from pipgrants.services.appeal_packages import APPEALS_RATIFIED
from pipgrants.services.audit.named_definitions import NamedDefinitions
from pipgrants.services.audit.stated import POSITIONS, Content, Decisive, Stated, StatedRows
from pipgrants.services.audit.stated_groups import redact_groups, take_of_group
from pipgrants.services.audit.stated_knowledge import take_knowledge
from pipgrants.services.audit.stated_participation import take_participation
from pipgrants.services.audit.stated_projects import TABLES_OF_PROJECTS, is_of_project, project_of, take_project
from pipgrants.services.audit.stated_proposals import stated_letter, stated_party, take_letter, take_named_root
from pipgrants.services.definitions import first_stage
from pipgrants.services.evaluators import PERSONAL_OF_EVALUATORS
from pipgrants.services.parties import PARTY_MERGED, PARTY_SEPARATED
from pipgrants.services.party_register import PERSONAL_FIELDS
from pipgrants.services.payment_redaction import PAYMENT_REDACTED
from pipgrants.services.states import invites
from pipgrants.services.technical_team import REDACTED as TEAM_REDACTED

APPROVED, RETURNED, SUPERSEDED, PREPARED = "ratified", "returned", "superseded", "prepared"

WITHOUT_CHECKPOINTS = "0001"
"""The version of the tables whose program kept no checkpoints."""

EVIDENCE_SETTLED = "EvidenceSettled"
"""The act on a proposal that speaks of a paper which others pledge too."""


class StatedRegisters:
    """Folds the entries that do not speak of one proposal, in the order of their numbers."""

    def __init__(self, named: NamedDefinitions) -> None:
        self._named = named
        self.rows = StatedRows(grouped=TABLES_OF_PROJECTS)
        self.rankings: dict[tuple[str, str], tuple[int, str]] = {}
        """By call and stage, the entry of the last ranking and its hash."""
        self.definitions: dict[str, int] = {}
        """The definitions that entries name, each with the first entry that does."""
        self.exclusions: tuple[int, str] | None = None
        """The entry of the last exclusion list, and the salted hash of its content."""
        self._prepared: dict[str, Content] = {}
        """By package, the entry that prepared it last."""
        self.redactions: list[Content] = []
        """The entries that redacted something."""
        self.corrected: dict[str, Stated] = {}
        """Parties as their last correction states them, by number."""
        self.decisive: list[Decisive] = []
        """The acts that leave a checkpoint: approvals, closing the scores, releasing letters."""
        self.named_roots: dict[tuple[int, str], int] = {}
        """The sizes and roots of the trail that letters about calls name, each with an entry that does."""
        self.project_letters: defaultdict[str, dict[int, Stated]] = defaultdict(dict)
        """By proposal and number, the letters about projects as they were written."""
        self._elsewhere: dict[str, dict[Any, tuple[int, dict[str, object]]]] = {}
        """By table and key, the last entry not of its proposal that changed a row, and what such entries left of it."""

    @property
    def merged(self) -> dict[str, str]:
        """The numbers that were merged, each with the one that stands for it."""
        return {number: kept for number, (_, (_, kept)) in self.rows.of["merged_party"].items()}

    def take(self, entry: Content) -> None:
        """Folds one entry."""
        for definition_hash in entry["definitions"].values():
            self.definitions.setdefault(definition_hash, entry["sequence"])
        act = _ACTS.get(entry["act"]) if entry["to"] is None else None
        if act is not None:
            act(self, entry)
        kind, _, name = entry["subject"].partition("/")
        if kind == "call" and entry["to"] is not None:
            self._move_call(name, entry)
        elif kind == "programme" and entry["to"] is not None:
            self._move_programme(name, entry)
        take_knowledge(self.rows, entry)
        take_project(self.rows, entry, self._named)
        take_of_group(self.rows, entry, self._named)
        take_participation(self.rows, entry, self._named)
        if is_of_project(entry):
            self._take_project_letter(entry)
        elif "letter" in entry["inputs"]:
            take_letter(self.rows, entry, None)
            take_named_root(self.named_roots, entry)

    def _take_project_letter(self, entry: Content) -> None:
        """A letter about a project belongs to its proposal, whose entries tell what becomes of it."""
        letter = entry["inputs"].get("letter")
        if letter is not None:
            proposal = project_of(entry)
            stated = entry["sequence"], stated_letter(entry, letter, proposal)
            self.project_letters[proposal][letter["number"]] = stated

    def change_elsewhere(self, rows: StatedRows) -> None:
        """States what entries not of their proposal left of some rows, where they were not written anew since."""
        for table, changes in self._elsewhere.items():
            for key in rows.of.get(table, {}).keys() & changes.keys():
                entry, columns = changes[key]
                stated = rows.of[table][key][0]
                if table == "letter" or stated < entry:
                    rows.change(table, key, max(entry, stated), **columns)

    def changed_elsewhere(self, entry: Content, table: str, keys: Iterable[object], **columns: object) -> None:
        """Some rows of a table were redacted, or letters reworded."""
        changes = self._elsewhere.setdefault(table, {})
        for key in keys:
            _, before = changes.get(key, (0, {}))
            changes[key] = entry["sequence"], {**before, **columns}

    def approved(self) -> list[str]:
        """The packages that were approved."""
        place = POSITIONS["package"]["state"]
        return [package for package, (_, row) in self.rows.of.get("package", {}).items() if row[place] == APPROVED]

    def _move_programme(self, name: str, entry: Content) -> None:
        hashes = entry["definitions"]
        values = [name, hashes["programme"], hashes["machine"], entry["to"]]
        self.rows.put("programme", name, entry["sequence"], values)
        self.settle(entry, APPROVED)

    def _move_call(self, name: str, entry: Content) -> None:
        """A change of state of a call, and what is stored with it."""
        sequence, inputs, at = entry["sequence"], entry["inputs"], entry["at"]
        trigger = self._named.trigger(entry, "call_machine")
        columns: dict[str, object] = {"state": entry["to"]}
        if trigger == "close" and invites(self._named.machine(entry["definitions"]["call_machine"]), entry["from"]):
            columns |= {"stage": Stage.PROPOSAL.value, "scores_closed_at": None}
        elif trigger == "close_scores":
            columns["scores_closed_at"] = at
        elif trigger == "release" and entry["from"] != entry["to"]:
            columns["released_at"] = at
        elif trigger == "rank":
            self.rankings[name, inputs["stage"]] = (sequence, inputs["ranking"])
        elif trigger in ("cancel", "declare_void"):
            self._supersede(entry, call=name)
        elif trigger in ("amend", "extend"):
            columns |= self._amended(inputs["package"])
        if trigger in ("close_scores", "release"):
            self.decisive.append(_decisive(entry))
        self.rows.change("call", name, sequence, **columns)
        self.settle(entry, RETURNED if trigger == "return_package" else APPROVED)

    def _amended(self, package: str) -> dict[str, object]:
        definition_hash = self._prepared[package]["definitions"]["call"]
        call = self._named.read_call(definition_hash)
        return {"definition_hash": definition_hash, "envelope_minor": to_minor(call.envelope_amount, call.currency)}

    def settle(self, entry: Content, state: str) -> None:
        """A package was approved or returned."""
        package = entry["inputs"].get("package")
        if package is not None:
            self.rows.change("package", package, entry["sequence"], state=state)
            if state == APPROVED:
                self.decisive.append(_decisive(entry))

    def _supersede(self, entry: Content, **belongs: object) -> None:
        """The packages that still wait and belong to a call, or to a programme and kind, are set aside."""
        for package, (_, row) in self.rows.of.get("package", {}).items():
            inputs = self._prepared[package]["inputs"]
            waits = row[POSITIONS["package"]["state"]] == PREPARED
            if waits and all(inputs[name] == value for name, value in belongs.items()):
                self.rows.change("package", package, entry["sequence"], state=SUPERSEDED)

    @property
    def lines(self) -> dict[str, tuple[int, str]]:
        """By package, the entry that prepared it last and the hash of its lines."""
        return {package: (entry["sequence"], entry["inputs"]["lines"]) for package, entry in self._prepared.items()}

    def prepared(self, entry: Content) -> None:
        """A package waits for approval, in the place of an earlier one of its kind."""
        inputs = entry["inputs"]
        belongs = {name: inputs[name] for name in ("programme", "call", "kind")}
        self._supersede(entry, **belongs)
        self._prepared[inputs["package"]] = entry
        values = [
            inputs["package"],
            inputs["kind"],
            inputs["programme"],
            inputs["call"],
            inputs["stage"],
            PREPARED,
            entry["actor"],
            entry["at"],
            inputs["package"],
        ]
        self.rows.put("package", inputs["package"], entry["sequence"], values)

    def drafted_call(self, entry: Content) -> None:
        """A call, or the next version of one that is not authorised yet."""
        call, hashes = self._named.call(entry), entry["definitions"]
        values = [
            call.call,
            call.programme,
            hashes["call"],
            hashes["call_machine"],
            hashes["machine"],
            hashes["templates"],
            call.number_prefix,
            self._named.machine(hashes["call_machine"]).initial,
            first_stage(call).value,
            call.currency,
            to_minor(call.envelope_amount, call.currency),
            None,
            None,
        ]
        self.rows.put("call", call.call, entry["sequence"], values)

    def drafted_programme(self, entry: Content) -> None:
        """A programme that was not on record before; a later version is stored once it is approved."""
        name, hashes = entry["subject"].partition("/")[2], entry["definitions"]
        if name not in self.rows.of.get("programme", {}):
            initial = self._named.machine(hashes["machine"]).initial
            values = [name, hashes["programme"], hashes["machine"], initial]
            self.rows.put("programme", name, entry["sequence"], values)


def _decisive(entry: Content) -> Decisive:
    is_signed = entry["known_by"]["method"] == "signature"
    return Decisive(entry["sequence"], entry["act"], entry["actor"] if is_signed else None)


def _created(registers: StatedRegisters, entry: Content) -> None:
    inputs = entry["inputs"]
    _put_actor(registers, entry, inputs["administrator"])
    _put_role(registers, entry, inputs["administrator"])


def _upgraded(registers: StatedRegisters, entry: Content) -> None:
    if entry["inputs"]["from"] == WITHOUT_CHECKPOINTS:
        registers.decisive.clear()


def _put_actor(registers: StatedRegisters, entry: Content, actor: str) -> None:
    inputs = entry["inputs"]
    values = [actor, inputs["name"], inputs.get("os_user"), None, inputs.get("party")]
    registers.rows.put("actor", actor, entry["sequence"], values)


def _put_role(registers: StatedRegisters, entry: Content, actor: str) -> None:
    role, at = entry["inputs"]["role"], entry["at"]
    registers.rows.put("actor_role", (actor, role, at), entry["sequence"], [actor, role, at, None])


def _named(entry: Content) -> str:
    return str(entry["subject"].partition("/")[2])


def _profiled(registers: StatedRegisters, entry: Content) -> None:
    evaluator, profile = _named(entry), entry["inputs"]["profile"]
    values = [evaluator, *map(profile.get, _PROFILE_COLUMNS), None]
    for name in ("sectors", "languages"):
        values[POSITIONS["evaluator_profile"][name]] = " ".join(profile[name])
    registers.rows.put("evaluator_profile", evaluator, entry["sequence"], values)


def _evaluator_redacted(registers: StatedRegisters, entry: Content) -> None:
    registers.redactions.append(entry)
    registers.changed_elsewhere(entry, "letter", entry["inputs"]["letters"], recipient=None)
    nothing: dict[str, object] = dict.fromkeys(PERSONAL_OF_EVALUATORS)
    registers.rows.change("evaluator_profile", _named(entry), entry["sequence"], **nothing)


_PROFILE_COLUMNS = tuple(POSITIONS["evaluator_profile"])[1:-1]


def _mapped(registers: StatedRegisters, entry: Content) -> None:
    registers.rows.change("actor", _named(entry), entry["sequence"], os_user=entry["inputs"]["os_user"])


def _tied(registers: StatedRegisters, entry: Content) -> None:
    registers.rows.change("actor", _named(entry), entry["sequence"], party=entry["inputs"]["party"])


def _key_registered(registers: StatedRegisters, entry: Content) -> None:
    inputs, sequence = entry["inputs"], entry["sequence"]
    values = [inputs["fingerprint"], _named(entry), inputs["public_key"], sequence, None]
    registers.rows.put("actor_key", inputs["fingerprint"], sequence, values)


def _key_revoked(registers: StatedRegisters, entry: Content) -> None:
    sequence = entry["sequence"]
    registers.rows.change("actor_key", entry["inputs"]["fingerprint"], sequence, until_entry=sequence)


def _delegated(registers: StatedRegisters, entry: Content) -> None:
    inputs = entry["inputs"]
    given = [inputs[name] for name in ("role", "from_on", "until_on")]
    values = [inputs["number"], inputs["delegator"], _named(entry), *given, None]
    registers.rows.put("delegation", inputs["number"], entry["sequence"], values)


def _delegation_ended(registers: StatedRegisters, entry: Content) -> None:
    registers.rows.change("delegation", entry["inputs"]["number"], entry["sequence"], ended_at=entry["at"])


def _revoked(registers: StatedRegisters, entry: Content) -> None:
    held = (_named(entry), entry["inputs"]["role"])
    for key, (_, row) in list(registers.rows.of["actor_role"].items()):
        if key[:2] == held and row[-1] is None:
            registers.rows.change("actor_role", key, entry["sequence"], until=entry["at"])


def _asked(registers: StatedRegisters, entry: Content) -> None:
    inputs, call = entry["inputs"], entry["call"]
    values = [call, inputs["number"], inputs["question"], entry["at"], None, None]
    registers.rows.put("question", (call, inputs["number"]), entry["sequence"], values)


def _answered(registers: StatedRegisters, entry: Content) -> None:
    key = (entry["call"], entry["inputs"]["number"])
    answer = {"answer": entry["inputs"]["answer"], "answered_at": entry["at"]}
    registers.rows.change("question", key, entry["sequence"], **answer)


def _form_taken(registers: StatedRegisters, entry: Content) -> None:
    inputs, call = entry["inputs"], entry["call"]
    values = [call, inputs["number"], inputs["name"], inputs["email"], inputs["language"], None]
    registers.rows.put("form_taker", (call, inputs["number"]), entry["sequence"], values)


def _form_taker_redacted(registers: StatedRegisters, entry: Content) -> None:
    registers.redactions.append(entry)
    registers.changed_elsewhere(entry, "letter", entry["inputs"]["letters"], recipient=None)
    key = (entry["call"], entry["inputs"]["number"])
    registers.rows.change("form_taker", key, entry["sequence"], name=None, email=None)


def _party_added(registers: StatedRegisters, entry: Content) -> None:
    registers.rows.put("party", _named(entry), entry["sequence"], stated_party(entry["inputs"]["party"]))


def _party_corrected(registers: StatedRegisters, entry: Content) -> None:
    registers.corrected[_named(entry)] = entry["sequence"], stated_party(entry["inputs"]["party"])


def _party_merged(registers: StatedRegisters, entry: Content) -> None:
    """A party stands for another one, and for all that this one stood for; it is stated anew."""
    number, sequence, inputs = _named(entry), entry["sequence"], entry["inputs"]
    kept = inputs["kept"]
    for party, stood_for in registers.merged.items():
        if stood_for == number:
            registers.rows.change("merged_party", party, sequence, kept=kept)
    registers.rows.put("merged_party", number, sequence, [number, kept])
    registers.corrected[kept] = sequence, stated_party(inputs["party"])


def _party_separated(registers: StatedRegisters, entry: Content) -> None:
    del registers.rows.of["merged_party"][_named(entry)]


def _reworded(registers: StatedRegisters, entry: Content) -> None:
    templates = entry["definitions"]["templates"]
    registers.rows.change("call", _named(entry), entry["sequence"], templates_hash=templates)
    registers.changed_elsewhere(entry, "letter", entry["inputs"]["letters"], template_hash=templates)
    registers.settle(entry, APPROVED)


def _party_redacted(registers: StatedRegisters, entry: Content) -> None:
    registers.redactions.append(entry)
    inputs = entry["inputs"]
    nothing: dict[str, object] = dict.fromkeys(PERSONAL_FIELDS)
    registers.changed_elsewhere(entry, "party", [_named(entry)], redacted_at=entry["at"], **nothing)
    registers.changed_elsewhere(entry, "letter", inputs["letters"], recipient=None)
    registers.changed_elsewhere(entry, "evidence", map(tuple, inputs["papers"]), issuer=None)
    answers = map(tuple, inputs.get("answers", ()))
    registers.changed_elsewhere(entry, "clarification_answer", answers, text=None, salt=None)
    registers.changed_elsewhere(entry, "appeal", map(tuple, inputs.get("appeals", ())), grounds=None, salt=None)
    redact_groups(registers.rows, entry)
    measured = map(tuple, inputs.get("measurements", ()))
    registers.changed_elsewhere(entry, "measurement", measured, content=None, salt=None)
    for project, number in inputs.get("payments", ()):
        _redact_payment(registers, entry, project, number)


def _payment_redacted(registers: StatedRegisters, entry: Content) -> None:
    registers.redactions.append(entry)
    _redact_payment(registers, entry, _named(entry), entry["inputs"]["payment"])


def _redact_payment(registers: StatedRegisters, entry: Content, project: str, number: int) -> None:
    registers.rows.change("expenditure", (project, number), entry["sequence"], document=None, description=None)


def _excluded(registers: StatedRegisters, entry: Content) -> None:
    registers.exclusions = (entry["sequence"], entry["inputs"]["content"])


def _settled(registers: StatedRegisters, entry: Content) -> None:
    identity, number = entry["inputs"]["evidence"], _named(entry)
    registers.rows.latest("evidence_settlement", identity, (entry["sequence"], [identity, number]))


def _drawn(registers: StatedRegisters, entry: Content) -> None:
    inputs, call = entry["inputs"], entry["call"]
    values = [call, inputs["stage"], inputs["key"], inputs["evidence"]]
    registers.rows.put("draw", (call, inputs["stage"]), entry["sequence"], values)


_ACTS: dict[str, Callable[[StatedRegisters, Content], None]] = {
    "WorkspaceCreated": _created,
    "WorkspaceUpgraded": _upgraded,
    "ActorAdded": lambda registers, entry: _put_actor(registers, entry, _named(entry)),
    "ActorMapped": _mapped,
    "ActorTied": _tied,
    "EvaluatorProfiled": _profiled,
    "EvaluatorRedacted": _evaluator_redacted,
    "KeyRegistered": _key_registered,
    "KeyRevoked": _key_revoked,
    "RoleDelegated": _delegated,
    "DelegationEnded": _delegation_ended,
    "RoleGranted": lambda registers, entry: _put_role(registers, entry, _named(entry)),
    "RoleRevoked": _revoked,
    "ProgrammeDrafted": StatedRegisters.drafted_programme,
    "CallDrafted": StatedRegisters.drafted_call,
    "CallReworded": _reworded,
    "PackagePrepared": StatedRegisters.prepared,
    APPEALS_RATIFIED: lambda registers, entry: registers.settle(entry, APPROVED),
    "PackageReturned": lambda registers, entry: registers.rows.change(
        "package", _named(entry), entry["sequence"], state=RETURNED
    ),
    "QuestionAsked": _asked,
    "QuestionAnswered": _answered,
    "FormTaken": _form_taken,
    "FormTakerRedacted": _form_taker_redacted,
    "PartyAdded": _party_added,
    "PartyCorrected": _party_corrected,
    PARTY_MERGED: _party_merged,
    PARTY_SEPARATED: _party_separated,
    "PartyRedacted": _party_redacted,
    PAYMENT_REDACTED: _payment_redacted,
    TEAM_REDACTED: lambda registers, entry: registers.redactions.append(entry),
    "ExclusionsImported": _excluded,
    EVIDENCE_SETTLED: _settled,
    "DrawEntered": _drawn,
}
"""The acts that change what is stored without changing the state of a call or programme."""
