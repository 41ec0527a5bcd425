"""What a dossier is made from: the entries, letters, papers, definitions and signatures about a proposal or a call."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from heapq import merge
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from pipgrants.services.checkpoints import ALLOWED_SIGNERS, FOLDER, signature_files, stamp
from pipgrants.services.definitions import terms_of
from pipgrants.services.participation import ACTIVITY, FIRM, TEAM
from pipgrants.services.project_facts import CONTRACT, DISBURSEMENT, GROUP_CONFLICT, PROJECT
from pipgrants.services.workspace import Workspace
from pipgrants.store.evidence import ListedPaper
from pipgrants.store.letters import LetterRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Entry
from pipgrants.trail.signature import CHECKPOINT_NAMESPACE, PACKAGE_NAMESPACE, approval
from pipgrants.trail.verify import ProofError, read_checkpoint

APPROVALS = "approvals"
_UNSAFE = re.compile(r"[^\w.-]")


class Signed(NamedTuple):
    """A text that somebody signed: its file in the dossier, that of the signature, who, for what, and when.

    ``entry`` is the one that was written last, or holds the signature: a key must have counted there.
    """

    file: str
    text: str
    signature_file: str
    signature: str
    actor: str
    namespace: str
    entry: int


class DossierRecord:
    """All that is on record of a call, or of one of its proposals."""

    def __init__(self, workspace: Workspace, unit: Unit, call: str, proposal: str | None) -> None:
        self.unit = unit
        self.terms = terms_of(unit.calls, call)
        self._proposal = proposal
        self._checkpoints = sorted((workspace.folder / FOLDER).glob("checkpoint-*.txt"))
        self.definitions: dict[str, int] = {}
        """The hash of each definition that entries name, and the first entry that names it."""
        self._approvals: list[Signed] = []
        for entry in self.entries():
            self._survey(orjson.loads(entry.content))

    def entries(self) -> Iterator[Entry]:
        """The entries in order: those of the subject, its call and its programme, and those of the keys on record."""
        ledger, call = self.unit.ledger, self.terms.row.call
        if self._proposal is None:
            own = [ledger.entries(call=call)]
        else:
            subjects = (f"proposal/{self._proposal}", f"call/{call}", *self._of_project(self._proposal))
            own = [*(ledger.entries(subject=subject) for subject in subjects), ledger.of_packages(call)]
        programme = ledger.entries(subject=f"programme/{self.terms.row.programme}")
        return merge(*own, programme, self._key_entries(), key=attrgetter("sequence"))

    def _of_project(self, proposal: str) -> list[str]:
        """What entries about the project of a proposal, and about all that belongs to it, speak of."""
        unit = self.unit
        names: dict[str, Iterable[object]] = {
            DISBURSEMENT: (row.number for row in unit.projects.disbursements(proposal)),
            CONTRACT: (row.number for row in unit.contracts.of_project(proposal)),
            GROUP_CONFLICT: (row.number for row in unit.group_conflicts.of_project(proposal)),
            TEAM: (row.number for row in unit.participation.team(proposal)),
            FIRM: unit.participation.registrations(proposal),
            ACTIVITY: (row.code for row in unit.participation.activities(proposal)),
        }
        own = [f"{kind}{proposal}/{name}" for kind, found in names.items() for name in found]
        return [PROJECT + proposal, *own]

    def _key_entries(self) -> Iterator[Entry]:
        keys = self.unit.keys.all()
        numbers = {number for key in keys for number in (key.since_entry, key.until_entry) if number is not None}
        return map(self.unit.ledger.entry, sorted(numbers))

    def _survey(self, content: dict[str, Any]) -> None:
        for definition in content["definitions"].values():
            self.definitions.setdefault(definition, content["sequence"])
        if "signature" in content["inputs"]:
            self._approvals.append(self._approval(content["sequence"], content["actor"], content["inputs"]))

    def _approval(self, entry: int, actor: str, inputs: dict[str, str]) -> Signed:
        name = f"{APPROVALS}/entry-{entry:09}"
        text = approval(self.unit.ledger.origin(), inputs["package"]).decode()
        return Signed(f"{name}.txt", text, f"{name}.{actor}.sig", inputs["signature"], actor, PACKAGE_NAMESPACE, entry)

    def letters(self) -> Iterator[LetterRow]:
        """The released letters, by number."""
        if self._proposal is None:
            return self.unit.letters.released(self.terms.row.call)
        return (row for row in self.unit.letters.of_proposal(self._proposal) if row.release is not None)

    def evidence(self) -> Iterator[ListedPaper]:
        """The papers, by proposal."""
        return self.unit.evidence.listed(self.terms.row.call, self._proposal)

    def definition_files(self) -> dict[str, str]:
        """The name and text of the file of each definition, by its hash. Raises TrailIntegrityError."""
        return {found: self.definition_file(found) for found in self.definitions}

    def definition_file(self, definition_hash: str) -> str:
        """The name of a definition's file, which begins with its hash."""
        row = self.unit.calls.definition(definition_hash)
        suffix = "json" if row.kind == "templates" else "yaml"
        return _UNSAFE.sub("_", f"{row.hash}.{row.kind}.{row.name}.{suffix}")

    def checkpoints(self) -> dict[str, str]:
        """The text of every checkpoint kept, by its file."""
        return {f"{FOLDER}/{path.name}": _read(path) for path in self._checkpoints}

    def signed(self) -> Iterator[Signed]:
        """The checkpoints that were signed, once for each who did, and the approvals."""
        for path in self._checkpoints:
            text = _read(path)
            for actor, file in signature_files(path):
                files = (f"{FOLDER}/{path.name}", text, f"{FOLDER}/{file.name}", _read(file))
                yield Signed(*files, actor, CHECKPOINT_NAMESPACE, _size(text))
        yield from self._approvals

    def command(self, signed: Signed) -> str:
        """The command by which stock OpenSSH checks a signature.

        It names the time where a key of the signer was revoked; without need it does not, because OpenSSH before 8.7
        cannot be told one.
        """
        given = {"-f": f"{FOLDER}/{ALLOWED_SIGNERS}", "-I": signed.actor, "-n": signed.namespace}
        words = [word for pair in {**given, "-s": signed.signature_file}.items() for word in pair]
        if any(key.until_entry for key in self.unit.keys.of_actor(signed.actor)):
            words.append(f"-Overify-time={stamp(self.unit, min(signed.entry, self.unit.ledger.size()))}")
        return f"{shlex.join(['ssh-keygen', '-Y', 'verify', *words])} < {shlex.quote(signed.file)}"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _size(text: str) -> int:
    """How many entries a checkpoint counts, at least one."""
    try:
        return max(read_checkpoint(text).size, 1)
    except ProofError:
        return 1
