"""The files of released letters, held against what the trail vouches for: what was released, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from pipgrants.errors import RefusedError, TrailIntegrityError
from pipgrants.letters.pdf import revisions
from pipgrants.paths import written_whole
from pipgrants.services.letter_stages import letter_subject
from pipgrants.services.letters import (
    Parts,
    Rendered,
    Renderer,
    file_name,
    font_folders,
    has_pdf,
    letter_number,
    letters_refused,
)
from pipgrants.services.mailing import Sign, pdf_signer
from pipgrants.services.workspace import Workspace, silent
from pipgrants.store.letters import LetterRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Entry
from pipgrants.trail.sealing import seal

SUFFIXES = {"text": ".txt", "html": ".html", "pdf": ".pdf"}
"""The parts of a letter, and how their files end."""


class Written(NamedTuple):
    """How many letters were written, and how many were left as they stand.

    What is left was made by other versions, which make it otherwise than those installed, and is what was released.
    """

    written_count: int
    left_count: int


def write_letters(workspace: Workspace, call: str, now: datetime, progress: Callable[[int], None] = silent) -> Written:
    """Writes the files of every released letter of a call, made again from the record, PDFs signed.

    Raises RefusedError where the certificate that the settings name cannot be used, and naming the letters that cannot
    be made again as they were released and lack a file, or have another one, once everything else is written.
    """
    sign = pdf_signer(workspace, now)
    with workspace.read() as unit:
        return _write(workspace, unit, call, unit.letters.released(call), sign, progress)


def write_missing_letters(workspace: Workspace, call: str, sign: Sign) -> Written:
    """As ``write_letters``, of the released letters that lack a file; those that stand there are left as they are."""
    with workspace.read() as unit:
        return _write(workspace, unit, call, unwritten_letters(workspace, unit, call), sign)


def unwritten_letters(workspace: Workspace, unit: Unit, call: str) -> Iterator[LetterRow]:
    """The released letters of a call that lack a file: whoever released them was stopped, or the file was removed."""
    for row in unit.letters.released(call):
        files, release = files_of(workspace, row), orjson.loads(row.release or b"null")
        if not all(path.exists() for name, path in files.items() if name != "pdf" or (release and has_pdf(release))):
            yield row


def _write(
    workspace: Workspace,
    unit: Unit,
    call: str,
    rows: Iterable[LetterRow],
    sign: Sign,
    progress: Callable[[int], None] = silent,
) -> Written:
    (workspace.folder / "letters" / call).mkdir(parents=True, exist_ok=True)
    renderer = Renderer(unit, font_folders(workspace))
    count, left_count, refused = 0, 0, []
    for row in rows:
        try:
            made = _as_made_again(workspace, unit, renderer, row)
        except RefusedError as error:
            refused.append((letter_number(row.number), error.message))
            continue
        for name, content in made.items():
            whole = content.encode() if isinstance(content, str) else content
            with written_whole(files_of(workspace, row)[name]) as file:
                file.write_bytes(sign(whole) if name == "pdf" else whole)
        count, left_count = (count + 1, left_count) if made else (count, left_count + 1)
        progress(count)
    if refused:
        raise letters_refused(call, refused, "could not be made again", "all other files are written")
    return Written(count, left_count)


def _as_made_again(workspace: Workspace, unit: Unit, renderer: Renderer, row: LetterRow) -> Parts:
    """The parts of a letter that can be written, those left out whose files are what was released.

    Raises RefusedError where a part comes out otherwise than released and its file is not what was.
    """
    if row.salt is None:
        return renderer.whole(row, orjson.loads(row.release or b"{}")).parts
    released = release_of(unit, row)[1]
    try:
        parts = renderer.whole(row, released["release"]).parts
    except RefusedError:
        if _lacking(workspace, row, released, SUFFIXES):
            raise
        return {}
    otherwise = unlike_released(row, parts, released)
    lacking = _lacking(workspace, row, released, otherwise)
    if lacking:
        made_with = ", ".join(released["release"].get("renderers", {}).values()) or "an older version"
        raise RefusedError(f"{', '.join(lacking)} comes out otherwise than released, with {made_with}")
    return {name: content for name, content in parts.items() if name not in otherwise}


def _lacking(workspace: Workspace, row: LetterRow, released: Mapping[str, Any], parts: Iterable[str]) -> list[str]:
    """The files of some parts of a letter that are not there, or not what was released."""
    files = files_of(workspace, row)
    return [
        files[name].name
        for name in parts
        if name in released
        and not (files[name].is_file() and stored_part(row, name, files[name].read_bytes(), released) is not None)
    ]


def remove_files(workspace: Workspace, rows: Iterable[LetterRow]) -> None:
    """Removes the files of some letters; ``write_letters`` makes them again from what their records still say."""
    for row in rows:
        for path in files_of(workspace, row).values():
            path.unlink(missing_ok=True)


def files_of(workspace: Workspace, row: LetterRow) -> dict[str, Path]:
    """Where the parts of a released letter are written."""
    folder = workspace.folder / "letters" / row.call
    return {name: folder / f"{file_name(row)}{suffix}" for name, suffix in SUFFIXES.items()}


def sealed(row: LetterRow, parts: Parts) -> dict[str, str | None]:
    """The salted hash of each part of a letter, as the entry of its release holds it."""
    return {name: seal(row.salt or b"", name, content) for name, content in parts.items()}


def unlike_released(row: LetterRow, parts: Parts, released: Mapping[str, Any]) -> list[str]:
    """The parts of a letter that are not what the entry of its release vouches for."""
    return [name for name, hashed in sealed(row, parts).items() if released.get(name) != hashed]


def as_released(
    workspace: Workspace, renderer: Renderer, row: LetterRow, released: Mapping[str, Any]
) -> Rendered | None:
    """A letter as it was released: made again, or from the stored files where other versions make it otherwise.

    None where neither is what the trail vouches for.
    """
    try:
        letter = renderer.whole(row, released["release"])
    except RefusedError:
        return None
    if not unlike_released(row, letter.parts, released):
        return letter
    files = {name: path for name, path in files_of(workspace, row).items() if name in released and path.is_file()}
    stored = {name: stored_part(row, name, path.read_bytes(), released) for name, path in files.items()}
    text, html, pdf = (stored.get(name) for name in SUFFIXES)
    if text is None or html is None or (pdf is None and letter.pdf is not None):
        return None
    return letter._replace(text=text.decode(), html=html.decode(), pdf=pdf)


def stored_part(row: LetterRow, name: str, content: bytes, released: Mapping[str, Any]) -> bytes | None:
    """What the trail vouches for of a stored file: all of it, or of a PDF what was there before it was signed.

    None where neither is what the entry of the release vouches for. What follows the part is not looked at.
    """
    parts = (*revisions(content), content) if name == "pdf" else (content,)
    return next((part for part in parts if not unlike_released(row, {name: part}, released)), None)


def release_of(unit: Unit, row: LetterRow) -> tuple[Entry, Mapping[str, Any]]:
    """The entry of a letter's release, and its inputs. Raises TrailIntegrityError where none tells of it."""
    for entry in unit.ledger.entries(subject=letter_subject(row), after=row.entry):
        inputs = orjson.loads(entry.content)["inputs"]
        if inputs.get("letter") == row.number and "release" in inputs:
            return entry, inputs
    raise TrailIntegrityError(
        f"{letter_number(row.number)} is on record as released, and no entry says so",
        next_step="pipgrants audit verify says what was changed past the program",
    )
