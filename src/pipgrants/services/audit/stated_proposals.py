"""What the trail states of one proposal: the rows that the tables must hold, told from its entries alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import index
from typing import Any

import orjson

from pipgrants.domain.appeal import AppealStanding
from pipgrants.domain.counterpart import CODE as COUNTERPART
from pipgrants.domain.vocabulary import Verdict, stage_when_written
from pipgrants.money import minor_digits, to_minor
from pipgrants.services.appeals import settled_columns
from pipgrants.services.audit.named_definitions import NamedDefinitions
from pipgrants.services.audit.stated import MAPPING, POSITIONS, SEALED, SEALED_SINCE, Content, Stated, StatedRows
from pipgrants.services.letter_stages import letter_changes
from pipgrants.store import tables
from pipgrants.store.proposals import LEFT_BY_THE_ROUND
from pipgrants.store.stored import PROPOSAL

UNDETERMINED = Verdict.UNDETERMINED.value

EVIDENCE_ATTACHED = "EvidenceAttached"
CONSENSUS_RECORDED = "ConsensusRecorded"
_KEPT = {EVIDENCE_ATTACHED: "sha256", CONSENSUS_RECORDED: "minutes"}
"""The acts that keep a file, and where their entry says its hash."""

COMPLETED = "completed party"
"""Under this name stand parties that were on record, with what a later application supplied of them."""


class StatedProposals:
    """Folds the entries of proposals, one after the other.

    ``files`` are the hashes of those that acts kept, ``mappings`` those of what lists were read by, and ``named_roots``
    the sizes and roots of the trail that letters name, each with an entry that names it.
    """

    def __init__(self, named: NamedDefinitions) -> None:
        self._named = named
        self.files: set[str] = set()
        self.mappings: dict[str, int] = {}
        self.named_roots: dict[tuple[int, str], int] = {}

    def take(self, rows: StatedRows, number: str, entry: Content) -> None:
        """Folds an entry into the rows that those before it stated of the same proposal."""
        if MAPPING in entry["definitions"]:
            self.mappings.setdefault(entry["definitions"][MAPPING], entry["sequence"])
        act = _ACTS.get(entry["act"])
        if act is not None:
            act(rows, number, entry)
            if (kept := _KEPT.get(entry["act"])) is not None:
                self.files.add(entry["inputs"][kept])
        elif (trigger := self._named.trigger(entry, "machine")) is not None:
            self._move(rows, number, entry, trigger)
        if "letter" in entry["inputs"]:
            take_letter(rows, entry, number)
            take_named_root(self.named_roots, entry)
            self._answered_until(rows, number, entry)

    def _answered_until(self, rows: StatedRows, number: str, entry: Content) -> None:
        """The last day to answer, which the release of a request sets."""
        due_on = entry["inputs"].get("release", {}).get("answer_until")
        if due_on is not None:
            rows.change("proposal", number, entry["sequence"], clarification_due_on=due_on)

    def _move(self, rows: StatedRows, number: str, entry: Content, trigger: str) -> None:
        """A change of state by the machine, and what is stored with it."""
        sequence, inputs = entry["sequence"], entry["inputs"]
        columns: dict[str, object] = {"state": entry["to"]}
        if trigger == "receive":
            self._apply(rows, number, entry)
            return
        if trigger == "clarify":
            columns |= self._clarified(rows, number, entry)
        elif trigger in ("screen", "verify"):
            columns |= self._screened(entry)
        elif trigger == "appeal":
            _appealed(rows, number, entry)
        elif trigger == "settle":
            ruled = settled_columns(inputs["ruling"], entry["actor"], inputs.get("remedy"), inputs.get("met"))
            rows.change("appeal", (number, inputs["appeal"]), sequence, **ruled)
        elif trigger in ("determine", "promote"):
            columns["determination_package"] = inputs["package"]
            rows.put("package_line", (inputs["package"], number), sequence, self._determined(number, entry))
            if "appeal" in inputs:
                key = (number, inputs["appeal"]["number"])
                rows.change("appeal", key, sequence, standing=AppealStanding.DECIDED.value)
        rows.change("proposal", number, sequence, **columns)

    def _clarified(self, rows: StatedRows, number: str, entry: Content) -> dict[str, object]:
        """An answer, and the application that it corrects."""
        answers = rows.of["clarification_answer"]
        if entry["format"] >= SEALED_SINCE:
            position = len(_keys(number, answers)) + 1
            answers[number, position] = entry["sequence"], [number, position, entry["inputs"]["answer"], SEALED]
        if "application" not in entry["inputs"]:
            return {}
        left = rows.of["proposal"][number][1][-LEFT_BY_THE_ROUND:]
        self._apply(rows, number, entry)
        return dict(zip(tables.proposal.columns.keys()[-LEFT_BY_THE_ROUND:], left, strict=True))

    def _apply(self, rows: StatedRows, number: str, entry: Content) -> None:
        """An application, in the place of the last one."""
        sequence, currency = entry["sequence"], self._named.call(entry).currency
        application = entry["inputs"]["application"]
        for party in entry["inputs"]["parties"]:
            rows.put(COMPLETED if "completed" in party else "party", party["number"], sequence, stated_party(party))
        has_applied = number in rows.of["proposal"]
        lead = next(member[0] for member in application["members"] if member[1])
        rows.put("proposal", number, sequence, _proposal(number, entry, application, lead, currency))
        for table, (name, values_of) in _LINES.items():
            stated = rows.of[table]
            for key in _keys(number, stated) if has_applied else ():
                del stated[key]
            for position, line in enumerate(application.get(name, ()), 1):
                stated[number, position] = sequence, [number, position, *values_of(line, currency)]

    def _screened(self, entry: Content) -> dict[str, object]:
        has_open_findings, seen = 0, None
        for finding in entry["findings"]:
            if finding["verdict"] == UNDETERMINED:
                has_open_findings = 1
            if finding["criterion"] == COUNTERPART:
                seen = finding["seen"]
        return {
            "screening_entry": entry["sequence"],
            "has_open_findings": has_open_findings,
            "clarification_due_on": entry["inputs"].get("clarification_due_on"),
            "counterpart_minor": None if seen is None else _minor(seen["amount"], self._named.call(entry).currency),
        }

    def _determined(self, number: str, entry: Content) -> list[Any]:
        inputs = entry["inputs"]
        detail = {name: value for name, value in inputs.items() if name not in BESIDE_DETAIL}
        amount = _minor(inputs["amount"], self._named.call(entry).currency)
        return [inputs["package"], number, inputs["rank"], inputs["outcome"], amount, _json(detail).encode()]


BESIDE_DETAIL = frozenset({"package", "outcome", "amount", "rank", "letter"})
"""What the entry of a determination holds beside the detail of its line."""


def _minor(amount: str | None, currency: str) -> int | None:
    """Minor units of an amount, which entries write with all the decimals of its currency."""
    if amount is None:
        return None
    whole, _, fraction = amount.partition(".")
    return int(whole + fraction) if len(fraction) == minor_digits(currency) else to_minor(Decimal(amount), currency)


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _proposal(number: str, entry: Content, application: Content, lead: str, currency: str) -> list[Any]:
    given = application.get
    return [
        number,
        entry["call"],
        given("stage"),
        entry["to"],
        given("reference"),
        given("title"),
        given("language"),
        lead,
        given("project_type"),
        given("territory"),
        given("sector"),
        given("received_at"),
        given("design_on"),
        given("duration_months"),
        _minor(given("total_amount"), currency),
        _minor(given("grant_amount"), currency),
        given("source_state"),
        None,
        None,
        0,
        None,
        None,
    ]


_PARTY_COLUMNS = tuple(column.name for column in tables.party.columns)


def stated_party(party: Content) -> list[Any]:
    """A party with its personal values as the hashes that the entry holds; ``match_name`` follows from the name."""
    values = list(map(party.get, _PARTY_COLUMNS))
    values[POSITIONS["party"]["priority_groups"]] = " ".join(party.get("priority_groups", ()))
    return values


def _member(line: Sequence[Any], _currency: str) -> list[Any]:
    party, is_lead, member_type = line
    return [party, int(is_lead), member_type]


def _budget_line(line: Sequence[Any], currency: str) -> list[Any]:
    return [*line[:5], _minor(line[5], currency)]


def _counterpart_line(line: Sequence[Any], currency: str) -> list[Any]:
    party, form, source, amount, evidence, basis, description = line
    return [party, form, source, _minor(amount, currency), evidence, basis, description]


def _objective(line: Sequence[Any], _currency: str) -> list[Any]:
    return list(line)


def _evidence(line: Sequence[Any], currency: str) -> list[Any]:
    """A paper; the hash that vouches for issuer, file name and reference stands in the place of the issuer."""
    identity, kind, issued_on, committed, sha256, label = line
    return [identity, kind, label, issued_on, _minor(committed, currency), None, sha256, None]


_LINES: dict[str, tuple[str, Callable[[Sequence[Any], str], list[Any]]]] = {
    "member": ("members", _member),
    "budget_line": ("budget_lines", _budget_line),
    "counterpart_line": ("counterpart_lines", _counterpart_line),
    "objective": ("objectives", _objective),
    "evidence": ("evidence", _evidence),
}


def take_letter(rows: StatedRows, entry: Content, proposal: str | None) -> None:
    """A letter that an entry writes, and what becomes of one on record."""
    inputs, sequence = entry["inputs"], entry["sequence"]
    letter = on_record = inputs["letter"]
    if isinstance(letter, dict):
        rows.put("letter", letter["number"], sequence, stated_letter(entry, letter, proposal))
        on_record = inputs.get("corrects")
    if on_record is not None:
        rows.change("letter", on_record, sequence, **letter_changes(entry["act"], inputs, entry["at"]))


def take_named_root(roots: dict[tuple[int, str], int], entry: Content) -> None:
    """The size and root of the trail that the release of a letter names; none before letters bore one."""
    release = entry["inputs"].get("release")
    if release is not None and release.get("root") is not None:
        roots.setdefault((index(release["size"]), str(release["root"])), entry["sequence"])


def stated_letter(entry: Content, letter: Content, proposal: str | None) -> list[Any]:
    """The record of a letter with its data and recipient as the hashes that the entry holds."""
    return [
        letter["number"],
        entry["call"],
        proposal,
        letter["kind"],
        letter["language"],
        str(stage_when_written(letter["kind"])),
        entry["definitions"]["templates"],
        entry["sequence"],
        letter["data"],
        letter["recipient"],
        None,
        None,
        None,
        0,
        None,
        None,
        None,
        None,
        None,
    ]


def _appealed(rows: StatedRows, number: str, entry: Content) -> None:
    inputs = entry["inputs"]
    standing = AppealStanding.INADMISSIBLE if inputs["late"] else AppealStanding.LODGED
    named = [number, inputs["appeal"], inputs["contests"], inputs["received_at"], standing.value]
    values = [*named, inputs["grounds"], SEALED, None, None, None]
    rows.put("appeal", (number, inputs["appeal"]), entry["sequence"], values)


def _assigned(rows: StatedRows, number: str, entry: Content) -> None:
    stage, evaluator = entry["inputs"]["stage"], entry["inputs"]["evaluator"]
    values = [number, stage, evaluator, None, None, None, None]
    rows.put("evaluation", (number, stage, evaluator), entry["sequence"], values)


def _scored(rows: StatedRows, number: str, entry: Content) -> None:
    inputs = entry["inputs"]
    key = (number, inputs["stage"], inputs["evaluator"])
    marks, comments = _json(inputs["marks"]), _json(inputs["comments"])
    salt = SEALED if inputs["comments"] and entry["format"] >= SEALED_SINCE else None
    rows.change("evaluation", key, entry["sequence"], marks=marks, comments=comments, salt=salt)


def _conflicted(rows: StatedRows, number: str, entry: Content) -> None:
    key = (number, entry["inputs"]["stage"], entry["inputs"]["evaluator"])
    rows.change("evaluation", key, entry["sequence"], conflict=entry["reason"], marks=None)
    agreed = rows.of["consensus"].get(key[:2])
    if agreed is not None and key[2] in agreed[1][POSITIONS["consensus"]["participants"]].split():
        del rows.of["consensus"][key[:2]]


def _agreed(rows: StatedRows, number: str, entry: Content) -> None:
    inputs = entry["inputs"]
    participants = " ".join(inputs["participants"])
    values = [number, inputs["stage"], _json(inputs["marks"]), participants, inputs["held_on"], inputs["minutes"]]
    rows.put("consensus", (number, inputs["stage"]), entry["sequence"], values)


def _recused(rows: StatedRows, number: str, entry: Content) -> None:
    """A conflict that was detected sets aside what the evaluator had of the proposal."""
    key = (number, entry["inputs"]["stage"], entry["inputs"]["evaluator"])
    if key in rows.of["evaluation"]:
        _conflicted(rows, number, entry)


def _reassigned(rows: StatedRows, number: str, entry: Content) -> None:
    """Whoever left with a conflict of interest stays on record with it."""
    key = (number, entry["inputs"]["stage"], entry["inputs"]["leaving"])
    if rows.of["evaluation"][key][1][POSITIONS["evaluation"]["conflict"]] is None:
        del rows.of["evaluation"][key]
    _assigned(rows, number, entry)


def _attached(rows: StatedRows, number: str, entry: Content) -> None:
    """A file for a paper of the application, which then has another identity wherever it is pledged, or a new paper."""
    inputs, sequence = entry["inputs"], entry["sequence"]
    papers = rows.of["evidence"]
    if inputs["evidence"] is None:
        position = max((key[1] for key in _keys(number, papers)), default=0) + 1
        paper = [inputs["identity"], inputs["kind"], inputs["label"], None, None, None, inputs["sha256"], None]
        rows.put("evidence", (number, position), sequence, [number, position, *paper])
        return
    changed = {"identity": inputs["identity"], "sha256": inputs["sha256"], "issuer": inputs["label"]}
    for key in _holding(rows, number, "evidence", "identity", inputs["evidence"]):
        rows.change("evidence", key, sequence, **changed)
    for key in _holding(rows, number, "counterpart_line", "evidence", inputs["evidence"]):
        rows.change("counterpart_line", key, sequence, evidence=inputs["identity"])


def _language_corrected(rows: StatedRows, number: str, entry: Content) -> None:
    rows.change("proposal", number, entry["sequence"], language=entry["inputs"]["language"])


def _holding(rows: StatedRows, number: str, table: str, column: str, value: str) -> list[Any]:
    place = POSITIONS[table][column]
    return [key for key in _keys(number, rows.of[table]) if rows.of[table][key][1][place] == value]


def _keys(number: str, stated: Mapping[Any, Stated]) -> list[Any]:
    """The keys of the rows about one proposal."""
    return [key for key in stated if key[0] == number]


_ACTS: dict[str, Callable[[StatedRows, str, Content], None]] = {
    "EvaluatorAssigned": _assigned,
    "EvaluatorReassigned": _reassigned,
    "EvaluatorRecused": _recused,
    "ProposalScored": _scored,
    "ConflictDeclared": _conflicted,
    CONSENSUS_RECORDED: _agreed,
    EVIDENCE_ATTACHED: _attached,
    "LanguageCorrected": _language_corrected,
}
"""The acts on a proposal that no state machine governs and that change what is stored of it."""


def number_of(subject: str) -> str | None:
    """The number of the proposal that an entry speaks of, None where it speaks of something else."""
    return subject.removeprefix(PROPOSAL) if subject.startswith(PROPOSAL) else None
