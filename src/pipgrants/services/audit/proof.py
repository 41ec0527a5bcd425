"""``audit proof``: the proof of one released letter, for its applicant to check alone.

It shows the applicant's own letter, the entry that the letter comes from and the one of its release, and the salt of
the letter's text, which opens nothing else. The rest of the trail appears as hashes.
"""

from __future__ import annotations

import base64
import tempfile
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import orjson

from pipgrants.domain.vocabulary import LetterStage
from pipgrants.errors import RefusedError, TrailIntegrityError
from pipgrants.exchange.zipped import zipped_folder
from pipgrants.services.access import permitted_read
from pipgrants.services.audit.claims import VERIFIER, Claims
from pipgrants.services.definitions import templates_of
from pipgrants.services.letter_files import release_of
from pipgrants.services.letters import Renderer, file_name, letter_number, number_of
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.letters import LetterRow
from pipgrants.store.unit import Unit
from pipgrants.trail.sealing import field_salt
from pipgrants.trail.verify import Checkpoint, ProofError, check_file

PROOF, READ_ME = "proof.json", "README.txt"


class Proof(NamedTuple):
    """A proof that was written: of which letter, where, what it proves in words, and the trail's three lines."""

    letter: str
    path: Path
    holds: tuple[str, ...]
    checkpoint: str


def prove_letter(workspace: Workspace, who: Identity, now: datetime, *, letter: str, out: Path | None = None) -> Proof:
    """Writes the proof of a letter, given as ``L-000123`` or ``123``, as a ZIP archive, by default ``L-000123.zip``.

    Raises UsageError for another number, NotFoundError where no letter has it, RefusedError where the letter is not
    released or was redacted, TrailIntegrityError where the proof does not hold.
    """
    number = number_of(letter)
    with permitted_read(workspace, who, now, "audit.proof", f"letter/{number}") as unit:
        row = unit.letters.get(number)
        _refuse_unprovable(row)
        files, checkpoint = _files(unit, row)
    path = out or Path(f"{letter_number(number)}.zip")
    holds = _checked(files, letter_number(number))
    with zipped_folder(path) as folder:
        for name, text in sorted(files.items()):
            folder.add(name, text)
    return Proof(letter_number(number), path, holds, checkpoint.text())


def _refuse_unprovable(row: LetterRow) -> None:
    number = letter_number(row.number)
    if row.stage == LetterStage.SUPERSEDED:
        raise RefusedError(
            f"{number} was overtaken and never left, so that it proves nothing",
            next_step=f"pipgrants letters list {row.call} names the letters that did",
        )
    if row.release is None:
        raise RefusedError(
            f"{number} is not released, and nothing vouches for its text yet",
            next_step=f"pipgrants letters release {row.call}",
        )
    if orjson.loads(row.release)["root"] is None:
        raise RefusedError(
            f"{number} was released before letters bore the root of the trail, so that it proves nothing by itself",
            next_step=f"pipgrants audit dossier {row.proposal or row.call} --out FILE.zip proves its entries",
        )
    if row.salt is None:
        raise RefusedError(
            f"{number} was redacted: the salt of its text was removed with the name, so that nothing links the text to "
            "the entry any more",
            next_step="whoever was given a proof before can still check it",
        )


def _files(unit: Unit, row: LetterRow) -> tuple[dict[str, str], Checkpoint]:
    """The files of the proof by name, and the checkpoint that they rest on."""
    told, (released, inputs) = unit.ledger.entry(row.entry), release_of(unit, row)
    release = inputs["release"]
    letter, claims = Renderer(unit).render(row, release), Claims(unit.ledger)
    then = Checkpoint(claims.checkpoint.origin, release["size"], base64.b64decode(release["root"]))
    name = f"{file_name(row)}.txt"
    proof = claims.written(
        entries=[claims.entry(told), claims.entry(released)],
        earlier=[claims.earlier(then)],
        files=[claims.file(name, released.sequence, field_salt(row.salt or b"", "text"))],
    )
    wording = templates_of(unit.calls, row.template_hash).wording(row.language)
    read_me = wording.sentence(
        "proof_readme",
        letter=letter_number(row.number),
        file=name,
        decided=str(told.sequence),
        released=str(released.sequence),
        size=str(then.size),
        root=release["root"],
        checkpoint=claims.checkpoint.text(),
    )
    verifier = VERIFIER.read_text(encoding="utf-8")
    return {name: letter.text, PROOF: proof, READ_ME: read_me, VERIFIER.name: verifier}, claims.checkpoint


def _checked(files: dict[str, str], number: str) -> tuple[str, ...]:
    """What the proof says when it is checked as whoever receives it will."""
    with tempfile.TemporaryDirectory(prefix="pipgrants-") as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8", newline="")
        try:
            return tuple(check_file(Path(folder) / PROOF))
        except ProofError as error:
            raise TrailIntegrityError(
                f"the proof of {number} does not hold: {error}",
                next_step="pipgrants audit verify says what was changed past the program",
            ) from error
