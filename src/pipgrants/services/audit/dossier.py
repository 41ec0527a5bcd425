"""``audit dossier``: all that is on record of a proposal or a call, to be checked without pipgrants.

Written file by file in the order of their names, entries and letters as they are read: of a large call only the names
of its files are held in memory. The same record gives the same bytes.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from textwrap import fill
from typing import NamedTuple

import orjson

from pipgrants.domain.vocabulary import Language
from pipgrants.errors import NotFoundError
from pipgrants.exchange.export import cell_text
from pipgrants.exchange.zipped import ZippedFolder, zipped_folder
from pipgrants.letters.layout import WIDTH
from pipgrants.services.access import permitted_read
from pipgrants.services.audit.claims import VERIFIER, Claim, Claims
from pipgrants.services.audit.dossier_record import DossierRecord, Signed
from pipgrants.services.checkpoints import ALLOWED_SIGNERS, FOLDER, allowed_signers
from pipgrants.services.definitions import language_of, templates_of
from pipgrants.services.letters import Renderer, file_name
from pipgrants.services.workspace import Identity, Workspace, silent
from pipgrants.store.evidence import ListedPaper
from pipgrants.store.letters import LetterRow
from pipgrants.trail.entry import Entry
from pipgrants.trail.sealing import field_salt
from pipgrants.trail.verify import ProofError, read_checkpoint

BATCH = 500
"""Entries in one proof file."""
SUFFIXES = {"html": "html", "text": "txt"}
"""The fields that the entry of a release seals, each with the suffix of its file."""
UTF8_MARK = "\ufeff"


class Dossier(NamedTuple):
    """A dossier that was written: where, how much of what is in it, and the three lines of the trail it rests on."""

    path: Path
    counts: Mapping[str, int]
    checkpoint: str


def write_dossier(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    subject: str,
    out: Path,
    language: Language | None = None,
    progress: Callable[[int], None] = silent,
) -> Dossier:
    """Writes the dossier of a proposal, given by its number, or of a call, by its name, as a ZIP archive.

    Raises NotFoundError where neither is on record, RefusedError where the file exists, TrailIntegrityError where a
    definition or the tree was changed.
    """
    call, proposal = _found(workspace, subject)
    named = f"call/{call}" if proposal is None else f"proposal/{proposal}"
    with (
        permitted_read(workspace, who, now, "audit.dossier", named) as unit,
        zipped_folder(out) as folder,
    ):
        record = DossierRecord(workspace, unit, call, proposal)
        writing = _Writing(record, folder, progress)
        writing.write(subject, language)
        return Dossier(out, writing.counts, writing.claims.checkpoint.text())


def _found(workspace: Workspace, subject: str) -> tuple[str, str | None]:
    """The call, and the proposal where one is meant. Raises NotFoundError."""
    with workspace.read() as unit:
        if unit.calls.find(subject):
            return subject, None
        row = unit.proposals.heads([subject]).get(subject)
    if row is None:
        raise NotFoundError(
            f"{subject!r} is neither the number of a proposal nor the name of a call",
            next_step="pipgrants status lists the calls, pipgrants proposal list CALL the proposals",
        )
    return row.call, row.number


class _Writing:
    """Writes one dossier."""

    def __init__(self, record: DossierRecord, folder: ZippedFolder, progress: Callable[[int], None]) -> None:
        self._record = record
        self._folder = folder
        self._progress = progress
        self._definitions = record.definition_files()
        self.claims = Claims(record.unit.ledger)
        self.counts = dict.fromkeys(("entries", "letters", "evidence", "definitions", "checkpoints", "signatures"), 0)

    def write(self, subject: str, language: Language | None) -> None:
        """Writes everything, in the order of the names."""
        record = self._record
        signed, checkpoints = list(record.signed()), record.checkpoints()
        self._folder.add("CHECK.txt", self._check(subject, signed, language))
        files = {item.file: item.text for item in signed} | {item.signature_file: item.signature for item in signed}
        self._add({**files, **checkpoints, f"{FOLDER}/{ALLOWED_SIGNERS}": allowed_signers(record.unit)})
        self._add(self._definition_texts())
        self._write_evidence()
        self._write_letters()
        earlier = [self._earlier(text) for text in checkpoints.values()]
        self._folder.add("proofs/checkpoints.json", self.claims.written(earlier=earlier))
        self._write_entries()
        self._folder.add(VERIFIER.name, VERIFIER.read_text(encoding="utf-8"))
        self.counts |= {
            "definitions": len(record.definitions),
            "checkpoints": len(checkpoints),
            "signatures": len(signed),
        }

    def _check(self, subject: str, signed: Sequence[Signed], language: Language | None) -> str:
        """How to check it all, under the labels of the call."""
        terms = self._record.terms
        chosen = language_of(terms.call, language)
        wording = templates_of(self._record.unit.calls, terms.row.templates_hash).wording(chosen)
        commands = [self._record.command(item) for item in signed] or [wording.sentence("dossier_no_signature")]
        banners = wording.banners(synthetic=terms.programme.synthetic, own=terms.call.label.get(chosen))
        return "".join(f"{fill(f'*** {banner} ***', WIDTH)}\n\n" for banner in banners) + wording.sentence(
            "dossier_check",
            subject=subject,
            checkpoint=self.claims.checkpoint.text(),
            signatures="".join(f"     {command}\n" for command in commands),
        )

    def _add(self, files: Mapping[str, str]) -> None:
        for name, text in sorted(files.items()):
            self._folder.add(name, text)

    def _definition_texts(self) -> dict[str, str]:
        calls = self._record.unit.calls
        return {f"definitions/{name}": calls.definition(key).content for key, name in self._definitions.items()}

    def _write_evidence(self) -> None:
        with self._folder.file("evidence.csv") as file:
            file.write(UTF8_MARK)
            rows = csv.writer(file)
            rows.writerow(ListedPaper._fields)
            for paper in self._record.evidence():
                rows.writerow(map(cell_text, paper))
                self.counts["evidence"] += 1

    def _write_letters(self) -> None:
        """Every released letter as the record has it today."""
        renderer = Renderer(self._record.unit)
        for row in self._record.letters():
            letter = renderer.render(row, orjson.loads(row.release or b"null"))
            for field in SUFFIXES:
                self._folder.add(f"letters/{_letter_file(row, field)}", getattr(letter, field))
            self.counts["letters"] += 1

    def _earlier(self, text: str) -> Claim:
        """That the trail extends a checkpoint kept; one that is none is shown as it is, and does not hold."""
        try:
            return self.claims.earlier(read_checkpoint(text))
        except ProofError:
            return {"checkpoint": text, "proof": []}

    def _write_entries(self) -> None:
        entries = self._record.entries()
        while batch := list(islice(entries, BATCH)):
            files = [claim for entry in batch for claim in self._vouched(entry)]
            text = self.claims.written(entries=list(map(self.claims.entry, batch)), files=files)
            self._folder.add(f"proofs/entries-{batch[0].sequence:09}.json", text)
            self.counts["entries"] += len(batch)
            self._progress(self.counts["entries"])

    def _vouched(self, entry: Entry) -> Iterator[Claim]:
        """The files that an entry vouches for: definitions that it is the first to name, and the letter it releases."""
        content = orjson.loads(entry.content)
        for key in sorted(set(content["definitions"].values())):
            if self._record.definitions[key] == entry.sequence:
                yield self.claims.file(f"../definitions/{self._definitions[key]}", entry.sequence)
        number = content["inputs"].get("letter")
        row = self._record.unit.letters.get(number) if "release" in content["inputs"] else None
        if row is not None and row.salt is not None:
            for field in SUFFIXES:
                name = f"../letters/{_letter_file(row, field)}"
                yield self.claims.file(name, entry.sequence, field_salt(row.salt, field))


def _letter_file(row: LetterRow, field: str) -> str:
    """The file of a letter; one that was redacted is called so, because no entry vouches for it."""
    return f"{file_name(row)}{'.redacted' if row.salt is None else ''}.{SUFFIXES[field]}"
